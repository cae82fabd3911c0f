import { Subnet } from './subnet.ts'

/**
 * Addresses that are no cameras of the network but this machine, this link, a group, a cloud's metadata service, or a
 * detour to one of them. A rule reaches them only by naming them (see `TargetPolicy`).
 */
const SPECIAL_RANGES = [
  '0.0.0.0/8', // this network (RFC 1122 section 3.2.1.3); Linux dials 0.0.0.0 as loopback
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local (RFC 3927)
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and the broadcast address
  '::/96', // unspecified, loopback, and the deprecated IPv4-compatible form (RFC 4291 section 2.5.5.1)
  '::1', // loopback
  'fe80::/10', // link-local
  'ff00::/8', // multicast
  '64:ff9b::/96', // NAT64 (RFC 6052): an IPv4 address, perhaps a forbidden one, inside
  '64:ff9b:1::/48', // NAT64 for local use (RFC 8215)
  '2002::/16', // 6to4 (RFC 3056): the same
  '2001::/32', // Teredo (RFC 4380): the same
  // Metadata and host services of clouds: a rule for the range around them does not reach them.
  '169.254.169.254', // AWS, Azure, Google, OpenStack and others
  '169.254.170.2', // AWS container credentials
  '100.100.100.200', // Alibaba
  '168.63.129.16', // Azure host
  '192.0.0.192', // Oracle
  'fd00:ec2::254', // AWS over IPv6
  'fd20:ce::254', // Google over IPv6
].flatMap((range) => Subnet.parse(range) ?? [])

/** The narrowest special range that holds the address, or null for an ordinary address. */
export function specialRangeOf(address: string): Subnet | null {
  let narrowest: Subnet | null = null
  for (const range of SPECIAL_RANGES) {
    if (range.contains(address) && (narrowest === null || range.prefix > narrowest.prefix)) narrowest = range
  }
  return narrowest
}

const LOOPBACK_RANGES = ['127.0.0.0/8', '::1'].flatMap((range) => Subnet.parse(range) ?? [])

/** Whether a host to listen on can be reached from this machine alone. Takes an address or a name. */
export function isLoopbackHost(host: string): boolean {
  return host.toLowerCase() === 'localhost' || LOOPBACK_RANGES.some((range) => range.contains(host))
}
