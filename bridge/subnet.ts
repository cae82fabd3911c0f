import { BlockList, isIP } from 'node:net'

/**
 * The one spelling of an address literal that everything here compares: IPv6 compressed in lower case (RFC 5952),
 * IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2) as the IPv4 address that a socket would reach. Null where it is none,
 * and for scoped addresses (`fe80::1%eth0`), which no rule can name.
 */
export function canonicalAddress(text: string): string | null {
  const family = isIP(text)
  if (family === 4) return text
  if (family === 0 || text.includes('%')) return null
  const compressed = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed)
  if (!mapped) return compressed
  const high = Number.parseInt(mapped[1] ?? '', 16)
  const low = Number.parseInt(mapped[2] ?? '', 16)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** A range of addresses in CIDR notation. */
export class Subnet {
  readonly network: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
  readonly #list = new BlockList()

  private constructor(network: string, prefix: number) {
    this.network = network
    this.prefix = prefix
    this.family = isIP(network) === 4 ? 'ipv4' : 'ipv6'
    this.#list.addSubnet(network, prefix, this.family)
  }

  /** Reads `10.0.0.0/8`, `fd00::/8`, or one address. Null where it is neither. */
  static parse(text: string): Subnet | null {
    const match = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text)
    const network = match?.[1] === undefined ? null : canonicalAddress(match[1])
    if (network === null) return null
    const bits = isIP(network) === 4 ? 32 : 128
    const prefix = match?.[2] === undefined ? bits : Number(match[2])
    return prefix > bits ? null : new Subnet(network, prefix)
  }

  /** `address` in its canonical spelling. */
  contains(address: string): boolean {
    return isIP(address) === (this.family === 'ipv4' ? 4 : 6) && this.#list.check(address, this.family)
  }

  isWithin(other: Subnet): boolean {
    return this.prefix >= other.prefix && other.contains(this.network)
  }
}
