import { type AddressInfo, createServer, type Server } from 'node:net'
import { ProtocolError } from '../../protocol/errors.ts'
import { ServerConnection } from '../../protocol/rtsp/server-connection.ts'
import { parseRtspUri } from '../../protocol/rtsp/uri.ts'
import { SocketTransport } from '../upstream/socket-transport.ts'
import { loadClip, ShippedClips } from './clip-file.ts'
import { MOUNTS, type MountPath } from './mount-list.ts'
import { type Mounts, mountedStreams } from './mounts.ts'

export interface SimulatedCameraOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** An MP4 file (H.264, H.265, AV1 or Motion JPEG; AAC or Opus) to show at `/lobby` and `/recording`. */
  readonly file?: string
  /** Told one line when a viewer starts, stops, or fails. */
  readonly log?: (line: string) => void
}

export interface SimulatedCamera {
  /** What a player opens. */
  readonly url: string
  /** The same clip as a recording, with a beginning and an end. */
  readonly recordingUrl: string
  /** All that it offers, in other codecs too. */
  readonly mounts: readonly CameraMount[]
  readonly port: number
  /** Says BYE to every viewer and frees the port. Safe to call twice. */
  close(): Promise<void>
}

export interface CameraMount {
  readonly path: MountPath
  readonly url: string
  /** What is in it, for people. */
  readonly shows: string
}

/** Viewers at once; more are turned away at the door. */
const MAXIMUM_CONNECTIONS = 1024

/**
 * An RTSP server that shows one clip, again and again as a live camera would (`rtsp://host:port/lobby`), and once as a
 * recording that can be sought in (`/recording`); and short ones in other codecs. RTP is interleaved in the connection.
 *
 * @throws ProtocolError `file-invalid` where the file cannot be read or played; `invalid-state` where it cannot listen
 */
export async function startCamera(options: SimulatedCameraOptions = {}): Promise<SimulatedCamera> {
  const { host = '127.0.0.1', port = 0, log = () => undefined } = options
  const streams = mountedStreams(await mountsOf(options.file), Date.now())
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
    url: `${authority}/lobby`,
    recordingUrl: `${authority}/recording`,
    mounts: MOUNTS.map((mount) => ({ ...mount, url: authority + mount.path })),
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

/** The other clips are loaded when somebody asks for them. */
async function mountsOf(file: string | undefined): Promise<Mounts> {
  const clips = new ShippedClips()
  // What cannot be played is told at once.
  const lobby = await (file === undefined ? clips.lobby() : loadClip(file))
  const live = (name: string, clip: Mounts[MountPath]['clip']) => ({ name, form: 'live', clip }) as const
  return {
    '/lobby': live('Lobby', () => lobby),
    '/recording': { name: 'Recording of the lobby', form: 'recording', clip: () => lobby },
    '/h265': live('Lobby in H.265', () => clips.codec('h265')),
    '/av1': live('Lobby in AV1', () => clips.codec('av1')),
    '/mjpeg': live('Lobby in Motion JPEG', () => clips.codec('mjpeg')),
    '/opus': live('Lobby with Opus', () => clips.opus()),
    '/pcmu': live('Lobby with G.711 (PCMU)', () => clips.g711('mu')),
    '/pcma': live('Lobby with G.711 (PCMA)', () => clips.g711('a')),
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
