import { BitReader } from '../bytes/bit-reader.ts'
import { ProtocolError } from '../errors.ts'
import { invalidParameterSet, NalUnitType, nalUnitTypeOf, rbspOf } from './h264.ts'

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
  readonly picOrderCntType: number
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
export function parseSequenceParameterSet(nal: Uint8Array): SequenceParameterSet {
  if (nalUnitTypeOf(nal) !== NalUnitType.SequenceParameterSet) throw invalidParameterSet('not an SPS')
  const reader = new BitReader(rbspOf(nal), 'parameter-sets-invalid')
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

  reader.ue() // log2_max_frame_num_minus4
  const picOrderCntType = atMost(2, reader.ue(), 'pic_order_cnt_type')
  if (picOrderCntType === 0) {
    reader.ue() // log2_max_pic_order_cnt_lsb_minus4
  } else if (picOrderCntType === 1) {
    reader.skip(1) // delta_pic_order_always_zero_flag
    reader.se() // offset_for_non_ref_pic
    reader.se() // offset_for_top_to_bottom_field
    const cycle = atMost(255, reader.ue(), 'num_ref_frames_in_pic_order_cnt_cycle')
    for (let i = 0; i < cycle; i++) reader.se() // offset_for_ref_frame
  }
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

  return {
    id,
    profileIdc,
    constraintFlags,
    levelIdc,
    chromaFormatIdc,
    bitDepthLuma,
    bitDepthChroma,
    picOrderCntType,
    maxNumRefFrames,
    frameMbsOnly,
    widthInMacroblocks,
    heightInMacroblocks,
    width,
    height,
    vui: reader.flag() ? tryVideoUsabilityInformation(reader) : undefined,
  }
}

/**
 * How many pictures the stream holds back for reordering, or undefined where the SPS leaves it open: such a stream may
 * have B-frames or not, and only its slices tell (section E.2.1, max_num_reorder_frames).
 */
export function statedReorderDepth(sps: SequenceParameterSet): number | undefined {
  // Baseline has no B slices (A.2.1); with type 2, output order is decoding order (8.2.1.3).
  if (sps.profileIdc === 66 || sps.picOrderCntType === 2) return 0
  const stated = sps.vui?.maxNumReorderFrames
  if (stated !== undefined) return stated
  // Intra-only profiles: constraint_set3_flag, and CAVLC 4:4:4 Intra.
  const intraOnly = sps.profileIdc === 44 || ([86, 100, 110, 122, 244].includes(sps.profileIdc) && hasConstraint3(sps))
  return intraOnly ? 0 : undefined
}

const hasConstraint3 = (sps: SequenceParameterSet): boolean => (sps.constraintFlags & 0x10) !== 0

/** Table A-1, MaxDpbMbs by level_idc. */
const MAX_DPB_MACROBLOCKS: Readonly<Record<number, number>> = {
  9: 396,
  10: 396,
  11: 900,
  12: 2376,
  13: 2376,
  20: 2376,
  21: 4752,
  22: 8100,
  30: 8100,
  31: 18_000,
  32: 20_480,
  40: 32_768,
  41: 32_768,
  42: 34_816,
  50: 110_400,
  51: 184_320,
  52: 184_320,
  60: 696_320,
  61: 696_320,
  62: 696_320,
}

/** MaxDpbFrames (A.3.1): what max_num_reorder_frames is inferred to be where it is not stated. 1 to 16. */
export function maximumDpbFrames(sps: SequenceParameterSet): number {
  const macroblocks = MAX_DPB_MACROBLOCKS[sps.levelIdc] ?? 696_320
  return Math.max(1, Math.min(16, Math.floor(macroblocks / (sps.widthInMacroblocks * sps.heightInMacroblocks))))
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
function tryVideoUsabilityInformation(reader: BitReader): VideoUsabilityInformation | undefined {
  try {
    return readVideoUsabilityInformation(reader)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

/** Section E.1.1. */
function readVideoUsabilityInformation(reader: BitReader): VideoUsabilityInformation {
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
  if (reader.flag()) {
    reader.skip(1) // motion_vectors_over_pic_boundaries_flag
    for (let i = 0; i < 4; i++) reader.ue() // max_bytes_per_pic_denom to log2_max_mv_length_vertical
    const frames = reader.ue()
    const buffering = reader.ue() // max_dec_frame_buffering
    // Out of range says nothing (E.2.1): it is taken as not stated.
    if (frames <= buffering && buffering <= 16) maxNumReorderFrames = frames
  }
  return { pixelAspectRatio, fieldSeconds, maxNumReorderFrames }
}

function readSampleAspectRatio(reader: BitReader): number {
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
