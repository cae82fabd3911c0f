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

/** What takes bytes one after the other, as fast as it can. */
interface Disk {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>
  finish(header: Uint8Array<ArrayBuffer>): Promise<void>
  /** Nothing more comes. What was taken is the file, where that can still be. */
  abandon(): Promise<void>
}

/** Onto something slower than memory: what waits for it is bounded, and its failure is told once. */
export class DiskSink implements RecordingSink {
  readonly #disk: Disk
  readonly #failed: (error: ProtocolError) => void
  #work: Promise<void> = Promise.resolve()
  #waiting = 0
  #error: ProtocolError | undefined

  /** @param failed nothing more is written then */
  constructor(disk: Disk, failed: (error: ProtocolError) => void) {
    this.#disk = disk
    this.#failed = failed
  }

  write(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.#error) return
    if (this.#waiting + chunk.length > MAX_WAITING_BYTES) {
      this.#fail(new Error('it takes less than the camera sends'))
      return
    }
    this.#waiting += chunk.length
    this.#work = this.#work.then(async () => {
      if (this.#error) return
      try {
        await this.#disk.write(chunk)
        this.#waiting -= chunk.length
      } catch (cause) {
        this.#fail(cause)
      }
    })
  }

  async finish(header: Uint8Array<ArrayBuffer>): Promise<undefined> {
    await this.#work
    if (this.#error) {
      await this.#disk.abandon().catch(() => undefined)
      throw this.#error
    }
    try {
      await this.#disk.finish(header)
    } catch (cause) {
      throw failure(cause)
    }
  }

  abandon(): void {
    this.#disk.abandon().catch(() => undefined)
  }

  #fail(cause: unknown): void {
    if (this.#error) return
    this.#error = failure(cause)
    this.#failed(this.#error)
  }
}

/**
 * A stream of the page's, which is closed at the end. In one of the File System Access API the beginning is written once
 * more then; others keep the one without durations.
 */
export class StreamDisk implements Disk {
  readonly #writer: WritableStreamDefaultWriter<unknown>
  readonly #isFile: boolean

  /** @throws TypeError where somebody else writes to the stream */
  constructor(stream: WritableStream) {
    this.#isFile = 'truncate' in stream
    this.#writer = stream.getWriter()
  }

  write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#writer.write(chunk)
  }

  async finish(header: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#isFile) await this.#writer.write({ type: 'write', position: 0, data: header })
    await this.#writer.close()
  }

  abandon(): Promise<void> {
    return this.#writer.close()
  }
}

/** Bytes after which a file is put in place for the first time. */
const FIRST_CHECKPOINT = 1024 * 1024

/**
 * A file of the File System Access API. Browsers put what was written in place when the stream is closed, and throw it away
 * when a write has failed, as on a full disk. So it is closed and opened again each time when it has become twice as large:
 * opening copies it, and that makes no more than one copy of all in the end. At least half of it stays.
 */
export class FileDisk implements Disk {
  readonly #file: FileSystemFileHandle
  readonly #firstCheckpoint: number
  #stream: FileSystemWritableFileStream | undefined
  #bytes = 0
  #checkpoint = 0

  constructor(file: FileSystemFileHandle, firstCheckpoint = FIRST_CHECKPOINT) {
    this.#file = file
    this.#firstCheckpoint = firstCheckpoint
  }

  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#stream ??= await this.#file.createWritable()
    const stream = this.#stream
    await stream.write(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < Math.max(this.#firstCheckpoint, this.#checkpoint * 2)) return
    await stream.close()
    this.#checkpoint = this.#bytes
    this.#stream = await this.#file.createWritable({ keepExistingData: true })
    await this.#stream.seek(this.#bytes)
  }

  async finish(header: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#stream ??= await this.#file.createWritable()
    const stream = this.#stream
    await stream.write({ type: 'write', position: 0, data: header })
    await stream.close()
  }

  async abandon(): Promise<void> {
    await this.#stream?.close()
  }
}

const failure = (cause: unknown): ProtocolError => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ProtocolError('recording-failed', `The recording could not be written: ${reason}`, { cause })
}
