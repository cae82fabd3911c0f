/** A growing writer of bits, most significant first, with the Exp-Golomb code of H.264 and H.265; for parameter sets. */
export class BitWriter {
  readonly #bytes: number[] = []
  /** Bits of the last byte that are written; 0 where it is full. */
  #used = 0

  /** An unsigned number in 0 to 32 bits. */
  bits(count: number, value: number): this {
    for (let bit = count - 1; bit >= 0; bit--) this.#bit(Math.floor(value / 2 ** bit) & 1)
    return this
  }

  flag(value: boolean): this {
    return this.bits(1, value ? 1 : 0)
  }

  /** ue(v): unsigned Exp-Golomb, of up to 2^32 - 2. */
  ue(value: number): this {
    const length = Math.floor(Math.log2(value + 1))
    return this.bits(length, 0).bits(length + 1, value + 1)
  }

  /** The first bits of other bytes. */
  copy(bytes: Uint8Array, count: number): this {
    for (let bit = 0; bit < count; bit++) this.#bit(((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
    return this
  }

  /** What was written, as bytes of their own; the bits that are missing in the last are 0. */
  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  #bit(bit: number): void {
    if (this.#used === 0) this.#bytes.push(0)
    const last = this.#bytes.length - 1
    this.#bytes[last] = (this.#bytes[last] ?? 0) | (bit << (7 - this.#used))
    this.#used = (this.#used + 1) & 7
  }
}
