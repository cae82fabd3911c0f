import type { CodecConfiguration } from '../codec/configuration.ts'
import type { Ticks } from '../units.ts'

/**
 * One access unit: a picture with all its slices, or one or more whole audio frames that follow each other.
 *
 * `data` is in the form that MP4 samples and WebCodecs take: H.264 NAL units each behind a 4-byte length, AAC frames
 * bare. It is a view into a buffer that the depacketizer reuses: good until the next `push` or `pull`.
 */
export interface AccessUnit {
  readonly data: Uint8Array
  /** Presentation time on the track's media clock, unwrapped. */
  readonly timestamp: Ticks
  /** A decoder can start here. */
  readonly randomAccess: boolean
  /** Units were lost between the one before and this. */
  readonly discontinuity: boolean
  /** Decoder configuration that is valid from this unit on, where it changed; undefined where it is as before. */
  readonly configuration?: CodecConfiguration | undefined
  /** Audio: how many samples on the media clock this unit lasts. Video: undefined, the camera does not say. */
  readonly duration?: Ticks | undefined
}
