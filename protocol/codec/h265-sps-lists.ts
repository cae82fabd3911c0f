import type { BitReader } from '../bytes/bit-reader.ts'
import { invalidParameterSet } from './h264.ts'

/** Lists of a sequence parameter set that only a decoder needs: they are read for what stands behind them. */

/** scaling_list_data() of ITU-T H.265 section 7.3.4. */
export function skipScalingListData(reader: BitReader): void {
  for (let sizeId = 0; sizeId < 4; sizeId++) {
    for (let matrixId = 0; matrixId < 6; matrixId += sizeId === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.ue() // scaling_list_pred_matrix_id_delta
        continue
      }
      if (sizeId > 1) reader.se() // scaling_list_dc_coef_minus8
      const coefficients = Math.min(64, 1 << (4 + 2 * sizeId))
      for (let i = 0; i < coefficients; i++) reader.se() // scaling_list_delta_coef
    }
  }
}

/** A set that others are predicted from has no more pictures than the decoded picture buffer (section 7.4.8). */
const MAXIMUM_PICTURES = 16
const MAXIMUM_SETS = 64

/**
 * num_short_term_ref_pic_sets and st_ref_pic_set() (section 7.3.7). How many flags a set has that is predicted from the
 * one before depends on how many pictures that one has, and so on: all must be understood to get past them.
 */
export function skipShortTermReferencePictureSets(reader: BitReader): void {
  const count = reader.ue()
  if (count > MAXIMUM_SETS) throw invalidParameterSet(`num_short_term_ref_pic_sets is ${count}`)
  let before: readonly number[] = []
  for (let index = 0; index < count; index++) {
    const predicted = index > 0 && reader.flag() // inter_ref_pic_set_prediction_flag
    before = predicted ? readPredictedSet(reader, before) : readStatedSet(reader)
    if (before.length > MAXIMUM_PICTURES) throw invalidParameterSet('a reference picture set of too many pictures')
  }
}

/** DeltaPocS0, then DeltaPocS1 (equations 7-67 to 7-70). */
function readStatedSet(reader: BitReader): number[] {
  const negative = reader.ue()
  const positive = reader.ue()
  if (negative + positive > MAXIMUM_PICTURES) throw invalidParameterSet('a reference picture set of too many pictures')
  const deltas: number[] = []
  for (const [count, sign] of [
    [negative, -1],
    [positive, 1],
  ] as const) {
    let delta = 0
    for (let i = 0; i < count; i++) {
      delta += sign * (reader.ue() + 1) // delta_poc_s0_minus1, delta_poc_s1_minus1
      reader.skip(1) // used_by_curr_pic_s0_flag, used_by_curr_pic_s1_flag
      deltas.push(delta)
    }
  }
  return deltas
}

/** Equations 7-61 and 7-62. */
function readPredictedSet(reader: BitReader, reference: readonly number[]): number[] {
  const negative = reader.flag() // delta_rps_sign
  const deltaRps = (negative ? -1 : 1) * (reader.ue() + 1) // abs_delta_rps_minus1
  const deltas: number[] = []
  // The pictures of the set before, and the one that it was made for.
  for (const delta of [...reference, 0]) {
    const used = reader.flag() // used_by_curr_pic_flag
    if (used || reader.flag()) deltas.push(delta + deltaRps) // use_delta_flag
  }
  // Those before the picture and those behind it, the nearest first; not the picture itself.
  const preceding = deltas.filter((delta) => delta < 0).sort((a, b) => b - a)
  return [...preceding, ...deltas.filter((delta) => delta > 0).sort((a, b) => a - b)]
}
