import type { SerializedProtocolError } from '../../protocol/errors.ts'
import type { AudioConfiguration, VideoConfiguration } from '../../protocol/index.ts'
import type { PipelineStatistics, PipelineTrack } from '../../protocol/pipeline.ts'
import type { SkippedTrack } from '../../protocol/track/choice.ts'
import type { Milliseconds, Seconds } from '../../protocol/units.ts'
import type { StreamAddress } from './stream-address.ts'

/** The stages a session goes through before media comes, for the person who waits. */
export type SessionStage = 'connected' | 'set-up'

/** Initialization segment that has crossed the worker's border: its bytes belong to the receiver. */
export interface ReceivedInitialization {
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  readonly mimeType: string
  readonly data: Uint8Array<ArrayBuffer>
  readonly configuration: VideoConfiguration | AudioConfiguration
}

/** Media segment that has crossed the worker's border: its bytes belong to the receiver. */
export interface ReceivedMedia {
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  readonly data: Uint8Array<ArrayBuffer>
  readonly start: Seconds
  readonly duration: Seconds
  readonly randomAccess: boolean
  /** When its last byte came in: milliseconds since 1970, since page and worker count from different origins. */
  readonly arrival: Milliseconds
}

/** What one session tells. */
export type SessionMessage =
  | { readonly type: 'stage'; readonly stage: SessionStage }
  | { readonly type: 'tracks'; readonly tracks: readonly PipelineTrack[]; readonly skipped: readonly SkippedTrack[] }
  /** After `tracks`, before the first segment. `duration` is null where the stream is live. */
  | { readonly type: 'opened'; readonly duration: Seconds | null; readonly seekable: boolean }
  /** What follows begins at another place of the recording, at the pace that the server chose. */
  | { readonly type: 'discontinuity'; readonly position: Seconds; readonly scale: number }
  /** The server did not do what it was asked; the session goes on. */
  | { readonly type: 'refused'; readonly command: SessionCommand; readonly error: SerializedProtocolError }
  | { readonly type: 'initialization'; readonly segment: ReceivedInitialization }
  | { readonly type: 'media'; readonly segment: ReceivedMedia }
  | { readonly type: 'statistics'; readonly statistics: PipelineStatistics }
  /** The last one. Null: the stream came to its end, or was closed as asked. */
  | { readonly type: 'closed'; readonly error: SerializedProtocolError | null }

/** What the page asks of a session that runs. They are done one after the other. */
export type SessionCommand =
  | { readonly name: 'pause' }
  /** Plays from a place, in seconds from the beginning of the recording, at so many times its pace. */
  | { readonly name: 'seek'; readonly position: Seconds; readonly scale: number }

/** Page to worker. */
export type ToWorker =
  | { readonly type: 'open'; readonly session: number; readonly address: StreamAddress }
  | { readonly type: 'command'; readonly session: number; readonly command: SessionCommand }
  | { readonly type: 'close'; readonly session: number }

/** Worker to page. `ready` comes first: the worker's code was loaded and runs. */
export type ToPage =
  | { readonly type: 'ready' }
  | { readonly type: 'session'; readonly session: number; readonly message: SessionMessage }

/** Hands a message on; `transfer` lists the buffers that may change hands instead of being copied. */
export type PostMessage = (message: SessionMessage, transfer?: ArrayBuffer[]) => void
