import { CLOSE, Refusal } from './close-code.ts'

/**
 * Reads the URI out of the first request line (RFC 2326 section 6.1), split anywhere, for connections that name their
 * target only there. Nothing else of the stream is read.
 */
export class FirstRequest {
  readonly #maxBytes: number
  #line = ''

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * @returns the URI once the line is complete; the bytes stay the caller's to forward
   * @throws Refusal 4400, 4413
   */
  push(chunk: Uint8Array): string | undefined {
    const end = chunk.indexOf(0x0a)
    const length = end < 0 ? chunk.length : end
    if (this.#line.length + length > this.#maxBytes) throw new Refusal(CLOSE.tooLarge, 'the request line is too long')
    // One byte, one character: what is not ASCII fails below.
    this.#line += Buffer.from(chunk.buffer, chunk.byteOffset, length).toString('latin1')
    if (end < 0) return undefined
    const uri = /^[A-Z_]+ +(\S+) +RTSP\/\d\.\d *\r?$/.exec(this.#line)?.[1]
    if (uri === undefined) throw new Refusal(CLOSE.badRequest, 'the first line is not an RTSP request')
    if (uri === '*') throw new Refusal(CLOSE.badRequest, 'name a target: by ?stream=, by ?url= or in the first request')
    return uri
  }
}
