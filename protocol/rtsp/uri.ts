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
  const match = /^\s*(?:rtsp[su]?:\/\/)*?(rtsp|rtsps|rtspu):\/\/(?!rtsp[su]?:\/\/)(.*?)\s*$/i.exec(text)
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

/** The address without user and password, as it stands in request lines and may be shown. */
export function formatRtspUri(uri: RtspUri): string {
  const host = uri.host.includes(':') ? `[${uri.host}]` : uri.host
  const port = uri.port === DEFAULT_PORT[uri.scheme] ? '' : `:${uri.port}`
  return `${uri.scheme}://${host}${port}${uri.path}${uri.query}`
}

/** Where the host begins: behind the `@` that is followed by something like a host, as late as it must be. */
function splitAuthority(rest: string): { userinfo?: string; authority: string; tail: string } {
  const end = rest.search(/[/?#]/)
  const plain = end < 0 ? rest : rest.slice(0, end)
  const at = plain.lastIndexOf('@')
  if (at >= 0) return { userinfo: plain.slice(0, at), authority: plain.slice(at + 1), tail: rest.slice(plain.length) }
  if (!HOST.test(bracketIpv6(plain)) && plain.includes(':')) {
    // `user:pa/ss@host/…`: what looked like the end of the host lies in the password.
    const late = /^([^@]*:.*?)@([^@/?#]+)([/?#].*)?$/.exec(rest)
    if (late) return { userinfo: late[1] ?? '', authority: late[2] ?? '', tail: late[3] ?? '' }
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

/** `fe80::1` as a bare authority: more than one colon, and only what an IPv6 address is made of. */
const bracketIpv6 = (authority: string): string =>
  /^[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*$/.test(authority) ? `[${authority}]` : authority

/**
 * The base for control attributes: Content-Base, else Content-Location, else the request's address (RFC 2326 section
 * C.1.1). Cameras state them relative, without or with a doubled scheme, and with the host they believe to have: the
 * host that was dialled is kept, for the other may lie behind a NAT or a tunnel.
 */
export function resolveBase(request: RtspUri, stated: readonly (string | undefined)[]): RtspUri {
  for (const candidate of stated) {
    const text = candidate?.trim()
    if (!text) continue
    const absolute = readLoosely(text)
    if (absolute) return { ...request, path: absolute.path, query: absolute.query }
    if (text.startsWith('/')) return withPath(request, text)
  }
  return request
}

/**
 * The address of one track: `a=control` against the base. `*` and nothing mean the base itself. A query of the base
 * stays at the end, where cameras look for it.
 */
export function resolveControl(base: RtspUri, control: string | undefined): RtspUri {
  const text = control?.trim() ?? ''
  if (text === '' || text === '*') return base
  const absolute = readLoosely(text)
  if (absolute) return { ...base, path: absolute.path, query: absolute.query }
  if (text.startsWith('?')) return { ...base, query: base.query + (base.query ? `&${text.slice(1)}` : text) }
  if (text.startsWith('/')) return withPath(base, text)
  const joined = withPath(base, `${base.path.replace(/\/$/, '')}/${text}`)
  return { ...joined, query: joined.query || base.query }
}

function withPath(uri: RtspUri, text: string): RtspUri {
  const query = text.indexOf('?')
  return { ...uri, path: query < 0 ? text : text.slice(0, query), query: query < 0 ? '' : text.slice(query) }
}

function readLoosely(text: string): RtspUri | null {
  const withScheme = /^rtsp[su]?:\/\//i.test(text)
    ? text
    : /^(\/\/)?[\w.-]+(:\d+)?\//.test(text) && /^(\/\/|\d+\.\d+\.\d+\.\d+[:/])/.test(text)
      ? `rtsp://${text.replace(/^\/\//, '')}`
      : undefined
  if (!withScheme) return null
  try {
    return parseRtspUri(withScheme)
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
}
