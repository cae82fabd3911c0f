import type { GroupOfPicturesLimits } from './group-of-pictures.ts'
import type { HubViewerLimits } from './hub-viewer.ts'

/** Bounds and times of the hub. Times are milliseconds. */
export interface HubLimits extends GroupOfPicturesLimits, HubViewerLimits {
  /** Bytes that are kept of a camera since its newest keyframe. Beyond: nothing is, and who comes waits for the next one. */
  readonly cacheBytes: number
  /** The same, by its age. Beyond: nothing is kept, up to the next keyframe. */
  readonly cacheMilliseconds: number
  /** Bytes that wait for a viewer who reads too slowly. Beyond: he is sent nothing up to the next keyframe. */
  readonly viewerBytes: number
  /** Time without a keyframe that a slow viewer could take. Beyond: BYE, and 4408. */
  readonly hopelessMilliseconds: number
  /** Time that the camera's session outlives its last viewer. Beyond: TEARDOWN. */
  readonly graceMilliseconds: number
  /** Time without a byte of the camera. Beyond: it is asked for a sign of life, and given up after as many more. */
  readonly silenceMilliseconds: number
  /** Time of play without media. Beyond: the camera is asked to send in another way, if there is one. */
  readonly mediaMilliseconds: number
}

export const DEFAULT_HUB_LIMITS: HubLimits = {
  cacheBytes: 4 * 1024 * 1024,
  cacheMilliseconds: 30_000,
  viewerBytes: 1024 * 1024,
  hopelessMilliseconds: 30_000,
  graceMilliseconds: 10_000,
  silenceMilliseconds: 10_000,
  mediaMilliseconds: 4_000,
}
