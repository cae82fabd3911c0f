import { loadPart } from '../part.ts'
import { LIVE, LIVE_EDGE, type Presentation } from './presentation.ts'

/** Nothing, from zero on, or without an end by a camera's clock: see `statedPresentation`. */
const LIVE_RANGE = /^(?:npt=(?:0(?:\.0*)?)?-(?:0(?:\.0*)?)?|(?:clock|smpte[^=]*)=[^-]*-)?$/

/**
 * By the `a=range` attribute; live where it is missing, cannot be read, or has no end. What is none of the usual ways to say
 * so is read by code that is loaded.
 *
 * @throws ProtocolError `part-not-loaded`; then it can be played from its beginning, as what is live
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
