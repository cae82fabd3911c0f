import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { ProtocolError } from '../../protocol/errors.ts'
import { Authenticator, type Credentials } from '../../protocol/rtsp/authentication.ts'
import { parseWwwAuthenticate } from '../../protocol/rtsp/headers/www-authenticate.ts'
import { SUBPROTOCOL } from '../subprotocol.ts'
import { WebSocketTransport } from './websocket-transport.ts'

export interface WebSocketOptions {
  /** `host[:port]`, for the Host field. */
  readonly authority: string
  /** Path and query. */
  readonly path: string
  /** Shown to another bridge (RFC 6750 section 2.1). */
  readonly ticket: string | undefined
  /** For a camera that asks for them at the upgrade, before RTSP's own challenge. */
  readonly credentials: Credentials | undefined
  /** Connects to the server, and makes sure of it where that is by TLS. */
  readonly dial: () => Promise<Socket>
  /** Milliseconds for the upgrade. */
  readonly timeout: number
}

/** Bytes of one message: a bridge sends a burst of packets in one, and a burst ends at 64 KB. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024
const MAX_HEAD_BYTES = 16 * 1024
/** Milliseconds for the closing handshake. */
const CLOSE_TIMEOUT = 1_000
/** Upgrades of one connection: one challenged, one with a nonce that became stale, and no more. */
const MAX_UPGRADES = 3

/**
 * Opens a WebSocket for RTSP: to another bridge, to a server or to an ONVIF camera (Streaming Specification, "RTP/RTSP
 * over WebSocket").
 *
 * @throws ProtocolError unauthorized, ticket-required, forbidden, unsupported-transport, connection-refused, connection-timeout,
 * connection-lost, and what dialling throws
 */
export async function openWebSocket(options: WebSocketOptions): Promise<WebSocketTransport> {
  const authenticator = options.credentials && new Authenticator(options.credentials)
  for (let upgrades = 0; upgrades < MAX_UPGRADES; upgrades++) {
    const bearer = options.ticket === undefined ? undefined : `Bearer ${options.ticket}`
    const sent = authenticator?.scheme !== undefined
    const authorization = authenticator?.authorization('GET', options.path) ?? bearer
    const answer = await upgrade(await options.dial(), options, authorization)
    if (answer instanceof WebSocketTransport) return answer
    const challenges = parseWwwAuthenticate(answer.headers['www-authenticate'] ?? '')
    if (answer.statusCode !== 401 || !authenticator?.challenged(challenges, sent)) throw refused(answer, options)
  }
  throw new ProtocolError('unauthorized', 'the camera challenges again and again')
}

/** @returns the connection; or the answer, where there is none */
function upgrade(
  socket: Socket,
  { authority, path, timeout }: WebSocketOptions,
  authorization: string | undefined,
): Promise<WebSocketTransport | IncomingMessage> {
  return new Promise((resolve, reject) => {
    const settings = {
      createConnection: () => socket,
      headers: authorization === undefined ? {} : { Authorization: authorization },
      closeTimeout: CLOSE_TIMEOUT,
      maxPayload: MAX_MESSAGE_BYTES,
      maxHeaderSize: MAX_HEAD_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    }
    // The connection is there already, secured where it must be: to ws it is a plain one.
    const ws = new WebSocket(`ws://${authority}${path}`, [SUBPROTOCOL], settings)
    socket.resume()
    // Node's own time-out begins with a connection that it makes itself.
    const timer = setTimeout(() => socket.destroy(new ProtocolError('connection-timeout', SILENT)), timeout)
    ws.once('open', () => {
      clearTimeout(timer)
      ws.off('error', onError)
      // Until somebody listens.
      ws.pause()
      resolve(new WebSocketTransport(ws))
    })
    const onError = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(upgradeError(error))
    }
    ws.on('error', onError)
    ws.once('unexpected-response', (_request, response: IncomingMessage) => {
      clearTimeout(timer)
      ws.off('error', onError).on('error', () => undefined)
      response.destroy()
      socket.destroy()
      resolve(response)
    })
  })
}

const SILENT = 'the camera did not answer the upgrade to WebSocket'

function upgradeError(cause: Error): ProtocolError {
  if (cause instanceof ProtocolError) return cause
  if (/subprotocol/i.test(cause.message)) {
    return new ProtocolError('unsupported-transport', `the WebSocket does not speak ${SUBPROTOCOL}`, { cause })
  }
  if ('code' in cause && String(cause.code).startsWith('HPE_')) {
    return new ProtocolError('not-rtsp', 'the port does not speak HTTP', { cause })
  }
  return new ProtocolError('connection-lost', 'the connection broke at the upgrade to WebSocket', { cause })
}

function refused(
  { statusCode: status = 0 }: IncomingMessage,
  { ticket, credentials }: WebSocketOptions,
): ProtocolError {
  const place = { status }
  if (status === 401 && ticket !== undefined) {
    return new ProtocolError('ticket-required', 'the other bridge refuses the ticket', { place })
  }
  if (status === 401) {
    const what = credentials ? 'the camera refuses user and password' : 'the camera wants user and password'
    return new ProtocolError('unauthorized', what, { place })
  }
  if (status === 403) return new ProtocolError('forbidden', 'the camera does not allow this', { place })
  // Of a load balancer while the bridges behind it are gone or drained: in a moment it is otherwise.
  if (status >= 502 && status <= 504) {
    return new ProtocolError('connection-refused', `the other bridge is not to be had (${status})`, { place })
  }
  const message = `the camera has no WebSocket at this address (it answers ${status})`
  return new ProtocolError('unsupported-transport', message, { place })
}
