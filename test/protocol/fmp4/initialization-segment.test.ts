import { describe, expect, it } from 'vitest'
import { ByteReader } from '../../../protocol/bytes/byte-reader.ts'
import type { CodecConfiguration, VideoConfiguration } from '../../../protocol/codec/configuration.ts'
import { createInitializationSegment } from '../../../protocol/fmp4/initialization-segment.ts'
import { boxAt, readBoxes } from './boxes.ts'

const VIDEO: VideoConfiguration = {
  kind: 'video',
  codec: 'avc1.4D401F',
  description: Uint8Array.of(1, 2, 3),
  width: 720,
  height: 576,
  pixelAspectRatio: 1,
  reorderDepth: 0,
}
const AUDIO: CodecConfiguration = {
  kind: 'audio',
  codec: 'mp4a.40.2',
  description: Uint8Array.of(0x11, 0x90),
  sampleRate: 48_000,
  channels: 2,
}

const make = (configuration: CodecConfiguration) =>
  createInitializationSegment({ trackId: 2, timescale: 90_000, configuration })
const types = (bytes: Uint8Array) => readBoxes(bytes).map((box) => box.type)
/** Behind version, flags and entry_count of stsd, and the fixed part of its entry. */
const entry = (segment: Uint8Array) =>
  readBoxes(boxAt(segment, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd').subarray(8))[0]

describe('the initialization segment', () => {
  it('is live: it states no duration, in mvhd, tkhd, mdhd or mehd', () => {
    const segment = make(VIDEO)
    expect(types(segment)).toEqual(['ftyp', 'moov'])
    expect(types(boxAt(segment, 'moov'))).toEqual(['mvhd', 'trak', 'mvex'])
    expect(types(boxAt(segment, 'moov', 'mvex'))).toEqual(['trex'])
    expect(new ByteReader(boxAt(segment, 'moov', 'mvhd'), 16).u32()).toBe(0)
    expect(new ByteReader(boxAt(segment, 'moov', 'trak', 'tkhd'), 20).u32()).toBe(0)
    expect(new ByteReader(boxAt(segment, 'moov', 'trak', 'mdia', 'mdhd'), 16).u32()).toBe(0)
  })

  it('names its track and timescale', () => {
    const segment = make(VIDEO)
    expect(new ByteReader(boxAt(segment, 'moov', 'trak', 'tkhd'), 12).u32()).toBe(2)
    expect(new ByteReader(boxAt(segment, 'moov', 'mvex', 'trex'), 4).u32()).toBe(2)
    expect(new ByteReader(boxAt(segment, 'moov', 'trak', 'mdia', 'mdhd'), 12).u32()).toBe(90_000)
  })

  it('holds avcC, and pasp only where pixels are not square', () => {
    const square = entry(make(VIDEO))
    expect(square?.type).toBe('avc1')
    const boxes = square?.content.subarray(78) ?? new Uint8Array(0)
    expect(types(boxes)).toEqual(['avcC'])
    expect([...boxAt(boxes, 'avcC')]).toEqual([1, 2, 3])

    const wide = make({ ...VIDEO, pixelAspectRatio: 16 / 11 })
    expect([...boxAt(entry(wide)?.content.subarray(78) ?? boxes, 'pasp')]).toEqual([0, 0, 0, 16, 0, 0, 0, 11])
    // The size of presentation, in 16.16.
    expect(new ByteReader(boxAt(wide, 'moov', 'trak', 'tkhd'), 76).u32() / 65_536).toBeCloseTo((720 * 16) / 11, 3)
  })

  it.each([
    ['mp3', 44_100, '6b15'],
    ['mp3', 22_050, '6915'],
    ['mp4a.6B', 48_000, '6b15'],
    ['mp4a.69', 24_000, '6915'],
  ])('names MPEG audio by its standard alone: %s at %i Hz', (codec, sampleRate, types) => {
    const segment = make({ kind: 'audio', codec, description: new Uint8Array(0), sampleRate, channels: 1 })
    const mp4a = entry(segment)
    const esds = boxAt(mp4a?.content.subarray(28) ?? new Uint8Array(0), 'esds')
    // DecoderConfigDescriptor: objectTypeIndication, streamType; then no DecSpecificInfo but SLConfigDescriptor.
    expect([mp4a?.type, Buffer.from(esds).toString('hex')]).toEqual([
      'mp4a',
      expect.stringContaining(`048080800d${types}`),
    ])
    expect(Buffer.from(esds).toString('hex')).toMatch(/0{22}06808080/)
  })

  it('holds the AudioSpecificConfig in esds', () => {
    const mp4a = entry(make(AUDIO))
    expect(mp4a?.type).toBe('mp4a')
    const esds = boxAt(mp4a?.content.subarray(28) ?? new Uint8Array(0), 'esds')
    expect(Buffer.from(esds).toString('hex')).toContain('05808080021190')
  })

  it('is refused for a codec that it has no sample entry for', () => {
    expect(() => make({ ...AUDIO, codec: 'pcma' })).toThrow(expect.objectContaining({ code: 'codec-unsupported' }))
  })
})
