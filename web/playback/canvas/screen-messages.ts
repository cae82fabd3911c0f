import type { SerializedProtocolError } from '../../../protocol/errors.ts'

/** A clock: `mediaTime` (seconds of the stream) is to be shown at `at` (milliseconds since 1970), and so on at `rate`. */
export interface Pace {
  readonly mediaTime: number
  readonly at: number
  /** Seconds of the stream in a second; 0 stands still. */
  readonly rate: number
}

/** A picture that is on its way to the glass. All moments are milliseconds since 1970. */
export interface PaintedPicture {
  /** Presentation time, in seconds of the stream. */
  readonly mediaTime: number
  /** Size in pixels as it is to be seen: wide pixels are widened. */
  readonly width: number
  readonly height: number
  /** Pictures painted so far. */
  readonly painted: number
  readonly paintedAt: number
  /** When it is expected to be seen. */
  readonly shownAt: number
  readonly arrival: number
  /** By the camera's clock; undefined where it did not tell. */
  readonly wallClock: number | undefined
  /** Milliseconds from being handed to the decoder to being decoded. */
  readonly decodeTime: number
}

/** What a screen tells. */
export type ScreenMessage =
  | { readonly type: 'painted'; readonly picture: PaintedPicture }
  /** Without a canvas of its own: to be drawn, and then `drawn`. */
  | { readonly type: 'draw'; readonly image: VideoFrame | ImageBitmap; readonly width: number; readonly height: number }
  /** A picture came, to be shown later: of what follows a pace. In seconds of the stream. */
  | { readonly type: 'received'; readonly start: number }
  /** Pictures that were let go undecoded, because the decoder or the screen did not keep up. */
  | { readonly type: 'dropped'; readonly pictures: number }
  /** The decoder gave up; another one goes on at the next random access point. */
  | { readonly type: 'decoder-restarted'; readonly error: SerializedProtocolError }
  /** The screen is of no use any more. */
  | { readonly type: 'failed'; readonly error: SerializedProtocolError }
