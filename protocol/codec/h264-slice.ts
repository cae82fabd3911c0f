import { NalUnitType } from './h264.ts'

/** Slices and SEI messages, read where they lie: these functions are called for each NAL unit of a stream. */

/** first_mb_in_slice is 0: the first slice of a picture, where slices are in order. */
export const startsPicture = (bytes: Uint8Array, nalStart: number): boolean =>
  // ue(v) 0 is the bit 1.
  ((bytes[nalStart + 1] ?? 0) & 0x80) !== 0

/** slice_type is B (section 7.4.3, Table 7-6: 1 or 6). */
export function isBSlice(bytes: Uint8Array, nalStart: number, nalEnd: number): boolean {
  if (((bytes[nalStart] ?? 0) & 0x1f) === NalUnitType.IdrSlice) return false
  // Two ue(v) of at most 17 leading zeros and 7 bits: no emulation prevention byte can stand within them, since of
  // 00 00 01 and 00 00 02 and 00 00 03 none begins a number that small.
  const reader = sliceReader.set(bytes, nalStart + 1, nalEnd)
  if (reader.ue() < 0) return false // first_mb_in_slice
  const sliceType = reader.ue()
  return sliceType === 1 || sliceType === 6
}

/** ue(v) without range errors: past the end it reads zeros, and a code that is too long is no slice type. */
class UnsignedReader {
  #bytes: Uint8Array = new Uint8Array(0)
  #bit = 0
  #end = 0

  set(bytes: Uint8Array, start: number, end: number): this {
    this.#bytes = bytes
    this.#bit = start * 8
    this.#end = end * 8
    return this
  }

  ue(): number {
    let zeros = 0
    while (this.#bit < this.#end && this.#next() === 0) zeros++
    if (zeros > 24) return -1
    let code = 1
    for (let i = 0; i < zeros; i++) code = code * 2 + this.#next()
    return code - 1
  }

  #next(): number {
    const bit = this.#bit++
    return bit < this.#end ? ((this.#bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1 : 0
  }
}
const sliceReader = new UnsignedReader()

/** Annex D, Table D-1. */
const RECOVERY_POINT = 6

/**
 * An SEI NAL unit in `bytes[nalStart … nalEnd)` holds a recovery point message (section D.1.8): a decoder may start
 * here though the picture is not IDR, as with periodic intra refresh or open groups of pictures.
 */
export function hasRecoveryPoint(bytes: Uint8Array, nalStart: number, nalEnd: number): boolean {
  // Emulation prevention bytes would only matter within the messages that stand before it; their sizes count without.
  let at = nalStart + 1
  let zeros = 0
  const next = (): number => {
    let byte = bytes[at++] ?? 0
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      byte = bytes[at++] ?? 0
    }
    zeros = byte === 0 ? zeros + 1 : 0
    return byte
  }
  // Two bytes at least for a message; the last byte is rbsp_trailing_bits.
  while (at + 2 < nalEnd) {
    let type = 0
    let size = 0
    let byte = 0
    do type += byte = next()
    while (byte === 0xff && at < nalEnd)
    do size += byte = next()
    while (byte === 0xff && at < nalEnd)
    if (type === RECOVERY_POINT) return true
    for (let i = 0; i < size && at < nalEnd; i++) next()
  }
  return false
}
