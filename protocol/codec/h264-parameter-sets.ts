import { BitReader } from '../bytes/bit-reader.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { ProtocolError } from '../errors.ts'
import type { VideoConfiguration } from './configuration.ts'
import { avcCodecString, invalidParameterSet, NalUnitType, nalUnitTypeOf, rbspOf } from './h264.ts'
import type { SliceParameters } from './h264-slice.ts'
import { locateSequenceParameterSet, type SequenceParameterSet, statedReorderDepth } from './h264-sps.ts'
import { withoutReordering } from './h264-sps-rewrite.ts'

/** What rewriting an SPS adds at most. */
const REWRITE_BYTES = 16
/** The counts have 5 and 8 bits, a length 16 (ISO/IEC 14496-15 section 5.3.3.1). */
const MAXIMUM_SPS = 31
const MAXIMUM_PPS = 255
const MAXIMUM_BYTES = 0xffff - REWRITE_BYTES

interface Stored {
  readonly id: number
  readonly nal: Uint8Array
}

interface StoredSps extends Stored {
  readonly parsed: SequenceParameterSet
  /** What decoders are given instead; undefined where it is as it came. */
  readonly rewritten: Uint8Array | undefined
}

interface StoredPps extends Stored {
  readonly spsId: number
  readonly bottomFieldPicOrderInFramePresent: boolean
}

/** What of a configuration is new: another reorder depth concerns only the decode times, not the decoder. */
export type ConfigurationChange = 'none' | 'reorder-depth' | 'parameter-sets'

/** The parameter sets of a stream: the newest of each ID, from SDP and in band. */
export class H264ParameterSets {
  /** The newest first: it is the one that the next IDR picture uses. */
  #sps: readonly StoredSps[] = []
  #pps: readonly StoredPps[] = []
  /** The deepest reordering that was seen with these sequence parameter sets. */
  #seenReorderDepth = 0

  /**
   * Takes an SPS or PPS, the NAL unit in `bytes[start … end)`; it is copied if it is new.
   * @returns whether it changed anything.
   * @throws ProtocolError `parameter-sets-invalid`; then nothing has changed.
   */
  add(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    // trailing_zero_8bits of a byte stream: an RBSP never ends with them.
    let last = end
    while (last > start && bytes[last - 1] === 0) last--
    const isSps = ((bytes[start] ?? 0) & 0x1f) === NalUnitType.SequenceParameterSet
    const known: readonly Stored[] = isSps ? this.#sps : this.#pps
    // The repeat before each IDR picture is the rule: it costs a comparison.
    const newest = known[0]
    if (newest !== undefined && equals(newest.nal, bytes, start, last)) return false
    const nal = bytes.slice(start, last)
    if (nal.length > MAXIMUM_BYTES) throw invalidParameterSet(`a parameter set of ${nal.length} bytes`)
    if (isSps) {
      const located = locateSequenceParameterSet(nal)
      const { id } = located.sps
      const same = this.#sps.find((sps) => sps.id === id)
      const sps = { id, nal, parsed: located.sps, rewritten: withoutReordering(located) }
      this.#sps = [sps, ...this.#sps.filter((sps) => sps.id !== id)].slice(0, MAXIMUM_SPS)
      if (same !== undefined && equals(same.nal, nal, 0, nal.length)) return false
      this.#seenReorderDepth = 0
      return true
    }
    const pps = parsePictureParameterSet(nal)
    const same = this.#pps.find(({ id }) => id === pps.id)
    this.#pps = [pps, ...this.#pps.filter(({ id }) => id !== pps.id)].slice(0, MAXIMUM_PPS)
    return same === undefined || !equals(same.nal, nal, 0, nal.length)
  }

  /** False where two pictures of one frame may share a timestamp. True while nothing is known. */
  get frameMbsOnly(): boolean {
    return this.#sps[0]?.parsed.frameMbsOnly ?? true
  }

  /** The sets that a slice refers to by its pic_parameter_set_id. */
  readonly ofSlice = (pictureParameterSetId: number): SliceParameters | undefined => {
    const pps = this.#pps.find(({ id }) => id === pictureParameterSetId)
    const sps = pps && this.#sps.find(({ id }) => id === pps.spsId)
    return pps && sps && { sps: sps.parsed, bottomFieldPicOrderInFramePresent: pps.bottomFieldPicOrderInFramePresent }
  }

  /**
   * Tells that a picture is shown before so many that are decoded earlier.
   * @returns what it changed, where that is more than the SPS states, or more than was seen before where it states nothing.
   */
  noteReordering(depth: number): ConfigurationChange {
    const active = this.#sps[0]
    if (active === undefined || depth <= this.#reorderDepth(active.parsed)) return 'none'
    const decoderWasTold = this.#seenReorderDepth === 0 && this.#sps.some(({ rewritten }) => rewritten !== undefined)
    this.#seenReorderDepth = depth
    return decoderWasTold ? 'parameter-sets' : 'reorder-depth'
  }

  #reorderDepth(sps: SequenceParameterSet): number {
    return Math.max(statedReorderDepth(sps) ?? 0, this.#seenReorderDepth)
  }

  /** There is an SPS and a PPS. */
  get complete(): boolean {
    return this.#sps.length > 0 && this.#pps.length > 0
  }

  /** What a decoder needs, or null while an SPS or a PPS is missing. */
  configuration(): VideoConfiguration | null {
    const active = this.#sps[0]
    if (active === undefined || this.#pps.length === 0) return null
    const { parsed } = active
    return {
      kind: 'video',
      codec: avcCodecString(active.nal),
      description: this.#configurationRecord(parsed),
      width: parsed.width,
      height: parsed.height,
      pixelAspectRatio: parsed.vui?.pixelAspectRatio ?? 1,
      // Most cameras state nothing and have no B-frames. Assuming the depth that the standard infers would delay the
      // decode times of them all by up to 16 pictures: so it is as deep as the stream has shown, and grows when it must.
      reorderDepth: this.#reorderDepth(parsed),
      interlaced: !parsed.frameMbsOnly,
    }
  }

  /** AVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 5.3.3.1. */
  #configurationRecord(sps: SequenceParameterSet): Uint8Array {
    const writer = new ByteWriter()
      .u8(1) // configurationVersion
      .u8(sps.profileIdc) // AVCProfileIndication
      .u8(sps.constraintFlags) // profile_compatibility
      .u8(sps.levelIdc) // AVCLevelIndication
      .u8(0xfc | 3) // reserved, lengthSizeMinusOne
      .u8(0xe0 | this.#sps.length) // reserved, numOfSequenceParameterSets
    for (const { nal, rewritten } of this.#sps) {
      // A stream that does what its SPS rules out is believed more than the SPS.
      const told = this.#seenReorderDepth === 0 ? (rewritten ?? nal) : nal
      writer.u16(told.length).write(told)
    }
    writer.u8(this.#pps.length) // numOfPictureParameterSets
    for (const { nal } of this.#pps) writer.u16(nal.length).write(nal)
    if (![66, 77, 88].includes(sps.profileIdc)) {
      writer
        .u8(0xfc | sps.chromaFormatIdc) // reserved, chroma_format
        .u8(0xf8 | (sps.bitDepthLuma - 8)) // reserved, bit_depth_luma_minus8
        .u8(0xf8 | (sps.bitDepthChroma - 8)) // reserved, bit_depth_chroma_minus8
        .u8(0) // numOfSequenceParameterSetExt
    }
    return writer.toBytes()
  }
}

/**
 * Takes what an SDP or a configuration gives as parameter sets; what cannot be read is left out, since parameter sets
 * in band win anyway.
 * @returns how many were left out.
 */
export function addAll(sets: H264ParameterSets, nalUnits: Iterable<Uint8Array>): number {
  let refused = 0
  for (const nal of nalUnits) {
    const type = nalUnitTypeOf(nal)
    if (type !== NalUnitType.SequenceParameterSet && type !== NalUnitType.PictureParameterSet) continue
    try {
      sets.add(nal)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      refused++
    }
  }
  return refused
}

/** Section 7.3.2.2, as far as the order of pictures needs it. */
function parsePictureParameterSet(nal: Uint8Array): StoredPps {
  if (nalUnitTypeOf(nal) !== NalUnitType.PictureParameterSet) throw invalidParameterSet('neither SPS nor PPS')
  const reader = new BitReader(rbspOf(nal), 'parameter-sets-invalid')
  const id = reader.ue()
  if (id > 255) throw invalidParameterSet(`pic_parameter_set_id is ${id}`)
  const spsId = reader.ue()
  reader.skip(1) // entropy_coding_mode_flag
  return { id, nal, spsId, bottomFieldPicOrderInFramePresent: reader.flag() }
}

function equals(nal: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (nal.length !== end - start) return false
  for (let i = 0; i < nal.length; i++) if (nal[i] !== bytes[start + i]) return false
  return true
}
