import { loadPart } from '../part.ts'
import type { Seconds } from '../units.ts'

/** What plays as a whole: a live stream, or a recording with a beginning and an end (`a=range`, RFC 2326 section C.1.5). */
export interface Presentation {
  /** Null where it is live. */
  readonly duration: Seconds | null
  /** The Range for playing from a place. */
  rangeFrom(position: Seconds): string
  /** The nearest place at which there is something to play. */
  clamp(position: Seconds): Seconds
  /** Where a Range of the server begins, in seconds from the beginning; undefined where it does not say. */
  positionOf(range: string | undefined): Seconds | undefined
}

const live = (range: string): Presentation => ({
  duration: null,
  rangeFrom: () => range,
  clamp: (position) => position,
  positionOf: () => undefined,
})

/** A stream of which nothing is stated: PLAY asks for this, which nearly every camera takes. */
export const LIVE = live('npt=0.000-')
const LIVE_EDGE = live('npt=now-')

/** Nothing, from zero on, or without an end by a camera's clock: see `statedPresentation`. */
const LIVE_RANGE = /^(?:npt=(?:0(?:\.0*)?)?-(?:0(?:\.0*)?)?|(?:clock|smpte[^=]*)=[^-]*-)?$/

/**
 * By the `a=range` attribute; live where it is missing, cannot be read, or has no end. What is none of the usual ways to say
 * so is read by code that is loaded.
 *
 * @throws ProtocolError `part-not-loaded`
 */
export async function presentationOf(range: string | undefined): Promise<Presentation> {
  const stated = (range ?? '').replace(/\s+/g, '').toLowerCase()
  if (stated === 'npt=now-') return LIVE_EDGE
  if (LIVE_RANGE.test(stated)) return LIVE
  const { statedPresentation } = await loadPart(
    'reads where it begins and ends',
    () => import('./stated-presentation.ts'),
  )
  return statedPresentation(range ?? '')
}
