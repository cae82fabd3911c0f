import { clamp, saturate16 } from './fixed-point.ts'
import type { SoundDecoder } from './sound-decoder.ts'

/** Bytes in front of the codes: predict (16 bits), index, reserved. */
const HEADER_BYTES = 4

// IMA Digital Audio Focus and Technical Working Group, Recommended Practices for Enhancing Digital Audio Compatibility,
// revision 3.00, tables 1 and 2.
// biome-ignore format: a table
const INDEX_CHANGES = Int8Array.of(-1, -1, -1, -1, 2, 4, 6, 8)
// biome-ignore format: a table
const STEPS = Int16Array.of(
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118,
  130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060,
  1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132,
  7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
)
const LAST_INDEX = STEPS.length - 1

/** DVI4 (RFC 3551 section 4.5.1): ADPCM of the IMA in 4 bits. Each packet states the state that it begins with. */
export class Dvi4Decoder implements SoundDecoder {
  readonly codec = 'pcm-s16'

  samplesIn(length: number): number {
    return Math.max(0, length - HEADER_BYTES) * 2
  }

  decode(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void {
    if (end - start <= HEADER_BYTES) return
    let sample = (((bytes[start] ?? 0) << 24) >> 16) | (bytes[start + 1] ?? 0)
    let index = Math.min(bytes[start + 2] ?? 0, LAST_INDEX)
    let at = 0
    for (let i = start + HEADER_BYTES; i < end; i++) {
      // The first of two is in the more significant bits.
      for (let shift = 4; shift >= 0; shift -= 4) {
        const code = ((bytes[i] ?? 0) >> shift) & 0x0f
        const step = STEPS[index] ?? 7
        let difference = step >> 3
        if (code & 4) difference += step
        if (code & 2) difference += step >> 1
        if (code & 1) difference += step >> 2
        sample = saturate16(code & 8 ? sample - difference : sample + difference)
        index = clamp(index + (INDEX_CHANGES[code & 7] ?? 0), 0, LAST_INDEX)
        into[at++] = sample
        into[at++] = sample >> 8
      }
    }
  }
}
