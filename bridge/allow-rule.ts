import { isIP } from 'node:net'
import { Refusal } from './close-code.ts'
import { DEFAULT_PORT, parseHost } from './rtsp-url.ts'
import { specialRangeOf } from './special-addresses.ts'
import { Subnet } from './subnet.ts'

/** A target that a viewer may name, as the operator wrote it. */
export interface AllowRule {
  readonly text: string
  readonly port: number | 'any'
  readonly hosts:
    | { readonly kind: 'any' }
    | { readonly kind: 'names'; readonly pattern: RegExp }
    | { readonly kind: 'addresses'; readonly subnets: readonly Subnet[] }
}

/** A rule that cannot be read. The message says which and how it should look. */
export class AllowRuleError extends Error {
  override readonly name = 'AllowRuleError'
}

const FORMS = '10.0.0.5:554, 10.0.0.0/8:554, [fd00::5]:554, cam1.example:554, *.cams.example:554 or *:554'

/**
 * Reads `HOST[:PORT]`. HOST: an address, a CIDR range, IPv6 in brackets (`[fd00::/8]`), a name, a pattern of names in
 * which `*` stands for (part of) one label, or `*` for all. PORT: 1 to 65535, `*` for all; 554 where it is missing.
 * @throws AllowRuleError
 */
export function parseAllowRule(text: string): AllowRule {
  const fail = (why: string) => new AllowRuleError(`"${text}" is not a target: ${why}. Write it as ${FORMS}.`)
  const parts = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/.exec(text.trim())
  const host = parts?.[1] ?? ''
  if (!parts || host === '') throw fail('HOST:PORT is expected, IPv6 in brackets')
  const portText = parts[2] ?? String(DEFAULT_PORT.rtsp)
  const port = portText === '*' ? 'any' : /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN
  if (port !== 'any' && !(port >= 1 && port <= 65535)) throw fail('the port must be 1 to 65535 or *')

  if (host === '*') return { text, port, hosts: { kind: 'any' } }
  if (host.toLowerCase() === 'localhost') {
    // RFC 6761 section 6.3: always loopback, so writing it means loopback.
    return {
      text,
      port,
      hosts: { kind: 'addresses', subnets: ['127.0.0.1', '::1'].flatMap((a) => Subnet.parse(a) ?? []) },
    }
  }
  const bracketed = host.startsWith('[')
  const subnet = Subnet.parse(bracketed ? host.slice(1, -1) : host)
  if (subnet) return { text, port, hosts: { kind: 'addresses', subnets: [subnet] } }
  if (bracketed || host.includes('/')) throw fail('the range of addresses cannot be read')
  if (/^[\d.*]+$/.test(host)) throw fail('a range of addresses is written as CIDR, like 10.0.0.0/8')
  return { text, port, hosts: { kind: 'names', pattern: readNamePattern(host, fail) } }
}

function readNamePattern(host: string, fail: (why: string) => AllowRuleError): RegExp {
  try {
    const pattern = host.includes('*') ? host.toLowerCase() : parseHost(host)
    if (!/^[a-z0-9_*-]+(\.[a-z0-9_*-]+)*$/.test(pattern)) throw fail('the pattern of names cannot be read')
    // What is left are letters, digits, `_`, `-`, `.` and `*`.
    return new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`)
  } catch (error) {
    throw error instanceof Refusal ? fail(error.message) : error
  }
}

export const matchesPort = (rule: AllowRule, port: number): boolean => rule.port === 'any' || rule.port === port

/**
 * Whether the rule lets `address` be dialled for a viewer that asked for `host` (both canonical). Special addresses are
 * reached only by a rule that lies within their range: `127.0.0.1` names loopback, `0.0.0.0/0` and `*` do not, and a
 * name never does, because whoever answers for the name could point it anywhere.
 */
export function permitsAddress(rule: AllowRule, host: string, address: string): boolean {
  const special = specialRangeOf(address)
  switch (rule.hosts.kind) {
    case 'any':
      return special === null
    case 'names':
      return special === null && isIP(host) === 0 && rule.hosts.pattern.test(host)
    case 'addresses':
      return rule.hosts.subnets.some(
        (subnet) => subnet.contains(address) && (special === null || subnet.isWithin(special)),
      )
  }
}

/** Whether any answer of the resolver could make the rule fit, so that a name is worth resolving. */
export const couldPermitHost = (rule: AllowRule, host: string): boolean =>
  rule.hosts.kind !== 'names' || rule.hosts.pattern.test(host)
