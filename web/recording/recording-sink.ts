import { ProtocolError } from '../../protocol/errors.ts'

/** Bytes that may wait for a disk. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** Where the bytes of a file go. */
export interface RecordingSink {
  write(chunk: Uint8Array<ArrayBuffer>): void
  /**
   * @param header to be written over the beginning, where that is possible
   * @returns the file, where it is here
   * @throws ProtocolError `recording-failed`
   */
  finish(header: Uint8Array<ArrayBuffer>, type: string): Promise<Blob | undefined>
  /** It is not wanted. */
  abandon(): void
}

/** In memory; browsers keep large blobs on disk. */
export class BlobSink implements RecordingSink {
  #blobs: Blob[] = []

  write(chunk: Uint8Array<ArrayBuffer>): void {
    this.#blobs.push(new Blob([chunk]))
  }

  async finish(header: Uint8Array<ArrayBuffer>, type: string): Promise<Blob> {
    const file = new Blob(this.#blobs)
    this.#blobs = []
    return new Blob([header, file.slice(header.length)], { type })
  }

  abandon(): void {
    this.#blobs = []
  }
}

/**
 * Into a stream of the page's, which is closed at the end. In a file of the File System Access API the beginning is
 * written once more then; other streams keep the one without durations.
 */
export class StreamSink implements RecordingSink {
  readonly #writer: WritableStreamDefaultWriter<unknown>
  readonly #isFile: boolean
  readonly #failed: (error: ProtocolError) => void
  #waiting = 0
  #error: ProtocolError | undefined

  /** @param failed told once; nothing more is written then. @throws TypeError where somebody else writes to the stream */
  constructor(stream: WritableStream, failed: (error: ProtocolError) => void) {
    this.#isFile = 'truncate' in stream
    this.#writer = stream.getWriter()
    this.#failed = failed
  }

  write(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.#error) return
    if (this.#waiting + chunk.length > MAX_WAITING_BYTES) {
      this.#fail(new Error('it takes less than the camera sends'))
      return
    }
    this.#waiting += chunk.length
    this.#writer.write(chunk).then(
      () => {
        this.#waiting -= chunk.length
      },
      (cause: unknown) => this.#fail(cause),
    )
  }

  async finish(header: Uint8Array<ArrayBuffer>): Promise<undefined> {
    try {
      if (this.#isFile) await this.#writer.write({ type: 'write', position: 0, data: header })
      await this.#writer.close()
    } catch (cause) {
      throw this.#error ?? failure(cause)
    }
  }

  abandon(): void {
    this.#writer.abort().catch(() => undefined)
  }

  #fail(cause: unknown): void {
    if (this.#error) return
    this.#error = failure(cause)
    this.#failed(this.#error)
  }
}

const failure = (cause: unknown): ProtocolError => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ProtocolError('recording-failed', `The recording could not be written: ${reason}`, { cause })
}
