import { BitReader } from '../bytes/bit-reader.ts'
import { ProtocolError } from '../errors.ts'

/** What a player needs of a sequence header (AV1 specification section 5.5). */
export interface Av1SequenceHeader {
  /** 0 Main, 1 High, 2 Professional. */
  readonly seqProfile: number
  /** Of the first operating point, which has all layers: 0 for level 2.0, 8 for 4.0; 31 for no limit. */
  readonly seqLevelIdx: number
  /** 0 Main tier, 1 High tier. */
  readonly seqTier: number
  /** Each frame is a key frame that is shown: a still picture. */
  readonly reducedStillPictureHeader: boolean
  /** In pixels, from 1 to 65536; a frame may be smaller. */
  readonly maxFrameWidth: number
  readonly maxFrameHeight: number
  /** 8, 10 or 12. */
  readonly bitDepth: number
  readonly monochrome: boolean
  /** Chroma has half the columns, half the lines. */
  readonly subsamplingX: boolean
  readonly subsamplingY: boolean
  /** 0 unknown, 1 between the lines, 2 on luma. */
  readonly chromaSamplePosition: number
  /** ISO/IEC 23091-2: 1 BT.709, 2 unspecified. */
  readonly colorPrimaries: number
  readonly transferCharacteristics: number
  readonly matrixCoefficients: number
  /** True for full range. */
  readonly colorRange: boolean
}

/** With 32 operating points, each with all that may be stated of it, a header has some 400 bytes. */
export const MAXIMUM_SEQUENCE_HEADER_BYTES = 512

const SELECT_SCREEN_CONTENT_TOOLS = 2
const CP_BT_709 = 1
const TC_SRGB = 13
const MC_IDENTITY = 0
const UNSPECIFIED = 2

/**
 * Reads the payload of an OBU of type SequenceHeader: sequence_header_obu(), section 5.5.1.
 * @throws ProtocolError `parameter-sets-invalid` where it ends early or states what is reserved.
 */
export function parseAv1SequenceHeader(payload: Uint8Array): Av1SequenceHeader {
  if (payload.length > MAXIMUM_SEQUENCE_HEADER_BYTES) throw invalid(`a sequence header of ${payload.length} bytes`)
  const reader = new BitReader(payload, 'parameter-sets-invalid')
  const seqProfile = reader.bits(3)
  if (seqProfile > 2) throw invalid(`seq_profile ${seqProfile} is reserved`)
  reader.skip(1) // still_picture
  const reducedStillPictureHeader = reader.flag()
  const { seqLevelIdx, seqTier } = reducedStillPictureHeader
    ? { seqLevelIdx: reader.bits(5), seqTier: 0 }
    : readOperatingPoints(reader)

  const widthBits = reader.bits(4) + 1
  const heightBits = reader.bits(4) + 1
  const maxFrameWidth = reader.bits(widthBits) + 1
  const maxFrameHeight = reader.bits(heightBits) + 1
  // frame_id_numbers_present_flag: delta_frame_id_length_minus_2, additional_frame_id_length_minus_1
  if (!reducedStillPictureHeader && reader.flag()) reader.skip(4 + 3)
  reader.skip(3) // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  if (!reducedStillPictureHeader) skipInterTools(reader)
  reader.skip(3) // enable_superres, enable_cdef, enable_restoration
  return {
    seqProfile,
    seqLevelIdx,
    seqTier,
    reducedStillPictureHeader,
    maxFrameWidth,
    maxFrameHeight,
    ...readColorConfig(reader, seqProfile),
  }
}

/** @returns the level and the tier of the first. */
function readOperatingPoints(reader: BitReader): { seqLevelIdx: number; seqTier: number } {
  let bufferDelayLength = 0
  // timing_info_present_flag, decoder_model_info_present_flag
  if (reader.flag()) {
    skipTimingInfo(reader)
    if (reader.flag()) {
      bufferDelayLength = reader.bits(5) + 1
      reader.skip(32 + 5 + 5) // num_units_in_decoding_tick, buffer_removal_time_…, frame_presentation_time_length_minus_1
    }
  }
  const initialDisplayDelayPresent = reader.flag()
  const count = reader.bits(5) + 1
  let first: { seqLevelIdx: number; seqTier: number } | undefined
  for (let i = 0; i < count; i++) {
    reader.skip(12) // operating_point_idc
    const seqLevelIdx = reader.bits(5)
    const seqTier = seqLevelIdx > 7 ? reader.bits(1) : 0
    first ??= { seqLevelIdx, seqTier }
    // decoder_model_present_for_this_op: operating_parameters_info()
    if (bufferDelayLength > 0 && reader.flag()) reader.skip(2 * bufferDelayLength + 1)
    // initial_display_delay_present_for_this_op: initial_display_delay_minus_1
    if (initialDisplayDelayPresent && reader.flag()) reader.skip(4)
  }
  return first ?? { seqLevelIdx: 0, seqTier: 0 }
}

/** Section 5.5.3. */
function skipTimingInfo(reader: BitReader): void {
  reader.skip(32 + 32) // num_units_in_display_tick, time_scale
  if (reader.flag()) reader.ue() // equal_picture_interval: num_ticks_per_picture_minus_1, uvlc()
}

function skipInterTools(reader: BitReader): void {
  reader.skip(4) // enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
  const enableOrderHint = reader.flag()
  if (enableOrderHint) reader.skip(2) // enable_jnt_comp, enable_ref_frame_mvs
  // seq_choose_screen_content_tools, seq_force_screen_content_tools
  const screenContentTools = reader.flag() ? SELECT_SCREEN_CONTENT_TOOLS : reader.bits(1)
  // seq_choose_integer_mv, seq_force_integer_mv
  if (screenContentTools > 0 && !reader.flag()) reader.skip(1)
  if (enableOrderHint) reader.skip(3) // order_hint_bits_minus_1
}

type ColorConfig = Omit<
  Av1SequenceHeader,
  'seqProfile' | 'seqLevelIdx' | 'seqTier' | 'reducedStillPictureHeader' | 'maxFrameWidth' | 'maxFrameHeight'
>

/** Section 5.5.2. */
function readColorConfig(reader: BitReader, seqProfile: number): ColorConfig {
  const highBitdepth = reader.flag()
  const bitDepth = seqProfile === 2 && highBitdepth ? (reader.flag() ? 12 : 10) : highBitdepth ? 10 : 8
  const monochrome = seqProfile !== 1 && reader.flag()
  const described = reader.flag() // color_description_present_flag
  const colorPrimaries = described ? reader.bits(8) : UNSPECIFIED
  const transferCharacteristics = described ? reader.bits(8) : UNSPECIFIED
  const matrixCoefficients = described ? reader.bits(8) : UNSPECIFIED
  const colours = { bitDepth, monochrome, colorPrimaries, transferCharacteristics, matrixCoefficients }
  if (monochrome) {
    return { ...colours, colorRange: reader.flag(), subsamplingX: true, subsamplingY: true, chromaSamplePosition: 0 }
  }
  const isSrgb =
    colorPrimaries === CP_BT_709 && transferCharacteristics === TC_SRGB && matrixCoefficients === MC_IDENTITY
  if (isSrgb) return { ...colours, colorRange: true, ...NO_SUBSAMPLING }
  const colorRange = reader.flag()
  const subsampling = readSubsampling(reader, seqProfile, bitDepth)
  return { ...colours, colorRange, ...subsampling }
}

const NO_SUBSAMPLING = { subsamplingX: false, subsamplingY: false, chromaSamplePosition: 0 }

function readSubsampling(reader: BitReader, seqProfile: number, bitDepth: number): typeof NO_SUBSAMPLING {
  if (seqProfile === 1) return NO_SUBSAMPLING
  if (seqProfile === 2 && bitDepth < 12) return { ...NO_SUBSAMPLING, subsamplingX: true }
  const subsamplingX = seqProfile === 0 || reader.flag()
  const subsamplingY = seqProfile === 0 || (subsamplingX && reader.flag())
  return { subsamplingX, subsamplingY, chromaSamplePosition: subsamplingX && subsamplingY ? reader.bits(2) : 0 }
}

const invalid = (message: string): ProtocolError => new ProtocolError('parameter-sets-invalid', message)
