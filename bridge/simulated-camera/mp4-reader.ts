import { ByteReader } from '../../protocol/bytes/byte-reader.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { type Box, boxes, findBox, needBox } from './mp4-box.ts'
import { type Mp4SampleEntry, readSampleEntry } from './mp4-sample-entry.ts'
import { readSampleTable } from './mp4-sample-table.ts'

/** One access unit of a track. */
export interface Mp4Sample {
  /** A view into the file, in the form that its codec has in MP4: of H.264 and H.265, NAL units behind their lengths. */
  readonly data: Uint8Array
  /** Decoding time in the track's timescale; the edit list's start is zero, so the run-up before it is negative. */
  readonly decodeTime: number
  /** Presentation time, likewise. */
  readonly time: number
  /** A decoder can start here. */
  readonly sync: boolean
}

interface Mp4Samples {
  /** Ticks in a second. */
  readonly timescale: number
  /** Ticks of all samples together. */
  readonly duration: number
  readonly samples: readonly Mp4Sample[]
}

export type Mp4VideoTrack = Mp4Samples & Extract<Mp4SampleEntry, { kind: 'video' }>
export type Mp4AudioTrack = Mp4Samples & Extract<Mp4SampleEntry, { kind: 'audio' }>

export interface Mp4File {
  readonly video: Mp4VideoTrack | null
  readonly audio: Mp4AudioTrack | null
}

/**
 * Reads a whole MP4 file (ISO/IEC 14496-12) that is not fragmented: the first track with pictures, and the first with
 * sound, that can be sent. Other tracks are passed over.
 *
 * Of the edit list the beginning is honoured: empty edits delay the track, and the first real edit's media time becomes
 * zero. That is what encoders write for their run-up (AAC) and for B-frames. Later edits are ignored.
 *
 * @throws ProtocolError `file-invalid`
 */
export function readMp4(bytes: Uint8Array): Mp4File {
  const top = [...boxes(bytes, 0, bytes.length)]
  if (!top.some((box) => box.type === 'ftyp' || box.type === 'moov')) throw invalid('It is not an MP4 file')
  const moov = top.find((box) => box.type === 'moov')
  if (!moov) throw invalid('It has no index (moov): it was not written to its end')
  if (findBox(bytes, moov, 'mvex')) throw invalid('It is fragmented')

  const movieTimescale = readTimescale(bytes, needBox(bytes, moov, 'mvhd'))
  let video: Mp4VideoTrack | null = null
  let audio: Mp4AudioTrack | null = null
  for (const trak of boxes(bytes, moov.start, moov.end)) {
    if (trak.type !== 'trak') continue
    const track = readTrack(bytes, trak, movieTimescale)
    if (track?.kind === 'video') video ??= track
    if (track?.kind === 'audio') audio ??= track
  }
  if (!video && !audio) throw invalid('It has neither a picture nor sound that can be sent')
  return { video, audio }
}

function readTrack(bytes: Uint8Array, trak: Box, movieTimescale: number): Mp4VideoTrack | Mp4AudioTrack | null {
  const mdia = needBox(bytes, trak, 'mdia')
  const stbl = needBox(bytes, needBox(bytes, mdia, 'minf'), 'stbl')
  const entry = readSampleEntry(bytes, needBox(bytes, stbl, 'stsd'))
  if (!entry) return null
  const timescale = readTimescale(bytes, needBox(bytes, mdia, 'mdhd'))
  const table = readSampleTable(bytes, stbl)
  if (table.samples.length === 0) return null
  const shift = readEditShift(bytes, trak, timescale, movieTimescale)
  const samples = table.samples.map((sample) => ({
    data: sample.data,
    decodeTime: sample.decodeTime + shift,
    time: sample.decodeTime + sample.compositionOffset + shift,
    sync: sample.sync,
  }))
  return { ...entry, timescale, duration: table.duration, samples }
}

/** `mvhd` and `mdhd` begin alike: version, two dates, timescale (sections 8.2.2, 8.4.2). */
function readTimescale(bytes: Uint8Array, box: Box): number {
  const reader = new ByteReader(bytes, box.start, box.end, 'file-invalid')
  const version = reader.u8()
  reader.skip(3 + (version === 1 ? 16 : 8))
  const timescale = reader.u32()
  if (timescale === 0) throw invalid(`${box.type} has a timescale of zero`)
  return timescale
}

/** What must be added to the media's times so that the presentation begins at zero (section 8.6.6). */
function readEditShift(bytes: Uint8Array, trak: Box, timescale: number, movieTimescale: number): number {
  const edts = findBox(bytes, trak, 'edts')
  const elst = edts && findBox(bytes, edts, 'elst')
  if (!elst) return 0
  const reader = new ByteReader(bytes, elst.start, elst.end, 'file-invalid')
  const version = reader.u8()
  reader.skip(3)
  let delay = 0
  for (let left = reader.u32(); left > 0; left--) {
    const duration = version === 1 ? reader.u64() : reader.u32()
    const high = version === 1 ? reader.u32() | 0 : 0
    const low = reader.u32()
    const mediaTime = version === 1 ? high * 0x1_0000_0000 + low : low | 0
    reader.skip(4)
    if (mediaTime >= 0) return Math.round(delay - mediaTime)
    delay += (duration / movieTimescale) * timescale
  }
  return 0
}

const invalid = (message: string): ProtocolError => new ProtocolError('file-invalid', message)
