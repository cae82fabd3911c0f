import { ProtocolError } from '../../../protocol/errors.ts'

/** The page's own way to a ticket, such as a `fetch` to its portal. */
export type GetTicket = () => Promise<string>

const ANSWER_MS = 10_000
/** A ticket is renewed when so much of its time is over; after a failure this part of the rest. */
const RENEW_AFTER = 0.75
const SOONEST_MS = 1_000
/** What a browser shows as a subprotocol (RFC 6455 section 4.1), and no JSON or page of a portal that was taken for one. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
/** Longer times are the largest that a timer takes, and more than a page lives. */
const LATEST_MS = 2 ** 31 - 1

/** Tickets that a page fetches: one for each connection, and another before that one expires. */
export class TicketKeeper {
  readonly #get: () => GetTicket | undefined
  readonly #renewed: (ticket: string) => void
  readonly #warning: (error: ProtocolError) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Each `fetch` and `close` ends what was before. */
  #turn = 0

  /**
   * @param get what fetches tickets by now, since pages hand in another function with each rendering
   * @param renewed told of a ticket that is to take the place of the one before
   * @param warning told when that could not be had; it is tried again
   */
  constructor(
    get: () => GetTicket | undefined,
    renewed: (ticket: string) => void,
    warning: (error: ProtocolError) => void,
  ) {
    this.#get = get
    this.#renewed = renewed
    this.#warning = warning
  }

  /** For a connection. @throws ProtocolError `ticket-not-given`, within ten seconds */
  async fetch(): Promise<string> {
    this.close()
    const turn = this.#turn
    const ticket = await this.#ask()
    if (turn === this.#turn) this.#renewBefore(expiryOf(ticket))
    return ticket
  }

  /** The connection is over. */
  close(): void {
    this.#turn += 1
    clearTimeout(this.#timer)
  }

  /** @param expiry by `performance.now()`; undefined where it is not known */
  #renewBefore(expiry: number | undefined): void {
    if (expiry === undefined) return
    const wait = (expiry - performance.now()) * RENEW_AFTER
    this.#timer = setTimeout(() => void this.#renew(expiry), Math.min(Math.max(wait, SOONEST_MS), LATEST_MS))
  }

  async #renew(expiry: number): Promise<void> {
    const turn = this.#turn
    try {
      const ticket = await this.#ask()
      if (turn !== this.#turn) return
      this.#renewed(ticket)
      this.#renewBefore(expiryOf(ticket))
    } catch (cause) {
      if (turn !== this.#turn || !(cause instanceof ProtocolError)) return
      this.#warning(cause)
      // When it has expired the bridge ends the connection, and the next begins with a ticket of its own.
      if (expiry > performance.now()) this.#renewBefore(expiry)
    }
  }

  #ask(): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (message: string, cause?: unknown) => {
        clearTimeout(timer)
        reject(new ProtocolError('ticket-not-given', message, { cause }))
      }
      const timer = setTimeout(() => fail(`The page gave no ticket within ${ANSWER_MS / 1000} s`), ANSWER_MS)
      Promise.resolve()
        .then(() => this.#get()?.())
        .then(
          (ticket: unknown) => {
            if (typeof ticket !== 'string' || !TOKEN.test(ticket)) return fail('What the page gave is not a ticket')
            clearTimeout(timer)
            resolve(ticket)
          },
          (cause: unknown) => fail(`The page gave no ticket: ${cause instanceof Error ? cause.message : cause}`, cause),
        )
    })
  }
}

/**
 * When a JSON Web Token expires, by `performance.now()`: by how long it is good for, since the clock of this machine may be
 * wrong, or sooner where the page kept it for a while. Nothing is verified, that is up to the bridge.
 *
 * @returns undefined where it does not say
 */
export function expiryOf(ticket: string): number | undefined {
  const { exp, iat } = claimsOf(ticket)
  if (typeof exp !== 'number') return undefined
  const left = exp - Date.now() / 1000
  const lifetime = typeof iat === 'number' ? exp - iat : left
  // One that is over already was not given: it is the clock.
  const remaining = left > 0 ? Math.max(Math.min(left, lifetime), lifetime / 10) : lifetime
  return performance.now() + remaining * 1000
}

function claimsOf(ticket: string): { readonly exp?: unknown; readonly iat?: unknown } {
  const [, payload = ''] = ticket.split('.')
  try {
    // RFC 7515 section 2: base64url.
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) ?? {}
  } catch {
    return {}
  }
}
