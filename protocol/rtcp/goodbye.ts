import type { ByteWriter } from '../bytes/byte-writer.ts'
import { writeRtcpPacket } from './rtcp-header.ts'

/** BYE, RFC 3550 section 6.6: these sources send no more. */
export interface Goodbye {
  readonly type: 'BYE'
  readonly ssrcs: readonly number[]
  /** Why it leaves, where it says so. */
  readonly reason?: string | undefined
}

const decoder = new TextDecoder()

export function readGoodbye(count: number, body: DataView): Goodbye | null {
  if (count * 4 > body.byteLength) return null
  const ssrcs = Array.from({ length: count }, (_, index) => body.getUint32(index * 4))
  const at = count * 4
  const length = at < body.byteLength ? body.getUint8(at) : 0
  // The reason is for people only: one that is cut off takes nothing from the BYE.
  if (length === 0 || at + 1 + length > body.byteLength) return { type: 'BYE', ssrcs }
  return { type: 'BYE', ssrcs, reason: decoder.decode(new Uint8Array(body.buffer, body.byteOffset + at + 1, length)) }
}

export function writeGoodbye(writer: ByteWriter, ssrcs: readonly number[]): void {
  writeRtcpPacket(writer, 203, ssrcs.length, () => {
    for (const ssrc of ssrcs) writer.u32(ssrc)
  })
}
