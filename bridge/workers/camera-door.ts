import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { LIMITS } from '../../protocol/limits.ts'
import { ServerConnection } from '../../protocol/rtsp/server-connection.ts'
import { RtspRefusal } from '../../protocol/rtsp/server-stream.ts'
import type { HubStream } from '../hub/hub-stream.ts'
import type { BridgeLog } from '../log.ts'
import { StartError } from '../start-error.ts'
import { SocketTransport } from '../upstream/socket-transport.ts'
import { readLine } from './line.ts'

/** What is answered before RTSP begins: nothing where the camera is open, else what viewers are to be told. */
export type DoorAnswer = { readonly open: true } | Pick<RtspRefusal, 'status' | 'reason' | 'headers'>

/** What is asked for by RTSP: which stream it is was said before. */
export const DOOR_STREAM = '/camera'

/** Milliseconds for the name. */
const NAME_TIMEOUT = 5_000

/** Path of the socket at which a worker gives out its cameras. */
export const doorPath = (directory: string, worker: number): string => join(directory, `worker-${worker}`)

export interface CameraDoorOptions {
  readonly path: string
  /** The streams whose cameras this worker has. */
  readonly streams: (name: string) => HubStream | undefined
  /** Bytes that may wait for another worker. */
  readonly bufferBytes: number
  readonly log: BridgeLog
}

/**
 * Where other workers get the streams whose cameras this one has. Each connection is for one stream: a line with its name,
 * a line with the answer, and from then on RTSP, to which another worker is a viewer like any other.
 */
export class CameraDoor {
  readonly #options: CameraDoorOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(options: CameraDoorOptions) {
    this.#options = options
    this.#server = createServer({ pauseOnConnect: true }, (socket) => void this.#admit(socket))
  }

  /** @throws StartError */
  async open(): Promise<void> {
    const { path, log } = this.#options
    // A worker that was killed left its own behind.
    rmSync(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        reject(new StartError(`Workers cannot reach each other by ${path} (${cause.code}).`, DOOR_ADVICE, cause))
      })
      // Its own, and not one that all workers share.
      this.#server.listen({ path, exclusive: true }, resolve)
    })
    this.#server.removeAllListeners('error')
    this.#server.on('error', (error) => log.error({}, `another worker could not be accepted: ${error.message}`))
  }

  /** Closes what is open, too. */
  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return Promise.resolve()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  async #admit(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    let name: string
    try {
      name = await readLine(socket, NAME_TIMEOUT)
    } catch {
      return
    }
    socket.on('error', () => undefined)
    const answer = await this.#answer(name)
    if (socket.destroyed) return
    const line = `${JSON.stringify(answer)}\n`
    if (!('open' in answer)) {
      socket.end(line)
      return
    }
    socket.write(line)
    const { bufferBytes, log } = this.#options
    new ServerConnection(
      new SocketTransport(socket, { maxUnsentBytes: bufferBytes }),
      // Looked up anew: the configuration may have changed meanwhile.
      { find: (path) => (path === DOOR_STREAM ? (this.#options.streams(name) ?? null) : null) },
      {
        failed: (error) =>
          log.error({ stream: name }, `a fault of the bridge: ${error instanceof Error ? error.stack : String(error)}`),
      },
      // A process that is gone closes its sockets.
      { endsOnSilence: false, continueMilliseconds: LIMITS.requestMilliseconds / 2 },
    )
  }

  /** Opens the camera, so that the other worker knows at once what to tell its viewers. */
  async #answer(name: string): Promise<DoorAnswer> {
    const stream = this.#options.streams(name)
    // As right after a change of the configuration, which reaches one worker before another.
    if (!stream) return { status: 503, reason: undefined, headers: [] }
    try {
      await stream.describe()
      return { open: true }
    } catch (error) {
      if (error instanceof RtspRefusal) return { status: error.status, reason: error.reason, headers: error.headers }
      this.#options.log.error({ stream: name }, `a fault of the bridge: ${String(error)}`)
      return { status: 503, reason: undefined, headers: [] }
    }
  }
}

/** For whoever runs several workers. */
export const DOOR_ADVICE =
  'It needs a folder that it may write to, with a short path: set RUNTIME_DIRECTORY or TMPDIR; or run one worker.'
