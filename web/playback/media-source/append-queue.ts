import { ProtocolError } from '../../../protocol/errors.ts'

/** Media bytes that may wait for one SourceBuffer: a few seconds of a 4K camera. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024

/** A stretch of the timeline, in seconds. */
export interface TimeRange {
  readonly start: number
  readonly end: number
}

export interface AppendQueueEvents {
  /** A media segment is in the buffer. */
  appended(): void
  /** Segments were dropped because the buffer did not keep up. */
  dropped(segments: number): void
  /** What may be thrown away to make room, or null. Asked when the quota is reached. */
  evictable(): TimeRange | null
  /** The buffer is of no use any more. Told once; nothing is appended after it. */
  failed(error: ProtocolError): void
}

/** One operation of a SourceBuffer; only one may run at a time. */
type Operation =
  | { readonly kind: 'media'; readonly data: Uint8Array<ArrayBuffer>; readonly randomAccess: boolean; retried: boolean }
  | { readonly kind: 'initialization'; readonly data: Uint8Array<ArrayBuffer>; readonly mimeType: string }
  | { readonly kind: 'offset'; readonly seconds: number }
  | { readonly kind: 'remove'; readonly range: TimeRange }
  | { readonly kind: 'reached'; readonly callback: () => void }

/**
 * Feeds one SourceBuffer, one operation after the other, with a bound on the bytes that wait. At the bound it drops
 * whole segments up to the next random access point, since a picture without the ones before it would smear.
 */
export class AppendQueue {
  readonly #buffer: SourceBuffer
  readonly #events: AppendQueueEvents
  readonly #maxBytes: number
  #operations: Operation[] = []
  #mediaBytes = 0
  #running: Operation | undefined
  /** After a drop: nothing is taken before the next random access point. */
  #skipping = false
  #closed = false
  #mimeType: string

  constructor(buffer: SourceBuffer, mimeType: string, events: AppendQueueEvents, maxBytes = MAX_QUEUED_BYTES) {
    this.#buffer = buffer
    this.#mimeType = mimeType
    this.#events = events
    this.#maxBytes = maxBytes
    // `updateend` follows an error as well: both are needed, or the stream would silently stop.
    buffer.addEventListener('error', this.#onError)
    buffer.addEventListener('updateend', this.#onUpdateEnd)
  }

  get buffered(): TimeRanges {
    return this.#buffer.buffered
  }

  /** Bytes of media that wait. */
  get queuedBytes(): number {
    return this.#mediaBytes
  }

  /** A media segment; the queue keeps the view until it is appended. */
  push(data: Uint8Array<ArrayBuffer>, randomAccess: boolean): void {
    if (this.#closed) return
    if (this.#skipping && !randomAccess) {
      this.#events.dropped(1)
      return
    }
    this.#skipping = false
    if (this.#mediaBytes + data.length > this.#maxBytes) this.#makeRoom(data.length, randomAccess)
    if (this.#skipping) {
      this.#events.dropped(1)
      return
    }
    this.#mediaBytes += data.length
    this.#enqueue({ kind: 'media', data, randomAccess, retried: false })
  }

  /** New decoder parameters, valid for what is pushed after. */
  initialize(data: Uint8Array<ArrayBuffer>, mimeType: string): void {
    this.#enqueue({ kind: 'initialization', data, mimeType })
  }

  /** Where the stream's zero lies on the timeline of the element, for what is pushed after. */
  setTimestampOffset(seconds: number): void {
    this.#enqueue({ kind: 'offset', seconds })
  }

  remove(range: TimeRange): void {
    if (range.end > range.start) this.#enqueue({ kind: 'remove', range })
  }

  /** Another place follows: drops what waits, and removes what is there. Decoder parameters stay. */
  flush(): void {
    this.#dropMedia(Number.POSITIVE_INFINITY)
    this.#skipping = false
    this.#enqueue({ kind: 'remove', range: { start: 0, end: Number.POSITIVE_INFINITY } })
  }

  /** Calls back when all that was pushed before is in the buffer; never, where the queue is closed before. */
  whenReached(callback: () => void): void {
    this.#enqueue({ kind: 'reached', callback })
  }

  close(): void {
    this.#closed = true
    this.#operations = []
    this.#mediaBytes = 0
    this.#buffer.removeEventListener('error', this.#onError)
    this.#buffer.removeEventListener('updateend', this.#onUpdateEnd)
  }

  #enqueue(operation: Operation): void {
    if (this.#closed) return
    this.#operations.push(operation)
    this.#run()
  }

  /** Keeps what starts at the newest random access point, if there is one and that is enough; else nothing. */
  #makeRoom(wanted: number, randomAccess: boolean): void {
    const newest = randomAccess ? -1 : this.#operations.findLastIndex((o) => o.kind === 'media' && o.randomAccess)
    let dropped = this.#dropMedia(newest < 0 ? Number.POSITIVE_INFINITY : newest)
    if (!randomAccess && (newest < 0 || this.#mediaBytes + wanted > this.#maxBytes)) {
      dropped += this.#dropMedia(Number.POSITIVE_INFINITY)
      this.#skipping = true
    }
    if (dropped > 0) this.#events.dropped(dropped)
  }

  /** Drops the media that wait before an index; everything else keeps its place. */
  #dropMedia(before: number): number {
    const kept = this.#operations.filter((operation, index) => operation.kind !== 'media' || index >= before)
    const dropped = this.#operations.length - kept.length
    this.#operations = kept
    this.#mediaBytes = kept.reduce((sum, o) => sum + (o.kind === 'media' ? o.data.length : 0), 0)
    return dropped
  }

  #run(): void {
    while (!this.#closed && !this.#running && !this.#buffer.updating) {
      const operation = this.#operations.shift()
      if (!operation) return
      if (operation.kind === 'media') this.#mediaBytes -= operation.data.length
      this.#running = operation
      try {
        this.#perform(operation)
      } catch (cause) {
        this.#running = undefined
        this.#refused(operation, cause)
        continue
      }
      // What is done at once ends with no event.
      if (operation.kind === 'offset' || operation.kind === 'reached') this.#running = undefined
    }
  }

  #perform(operation: Operation): void {
    switch (operation.kind) {
      case 'media':
        this.#buffer.appendBuffer(operation.data)
        break
      case 'initialization':
        if (codecFamily(operation.mimeType) !== codecFamily(this.#mimeType)) this.#buffer.changeType(operation.mimeType)
        this.#mimeType = operation.mimeType
        this.#buffer.appendBuffer(operation.data)
        break
      case 'offset':
        this.#buffer.timestampOffset = operation.seconds
        break
      case 'remove':
        this.#buffer.remove(operation.range.start, operation.range.end)
        break
      case 'reached':
        operation.callback()
        break
    }
  }

  #refused(operation: Operation, cause: unknown): void {
    const quota = cause instanceof DOMException && cause.name === 'QuotaExceededError'
    if (quota && operation.kind === 'media' && !operation.retried) {
      const range = this.#events.evictable()
      if (range) {
        this.#mediaBytes += operation.data.length
        this.#operations.unshift({ kind: 'remove', range }, { ...operation, retried: true })
        return
      }
    }
    const reason = cause instanceof Error ? cause.message : String(cause)
    this.#fail(new ProtocolError('append-failed', `The browser refused a segment: ${reason}`, { cause }))
  }

  readonly #onError = (): void => {
    this.#fail(new ProtocolError('append-failed', 'The browser could not read a segment'))
  }

  readonly #onUpdateEnd = (): void => {
    const finished = this.#running
    this.#running = undefined
    if (finished?.kind === 'media') this.#events.appended()
    this.#run()
  }

  #fail(error: ProtocolError): void {
    if (this.#closed) return
    this.close()
    this.#events.failed(error)
  }
}

/** `video/mp4; codecs="avc1.64001F"` gives `video/mp4 avc1`: within a family the buffer takes new parameters as they come. */
export function codecFamily(mimeType: string): string {
  const [, container = mimeType, codec = ''] = /^([^;]*);\s*codecs="?([A-Za-z0-9]*)/.exec(mimeType) ?? []
  return `${container} ${codec}`
}
