import { clamp, saturate16 } from './fixed-point.ts'
import type { SoundDecoder } from './sound-decoder.ts'

// Tables of ITU-T G.722 (2012), named as there.
/** Table 14/G.722, INVQBL: the quantizer of 6 bits, outputs of the inverse one. */
// biome-ignore format: a table
const QM6 = Int16Array.of(
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
  -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
  24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
  4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
)
/** INVQAL: 4 bits, which alone drive the predictor. */
// biome-ignore format: a table
const QM4 = Int16Array.of(
  0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
)
/** INVQAH: the higher band's 2 bits. */
const QM2 = Int16Array.of(-7408, -1616, 7408, 1616)
/** LOGSCL and LOGSCH: by how much a code changes the logarithm of the scale factor (WL by RL42, WH by RH2). */
// biome-ignore format: a table
const WL = Int16Array.of(-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60)
const WH = Int16Array.of(798, -214, 798, -214)
/** SCALEL and SCALEH: 2^(n/32), 11 bits behind the point. */
// biome-ignore format: a table
const ILB = Int16Array.of(
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
  2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
)
/** Half of the coefficients of the receive QMF (Table 11/G.722); the others are the same backwards. */
const QMF = Int16Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11)
const QMF_TAPS = 24

/** ADPCM of one band: block 3 (scale factor) and block 4 (predictor), the same in encoder and decoder. */
class Band {
  /** DET: the scale factor. */
  scale: number
  /** S: what the predictor expects. */
  prediction = 0
  /** NB: the logarithm of the scale factor, and its bounds. */
  #logScale = 0
  readonly #largestLogScale: number
  readonly #shift: number
  /** SZ: the part of the prediction that comes of the zeros. */
  #zeros = 0
  /** RLT and PLT, the newest of each; AL. */
  #r1 = 0
  #p1 = 0
  #p2 = 0
  #a1 = 0
  #a2 = 0
  /** DLT, the newest six, and BL, their coefficients. */
  readonly #d = new Int32Array(6)
  readonly #b = new Int32Array(6)

  constructor(scale: number, largestLogScale: number, shift: number) {
    this.scale = scale
    this.#largestLogScale = largestLogScale
    this.#shift = shift
  }

  /** LOGSCL and SCALEL, or LOGSCH and SCALEH. */
  adaptScale(change: number): void {
    const log = clamp(((this.#logScale * 127) >> 7) + change, 0, this.#largestLogScale)
    this.#logScale = log
    const mantissa = ILB[(log >> 6) & 31] ?? 0
    const shift = this.#shift - (log >> 11)
    this.scale = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2
  }

  /** Block 4: adapts the predictor to the quantized difference `d`, and predicts the next sample. */
  predict(d: number): void {
    const r = saturate16(this.prediction + d) // RECONS
    const p = saturate16(this.#zeros + d) // PARREC
    const sameAsBefore = p < 0 === this.#p1 < 0

    // UPPOL2
    const doubled = saturate16(this.#a1 << 2)
    const cross = Math.min(sameAsBefore ? -doubled : doubled, 32_767) >> 7
    const a2 = cross + (p < 0 === this.#p2 < 0 ? 128 : -128) + ((this.#a2 * 32_512) >> 15)
    this.#a2 = clamp(a2, -12_288, 12_288)

    // UPPOL1
    const a1 = saturate16((sameAsBefore ? 192 : -192) + ((this.#a1 * 32_640) >> 15))
    const bound = 15_360 - this.#a2
    this.#a1 = clamp(a1, -bound, bound)

    // FILTEP
    const poles = ((this.#a1 * saturate16(r + r)) >> 15) + ((this.#a2 * saturate16(this.#r1 + this.#r1)) >> 15)
    this.#r1 = r
    this.#p2 = this.#p1
    this.#p1 = p

    this.#zeros = this.#adaptZeros(d)
    this.prediction = saturate16(saturate16(poles) + this.#zeros) // PREDIC
  }

  /** UPZERO, DELAYA and FILTEZ, from the oldest to the newest. */
  #adaptZeros(newest: number): number {
    const d = this.#d
    const b = this.#b
    const step = newest === 0 ? 0 : 128
    let sum = 0
    for (let i = 5; i >= 0; i--) {
      const change = newest < 0 === (d[i] ?? 0) < 0 ? step : -step
      const coefficient = saturate16(change + (((b[i] ?? 0) * 32_640) >> 15))
      const delayed = i > 0 ? (d[i - 1] ?? 0) : newest
      b[i] = coefficient
      d[i] = delayed
      sum += (coefficient * saturate16(delayed + delayed)) >> 15
    }
    return saturate16(sum)
  }
}

/**
 * ITU-T G.722 in mode 1, 64 kbit/s: a byte is a code of the higher band (2 bits) and one of the lower (6 bits), and
 * becomes two samples, of 16,000 a second.
 */
export class G722Decoder implements SoundDecoder {
  readonly codec = 'pcm-s16'
  readonly #lower = new Band(32, 18_432, 8)
  readonly #higher = new Band(8, 22_528, 10)
  /** The newest sums and differences of the bands, twice: a window that needs no shifting begins at `#at`. */
  readonly #history = new Int32Array(QMF_TAPS * 2)
  #at = 0

  samplesIn(length: number): number {
    return length * 2
  }

  decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void {
    let out = 0
    for (let i = start; i < end; i++) {
      const code = bytes[i] ?? 0
      const low = this.#decodeLower(code & 0x3f)
      const high = this.#decodeHigher(code >> 6)
      this.#push(low + high, low - high)
      let odd = 0
      let even = 0
      const history = this.#history
      for (let tap = 0, at = this.#at; tap < QMF.length; tap++, at += 2) {
        odd += (history[at] ?? 0) * (QMF[tap] ?? 0)
        even += (history[at + 1] ?? 0) * (QMF[QMF.length - 1 - tap] ?? 0)
      }
      const first = saturate16(even >> 11)
      const second = saturate16(odd >> 11)
      into[out++] = first
      into[out++] = first >> 8
      into[out++] = second
      into[out++] = second >> 8
    }
  }

  #decodeLower(code: number): number {
    const band = this.#lower
    const sample = limit15(band.prediction + ((band.scale * (QM6[code] ?? 0)) >> 15)) // INVQBL, RECONS, LIMIT
    const coarse = code >> 2
    const difference = (band.scale * (QM4[coarse] ?? 0)) >> 15 // INVQAL
    band.adaptScale(WL[coarse] ?? 0)
    band.predict(difference)
    return sample
  }

  #decodeHigher(code: number): number {
    const band = this.#higher
    const difference = (band.scale * (QM2[code] ?? 0)) >> 15 // INVQAH
    const sample = limit15(band.prediction + difference)
    band.adaptScale(WH[code] ?? 0)
    band.predict(difference)
    return sample
  }

  #push(sum: number, difference: number): void {
    const at = this.#at
    this.#history[at] = sum
    this.#history[at + 1] = difference
    this.#history[at + QMF_TAPS] = sum
    this.#history[at + QMF_TAPS + 1] = difference
    this.#at = (at + 2) % QMF_TAPS
  }
}

/** LIMIT: 15 bits. */
const limit15 = (value: number): number => clamp(value, -16_384, 16_383)
