import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Mp4AudioTrack, type Mp4VideoTrack, readMp4 } from '../../../bridge/simulated-camera/mp4-reader.ts'
import { ByteReader } from '../../../protocol/bytes/byte-reader.ts'
import { concatenate } from '../../../protocol/fmp4/box.ts'
import type { InitializationSegmentOptions } from '../../../protocol/fmp4/initialization-segment.ts'
import type { RecordedUnit } from '../../../protocol/fmp4/recording-track.ts'
import {
  type FinishedRecording,
  type RecordingBound,
  RecordingWriter,
  type RecordingWriterOptions,
} from '../../../protocol/fmp4/recording-writer.ts'
import { Ticks } from '../../../protocol/units.ts'
import { complaints, pictures, probe, run } from '../../support/ffmpeg.ts'
import { boxAt, readBoxes } from './boxes.ts'

/** Seconds into the stream, so that times are large and nothing rests on zero. */
const UPTIME = 100_000
const BEGINS = new Date('2026-11-23T10:20:30Z')

// ffmpeg decodes each file, on whatever machine this is.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let directory: string
let plain: Source
let reordered: Source

interface Source {
  readonly path: string
  readonly video: Mp4VideoTrack
  readonly audio: Mp4AudioTrack
}

/** Six seconds of pictures, a keyframe each second, and of sound. */
function encode(name: string, ...options: string[]): Source {
  const path = join(directory, name)
  const inputs = ['testsrc=size=160x120:rate=25:duration=6', 'sine=frequency=440:sample_rate=48000:duration=6']
  const sources = inputs.flatMap((input) => ['-f', 'lavfi', '-i', input])
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', ...options, '-c:a', 'aac', '-ac', '1']
  run('ffmpeg', '-v', 'error', '-y', ...sources, ...codecs, path)
  const { video, audio } = readMp4(readFileSync(path))
  if (!video || !audio) throw new Error('The source has lost a track')
  return { path, video, audio }
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'recording-'))
  plain = encode('plain.mp4', '-bf', '0')
  reordered = encode('reordered.mp4', '-bf', '2')
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const tracksOf = ({ video, audio }: Source): InitializationSegmentOptions[] => [
  {
    trackId: 1,
    timescale: video.timescale,
    configuration: {
      kind: 'video',
      codec: 'avc1.4D401F',
      description: video.configuration,
      width: video.width,
      height: video.height,
      pixelAspectRatio: 1,
      reorderDepth: 0,
    },
  },
  {
    trackId: 2,
    timescale: audio.timescale,
    configuration: {
      kind: 'audio',
      codec: 'mp4a.40.2',
      description: audio.configuration,
      sampleRate: 48_000,
      channels: 1,
    },
  },
]

/** The units of both tracks as a camera sends them, by their decode times. */
function unitsOf({ video, audio }: Source, { from = -1, soundLater = 0, reorderDepth = 0 } = {}): RecordedUnit[] {
  const units = [
    ...video.samples.map(({ data, time, decodeTime, sync }) => ({
      sent: decodeTime / video.timescale,
      unit: {
        trackId: 1,
        data,
        time: Ticks(time + UPTIME * video.timescale),
        duration: undefined,
        randomAccess: sync,
        reorderDepth,
      },
    })),
    ...audio.samples.map(({ data, time }) => ({
      sent: time / audio.timescale,
      unit: {
        trackId: 2,
        data,
        time: Ticks(time + Math.round((UPTIME + soundLater) * audio.timescale)),
        duration: Ticks(1024),
        randomAccess: true,
        reorderDepth: 0,
      },
    })),
  ]
  return units
    .toSorted((a, b) => a.sent - b.sent)
    .filter(({ sent }) => sent >= from)
    .map(({ unit }) => unit)
}

interface Written extends FinishedRecording {
  readonly chunks: readonly Uint8Array<ArrayBuffer>[]
  readonly bound: RecordingBound | undefined
  /** As it is before `finish` overwrote its head. */
  readonly unfinished: Uint8Array<ArrayBuffer>
  readonly file: Uint8Array<ArrayBuffer>
}

function write(
  tracks: readonly InitializationSegmentOptions[],
  units: readonly RecordedUnit[],
  options: Partial<RecordingWriterOptions> = {},
): Written {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  const writer = new RecordingWriter({ tracks, begins: BEGINS, write: (chunk) => chunks.push(chunk), ...options })
  let bound: RecordingBound | undefined
  for (const unit of units) bound = writer.push(unit)
  const unfinished = concatenate(chunks)
  const finished = writer.finish()
  const file = concatenate(chunks)
  expect(file.length).toBe(finished.bytes)
  file.set(finished.header)
  return { ...finished, chunks, bound, unfinished, file }
}

let saved = 0
function save(bytes: Uint8Array): string {
  const path = join(directory, `saved-${saved++}.mp4`)
  writeFileSync(path, bytes)
  return path
}

const packets = (path: string, kind: 'v' | 'a'): number[] =>
  run('ffprobe', '-v', 'error', '-select_streams', kind, '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path)
    .split('\n')
    .filter((line) => line !== '')
    .map(Number.parseFloat)

describe('a recording', () => {
  it.each(['without B-frames', 'with B-frames'])('holds every packet and decodes to the same pictures, %s', (name) => {
    const [source, reorderDepth] = name.startsWith('without') ? [plain, 0] : [reordered, 2]
    const { file, duration } = write(tracksOf(source), unitsOf(source, { reorderDepth }))
    const path = save(file)
    expect(complaints(path)).toBe('')
    expect(pictures(path)).toEqual(pictures(source.path))
    const { streams, format } = probe(path)
    expect(streams.map(({ nb_read_packets }) => Number(nb_read_packets))).toEqual([
      source.video.samples.length,
      // The encoder's run-up ends before the first picture.
      source.audio.samples.filter(({ time }) => time + 1024 > 0).length,
    ])
    // ffmpeg reads it from the head, without looking into the fragments.
    expect(Number(format.duration)).toBeCloseTo(duration, 2)
    expect(duration).toBeGreaterThan(5.99)
    expect(duration).toBeLessThan(6.05)
  })

  it('begins with a keyframe at time zero, and the sound with it', () => {
    const units = unitsOf(plain, { from: 1.5 })
    // Before the sound that is heard with it.
    const keyframe = units.find(({ trackId, randomAccess }) => trackId === 1 && randomAccess)
    if (!keyframe) throw new Error('There is no keyframe')
    const { file, duration } = write(tracksOf(plain), [keyframe, ...units.filter((unit) => unit !== keyframe)])
    const path = save(file)
    expect(packets(path, 'v')[0]).toBe(0)
    expect(pictures(path)).toEqual(pictures(plain.path).slice(50))
    // To the millisecond where it was: of a frame that began earlier the rest is heard.
    const { samples, timescale } = plain.audio
    const began = samples.findLast(({ time }) => time <= 2 * timescale)?.time ?? Number.NaN
    expect(packets(path, 'a')[0]).toBeCloseTo(began / timescale - 2, 3)
    expect(duration).toBeCloseTo(4, 1)
    expect(complaints(path)).toBe('')
  })

  it('leaves out pictures that come after the first and are shown before it: what they are made of is not there', () => {
    const [key, ...others] = unitsOf(plain).filter(({ trackId }) => trackId === 1)
    const [next] = others
    if (!key || !next) throw new Error('There are no pictures')
    const leading = [2, 1].map((frames) => ({ ...next, time: Ticks(key.time - (frames * plain.video.timescale) / 25) }))
    const path = save(write(tracksOf(plain).slice(0, 1), [key, ...leading, ...others]).file)
    expect(packets(path, 'v')).toHaveLength(1 + others.length)
    expect(pictures(path)).toEqual(pictures(plain.path))
  })

  it('keeps picture and sound as far apart as they came', () => {
    const { file } = write(tracksOf(plain), unitsOf(plain, { soundLater: 0.5 }))
    const path = save(file)
    const [first = 0] = packets(path, 'a').filter((time) => time >= 0)
    expect(first).toBeCloseTo(0.5, 1)
    expect(Number(probe(path).streams[1]?.start_time)).toBeCloseTo(first, 2)
  })

  it('says by its edit list that nothing is heard before the sound comes, and how long all of it lasts', () => {
    const { file } = write(tracksOf(plain), unitsOf(plain, { soundLater: 0.5 }))
    const [, sound] = readBoxes(boxAt(file, 'moov')).filter(({ type }) => type === 'trak')
    if (!sound) throw new Error('There is no sound')
    const edits = new ByteReader(boxAt(sound.content, 'edts', 'elst'))
    const header = new ByteReader(boxAt(sound.content, 'tkhd'))
    edits.skip(4)
    header.skip(28)
    expect(edits.u32()).toBe(2)
    const empty = edits.u64()
    // media_time -1
    expect([edits.u32(), edits.u32()]).toEqual([0xffff_ffff, 0xffff_ffff])
    edits.skip(4)
    const [shown, shownTime] = [edits.u64(), edits.u64()]
    expect(empty / 90_000).toBeCloseTo(0.5, 1)
    expect(shown / 90_000).toBeCloseTo(6, 1)
    expect(shownTime).toBe(0)
    expect(header.u64()).toBe(empty + shown)
  })

  it('tells the same duration in every box that has one', () => {
    const { file, duration } = write(tracksOf(reordered), unitsOf(reordered, { reorderDepth: 2 }))
    const seconds = (content: Uint8Array, at: number, timescale: number) => {
      const view = new DataView(content.buffer, content.byteOffset)
      return Number(view.getBigUint64(at)) / timescale
    }
    expect(seconds(boxAt(file, 'moov', 'mvhd'), 24, 90_000)).toBeCloseTo(duration, 4)
    expect(seconds(boxAt(file, 'moov', 'mvex', 'mehd'), 4, 90_000)).toBeCloseTo(duration, 4)
    expect(seconds(boxAt(file, 'moov', 'trak', 'tkhd'), 28, 90_000)).toBeCloseTo(6, 1)
    expect(seconds(boxAt(file, 'moov', 'trak', 'mdia', 'mdhd'), 24, reordered.video.timescale)).toBeCloseTo(6, 1)
    // Creation time, from 1904 on.
    expect(seconds(boxAt(file, 'moov', 'mvhd'), 4, 1) - 2_082_844_800).toBe(BEGINS.getTime() / 1000)
  })

  it('can be played up to where it was written, when nothing ended it', () => {
    const { unfinished } = write(tracksOf(plain), unitsOf(plain))
    const path = save(unfinished)
    expect(complaints(path)).toBe('')
    const found = pictures(path)
    expect(found.length).toBeGreaterThanOrEqual(100)
    expect(found).toEqual(pictures(plain.path).slice(0, found.length))
  })

  it('has one fragment a second, which begins with a keyframe, and an index of them', () => {
    const { file } = write(tracksOf(reordered), unitsOf(reordered, { reorderDepth: 2 }))
    const types = readBoxes(file).map(({ type }) => type)
    expect(types).toEqual(['ftyp', 'moov', ...Array(6).fill(['moof', 'mdat']).flat(), 'mfra'])
    const index = boxAt(file, 'mfra', 'tfra')
    const view = new DataView(index.buffer, index.byteOffset)
    expect(view.getUint32(12)).toBe(6)
    for (let entry = 0; entry < 6; entry++) {
      const offset = Number(view.getBigUint64(16 + entry * 22 + 8))
      expect(new TextDecoder().decode(file.subarray(offset + 4, offset + 8))).toBe('moof')
      // sample_number
      expect(view.getUint32(16 + entry * 22 + 18)).toBe(1)
    }
    const end = boxAt(file, 'mfra', 'mfro')
    const size = new DataView(end.buffer, end.byteOffset).getUint32(4)
    expect(new TextDecoder().decode(file.subarray(file.length - size + 4, file.length - size + 8))).toBe('mfra')
  })

  it('of pictures that are each a keyframe has no more than one fragment a second', () => {
    const units = unitsOf(plain).map((unit) => ({ ...unit, randomAccess: true }))
    expect(readBoxes(write(tracksOf(plain), units).file).filter(({ type }) => type === 'moof')).toHaveLength(6)
  })

  it('shows a picture for as long as the stream stood still', () => {
    const units = unitsOf(plain).map((unit) => {
      const { timescale } = unit.trackId === 1 ? plain.video : plain.audio
      const isLater = unit.time >= (UPTIME + 3) * timescale
      return isLater ? { ...unit, time: Ticks(unit.time + 60 * timescale) } : unit
    })
    const { file, duration } = write(tracksOf(plain), units)
    const path = save(file)
    expect(duration).toBeCloseTo(66, 1)
    const times = packets(path, 'v')
    expect(times[75]).toBeCloseTo(63, 2)
    expect(packets(path, 'a').find((time) => time > 4)).toBeCloseTo(63, 1)
    expect(complaints(path)).toBe('')
    expect(pictures(path)).toEqual(pictures(plain.path))
  })

  it('goes on with the sound while no picture comes', () => {
    const pictures = unitsOf(plain).filter(({ trackId }) => trackId === 1)
    const [frame] = unitsOf(plain).filter(({ trackId }) => trackId === 2)
    if (!frame) throw new Error('There is no sound')
    const sound = Array.from({ length: 1_500 }, (_, i) => ({ ...frame, time: Ticks(UPTIME * 48_000 + i * 1024) }))
    const { file, unfinished, duration } = write(tracksOf(plain), [...pictures.slice(0, 10), ...sound])
    // Of its 32 seconds no more than six are gone when nothing ends it.
    expect(packets(save(unfinished), 'a').at(-1)).toBeGreaterThan(26)
    const path = save(file)
    expect(complaints(path)).toBe('')
    expect(packets(path, 'a')).toHaveLength(1_500)
    expect(duration).toBeCloseTo(32, 1)
    const bounded = write(tracksOf(plain), [...pictures.slice(0, 10), ...sound], { maxSeconds: 10 })
    expect(bounded.bound).toBe('seconds')
    expect(bounded.duration).toBeLessThan(15)
  })

  it('of less than a fragment is whole too', () => {
    const { file, duration } = write(tracksOf(plain), unitsOf(plain).slice(0, 20))
    const path = save(file)
    expect(complaints(path)).toBe('')
    expect(pictures(path).length).toBeGreaterThan(5)
    expect(duration).toBeGreaterThan(0.2)
  })

  it('of sound alone begins at once', () => {
    const units = unitsOf(plain).filter(({ trackId }) => trackId === 2)
    const { file, duration } = write(tracksOf(plain).slice(1), units)
    const path = save(file)
    expect(complaints(path)).toBe('')
    expect(duration).toBeCloseTo(6, 1)
    expect(packets(path, 'a')).toHaveLength(units.length)
  })

  it('ends before it is larger than it may be, and can be played to its end', () => {
    const whole = write(tracksOf(plain), unitsOf(plain))
    const maxBytes = Math.floor(whole.bytes / 2)
    const { file, bound, bytes, duration } = write(tracksOf(plain), unitsOf(plain), { maxBytes })
    expect(bound).toBe('bytes')
    expect(bytes).toBeLessThanOrEqual(maxBytes)
    const path = save(file)
    expect(complaints(path)).toBe('')
    const found = pictures(path)
    expect(found).toEqual(pictures(plain.path).slice(0, found.length))
    expect(duration).toBeCloseTo(found.length / 25, 1)
    expect(Number(probe(path).format.duration)).toBeCloseTo(duration, 1)
  })

  it('ends after as many seconds as it may last', () => {
    const { file, bound, duration } = write(tracksOf(plain), unitsOf(plain), { maxSeconds: 2.5 })
    expect(bound).toBe('seconds')
    expect(duration).toBeCloseTo(2.5, 1)
    expect(pictures(save(file))).toHaveLength(63)
  })
})
