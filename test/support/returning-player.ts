import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type ByteTransport, Pipeline, ProtocolError } from '../../protocol/index.ts'
import { Backoff, isRetryable } from '../../web/playback/player/reconnect.ts'
import { errorOfClose } from '../../web/playback/stream/websocket-transport.ts'

/** The stream, and how it is reached. */
export interface WatchedPlace {
  /** `wss://host:port/rtsp?stream=NAME&access_token=…` */
  readonly url: string
  readonly uri: string
  /** Certificate authority, for `wss://`. */
  readonly ca?: string
}

/** Milliseconds without a picture after which the page's player gives a connection up. */
const NO_MEDIA = 7_000

/**
 * A player without a screen that comes back by itself, by the rules of the page's: what a close means, whether to try
 * again, and when. Keeps the figures of what a person would see.
 */
export class ReturningPlayer {
  /** Pictures of all connections. */
  pictures = 0
  /** Connections that were tried. */
  attempts = 0
  /** Why the connections ended, one after the other. */
  readonly endings: string[] = []
  /** What made it give up. */
  failure: ProtocolError | undefined
  readonly #place: WatchedPlace
  readonly #backoff = new Backoff()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  readonly #waiting = new Set<() => void>()
  #lastPicture = Number.NaN
  #longestGap = 0
  /** The last connection it has had a picture from. */
  #shown = 0

  constructor(place: WatchedPlace) {
    this.#place = place
    this.#running = this.#run()
  }

  /** Name of the stream, as the address has it. */
  get stream(): string | null {
    return new URL(this.#place.url).searchParams.get('stream')
  }

  /** Milliseconds without a new picture, at the longest, since `forget`; up to now where it stands still. */
  get longestGap(): number {
    return Math.max(this.#longestGap, performance.now() - this.#lastPicture)
  }

  /** Whether the connection that it has shows pictures. */
  get isShowing(): boolean {
    return this.#shown === this.attempts
  }

  /** Begins to measure anew. */
  forget(): void {
    this.#longestGap = 0
    this.endings.length = 0
  }

  /** Resolves when so many pictures more have come. Rejects where it gives up. */
  async shows(count = 1): Promise<void> {
    const wanted = this.pictures + count
    while (this.pictures < wanted) {
      if (this.failure) throw this.failure
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      this.attempts++
      const error = await this.#watch()
      if (signal.aborted) return
      this.endings.push(`${error?.code} ${error?.place.closeCode ?? ''}`)
      if (!error || !isRetryable(error.code)) {
        this.failure = error ?? new ProtocolError('connection-lost', 'The stream came to its end')
        this.#tell()
        return
      }
      await wait(this.#backoff.next(performance.now()), undefined, { signal }).catch(() => undefined)
    }
  }

  /** One connection, up to its end. */
  async #watch(): Promise<ProtocolError | null> {
    const { signal } = this.#stop
    let close = () => undefined as unknown
    const abort = () => close()
    let silence: NodeJS.Timeout | undefined
    try {
      const transport = await connect(this.#place, signal)
      signal.addEventListener('abort', abort, { once: true })
      return await new Promise((resolve) => {
        const pipeline = new Pipeline(
          transport,
          { uri: this.#place.uri },
          {
            initializationSegment: () => undefined,
            mediaSegment: ({ kind }) => {
              if (kind === 'video') this.#picture()
            },
            accessUnit: () => undefined,
            closed: resolve,
          },
        )
        close = () => pipeline.close()
        pipeline.open().catch(resolve)
        const since = performance.now()
        silence = setInterval(() => {
          const silent = performance.now() - Math.max(since, this.#lastPicture || 0)
          if (silent >= NO_MEDIA) resolve(new ProtocolError('no-media', 'No picture came'))
        }, 1_000)
      })
    } catch (error) {
      if (error instanceof ProtocolError) return error
      throw error
    } finally {
      clearInterval(silence)
      signal.removeEventListener('abort', abort)
      if (!signal.aborted) close()
    }
  }

  #picture(): void {
    const now = performance.now()
    this.#backoff.playing(now)
    if (this.pictures > 0) this.#longestGap = Math.max(this.#longestGap, now - this.#lastPicture)
    this.#shown = this.attempts
    this.#lastPicture = now
    this.pictures++
    this.#tell()
  }

  #tell(): void {
    for (const look of this.#waiting) look()
    this.#waiting.clear()
  }
}

/** @throws ProtocolError as in the page */
function connect({ url, ca }: WatchedPlace, signal: AbortSignal): Promise<ByteTransport> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, ['rtsp.onvif.org'], { ...(ca === undefined ? {} : { ca }), handshakeTimeout: 10_000 })
    const abort = () => ws.terminate()
    signal.addEventListener('abort', abort, { once: true })
    // What it was is told by the close.
    ws.on('error', () => undefined)
    const unreachable = new ProtocolError('bridge-unreachable', 'The bridge could not be reached')
    ws.once('close', (code, reason) => reject(errorOfClose(code, reason.toString(), false) ?? unreachable))
    ws.once('open', () => {
      signal.removeEventListener('abort', abort)
      resolve(transportOf(ws))
    })
  })
}

const transportOf = (ws: WebSocket): ByteTransport => ({
  start: ({ bytes, closed }) => {
    ws.on('message', (data: Buffer) => bytes(data))
    ws.on('close', (code, reason) => closed(errorOfClose(code, reason.toString(), true)))
    // It may have been cut before anyone listened.
    if (ws.readyState === WebSocket.CLOSED) queueMicrotask(() => closed(errorOfClose(1006, '', true)))
  },
  send: (bytes) => {
    if (ws.readyState === WebSocket.OPEN) ws.send(bytes.slice())
  },
  get bufferedAmount() {
    return ws.bufferedAmount
  },
  pause: () => ws.pause(),
  resume: () => ws.resume(),
  close: () => ws.close(1000),
})
