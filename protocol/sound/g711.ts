import type { SoundDecoder } from './sound-decoder.ts'

/** The two laws of ITU-T G.711: `mu` in North America and Japan (PCMU), `a` elsewhere (PCMA). */
export type G711Law = 'mu' | 'a'

/** G.711 gives the laws' decision values for 14 bits (µ) and 13 bits (A); in 16 bits they are 4 and 8 times those. */
const MU_BIAS = 33 * 4
const MU_LARGEST = 8158 * 4 + 3

/** The sample that a code stands for (Table 2b/G.711), in 16 bits. */
function decodeMuLaw(code: number): number {
  const inverted = ~code & 0xff
  const magnitude = ((((inverted & 0x0f) << 3) + MU_BIAS) << ((inverted & 0x70) >> 4)) - MU_BIAS
  return inverted & 0x80 ? -magnitude : magnitude
}

/** The sample that a code stands for (Table 1b/G.711, even bits inverted), in 16 bits. */
function decodeALaw(code: number): number {
  const inverted = code ^ 0x55
  const segment = (inverted & 0x70) >> 4
  const step = ((inverted & 0x0f) << 1) + 1
  const magnitude = (segment === 0 ? step : step + 32) << (segment === 0 ? 3 : segment + 2)
  return inverted & 0x80 ? magnitude : -magnitude
}

/** The code of a sample of 16 bits; below zero the intervals are those above, mirrored. */
export function encodeMuLaw(sample: number): number {
  const magnitude = Math.min(sample < 0 ? -sample : sample, MU_LARGEST) + MU_BIAS
  const segment = 24 - Math.clz32(magnitude)
  const code = (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)
  return ~(sample < 0 ? code | 0x80 : code) & 0xff
}

/** The code of a sample of 16 bits. */
export function encodeALaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 3
  const segment = magnitude < 32 ? 0 : 27 - Math.clz32(magnitude)
  const code = (segment << 4) | ((magnitude >> (segment || 1)) & 0x0f)
  return (sample < 0 ? code : code | 0x80) ^ 0x55
}

const TABLES: Readonly<Record<G711Law, Int16Array>> = {
  mu: Int16Array.from({ length: 256 }, (_, code) => decodeMuLaw(code)),
  a: Int16Array.from({ length: 256 }, (_, code) => decodeALaw(code)),
}

/** ITU-T G.711: a byte is a sample, and no sample depends on another. */
export class G711Decoder implements SoundDecoder {
  readonly codec = 'pcm-s16'
  readonly #table: Int16Array

  constructor(law: G711Law) {
    this.#table = TABLES[law]
  }

  samplesIn(length: number): number {
    return length
  }

  decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void {
    const table = this.#table
    let at = 0
    for (let i = start; i < end; i++) {
      const sample = table[bytes[i] ?? 0] ?? 0
      into[at++] = sample
      into[at++] = sample >> 8
    }
  }
}
