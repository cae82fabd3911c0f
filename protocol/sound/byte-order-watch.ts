import { int16 } from './fixed-point.ts'

/** Sound changes little from sample to sample; read in the wrong order it is noise. So many times louder, at least. */
const CLEARLY = 4
/** Evidence before a verdict: samples, and different ones among them, for a tone of a few values is smooth by chance. */
const FEWEST_SAMPLES = 128
const FEWEST_VALUES = 16
/** Bits of the set in which different samples are counted, roughly: some share one. */
const SET_BITS = 256

/**
 * Finds out in which order the two bytes of 16-bit samples stand, by which reading is the smoother: the sum of the
 * differences between neighbours. Silence says nothing, for zero reads the same both ways. The order is that of the RFC
 * until the other is clearly better, and settled for good by then, or after one second of sound.
 */
export class ByteOrderWatch {
  readonly #channels: number
  /** Samples that are not silence, until the order is settled. */
  #left: number
  #samples = 0
  #order: 'big' | 'little' = 'big'
  #settled = false
  /** Sums of differences by reading. */
  #big = 0
  #little = 0
  /** The same without the byte that is less significant in that reading. */
  #bigHigh = 0
  #littleHigh = 0
  /** Bits that were set in any of the first bytes, and of the second. */
  #first = 0
  #second = 0
  readonly #set = new Uint8Array(SET_BITS)
  #values = 0

  constructor(sampleRate: number, channels: number) {
    this.#channels = channels
    this.#left = sampleRate * channels
  }

  /** Listens to the samples in `bytes[start … end)`, and tells how to read them. */
  listen(bytes: Uint8Array, start: number, end: number): 'big' | 'little' {
    if (!this.#settled) this.#compare(bytes, start, end)
    return this.#order
  }

  #compare(bytes: Uint8Array, start: number, end: number): void {
    const before = this.#channels * 2
    for (let i = start + before; i + 1 < end; i += 2) {
      const a = bytes[i] ?? 0
      const b = bytes[i + 1] ?? 0
      // Zero and minus one read the same.
      if (a === b) continue
      const c = bytes[i - before] ?? 0
      const d = bytes[i - before + 1] ?? 0
      this.#big += Math.abs(int16((a << 8) | b) - int16((c << 8) | d))
      this.#little += Math.abs(int16((b << 8) | a) - int16((d << 8) | c))
      this.#bigHigh += Math.abs(int16(a << 8) - int16(c << 8)) >> 8
      this.#littleHigh += Math.abs(int16(b << 8) - int16(d << 8)) >> 8
      this.#first |= a
      this.#second |= b
      this.#note(a ^ (b * 37))
      this.#samples++
      this.#left--
    }
    this.#decide()
  }

  #decide(): void {
    if (this.#values < FEWEST_VALUES || this.#samples < FEWEST_SAMPLES) return
    // Sound of 8 bits in 16 has a byte that is always zero: then the reading that has it on top is the quieter one by
    // that alone, and only the other bytes are compared.
    const coarse = this.#first === 0 || this.#second === 0
    const big = coarse && this.#second === 0 ? this.#bigHigh : this.#big
    const little = coarse && this.#first === 0 ? this.#littleHigh : this.#little
    if (little * CLEARLY <= big) this.#order = 'little'
    this.#settled = this.#order === 'little' || big * CLEARLY <= little || this.#left <= 0
  }

  #note(hash: number): void {
    const bit = hash & (SET_BITS - 1)
    if (this.#set[bit] === 0) this.#values++
    this.#set[bit] = 1
  }
}
