import { BitReader } from '../bytes/bit-reader.ts'
import { ProtocolError } from '../errors.ts'
import { NalUnitType, rbspOf } from './h264.ts'
import type { SequenceParameterSet } from './h264-sps.ts'

/** Slices and SEI messages, read where they lie: these functions are called for each NAL unit of a stream. */

/** first_mb_in_slice is 0: the first slice of a picture, where slices are in order. */
export const startsPicture = (bytes: Uint8Array, nalStart: number): boolean =>
  // ue(v) 0 is the bit 1.
  ((bytes[nalStart + 1] ?? 0) & 0x80) !== 0

/**
 * slice_type is I (section 7.4.3, Table 7-6: 2 or 7): nothing of the slice is predicted from another picture.
 */
export function isIntraSlice(bytes: Uint8Array, nalStart: number, nalEnd: number): boolean {
  // Two ue(v) of at most 17 leading zeros and 7 bits: no emulation prevention byte can stand within them, since of
  // 00 00 01 and 00 00 02 and 00 00 03 none begins a number that small.
  const reader = sliceReader.set(bytes, nalStart + 1, nalEnd)
  if (reader.ue() < 0) return false // first_mb_in_slice
  const sliceType = reader.ue()
  return sliceType === 2 || sliceType === 7
}

/** What a slice header says of the order of pictures (section 7.3.3). */
export interface SliceHeader {
  /** The one that it refers to. */
  readonly sps: SequenceParameterSet
  readonly idr: boolean
  /** nal_ref_idc is not 0: other pictures may depend on it. */
  readonly reference: boolean
  readonly frameNum: number
  /** `frame`, or which field it is of one. */
  readonly structure: 'frame' | 'top' | 'bottom'
  readonly picOrderCntLsb: number
  readonly deltaPicOrderCntBottom: number
  readonly deltaPicOrderCnt: readonly [number, number]
}

/** What must be known of the PPS to read a slice header. */
export interface SliceParameters {
  readonly sps: SequenceParameterSet
  readonly bottomFieldPicOrderInFramePresent: boolean
}

/** All that is read of a slice header fits into so many bytes, emulation prevention included. */
const HEADER_BYTES = 64

/**
 * Reads the header of a slice, or of data partition A, in `bytes[nalStart … nalEnd)`.
 * @param parametersOf the sets that belong to a pic_parameter_set_id
 * @returns null where they are not known, or where the header ends early.
 */
export function readSliceHeader(
  bytes: Uint8Array,
  nalStart: number,
  nalEnd: number,
  parametersOf: (pictureParameterSetId: number) => SliceParameters | undefined,
): SliceHeader | null {
  const nal = bytes.subarray(nalStart, Math.min(nalEnd, nalStart + HEADER_BYTES))
  const reader = new BitReader(rbspOf(nal), 'payload-syntax')
  try {
    reader.ue() // first_mb_in_slice
    reader.ue() // slice_type
    const parameters = parametersOf(reader.ue())
    if (!parameters) return null
    return readPictureOrder(reader, nal[0] ?? 0, parameters)
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
}

function readPictureOrder(reader: BitReader, nalHeader: number, parameters: SliceParameters): SliceHeader {
  const { sps, bottomFieldPicOrderInFramePresent } = parameters
  const idr = (nalHeader & 0x1f) === NalUnitType.IdrSlice
  if (sps.separateColourPlanes) reader.skip(2) // colour_plane_id
  const frameNum = reader.bits(sps.frameNumBits)
  // field_pic_flag, bottom_field_flag
  const structure = sps.frameMbsOnly || !reader.flag() ? 'frame' : reader.flag() ? 'bottom' : 'top'
  if (idr) reader.ue() // idr_pic_id
  const { picOrderCnt } = sps
  const hasBottom = bottomFieldPicOrderInFramePresent && structure === 'frame'
  let picOrderCntLsb = 0
  let deltaPicOrderCntBottom = 0
  let first = 0
  let second = 0
  if (picOrderCnt.type === 0) {
    picOrderCntLsb = reader.bits(picOrderCnt.lsbBits)
    if (hasBottom) deltaPicOrderCntBottom = reader.se()
  } else if (picOrderCnt.type === 1 && !picOrderCnt.deltaAlwaysZero) {
    first = reader.se()
    if (hasBottom) second = reader.se()
  }
  return {
    sps,
    idr,
    reference: (nalHeader & 0x60) !== 0,
    frameNum,
    structure,
    picOrderCntLsb,
    deltaPicOrderCntBottom,
    deltaPicOrderCnt: [first, second],
  }
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
 * recovery_frame_cnt of the recovery point message in an SEI NAL unit in `bytes[nalStart … nalEnd)` (section D.1.8), or
 * -1 where it has none. A decoder may start here though the picture is not IDR, as with periodic intra refresh or open
 * groups of pictures: the pictures are right from the one on whose frame_num is so many further.
 */
export function recoveryFrameCount(bytes: Uint8Array, nalStart: number, nalEnd: number): number {
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
    if (type === RECOVERY_POINT) return firstUnsigned(next(), next(), next(), next(), next())
    for (let i = 0; i < size && at < nalEnd; i++) next()
  }
  return -1
}

/** The ue(v) that these bytes begin with; recovery_frame_cnt is below MaxFrameNum, 2^16. */
function firstUnsigned(...bytes: number[]): number {
  const value = sliceReader.set(Uint8Array.from(bytes), 0, bytes.length).ue()
  return Math.min(Math.max(0, value), 0xffff)
}
