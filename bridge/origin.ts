import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { CLOSE, Refusal } from './close-code.ts'
import { hostPort, parseHost } from './rtsp-url.ts'

export interface OriginPolicyOptions {
  /** Other origins whose pages may connect: `https://portal.example`. */
  readonly origins: readonly string[]
  /** The host that the bridge listens on. */
  readonly host: string
  /** Let in what sends no Origin, which is no browser: only where nobody else can reach the bridge. */
  readonly allowMissing: boolean
}

/** Decides which pages may connect: a browser sends the Origin of the page, and the page cannot change it. */
export class OriginPolicy {
  readonly #origins: ReadonlySet<string>
  readonly #hostNames: ReadonlySet<string>
  readonly #allowMissing: boolean

  /** @throws TypeError for an origin that cannot be read */
  constructor({ origins, host, allowMissing }: OriginPolicyOptions) {
    const listed = origins.map(parseOrigin)
    this.#origins = new Set(listed.map((url) => url.origin))
    this.#hostNames = new Set(
      [host, hostname(), ...listed.map((url) => url.hostname)].map((name) => name.toLowerCase()),
    )
    this.#allowMissing = allowMissing
  }

  /**
   * @param origin header of the request
   * @param own how the bridge was reached
   * @throws Refusal 4403
   */
  check(origin: string | undefined, own: OwnAddress): void {
    if (origin === undefined) {
      if (this.#allowMissing) return
      throw new Refusal(CLOSE.notAllowed, 'without an Origin a ticket is needed')
    }
    const page = URL.canParse(origin) ? new URL(origin) : null
    if (page !== null && this.#origins.has(page.origin)) return
    if (page === null || !isOwn(page, own)) {
      throw new Refusal(CLOSE.notAllowed, refusalOf(page))
    }
    // A foreign page whose name was pointed at this machine (DNS rebinding) has the same Origin and Host. It cannot
    // have an address as its name, or one of ours.
    if (!this.#isOwnName(page.hostname)) {
      throw new Refusal(CLOSE.notAllowed, `the bridge does not know this name of its own: add --origin ${page.origin}`)
    }
  }

  #isOwnName(name: string): boolean {
    const isAddress = name.startsWith('[') || isIP(name) !== 0
    return isAddress || name === 'localhost' || name.endsWith('.localhost') || this.#hostNames.has(name)
  }
}

/** Tells the page what to add: it is the page's own origin, so nothing is betrayed. The player reads what follows `--origin`. */
function refusalOf(page: URL | null): string {
  // Of a file, or of a frame in a sandbox: it says `null` (RFC 6454 section 7.3).
  if (page === null || page.origin === 'null') return 'pages that are no website may not connect: serve them by http'
  return `pages of this origin may not connect: --origin ${page.origin}`
}

/** @throws TypeError where the text is no origin */
export function parseOrigin(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new TypeError(`"${text}" is not an origin: write it as https://portal.example, with the port if it has one.`)
  }
  return url
}

/** How the client reached the bridge. */
export interface OwnAddress {
  /** `host:port`, see `normalAuthority`. */
  readonly authority: string | undefined
  /** By TLS or not; undefined where that is not known. */
  readonly secure: boolean | undefined
}

function isOwn(page: URL, { authority, secure }: OwnAddress): boolean {
  const schemes = secure === undefined ? ['http:', 'https:'] : [secure ? 'https:' : 'http:']
  const own = normalAuthority(page.host, page.protocol === 'https:' ? 443 : 80)
  return schemes.includes(page.protocol) && own !== undefined && own === authority
}

/**
 * `host:port` of a Host header or an Origin. Behind a proxy that ends TLS the port is missing in the one as it is in the
 * other, so 80 and 443 count as the same.
 */
export function normalAuthority(text: string, defaultPort: number): string | undefined {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text)
  if (!parts?.[1]) return undefined
  const port = Number(parts[2] ?? defaultPort)
  try {
    return hostPort(parseHost(parts[1]), port === 443 ? 80 : port)
  } catch {
    return undefined
  }
}
