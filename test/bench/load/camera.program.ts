/** A camera for many: every session is sent a flow of its own, in as many writes as it has frames. */
import { createServer, type Socket } from 'node:net'
import { SocketTransport } from '../../../bridge/upstream/socket-transport.ts'
import { ServerConnection } from '../../../protocol/rtsp/server-connection.ts'
import type { MediaSink, ServerPlayback, ServerStream } from '../../../protocol/rtsp/server-stream.ts'
import { h264Description } from '../../support/h264-description.ts'
import { answer } from '../processes/calls.ts'
import { Flow, type FlowOptions } from './flow.ts'

/** Bytes that may wait for a session; beyond, what is due is left out and counted. */
const MAX_UNSENT = 1024 * 1024
/** Milliseconds between looks at what is due. */
const TICK = 1

let flow: FlowOptions = { rate: 4_000_000, writeBytes: 1_400, pattern: 'even' }
const playing = new Set<Session>()
let opened = 0
let late = 0

class Session implements ServerPlayback {
  readonly #sink: MediaSink
  readonly #flow = new Flow(flow)
  #startedAt = 0

  constructor(sink: MediaSink) {
    this.#sink = sink
  }

  setup() {
    return {}
  }

  prepare() {
    return { range: { unit: 'npt', start: 'now' } as const, tracks: [] }
  }

  start(): void {
    // Cameras are not in step with each other.
    this.#startedAt = performance.now() - Math.random() * 40
    playing.add(this)
  }

  pause(): void {
    playing.delete(this)
  }

  close(): void {
    playing.delete(this)
  }

  sendDue(now: number): void {
    for (const due = this.#flow.due(now - this.#startedAt); this.#flow.sent < due; ) {
      const frame = this.#flow.next()
      if (this.#sink.bufferedAmount <= MAX_UNSENT) this.#sink.send(frame)
      else late++
    }
  }
}

const stream: ServerStream = {
  controls: ['trackID=0'],
  describe: () => new TextEncoder().encode(h264Description('load')),
  open: (sink) => new Session(sink),
}

const sockets = new Set<Socket>()
const server = createServer({ noDelay: true }, (socket) => {
  opened++
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  socket.pause()
  new ServerConnection(new SocketTransport(socket), { find: (path) => (path === '/lobby' ? stream : null) })
})

setInterval(() => {
  const now = performance.now()
  for (const session of playing) session.sendDue(now)
}, TICK)

const calls = {
  /** @returns its port */
  listen: () =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', 4096, () => {
        const address = server.address()
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
      })
    }),
  /** For the sessions that come. */
  send: (options: FlowOptions) => {
    flow = options
  },
  counts: () => ({ sessions: playing.size, connections: sockets.size, opened, late }),
  /** Ends every connection, as a camera does that restarts. */
  hangUp: () => {
    for (const socket of sockets) socket.destroy()
  },
}

export type CameraCalls = typeof calls

answer(calls)
