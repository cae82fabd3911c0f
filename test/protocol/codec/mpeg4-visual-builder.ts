import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'

export interface VisualFields {
  /** None where undefined: then there is no visual object sequence header either. */
  profileAndLevel?: number | undefined
  objectType?: number
  /** With video_object_layer_verid. */
  identifier?: boolean
  /** aspect_ratio_info, or the width and height of a pixel. */
  aspect?: number | readonly [number, number]
  /** Nothing is stated of it where undefined. */
  lowDelay?: boolean | undefined
  vbvParameters?: boolean
  shape?: number
  resolution?: number
  fixedRate?: boolean
  width?: number
  height?: number
  interlaced?: boolean
}

/** Visual object sequence, visual object, video object and video object layer headers. */
export function buildVisualConfig(fields: VisualFields = {}): number[] {
  const {
    profileAndLevel = 'profileAndLevel' in fields ? undefined : 1,
    aspect = 1,
    lowDelay,
    resolution = 25,
  } = fields
  const w = new BitWriter()
    .flag(false)
    .bits(8, fields.objectType ?? 1)
    .flag(fields.identifier ?? false)
  if (fields.identifier) w.bits(4, 2).bits(3, 1)
  if (typeof aspect === 'number') w.bits(4, aspect)
  else w.bits(4, 15).bits(8, aspect[0]).bits(8, aspect[1])
  w.flag(lowDelay !== undefined)
  if (lowDelay !== undefined) {
    w.bits(2, 1)
      .flag(lowDelay)
      .flag(fields.vbvParameters ?? false)
    if (fields.vbvParameters) w.bits(32, 0x8000_1234).bits(32, 0x5678_9abc).bits(15, 0x2345)
  }
  w.bits(2, fields.shape ?? 0)
    .flag(true)
    .bits(16, resolution)
    .flag(true)
    .flag(fields.fixedRate ?? false)
  if (fields.fixedRate) w.bits(Math.max(1, Math.ceil(Math.log2(resolution))), 1)
  w.flag(true)
    .bits(13, fields.width ?? 640)
    .flag(true)
    .bits(13, fields.height ?? 360)
    .flag(true)
  w.flag(fields.interlaced ?? false).bits(3, 0b100)
  const sequence = profileAndLevel === undefined ? [] : [0, 0, 1, 0xb0, profileAndLevel]
  return [...sequence, 0, 0, 1, 0xb5, 0x09, 0, 0, 1, 0x00, 0, 0, 1, 0x20, ...w.toBytes()]
}

export const GROUP_OF_VOP = [0, 0, 1, 0xb3, 0, 0x10, 7]
const vop = (type: number, ...rest: number[]) => [0, 0, 1, 0xb6, (type << 6) | 0x10, ...rest]
export const I_VOP = vop(0, 0x60, 0xb1)
export const P_VOP = vop(1, 0x61, 0xb2)
export const B_VOP = vop(2, 0x62, 0xb3)
