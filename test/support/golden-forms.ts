import { splitAnnexB } from '../../protocol/codec/h264.ts'
import type { GoldenUnit } from './golden.ts'

/** Brings units that ffmpeg and we hand out differently into one form. */
export type Form = (units: readonly GoldenUnit[]) => GoldenUnit[]

/** What tells the NAL units of a codec apart. */
interface NalUnits {
  readonly typeOf: (nal: Uint8Array) => number
  readonly isParameterSet: (type: number) => boolean
  /** Neither slices nor SEI: parameter sets, delimiters, ends, filler. */
  readonly isLeftOut: (type: number) => boolean
  readonly isSlice: (type: number) => boolean
  /** Of a slice: it is not the first of its picture. */
  readonly isLaterSlice: (nal: Uint8Array) => boolean
}

/** ITU-T H.264 Table 7-1. */
const H264: NalUnits = {
  typeOf: (nal) => (nal[0] ?? 0) & 0x1f,
  isParameterSet: (type) => type === 7 || type === 8,
  isLeftOut: (type) => type >= 7 && type <= 12,
  isSlice: (type) => type >= 1 && type <= 5,
  // first_mb_in_slice
  isLaterSlice: (nal) => ((nal[1] ?? 0) & 0x80) === 0,
}
/** ITU-T H.265 Table 7-1. */
const H265: NalUnits = {
  typeOf: (nal) => ((nal[0] ?? 0) >> 1) & 0x3f,
  isParameterSet: (type) => type >= 32 && type <= 34,
  isLeftOut: (type) => type >= 32 && type <= 38,
  isSlice: (type) => type < 32,
  // first_slice_segment_in_pic_flag
  isLaterSlice: (nal) => ((nal[2] ?? 0) & 0x80) === 0,
}

/**
 * ffmpeg gives byte streams with parameter sets and delimiters, and takes the slices of a picture for several where the
 * parameter sets stand before each of them, as GStreamer sends them.
 */
const samples =
  ({ typeOf, isLeftOut, isSlice, isLaterSlice }: NalUnits): Form =>
  (units) => {
    const pictures: GoldenUnit[] = []
    for (const { data, time, key } of units) {
      const nalUnits = splitAnnexB(data).filter((nal) => !isLeftOut(typeOf(nal)))
      const before = pictures.at(-1)
      const [first] = nalUnits.filter((nal) => isSlice(typeOf(nal)))
      const goesOn = before !== undefined && first !== undefined && isLaterSlice(first)
      if (goesOn) pictures.pop()
      const parts = nalUnits.flatMap((nal) => [lengthOf(nal), nal])
      const sample = Buffer.concat([...(goesOn ? [before.data] : []), ...parts])
      pictures.push({ data: sample, time: goesOn ? before.time : time, key: key || (goesOn && before.key) })
    }
    return pictures
  }

const lengthOf = (nal: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, nal.length)
  return bytes
}

/** A byte stream of what ffmpeg gave, with each parameter set once and in front: between slices they would end pictures. */
const byteStream =
  ({ typeOf, isParameterSet }: NalUnits) =>
  (units: readonly GoldenUnit[]): Uint8Array => {
    const nalUnits = units.flatMap(({ data }) => splitAnnexB(data))
    const sets = nalUnits.filter((nal) => isParameterSet(typeOf(nal)))
    const distinct = new Map(sets.map((nal) => [Buffer.from(nal).toString('hex'), nal]))
    const others = nalUnits.filter((nal) => !isParameterSet(typeOf(nal)))
    return Buffer.concat([...distinct.values(), ...others].flatMap((nal) => [Uint8Array.of(0, 0, 0, 1), nal]))
  }

/** What a row of the table says of a codec of NAL units. */
export const h264 = { theirs: samples(H264), raw: { format: 'h264', of: byteStream(H264) } }
// ffmpeg takes the parameter sets out of the packets, so that there is nothing to decode.
export const h265 = { theirs: samples(H265) }

/** JPEG: RFC 2435 sends no headers, so everyone makes their own; the scan is the camera's. */
const scan: Form = (units) =>
  units.map((unit) => {
    const { data } = unit
    let at = 2
    while (at < data.length && data[at + 1] !== 0xda) at += 2 + (((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0))
    const start = at + 2 + (((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0))
    let end = data.length
    // ffmpeg adds an EOI to that of the camera.
    while (data[end - 2] === 0xff && data[end - 1] === 0xd9) end -= 2
    return { ...unit, data: data.slice(start, end) }
  })
export const jpeg = { theirs: scan, ours: scan }
