import { ProtocolError } from '../../../protocol/errors.ts'
import type { Credentials } from '../../../protocol/rtsp/authentication.ts'

/** Where a stream is reached, and what is asked for there. */
export interface StreamAddress {
  /** WebSocket endpoint that speaks `rtsp.onvif.org`. Holds no credentials. */
  readonly websocketUrl: string
  /** The request URI of DESCRIBE. Holds no credentials. */
  readonly uri: string
  /** For the answer to a challenge of the camera; they never leave the page otherwise. */
  readonly credentials?: Credentials | undefined
  /** Shown to the bridge beside the subprotocol, so that it stands in no address. */
  readonly ticket?: string | undefined
}

/** Letters and digits of any script, and the marks that a URL leaves alone; folders by `/`. */
const STREAM_NAME = /^[\p{L}\p{N}._~-][\p{L}\p{N} ._~-]*(?:\/[\p{L}\p{N}._~-][\p{L}\p{N} ._~-]*)*$/u
const HOST_AND_PORT = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/?#@[\]]+)(?::\d+)?$/

/**
 * Turns the attributes `src` and `bridge` into the address of a stream.
 *
 * `src` is the name of a stream of the bridge (`lobby`), an `rtsp://` or `rtsps://` address that the bridge is asked to
 * dial, or a `ws://` or `wss://` endpoint that speaks RTSP itself (ONVIF Streaming Specification, RTSP over WebSocket);
 * there the RTSP address may stand behind a `#`.
 *
 * `bridge` is where rtsp-bridge is: `wss://host:8080`, `https://host/path`, `host:8080` or `/path`; the page's own
 * origin when empty. Its query (`access_token`) is kept.
 *
 * @param substream the camera's smaller stream is wanted, where the bridge knows one by the same name
 * @throws ProtocolError `invalid-url`
 */
export function resolveStreamAddress(src: string, bridge: string, pageUrl: string, substream = false): StreamAddress {
  const source = src.trim()
  if (source === '') throw invalid('No stream was named')
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase()

  if (scheme === 'ws' || scheme === 'wss') return directAddress(source)
  const endpoint = bridgeEndpoint(bridge.trim(), pageUrl)

  if (scheme === 'rtsp' || scheme === 'rtsps') {
    const { uri, credentials } = splitCredentials(source)
    endpoint.searchParams.set('url', uri)
    return { websocketUrl: endpoint.href, uri, credentials }
  }
  if (scheme !== undefined) throw invalid(`${scheme}:// is not an address of a stream`)
  if (!STREAM_NAME.test(source)) throw invalid('The name of the stream has characters that no name may have')

  endpoint.searchParams.set('stream', source)
  if (substream) endpoint.searchParams.set('quality', 'low')
  return { websocketUrl: endpoint.href, uri: `rtsp://${endpoint.host}/${encodePath(source)}` }
}

/**
 * Where the WebSocket goes when the camera has sent the player elsewhere: the same bridge, which is asked for the new
 * address and may refuse it. An endpoint that speaks RTSP itself is all there is.
 */
export function redirectedUrl({ websocketUrl, uri }: StreamAddress, target: string): string {
  const url = new URL(websocketUrl)
  const isBridge = url.searchParams.has('url') || url.searchParams.has('stream')
  if (target === uri || !isBridge) return websocketUrl
  url.searchParams.delete('stream')
  url.searchParams.set('url', target)
  return url.href
}

/**
 * Takes the credentials out of an RTSP address. People paste passwords unescaped, so the user information may hold `@`,
 * and even `/`, `?` and `#` (RFC 3986 would end it there) as long as what stands before them cannot be a host.
 *
 * @throws ProtocolError `invalid-url`
 */
export function splitCredentials(address: string): { uri: string; credentials: Credentials | undefined } {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(address) ?? []
  const authority = firstPart(rest)
  if (HOST_AND_PORT.test(authority)) return { uri: checked(scheme.toLowerCase(), rest), credentials: undefined }

  let at = authority.includes('@') ? authority.lastIndexOf('@') : rest.indexOf('@')
  while (at >= 0 && !HOST_AND_PORT.test(firstPart(rest.slice(at + 1)))) at = rest.indexOf('@', at + 1)
  if (at < 0) throw invalid('The host of the address cannot be read')

  const userinfo = rest.slice(0, at)
  const colon = userinfo.indexOf(':')
  const username = decodeOnce(colon < 0 ? userinfo : userinfo.slice(0, colon))
  const password = colon < 0 ? '' : decodeOnce(userinfo.slice(colon + 1))
  return { uri: checked(scheme.toLowerCase(), rest.slice(at + 1)), credentials: { username, password } }
}

const firstPart = (rest: string): string => /^[^/?#]*/.exec(rest)?.[0] ?? ''

function checked(scheme: string, rest: string): string {
  const port = /:(\d+)$/.exec(firstPart(rest))?.[1]
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65535)) throw invalid(`There is no port ${port}`)
  // No character that could end a request line: RFC 2326 section 6.1. Spaces do occur in the paths of NVRs.
  if (hasControlCharacter(rest)) throw invalid('The address has a control character in it')
  return scheme + rest.replaceAll(' ', '%20')
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A `%` that was meant as such.
    return text
  }
}

const encodePath = (name: string): string => name.split('/').map(encodeURIComponent).join('/')

function directAddress(source: string): StreamAddress {
  const hash = /#(rtsps?:\/\/.*)$/is.exec(source)
  const { uri: endpoint, credentials } = splitCredentials(hash ? source.slice(0, hash.index) : source)
  const url = parse(endpoint)
  const target = hash?.[1]
  if (target === undefined) {
    return { websocketUrl: url.href, uri: `rtsp://${url.host}${url.pathname}${url.search}`, credentials }
  }
  const split = splitCredentials(target)
  return { websocketUrl: url.href, uri: split.uri, credentials: split.credentials ?? credentials }
}

function bridgeEndpoint(bridge: string, pageUrl: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(bridge)
  const isPath = bridge === '' || bridge.startsWith('/') || bridge.startsWith('.')
  const page = parse(pageUrl)
  if (!withScheme && isPath && !page.protocol.startsWith('http')) {
    throw invalid('The page has no server of its own: say where rtsp-bridge is', 'Set the attribute `bridge`.')
  }
  const secure = page.protocol === 'https:'
  const url = withScheme ? parse(bridge) : isPath ? parse(bridge, pageUrl) : parse(`ws${secure ? 's' : ''}://${bridge}`)
  if (bridge === '') url.pathname = '/'
  if (bridge === '') url.search = ''
  const protocol = { 'http:': 'ws:', 'ws:': 'ws:', 'https:': 'wss:', 'wss:': 'wss:' }[url.protocol]
  if (protocol === undefined) throw invalid(`${url.protocol} is not an address of a bridge`)
  if (url.username !== '' || url.password !== '') throw invalid('The address of the bridge may not hold a password')
  const endpoint = new URL(url.href.replace(url.protocol, protocol))
  endpoint.hash = ''
  const path = endpoint.pathname.replace(/\/+$/, '')
  endpoint.pathname = path.endsWith('/rtsp') ? path : `${path}/rtsp`
  return endpoint
}

function parse(address: string, base?: string): URL {
  try {
    return new URL(address, base)
  } catch {
    throw invalid('The address cannot be read')
  }
}

const invalid = (message: string, advice?: string): ProtocolError =>
  new ProtocolError('invalid-url', message, advice === undefined ? {} : { advice })
