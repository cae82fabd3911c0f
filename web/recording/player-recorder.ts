import { ProtocolError } from '../../protocol/errors.ts'
import { Seconds } from '../../protocol/units.ts'
import type { OutletMessage } from '../playback/stream/messages.ts'
import type { OutletHandle, StreamHost } from '../playback/stream/stream-host.ts'
import type { RecordedFileFacts, RecorderMessage, RecordingEnd } from './recorder-messages.ts'
import { BlobSink, DiskSink, FileDisk, type RecordingSink, StreamDisk } from './recording-sink.ts'

/** Bytes of a recording in memory, where the page does not say how many. */
export const MAX_BLOB_BYTES = 512 * 1024 * 1024
/** Smaller files could not hold one picture. */
const LEAST_BYTES = 64 * 1024

export interface RecordingOptions {
  /** The file that is written, such as one of `showSaveFilePicker`; without it, and without a `writable`, it is in memory. */
  readonly file?: FileSystemFileHandle | undefined
  /** Where it goes instead. It is closed at the end. */
  readonly writable?: WritableStream | undefined
  /** The recording ends before it is larger. Default: 512 MiB in memory, none for a file or a `writable`. */
  readonly maxBytes?: number | undefined
  readonly maxSeconds?: number | undefined
}

/** A recording that has come to its end. */
export interface RecordedFile {
  /** Undefined where it went into a file or a `writable`. */
  readonly blob: Blob | undefined
  /** `video/mp4; codecs="…"` */
  readonly type: string
  readonly duration: Seconds
  readonly bytes: number
  /** When the first picture was captured: by the clock of the camera, where it tells, else when it came. */
  readonly begins: Date
  /** Why it ended. */
  readonly reason: RecordingEnd
  /** What went wrong, where the reason is `failed`. */
  readonly error: ProtocolError | null
}

/** Whose stream is recorded. */
export interface RecordedPlayer {
  readonly hasSession: boolean
  /** While there is a session. */
  readonly openRecorder: StreamHost['openRecorder']
  /** Outlet that records what comes, of this session and of those that follow; undefined: none. */
  set recorder(outlet: number | undefined)
}

export interface PlayerRecorderEvents {
  begun(begins: Date): void
  /** Also of one that ended by itself. */
  ended(file: RecordedFile): void
}

/** A promise that is settled from without. */
class Deferred<T> {
  resolve: (value: T) => void = () => undefined
  reject: (error: ProtocolError) => void = () => undefined
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve
    this.reject = reject
  })
}

/** A file that is being written. */
interface OpenFile {
  readonly id: number
  readonly sink: RecordingSink
  readonly isSaved: boolean
  begins: number
  bytes: number
  /** Settles with the first picture. */
  readonly begun: Deferred<void>
  readonly ended: Deferred<RecordedFile>
}

/** What the page has of a recorder, which is where the sessions run. Lives as long as its element is in the document. */
export class PlayerRecorder {
  readonly #player: RecordedPlayer
  readonly #events: PlayerRecorderEvents
  readonly #files = new Map<number, OpenFile>()
  #keep = 0
  #outlet: OutletHandle | undefined
  #recording: OpenFile | undefined
  /** The last one, which may have ended before it was asked for. */
  #last: Promise<RecordedFile> | undefined
  #nextId = 1

  constructor(player: RecordedPlayer, events: PlayerRecorderEvents) {
    this.#player = player
    this.#events = events
  }

  get isRecording(): boolean {
    return this.#recording !== undefined
  }

  /** Seconds that are kept for `saveLast`. */
  set keep(seconds: number) {
    if (seconds === this.#keep) return
    this.#keep = seconds
    this.#outlet?.command({ name: 'keep', seconds })
    this.attach()
    this.#letGo()
  }

  /** Begins to take what comes, where that is wanted: what nobody asks for is not kept. */
  attach(): void {
    if (this.#outlet || !this.#player.hasSession || (this.#keep === 0 && !this.#recording)) return
    this.#outlet = this.#player.openRecorder((message) => this.#receive(message))
    this.#outlet.command({ name: 'keep', seconds: this.#keep })
    this.#player.recorder = this.#outlet.id
  }

  /** The stream is over, for now or for good: a recording ends. @param forgets what is kept goes too */
  leave(forgets: boolean): void {
    this.#stop('stream-ended')
    if (forgets) this.#outlet?.command({ name: 'forget' })
  }

  /** @returns settles when the first picture is recorded. @throws ProtocolError */
  async start({ file: handle, writable, maxBytes, maxSeconds }: RecordingOptions): Promise<void> {
    if (this.#recording) throw new ProtocolError('invalid-state', 'It is recording already')
    if (!this.#player.hasSession) throw new ProtocolError('no-picture', 'Nothing plays that could be recorded')
    const bound = maxBytes ?? (handle || writable ? undefined : MAX_BLOB_BYTES)
    if ((bound !== undefined && !(bound >= LEAST_BYTES)) || (maxSeconds !== undefined && !(maxSeconds > 0))) {
      throw new ProtocolError('invalid-state', `A recording needs ${LEAST_BYTES} bytes at least, and some time`)
    }
    const disk = handle ? new FileDisk(handle) : writable && new StreamDisk(writable)
    const file = this.#open((failed) => (disk ? new DiskSink(disk, failed) : new BlobSink()), false)
    this.#recording = file
    this.#last = file.ended.promise
    this.attach()
    this.#outlet?.command({ name: 'record', id: file.id, maxBytes: bound, maxSeconds })
    await file.begun.promise
  }

  /** The file, or that of a recording which has ended by itself. @throws ProtocolError where there is none */
  async stop(): Promise<RecordedFile> {
    const last = this.#last
    if (!last) throw new ProtocolError('invalid-state', 'Nothing is being recorded')
    this.#stop('stopped')
    try {
      return await last
    } finally {
      if (this.#last === last) this.#last = undefined
    }
  }

  /** @throws ProtocolError `nothing-recorded`, `not-recordable` */
  async save(seconds: number): Promise<RecordedFile> {
    if (!this.#outlet || !(this.#keep > 0)) {
      throw new ProtocolError('nothing-recorded', 'Nothing of the stream is kept: the attribute `keep` is not set')
    }
    if (!(seconds > 0)) throw new ProtocolError('invalid-state', 'It takes some seconds to save')
    const file = this.#open(() => new BlobSink(), true)
    this.#outlet.command({ name: 'save-last', id: file.id, seconds })
    return file.ended.promise
  }

  /** For good. A recording comes to its end first, and is told of. */
  close(): void {
    this.#keep = 0
    this.leave(true)
    this.#letGo()
  }

  #stop(reason: RecordingEnd): void {
    if (this.#recording) this.#outlet?.command({ name: 'stop-recording', id: this.#recording.id, reason })
  }

  #open(makeSink: (failed: (error: ProtocolError) => void) => RecordingSink, isSaved: boolean): OpenFile {
    const id = this.#nextId++
    const file: OpenFile = {
      id,
      sink: makeSink((error) => this.#failed(file, error)),
      isSaved,
      begins: Date.now(),
      bytes: 0,
      begun: new Deferred(),
      ended: new Deferred(),
    }
    // Each is awaited by at most one, and told by the events besides.
    file.begun.promise.catch(() => undefined)
    file.ended.promise.catch(() => undefined)
    this.#files.set(id, file)
    return file
  }

  #letGo(): void {
    if (this.#keep > 0 || this.#files.size > 0 || !this.#outlet) return
    this.#player.recorder = undefined
    this.#outlet.close()
    this.#outlet = undefined
  }

  #receive(message: OutletMessage | { readonly type: 'lost' }): void {
    switch (message.type) {
      case 'recording-begun': {
        const file = this.#files.get(message.id)
        if (!file) break
        file.begins = message.begins
        file.begun.resolve()
        this.#events.begun(new Date(message.begins))
        break
      }
      case 'recording-chunk': {
        const file = this.#files.get(message.id)
        if (!file) break
        file.bytes += message.data.length
        file.sink.write(message.data)
        break
      }
      case 'recording-ended':
        this.#ended(message)
        break
      case 'failed':
        this.#lost(ProtocolError.fromJSON(message.error))
        break
      case 'lost':
        this.#lost(new ProtocolError('recording-failed', 'The worker that recorded has stopped'))
        break
    }
  }

  #ended({ id, reason, error, file: facts }: Extract<RecorderMessage, { type: 'recording-ended' }>): void {
    const file = this.#files.get(id)
    if (!file) return
    const failure = error && ProtocolError.fromJSON(error)
    if (facts) void this.#finish(file, facts, reason, failure)
    else
      this.#refuse(file, failure ?? new ProtocolError('nothing-recorded', 'No keyframe came that it could begin with'))
  }

  async #finish(
    file: OpenFile,
    { header, mimeType: type, duration, bytes, begins }: RecordedFileFacts,
    reason: RecordingEnd,
    error: ProtocolError | null,
  ): Promise<void> {
    this.#close(file)
    const facts = { type, duration, bytes, begins: new Date(begins) }
    try {
      this.#settle(file, { ...facts, blob: await file.sink.finish(header, type), reason, error })
    } catch (cause) {
      const failure = cause instanceof ProtocolError ? cause : new ProtocolError('recording-failed', String(cause))
      this.#settle(file, { ...facts, blob: undefined, reason: 'failed', error: failure })
    }
  }

  /** Nothing was written, and nothing will be. */
  #refuse(file: OpenFile, error: ProtocolError): void {
    this.#close(file)
    file.sink.abandon()
    file.begun.reject(error)
    file.ended.reject(error)
  }

  /** The disk takes no more. What it has taken is the file. */
  #failed(file: OpenFile, error: ProtocolError): void {
    if (this.#recording === file) this.#outlet?.command({ name: 'stop-recording', id: file.id, reason: 'failed' })
    file.begun.reject(error)
  }

  /** The worker is gone, and all that it kept. What came of a file by then can be played, though it tells no duration. */
  #lost(error: ProtocolError): void {
    this.#outlet = undefined
    this.#player.recorder = undefined
    for (const file of [...this.#files.values()]) {
      if (file.bytes === 0) this.#refuse(file, error)
      else void this.#finishLost(file, error)
    }
  }

  async #finishLost(file: OpenFile, error: ProtocolError): Promise<void> {
    this.#close(file)
    const blob = await file.sink.finish(new Uint8Array(0), 'video/mp4').catch(() => undefined)
    const { bytes } = file
    const begins = new Date(file.begins)
    const duration = Seconds((Date.now() - file.begins) / 1000)
    this.#settle(file, { blob, type: 'video/mp4', duration, bytes, begins, reason: 'failed', error })
  }

  #close(file: OpenFile): void {
    this.#files.delete(file.id)
    if (this.#recording === file) this.#recording = undefined
    this.#letGo()
  }

  #settle(file: OpenFile, recorded: RecordedFile): void {
    file.ended.resolve(recorded)
    if (!file.isSaved) this.#events.ended(recorded)
  }
}
