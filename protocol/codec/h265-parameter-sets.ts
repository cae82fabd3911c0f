import { BitReader } from '../bytes/bit-reader.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { ProtocolError } from '../errors.ts'
import type { VideoConfiguration } from './configuration.ts'
import { invalidParameterSet } from './h264.ts'
import { hevcCodecString, isParameterSet, layerIdOf, NalUnitType, rbspOf, typeOf } from './h265.ts'
import { parseSequenceParameterSet, type SequenceParameterSet } from './h265-sps.ts'

/** A length in `hvcC` has 16 bits (ISO/IEC 14496-15 section 8.3.3.1.2). */
const MAXIMUM_BYTES = 0xffff

interface Stored {
  readonly nal: Uint8Array
}
interface StoredPps extends Stored {
  readonly sequenceParameterSetId: number
}
interface StoredSps extends Stored {
  readonly parsed: SequenceParameterSet
}

/**
 * The parameter sets of a stream: the newest of each type and ID, from SDP and in band. Their IDs bound them: 16 video,
 * 16 sequence and 64 picture parameter sets.
 */
export class H265ParameterSets {
  readonly #vps = new Map<number, Stored>()
  readonly #sps = new Map<number, StoredSps>()
  readonly #pps = new Map<number, StoredPps>()

  /**
   * Takes a VPS, SPS or PPS of the base layer, the NAL unit in `bytes[start … end)`; it is copied if it is new.
   * @returns whether it changed anything.
   * @throws ProtocolError `parameter-sets-invalid`; then nothing has changed.
   */
  add(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    // trailing_zero_8bits of a byte stream: an RBSP never ends with them.
    let last = end
    while (last > start && bytes[last - 1] === 0) last--
    const type = typeOf(bytes[start] ?? 0)
    // The repeat before each random access point is the rule: it costs a comparison.
    for (const { nal } of this.#of(type)) if (equals(nal, bytes, start, last)) return false
    const nal = bytes.slice(start, last)
    if (nal.length > MAXIMUM_BYTES) throw invalidParameterSet(`a parameter set of ${nal.length} bytes`)
    if (type === NalUnitType.SequenceParameterSet) {
      const parsed = parseSequenceParameterSet(nal)
      this.#sps.set(parsed.id, { nal, parsed })
    } else if (type === NalUnitType.PictureParameterSet) {
      const { id, sequenceParameterSetId } = readPictureParameterSet(nal)
      this.#pps.set(id, { nal, sequenceParameterSetId })
    } else {
      // Section 7.3.2.1: vps_video_parameter_set_id is the first of a VPS.
      this.#vps.set(new BitReader(rbspOf(nal), 'parameter-sets-invalid').bits(4), { nal })
    }
    return true
  }

  /** The SPS that a picture with this PPS activates; undefined while either is missing. */
  sequenceParameterSet(pictureParameterSetId: number): SequenceParameterSet | undefined {
    const pps = this.#pps.get(pictureParameterSetId)
    return pps && this.#sps.get(pps.sequenceParameterSetId)?.parsed
  }

  /** What a decoder needs for pictures with this PPS, or null while a parameter set is missing. */
  configuration(pictureParameterSetId: number): VideoConfiguration | null {
    const active = this.sequenceParameterSet(pictureParameterSetId)
    if (active === undefined || this.#vps.size === 0) return null
    const configuration: VideoConfiguration = {
      kind: 'video',
      codec: hevcCodecString(active.profileTierLevel),
      description: this.#configurationRecord(active),
      width: active.width,
      height: active.height,
      pixelAspectRatio: active.vui?.pixelAspectRatio ?? 1,
      reorderDepth: active.reorderDepth,
    }
    return active.interlaced ? { ...configuration, interlaced: true } : configuration
  }

  #of(type: number): Iterable<Stored> {
    if (type === NalUnitType.VideoParameterSet) return this.#vps.values()
    if (type === NalUnitType.SequenceParameterSet) return this.#sps.values()
    if (type === NalUnitType.PictureParameterSet) return this.#pps.values()
    throw invalidParameterSet(`a NAL unit of type ${type} is no parameter set`)
  }

  /** HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 8.3.3.1.2. */
  #configurationRecord(active: SequenceParameterSet): Uint8Array {
    const { profileTierLevel } = active
    const writer = new ByteWriter()
      .u8(1) // configurationVersion
      .u8(profileTierLevel.profile) // general_profile_space, general_tier_flag, general_profile_idc
      .u32(profileTierLevel.compatibilityFlags) // general_profile_compatibility_flags
      .write(Uint8Array.from(profileTierLevel.constraintFlags)) // general_constraint_indicator_flags
      .u8(profileTierLevel.levelIdc) // general_level_idc
      .u16(0xf000) // reserved, min_spatial_segmentation_idc: not said
      .u8(0xfc) // reserved, parallelismType: not said
      .u8(0xfc | active.chromaFormatIdc) // reserved, chroma_format_idc
      .u8(0xf8 | (active.bitDepthLuma - 8)) // reserved, bit_depth_luma_minus8
      .u8(0xf8 | (active.bitDepthChroma - 8)) // reserved, bit_depth_chroma_minus8
      .u16(0) // avgFrameRate: not said
      // constantFrameRate: not said; numTemporalLayers, temporalIdNested, lengthSizeMinusOne
      .u8((active.temporalLayers << 3) | (active.temporalIdNesting ? 4 : 0) | 3)
      .u8(3) // numOfArrays
    // The active SPS first, so that a change of it is a change of the record.
    const sps = [...this.#sps.values()].sort((a, b) => Number(b.parsed === active) - Number(a.parsed === active))
    writeArray(writer, NalUnitType.VideoParameterSet, [...this.#vps.values()])
    writeArray(writer, NalUnitType.SequenceParameterSet, sps)
    writeArray(writer, NalUnitType.PictureParameterSet, [...this.#pps.values()])
    return writer.toBytes()
  }
}

function writeArray(writer: ByteWriter, type: number, sets: readonly Stored[]): void {
  writer.u8(0x80 | type) // array_completeness: samples hold none; NAL_unit_type
  writer.u16(sets.length) // numNalus
  for (const { nal } of sets) writer.u16(nal.length).write(nal)
}

/**
 * Takes what an SDP or a configuration gives as parameter sets; what cannot be read is left out, since parameter sets
 * in band win anyway.
 * @returns how many were left out.
 */
export function addAll(sets: H265ParameterSets, nalUnits: Iterable<Uint8Array>): number {
  let refused = 0
  for (const nal of nalUnits) {
    const [header0 = 0, header1 = 0] = nal
    if (!isParameterSet(typeOf(header0)) || layerIdOf(header0, header1) > 0) continue
    try {
      sets.add(nal)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      refused++
    }
  }
  return refused
}

/** Section 7.3.2.3: pps_pic_parameter_set_id and pps_seq_parameter_set_id are the first of a PPS. */
function readPictureParameterSet(nal: Uint8Array): { id: number; sequenceParameterSetId: number } {
  const reader = new BitReader(rbspOf(nal), 'parameter-sets-invalid')
  const id = reader.ue()
  const sequenceParameterSetId = reader.ue()
  if (id > 63) throw invalidParameterSet(`pps_pic_parameter_set_id is ${id}`)
  if (sequenceParameterSetId > 15) throw invalidParameterSet(`pps_seq_parameter_set_id is ${sequenceParameterSetId}`)
  return { id, sequenceParameterSetId }
}

function equals(nal: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (nal.length !== end - start) return false
  for (let i = 0; i < nal.length; i++) if (nal[i] !== bytes[start + i]) return false
  return true
}
