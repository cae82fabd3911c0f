import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'

/** A VP8 keyframe: frame tag, start code, sizes, and a few bytes. */
export const vp8Keyframe = (width = 640, height = 360, [horizontalScale, verticalScale] = [0, 0]): number[] => [
  ...[0x50, 0x12, 0x00, 0x9d, 0x01, 0x2a],
  ...[width & 0xff, (horizontalScale << 6) | (width >> 8), height & 0xff, (verticalScale << 6) | (height >> 8)],
  ...[1, 2, 3, 4],
]
export const VP8_INTER_FRAME = [0x31, 0x02, 0x00, 5, 6, 7]

export interface Vp9Fields {
  profile?: 0 | 1 | 2 | 3
  bitDepth?: 8 | 10 | 12
  colorSpace?: number
  fullRange?: boolean
  subsampling?: readonly [x: 0 | 1, y: 0 | 1]
  width?: number
  height?: number
}

/** The uncompressed header of a VP9 keyframe up to the size, and a few bytes. */
export function vp9Keyframe(fields: Vp9Fields = {}): number[] {
  const { profile = 0, bitDepth = 8, colorSpace = 2, fullRange = false, subsampling = [1, 1] } = fields
  const w = new BitWriter()
    .bits(2, 2)
    .bits(1, profile & 1)
    .bits(1, profile >> 1)
  if (profile === 3) w.bits(1, 0)
  w.bits(4, 0b0010).bits(24, 0x498342)
  if (profile >= 2) w.flag(bitDepth === 12)
  w.bits(3, colorSpace)
  if (colorSpace !== 7) {
    w.flag(fullRange)
    if (profile % 2 === 1) w.bits(1, subsampling[0]).bits(1, subsampling[1]).bits(1, 0)
  } else if (profile % 2 === 1) w.bits(1, 0)
  w.bits(16, (fields.width ?? 640) - 1).bits(16, (fields.height ?? 360) - 1)
  return [...w.toBytes(), 1, 2, 3]
}
/** frame_marker 2, profile 0, frame_type 1, show_frame 1. */
export const VP9_INTER_FRAME = [0x86, 1, 2, 3]
