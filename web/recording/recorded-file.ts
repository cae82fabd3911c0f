import type { CodecConfiguration } from '../../protocol/codec/configuration.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { InitializationSegmentOptions } from '../../protocol/fmp4/initialization-segment.ts'
import type { RecordedUnit } from '../../protocol/fmp4/recording-track.ts'
import {
  type RecordingBound,
  RecordingWriter,
  type RecordingWriterOptions,
} from '../../protocol/fmp4/recording-writer.ts'
import type { Milliseconds } from '../../protocol/units.ts'
import type { RecordedFileFacts } from './recorder-messages.ts'

/** MP4 track IDs; those of a session may be others, and of the next session others again. */
export const TRACK_IDS = { video: 1, audio: 2 } as const

export interface RecordedTrack extends InitializationSegmentOptions {
  readonly isRecordable: boolean
}

export interface FileOfTracksOptions extends Pick<RecordingWriterOptions, 'maxBytes' | 'maxSeconds' | 'write'> {
  readonly begins: Milliseconds
}

/** What came of pushing units. */
export interface Pushed {
  readonly bound?: RecordingBound | undefined
  readonly error?: ProtocolError | undefined
}

/** A file that is being written, and what is to be told of it. */
export class FileOfTracks {
  readonly #writer: RecordingWriter
  readonly #begins: Milliseconds
  readonly #codecs: string[]

  constructor(tracks: readonly RecordedTrack[], { begins, maxBytes, maxSeconds, write }: FileOfTracksOptions) {
    this.#begins = begins
    this.#codecs = tracks.map(codecOf)
    this.#writer = new RecordingWriter({ tracks, begins: new Date(begins), maxBytes, maxSeconds, write })
  }

  /** Sound whose parameters came later than the first picture. */
  addTrack(track: RecordedTrack): void {
    if (this.#writer.addTrack(track)) this.#codecs.push(codecOf(track))
  }

  push(units: readonly RecordedUnit[]): Pushed {
    try {
      for (const unit of units) {
        const bound = this.#writer.push(unit)
        if (bound) return { bound }
      }
      return {}
    } catch (cause) {
      const error =
        cause instanceof ProtocolError ? cause : new ProtocolError('recording-failed', String(cause), { cause })
      return { error }
    }
  }

  finish(): RecordedFileFacts {
    const { header, duration, bytes } = this.#writer.finish()
    const mimeType = `video/mp4; codecs="${this.#codecs.join(',')}"`
    return { header, mimeType, duration, bytes, begins: this.#begins }
  }
}

const codecOf = ({ configuration }: { readonly configuration: CodecConfiguration }): string => configuration.codec
