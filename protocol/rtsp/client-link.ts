import type { DeviationId } from '../deviation.ts'
import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { ByteTransport } from '../transport/byte-transport.ts'
import type { Credentials } from './authentication.ts'
import { AuthenticatorOnDemand } from './authenticator-on-demand.ts'
import { ClientConnection, type ClientConnectionOptions } from './client-connection.ts'
import { ClientSession, type RedirectBudget } from './client-session.ts'
import type { KeepAlive } from './keep-alive.ts'
import type { RtspRequest } from './message.ts'
import { RtspRedirect } from './redirect.ts'
import { parseRtspUri, type RtspUri } from './uri.ts'

export interface ClientLinkOptions extends ClientConnectionOptions {
  /** `rtsp://host[:port]/path`; credentials in it are taken out and used like `credentials`. */
  readonly uri: string
  readonly credentials?: Credentials | undefined
  readonly keepAlive?: KeepAlive | undefined
  /**
   * Makes another connection: for redirects to other servers, and for servers that close after a 401. Without it such
   * a redirect ends as `redirected`.
   */
  readonly connect?: ((uri: RtspUri) => Promise<ByteTransport>) | undefined
}

export interface ClientLinkEvents {
  /** An interleaved frame, good during the call. */
  interleaved(channel: number, bytes: Uint8Array, start: number, end: number): void
  isExpectedChannel(channel: number): boolean
  /** A request was answered; told before the bytes behind the answer are looked at. */
  answered(): void
  deviation(id: DeviationId): void
  /** The server sent a REDIRECT (RFC 2326 section 10.10), which is answered already: `follow` it, or not. */
  redirected(redirect: RtspRedirect): void
  /** The connection is gone, and nobody asked for it. Not told while `open` runs: its promise tells. */
  lost(error: ProtocolError): void
}

/**
 * A client's session wherever the server has it: on the first connection, on the one that a server wants after its
 * challenge, and on those of the servers that it is redirected to.
 */
export class ClientLink {
  readonly #options: ClientLinkOptions
  readonly #events: ClientLinkEvents
  readonly #redirects: RedirectBudget = { left: LIMITS.rtspRedirects }
  #uri: RtspUri
  #authenticator: AuthenticatorOnDemand | undefined
  #connection: ClientConnection
  #session: ClientSession
  #state: 'opening' | 'open' | 'closed' = 'opening'
  #lostInOpening: ProtocolError | undefined
  #reconnected = false

  /** @throws ProtocolError `invalid-url` */
  constructor(transport: ByteTransport, options: ClientLinkOptions, events: ClientLinkEvents) {
    this.#options = options
    this.#events = events
    this.#uri = parseRtspUri(options.uri)
    const credentials = options.credentials ?? this.#uri.credentials
    this.#authenticator = credentials && new AuthenticatorOnDemand(credentials)
    ;[this.#connection, this.#session] = this.#link(transport)
  }

  /** Of the server that is spoken to. */
  get uri(): RtspUri {
    return this.#uri
  }

  get connection(): ClientConnection {
    return this.#connection
  }

  get session(): ClientSession {
    return this.#session
  }

  /**
   * Does the requests that open a stream, here, or where the server sends us.
   *
   * @param work is done anew on each connection
   */
  async open(work: (session: ClientSession) => Promise<void>): Promise<void> {
    this.#state = 'opening'
    for (;;) {
      try {
        this.#lostInOpening = undefined
        await work(this.#session)
        break
      } catch (error) {
        if (this.#isClosed()) throw error
        const next = this.#nextPlace(error)
        if (!next) throw error
        await this.#moveTo(next)
      }
    }
    if (this.#isClosed()) return
    this.#state = 'open'
    // The connection may have ended right behind the last answer.
    if (this.#lostInOpening) this.#events.lost(this.#lostInOpening)
  }

  /** Goes where a REDIRECT says, and opens the stream there. */
  async follow(redirect: RtspRedirect, work: (session: ClientSession) => Promise<void>): Promise<void> {
    this.#state = 'opening'
    const next = this.#nextPlace(redirect)
    if (!next) throw redirect
    await this.#moveTo(next)
    await this.open(work)
  }

  /** TEARDOWN as far as the server still listens, and the end of the connection. Nothing is told any more. Never rejects. */
  async close(): Promise<void> {
    this.#state = 'closed'
    await this.#session.teardown()
    this.#connection.close()
  }

  /** The connection is gone, and with it the session. */
  abandon(): void {
    this.#state = 'closed'
    this.#session.abandon()
    this.#connection.close()
  }

  #link(transport: ByteTransport): [ClientConnection, ClientSession] {
    const connection: ClientConnection = new ClientConnection(
      transport,
      {
        interleaved: (channel, bytes, start, end) => this.#events.interleaved(channel, bytes, start, end),
        isExpectedChannel: (channel) => this.#events.isExpectedChannel(channel),
        answered: () => this.#events.answered(),
        deviation: (id) => this.#events.deviation(id),
        serverRequest: (request) => this.#serverRequest(request),
        closed: (error) => {
          if (this.#connection !== connection || this.#state === 'closed') return
          const lost = error ?? new ProtocolError('connection-lost', 'The camera closed the connection')
          // While it opens, the request that waits fails with the same, and another connection may be the answer.
          if (this.#state === 'opening') this.#lostInOpening = lost
          else this.#events.lost(lost)
        },
      },
      this.#options,
    )
    const session = new ClientSession(connection, this.#uri, {
      authenticator: this.#authenticator,
      redirects: this.#redirects,
      keepAlive: this.#options.keepAlive,
      report: (id) => this.#events.deviation(id),
    })
    return [connection, session]
  }

  /** What the server asks of the client. Undefined: as `ClientConnection` answers by itself. */
  #serverRequest(request: RtspRequest): number | undefined {
    if (request.method === 'TEARDOWN' && this.#state === 'open') {
      queueMicrotask(() => {
        if (this.#state === 'open')
          this.#events.lost(new ProtocolError('connection-lost', 'The camera ended the session'))
      })
    }
    if (request.method !== 'REDIRECT') return undefined
    const target = this.#session.redirectTarget(request.headers) ?? this.#uri
    // The answer goes first.
    queueMicrotask(() => this.#events.redirected(new RtspRedirect(target, 'REDIRECT')))
    return 200
  }

  /** Where to try next after a failure, or null where that is the end of it. */
  #nextPlace(error: unknown): RtspUri | null {
    if (!this.#options.connect || !(error instanceof ProtocolError)) return null
    if (error instanceof RtspRedirect) {
      // Never from a secured connection to an open one.
      const downgrade = this.#uri.scheme === 'rtsps' && error.target.scheme !== 'rtsps'
      if (downgrade || this.#redirects.left === 0) return null
      this.#redirects.left--
      return error.target
    }
    // Some cameras close the connection after a 401; the challenge is known now.
    const challenged = this.#authenticator?.scheme !== undefined
    if (error.code !== 'connection-lost' || !challenged || this.#reconnected) return null
    this.#reconnected = true
    return this.#uri
  }

  async #moveTo(uri: RtspUri): Promise<void> {
    const [oldConnection, oldSession] = [this.#connection, this.#session]
    const sameHost = uri.host === this.#uri.host
    // Credentials are for the server that they were given for, and for no other that it names.
    if (!sameHost) this.#authenticator = uri.credentials && new AuthenticatorOnDemand(uri.credentials)
    this.#uri = uri
    await oldSession.teardown()
    oldConnection.close()
    const transport = await this.#options.connect?.(uri)
    if (!transport || this.#isClosed()) {
      transport?.close()
      throw new ProtocolError('aborted', 'The stream was closed while it was being opened')
    }
    ;[this.#connection, this.#session] = this.#link(transport)
  }

  // A method of its own: across an `await` the compiler would still believe what it knew of the field.
  #isClosed(): boolean {
    return this.#state === 'closed'
  }
}
