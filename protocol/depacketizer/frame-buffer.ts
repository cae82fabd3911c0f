import { LIMITS } from '../limits.ts'

/** Bytes of a frame, or of several, in a buffer that grows up to `LIMITS.accessUnitBytes` and is used again. */
export class FrameBuffer {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(8 * 1024)
  length = 0

  clear(): void {
    this.length = 0
  }

  /** @returns false where the bound is reached; then nothing is appended. */
  append(source: Uint8Array, start: number, end: number): boolean {
    if (!this.#reserve(end - start)) return false
    this.bytes.set(source.subarray(start, end), this.length)
    this.length += end - start
    return true
  }

  /**
   * Appends whole bytes that begin at any bit; the caller has checked that they are there.
   *
   * @returns false where the bound is reached; then nothing is appended.
   */
  appendBits(source: Uint8Array, bit: number, count: number): boolean {
    const start = bit >> 3
    const shift = bit & 7
    if (shift === 0) return this.append(source, start, start + count)
    if (!this.#reserve(count)) return false
    for (let i = 0; i < count; i++) {
      const pair = ((source[start + i] ?? 0) << 8) | (source[start + i + 1] ?? 0)
      this.bytes[this.length++] = pair >> (8 - shift)
    }
    return true
  }

  /** What lies there, as a view: good until the next `append`. */
  view(start: number, end: number): Uint8Array {
    return this.bytes.subarray(start, end)
  }

  #reserve(count: number): boolean {
    const needed = this.length + count
    if (needed > LIMITS.accessUnitBytes) return false
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
      grown.set(this.bytes.subarray(0, this.length))
      this.bytes = grown
    }
    return true
  }
}
