import type { ClientConnection } from './client-connection.ts'
import { RtspHeaders, type RtspResponse } from './message.ts'
import { formatRtspUri, type RtspUri } from './uri.ts'

/** One try without credentials, one with them, one more where the nonce had gone stale. */
const MOST_TRIES = 3

/** Header fields of the challenge and of the answer: the server's own (401), and those of a proxy on the way (407). */
const FIELDS = {
  401: { challenge: 'WWW-Authenticate', answer: 'Authorization' },
  407: { challenge: 'Proxy-Authenticate', answer: 'Proxy-Authorization' },
} as const

/** Answers the challenges of one server, of which it gets the fields as they came; see `Authenticator`. */
export interface RequestAuthenticator {
  readonly scheme: string | undefined
  authorization(method: string, uri: string): string | undefined
  accepted(): void
  challenged(fields: readonly string[], sent: boolean): Promise<boolean>
}

/**
 * Requests of one connection with the credentials that the server asks for. What the server refuses for good comes back
 * as its answer; the caller decides what that means.
 */
export class AuthenticatedRequests {
  readonly #connection: ClientConnection
  readonly #authenticator: RequestAuthenticator | undefined
  #field: 401 | 407 = 401

  /** @param authenticator outlives the connection, for what was learned of the server holds on the next one too. */
  constructor(connection: ClientConnection, authenticator: RequestAuthenticator | undefined) {
    this.#connection = connection
    this.#authenticator = authenticator
  }

  async send(method: string, uri: RtspUri, fields?: RtspHeaders, body?: Uint8Array): Promise<RtspResponse> {
    const target = formatRtspUri(uri)
    for (let tries = 1; ; tries++) {
      const headers = new RtspHeaders(fields)
      const authorization = this.#authenticator?.authorization(method, target)
      if (authorization) headers.append(FIELDS[this.#field].answer, authorization)
      const response = await this.#connection.request({ method, uri: target, headers, ...(body ? { body } : {}) })
      const { status } = response
      if (status !== 401 && status !== 407) {
        if (authorization) this.#authenticator?.accepted()
        return response
      }
      const answered = authorization !== undefined && this.#field === status
      this.#field = status
      const stated = response.headers.getAll(FIELDS[status].challenge)
      const again = (await this.#authenticator?.challenged(stated, answered)) ?? false
      if (!again || tries >= MOST_TRIES) return response
    }
  }
}
