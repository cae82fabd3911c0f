import { BitReader } from '../bytes/bit-reader.ts'
import { ProtocolError } from '../errors.ts'
import { invalidParameterSet, NalUnitType, nalUnitTypeOf, rbspOf } from './h264.ts'

/** A sequence parameter set, and where in it the VUI lies, for whoever rewrites that. */
export interface LocatedSequenceParameterSet {
  /** Of the NAL unit. */
  readonly header: number
  readonly sps: SequenceParameterSet
  /** Without NAL unit header and emulation prevention. */
  readonly rbsp: Uint8Array
  /** Bit of `rbsp` with vui_parameters_present_flag. */
  readonly vuiFlag: number
  /** Bit of `rbsp` with bitstream_restriction_flag; undefined where there is no VUI, or none that can be read. */
  readonly bitstreamRestrictionFlag: number | undefined
}

/** What a player needs of a sequence parameter set (ITU-T H.264 section 7.3.2.1.1). */
export interface SequenceParameterSet {
  readonly id: number
  readonly profileIdc: number
  /** constraint_set0_flag in the highest bit, to constraint_set5_flag and two reserved bits. */
  readonly constraintFlags: number
  readonly levelIdc: number
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  /** A slice says to which of the three colour planes it belongs. */
  readonly separateColourPlanes: boolean
  /** Bits of frame_num, 4 to 16. */
  readonly frameNumBits: number
  readonly picOrderCnt: PicOrderCntCoding
  readonly maxNumRefFrames: number
  /** False where pictures may be fields: two of them, with one timestamp, make a frame. */
  readonly frameMbsOnly: boolean
  /** Coded size in macroblocks, of a frame. */
  readonly widthInMacroblocks: number
  readonly heightInMacroblocks: number
  /** Picture size in pixels, after cropping. */
  readonly width: number
  readonly height: number
  /** Video usability information; undefined where there is none or where it cannot be read. */
  readonly vui: VideoUsabilityInformation | undefined
}

/** How the slices say in which order pictures are shown: pic_order_cnt_type and what goes with it (section 8.2.1). */
export type PicOrderCntCoding =
  /** Each slice has the low bits of the count: 4 to 16 of them. */
  | { readonly type: 0; readonly lsbBits: number }
  /** The count follows from frame_num and a cycle of offsets; slices may say by how much it is off. */
  | {
      readonly type: 1
      readonly deltaAlwaysZero: boolean
      readonly offsetForNonRefPic: number
      readonly offsetForTopToBottomField: number
      /** 0 to 255 of them. */
      readonly offsetsForRefFrame: readonly number[]
    }
  /** Output order is decoding order. */
  | { readonly type: 2 }

/** Annex E, as far as it is of use here. */
export interface VideoUsabilityInformation {
  /** Sample aspect ratio, width over height; 1 where it is not stated. */
  readonly pixelAspectRatio: number
  /** Seconds between two fields: num_units_in_tick over time_scale. A frame lasts two of them. */
  readonly fieldSeconds: number | undefined
  /** bitstream_restriction: max_num_reorder_frames; undefined where it is not stated. */
  readonly maxNumReorderFrames: number | undefined
}

/** Profiles whose SPS states chroma format, bit depth and scaling lists (section 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])

/** Table E-1, aspect_ratio_idc 0 (unspecified) to 16. */
const SAMPLE_ASPECT_RATIOS = [
  1,
  1,
  12 / 11,
  10 / 11,
  16 / 11,
  40 / 33,
  24 / 11,
  20 / 11,
  32 / 11,
  80 / 33,
  18 / 11,
  15 / 11,
  64 / 33,
  160 / 99,
  4 / 3,
  3 / 2,
  2,
]
const EXTENDED_SAR = 255

/** Table A-1: level 6.2 allows 139264 macroblocks, and a side the square root of eight times as many (A.3.1). */
const MAXIMUM_SIDE_IN_MACROBLOCKS = 1055
const MAXIMUM_MACROBLOCKS = 139_264

/**
 * Reads an SPS NAL unit (header byte included, no start code).
 * @throws ProtocolError `parameter-sets-invalid` where it ends early or states what no level allows.
 */
export const parseSequenceParameterSet = (nal: Uint8Array): SequenceParameterSet => locateSequenceParameterSet(nal).sps

/** As `parseSequenceParameterSet`, with the places of the flags that a rewrite needs. */
export function locateSequenceParameterSet(nal: Uint8Array): LocatedSequenceParameterSet {
  if (nalUnitTypeOf(nal) !== NalUnitType.SequenceParameterSet) throw invalidParameterSet('not an SPS')
  const rbsp = rbspOf(nal)
  const reader = new BitReader(rbsp, 'parameter-sets-invalid')
  const profileIdc = reader.bits(8)
  const constraintFlags = reader.bits(8)
  const levelIdc = reader.bits(8)
  const id = atMost(31, reader.ue(), 'seq_parameter_set_id')

  let chromaFormatIdc = 1
  let separateColourPlanes = false
  let bitDepthLuma = 8
  let bitDepthChroma = 8
  if (HIGH_PROFILES.has(profileIdc)) {
    chromaFormatIdc = atMost(3, reader.ue(), 'chroma_format_idc')
    if (chromaFormatIdc === 3) separateColourPlanes = reader.flag()
    bitDepthLuma = 8 + atMost(6, reader.ue(), 'bit_depth_luma_minus8')
    bitDepthChroma = 8 + atMost(6, reader.ue(), 'bit_depth_chroma_minus8')
    reader.skip(1) // qpprime_y_zero_transform_bypass_flag
    if (reader.flag()) skipScalingLists(reader, chromaFormatIdc === 3 ? 12 : 8)
  }

  const frameNumBits = 4 + atMost(12, reader.ue(), 'log2_max_frame_num_minus4')
  const picOrderCnt = readPicOrderCntCoding(reader)
  const maxNumRefFrames = reader.ue()
  reader.skip(1) // gaps_in_frame_num_value_allowed_flag

  const widthInMacroblocks = 1 + atMost(MAXIMUM_SIDE_IN_MACROBLOCKS - 1, reader.ue(), 'pic_width_in_mbs_minus1')
  const heightInMapUnits = 1 + atMost(MAXIMUM_SIDE_IN_MACROBLOCKS - 1, reader.ue(), 'pic_height_in_map_units_minus1')
  const frameMbsOnly = reader.flag()
  const heightInMacroblocks = heightInMapUnits * (frameMbsOnly ? 1 : 2)
  if (widthInMacroblocks * heightInMacroblocks > MAXIMUM_MACROBLOCKS) {
    throw invalidParameterSet(
      `${widthInMacroblocks} x ${heightInMacroblocks} macroblocks are more than any level allows`,
    )
  }
  if (!frameMbsOnly) reader.skip(1) // mb_adaptive_frame_field_flag
  reader.skip(1) // direct_8x8_inference_flag

  let width = widthInMacroblocks * 16
  let height = heightInMacroblocks * 16
  if (reader.flag()) {
    // CropUnitX and CropUnitY (equations 7-19 to 7-22): offsets count in chroma samples, and in fields' lines.
    const chroma = separateColourPlanes ? 0 : chromaFormatIdc
    const unitX = chroma === 1 || chroma === 2 ? 2 : 1
    const unitY = (chroma === 1 ? 2 : 1) * (frameMbsOnly ? 1 : 2)
    width -= unitX * (reader.ue() + reader.ue()) // left, right
    height -= unitY * (reader.ue() + reader.ue()) // top, bottom
    if (width <= 0 || height <= 0) throw invalidParameterSet('cropping leaves nothing of the picture')
  }

  const vuiFlag = reader.position
  const vui = reader.flag() ? tryVideoUsabilityInformation(reader) : undefined
  const sps = {
    id,
    profileIdc,
    constraintFlags,
    levelIdc,
    chromaFormatIdc,
    bitDepthLuma,
    bitDepthChroma,
    separateColourPlanes,
    frameNumBits,
    picOrderCnt,
    maxNumRefFrames,
    frameMbsOnly,
    widthInMacroblocks,
    heightInMacroblocks,
    width,
    height,
    vui: vui?.information,
  }
  return { header: nal[0] ?? 0, sps, rbsp, vuiFlag, bitstreamRestrictionFlag: vui?.bitstreamRestrictionFlag }
}

function readPicOrderCntCoding(reader: BitReader): PicOrderCntCoding {
  const type = atMost(2, reader.ue(), 'pic_order_cnt_type')
  if (type === 2) return { type }
  if (type === 0) return { type, lsbBits: 4 + atMost(12, reader.ue(), 'log2_max_pic_order_cnt_lsb_minus4') }
  const deltaAlwaysZero = reader.flag()
  const offsetForNonRefPic = reader.se()
  const offsetForTopToBottomField = reader.se()
  const cycle = atMost(255, reader.ue(), 'num_ref_frames_in_pic_order_cnt_cycle')
  const offsetsForRefFrame = Array.from({ length: cycle }, () => reader.se())
  return { type: 1, deltaAlwaysZero, offsetForNonRefPic, offsetForTopToBottomField, offsetsForRefFrame }
}

/**
 * How many pictures the stream says that it holds back for reordering, or undefined where the SPS leaves it open: such a
 * stream may have B-frames or not, and only its slices tell (section E.2.1, max_num_reorder_frames).
 */
export function statedReorderDepth(sps: SequenceParameterSet): number | undefined {
  return hasNoReordering(sps) ? 0 : sps.vui?.maxNumReorderFrames
}

/** Whether the SPS rules out, beside what its VUI says, that a picture is shown before one that is decoded earlier. */
export function hasNoReordering({ profileIdc, constraintFlags, picOrderCnt }: SequenceParameterSet): boolean {
  // Output order is decoding order (8.2.1.3).
  if (picOrderCnt.type === 2) return true
  // Baseline has no B slices (A.2.1); constraint_set0_flag says of Main and Extended that they keep to it.
  if (profileIdc === 66 || ([77, 88].includes(profileIdc) && (constraintFlags & 0x80) !== 0)) return true
  // constraint_set5_flag of Main, Extended and High: no B slices (7.4.2.1.1), as in Constrained High.
  if ([77, 88, 100].includes(profileIdc) && (constraintFlags & 0x04) !== 0) return true
  // Intra-only profiles: constraint_set3_flag, and CAVLC 4:4:4 Intra.
  return profileIdc === 44 || ([86, 100, 110, 122, 244].includes(profileIdc) && (constraintFlags & 0x10) !== 0)
}

function skipScalingLists(reader: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    if (!reader.flag()) continue
    let last = 8
    let next = 8
    for (let i = 0; i < (list < 6 ? 16 : 64) && next !== 0; i++) {
      next = (last + reader.se() + 256) & 0xff
      if (next !== 0) last = next
    }
  }
}

/**
 * Cameras write VUI that ends early or is padded with nonsense. What counts (the picture's size) stands before it, and
 * decoders overlook such VUI as well: it is taken as absent.
 */
function tryVideoUsabilityInformation(reader: BitReader): LocatedVideoUsabilityInformation | undefined {
  try {
    return readVideoUsabilityInformation(reader)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

interface LocatedVideoUsabilityInformation {
  readonly information: VideoUsabilityInformation
  readonly bitstreamRestrictionFlag: number
}

/** Section E.1.1. */
function readVideoUsabilityInformation(reader: BitReader): LocatedVideoUsabilityInformation {
  const pixelAspectRatio = reader.flag() ? readSampleAspectRatio(reader) : 1
  if (reader.flag()) reader.skip(1) // overscan_info_present_flag: overscan_appropriate_flag
  if (reader.flag()) {
    reader.skip(3 + 1) // video_signal_type_present_flag: video_format, video_full_range_flag
    if (reader.flag()) reader.skip(24) // colour_description_present_flag
  }
  if (reader.flag()) {
    reader.ue() // chroma_sample_loc_type_top_field
    reader.ue() // chroma_sample_loc_type_bottom_field
  }
  let fieldSeconds: number | undefined
  if (reader.flag()) {
    const unitsInTick = reader.bits(32)
    const timeScale = reader.bits(32)
    reader.skip(1) // fixed_frame_rate_flag
    if (unitsInTick > 0 && timeScale > 0) fieldSeconds = unitsInTick / timeScale
  }
  const nalHrd = reader.flag()
  if (nalHrd) skipHrdParameters(reader)
  const vclHrd = reader.flag()
  if (vclHrd) skipHrdParameters(reader)
  if (nalHrd || vclHrd) reader.skip(1) // low_delay_hrd_flag
  reader.skip(1) // pic_struct_present_flag
  let maxNumReorderFrames: number | undefined
  const bitstreamRestrictionFlag = reader.position
  if (reader.flag()) {
    reader.skip(1) // motion_vectors_over_pic_boundaries_flag
    for (let i = 0; i < 4; i++) reader.ue() // max_bytes_per_pic_denom to log2_max_mv_length_vertical
    const frames = reader.ue()
    const buffering = reader.ue() // max_dec_frame_buffering
    // Out of range says nothing (E.2.1): it is taken as not stated.
    if (frames <= buffering && buffering <= 16) maxNumReorderFrames = frames
  }
  return { information: { pixelAspectRatio, fieldSeconds, maxNumReorderFrames }, bitstreamRestrictionFlag }
}

/** aspect_ratio_idc and, where it is 255, the ratio; H.265 has the same table. */
export function readSampleAspectRatio(reader: BitReader): number {
  const idc = reader.bits(8)
  if (idc !== EXTENDED_SAR) return SAMPLE_ASPECT_RATIOS[idc] ?? 1
  const width = reader.bits(16)
  const height = reader.bits(16)
  return width > 0 && height > 0 ? width / height : 1
}

/** Section E.1.2. */
function skipHrdParameters(reader: BitReader): void {
  const count = 1 + atMost(31, reader.ue(), 'cpb_cnt_minus1')
  reader.skip(4 + 4) // bit_rate_scale, cpb_size_scale
  for (let i = 0; i < count; i++) {
    reader.ue() // bit_rate_value_minus1
    reader.ue() // cpb_size_value_minus1
    reader.skip(1) // cbr_flag
  }
  reader.skip(5 + 5 + 5 + 5) // initial_cpb_removal_delay_length_minus1 to time_offset_length
}

function atMost(maximum: number, value: number, element: string): number {
  if (value > maximum) throw invalidParameterSet(`${element} is ${value}, at most ${maximum} is allowed`)
  return value
}
