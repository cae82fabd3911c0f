import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Mp4VideoTrack, readMp4 } from '../../../bridge/simulated-camera/mp4-reader.ts'
import { ProtocolError } from '../../../protocol/errors.ts'

const u16 = (...values: number[]) => values.flatMap((value) => [value >> 8, value & 0xff])
const u32 = (...values: number[]) => values.flatMap((v) => [(v >>> 24) & 0xff, (v >>> 16) & 0xff, ...u16(v & 0xffff)])
const box = (type: string, ...content: number[][]): number[] => {
  const bytes = content.flat()
  return [...u32(bytes.length + 8), ...Buffer.from(type, 'latin1'), ...bytes]
}
const full = (type: string, ...content: number[][]) => box(type, u32(0), ...content)
const zeros = (count: number) => new Array<number>(count).fill(0)

const AVCC = [1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, ...u16(2), 0x67, 0x42, 1, ...u16(1), 0x68]
const avc1 = box('avc1', zeros(24), u16(640, 360), zeros(50), box('avcC', AVCC))
const esds = full('esds', [3, 22, 0, 0, 0, 4, 17, 0x40], zeros(12), [5, 2, 0x11, 0x88], [6, 1, 2])
const mp4a = box('mp4a', zeros(16), u16(1, 16), u32(0, 48000 << 16), esds)

interface TrackParts {
  entry?: number[]
  stts?: number[]
  sizes?: number[]
  chunks?: number[]
  stsc?: number[]
  more?: number[][]
  edts?: number[]
}
/** A track of four samples of 1, 2, 3 and 4 bytes; `offset` is where the first lies. */
const trak = (offset: number, parts: TrackParts = {}) =>
  box(
    'trak',
    parts.edts ?? [],
    box(
      'mdia',
      full('mdhd', u32(0, 0, 1000, 0)),
      box(
        'minf',
        box(
          'stbl',
          full('stsd', u32(1), parts.entry ?? avc1),
          parts.stts ?? full('stts', u32(2, 3, 40, 1, 60)),
          parts.sizes ?? full('stsz', u32(0, 4, 1, 2, 3, 4)),
          parts.stsc ?? full('stsc', u32(1, 1, 4, 1)),
          parts.chunks ?? full('stco', u32(1, offset)),
          ...(parts.more ?? []),
        ),
      ),
    ),
  )

const DATA = [1, 2, 2, 3, 3, 3, 4, 4, 4, 4]
/** The samples stand in front, so that their place does not depend on the index. */
const SAMPLES_AT = 16 + 8
const file = (...traks: number[][]) =>
  Uint8Array.from([
    ...box('ftyp', zeros(8)),
    ...box('mdat', DATA),
    ...box('moov', full('mvhd', u32(0, 0, 600, 0)), ...traks),
  ])
const video = (parts?: TrackParts): Mp4VideoTrack =>
  readMp4(file(trak(SAMPLES_AT, parts))).video ?? expect.fail('it has no picture')

const fault = (bytes: Uint8Array): ProtocolError => {
  try {
    readMp4(bytes)
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
  throw new Error('it was read')
}

let clip: Uint8Array
beforeAll(async () => {
  clip = await readFile(new URL('../../../bridge/simulated-camera/clip.mp4', import.meta.url))
})

describe('the MP4 reader', () => {
  it('finds samples, times and random access points', () => {
    const track = video({ more: [full('stss', u32(2, 1, 3))] })
    expect(track).toMatchObject({ kind: 'video', timescale: 1000, duration: 180, width: 640, height: 360 })
    expect(track.codec).toBe('H264')
    expect([...track.configuration]).toEqual(AVCC)
    expect(track.samples.map((sample) => [...sample.data])).toEqual([[1], [2, 2], [3, 3, 3], [4, 4, 4, 4]])
    expect(track.samples.map((sample) => sample.time)).toEqual([0, 40, 80, 120])
    expect(track.samples.map((sample) => sample.sync)).toEqual([true, false, true, false])
  })

  it('takes every sample for a random access point where no list says otherwise', () => {
    expect(video().samples.every((sample) => sample.sync)).toBe(true)
  })

  it('follows several chunks with changing numbers of samples', () => {
    const track = video({
      stsc: full('stsc', u32(2, 1, 2, 1, 2, 1, 1)),
      chunks: full('stco', u32(3, SAMPLES_AT, SAMPLES_AT + 3, SAMPLES_AT + 6)),
    })
    expect(track.samples.map((sample) => [...sample.data])).toEqual([[1], [2, 2], [3, 3, 3], [4, 4, 4, 4]])
  })

  it('reads 64-bit offsets and compact sizes', () => {
    const wide = video({ chunks: full('co64', u32(1, 0, SAMPLES_AT)) })
    const nibbles = video({ sizes: full('stz2', u32(4, 4), [0x12, 0x34]) })
    const bytes = video({ sizes: full('stz2', u32(8, 4), [1, 2, 3, 4]) })
    for (const track of [wide, nibbles, bytes]) {
      expect(track.samples.map((sample) => [...sample.data])).toEqual([[1], [2, 2], [3, 3, 3], [4, 4, 4, 4]])
    }
  })

  it('adds composition offsets to decoding times, negative ones too', () => {
    const track = video({ more: [full('ctts', u32(3, 1, 80, 1, -40, 2, 0))] })
    expect(track.samples.map((sample) => sample.time)).toEqual([80, 0, 80, 120])
    expect(track.samples.map((sample) => sample.decodeTime)).toEqual([0, 40, 80, 120])
  })

  it('begins where the edit list says: a media time becomes zero, an empty edit delays', () => {
    const runUp = video({ edts: box('edts', full('elst', u32(1, 600, 40, 0x10000))) })
    expect(runUp.samples.map((sample) => sample.time)).toEqual([-40, 0, 40, 80])
    // 300 of 600 a second are half a second: 500 of 1000.
    const delayed = video({ edts: box('edts', full('elst', u32(2, 300, -1, 0x10000, 600, 0, 0x10000))) })
    expect(delayed.samples[0]?.time).toBe(500)
  })

  it('finds the AAC track and passes over others', () => {
    const other = trak(SAMPLES_AT, { entry: box('mp4v', zeros(78)) })
    const mp4 = readMp4(file(other, trak(SAMPLES_AT, { entry: mp4a }), trak(SAMPLES_AT)))
    expect(mp4.audio).toMatchObject({ kind: 'audio', codec: 'AAC', channels: 1 })
    expect([...(mp4.audio?.configuration ?? [])]).toEqual([0x11, 0x88])
    expect(readMp4(file(trak(SAMPLES_AT))).audio).toBeNull()
  })

  it.each([
    ['hvc1', 'hvcC', 'H265'],
    ['hev1', 'hvcC', 'H265'],
    ['av01', 'av1C', 'AV1'],
    ['avc3', 'avcC', 'H264'],
  ])('finds %s with its %s', (entry, record, codec) => {
    const track = video({
      entry: box(entry, zeros(24), u16(320, 180), zeros(50), box('pasp', zeros(8)), box(record, [1, 2])),
    })
    expect(track).toMatchObject({ codec, width: 320, height: 180 })
    expect([...track.configuration]).toEqual([1, 2])
  })

  it('finds Motion JPEG as MPEG-4 and as QuickTime name it, and no other MPEG-4 video', () => {
    const visual = (type: string, ...boxes: number[][]) => box(type, zeros(24), u16(320, 176), zeros(50), ...boxes)
    const descriptor = (objectType: number) => full('esds', [3, 18, 0, 0, 0, 4, 13, objectType], zeros(12), [6, 1, 2])
    for (const entry of [visual('jpeg'), visual('mp4v', descriptor(0x6c))]) {
      expect(video({ entry })).toMatchObject({ codec: 'JPEG', width: 320, height: 176 })
    }
    const mpeg4 = file(trak(SAMPLES_AT, { entry: visual('mp4v', descriptor(0x20)) }), trak(SAMPLES_AT, { entry: mp4a }))
    expect(readMp4(mpeg4).video).toBeNull()
  })

  it('finds Opus', () => {
    const opus = box('Opus', zeros(16), u16(2, 16), zeros(8), box('dOps', [0, 2]))
    const { audio, video: picture } = readMp4(file(trak(SAMPLES_AT, { entry: opus })))
    expect(picture).toBeNull()
    expect(audio).toMatchObject({ codec: 'OPUS', channels: 2 })
    expect([...(audio?.configuration ?? [])]).toEqual([0, 2])
  })

  it('reads the clip that is shipped: a minute, 25 pictures a second, a keyframe each second, sound', () => {
    const { video, audio } = readMp4(clip)
    if (!video) return expect.fail('it has no picture')
    expect(video.samples).toHaveLength(1500)
    expect(video.duration / video.timescale).toBe(60)
    expect(video.samples.every((sample, index) => sample.sync === (index % 25 === 0))).toBe(true)
    expect(video.samples.every((sample) => sample.time === sample.decodeTime)).toBe(true)
    expect(audio?.timescale).toBe(48_000)
    expect(audio?.samples[0]?.time).toBe(-1024)
    expect(clip.length).toBeLessThan(2.5e6)
  })
})

describe('the MP4 reader says what is wrong with', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /not an MP4/],
    ['a text', new TextEncoder().encode('#EXTM3U\nhttp://example.test/\n'), /beyond its container|not an MP4/],
    ['a file that was not finished', Uint8Array.from(box('ftyp', zeros(8))), /no index/],
    ['a fragmented file', Uint8Array.from([...box('ftyp', zeros(8)), ...box('moov', box('mvex'))]), /fragmented/],
    [
      'a file of other codecs',
      file(trak(SAMPLES_AT, { entry: box('ac-3', zeros(28)) })),
      /neither a picture nor sound/,
    ],
    ['H.265 without its configuration', file(trak(SAMPLES_AT, { entry: box('hvc1', zeros(78)) })), /no hvcC/],
    ['AV1 without its configuration', file(trak(SAMPLES_AT, { entry: box('av01', zeros(78)) })), /no av1C/],
    ['Opus without its configuration', file(trak(SAMPLES_AT, { entry: box('Opus', zeros(28)) })), /no dOps/],
    ['a sample entry cut off', file(trak(SAMPLES_AT, { entry: box('hvc1', zeros(20)) })), /bytes wanted/],
    ['samples beyond the end', file(trak(1_000_000)), /cut off/],
    ['a timescale of zero', file().fill(0, 58, 66), /timescale|neither/],
    ['too few durations', file(trak(SAMPLES_AT, { stts: full('stts', u32(1, 2, 40)) })), /2 samples of 4/],
    ['too few chunks', file(trak(SAMPLES_AT, { stsc: full('stsc', u32(1, 1, 1, 1)) })), /1 samples of 4/],
    ['a table of 4 billion', file(trak(SAMPLES_AT, { sizes: full('stsz', u32(1, 0xffff_ffff)) })), /more than/],
  ])('%s', (_name, bytes, message) => {
    const error = fault(bytes)
    expect(error.code).toBe('file-invalid')
    expect(error.message).toMatch(message)
    expect(error.advice).toContain('ffmpeg')
  })

  it('a file cut off anywhere, and one with any byte of its index changed, or reads it', () => {
    // The index of a file is at its start: `+faststart`.
    for (let length = 0; length < 60_000; length += 97)
      expect(fault(clip.subarray(0, length)).code).toBe('file-invalid')
    const small = file(trak(SAMPLES_AT, { edts: box('edts', full('elst', u32(1, 600, 40, 0x10000))) }))
    for (let at = 0; at < small.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const damaged = small.slice()
        damaged[at] = value
        try {
          readMp4(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }
    }
  })
})
