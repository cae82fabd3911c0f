import { isIP } from 'node:net'
import { CLOSE, Refusal } from './close-code.ts'
import { canonicalAddress } from './subnet.ts'

/** What is dialled, and what is asked for there. */
export interface RtspUrl {
  readonly tls: boolean
  /** An address in its canonical spelling, without brackets, or a name in lower case. */
  readonly host: string
  readonly port: number
  /** Path and query as given; empty, or begins with `/` or `?`. */
  readonly path: string
}

/** RFC 2326 section 3.2 and, for `rtsps`, RFC 7826 section 4.2. */
export const DEFAULT_PORT = { rtsp: 554, rtsps: 322 } as const

const invalid = (why: string) => new Refusal(CLOSE.badRequest, why)

/**
 * Reads the URL of a camera as a viewer gave it. The host must be spelled plainly: what reads as an address to one
 * parser and as a name to another (`0x7f.1`, `2130706433`, `127.1`, `010.0.0.1`) is refused, not guessed.
 * @throws Refusal 4400
 */
export function parseRtspUrl(text: string): RtspUrl {
  // Spaces, control characters and backslashes are where parsers of URLs disagree.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u0020\u007f\\]/.test(text)) throw invalid('the address holds a character that must be percent-encoded')
  const match = /^(rtsps?):\/\/([^/?#]*)([^#]*)/i.exec(text)
  if (!match) throw invalid('the address must begin with rtsp:// or rtsps://')
  const scheme = match[1]?.toLowerCase() === 'rtsps' ? 'rtsps' : 'rtsp'
  const authority = match[2] ?? ''
  if (authority.includes('@')) throw invalid('user and password do not belong into the address that the bridge sees')
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority)
  if (!parts) throw invalid('the address must read rtsp://host[:port]/path, an IPv6 address in brackets')
  const port = parts[2] === undefined ? DEFAULT_PORT[scheme] : Number(parts[2])
  if (port < 1 || port > 65535) throw invalid('the port must lie between 1 and 65535')
  return { tls: scheme === 'rtsps', host: parseHost(parts[1] ?? ''), port, path: match[3] ?? '' }
}

/**
 * @param text an IPv4 address, an IPv6 address in brackets, or a name (also an international one)
 * @throws Refusal 4400
 */
export function parseHost(text: string): string {
  if (text.startsWith('[')) {
    const address = canonicalAddress(text.slice(1, -1))
    if (address === null || isIP(text.slice(1, -1)) !== 6) throw invalid('the brackets do not hold an IPv6 address')
    return address
  }
  // The parser of web addresses knows all spellings of IPv4 that resolvers know, and international names.
  const url = URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`) : null
  const host = url?.hostname.replace(/\.$/, '') ?? ''
  if (url === null || url.username !== '' || host === '' || host.length > 253) throw invalid('the host is not valid')
  if (isIP(host) === 4 && host !== text) throw invalid('an IPv4 address is written as four decimal numbers')
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host)) throw invalid('the host is not valid')
  return host
}

/** `host:port` as it is written in URLs and rules. */
export const hostPort = (host: string, port: number): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
