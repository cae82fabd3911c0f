import type { CodecConfiguration } from '../codec/configuration.ts'
import type { Milliseconds, Seconds } from '../units.ts'

export interface InitializationSegment {
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  /** For `addSourceBuffer`: `video/mp4; codecs="avc1.64001F"`. */
  readonly mimeType: string
  /** Bytes of their own; the receiver may keep or transfer them. */
  readonly data: Uint8Array<ArrayBuffer>
  readonly configuration: CodecConfiguration
}

/** One access unit as `moof` and `mdat`. */
export interface MediaSegment {
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  /** A view into a reused buffer: good during the call only. */
  readonly data: Uint8Array<ArrayBuffer>
  /** Presentation time and duration; all tracks share one timeline, whose zero is the first picture. */
  readonly start: Seconds
  readonly duration: Seconds
  readonly randomAccess: boolean
  /** When its last byte came in: the clock of `performance.now()`. */
  readonly arrival: Milliseconds
  /** When it was captured by the camera's clock, in milliseconds of the Unix epoch; undefined where the camera did not tell. */
  readonly wallClock?: Milliseconds | undefined
}
