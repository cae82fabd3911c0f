import { md5 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { type Challenge, parseWwwAuthenticate } from './headers/www-authenticate.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

type Hash = (bytes: Uint8Array) => Uint8Array

interface DigestAlgorithm {
  readonly hash: Hash
  /** `-sess`: the session's nonces go into the first hash too (RFC 7616 section 3.4.2). */
  readonly session: boolean
  readonly strength: number
}

/** RFC 7616 section 3.3. Where the server names none, it is MD5. */
const ALGORITHMS: ReadonlyMap<string, DigestAlgorithm> = new Map([
  ['md5', { hash: md5, session: false, strength: 1 }],
  ['md5-sess', { hash: md5, session: true, strength: 1 }],
  ['sha-256', { hash: sha256, session: false, strength: 2 }],
  ['sha256', { hash: sha256, session: false, strength: 2 }], // as some cameras write it
  ['sha-256-sess', { hash: sha256, session: true, strength: 2 }],
])

/** What the server asked for and we can answer. */
type Answerable =
  | { readonly scheme: 'basic'; readonly strength: 0 }
  | {
      readonly scheme: 'digest'
      readonly strength: number
      readonly algorithm: DigestAlgorithm
      readonly parameters: ReadonlyMap<string, string>
      readonly nonce: string
      /** RFC 7616 section 3.4: `auth` where the server offers it, else the older form without. */
      readonly qop: 'auth' | undefined
    }

const encoder = new TextEncoder()

/**
 * Answers the challenges of one server: Basic (RFC 7617) and Digest with MD5 or SHA-256 (RFC 7616), the strongest
 * offered. It decides too whether a second try makes sense, so that a wrong password is sent once and an account is
 * never locked by us.
 */
export class Authenticator {
  readonly #credentials: Credentials
  #chosen: Answerable | undefined
  #requests = 0
  #accepted = false

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  /** `Basic`, `Digest MD5`, `Digest SHA-256`: what is used now; for the diagnostics. */
  get scheme(): string | undefined {
    if (!this.#chosen) return undefined
    if (this.#chosen.scheme === 'basic') return 'Basic'
    return `Digest ${(this.#chosen.parameters.get('algorithm') ?? 'MD5').toUpperCase()}`
  }

  /** The Authorization field for a request, or undefined before the first challenge. `uri` is what stands in the request line. */
  authorization(method: string, uri: string): string | undefined {
    const chosen = this.#chosen
    if (!chosen) return undefined
    return chosen.scheme === 'basic' ? this.#basic() : this.#digest(chosen, method, uri)
  }

  /** The server took a request that carried our authorization. */
  accepted(): void {
    if (this.#chosen) this.#accepted = true
  }

  /** As `challenged`. @param fields `WWW-Authenticate` or `Proxy-Authenticate`, as they came */
  challengedBy(fields: readonly string[], sent: boolean): boolean {
    return this.challenged(fields.flatMap(parseWwwAuthenticate), sent)
  }

  /**
   * Takes the challenges of a 401. True where the request should be sent again: credentials were not sent yet; or the
   * nonce had become stale; or credentials that were good before now meet a new nonce (some cameras change it at each
   * request and don't say `stale`).
   *
   * @param sent whether the refused request carried an authorization.
   */
  challenged(challenges: readonly Challenge[], sent: boolean): boolean {
    const before = this.#chosen
    const strongest = challenges
      .map(answerable)
      .filter((candidate) => candidate !== null)
      .reduce<Answerable | undefined>((best, next) => (best && best.strength >= next.strength ? best : next), undefined)
    if (!strongest) return false
    this.#chosen = strongest
    this.#requests = 0
    if (!sent) return true
    if (strongest.scheme === 'basic') return before?.scheme !== 'basic'
    const newNonce = before?.scheme !== 'digest' || before.nonce !== strongest.nonce
    const stale = strongest.parameters.get('stale')?.toLowerCase() === 'true'
    return newNonce && (stale || this.#accepted)
  }

  #basic(): string {
    const { username, password } = this.#credentials
    const binary = String.fromCharCode(...encoder.encode(`${username}:${password}`))
    return `Basic ${btoa(binary)}`
  }

  #digest(chosen: Answerable & { scheme: 'digest' }, method: string, uri: string): string {
    const { algorithm, parameters, nonce, qop } = chosen
    const { username, password } = this.#credentials
    const hash = (text: string): string => bytesToHex(algorithm.hash(encoder.encode(text)))
    const realm = parameters.get('realm') ?? ''
    const nonceCount = (++this.#requests).toString(16).padStart(8, '0')
    const clientNonce = bytesToHex(crypto.getRandomValues(new Uint8Array(8)))

    let first = hash(`${username}:${realm}:${password}`)
    if (algorithm.session) first = hash(`${first}:${nonce}:${clientNonce}`)
    const second = hash(`${method}:${uri}`)
    const response = qop
      ? hash(`${first}:${nonce}:${nonceCount}:${clientNonce}:${qop}:${second}`)
      : hash(`${first}:${nonce}:${second}`)

    const fields = [
      `username="${escapeQuoted(username)}"`,
      `realm="${escapeQuoted(realm)}"`,
      `nonce="${escapeQuoted(nonce)}"`,
      `uri="${uri}"`,
      `response="${response}"`,
    ]
    const named = parameters.get('algorithm')
    if (named) fields.push(`algorithm=${named}`)
    const opaque = parameters.get('opaque')
    if (opaque !== undefined) fields.push(`opaque="${escapeQuoted(opaque)}"`)
    if (qop) fields.push(`qop=${qop}`, `nc=${nonceCount}`)
    if (qop || algorithm.session) fields.push(`cnonce="${clientNonce}"`)
    return `Digest ${fields.join(', ')}`
  }
}

function answerable(challenge: Challenge): Answerable | null {
  if (challenge.scheme === 'basic') return { scheme: 'basic', strength: 0 }
  if (challenge.scheme !== 'digest') return null
  const { parameters } = challenge
  const algorithm = ALGORITHMS.get((parameters.get('algorithm') || 'MD5').toLowerCase())
  const nonce = parameters.get('nonce')
  if (!algorithm || nonce === undefined) return null
  const offered = (parameters.get('qop') ?? '').toLowerCase().split(/[\s,]+/)
  const qop = offered.includes('auth') ? 'auth' : undefined
  if (!qop && offered.includes('auth-int')) return null
  return { scheme: 'digest', strength: algorithm.strength, algorithm, parameters, nonce, qop }
}

const escapeQuoted = (text: string): string => text.replace(/["\\]/g, '\\$&')
