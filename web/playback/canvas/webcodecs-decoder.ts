import { ProtocolError } from '../../../protocol/errors.ts'
import type { VideoConfiguration } from '../../../protocol/index.ts'
import { videoDecoderConfig } from '../choice/decoder-configuration.ts'
import type { CodedPicture, PictureDecoder, PictureDecoderEvents } from './picture-decoder.ts'

/** Pictures that may wait in the browser's decoder. A picture more is delay more, but decoders work on several at once. */
const MAX_QUEUED = 6

/** Pictures by VideoDecoder (WebCodecs). */
export class WebCodecsDecoder implements PictureDecoder {
  readonly #decoder: VideoDecoder
  readonly #events: PictureDecoderEvents
  #failed = false

  constructor(events: PictureDecoderEvents) {
    this.#events = events
    this.#decoder = new VideoDecoder({
      output: (frame) => {
        const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight }
        const mediaTime = frame.timestamp / 1e6
        events.decoded({ image: frame, mediaTime, width, height, close: () => frame.close() })
      },
      error: (cause) => this.#fail(cause),
    })
    this.#decoder.ondequeue = () => {
      if (this.hasRoom) events.room()
    }
  }

  get hasRoom(): boolean {
    return this.#decoder.state === 'configured' && this.#decoder.decodeQueueSize < MAX_QUEUED
  }

  get queued(): number {
    return this.#decoder.decodeQueueSize
  }

  configure(configuration: VideoConfiguration): void {
    const config = videoDecoderConfig(configuration)
    if (!config) {
      this.#fail(`it has no name for ${configuration.codec}`)
      return
    }
    try {
      // Pictures that are held back for their order are wanted before those of the new parameters.
      if (this.#decoder.state === 'configured') this.#decoder.flush().catch(() => undefined)
      this.#decoder.configure(config)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  decode({ data, start, randomAccess }: CodedPicture): void {
    try {
      const type = randomAccess ? 'key' : 'delta'
      this.#decoder.decode(new EncodedVideoChunk({ type, timestamp: Math.round(start * 1e6), data }))
    } catch (cause) {
      this.#fail(cause)
    }
  }

  close(): void {
    this.#failed = true
    this.#decoder.ondequeue = null
    if (this.#decoder.state !== 'closed') this.#decoder.close()
  }

  #fail(cause: unknown): void {
    if (this.#failed) return
    this.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    this.#events.failed(new ProtocolError('decode-failed', `The browser could not decode the stream: ${reason}`))
  }
}
