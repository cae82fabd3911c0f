const MAIN_BYTES = 8
const RESTART_BYTES = 4
const TABLES_BYTES = 4
/** Types from here to 127 have a restart marker header and mean else what they mean without this bit (section 3.1.3). */
const RESTART_TYPES = 64
/** From here on the tables of a Q are sent (section 3.1.4). */
const FIRST_DYNAMIC_Q = 128

/**
 * The headers of an RTP payload, RFC 2435 section 3.1. Made once and set to one packet after the other.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Type-specific |              Fragment Offset                  |
 * |      Type     |       Q       |     Width     |     Height    |
 * |       Restart Interval        |F|L|       Restart Count       |  types 64 to 127
 * |      MBZ      |   Precision   |             Length            |  Q of 128 and more, first packet
 * |                    Quantization Table Data                    |
 * ```
 */
export class JpegPayloadHeader {
  /** 0: progressive; 1 and 2: odd and even field; 3: a field to be shown with each line twice (section 4.1). */
  typeSpecific = 0
  /** Bytes of the scan before those of this packet. */
  fragmentOffset = 0
  /** 0 or 1, without the bit for restart markers, where it is one that RFC 2435 defines. */
  type = 0
  q = 0
  /** Pixels; 0 where they do not fit. */
  width = 0
  height = 0
  /** MCUs between restart markers; 0 where there are none. */
  restartInterval = 0
  /** Bit n: the values of table n have 16 bits. */
  precision = 0
  /** The quantization tables of the packet; nothing where it has none. */
  tablesStart = 0
  tablesEnd = 0
  /** Where the entropy-coded data begin. */
  dataStart = 0

  /** Sets this to the payload `bytes[start … end)`. False where it ends within its headers, or is of no defined type. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start + MAIN_BYTES
    if (at > end) return false
    this.typeSpecific = byteAt(bytes, start)
    this.fragmentOffset = (byteAt(bytes, start + 1) << 16) | uint16At(bytes, start + 2)
    const type = byteAt(bytes, start + 4)
    this.q = byteAt(bytes, start + 5)
    this.width = byteAt(bytes, start + 6) * 8
    this.height = byteAt(bytes, start + 7) * 8
    this.type = type & ~RESTART_TYPES
    if (this.type > 1) return false

    this.restartInterval = 0
    if (type >= RESTART_TYPES) {
      if (at + RESTART_BYTES > end) return false
      this.restartInterval = uint16At(bytes, at)
      at += RESTART_BYTES
    }
    this.tablesStart = at
    if (this.fragmentOffset === 0 && this.q >= FIRST_DYNAMIC_Q) {
      if (at + TABLES_BYTES > end) return false
      this.precision = byteAt(bytes, at + 1)
      this.tablesStart = at + TABLES_BYTES
      at = this.tablesStart + uint16At(bytes, at + 2)
    }
    this.tablesEnd = at
    this.dataStart = at
    return at <= end
  }
}

// The caller has checked the range; the fallback only satisfies the type.
const byteAt = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0
const uint16At = (bytes: Uint8Array, index: number): number => (byteAt(bytes, index) << 8) | byteAt(bytes, index + 1)
