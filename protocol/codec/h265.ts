import { rbspOf as rbspBehindFirstByte } from './h264.ts'

/** ITU-T H.265 Table 7-1. What is not named here is reserved or unspecified. */
export const NalUnitType = {
  RadlN: 6,
  RadlR: 7,
  RaslN: 8,
  RaslR: 9,
  BlaWLp: 16,
  IdrWRadl: 19,
  IdrNLp: 20,
  Cra: 21,
  ReservedIrap23: 23,
  VideoParameterSet: 32,
  SequenceParameterSet: 33,
  PictureParameterSet: 34,
  AccessUnitDelimiter: 35,
  EndOfSequence: 36,
  EndOfBitstream: 37,
  FillerData: 38,
  PrefixSei: 39,
  SuffixSei: 40,
} as const

/** Bytes of the NAL unit header (section 7.3.1.2): forbidden_zero_bit, type, layer ID and temporal ID plus 1. */
export const NAL_UNIT_HEADER_BYTES = 2

/** nal_unit_type, of the first byte of the header. */
export const typeOf = (header0: number): number => (header0 >> 1) & 0x3f

/** nuh_layer_id: 0 is the base layer, the only one that a decoder of the profiles of Annex A looks at (section 7.4.2.2). */
export const layerIdOf = (header0: number, header1: number): number => ((header0 & 1) << 5) | (header1 >> 3)

/** A coded slice segment. Not of the reserved types between (Table 7-1), which decoders have to ignore. */
export const isSlice = (type: number): boolean =>
  type <= NalUnitType.RaslR || (type >= NalUnitType.BlaWLp && type <= NalUnitType.ReservedIrap23)

/** Intra random access point: IDR, BLA or CRA picture (section 3.69). */
export const isIrap = (type: number): boolean => type >= NalUnitType.BlaWLp && type <= NalUnitType.ReservedIrap23

/** Random access skipped leading picture: it may refer to pictures that precede its CRA or BLA picture in decoding order. */
export const isRasl = (type: number): boolean => type === NalUnitType.RaslN || type === NalUnitType.RaslR

export const isParameterSet = (type: number): boolean =>
  type >= NalUnitType.VideoParameterSet && type <= NalUnitType.PictureParameterSet

/** The payload of a NAL unit without its header and its emulation prevention bytes (section 7.3.1.1). A copy. */
export const rbspOf = (nal: Uint8Array): Uint8Array => rbspBehindFirstByte(nal.subarray(1))

/** first_slice_segment_in_pic_flag, of the first byte behind the header: this slice segment begins a picture. */
export const startsPicture = (first: number): boolean => (first & 0x80) !== 0

/**
 * slice_pic_parameter_set_id (section 7.3.6.1) of the slice segment whose header is at `nalStart`, or -1 where it cannot
 * be read.
 */
export function slicePictureParameterSetId(bytes: Uint8Array, nalStart: number, nalEnd: number): number {
  const type = typeOf(bytes[nalStart] ?? 0)
  const at = nalStart + NAL_UNIT_HEADER_BYTES
  // Two flags and an Exp-Golomb code of at most 13 bits: they end before the first emulation prevention byte can stand.
  const bits = ((bytes[at] ?? 0) << 8) | (at + 1 < nalEnd ? (bytes[at + 1] ?? 0) : 0)
  let bit = 14 // behind first_slice_segment_in_pic_flag
  if (isIrap(type)) bit-- // no_output_of_prior_pics_flag
  let zeros = 0
  while (zeros <= 6 && ((bits >> (bit - zeros)) & 1) === 0) zeros++
  const id = ((bits >> (bit - 2 * zeros)) & ((2 << zeros) - 1)) - 1
  return zeros <= 6 && id <= 63 ? id : -1
}

/** What the codec string says of a stream: profile_tier_level() of section 7.3.3. */
export interface ProfileTierLevel {
  /** general_profile_space, general_tier_flag and general_profile_idc. */
  readonly profile: number
  /** 32 flags, that of profile 0 in the highest bit. */
  readonly compatibilityFlags: number
  /** 48 bits from general_progressive_source_flag to general_inbld_flag, in 6 bytes. */
  readonly constraintFlags: readonly number[]
  /** 30 times the level. */
  readonly levelIdc: number
}

/**
 * ISO/IEC 14496-15 section E.3: profile space and profile, compatibility flags from the lowest profile up, tier and
 * level, bytes of constraint flags without the zeros behind.
 */
export function hevcCodecString({ profile, compatibilityFlags, constraintFlags, levelIdc }: ProfileTierLevel): string {
  const hex = (value: number): string => value.toString(16).toUpperCase()
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? ''
  const tier = profile & 0x20 ? 'H' : 'L'
  const bytes = constraintFlags.slice(0, constraintFlags.findLastIndex((byte) => byte !== 0) + 1)
  return [
    'hvc1',
    `${space}${profile & 0x1f}`,
    hex(reversed32(compatibilityFlags)),
    `${tier}${levelIdc}`,
    ...bytes.map(hex),
  ].join('.')
}

function reversed32(bits: number): number {
  let reversed = 0
  for (let bit = 0; bit < 32; bit++) reversed = reversed * 2 + ((bits >>> bit) & 1)
  return reversed
}
