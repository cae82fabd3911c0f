import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'
import { leb128Length, ObuType, writeLeb128 } from '../../../protocol/codec/av1.ts'

export interface SequenceHeaderFields {
  seqProfile?: 0 | 1 | 2
  reducedStillPictureHeader?: boolean
  /** Level and tier of each operating point. */
  operatingPoints?: readonly (readonly [level: number, tier: 0 | 1])[]
  timingInfo?: boolean
  /** Needs timingInfo. */
  decoderModelInfo?: boolean
  initialDisplayDelay?: boolean
  width?: number
  height?: number
  frameIdNumbers?: boolean
  /** 0 and 1 are forced, 2 is chosen by each frame. */
  screenContentTools?: 0 | 1 | 2
  orderHint?: boolean
  bitDepth?: 8 | 10 | 12
  monochrome?: boolean
  colours?: readonly [primaries: number, transfer: number, matrix: number]
  fullRange?: boolean
  subsampling?: readonly [x: 0 | 1, y: 0 | 1]
  chromaSamplePosition?: number
}

/** sequence_header_obu() with trailing bits. */
export function buildSequenceHeader(fields: SequenceHeaderFields = {}): Uint8Array {
  const { seqProfile = 0, reducedStillPictureHeader = false, operatingPoints = [[4, 0]] } = fields
  const { width = 640, height = 360, screenContentTools = 2, orderHint = true } = fields
  const w = new BitWriter().bits(3, seqProfile).flag(reducedStillPictureHeader).flag(reducedStillPictureHeader)
  if (reducedStillPictureHeader) {
    w.bits(5, operatingPoints[0]?.[0] ?? 0)
  } else {
    writeOperatingPoints(w, fields, operatingPoints)
  }
  w.bits(4, 15).bits(4, 15)
  w.bits(16, width - 1).bits(16, height - 1)
  if (!reducedStillPictureHeader) {
    w.flag(fields.frameIdNumbers ?? false)
    if (fields.frameIdNumbers) w.bits(7, 0)
  }
  w.bits(3, 0)
  if (!reducedStillPictureHeader) {
    w.bits(4, 0).flag(orderHint)
    if (orderHint) w.bits(2, 0)
    w.flag(screenContentTools === 2)
    if (screenContentTools < 2) w.bits(1, screenContentTools)
    if (screenContentTools > 0) w.flag(false).bits(1, 1) // seq_choose_integer_mv, seq_force_integer_mv
    if (orderHint) w.bits(3, 6)
  }
  w.bits(3, 0)
  writeColorConfig(w, seqProfile, fields)
  return w.flag(false).flag(true).toBytes() // film_grain_params_present, trailing_one_bit
}

function writeOperatingPoints(
  w: BitWriter,
  { timingInfo = false, decoderModelInfo = false, initialDisplayDelay = false }: SequenceHeaderFields,
  points: readonly (readonly [number, number])[],
): void {
  w.flag(timingInfo)
  // num_units_in_display_tick, time_scale, equal_picture_interval, num_ticks_per_picture_minus_1
  if (timingInfo) w.bits(32, 1).bits(32, 30).flag(true).ue(4).flag(decoderModelInfo)
  if (timingInfo && decoderModelInfo) w.bits(5, 9).bits(32, 1).bits(5, 0).bits(5, 0)
  w.flag(initialDisplayDelay).bits(5, points.length - 1)
  for (const [level, tier] of points) {
    w.bits(12, 0x101).bits(5, level)
    if (level > 7) w.bits(1, tier)
    if (timingInfo && decoderModelInfo) w.flag(true).bits(10, 0x3ff).bits(10, 0x3ff).flag(true)
    if (initialDisplayDelay) w.flag(true).bits(4, 9)
  }
}

function writeColorConfig(w: BitWriter, seqProfile: number, fields: SequenceHeaderFields): void {
  const { bitDepth = 8, monochrome = false, colours, fullRange = false, subsampling = [1, 1] } = fields
  w.flag(bitDepth > 8)
  if (seqProfile === 2 && bitDepth > 8) w.flag(bitDepth === 12)
  if (seqProfile !== 1) w.flag(monochrome)
  w.flag(colours !== undefined)
  if (colours) for (const colour of colours) w.bits(8, colour)
  if (monochrome) {
    w.flag(fullRange)
    return
  }
  if (colours?.join() !== '1,13,0') {
    w.flag(fullRange)
    const [x, y] = subsampling
    if (seqProfile === 2 && bitDepth === 12) {
      w.bits(1, x)
      if (x) w.bits(1, y)
    }
    if (seqProfile !== 1 && x && y) w.bits(2, fields.chromaSamplePosition ?? 0)
  }
  w.flag(false) // separate_uv_delta_q
}

type Bytes = Uint8Array | readonly number[]

/** An OBU with obu_size, as in a sample. */
export function obu(type: number, payload: Bytes, extension?: number): number[] {
  const size = new Uint8Array(leb128Length(payload.length))
  writeLeb128(size, 0, payload.length)
  return [
    (type << 3) | (extension === undefined ? 0 : 4) | 2,
    ...(extension === undefined ? [] : [extension]),
    ...size,
    ...payload,
  ]
}

/** An OBU without obu_size, as in an OBU element. */
export const bareObu = (type: number, payload: Bytes, extension?: number): number[] => [
  (type << 3) | (extension === undefined ? 0 : 4),
  ...(extension === undefined ? [] : [extension]),
  ...payload,
]

export const SEQUENCE_HEADER = buildSequenceHeader()
/** show_existing_frame 0, frame_type KEY_FRAME, show_frame 1; the rest is not looked at. */
export const KEY_FRAME = [0x10, 0x20, 0x30]
export const INTER_FRAME = [0x30, 0x21, 0x31]
export const TEMPORAL_DELIMITER = obu(ObuType.TemporalDelimiter, [])
