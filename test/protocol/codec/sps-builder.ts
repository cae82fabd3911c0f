/** Writes bits, for parameter sets made by tests. */
export class BitWriter {
  readonly #bits: number[] = []

  u(count: number, value: number): this {
    for (let i = count - 1; i >= 0; i--) this.#bits.push(Math.floor(value / 2 ** i) % 2)
    return this
  }

  ue(value: number): this {
    const length = Math.floor(Math.log2(value + 1))
    return this.u(length, 0).u(length + 1, value + 1)
  }

  se(value: number): this {
    return this.ue(value > 0 ? value * 2 - 1 : -value * 2)
  }

  /** With rbsp_trailing_bits and emulation prevention, behind a NAL unit header. */
  nal(header: number): Uint8Array {
    this.u(1, 1)
    while (this.#bits.length % 8 !== 0) this.u(1, 0)
    const bytes = [header]
    let zeros = 0
    for (let at = 0; at < this.#bits.length; at += 8) {
      const byte = this.#bits.slice(at, at + 8).reduce((value, bit) => value * 2 + bit, 0)
      if (zeros === 2 && byte <= 3) {
        bytes.push(3)
        zeros = 0
      }
      bytes.push(byte)
      zeros = byte === 0 ? zeros + 1 : 0
    }
    return Uint8Array.from(bytes)
  }
}

export interface SpsFields {
  id?: number
  profileIdc?: number
  constraintFlags?: number
  levelIdc?: number
  chromaFormatIdc?: number
  scalingLists?: boolean
  picOrderCntType?: 0 | 1 | 2
  /** Bits of frame_num, and of pic_order_cnt_lsb. Default 4 and 8. */
  frameNumBits?: number
  lsbBits?: number
  maxNumRefFrames?: number
  widthInMacroblocks?: number
  heightInMapUnits?: number
  frameMbsOnly?: boolean
  /** Left, right, top, bottom, in crop units. */
  crop?: readonly [number, number, number, number]
  vui?: {
    sar?: number | readonly [number, number]
    timing?: readonly [number, number]
    hrd?: boolean
    maxNumReorderFrames?: number
  }
}

const HIGH = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

export function buildSps(fields: SpsFields = {}): Uint8Array {
  const profileIdc = fields.profileIdc ?? 77
  const w = new BitWriter()
    .u(8, profileIdc)
    .u(8, fields.constraintFlags ?? 0)
    .u(8, fields.levelIdc ?? 31)
    .ue(fields.id ?? 0)
  if (HIGH.includes(profileIdc)) {
    const chroma = fields.chromaFormatIdc ?? 1
    w.ue(chroma)
    if (chroma === 3) w.u(1, 0)
    w.ue(2).ue(2).u(1, 0) // 10 bits
    w.u(1, fields.scalingLists ? 1 : 0)
    if (fields.scalingLists) {
      w.u(1, 1).se(-8) // first list: falls back at once
      w.u(1, 1)
      for (let i = 0; i < 16; i++) w.se(i % 2 === 0 ? 3 : -2) // second list: all 16 values
      for (let i = 2; i < (chroma === 3 ? 12 : 8); i++) w.u(1, 0)
    }
  }
  w.ue((fields.frameNumBits ?? 4) - 4)
  const poc = fields.picOrderCntType ?? 0
  w.ue(poc)
  if (poc === 0) w.ue((fields.lsbBits ?? 8) - 4)
  if (poc === 1) w.u(1, 0).se(-3).se(2).ue(2).se(5).se(-5)
  w.ue(fields.maxNumRefFrames ?? 4).u(1, 0)
  w.ue((fields.widthInMacroblocks ?? 40) - 1).ue((fields.heightInMapUnits ?? 23) - 1)
  const frameMbsOnly = fields.frameMbsOnly ?? true
  w.u(1, frameMbsOnly ? 1 : 0)
  if (!frameMbsOnly) w.u(1, 0)
  w.u(1, 1)
  w.u(1, fields.crop ? 1 : 0)
  for (const offset of fields.crop ?? []) w.ue(offset)
  w.u(1, fields.vui ? 1 : 0)
  if (fields.vui) writeVui(w, fields.vui)
  return w.nal(0x67)
}

function writeVui(w: BitWriter, vui: NonNullable<SpsFields['vui']>): void {
  w.u(1, vui.sar === undefined ? 0 : 1)
  if (typeof vui.sar === 'number') w.u(8, vui.sar)
  else if (vui.sar) w.u(8, 255).u(16, vui.sar[0]).u(16, vui.sar[1])
  w.u(1, 1).u(1, 0) // overscan
  w.u(1, 1).u(3, 5).u(1, 0).u(1, 1).u(24, 0x010101) // video signal type
  w.u(1, 1).ue(0).ue(0) // chroma location
  w.u(1, vui.timing ? 1 : 0)
  if (vui.timing) w.u(32, vui.timing[0]).u(32, vui.timing[1]).u(1, 1)
  w.u(1, vui.hrd ? 1 : 0)
  if (vui.hrd) w.ue(0).u(8, 0x11).ue(99).ue(999).u(1, 0).u(20, 0x12345)
  w.u(1, 0)
  if (vui.hrd) w.u(1, 0)
  w.u(1, 0)
  w.u(1, vui.maxNumReorderFrames === undefined ? 0 : 1)
  if (vui.maxNumReorderFrames !== undefined) {
    w.u(1, 1).ue(0).ue(0).ue(10).ue(10).ue(vui.maxNumReorderFrames).ue(4)
  }
}

/** pic_parameter_set_id, seq_parameter_set_id, and something behind. */
export const buildPps = (id = 0, rest = 0x2a): Uint8Array => new BitWriter().ue(id).ue(0).u(8, rest).nal(0x68)

export interface SliceFields {
  idr?: boolean
  /** nal_ref_idc is not 0. Default true. */
  reference?: boolean
  /** Table 7-6: 0 P, 1 B, 2 I. */
  type?: number
  firstMb?: number
  ppsId?: number
  frameNum?: number
  /** Undefined for pic_order_cnt_type 1 and 2. */
  picOrderCntLsb?: number | undefined
  /** For pic_order_cnt_type 1. */
  deltaPicOrderCnt?: number
  /** As in the SPS. */
  frameNumBits?: number
  lsbBits?: number
  /** The slice data. */
  data?: number
}

/** A slice of a stream of `buildSps` and `buildPps`, of frames. */
export function buildSlice(fields: SliceFields = {}): Uint8Array {
  const idr = fields.idr ?? false
  const w = new BitWriter()
    .ue(fields.firstMb ?? 0)
    .ue(fields.type ?? (idr ? 2 : 0))
    .ue(fields.ppsId ?? 0)
    .u(fields.frameNumBits ?? 4, fields.frameNum ?? 0)
  if (idr) w.ue(0)
  if (fields.picOrderCntLsb !== undefined) w.u(fields.lsbBits ?? 8, fields.picOrderCntLsb)
  if (fields.deltaPicOrderCnt !== undefined) w.se(fields.deltaPicOrderCnt)
  return w.u(16, fields.data ?? 0xabcd).nal((fields.reference === false ? 0 : 0x60) | (idr ? 5 : 1))
}
