import type { ByteWriter } from '../bytes/byte-writer.ts'
import { writeRtcpPacket } from './rtcp-header.ts'

/** APP, RFC 3550 section 6.7: what the makers of a camera agreed on among themselves. Passed on, not understood. */
export interface ApplicationDefined {
  readonly type: 'APP'
  /** 0 to 31. */
  readonly subtype: number
  readonly ssrc: number
  /** Four characters; bytes outside ASCII are given as Latin-1. */
  readonly name: string
  /** A view into the packet: good while the packet is. Whole 32-bit words. */
  readonly data: Uint8Array
}

const NAME_BYTES = 4

export function readApplicationDefined(subtype: number, body: DataView): ApplicationDefined | null {
  if (body.byteLength < 4 + NAME_BYTES) return null
  const name = String.fromCharCode(...new Uint8Array(body.buffer, body.byteOffset + 4, NAME_BYTES))
  const data = new Uint8Array(body.buffer, body.byteOffset + 8, body.byteLength - 8)
  return { type: 'APP', subtype, ssrc: body.getUint32(0), name, data }
}

/** The data is filled up with zeros to whole words. */
export function writeApplicationDefined(writer: ByteWriter, packet: Omit<ApplicationDefined, 'type'>): void {
  writeRtcpPacket(writer, 204, packet.subtype, () => {
    writer.u32(packet.ssrc).ascii(packet.name.slice(0, NAME_BYTES).padEnd(NAME_BYTES)).write(packet.data)
  })
}
