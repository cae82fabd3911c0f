import { clamp, int16, saturate16 } from './fixed-point.ts'
import type { SoundDecoder } from './sound-decoder.ts'

/** Bits of a code: 16, 24, 32 or 40 kbit/s. */
export type G726CodeBits = 2 | 3 | 4 | 5

/**
 * How codes lie in bytes: `rfc3551` with the first in the least significant bits (`G726-32`), `aal2` with the first in
 * the most significant (`AAL2-G726-32`, ITU-T I.366.2).
 */
export type G726Packing = 'rfc3551' | 'aal2'

interface Tables {
  /** RECONST: the logarithm of a quantized difference, over the scale factor; −2048 is a difference of zero. */
  readonly logDifference: Int16Array
  /** FUNCTW: what drives the scale factor. */
  readonly scaleChange: Int16Array
  /** FUNCTF: what tells how fast the signal changes. */
  readonly rateOfChange: Int16Array
}

/** The tables have one value for each magnitude: a code with its sign bit set has that of its complement. */
const tables = (logDifference: number[], scaleChange: number[], rateOfChange: number[]): Tables => {
  const mirrored = (half: number[]) => Int16Array.of(...half, ...half.toReversed())
  return {
    logDifference: mirrored(logDifference),
    scaleChange: mirrored(scaleChange),
    rateOfChange: mirrored(rateOfChange),
  }
}

/** ITU-T G.726 (1990) sections 4.2.4 and 4.2.5, tables 5 to 12. */
const TABLES: Readonly<Record<G726CodeBits, Tables>> = {
  2: tables([116, 365], [-22, 439], [0, 7]),
  3: tables([-2048, 135, 273, 373], [-4, 30, 137, 582], [0, 1, 2, 7]),
  4: tables([-2048, 4, 135, 213, 273, 323, 373, 425], [-12, 18, 41, 64, 112, 198, 355, 1122], [0, 0, 0, 1, 1, 1, 3, 7]),
  5: tables(
    [-2048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566],
    [14, 14, 24, 39, 40, 41, 58, 100, 141, 179, 219, 280, 358, 440, 529, 696],
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6],
  ),
}

const ZEROS = 6
const POLES = 2

/** ITU-T G.726: ADPCM at 8,000 samples a second. Names in capitals are those of its blocks and variables. */
export class G726Decoder implements SoundDecoder {
  readonly codec = 'pcm-s16'
  readonly #bits: G726CodeBits
  readonly #packing: G726Packing
  readonly #tables: Tables
  /** Y, YU and YL: the scale factor (as a logarithm), its fast and its slow part. */
  #scale = 544
  #fastScale = 544
  #slowScale = 34_816
  /** AP, DMS and DML: how far the fast part counts, by the means of FUNCTF over a short and a long time. */
  #speed = 0
  #shortMean = 0
  #longMean = 0
  /** TD: a partial band signal, a tone, was detected. */
  #tone = false
  /** PK1 and PK2: signs of the partial reconstructed signal; true below zero. */
  #negative1 = false
  #negative2 = false
  /** SE and SEZ: the prediction, and its part of the zeros. */
  #prediction = 0
  #zeroPrediction = 0
  /** B and DQ, A and SR: coefficients of the predictor, and the signals they belong to, as sign, exponent, mantissa. */
  readonly #b = new Int32Array(ZEROS)
  readonly #a = new Int32Array(POLES)
  readonly #difference = new FloatHistory(ZEROS)
  readonly #reconstructed = new FloatHistory(POLES)

  constructor(bits: G726CodeBits, packing: G726Packing) {
    this.#bits = bits
    this.#packing = packing
    this.#tables = TABLES[bits]
  }

  samplesIn(length: number): number {
    return Math.floor((length * 8) / this.#bits)
  }

  decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void {
    const bits = this.#bits
    const mask = (1 << bits) - 1
    const firstIsLow = this.#packing === 'rfc3551'
    let held = 0
    let count = 0
    let at = 0
    for (let i = start; i < end; i++) {
      held = firstIsLow ? held | ((bytes[i] ?? 0) << count) : ((held << 8) | (bytes[i] ?? 0)) & 0xffff
      count += 8
      while (count >= bits) {
        count -= bits
        const sample = this.#sample((firstIsLow ? held : held >> count) & mask)
        if (firstIsLow) held >>= bits
        into[at++] = sample
        into[at++] = sample >> 8
      }
    }
  }

  /** One code to one sample of 16 bits. */
  #sample(code: number): number {
    const y = this.#scale
    const negative = code >> (this.#bits - 1) === 1
    const magnitude = this.#magnitude(code)
    const dq = negative ? -magnitude : magnitude
    const sr = int16(this.#prediction + dq) // ADDB
    const partial = this.#zeroPrediction + dq // ADDC: DQSEZ

    const transition = this.#isTransition(magnitude)
    this.#adaptPredictor(partial, magnitude, negative, transition)
    this.#difference.push(magnitude, negative)
    this.#reconstructed.push(Math.abs(sr), sr < 0)
    this.#adaptSpeed(this.#tables.rateOfChange[code] ?? 0, y, transition)
    this.#adaptScale(this.#tables.scaleChange[code] ?? 0, y)
    this.#predict()
    // LIMO (annex A): 14 bits, here in 16.
    return saturate16(sr << 2) & ~3
  }

  /** RECONST, ADDA and ANTILOG. */
  #magnitude(code: number): number {
    const log = (this.#tables.logDifference[code] ?? 0) + (this.#scale >> 2)
    return log < 0 ? 0 : ((128 + (log & 127)) << ((log >> 7) & 15)) >> 7
  }

  /** TRANS: a tone ended, which the predictor was made for. */
  #isTransition(magnitude: number): boolean {
    if (!this.#tone) return false
    const exponent = this.#slowScale >> 15
    const fraction = (this.#slowScale >> 10) & 31
    const threshold = exponent > 9 ? 0x7c00 : (32 + fraction) * 2 ** exponent
    return magnitude > (threshold + (threshold >> 1)) >> 1
  }

  /** UPA1, UPA2, UPB and what limits them; then TONE. */
  #adaptPredictor(partial: number, magnitude: number, negative: boolean, transition: boolean): void {
    const a = this.#a
    const isNegative = partial < 0
    if (transition) {
      a.fill(0)
      this.#b.fill(0)
    } else {
      const a1 = a[0] ?? 0
      let a2 = a[1] ?? 0
      a2 -= a2 >> 7
      let next = a1 - (a1 >> 8)
      if (partial !== 0) {
        const differs = isNegative !== this.#negative1
        const cross = differs ? a1 : -a1
        a2 += cross < -8191 ? -256 : cross > 8191 ? 255 : cross >> 5
        a2 += isNegative !== this.#negative2 ? -128 : 128
        next += differs ? -192 : 192
      }
      a2 = clamp(a2, -12_288, 12_288) // LIMC
      const bound = 15_360 - a2 // LIMD
      a[0] = clamp(next, -bound, bound)
      a[1] = a2
      this.#adaptZeros(magnitude, negative)
    }
    this.#tone = !transition && (a[1] ?? 0) < -11_776
    this.#negative2 = this.#negative1
    this.#negative1 = isNegative
  }

  #adaptZeros(magnitude: number, negative: boolean): void {
    const b = this.#b
    const leak = this.#bits === 5 ? 9 : 8
    for (let i = 0; i < ZEROS; i++) {
      const coefficient = b[i] ?? 0
      const change = magnitude === 0 ? 0 : negative === this.#difference.isNegative(i) ? 128 : -128
      b[i] = int16(coefficient - (coefficient >> leak) + change)
    }
  }

  /** FILTA, FILTB, SUBTC, FILTC, TRIGA. */
  #adaptSpeed(rateOfChange: number, y: number, transition: boolean): void {
    this.#shortMean += ((rateOfChange << 9) - this.#shortMean) >> 5
    this.#longMean += ((rateOfChange << 11) - this.#longMean) >> 7
    const changes = Math.abs((this.#shortMean << 2) - this.#longMean) >= this.#longMean >> 3
    const target = y < 1536 || this.#tone || changes ? 512 : 0
    this.#speed = transition ? 256 : this.#speed + ((target - this.#speed) >> 4)
  }

  /** FILTD, LIMB, FILTE; then LIMA and MIX, for the next sample. */
  #adaptScale(change: number, y: number): void {
    this.#fastScale = clamp(y + (((change << 5) - y) >> 5), 544, 5120)
    this.#slowScale += this.#fastScale + (-this.#slowScale >> 6)
    const slow = this.#slowScale >> 6
    const share = this.#speed >= 256 ? 64 : this.#speed >> 2
    const difference = this.#fastScale - slow
    // A magnitude is multiplied and cut off, whatever the sign.
    this.#scale = slow + (difference < 0 ? -((-difference * share) >> 6) : (difference * share) >> 6)
  }

  /** FMULT and ACCUM. */
  #predict(): void {
    let sum = 0
    for (let i = 0; i < ZEROS; i++) sum += this.#difference.multiply(i, this.#b[i] ?? 0)
    this.#zeroPrediction = int16(sum) >> 1
    for (let i = 0; i < POLES; i++) sum += this.#reconstructed.multiply(i, this.#a[i] ?? 0)
    this.#prediction = int16(sum) >> 1
  }
}

/** The newest values of a signal in floating point of 11 bits (FLOATA, FLOATB): sign, exponent 4, mantissa 6. */
class FloatHistory {
  readonly #exponents: Int32Array
  readonly #mantissas: Int32Array
  readonly #signs: Uint8Array

  constructor(length: number) {
    this.#exponents = new Int32Array(length)
    this.#mantissas = new Int32Array(length).fill(32)
    this.#signs = new Uint8Array(length)
  }

  isNegative(index: number): boolean {
    return this.#signs[index] === 1
  }

  push(magnitude: number, negative: boolean): void {
    this.#exponents.copyWithin(1, 0)
    this.#mantissas.copyWithin(1, 0)
    this.#signs.copyWithin(1, 0)
    const exponent = exponentOf(magnitude)
    this.#exponents[0] = exponent
    this.#mantissas[0] = mantissaOf(magnitude, exponent)
    this.#signs[0] = negative ? 1 : 0
  }

  /** FMULT: times a coefficient of 16 bits, of which 14 lie behind the point. */
  multiply(index: number, coefficient: number): number {
    const negative = coefficient < 0
    const magnitude = (negative ? -(coefficient >> 2) : coefficient >> 2) & 0x1fff
    const exponent = exponentOf(magnitude)
    const mantissa = (mantissaOf(magnitude, exponent) * (this.#mantissas[index] ?? 0) + 48) >> 4
    const shift = exponent + (this.#exponents[index] ?? 0) - 19
    const product = shift >= 0 ? (mantissa << shift) & 0x7fff : mantissa >> -shift
    return negative === this.isNegative(index) ? product : -product
  }
}

const exponentOf = (magnitude: number): number => 32 - Math.clz32(magnitude)
const mantissaOf = (magnitude: number, exponent: number): number =>
  magnitude === 0 ? 32 : (magnitude << 6) >> exponent
