import type { IncomingMessage } from 'node:http'
import { normalAuthority } from './origin.ts'
import { canonicalAddress, Subnet } from './subnet.ts'

/** How a client reached the bridge, as far as that is known. */
export interface Arrival {
  /** Address of the client; `unknown` where it is gone already. */
  readonly address: string
  /** `host:port` under which it reached the bridge. */
  readonly authority: string | undefined
  /** By TLS or not; undefined where a proxy that we were not told of may stand in front. */
  readonly secure: boolean | undefined
  /** It came by itself: nobody said that he forwards it. */
  readonly direct: boolean
}

/** Addresses in `X-Forwarded-For` that are looked at, from the last one. */
const MAX_HOPS = 32

/**
 * Believes `X-Forwarded-For`, `-Proto` and `-Host` where a proxy that was named sent them, and nobody else: every client
 * can write them. Of several values the last counts, which is the one that the nearest proxy set.
 */
export class TrustedProxies {
  readonly #trusted: readonly Subnet[]
  readonly #tls: boolean

  /**
   * @param ranges addresses or CIDR ranges of the proxies
   * @param tls the bridge itself speaks TLS
   * @throws TypeError where a range cannot be read
   */
  constructor(ranges: readonly string[], tls: boolean) {
    this.#trusted = ranges.map(parseRange)
    this.#tls = tls
  }

  arrival(request: IncomingMessage): Arrival {
    const { headers, socket } = request
    const peer = canonicalAddress(socket.remoteAddress ?? '') ?? 'unknown'
    const direct = FORWARDED.every((name) => headers[name] === undefined)
    const trusted = this.#isTrusted(peer)
    const proto = trusted ? lastOf(headers['x-forwarded-proto'])?.toLowerCase() : undefined
    const secure = proto === 'https' || proto === 'http' ? proto === 'https' : this.#tls || undefined
    const host = (trusted ? lastOf(headers['x-forwarded-host']) : undefined) ?? headers.host ?? ''
    return {
      address: trusted ? this.#clientOf(peer, headers['x-forwarded-for']) : peer,
      authority: normalAuthority(host, 80),
      secure,
      direct,
    }
  }

  /** From the last one back: what a proxy of ours added is true, and the first that none of ours added is the client. */
  #clientOf(peer: string, header: string | string[] | undefined): string {
    const hops = listOf(header).slice(-MAX_HOPS)
    let client = peer
    while (hops.length > 0 && this.#isTrusted(client)) {
      const next = addressOf(hops.pop() ?? '')
      if (next === null) break
      client = next
    }
    return client
  }

  #isTrusted(address: string): boolean {
    return this.#trusted.some((range) => range.contains(address))
  }
}

/** What proxies add that add anything. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'] as const

/** @throws TypeError */
export function parseRange(text: string): Subnet {
  const range = Subnet.parse(text)
  if (!range) throw new TypeError(`"${text}" is not an address or a range: write 10.0.0.5 or 10.0.0.0/8.`)
  return range
}

const listOf = (header: string | string[] | undefined): string[] =>
  (Array.isArray(header) ? header.join() : (header ?? '')).split(',').map((one) => one.trim())

const lastOf = (header: string | string[] | undefined): string | undefined => listOf(header).at(-1) || undefined

/** Some proxies add the port. */
function addressOf(text: string): string | null {
  const withPort = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(text)
  return canonicalAddress(withPort?.[1] ?? withPort?.[2] ?? text)
}
