import { parseRtspUrl, type RtspUrl } from '../rtsp-url.ts'
import type { MediaTransport } from './udp/udp-carrier.ts'

/** How a camera is spoken with: by RTSP's own connection, tunnelled in HTTP, or over a WebSocket. */
export type StreamTransport = 'tcp' | 'http' | 'ws' | MediaTransport

/** Where the connections to a camera go. */
export interface CameraWire {
  readonly by: 'rtsp' | 'http' | 'ws'
  /** An address without brackets, or a name. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Path and query of HTTP and WebSocket; begins with `/`. */
  readonly path: string
}

export interface CameraAddress {
  /** `rtsp://` or `rtsps://`: what is asked for. */
  readonly url: string
  /** The same, taken apart. */
  readonly target: RtspUrl
  readonly wire: CameraWire
}

const HTTP_PORT = { open: 80, secured: 443 } as const

/**
 * Reads the address of a camera as the configuration has it.
 *
 * - `rtsp://host[:port]/path`, `rtsps://…`: with the transports `http` and `ws` the same path is asked for over HTTP; the
 *   port is 80, over TLS 443, where none is stated.
 * - `ws://host[:port]/path`, `wss://…`: a WebSocket, for what stands behind `#`, an RTSP address; without that for the
 *   bridge's stream or address that the query names (`?stream=NAME`, `?url=…`), else for the same path by RTSP.
 *
 * @throws Refusal, TypeError in words that hold no part of the address
 */
export function readCameraAddress(text: string, transport: StreamTransport): CameraAddress {
  if (/^[a-z]+:\/\/[^/?#]*@/i.test(text)) {
    throw new TypeError('user and password do not belong into the address: write them beside it, as user and password')
  }
  const socket = /^ws(s?):\/\/([^#]*)(?:#(.*))?$/is.exec(text)
  if (socket) return readWebSocketAddress(socket[1] ?? '', socket[2] ?? '', socket[3])
  if (!/^rtsps?:/i.test(text)) {
    throw new TypeError('the address must begin with rtsp://, rtsps://, ws:// or wss://')
  }
  const target = parseRtspUrl(text)
  const by = transport === 'http' || transport === 'ws' ? transport : 'rtsp'
  const { host, tls } = target
  const port = by === 'rtsp' ? target.port : httpPort(text, target)
  return { url: text, target, wire: { by, host, port, tls, path: absolute(target.path) } }
}

function readWebSocketAddress(secured: string, rest: string, stated: string | undefined): CameraAddress {
  // Host and port are written as in an RTSP address, and just as strictly.
  const text = `rtsp${secured}://${rest}`
  const server = parseRtspUrl(text)
  const port = httpPort(text, server)
  const path = absolute(server.path)
  const wire: CameraWire = { by: 'ws', host: server.host, port, tls: server.tls, path }
  const url = stated ?? askedFor(path) ?? `rtsp${secured}://${authorityOf(text, port)}${path}`
  try {
    return { url, target: parseRtspUrl(url), wire }
  } catch (error) {
    throw new TypeError(`behind the # of a WebSocket stands what is asked for there: ${(error as Error).message}`)
  }

  /** What another bridge is asked for by its query. */
  function askedFor(target: string): string | undefined {
    const query = new URLSearchParams(/\?(.*)$/s.exec(target)?.[1] ?? '')
    const name = query.get('stream')
    return name === null ? (query.get('url') ?? undefined) : `rtsp${secured}://${authorityOf(text, port)}/${name}`
  }
}

/** The port that the address states; else HTTP's. */
function httpPort(text: string, { port, tls }: RtspUrl): number {
  if (/:\d+$/.test(authority(text))) return port
  return tls ? HTTP_PORT.secured : HTTP_PORT.open
}

const authority = (text: string): string => /^[^:]*:\/\/([^/?#]*)/.exec(text)?.[1] ?? ''

const authorityOf = (text: string, port: number): string => `${authority(text).replace(/:\d+$/, '')}:${port}`

const absolute = (path: string): string => (path.startsWith('/') ? path : `/${path}`)
