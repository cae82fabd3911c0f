import { ProtocolError } from '../../../protocol/errors.ts'
import { RtspHeaders } from '../../../protocol/rtsp/message.ts'

/** The head of an HTTP answer (RFC 9112 section 4). */
export interface HttpHead {
  readonly status: number
  readonly headers: RtspHeaders
}

/** Bytes of a head. Beyond: `not-rtsp`. */
const MAX_HEAD_BYTES = 16 * 1024

/** Reads the head of an answer that comes in pieces. Use once. */
export class HttpHeadReader {
  #bytes = new Uint8Array(1024)
  #length = 0

  /**
   * Takes what came. Lines may end with LF alone.
   * @returns the head, and what came behind it; null while the head is not complete
   * @throws ProtocolError `not-rtsp` for what is no HTTP
   */
  push(chunk: Uint8Array): { readonly head: HttpHead; readonly rest: Uint8Array } | null {
    const before = this.#length
    this.#append(chunk)
    const bytes = this.#bytes.subarray(0, this.#length)
    // The empty line may have begun before.
    const end = endOfHead(bytes, Math.max(0, before - 3))
    if (end > MAX_HEAD_BYTES || (end < 0 && bytes.length > MAX_HEAD_BYTES)) {
      throw new ProtocolError('not-rtsp', 'the camera sent a head of HTTP that no camera sends')
    }
    // Told as soon as it can be: what is no HTTP may never come to the end of a head.
    if (before < START.length && !begins(bytes)) throw new ProtocolError('not-rtsp', 'the port does not speak HTTP')
    return end < 0 ? null : { head: parse(bytes.subarray(0, end)), rest: bytes.subarray(end) }
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = length
  }
}

const START = new TextEncoder().encode('HTTP/1.')
const LF = 10
const CR = 13

/** Behind the empty line; -1 where it has not come. */
function endOfHead(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1
    if (bytes[next] === LF) return next + 1
  }
  return -1
}

const begins = (bytes: Uint8Array): boolean =>
  START.subarray(0, bytes.length).every((byte, index) => byte === bytes[index])

const decoder = new TextDecoder('latin1')

function parse(bytes: Uint8Array): HttpHead {
  const [start = '', ...lines] = decoder.decode(bytes).split(/\r?\n/)
  const status = /^HTTP\/1\.\d (\d{3})(?: |$)/.exec(start)?.[1]
  if (status === undefined) throw new ProtocolError('not-rtsp', 'the port does not speak HTTP')
  const headers = new RtspHeaders()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  return { status: Number(status), headers }
}
