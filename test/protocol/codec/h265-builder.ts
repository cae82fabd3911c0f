import { BitWriter } from './sps-builder.ts'

/** NAL units of H.265 made by tests. The second byte of the header (layer ID 0, TID 1) is the first that is written. */
const nalUnit = (): BitWriter => new BitWriter().u(8, 0x01)

export interface SpsFields {
  id?: number
  vpsId?: number
  /** general_profile_space, general_tier_flag and general_profile_idc. */
  profile?: number
  compatibilityFlags?: number
  constraintFlags?: readonly number[]
  levelIdc?: number
  /** 1 to 7. */
  subLayers?: number
  subLayersTellProfileAndLevel?: boolean
  chromaFormatIdc?: number
  width?: number
  height?: number
  /** Left, right, top, bottom, in chroma samples. */
  window?: readonly [number, number, number, number]
  bitDepth?: number
  /** sps_max_num_reorder_pics of each sub-layer that is stated; of the highest only where there is one number. */
  reorder?: readonly number[]
  maxDecPicBufferingMinus1?: number
  scalingLists?: boolean
  pcm?: boolean
  /** Writes num_short_term_ref_pic_sets and all of them. */
  referencePictureSets?: (writer: BitWriter) => void
  longTerm?: number
  vui?: {
    sar?: number | readonly [number, number]
    fieldSequence?: boolean
    defaultWindow?: boolean
    timing?: readonly [number, number]
  }
}

export function buildSps(fields: SpsFields = {}): Uint8Array {
  const subLayers = fields.subLayers ?? 1
  const w = nalUnit()
    .u(4, fields.vpsId ?? 0)
    .u(3, subLayers - 1)
    .u(1, 1)
    .u(8, fields.profile ?? 1)
    .u(32, fields.compatibilityFlags ?? 0x6000_0000)
  for (const byte of fields.constraintFlags ?? [0x90, 0, 0, 0, 0, 0]) w.u(8, byte)
  w.u(8, fields.levelIdc ?? 93)
  if (subLayers > 1) {
    const told = fields.subLayersTellProfileAndLevel ? 3 : 0
    for (let i = 0; i < 8; i++) w.u(2, i < subLayers - 1 ? told : 0)
    if (told) for (let i = 0; i < subLayers - 1; i++) w.u(32, 0x0160_0000).u(32, 0).u(32, 0x5d)
  }
  w.ue(fields.id ?? 0)
  const chroma = fields.chromaFormatIdc ?? 1
  w.ue(chroma)
  if (chroma === 3) w.u(1, 0)
  w.ue(fields.width ?? 640).ue(fields.height ?? 360)
  w.u(1, fields.window ? 1 : 0)
  for (const offset of fields.window ?? []) w.ue(offset)
  w.ue((fields.bitDepth ?? 8) - 8).ue((fields.bitDepth ?? 8) - 8)
  w.ue(4) // log2_max_pic_order_cnt_lsb_minus4: 8 bits
  const reorder = fields.reorder ?? [0]
  w.u(1, reorder.length === 1 && subLayers > 1 ? 0 : 1)
  for (const pictures of reorder)
    w.ue(fields.maxDecPicBufferingMinus1 ?? 4)
      .ue(pictures)
      .ue(0)
  w.ue(0).ue(3).ue(0).ue(3).ue(0).ue(0)
  w.u(1, fields.scalingLists ? 1 : 0)
  if (fields.scalingLists) writeScalingLists(w)
  w.u(2, 3)
  w.u(1, fields.pcm ? 1 : 0)
  if (fields.pcm) w.u(8, 0x77).ue(0).ue(0).u(1, 0)
  if (fields.referencePictureSets) fields.referencePictureSets(w)
  else w.ue(0)
  w.u(1, fields.longTerm === undefined ? 0 : 1)
  if (fields.longTerm !== undefined) {
    w.ue(fields.longTerm)
    for (let i = 0; i < fields.longTerm; i++) w.u(9, 0x155)
  }
  w.u(2, 1)
  w.u(1, fields.vui ? 1 : 0)
  if (fields.vui) writeVui(w, fields.vui)
  w.u(1, 0) // sps_extension_present_flag
  return w.nal(0x42)
}

function writeScalingLists(w: BitWriter): void {
  w.u(1, 1)
  for (let sizeId = 0; sizeId < 4; sizeId++) {
    for (let matrixId = 0; matrixId < 6; matrixId += sizeId === 3 ? 3 : 1) {
      // Every other one is predicted, the others state all their coefficients.
      if ((sizeId + matrixId) % 2 === 0) {
        w.u(1, 0).ue(matrixId === 0 ? 0 : 1)
        continue
      }
      w.u(1, 1)
      if (sizeId > 1) w.se(-3)
      for (let i = 0; i < Math.min(64, 1 << (4 + 2 * sizeId)); i++) w.se((i % 5) - 2)
    }
  }
}

function writeVui(w: BitWriter, vui: NonNullable<SpsFields['vui']>): void {
  w.u(1, vui.sar === undefined ? 0 : 1)
  if (typeof vui.sar === 'number') w.u(8, vui.sar)
  else if (vui.sar) w.u(8, 255).u(16, vui.sar[0]).u(16, vui.sar[1])
  w.u(1, 1).u(1, 0) // overscan
  w.u(1, 1).u(3, 5).u(1, 0).u(1, 1).u(24, 0x01_0101) // video signal type
  w.u(1, 1).ue(0).ue(0) // chroma location
  w.u(1, 0)
    .u(1, vui.fieldSequence ? 1 : 0)
    .u(1, 0)
  w.u(1, vui.defaultWindow ? 1 : 0)
  if (vui.defaultWindow) w.ue(1).ue(2).ue(3).ue(4)
  w.u(1, vui.timing ? 1 : 0)
  if (vui.timing) w.u(32, vui.timing[0]).u(32, vui.timing[1]).u(1, 0).u(1, 0)
  w.u(1, 0) // bitstream_restriction_flag
}

/** vps_video_parameter_set_id, and something behind. */
export const buildVps = (id = 0, rest = 0xc): Uint8Array =>
  nalUnit().u(4, id).u(4, rest).u(8, 0x01).u(16, 0xffff).nal(0x40)

/** pps_pic_parameter_set_id, pps_seq_parameter_set_id, and something behind. */
export const buildPps = (id = 0, spsId = 0, rest = 0x2a): Uint8Array => nalUnit().ue(id).ue(spsId).u(8, rest).nal(0x44)

/** A slice segment of a type: whether it is the first of its picture, its PPS, and bytes that tell it from others. */
export function buildSlice(type: number, { first = true, ppsId = 0, content = 0x5a } = {}): number[] {
  const w = nalUnit().u(1, first ? 1 : 0)
  if (type >= 16 && type <= 23) w.u(1, 0)
  return [
    ...w
      .ue(ppsId)
      .u(16, 0x5555)
      .u(8, content)
      .nal(type << 1),
  ]
}
