import { ProtocolError } from '../../../protocol/errors.ts'
import type { CodedPicture, PictureDecoder, PictureDecoderEvents } from './picture-decoder.ts'

/** Damaged pictures in a row that are left out before the stream is given up. */
const MAX_DAMAGED = 10

/** JPEG pictures by the browser's image decoder. One at a time: what is decoded out of order would be shown so. */
export class JpegDecoder implements PictureDecoder {
  readonly #events: PictureDecoderEvents
  #busy = false
  #closed = false
  #damaged = 0

  constructor(events: PictureDecoderEvents) {
    this.#events = events
  }

  get hasRoom(): boolean {
    return !this.#busy && !this.#closed
  }

  get queued(): number {
    return this.#busy ? 1 : 0
  }

  configure(): void {
    // Each picture says all of itself.
  }

  decode({ data, start }: CodedPicture): void {
    this.#busy = true
    createImageBitmap(new Blob([data as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' })).then(
      (image) => this.#decoded(image, start),
      (cause: unknown) => this.#refused(cause),
    )
  }

  close(): void {
    this.#closed = true
  }

  #decoded(image: ImageBitmap, mediaTime: number): void {
    this.#busy = false
    if (this.#closed) {
      image.close()
      return
    }
    this.#damaged = 0
    const { width, height } = image
    this.#events.decoded({ image, mediaTime, width, height, close: () => image.close() })
    this.#events.room()
  }

  #refused(cause: unknown): void {
    this.#busy = false
    if (this.#closed) return
    this.#damaged += 1
    if (this.#damaged < MAX_DAMAGED) {
      this.#events.room()
      return
    }
    this.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    this.#events.failed(new ProtocolError('decode-failed', `The browser could not decode JPEG pictures: ${reason}`))
  }
}
