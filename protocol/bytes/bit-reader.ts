import { ProtocolError, type ProtocolErrorCode } from '../errors.ts'

/** A range-checked reader of bits, most significant first, with the Exp-Golomb codes of H.264 and H.265 (section 9.1 and 9.2). */
export class BitReader {
  readonly #bytes: Uint8Array
  readonly #code: ProtocolErrorCode
  #bit = 0

  constructor(bytes: Uint8Array, code: ProtocolErrorCode = 'out-of-range') {
    this.#bytes = bytes
    this.#code = code
  }

  /** Bits read so far. */
  get position(): number {
    return this.#bit
  }

  get remaining(): number {
    return this.#bytes.length * 8 - this.#bit
  }

  /** An unsigned number of 0 to 32 bits. */
  bits(count: number): number {
    if (count > this.remaining) throw this.#short(count)
    let value = 0
    let left = count
    while (left > 0) {
      const byte = this.#bytes[this.#bit >> 3] ?? 0
      const available = 8 - (this.#bit & 7)
      const taken = Math.min(available, left)
      const part = (byte >> (available - taken)) & ((1 << taken) - 1)
      value = value * 2 ** taken + part
      this.#bit += taken
      left -= taken
    }
    return value
  }

  /** The next bits, which stay to be read. */
  peek(count: number): number {
    const start = this.#bit
    const value = this.bits(count)
    this.#bit = start
    return value
  }

  flag(): boolean {
    return this.bits(1) === 1
  }

  skip(count: number): void {
    if (count > this.remaining) throw this.#short(count)
    this.#bit += count
  }

  /** ue(v): unsigned Exp-Golomb. */
  ue(): number {
    let zeros = 0
    while (!this.flag()) {
      // 32 leading zeros are the longest code the standards allow; more is not Exp-Golomb.
      if (++zeros > 32) {
        throw new ProtocolError(this.#code, `no Exp-Golomb code ends at bit ${this.#bit}`, {
          place: { byte: this.#bit >> 3 },
        })
      }
    }
    return zeros === 0 ? 0 : 2 ** zeros - 1 + this.bits(zeros)
  }

  /** se(v): signed Exp-Golomb. */
  se(): number {
    const code = this.ue()
    return code % 2 === 1 ? (code + 1) / 2 : code === 0 ? 0 : -(code / 2)
  }

  #short(count: number): ProtocolError {
    return new ProtocolError(this.#code, `${count} bits wanted at bit ${this.#bit}, ${this.remaining} left`, {
      place: { byte: this.#bit >> 3 },
    })
  }
}
