/** CRC-8 with x^8+x^2+x+1 and CRC-16 with x^16+x^15+x^2+1, most significant bit first, from zero (RFC 9639 sections 9.1.8 and 9.3). */
const CRC_8 = Uint8Array.from({ length: 256 }, (_, byte) => remainder(byte, 8, 0x07))
const CRC_16 = Uint16Array.from({ length: 256 }, (_, byte) => remainder(byte, 16, 0x8005))

function remainder(byte: number, width: number, polynomial: number): number {
  let value = byte << (width - 8)
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ ((value >> (width - 1)) & 1 ? polynomial : 0)
  return value & ((1 << width) - 1)
}

/** Writes one FLAC frame after the other into the same buffer, most significant bit first. */
export class FlacBitWriter {
  #bytes = new Uint8Array(1024)
  #length = 0
  /** Bits that do not fill a byte yet: the lowest `#count` of `#held`. */
  #held = 0
  #count = 0

  /** Begins a frame of at most so many bytes; what is written is not checked against that. */
  begin(most: number): void {
    if (this.#bytes.length < most) this.#bytes = new Uint8Array(Math.max(most, this.#bytes.length * 2))
    this.#length = 0
    this.#held = 0
    this.#count = 0
  }

  /** The lowest 0 to 24 bits of a number, which may be negative. */
  bits(value: number, count: number): void {
    let held = (this.#held << count) | (value & ((1 << count) - 1))
    let pending = this.#count + count
    while (pending >= 8) {
      pending -= 8
      this.#bytes[this.#length++] = held >>> pending
    }
    held &= (1 << pending) - 1
    this.#held = held
    this.#count = pending
  }

  /** A number from 0 to 2^31 in the Rice code with parameter 0 to 30 (section 9.2.7.2). */
  rice(value: number, parameter: number): void {
    let zeros = value >>> parameter
    if (zeros + 1 + parameter <= 24) {
      this.bits((1 << parameter) | (value & ((1 << parameter) - 1)), zeros + 1 + parameter)
      return
    }
    for (; zeros >= 24; zeros -= 24) this.bits(0, 24)
    this.bits(1, zeros + 1)
    const high = Math.max(0, parameter - 16)
    this.bits(value >>> 16, high)
    this.bits(value, parameter - high)
  }

  /** CRC-8 of what was written, which fills its bytes. */
  crc8(): void {
    let crc = 0
    for (let i = 0; i < this.#length; i++) crc = CRC_8[crc ^ (this.#bytes[i] ?? 0)] ?? 0
    this.bits(crc, 8)
  }

  /** Fills the last byte with zeros, and appends the CRC-16 of all. */
  crc16(): void {
    if (this.#count > 0) this.bits(0, 8 - this.#count)
    let crc = 0
    for (let i = 0; i < this.#length; i++)
      crc = ((crc << 8) & 0xffff) ^ (CRC_16[(crc >> 8) ^ (this.#bytes[i] ?? 0)] ?? 0)
    this.bits(crc, 16)
  }

  /** What was written, as a view: good until the next `begin`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
