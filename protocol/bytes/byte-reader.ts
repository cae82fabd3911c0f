import { ProtocolError, type ProtocolErrorCode } from '../errors.ts'

/**
 * A range-checked big-endian cursor. Reading past the end throws `code` with the byte, instead of giving zeros that
 * look like data.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  position: number
  readonly end: number
  readonly #view: DataView
  readonly #code: ProtocolErrorCode

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, code: ProtocolErrorCode = 'out-of-range') {
    this.bytes = bytes
    this.position = start
    this.end = end
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#code = code
  }

  get remaining(): number {
    return this.end - this.position
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2))
  }

  u24(): number {
    const at = this.#advance(3)
    return (this.#view.getUint8(at) << 16) | this.#view.getUint16(at + 1)
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4))
  }

  /** Exact up to 2^53. */
  u64(): number {
    const at = this.#advance(8)
    return this.#view.getUint32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4)
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const at = this.#advance(length)
    return this.bytes.subarray(at, at + length)
  }

  skip(length: number): void {
    this.#advance(length)
  }

  #advance(length: number): number {
    const at = this.position
    if (length < 0 || at + length > this.end) {
      throw new ProtocolError(this.#code, `${length} bytes wanted at byte ${at}, ${this.end - at} left`, {
        place: { byte: at },
      })
    }
    this.position = at + length
    return at
  }
}
