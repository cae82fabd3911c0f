import { BitReader } from '../bytes/bit-reader.ts'
import { ProtocolError } from '../errors.ts'
import { invalidParameterSet } from './h264.ts'
import { NalUnitType, type ProfileTierLevel, rbspOf, typeOf } from './h265.ts'
import { skipScalingListData, skipShortTermReferencePictureSets } from './h265-sps-lists.ts'
import { readVideoUsabilityInformation, type VideoUsabilityInformation } from './h265-vui.ts'

/** What a player needs of a sequence parameter set (ITU-T H.265 section 7.3.2.2). */
export interface SequenceParameterSet {
  /** 0 to 15. */
  readonly id: number
  /** The video parameter set that it belongs to, 0 to 15. */
  readonly videoParameterSetId: number
  readonly profileTierLevel: ProfileTierLevel
  /** Temporal sub-layers of the stream, 1 to 7. */
  readonly temporalLayers: number
  readonly temporalIdNesting: boolean
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number
  /** 8 to 16. */
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  /** Picture size in pixels, within the conformance window. */
  readonly width: number
  readonly height: number
  /** sps_max_num_reorder_pics of the highest sub-layer, 0 to 15. */
  readonly reorderDepth: number
  /** The pictures are fields, or frames made of two fields. */
  readonly interlaced: boolean
  /** Undefined where there is none or where it cannot be read. */
  readonly vui: VideoUsabilityInformation | undefined
}

/** Table A.8, level 7.2: the largest picture of any level, and a side the square root of eight times as many samples (A.4.1). */
const MAXIMUM_LUMA_SAMPLES = 142_606_336
const MAXIMUM_SIDE = 33_776
/** Section A.4.2: MaxDpbSize. */
const MAXIMUM_DPB_PICTURES = 16

/** The first two of the constraint flags (section 7.3.3). */
const PROGRESSIVE_SOURCE = 0x80
const INTERLACED_SOURCE = 0x40

/**
 * Reads an SPS NAL unit of the base layer (header included, no start code).
 * @throws ProtocolError `parameter-sets-invalid` where it ends early or states what no level allows.
 */
export function parseSequenceParameterSet(nal: Uint8Array): SequenceParameterSet {
  if (typeOf(nal[0] ?? 0) !== NalUnitType.SequenceParameterSet) throw invalidParameterSet('not an SPS')
  const reader = new BitReader(rbspOf(nal), 'parameter-sets-invalid')
  const videoParameterSetId = reader.bits(4)
  // 7 is reserved for the layers of Annex F, whose SPS goes on otherwise.
  const maxSubLayersMinus1 = atMost(6, reader.bits(3), 'sps_max_sub_layers_minus1')
  const temporalIdNesting = reader.flag()
  const profileTierLevel = readProfileTierLevel(reader, maxSubLayersMinus1)
  const id = atMost(15, reader.ue(), 'sps_seq_parameter_set_id')
  const chromaFormatIdc = atMost(3, reader.ue(), 'chroma_format_idc')
  if (chromaFormatIdc === 3) reader.skip(1) // separate_colour_plane_flag
  const { width, height } = readSize(reader, chromaFormatIdc)
  const bitDepthLuma = 8 + atMost(8, reader.ue(), 'bit_depth_luma_minus8')
  const bitDepthChroma = 8 + atMost(8, reader.ue(), 'bit_depth_chroma_minus8')
  const log2MaxPicOrderCntLsb = 4 + atMost(12, reader.ue(), 'log2_max_pic_order_cnt_lsb_minus4')
  const reorderDepth = readReorderDepth(reader, maxSubLayersMinus1)
  skipCodingTools(reader, log2MaxPicOrderCntLsb)
  const vui = reader.flag() ? tryVideoUsabilityInformation(reader) : undefined
  const source = (profileTierLevel.constraintFlags[0] ?? 0) & (PROGRESSIVE_SOURCE | INTERLACED_SOURCE)
  return {
    id,
    videoParameterSetId,
    profileTierLevel,
    temporalLayers: maxSubLayersMinus1 + 1,
    temporalIdNesting,
    chromaFormatIdc,
    bitDepthLuma,
    bitDepthChroma,
    width,
    height,
    reorderDepth,
    // Both flags set: each picture says for itself what it is (section 7.4.4).
    interlaced: source === INTERLACED_SOURCE || (vui?.fieldSequence ?? false),
    vui,
  }
}

/** Section 7.3.3: the general part is kept, that of the sub-layers skipped. */
function readProfileTierLevel(reader: BitReader, maxSubLayersMinus1: number): ProfileTierLevel {
  const profile = reader.bits(8)
  const compatibilityFlags = reader.bits(32)
  const constraintFlags = Array.from({ length: 6 }, () => reader.bits(8))
  const levelIdc = reader.bits(8)
  if (maxSubLayersMinus1 > 0) {
    // sub_layer_profile_present_flag and sub_layer_level_present_flag of eight sub-layers, those that are not there 0
    const present = reader.bits(16)
    for (let i = 0; i < maxSubLayersMinus1; i++) {
      if (present & (0x8000 >> (2 * i))) reader.skip(88)
      if (present & (0x4000 >> (2 * i))) reader.skip(8)
    }
  }
  return { profile, compatibilityFlags, constraintFlags, levelIdc }
}

function readSize(reader: BitReader, chromaFormatIdc: number): { width: number; height: number } {
  let width = atMost(MAXIMUM_SIDE, reader.ue(), 'pic_width_in_luma_samples')
  let height = atMost(MAXIMUM_SIDE, reader.ue(), 'pic_height_in_luma_samples')
  if (width * height > MAXIMUM_LUMA_SAMPLES) {
    throw invalidParameterSet(`${width} x ${height} pixels are more than any level allows`)
  }
  if (reader.flag()) {
    // Table 6-1: offsets of the conformance window count in chroma samples.
    const unitX = chromaFormatIdc === 1 || chromaFormatIdc === 2 ? 2 : 1
    const unitY = chromaFormatIdc === 1 ? 2 : 1
    width -= unitX * (reader.ue() + reader.ue()) // left, right
    height -= unitY * (reader.ue() + reader.ue()) // top, bottom
  }
  if (width <= 0 || height <= 0) throw invalidParameterSet('the conformance window leaves nothing of the picture')
  return { width, height }
}

/** sps_max_num_reorder_pics of the last sub-layer that is stated, which is the highest. */
function readReorderDepth(reader: BitReader, maxSubLayersMinus1: number): number {
  const subLayers = reader.flag() ? maxSubLayersMinus1 + 1 : 1
  let depth = 0
  for (let i = 0; i < subLayers; i++) {
    const buffered = atMost(MAXIMUM_DPB_PICTURES - 1, reader.ue(), 'sps_max_dec_pic_buffering_minus1')
    // More cannot wait than there is room for (section 7.4.3.2.1).
    depth = Math.min(reader.ue(), buffered)
    reader.ue() // sps_max_latency_increase_plus1
  }
  return depth
}

/** From log2_min_luma_coding_block_size_minus3 to strong_intra_smoothing_enabled_flag: what only a decoder needs. */
function skipCodingTools(reader: BitReader, log2MaxPicOrderCntLsb: number): void {
  for (let i = 0; i < 6; i++) reader.ue() // block sizes, depths of the transform hierarchy
  if (reader.flag() && reader.flag()) skipScalingListData(reader) // scaling_list_enabled_flag, sps_scaling_list_data_present_flag
  reader.skip(2) // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  if (reader.flag()) {
    reader.skip(4 + 4) // pcm_sample_bit_depth_luma_minus1, pcm_sample_bit_depth_chroma_minus1
    reader.ue() // log2_min_pcm_luma_coding_block_size_minus3
    reader.ue() // log2_diff_max_min_pcm_luma_coding_block_size
    reader.skip(1) // pcm_loop_filter_disabled_flag
  }
  skipShortTermReferencePictureSets(reader)
  if (reader.flag()) {
    const count = atMost(32, reader.ue(), 'num_long_term_ref_pics_sps')
    reader.skip(count * (log2MaxPicOrderCntLsb + 1)) // lt_ref_pic_poc_lsb_sps, used_by_curr_pic_lt_sps_flag
  }
  reader.skip(2) // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
}

/** Cameras write VUI that ends early or is padded with nonsense; what counts stands before it. */
function tryVideoUsabilityInformation(reader: BitReader): VideoUsabilityInformation | undefined {
  try {
    return readVideoUsabilityInformation(reader)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

function atMost(maximum: number, value: number, element: string): number {
  if (value > maximum) throw invalidParameterSet(`${element} is ${value}, at most ${maximum} is allowed`)
  return value
}
