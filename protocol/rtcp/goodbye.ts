import type { ByteWriter } from '../bytes/byte-writer.ts'
import { writeRtcpPacket } from './rtcp-header.ts'

/** BYE, RFC 3550 section 6.6: these sources send no more. */
export interface Goodbye {
  readonly type: 'BYE'
  readonly ssrcs: readonly number[]
}

export function readGoodbye(count: number, body: DataView): Goodbye | null {
  if (count * 4 > body.byteLength) return null
  return { type: 'BYE', ssrcs: Array.from({ length: count }, (_, index) => body.getUint32(index * 4)) }
}

export function writeGoodbye(writer: ByteWriter, ssrcs: readonly number[]): void {
  writeRtcpPacket(writer, 203, ssrcs.length, () => {
    for (const ssrc of ssrcs) writer.u32(ssrc)
  })
}
