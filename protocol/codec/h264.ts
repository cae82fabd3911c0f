import { ProtocolError } from '../errors.ts'

/** ITU-T H.264 Table 7-1, as far as a stream of a camera has them. */
export const NalUnitType = {
  Slice: 1,
  SliceDataPartitionA: 2,
  SliceDataPartitionB: 3,
  SliceDataPartitionC: 4,
  IdrSlice: 5,
  Sei: 6,
  SequenceParameterSet: 7,
  PictureParameterSet: 8,
  AccessUnitDelimiter: 9,
  EndOfSequence: 10,
  EndOfStream: 11,
  FillerData: 12,
} as const

/** nal_unit_type of a NAL unit without start code; 0 (unspecified) where it is empty. */
export const nalUnitTypeOf = (nal: Uint8Array): number => (nal[0] ?? 0) & 0x1f

/** A coded slice of a primary picture, whole or partitioned (nal_unit_type 1 to 5). */
export const isSlice = (type: number): boolean => type >= NalUnitType.Slice && type <= NalUnitType.IdrSlice

/** The payload of a NAL unit: its header byte and the emulation prevention bytes taken away (section 7.3.1). A copy. */
export function rbspOf(nal: Uint8Array): Uint8Array {
  const rbsp = new Uint8Array(nal.length)
  let length = 0
  let zeros = 0
  for (let at = 1; at < nal.length; at++) {
    const byte = nal[at] ?? 0
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    rbsp[length++] = byte
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return rbsp.subarray(0, length)
}

/** The way back from `rbspOf`: a NAL unit whose payload has its emulation prevention bytes (section 7.4.1). */
export function nalUnitOf(header: number, rbsp: Uint8Array): Uint8Array {
  const bytes = [header]
  let zeros = 0
  for (const byte of rbsp) {
    if (zeros === 2 && byte <= 3) {
      bytes.push(3)
      zeros = 0
    }
    bytes.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Uint8Array.from(bytes)
}

/**
 * NAL units of a byte stream (Annex B), as views; a single NAL unit without start codes gives itself. Zero bytes behind
 * a NAL unit (trailing_zero_8bits) are not part of it.
 */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const nalUnits: Uint8Array[] = []
  for (let start = 0; start < bytes.length; ) {
    const code = findStartCode(bytes, start, bytes.length)
    let end = code
    while (end > start && bytes[end - 1] === 0) end--
    if (end > start) nalUnits.push(bytes.subarray(start, end))
    start = code + 3
  }
  return nalUnits
}

/** Where 00 00 01 begins in `bytes[start … end)`, or `end`. A NAL unit holds none: emulation prevention sees to that. */
export function findStartCode(bytes: Uint8Array, start: number, end: number): number {
  // The third byte of a window tells how far the next start code must be away: most windows are left after one look.
  for (let at = start + 2; at < end; ) {
    const third = bytes[at] ?? 0
    if (third > 1) at += 3
    else if (third === 1) {
      if (bytes[at - 1] === 0 && bytes[at - 2] === 0) return at - 2
      at += 3
    } else at++
  }
  return end
}

/** RFC 6381 section 3.3: profile_idc, the constraint flags and level_idc of an SPS, in hexadecimal. */
export function avcCodecString(sps: Uint8Array): string {
  let hex = ''
  for (let at = 1; at < 4; at++) hex += (sps[at] ?? 0).toString(16).padStart(2, '0')
  return `avc1.${hex.toUpperCase()}`
}

/** Code for each fault of a parameter set. */
export const invalidParameterSet = (message: string): ProtocolError =>
  new ProtocolError('parameter-sets-invalid', message)
