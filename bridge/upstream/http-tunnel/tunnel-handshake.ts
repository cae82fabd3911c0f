import { randomBytes } from 'node:crypto'
import { ProtocolError } from '../../../protocol/errors.ts'
import { Authenticator, type Credentials } from '../../../protocol/rtsp/authentication.ts'
import { parseWwwAuthenticate } from '../../../protocol/rtsp/headers/www-authenticate.ts'
import type { HttpHead } from './http-head.ts'

const TUNNELLED = 'application/x-rtsp-tunnelled'
const LINE_END = '\r\n'

export interface TunnelAddress {
  /** `host[:port]`, for the Host field. */
  readonly authority: string
  /** Path and query of the RTSP address: cameras want the same. */
  readonly path: string
}

/**
 * What both halves of one tunnel say to be let in: the cookie that makes them one, and the answer to a challenge. (Apple,
 * "Tunnelling RTSP and RTP through HTTP", QuickTime Streaming Server.)
 */
export class TunnelHandshake {
  readonly #address: TunnelAddress
  readonly #authenticator: Authenticator | undefined
  /** Of 22 characters, as QuickTime makes them: servers have no room for more. */
  readonly #cookie = randomBytes(11).toString('hex')

  constructor(address: TunnelAddress, credentials: Credentials | undefined) {
    this.#address = address
    this.#authenticator = credentials && new Authenticator(credentials)
  }

  /** The request whose answer, without end, is what the camera says. */
  get(): Buffer {
    return this.#request('GET', [`Accept: ${TUNNELLED}`])
  }

  /** @param length bytes of the body, which is what the camera is told */
  post(length: number): Buffer {
    return this.#request('POST', [
      `Content-Type: ${TUNNELLED}`,
      `Content-Length: ${length}`,
      // Caches must neither keep it nor wait for its end.
      'Expires: Sun, 9 Jan 1972 00:00:00 GMT',
    ])
  }

  /**
   * Takes the answer to a request.
   * @returns whether it must be made again, on another connection
   * @throws ProtocolError unauthorized, unsupported-transport
   */
  answered(method: 'GET' | 'POST', { status, headers }: HttpHead): 'accepted' | 'again' {
    if (status === 401) {
      const challenges = headers.getAll('WWW-Authenticate').flatMap(parseWwwAuthenticate)
      const sent = this.#authenticator?.scheme !== undefined
      if (this.#authenticator?.challenged(challenges, sent)) return 'again'
      const what = this.#authenticator ? 'the camera refuses user and password' : 'the camera wants user and password'
      throw new ProtocolError('unauthorized', what, { place: { status } })
    }
    // A web page is what other servers have at any path.
    const isPage = method === 'GET' && /^text\//i.test(headers.get('Content-Type') ?? '')
    if (status < 200 || status > 299 || isPage) {
      const message = `the camera carries no RTSP over HTTP at this address (it answers ${status})`
      throw new ProtocolError('unsupported-transport', message, { place: { status }, advice: ADVICE })
    }
    if (method === 'GET' && /chunked/i.test(headers.get('Transfer-Encoding') ?? '')) {
      throw new ProtocolError('unsupported-transport', 'something on the way to the camera rewrites HTTP', {
        advice: 'Take the proxy out of the way to the camera, or use another transport.',
      })
    }
    this.#authenticator?.accepted()
    return 'accepted'
  }

  #request(method: string, fields: readonly string[]): Buffer {
    const { authority, path } = this.#address
    const authorization = this.#authenticator?.authorization(method, path)
    const lines = [
      // 1.0, in which neither side cuts its body into chunks.
      `${method} ${path} HTTP/1.0`,
      `Host: ${authority}`,
      'User-Agent: rtsp-bridge',
      `x-sessioncookie: ${this.#cookie}`,
      ...fields,
      'Pragma: no-cache',
      'Cache-Control: no-cache',
      ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ]
    return Buffer.from(`${lines.join(LINE_END)}${LINE_END}${LINE_END}`, 'latin1')
  }
}

const ADVICE = 'Enable RTSP over HTTP in the camera, state its HTTP port in the address, or use another transport.'
