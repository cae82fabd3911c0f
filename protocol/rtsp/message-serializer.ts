import { ProtocolError } from '../errors.ts'
import type { RtspHeaders } from './message.ts'

export const INTERLEAVED_HEADER_BYTES = 4
const encoder = new TextEncoder()

export interface RequestToSend {
  readonly method: string
  readonly uri: string
  readonly headers: RtspHeaders
  readonly body?: Uint8Array | undefined
  /** Default `1.0`. */
  readonly version?: string | undefined
}

export interface ResponseToSend {
  readonly status: number
  /** Default: the phrase of the standard. */
  readonly reason?: string | undefined
  readonly headers: RtspHeaders
  readonly body?: Uint8Array | undefined
  readonly version?: string | undefined
}

/** @throws ProtocolError `rtsp-syntax` where a CR, LF or NUL would let a value end its line. */
export function serializeRequest(request: RequestToSend): Uint8Array<ArrayBuffer> {
  refuseControl(request.method, 'method')
  refuseControl(request.uri, 'request URI')
  if (/\s/.test(request.uri)) throw new ProtocolError('rtsp-syntax', 'A request URI holds a blank')
  return serialize(
    `${request.method} ${request.uri} RTSP/${request.version ?? '1.0'}\r\n`,
    request.headers,
    request.body,
  )
}

/**
 * A response whose phrase the caller knows; `response-serializer.ts` knows those of all status codes.
 *
 * @throws ProtocolError `rtsp-syntax` where a CR, LF or NUL would let a value end its line
 */
export function serializeAnswer(response: ResponseToSend & { readonly reason: string }): Uint8Array<ArrayBuffer> {
  const { reason } = response
  refuseControl(reason, 'reason')
  return serialize(
    `RTSP/${response.version ?? '1.0'} ${String(response.status).padStart(3, '0')} ${reason}\r\n`,
    response.headers,
    response.body,
  )
}

/** Writes the 4 bytes in front of an interleaved frame (RFC 2326 section 10.12): `$`, channel, length. */
export function writeInterleavedHeader(bytes: Uint8Array, offset: number, channel: number, length: number): void {
  bytes[offset] = 0x24
  bytes[offset + 1] = channel
  bytes[offset + 2] = length >> 8
  bytes[offset + 3] = length & 0xff
}

function serialize(startLine: string, headers: RtspHeaders, body?: Uint8Array): Uint8Array<ArrayBuffer> {
  let head = startLine
  for (const [name, value] of headers) {
    if (name.toLowerCase() === 'content-length') continue
    refuseControl(name, 'header name')
    refuseControl(value, name)
    head += `${name}: ${value}\r\n`
  }
  // What is announced and empty says so: a Content-Type alone may be waited for.
  if ((body && body.length > 0) || headers.has('Content-Type')) head += `Content-Length: ${body?.length ?? 0}\r\n`
  const encoded = encoder.encode(`${head}\r\n`)
  if (!body || body.length === 0) return encoded
  const message = new Uint8Array(encoded.length + body.length)
  message.set(encoded)
  message.set(body, encoded.length)
  return message
}

function refuseControl(value: string, what: string): void {
  if (/[\r\n\0]/.test(value)) throw new ProtocolError('rtsp-syntax', `A line end stands in the ${what}`)
}
