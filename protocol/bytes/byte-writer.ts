/** A growing big-endian writer, for structures that are written seldom (packets and fragments have their own, fixed paths). */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  /** Begins anew in the same buffer. */
  clear(): void {
    this.#length = 0
  }

  u8(value: number): this {
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
    return this
  }

  u16(value: number): this {
    const at = this.#reserve(2)
    this.#view.setUint16(at, value)
    return this
  }

  u24(value: number): this {
    const at = this.#reserve(3)
    this.#view.setUint8(at, value >>> 16)
    this.#view.setUint16(at + 1, value & 0xffff)
    return this
  }

  u32(value: number): this {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value >>> 0)
    return this
  }

  /** Exact up to 2^53. */
  u64(value: number): this {
    const at = this.#reserve(8)
    this.#view.setUint32(at, Math.floor(value / 0x1_0000_0000))
    this.#view.setUint32(at + 4, value >>> 0)
    return this
  }

  write(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** Each character as one byte; for the four-character codes and the text of headers. */
  ascii(text: string): this {
    const at = this.#reserve(text.length)
    for (let i = 0; i < text.length; i++) this.#bytes[at + i] = text.charCodeAt(i)
    return this
  }

  /** Overwrites 16 bits written before. */
  patchU16(at: number, value: number): void {
    this.#view.setUint16(at, value)
  }

  /** Overwrites 32 bits written before. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value >>> 0)
  }

  /** What was written, as a view: it is good until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** What was written, as bytes of their own. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Call before looking at `#view`: growing replaces it. */
  #reserve(length: number): number {
    const at = this.#length
    const needed = at + length
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length = needed
    return at
  }
}
