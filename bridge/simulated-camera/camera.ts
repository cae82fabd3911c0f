import { readFile, stat } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { ProtocolError } from '../../protocol/errors.ts'
import { ServerConnection } from '../../protocol/rtsp/server-connection.ts'
import { parseRtspUri } from '../../protocol/rtsp/uri.ts'
import { SocketTransport } from '../upstream/socket-transport.ts'
import { readClip } from './clip.ts'
import { clipStreams, LIVE_MOUNT, RECORDED_MOUNT } from './mounts.ts'

export interface SimulatedCameraOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** An MP4 file (H.264, AAC) to show in place of the lobby. */
  readonly file?: string
  /** Told one line when a viewer starts, stops, or fails. */
  readonly log?: (line: string) => void
}

export interface SimulatedCamera {
  /** What a player opens. */
  readonly url: string
  /** The same clip as a recording, with a beginning and an end. */
  readonly recordingUrl: string
  readonly port: number
  /** Says BYE to every viewer and frees the port. Safe to call twice. */
  close(): Promise<void>
}

const DEFAULT_CLIP = new URL('./clip.mp4', import.meta.url)
/** The clip is held in memory. */
const MAXIMUM_FILE_BYTES = 1024 ** 3
/** Viewers at once; more are turned away at the door. */
const MAXIMUM_CONNECTIONS = 1024

/**
 * An RTSP server that shows one clip, again and again as a live camera would (`rtsp://host:port/lobby`), and once as a
 * recording that can be sought in (`/recording`). RTP is interleaved in the connection.
 *
 * @throws ProtocolError `file-invalid` where the file cannot be read or played; `invalid-state` where it cannot listen
 */
export async function startCamera(options: SimulatedCameraOptions = {}): Promise<SimulatedCamera> {
  const { host = '127.0.0.1', port = 0, log = () => undefined } = options
  const streams = clipStreams(readClip(await loadFile(options.file ?? DEFAULT_CLIP)), Date.now())
  const connections = new Set<ServerConnection>()

  // `pauseOnConnect`: the transport begins to read when its receiver is there.
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`
    const connection = new ServerConnection(
      new SocketTransport(socket),
      streams,
      {
        answered: (request, status) => {
          if (request.method === 'PLAY' && status === 200) log(`${peer} plays ${parseRtspUri(request.uri).path}`)
          if (status >= 400) log(`${peer} ${request.method} was refused with ${status}`)
        },
        failed: (error) => log(`${peer} met a fault: ${error instanceof Error ? error.stack : String(error)}`),
        closed: (error) => {
          connections.delete(connection)
          log(`${peer} ${farewell(error)}`)
        },
      },
      { server: 'rtsp-player simulated camera' },
    )
    connections.add(connection)
  })
  server.maxConnections = MAXIMUM_CONNECTIONS
  await listen(server, host, port)
  // Such as no more file descriptors: the viewers that are there go on.
  server.on('error', (error) => log(`A viewer could not be accepted: ${error.message}`))

  const address = server.address() as AddressInfo
  const authority = `rtsp://${openable(address)}:${address.port}`
  let closed: Promise<void> | undefined
  return {
    url: authority + LIVE_MOUNT,
    recordingUrl: authority + RECORDED_MOUNT,
    port: address.port,
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve())
        for (const connection of [...connections]) connection.close()
      })
      return closed
    },
  }
}

function farewell(error: ProtocolError | null): string {
  if (!error) return 'left'
  // A cause comes from the socket: the viewer was cut off. Without one it is we who ended it.
  return error.cause === undefined ? `was dropped: ${error.message}` : 'broke off'
}

/** The address as a player on this computer can open it: one that means "all" means none to it. */
function openable({ address, family }: AddressInfo): string {
  if (family === 'IPv6') return address === '::' ? '[::1]' : `[${address}]`
  return address === '0.0.0.0' ? '127.0.0.1' : address
}

async function loadFile(file: string | URL): Promise<Uint8Array> {
  const name = file instanceof URL ? 'The clip of the simulated camera' : `The file ${file}`
  try {
    const { size } = await stat(file)
    if (size > MAXIMUM_FILE_BYTES) {
      throw new ProtocolError('file-invalid', `${name} has ${size} bytes`, { advice: 'Use a clip of less than 1 GB.' })
    }
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof ProtocolError) throw cause
    throw new ProtocolError('file-invalid', `${name} cannot be read: ${(cause as Error).message}`, {
      cause,
      advice: 'Check the path of the file and that it may be read.',
    })
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      reject(
        new ProtocolError('invalid-state', `The simulated camera cannot listen on ${host}:${port} (${cause.code})`, {
          cause,
          advice: taken ? 'The port is taken: stop what uses it, or choose another.' : 'Check the host and the port.',
        }),
      )
    })
    server.listen(port, host, () => resolve())
  })
}
