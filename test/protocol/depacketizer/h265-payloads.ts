import { buildPps, buildSlice, buildSps, buildVps } from '../codec/h265-builder.ts'

/** NAL units of H.265, and the payloads of RFC 7798 that they come in. */

export const VPS = buildVps()
export const SPS = buildSps()
export const PPS = buildPps()
export const PARAMETER_SETS = [VPS, SPS, PPS]
export const AUD = [0x46, 0x01, 0x50]
export const END_OF_SEQUENCE = [0x48, 0x01]
export const FILLER = [0x4c, 0x01, 0xff, 0x80]
export const SEI = [0x4e, 0x01, 0x05, 0x02, 0x11, 0x22, 0x80]
export const RECOVERY_POINT = [0x4e, 0x01, 0x06, 0x01, 0xd0, 0x80]
export const SUFFIX_SEI = [0x50, 0x01, 0x84, 0x01, 0x11, 0x80]

export const [TRAIL_R, RADL_N, RASL_N, RASL_R, BLA_W_LP, IDR_W_RADL, IDR_N_LP, CRA] = [
  1, 6, 8, 9, 16, 19, 20, 21,
] as const
export const IDR = buildSlice(IDR_W_RADL)
export const IDR_2 = buildSlice(IDR_W_RADL, { first: false })
export const SLICE = buildSlice(TRAIL_R)
export const SLICE_2 = buildSlice(TRAIL_R, { first: false })

export type Nal = Uint8Array | readonly number[]

const u16 = (value: number) => [value >> 8, value & 0xff]
export const ap = (...nalUnits: Nal[]) => [0x60, 0x01, ...nalUnits.flatMap((nal) => [...u16(nal.length), ...nal])]
/** Bytes `from` to `to` of a NAL unit; its header is not among them. */
export const fu = (nal: Nal, from: number, to: number, start: boolean, end: boolean) => {
  const [header0 = 0, header1 = 0] = nal
  const flags = (start ? 0x80 : 0) | (end ? 0x40 : 0)
  return [(header0 & 0x81) | (49 << 1), header1, flags | ((header0 >> 1) & 0x3f), ...Array.from(nal).slice(from, to)]
}
/** A payload behind a payload content information of three bytes. */
export const paci = ([header0 = 0, header1 = 0, ...rest]: readonly number[]) => {
  const fields = ((header0 & 0x80) << 8) | (((header0 >> 1) & 0x3f) << 9) | (3 << 4)
  return [(header0 & 1) | (50 << 1), header1, ...u16(fields), 0xaa, 0xbb, 0xcc, ...rest]
}
