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
/** As LIVE, of a server that has nothing but the live edge. */
export const LIVE_EDGE = live('npt=now-')
