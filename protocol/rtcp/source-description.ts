import type { ByteWriter } from '../bytes/byte-writer.ts'
import { writeRtcpPacket } from './rtcp-header.ts'

/** Source description, RFC 3550 section 6.5. */
export interface SourceDescription {
  readonly type: 'SDES'
  readonly sources: readonly { readonly ssrc: number; readonly cname?: string | undefined }[]
}

const CNAME = 1
const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** Null where an item lies beyond the end. A missing zero behind the last item is forgiven: nothing follows it. */
export function readSourceDescription(count: number, body: DataView): SourceDescription | null {
  const sources: { ssrc: number; cname?: string | undefined }[] = []
  let at = 0
  for (let chunk = 0; chunk < count; chunk++) {
    if (at + 4 > body.byteLength) return null
    const ssrc = body.getUint32(at)
    let cname: string | undefined
    at += 4
    while (at < body.byteLength && body.getUint8(at) !== 0) {
      if (at + 2 > body.byteLength) return null
      const length = body.getUint8(at + 1)
      if (at + 2 + length > body.byteLength) return null
      if (body.getUint8(at) === CNAME) {
        cname = decoder.decode(new Uint8Array(body.buffer, body.byteOffset + at + 2, length))
      }
      at += 2 + length
    }
    // The list ends with at least one zero and is filled up to whole words.
    at = (Math.floor(at / 4) + 1) * 4
    sources.push({ ssrc, cname })
  }
  return { type: 'SDES', sources }
}

/** One source with its canonical name (section 6.5.1), at most 255 bytes. */
export function writeSourceDescription(writer: ByteWriter, ssrc: number, cname: string): void {
  const name = encoder.encode(cname).subarray(0, 255)
  writeRtcpPacket(writer, 202, 1, () => {
    writer.u32(ssrc).u8(CNAME).u8(name.length).write(name).u8(0)
  })
}
