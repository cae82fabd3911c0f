import type { SerializedProtocolError } from '../../../protocol/errors.ts'
import type { AudioConfiguration, TrackConfiguration, VideoConfiguration } from '../../../protocol/index.ts'
import type { PipelineStatistics, PipelineTrack } from '../../../protocol/pipeline.ts'
import type { SkippedTrack } from '../../../protocol/track/track-selection.ts'
import type { Milliseconds, Seconds } from '../../../protocol/units.ts'
import type { RecorderCommand, RecorderMessage } from '../../recording/recorder-messages.ts'
import type { Pace, ScreenMessage } from '../canvas/screen-messages.ts'
import type { PageAbilities } from '../choice/browser-abilities.ts'
import type { RendererChoice, WantedRenderer } from '../choice/renderers.ts'
import type { WantedLatency } from '../live-edge/live-edge-latency.ts'
import type { SourceCommand, SourceMessage } from './source-messages.ts'
import type { StreamAddress } from './stream-address.ts'

/**
 * The stages a session goes through before media comes, for the person who waits. `picture`: a decoder can begin; not told
 * of a stream without pictures.
 */
export type SessionStage = 'connected' | 'set-up' | 'picture'

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
  /** When it was captured by the camera's clock, in milliseconds since 1970; undefined where the camera did not tell. */
  readonly wallClock?: Milliseconds | undefined
}

/** What a track turned out to be, and who shows it; told again whenever either changes. */
export interface TrackRenderer {
  readonly track: TrackConfiguration
  readonly choice: RendererChoice
}

/** What one session tells. */
export type SessionMessage =
  | { readonly type: 'stage'; readonly stage: SessionStage }
  | { readonly type: 'tracks'; readonly tracks: readonly PipelineTrack[]; readonly skipped: readonly SkippedTrack[] }
  /** After `tracks`, before the first segment. `duration` is null where the stream is live. */
  | { readonly type: 'opened'; readonly duration: Seconds | null; readonly seekable: boolean }
  /** Before the first segment of the track. What goes to a canvas or to a loudspeaker waits for `output`. */
  | { readonly type: 'renderer'; readonly renderer: TrackRenderer }
  /** The worker cannot ask by itself; `supported` is the answer. */
  | { readonly type: 'supported?'; readonly mimeType: string }
  /** What follows begins at another place of the recording, at the pace that the server chose. */
  | { readonly type: 'discontinuity'; readonly position: Seconds; readonly scale: number }
  /** The server did not do what it was asked; the session goes on. */
  | { readonly type: 'refused'; readonly command: SessionCommand; readonly error: SerializedProtocolError }
  /** A track is not played, and the others are. */
  | { readonly type: 'warning'; readonly error: SerializedProtocolError }
  | { readonly type: 'initialization'; readonly segment: ReceivedInitialization }
  | { readonly type: 'media'; readonly segment: ReceivedMedia }
  | { readonly type: 'statistics'; readonly statistics: PipelineStatistics }
  /** The last one. Null: the stream came to its end, or was closed as asked. */
  | { readonly type: 'closed'; readonly error: SerializedProtocolError | null }

/** What the page asks of the server of a session that runs. They are done one after the other. */
export type SessionCommand =
  | { readonly name: 'pause' }
  /**
   * Plays from a place, in seconds from the beginning of the recording, at so many times its pace. `continues`: what
   * comes goes on behind what is there.
   */
  | { readonly name: 'seek'; readonly position: Seconds; readonly scale: number; readonly continues: boolean }

/** What the page settles about the tracks of a session; done at once. */
export type TrackCommand =
  /** Where the access units of a track go; null: nowhere. */
  | { readonly name: 'output'; readonly trackId: number; readonly outlet: number | null }
  /** Where the segments go, of a session that keeps them in the worker; null: nowhere. */
  | { readonly name: 'segments'; readonly outlet: number | null }
  /** Which outlet records all that is received; null: none. */
  | { readonly name: 'record'; readonly outlet: number | null }
  | { readonly name: 'supported'; readonly mimeType: string; readonly supported: boolean }
  /** The Web Audio API does not do what it said, and why: another way for the sound is to be found. */
  | { readonly name: 'no-audio-worklet'; readonly failure: string }
  /** A live stream is wanted near its edge, or not any more. */
  | { readonly name: 'at-edge'; readonly isAtEdge: boolean }
  /** The sound is to be heard, or used otherwise, which was not even read before: see `StreamRequest.defersSound`. */
  | { readonly name: 'sound' }

/** How a stream is to be opened. */
export interface StreamRequest {
  readonly address: StreamAddress
  readonly renderer: WantedRenderer
  /** The sound is to be set up too. */
  readonly audio: boolean
  /** Where it is live: it is wanted so near its edge that sound must not hold the picture back. */
  readonly isAtEdge: boolean
  /** Nobody hears the sound yet: beside a live picture it is not read, and its `renderer` not told, before it is wanted. */
  readonly defersSound: boolean
  readonly abilities: PageAbilities
  /** Outlet that records it from its first unit on. */
  readonly recorder?: number | undefined
}

/** Where access units end: a screen, which is a canvas, or a speaker, which is a port of an audio worklet. */
export type OutletCommand =
  /** The clock that pictures follow; null: each at once. */
  | { readonly name: 'pace'; readonly pace: Pace | null }
  /** How far behind the live edge pictures are wanted that follow no other clock. */
  | { readonly name: 'latency'; readonly latency: WantedLatency }
  /** The page has drawn the picture it was sent. */
  | { readonly name: 'drawn' }

/** Page to worker. */
export type ToWorker =
  /** `keepsSegments`: those of a live stream are not sent to the page, but wait for `segments`. */
  | {
      readonly type: 'open'
      readonly session: number
      readonly request: StreamRequest
      readonly keepsSegments: boolean
    }
  | { readonly type: 'command'; readonly session: number; readonly command: SessionCommand }
  | { readonly type: 'track'; readonly session: number; readonly command: TrackCommand }
  /** A ticket in place of the one before, on the connection that is open. */
  | { readonly type: 'ticket'; readonly session: number; readonly ticket: string }
  | { readonly type: 'close'; readonly session: number }
  /** Without a canvas pictures are sent to the page, which draws them. */
  | {
      readonly type: 'open-screen'
      readonly outlet: number
      readonly canvas: OffscreenCanvas | HTMLCanvasElement | null
    }
  | { readonly type: 'open-speaker'; readonly outlet: number; readonly port: MessagePort }
  | { readonly type: 'open-source'; readonly outlet: number; readonly audible: boolean }
  | { readonly type: 'open-recorder'; readonly outlet: number }
  | {
      readonly type: 'outlet'
      readonly outlet: number
      readonly command: OutletCommand | SourceCommand | RecorderCommand
    }
  | { readonly type: 'close-outlet'; readonly outlet: number }
  /** It was silent for long: `here` is the answer. */
  | { readonly type: 'are-you-there' }

/** What an outlet tells. */
export type OutletMessage =
  | ScreenMessage
  | SourceMessage
  | RecorderMessage
  | { readonly type: 'failed'; readonly error: SerializedProtocolError }

/** Worker to page. `ready` comes first: the worker's code was loaded and runs. */
export type ToPage =
  | { readonly type: 'ready' }
  | { readonly type: 'here' }
  | { readonly type: 'session'; readonly session: number; readonly message: SessionMessage }
  | { readonly type: 'outlet'; readonly outlet: number; readonly message: OutletMessage }

/** Hands a message on; `transfer` lists what may change hands instead of being copied. */
export type Post<Message> = (message: Message, transfer?: Transferable[]) => void
