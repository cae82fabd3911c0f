import type { SerializedProtocolError } from '../../protocol/errors.ts'
import type { Milliseconds, Seconds } from '../../protocol/units.ts'

/** What the page asks of a recorder. `id` is the page's, one for each file. */
export type RecorderCommand =
  /** How much is kept for `save-last`. */
  | { readonly name: 'keep'; readonly seconds: number }
  | {
      readonly name: 'record'
      readonly id: number
      readonly maxBytes: number | undefined
      readonly maxSeconds: number | undefined
    }
  | { readonly name: 'stop-recording'; readonly id: number; readonly reason: RecordingEnd }
  /** Another stream follows: what is kept goes. */
  | { readonly name: 'forget' }
  | { readonly name: 'save-last'; readonly id: number; readonly seconds: number }

/** Why a recording has ended. */
export type RecordingEnd =
  /** `stopRecording` */
  | 'stopped'
  /** `maxBytes` */
  | 'recording-full'
  /** `maxSeconds` */
  | 'time-over'
  /** The camera changed its parameters, such as the size of the picture: another file has to be begun for them. */
  | 'parameters-changed'
  /** The player was paused, stopped, removed or given another `src`, or the stream came to its end. */
  | 'stream-ended'
  /** See `error`. */
  | 'failed'

/** What a recorder tells. */
export type RecorderMessage =
  /** The first unit of the file is here. @param begins when it was captured, in milliseconds since 1970 */
  | { readonly type: 'recording-begun'; readonly id: number; readonly begins: Milliseconds }
  /** The next bytes of the file. */
  | { readonly type: 'recording-chunk'; readonly id: number; readonly data: Uint8Array<ArrayBuffer> }
  /** The last one of a file. `file` is null where nothing was written. */
  | {
      readonly type: 'recording-ended'
      readonly id: number
      readonly reason: RecordingEnd
      readonly error: SerializedProtocolError | null
      readonly file: RecordedFileFacts | null
    }

export interface RecordedFileFacts {
  /** To be written over the beginning of the file. */
  readonly header: Uint8Array<ArrayBuffer>
  /** `video/mp4; codecs="avc1.64001F,mp4a.40.2"` */
  readonly mimeType: string
  readonly duration: Seconds
  readonly bytes: number
  readonly begins: Milliseconds
}
