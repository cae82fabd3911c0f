import { ByteReader } from '../../protocol/bytes/byte-reader.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { type Box, boxes, findBox, needBox } from './mp4-box.ts'
import { readSampleTable } from './mp4-sample-table.ts'

/** One access unit of a track. */
export interface Mp4Sample {
  /** A view into the file. Video: NAL units, each behind a length of `lengthSize` bytes. */
  readonly data: Uint8Array
  /** Decoding time in the track's timescale; the edit list's start is zero, so the run-up before it is negative. */
  readonly decodeTime: number
  /** Presentation time, likewise. */
  readonly time: number
  /** A decoder can start here. */
  readonly sync: boolean
}

export interface Mp4VideoTrack {
  readonly kind: 'video'
  /** Ticks in a second. */
  readonly timescale: number
  /** Ticks of all samples together. */
  readonly duration: number
  readonly samples: readonly Mp4Sample[]
  readonly width: number
  readonly height: number
  /** AVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 5.3.3.1. */
  readonly avcC: Uint8Array
}

export interface Mp4AudioTrack {
  readonly kind: 'audio'
  readonly timescale: number
  readonly duration: number
  readonly samples: readonly Mp4Sample[]
  readonly channels: number
  /** AudioSpecificConfig, ISO/IEC 14496-3 section 1.6.2.1. */
  readonly audioSpecificConfig: Uint8Array
}

export interface Mp4File {
  readonly video: Mp4VideoTrack
  readonly audio: Mp4AudioTrack | null
}

/**
 * Reads a whole MP4 file (ISO/IEC 14496-12) that is not fragmented: the first H.264 track, and the first AAC track
 * where there is one. Other tracks are passed over.
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
  if (!video) throw invalid('It has no H.264 video')
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

type SampleEntry =
  | Pick<Mp4VideoTrack, 'kind' | 'width' | 'height' | 'avcC'>
  | Pick<Mp4AudioTrack, 'kind' | 'channels' | 'audioSpecificConfig'>

/** The first sample entry (section 8.5.2) that can be sent; null for any other codec. */
function readSampleEntry(bytes: Uint8Array, stsd: Box): SampleEntry | null {
  // Full box header and entry count.
  for (const entry of boxes(bytes, stsd.start + 8, stsd.end)) {
    const reader = new ByteReader(bytes, entry.start, entry.end, 'file-invalid')
    if (entry.type === 'avc1' || entry.type === 'avc3') {
      reader.skip(24)
      const width = reader.u16()
      const height = reader.u16()
      const avcC = needBox(bytes, { ...entry, start: entry.start + 78 }, 'avcC')
      return { kind: 'video', width, height, avcC: bytes.subarray(avcC.start, avcC.end) }
    }
    if (entry.type === 'mp4a') {
      reader.skip(8)
      // QuickTime writes longer entries; files of version 0 are what ISO/IEC 14496-12 knows.
      if (reader.u16() !== 0) return null
      reader.skip(6)
      const channels = reader.u16()
      const esds = findBox(bytes, { ...entry, start: entry.start + 28 }, 'esds')
      const audioSpecificConfig = esds && readAudioSpecificConfig(bytes, esds)
      return audioSpecificConfig ? { kind: 'audio', channels, audioSpecificConfig } : null
    }
  }
  return null
}

const ES_DESCRIPTOR = 3
const DECODER_CONFIG_DESCRIPTOR = 4
const DECODER_SPECIFIC_INFO = 5
const OBJECT_TYPE_AAC = 0x40

/** ES descriptor, ISO/IEC 14496-1 section 7.2.6.5; null where the sound is not AAC. */
function readAudioSpecificConfig(bytes: Uint8Array, esds: Box): Uint8Array | null {
  const reader = new ByteReader(bytes, esds.start + 4, esds.end, 'file-invalid')
  if (reader.u8() !== ES_DESCRIPTOR) return null
  readDescriptorLength(reader)
  reader.skip(2)
  const flags = reader.u8()
  if (flags & 0x80) reader.skip(2)
  if (flags & 0x40) reader.skip(reader.u8())
  if (flags & 0x20) reader.skip(2)
  if (reader.u8() !== DECODER_CONFIG_DESCRIPTOR) return null
  readDescriptorLength(reader)
  if (reader.u8() !== OBJECT_TYPE_AAC) return null
  reader.skip(12)
  if (reader.u8() !== DECODER_SPECIFIC_INFO) return null
  return reader.take(readDescriptorLength(reader))
}

/** Up to four bytes of seven bits, ISO/IEC 14496-1 section 8.3.3. */
function readDescriptorLength(reader: ByteReader): number {
  let length = 0
  for (let i = 0; i < 4; i++) {
    const byte = reader.u8()
    length = length * 128 + (byte & 0x7f)
    if (byte < 0x80) break
  }
  return length
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
