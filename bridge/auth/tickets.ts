import { errors, type JWTPayload } from 'jose'
import { CLOSE, Refusal } from '../close-code.ts'
import { type Authority, JSON_WEB_TOKEN, type Question } from './authority.ts'
import { type Grant, readRights } from './grant.ts'
import { type TicketKey, type Verify, verifierOf } from './ticket-keys.ts'

export interface TicketOptions {
  /** A ticket must be signed by one of these. */
  readonly keys: readonly TicketKey[]
  /** Where given, `aud` and `iss` of a ticket must be these. */
  readonly audience?: string
  readonly issuer?: string
}

/** Bytes of a ticket: a JWT with a dozen streams has some hundred. */
const MAX_TICKET_BYTES = 8_192
/** Seconds by which the clocks of portal and bridge may differ. */
const CLOCK_TOLERANCE = 5

/**
 * Tickets: JSON Web Tokens (RFC 7519) that a portal gives to those who may watch. The claims are `exp`, which must be
 * there, `streams` (names or globs), and `rights` (`view` by default).
 */
export class Tickets implements Authority {
  readonly by = 'tickets'
  readonly ticketPattern = JSON_WEB_TOKEN
  readonly #verifiers: readonly Verify[]
  readonly #options: TicketOptions

  /** @throws TypeError where a key cannot be used */
  constructor(options: TicketOptions) {
    if (options.keys.length === 0) throw new TypeError('tickets need a key')
    this.#options = options
    this.#verifiers = options.keys.map(verifierOf)
  }

  /** @throws Refusal 4401 */
  decide({ visitor }: Question): Promise<Grant> {
    return this.verify(visitor.ticket)
  }

  /** @throws Refusal 4401, in words that say what is wrong with it */
  async verify(token: string | undefined): Promise<Grant> {
    if (token === undefined || token === '') throw denied('no ticket came')
    if (token.length > MAX_TICKET_BYTES) throw denied('the ticket is too large')
    const { audience, issuer } = this.#options
    const options = {
      requiredClaims: ['exp', 'streams'],
      clockTolerance: CLOCK_TOLERANCE,
      ...(audience === undefined ? {} : { audience }),
      ...(issuer === undefined ? {} : { issuer }),
    }
    let refusal: Refusal | undefined
    for (const verify of this.#verifiers) {
      try {
        const { payload } = await verify(token, options)
        return grantOf(payload)
      } catch (error) {
        const told = refusalFor(error)
        // What is wrong with a ticket that is signed well says more than that another key does not fit.
        if (!refusal || error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
          refusal = told
        }
      }
    }
    throw refusal ?? denied('the ticket is not valid')
  }
}

const denied = (why: string): Refusal => new Refusal(CLOSE.ticket, why)

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof errors.JWTExpired) return denied('the ticket has expired')
  if (error instanceof errors.JWTClaimValidationFailed)
    return denied(`the ticket’s claim "${error.claim}" is not as it must be`)
  if (error instanceof errors.JWKSTimeout) return denied('the keys for tickets cannot be had now')
  return denied('the ticket is not signed with a key that is known here')
}

function grantOf(payload: JWTPayload): Grant {
  const { exp, sub } = payload
  const streams = textsOf(payload['streams'])
  const rights = payload['rights'] === undefined ? ['view'] : textsOf(payload['rights'])
  if (!streams || !rights || exp === undefined)
    throw denied('the ticket’s "streams" or "rights" is not a list of texts')
  return {
    streams,
    rights: readRights(rights),
    expiresAt: exp * 1000,
    subject: sub,
  }
}

/** A text counts as a list of one. */
function textsOf(claim: unknown): string[] | null {
  const list = typeof claim === 'string' ? [claim] : claim
  return Array.isArray(list) && list.every((one) => typeof one === 'string') ? list : null
}
