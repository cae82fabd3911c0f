import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Bridge } from '../../bridge/index.ts'
import type { MediaSegment } from '../../protocol/fmp4/segment.ts'
import { type ByteTransport, Pipeline, type ProtocolError, type TimedAccessUnit } from '../../protocol/index.ts'

/** A WebSocket to a bridge as the protocol package wants it; what the page has in web/, for Node. */
async function connect(address: string): Promise<ByteTransport & { readonly received: () => string }> {
  const ws = new WebSocket(address, ['rtsp.onvif.org'])
  const chunks: Buffer[] = []
  await once(ws, 'open')
  ws.on('error', () => undefined)
  return {
    received: () => Buffer.concat(chunks).toString('latin1'),
    start: ({ bytes, closed }) => {
      ws.on('message', (data: Buffer) => {
        chunks.push(data)
        bytes(data)
      })
      ws.on('close', () => closed(null))
      // It may have been cut before anyone listened.
      if (ws.readyState === WebSocket.CLOSED) queueMicrotask(() => closed(null))
    },
    send: (bytes) => ws.send(bytes.slice()),
    get bufferedAmount() {
      return ws.bufferedAmount
    },
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close: () => ws.close(),
  }
}

/** A player without a screen: the pipeline of the page, behind a bridge. */
export class BridgePlayer {
  readonly pipeline: Pipeline
  readonly segments: (Omit<TimedAccessUnit, 'data'> & { readonly bytes: number; readonly at: number })[] = []
  /** What was got over, in words. */
  readonly warnings: string[] = []
  /** Resolves with the reason when the stream is over. */
  readonly closed: Promise<ProtocolError | null>
  /** All that came over the wire, a byte a character. */
  readonly received: () => string
  readonly #transport: ByteTransport
  readonly #waiting = new Set<() => void>()

  private constructor(transport: ByteTransport & { readonly received: () => string }, uri: string) {
    this.#transport = transport
    this.received = transport.received
    let tellClosed: (error: ProtocolError | null) => void = () => undefined
    this.closed = new Promise((resolve) => {
      tellClosed = resolve
    })
    this.pipeline = new Pipeline(
      transport,
      { uri },
      {
        initializationSegment: () => undefined,
        mediaSegment: (segment) => this.#came(segment),
        accessUnit: (unit) => this.#came(unit),
        warning: (error) => this.warnings.push(error.message),
        closed: (error) => tellClosed(error),
      },
    )
  }

  static async open(bridge: Pick<Bridge, 'port'>, stream: string, ticket?: string): Promise<BridgePlayer> {
    const query = ticket === undefined ? '' : `&access_token=${ticket}`
    const transport = await connect(`ws://127.0.0.1:${bridge.port}/rtsp?stream=${stream}${query}`)
    const player = new BridgePlayer(transport, `rtsp://127.0.0.1:${bridge.port}/${stream}`)
    await player.pipeline.open()
    return player
  }

  #came({ data, ...segment }: MediaSegment | TimedAccessUnit): void {
    this.segments.push({ ...segment, bytes: data.length, at: performance.now() })
    for (const look of this.#waiting) look()
  }

  get pictures() {
    return this.segments.filter((segment) => segment.kind === 'video')
  }

  /** Resolves when what came answers to it. */
  async until(holds: (player: this) => boolean): Promise<void> {
    if (holds(this)) return
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!holds(this)) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
    })
  }

  /** Reads no more, as a viewer whose line is too slow. */
  stall(): void {
    this.#transport.pause()
  }

  goOn(): void {
    this.#transport.resume()
  }
}
