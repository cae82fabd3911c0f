import type { DeviationId, ReportDeviation } from '../deviation.ts'
import { ProtocolError } from '../errors.ts'
import type { Credentials } from './authentication.ts'

/** An RTSP address, taken apart (RFC 2326 section 3.2). */
export interface RtspUri {
  readonly scheme: 'rtsp' | 'rtsps' | 'rtspu'
  /** Name or address; IPv6 without its brackets. */
  readonly host: string
  /** 554, or 322 for rtsps, where none was stated. */
  readonly port: number
  /** From the first `/`; empty where there is none. */
  readonly path: string
  /** From the `?`; empty where there is none. */
  readonly query: string
  readonly credentials?: Credentials | undefined
}

const DEFAULT_PORT = { rtsp: 554, rtsps: 322, rtspu: 554 } as const
const HOST = /^(\[[0-9a-fA-F:.%\w]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?$/

/**
 * Reads an address as people write it: a password may hold `@`, `/` or `:` unescaped, an IPv6 address may lack its
 * brackets, the scheme may stand twice. Percent escapes in user and password are decoded once.
 *
 * @throws ProtocolError `invalid-url`; the message never holds the address, for it may hold a password.
 */
export function parseRtspUri(text: string): RtspUri {
  const match = /^(?:rtsp[su]?:\/\/)*?(rtsp|rtsps|rtspu):\/\/(?!rtsp[su]?:\/\/)(.*)$/i.exec(text.trim())
  const rest = match?.[2]
  if (!match || !rest) throw new ProtocolError('invalid-url', 'The address does not begin with rtsp:// or rtsps://')
  const scheme = match[1]?.toLowerCase() as RtspUri['scheme']
  const { userinfo, authority, tail } = splitAuthority(rest)
  const host = HOST.exec(bracketIpv6(authority))
  const port = host?.[2] === undefined ? DEFAULT_PORT[scheme] : Number(host[2])
  if (!host || port < 1 || port > 65535) {
    throw new ProtocolError('invalid-url', 'The address has no host, or a port that is none')
  }
  const query = tail.indexOf('?')
  return {
    scheme,
    host: (host[1] ?? '').replace(/^\[|\]$/g, ''),
    port,
    path: query < 0 ? tail : tail.slice(0, query),
    query: query < 0 ? '' : tail.slice(query),
    credentials: userinfo === undefined ? undefined : parseUserinfo(userinfo),
  }
}

/**
 * The address without user and password, as it stands in request lines and may be shown. Percent escapes stay as they
 * are; what a request line cannot hold (blanks, letters beyond ASCII) is escaped.
 */
export function formatRtspUri(uri: RtspUri): string {
  const host = uri.host.includes(':') ? `[${uri.host}]` : uri.host
  const port = uri.port === DEFAULT_PORT[uri.scheme] ? '' : `:${uri.port}`
  return `${uri.scheme}://${host}${port}${`${uri.path}${uri.query}`.replace(/[^\x21-\x7e]+/g, percentEncode)}`
}

/** Where the host begins: behind the `@` that is followed by something like a host, as late as it must be. */
function splitAuthority(rest: string): { userinfo?: string; authority: string; tail: string } {
  const end = rest.search(/[/?#]/)
  const plain = end < 0 ? rest : rest.slice(0, end)
  const at = plain.lastIndexOf('@')
  if (at >= 0) return { userinfo: plain.slice(0, at), authority: plain.slice(at + 1), tail: rest.slice(plain.length) }
  if (!HOST.test(bracketIpv6(plain)) && plain.includes(':')) {
    // `user:pa/ss@host/…`: what looked like the end of the host lies in the password.
    for (let late = rest.indexOf('@'); late >= 0; late = rest.indexOf('@', late + 1)) {
      const authority = /^[^@/?#]+(?=[/?#]|$)/.exec(rest.slice(late + 1))?.[0]
      if (authority === undefined) continue
      return { userinfo: rest.slice(0, late), authority, tail: rest.slice(late + 1 + authority.length) }
    }
  }
  return { authority: plain, tail: rest.slice(plain.length) }
}

function parseUserinfo(userinfo: string): Credentials {
  const colon = userinfo.indexOf(':')
  return {
    username: percentDecode(colon < 0 ? userinfo : userinfo.slice(0, colon)),
    password: percentDecode(colon < 0 ? '' : userinfo.slice(colon + 1)),
  }
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone `%` belongs to the password: taken as it stands.
    return text
  }
}

const percentEncode = (text: string): string =>
  Array.from(encoder.encode(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

const encoder = new TextEncoder()

/** `fe80::1` as a bare authority: more than one colon, and only what an IPv6 address is made of. */
const bracketIpv6 = (authority: string): string =>
  /^[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*$/.test(authority) ? `[${authority}]` : authority

/**
 * The base for control attributes: Content-Base, else Content-Location, else the request's address (RFC 2326 section
 * C.1.1). Cameras state them relative, without or with a doubled scheme, and with the host they believe to have: host
 * and port that were dialled are kept, for the others may lie behind a NAT or a tunnel.
 */
export function resolveBase(
  request: RtspUri,
  stated: readonly (string | undefined)[],
  report: ReportDeviation = nobody,
): RtspUri {
  for (const candidate of stated) {
    const text = unwrap(candidate ?? '')
    if (text === '' || text === '*') continue
    const absolute = readAbsolute(text, request, 'content-base-repaired', report)
    if (absolute) return absolute
    report('content-base-repaired')
    return relativeTo(request, text)
  }
  return request
}

/**
 * The address of one track: `a=control` against the base. `*` and nothing mean the base itself.
 *
 * A relative one is appended, not merged, whether the base ends in a slash or not: this is what cameras mean. Where the
 * base has a query, it stays at the end, unless it ends in a slash itself: then it was stated to be appended to.
 */
export function resolveControl(base: RtspUri, control: string | undefined, report: ReportDeviation = nobody): RtspUri {
  const text = unwrap(control ?? '').replace(/^(\.\/)+/, '')
  if (text === '' || text === '*') return base
  const absolute = readAbsolute(text, base, 'control-repaired', report)
  if (absolute) return absolute
  if (text.startsWith('/')) return withTarget(base, text)
  if (base.query.endsWith('/')) return { ...base, query: base.query + text }
  if (text.startsWith('?')) return { ...base, query: base.query + (base.query ? `&${text.slice(1)}` : text) }
  const joined = withTarget(base, `${base.path.replace(/\/$/, '')}/${text}`)
  if (joined.query === '' || base.query === '') return { ...joined, query: joined.query || base.query }
  return { ...joined, query: `${joined.query}&${base.query.slice(1)}` }
}

/**
 * Where a Location sends the client (RFC 2326 section 12.25): relative ones are meant on the server that was asked.
 *
 * @throws ProtocolError `invalid-url`
 */
export function resolveLocation(asked: RtspUri, location: string): RtspUri {
  const text = unwrap(location)
  return text.includes('://') ? parseRtspUri(text) : relativeTo(asked, text)
}

/** RFC 3986 section 5.2.3: what is relative replaces what stands behind the last slash. */
const relativeTo = (uri: RtspUri, text: string): RtspUri =>
  withTarget(uri, text.startsWith('/') ? text : `${/^.*\//.exec(uri.path)?.[0] ?? '/'}${text}`)

/** An address as a reference: from the first `/`, which may be missing before a query. */
function withTarget(uri: RtspUri, text: string): RtspUri {
  const query = text.indexOf('?')
  return { ...uri, path: query < 0 ? text : text.slice(0, query), query: query < 0 ? '' : text.slice(query) }
}

/** Without blanks, quotes or angle brackets around it. */
const unwrap = (text: string): string =>
  text
    .trim()
    .replace(/^(["'<])(.*)["'>]$/, '$2')
    .trim()

const nobody: ReportDeviation = () => undefined

/**
 * Path and query of an address with a host, on the host that was dialled; null where the text has none. The host itself
 * need not be readable (`rtsp:///live`, `rtsp://(null)/live`), since it is not used.
 */
function readAbsolute(text: string, dialled: RtspUri, repaired: DeviationId, report: ReportDeviation): RtspUri | null {
  const scheme = /^(?:[a-z][a-z0-9+.-]*:\/\/)+/i.exec(text)?.[0]
  if (scheme === undefined && !beginsWithHost(text)) return null
  const rest = scheme === undefined ? text.replace(/^\/\//, '') : text.slice(scheme.length)
  const stated = readLoosely(`${dialled.scheme}://${rest}`)
  const bareIpv6 = stated?.host.includes(':') && !rest.includes('[')
  if (!stated || bareIpv6 || !/^rtsp[su]?:\/\/$/i.test(scheme ?? '')) report(repaired)
  if (stated?.credentials) report('credentials-stated')
  if (stated && (stated.host.toLowerCase() !== dialled.host.toLowerCase() || stated.port !== dialled.port)) {
    report('other-host-stated')
  }
  return withTarget(dialled, stated ? stated.path + stated.query : rest.replace(/^[^/?#]*/, ''))
}

/** `192.168.1.64/live`, `camera:554/live`, `[fe80::1]/live`, each with or without `//`: an address without its scheme. */
const beginsWithHost = (text: string): boolean =>
  /^(?:\/\/)?(?:\d+\.\d+\.\d+\.\d+(?::\d+)?|\[[0-9a-f:.]+\](?::\d+)?|[\w.-]+:\d+)\//i.test(text)

function readLoosely(text: string): RtspUri | null {
  try {
    return parseRtspUri(text)
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
}
