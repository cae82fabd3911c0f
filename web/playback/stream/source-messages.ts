import type { Milliseconds } from '../../../protocol/units.ts'
import type { TrackKind } from './track-kind.ts'

/** What the page asks of a MediaSource that is fed in a worker. */
export type SourceCommand =
  /** A stream with these tracks follows; see `SegmentRenderer`. */
  | { readonly name: 'begin'; readonly tracks: readonly TrackKind[]; readonly pictureElsewhere: boolean }
  | { readonly name: 'retake'; readonly tracks: readonly TrackKind[]; readonly pictureElsewhere: boolean }
  | { readonly name: 'audible'; readonly audible: boolean }
  /** So much is kept behind the live edge, in seconds; 0: what was played goes. */
  | { readonly name: 'time-shift'; readonly seconds: number }
  /** Where the element is, in seconds: what lies far behind may be thrown away. */
  | { readonly name: 'play-head'; readonly currentTime: number }

/** A picture that was handed to the browser. */
export interface QueuedPicture {
  /** On the element's timeline, in seconds. */
  readonly mediaTime: number
  readonly arrival: Milliseconds
  readonly wallClock: Milliseconds | undefined
}

/** What the page has to know of what was appended. */
export interface AppendedMessage {
  readonly type: 'appended'
  /** Since the message before. */
  readonly pictures: readonly QueuedPicture[]
  /** Duration of a video frame in seconds; 0 where there is no video. */
  readonly frameDuration: number
  readonly hasAudio: boolean
  /** Added to a time of the stream to get one of the element; undefined while nothing of the stream is appended. */
  readonly offset: number | undefined
}

/** What a MediaSource tells that is fed in a worker. */
export type SourceMessage =
  /** The element is to have this source; null: none. */
  | { readonly type: 'source'; readonly handle: MediaSourceHandle | null }
  | { readonly type: 'move-to'; readonly seconds: number }
  | AppendedMessage
