import { ByteReader } from '../../protocol/bytes/byte-reader.ts'
import { type Box, boxes, findBox, needBox } from './mp4-box.ts'

export type Mp4VideoCodec = 'H264' | 'H265' | 'AV1' | 'JPEG'
export type Mp4AudioCodec = 'AAC' | 'OPUS'

/** What a sample entry says of a track that can be sent. */
export type Mp4SampleEntry =
  | {
      readonly kind: 'video'
      readonly codec: Mp4VideoCodec
      readonly width: number
      readonly height: number
      /** Content of `avcC`, `hvcC` (ISO/IEC 14496-15) or `av1C`; empty for JPEG. */
      readonly configuration: Uint8Array
    }
  | {
      readonly kind: 'audio'
      readonly codec: Mp4AudioCodec
      readonly channels: number
      /** AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1) for AAC, content of `dOps` for Opus. */
      readonly configuration: Uint8Array
    }

/** Visual sample entries with a box of their own for the decoder's configuration. */
const VISUAL: Readonly<Record<string, readonly [codec: Mp4VideoCodec, box: string]>> = {
  avc1: ['H264', 'avcC'],
  avc3: ['H264', 'avcC'],
  hvc1: ['H265', 'hvcC'],
  hev1: ['H265', 'hvcC'],
  av01: ['AV1', 'av1C'],
}

/** ISO/IEC 14496-12 sections 12.1.3 and 12.2.3: where the boxes within a sample entry begin. */
const VISUAL_BYTES = 78
const AUDIO_BYTES = 28

/** objectTypeIndication, ISO/IEC 14496-1 section 7.2.6.6. */
const OBJECT_TYPE_AAC = 0x40
const OBJECT_TYPE_JPEG = 0x6c

/**
 * The first sample entry (ISO/IEC 14496-12 section 8.5.2) that can be sent; null where there is none.
 * @throws ProtocolError `file-invalid`
 */
export function readSampleEntry(bytes: Uint8Array, stsd: Box): Mp4SampleEntry | null {
  // Full box header and entry count.
  for (const entry of boxes(bytes, stsd.start + 8, stsd.end)) {
    const found = readVisual(bytes, entry) ?? readAudio(bytes, entry)
    if (found) return found
  }
  return null
}

function readVisual(bytes: Uint8Array, entry: Box): Mp4SampleEntry | null {
  const known = Object.hasOwn(VISUAL, entry.type) ? VISUAL[entry.type] : undefined
  if (!known && entry.type !== 'mp4v' && entry.type !== 'jpeg') return null
  const reader = new ByteReader(bytes, entry.start, entry.end, 'file-invalid')
  reader.skip(24)
  const size = { width: reader.u16(), height: reader.u16() }
  const within = { ...entry, start: entry.start + VISUAL_BYTES }
  if (known) {
    const [codec, type] = known
    const box = needBox(bytes, within, type)
    return { kind: 'video', codec, ...size, configuration: bytes.subarray(box.start, box.end) }
  }
  // QuickTime names Motion JPEG by the entry, MPEG-4 by the object type.
  const isJpeg = entry.type === 'jpeg' || decoderConfiguration(bytes, within)?.objectType === OBJECT_TYPE_JPEG
  return isJpeg ? { kind: 'video', codec: 'JPEG', ...size, configuration: new Uint8Array(0) } : null
}

function readAudio(bytes: Uint8Array, entry: Box): Mp4SampleEntry | null {
  if (entry.type !== 'mp4a' && entry.type !== 'Opus') return null
  const reader = new ByteReader(bytes, entry.start, entry.end, 'file-invalid')
  reader.skip(8)
  // QuickTime writes longer entries; files of version 0 are what ISO/IEC 14496-12 knows.
  if (reader.u16() !== 0) return null
  reader.skip(6)
  const channels = reader.u16()
  const within = { ...entry, start: entry.start + AUDIO_BYTES }
  if (entry.type === 'Opus') {
    const dOps = needBox(bytes, within, 'dOps')
    return { kind: 'audio', codec: 'OPUS', channels, configuration: bytes.subarray(dOps.start, dOps.end) }
  }
  const found = decoderConfiguration(bytes, within)
  if (found?.objectType !== OBJECT_TYPE_AAC || !found.specificInfo) return null
  return { kind: 'audio', codec: 'AAC', channels, configuration: found.specificInfo }
}

const ES_DESCRIPTOR = 3
const DECODER_CONFIG_DESCRIPTOR = 4
const DECODER_SPECIFIC_INFO = 5

/** ES descriptor, ISO/IEC 14496-1 section 7.2.6.5; null where there is none. */
function decoderConfiguration(
  bytes: Uint8Array,
  container: Box,
): { readonly objectType: number; readonly specificInfo: Uint8Array | null } | null {
  const esds = findBox(bytes, container, 'esds')
  if (!esds) return null
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
  const objectType = reader.u8()
  reader.skip(12)
  const hasInfo = reader.remaining > 0 && reader.u8() === DECODER_SPECIFIC_INFO
  return { objectType, specificInfo: hasInfo ? reader.take(readDescriptorLength(reader)) : null }
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
