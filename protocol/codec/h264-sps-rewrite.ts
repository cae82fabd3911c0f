import { BitWriter } from '../bytes/bit-writer.ts'
import { nalUnitOf } from './h264.ts'
import { hasNoReordering, type LocatedSequenceParameterSet } from './h264-sps.ts'

/**
 * An SPS that says of itself what follows from its profile or its picture order: that no picture waits for another to be
 * shown (max_num_reorder_frames 0). Where that is not said, decoders must assume the contrary (section E.2.1) and hold
 * back as many pictures as their buffer has room for, which some do: 4 to 16 frames of delay. All else stays to the bit.
 *
 * @returns undefined where nothing is to be gained, or where it is not certain: the stream may be reordered, or the VUI
 * says how far already, or it cannot be read.
 */
export function withoutReordering(located: LocatedSequenceParameterSet): Uint8Array | undefined {
  const { header, sps, rbsp, vuiFlag, bitstreamRestrictionFlag } = located
  if (!hasNoReordering(sps)) return undefined
  if (bitAt(rbsp, vuiFlag) === 1 && bitstreamRestrictionFlag === undefined) return undefined
  const last = bitstreamRestrictionFlag ?? vuiFlag
  // Where bitstream_restriction is there it stands, whatever it says.
  if (bitAt(rbsp, last) === 1 || !endsBehind(rbsp, last) || sps.maxNumRefFrames > 16) return undefined
  const writer = new BitWriter()
  if (bitstreamRestrictionFlag !== undefined) writer.copy(rbsp, bitstreamRestrictionFlag)
  else writer.copy(rbsp, vuiFlag).flag(true).bits(VUI_FLAGS, 0)
  writer
    .flag(true) // bitstream_restriction_flag
    // What is inferred where they are absent (section E.2.1).
    .flag(true) // motion_vectors_over_pic_boundaries_flag
    .ue(2) // max_bytes_per_pic_denom
    .ue(1) // max_bits_per_mb_denom
    .ue(15) // log2_max_mv_length_horizontal
    .ue(15) // log2_max_mv_length_vertical
    .ue(0) // max_num_reorder_frames
    .ue(sps.maxNumRefFrames) // max_dec_frame_buffering: not less than max_num_ref_frames
    .flag(true) // rbsp_stop_one_bit
  return nalUnitOf(header, writer.toBytes())
}

/**
 * Flags of a VUI before bitstream_restriction_flag that each say that nothing follows: aspect ratio, overscan, video
 * signal type, chroma location, timing, NAL HRD, VCL HRD; and pic_struct_present_flag.
 */
const VUI_FLAGS = 8

/** Only rbsp_trailing_bits follow a bit. */
function endsBehind(rbsp: Uint8Array, bit: number): boolean {
  if (bitAt(rbsp, bit + 1) === 0) return false
  for (let next = bit + 2; next < rbsp.length * 8; next++) if (bitAt(rbsp, next) === 1) return false
  return true
}

const bitAt = (bytes: Uint8Array, bit: number): number => ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1
