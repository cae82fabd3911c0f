import type { ByteWriter } from '../bytes/byte-writer.ts'

/**
 * Writes one RTCP packet (RFC 3550 section 6.4): version 2, no padding, and a length that counts 32-bit words less one.
 * The body is filled up with zeros to whole words.
 */
export function writeRtcpPacket(writer: ByteWriter, packetType: number, count: number, body: () => void): void {
  const start = writer.length
  writer
    .u8(0x80 | count)
    .u8(packetType)
    .u16(0)
  body()
  while ((writer.length - start) % 4 !== 0) writer.u8(0)
  writer.patchU16(start + 2, (writer.length - start) / 4 - 1)
}
