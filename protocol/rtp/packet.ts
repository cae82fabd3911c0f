/**
 * An RTP packet, RFC 3550 section 5.1.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |           synchronization source (SSRC) identifier            |
 * |            contributing source (CSRC) identifiers …           |
 * ```
 */
const HEADER_BYTES = 12

/**
 * A reader that is made once and set to one packet after the other, so that a packet costs no garbage.
 * The payload is `bytes[payloadStart … payloadEnd)`, not copied.
 */
export class RtpPacket {
  bytes: Uint8Array = new Uint8Array(0)
  marker = false
  payloadType = 0
  sequenceNumber = 0
  /** As on the wire: 32 bits that wrap. */
  timestamp = 0
  ssrc = 0
  payloadStart = 0
  payloadEnd = 0
  /** Contributing sources, 0 to 15; see `contributingSource`. */
  contributingSources = 0
  /** Bytes of padding behind the payload, its count included. */
  padding = 0
  /** Header extension (section 5.3.1): its profile-defined 16 bits, or -1 where there is none. */
  extensionProfile = -1
  extensionStart = 0
  extensionEnd = 0
  #start = 0

  /** Sets this to the packet in `bytes[start … end)`. False where it is not an RTP packet; then the fields mean nothing. */
  read(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    if (end - start < HEADER_BYTES) return false
    const first = byteAt(bytes, start)
    if (first >> 6 !== 2) return false
    const second = byteAt(bytes, start + 1)
    this.bytes = bytes
    this.#start = start
    this.marker = second >= 0x80
    this.payloadType = second & 0x7f
    this.sequenceNumber = (byteAt(bytes, start + 2) << 8) | byteAt(bytes, start + 3)
    this.timestamp = uint32At(bytes, start + 4)
    this.ssrc = uint32At(bytes, start + 8)

    this.contributingSources = first & 0x0f
    let payloadStart = start + HEADER_BYTES + this.contributingSources * 4
    this.extensionProfile = -1
    if (first & 0x10) {
      if (payloadStart + 4 > end) return false
      this.extensionProfile = (byteAt(bytes, payloadStart) << 8) | byteAt(bytes, payloadStart + 1)
      const words = (byteAt(bytes, payloadStart + 2) << 8) | byteAt(bytes, payloadStart + 3)
      this.extensionStart = payloadStart + 4
      this.extensionEnd = this.extensionStart + words * 4
      payloadStart = this.extensionEnd
    }
    // A padding count of zero is against section 5.1 but harmless: nothing is padded.
    this.padding = first & 0x20 ? byteAt(bytes, end - 1) : 0
    if (payloadStart + this.padding > end) return false
    this.payloadStart = payloadStart
    this.payloadEnd = end - this.padding
    return true
  }

  /** The whole packet is `bytes[start … end)`. */
  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.payloadEnd + this.padding
  }

  /** The SSRC of one contributing source, by its place in the list (CSRC, section 5.1); undefined beyond its end. */
  contributingSource(index: number): number | undefined {
    if (index < 0 || index >= this.contributingSources) return undefined
    return uint32At(this.bytes, this.#start + HEADER_BYTES + index * 4)
  }
}

/** What a sender puts into an RTP header. */
export interface RtpHeader {
  readonly marker: boolean
  readonly payloadType: number
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly ssrc: number
}

export const RTP_HEADER_BYTES = HEADER_BYTES

/** Writes the 12 bytes of a header without CSRC or extension at `offset`. */
export function writeRtpHeader(bytes: Uint8Array, offset: number, header: RtpHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_BYTES)
  view.setUint8(0, 0x80)
  view.setUint8(1, (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f))
  view.setUint16(2, header.sequenceNumber & 0xffff)
  view.setUint32(4, header.timestamp >>> 0)
  view.setUint32(8, header.ssrc >>> 0)
}

// The callers have checked the range; the fallback only satisfies the type.
const byteAt = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0
const uint32At = (bytes: Uint8Array, index: number): number =>
  ((byteAt(bytes, index) << 24) |
    (byteAt(bytes, index + 1) << 16) |
    (byteAt(bytes, index + 2) << 8) |
    byteAt(bytes, index + 3)) >>>
  0
