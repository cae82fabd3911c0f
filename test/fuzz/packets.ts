/**
 * A sequence of packets in one input: each behind a length of 16 bits, as in RFC 4571. Any bytes are some sequence: a
 * length that reaches too far takes what there is.
 */
export function unpack(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    packets.push(bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return packets
}

export function pack(packets: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + 2 + Math.min(packet.length, 0xffff), 0))
  let at = 0
  for (const packet of packets) {
    const part = packet.subarray(0, 0xffff)
    bytes[at] = part.length >> 8
    bytes[at + 1] = part.length & 0xff
    bytes.set(part, at + 2)
    at += 2 + part.length
  }
  return bytes
}
