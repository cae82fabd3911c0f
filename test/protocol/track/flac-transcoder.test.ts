import { describe, expect, it } from 'vitest'
import type { AudioConfiguration } from '../../../protocol/codec/configuration.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { FlacTranscoder } from '../../../protocol/track/flac-transcoder.ts'
import { Milliseconds, Ticks } from '../../../protocol/units.ts'
import { decodeFlacFrame } from '../sound/flac-decoder.ts'

const PCM: AudioConfiguration = {
  kind: 'audio',
  codec: 'pcm-s16',
  description: new Uint8Array(0),
  sampleRate: 8000,
  channels: 1,
}

interface Frame {
  readonly time: number
  readonly duration: number
  readonly samples: readonly number[]
  readonly arrival: number
  readonly wallClock: number | undefined
  readonly discontinuity: boolean
}

/** Numbers its samples from 1, so that each of them is known again. */
function transcoding({ pcm = PCM, clockRate = 8000 }: { pcm?: AudioConfiguration; clockRate?: number } = {}) {
  const frames: Frame[] = []
  const configurations: unknown[] = []
  const transcoder = new FlacTranscoder(pcm, clockRate, ({ unit, time, arrival, wallClock }) => {
    expect(unit).toMatchObject({ timestamp: time, randomAccess: true })
    if (unit.configuration) configurations.push(unit.configuration)
    const { samples } = decodeFlacFrame(unit.data)
    const { duration = Ticks(0), discontinuity } = unit
    frames.push({ time, duration, samples: samples[0] ?? [], arrival, wallClock, discontinuity })
  })
  let next = 1
  let arrival = 0
  const push = (
    time: number,
    samples: number,
    { discontinuity = false, wallClock = undefined as number | undefined } = {},
  ) => {
    const data = new Uint8Array(samples * 2)
    for (let i = 0; i < samples; i++, next++) {
      data[2 * i] = next
      data[2 * i + 1] = next >> 8
    }
    const duration = Ticks(Math.round((samples * clockRate) / pcm.sampleRate))
    transcoder.push({
      unit: { data, timestamp: Ticks(time), randomAccess: true, discontinuity, duration },
      time: Ticks(time),
      arrival: Milliseconds(arrival++),
      wallClock: wallClock === undefined ? undefined : Milliseconds(wallClock),
    })
  }
  return { transcoder, frames, configurations, push }
}

const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)
const spans = (frames: readonly Frame[]) => frames.map(({ time, duration }) => [time, duration])
const isSilence = ({ samples }: Frame) => samples.every((sample) => sample === 0)

describe('decoded sound', () => {
  it('becomes a FLAC frame for each unit, at once, with its time', () => {
    const { push, frames, configurations } = transcoding()
    push(800, 160, { wallClock: 5000 })
    expect(frames).toEqual([
      { time: 800, duration: 160, samples: from(1, 160), arrival: 0, wallClock: 5000, discontinuity: false },
    ])
    push(960, 240)
    expect(frames[1]).toMatchObject({ time: 960, duration: 240, samples: from(161, 240), wallClock: undefined })
    expect(configurations).toHaveLength(1)
    expect(configurations[0]).toMatchObject({ codec: 'flac', sampleRate: 8000, channels: 1 })
  })

  it.each([1, 2, 5, 8, 10, 15])('in units of %i ms is joined to frames of 20 ms and little more', (milliseconds) => {
    const { push, frames } = transcoding()
    const units = Math.ceil(1000 / milliseconds)
    for (let i = 0; i < units; i++) {
      push(i * 8 * milliseconds, 8 * milliseconds)
      // No more than one frame waits.
      const given = frames.reduce((sum, frame) => sum + frame.duration, 0)
      expect((i + 1) * 8 * milliseconds - given).toBeLessThan(160)
    }
    for (const { duration } of frames) {
      expect(duration).toBeGreaterThanOrEqual(160)
      expect(duration).toBeLessThan(160 + 8 * milliseconds)
    }
    const samples = frames.flatMap((frame) => frame.samples)
    expect(samples).toEqual(from(1, samples.length))
  })

  it('that is joined came when its last part came, and was captured when its first was', () => {
    const { push, frames } = transcoding()
    push(0, 80, { wallClock: 1000 })
    push(80, 80, { wallClock: 1010 })
    expect(frames).toMatchObject([{ time: 0, arrival: 1, wallClock: 1000 }])
  })

  it('that waits is given out at the end', () => {
    const { transcoder, push, frames } = transcoding()
    push(0, 80)
    expect(frames).toEqual([])
    transcoder.flush()
    transcoder.flush()
    expect(spans(frames)).toEqual([[0, 80]])
    // Shorter than any frame of FLAC may be.
    push(80, 15)
    transcoder.flush()
    expect(frames).toHaveLength(1)
  })

  it('in units longer than a frame can be is split, and not a sample is lost', () => {
    const pcm = { ...PCM, sampleRate: 16_000 }
    const { push, frames } = transcoding({ pcm, clockRate: 8000 })
    push(0, 65_537)
    push(32_768, 20_000)
    expect(frames.length).toBe(3)
    for (const { samples } of frames) expect(samples.length).toBeLessThanOrEqual(65_535)
    expect(frames.flatMap((frame) => frame.samples)).toHaveLength(85_537)
    for (const [i, { time, duration }] of frames.slice(0, -1).entries())
      expect(frames[i + 1]?.time).toBe(time + duration)
  })

  it('has exact times over days, where the clock is half as fast as the samples', () => {
    const pcm = { ...PCM, sampleRate: 16_000 }
    const { push, frames } = transcoding({ pcm, clockRate: 8000 })
    const begin = 30 * 86_400 * 8000
    for (let i = 0; i < 50; i++) push(begin + i * 160, 320)
    expect(spans(frames)).toEqual(from(0, 50).map((i) => [begin + i * 160, 160]))
  })
})

describe('what is missing in decoded sound', () => {
  it('becomes silence of exactly that length, captured just before what follows', () => {
    const { push, frames } = transcoding()
    push(0, 160)
    push(480, 160, { discontinuity: true, wallClock: 7040 })
    expect(spans(frames)).toEqual([
      [0, 160],
      [160, 320],
      [480, 160],
    ])
    expect(frames.map(isSilence)).toEqual([false, true, false])
    expect(frames[1]).toMatchObject({ wallClock: 7000, discontinuity: true })
    expect(frames[2]).toMatchObject({ wallClock: 7040, samples: from(161, 160) })
  })

  it('may be seconds that were silent and not sent', () => {
    const { push, frames } = transcoding()
    push(0, 160)
    push(LIMITS.filledSilenceMilliseconds * 8 + 160, 160)
    expect(frames.filter(isSilence).reduce((sum, frame) => sum + frame.duration, 0)).toBe(80_000)
    for (const [i, { time, duration }] of frames.slice(0, -1).entries())
      expect(frames[i + 1]?.time).toBe(time + duration)
  })

  it('does not become silence where it is longer than the bound', () => {
    const { push, frames } = transcoding()
    push(0, 160)
    push(LIMITS.filledSilenceMilliseconds * 8 + 161, 160)
    expect(spans(frames)).toEqual([
      [0, 160],
      [80_161, 160],
    ])
  })

  it('in front of joined units ends what was joined before', () => {
    const { push, frames } = transcoding()
    push(0, 80)
    push(400, 80)
    push(480, 80)
    expect(spans(frames)).toEqual([
      [0, 80],
      [80, 320],
      [400, 160],
    ])
  })

  it('is nothing where times are only rounded', () => {
    const { push, frames } = transcoding()
    let time = 0
    for (const jitter of [0, 3, -7, 40, -79, 79, 0, 12]) {
      push(time + jitter, 160)
      time += 160
    }
    expect(spans(frames)).toEqual(from(0, 8).map((i) => [i * 160, 160]))
  })

  it('is seen even beside units of a second', () => {
    const { push, frames } = transcoding()
    push(0, 8000)
    push(8000 + 399, 8000)
    push(16_000 + 400, 8000)
    expect(spans(frames)).toEqual([
      [0, 8000],
      [8000, 8000],
      [16_000, 400],
      [16_400, 8000],
    ])
  })
})

describe('decoded sound that overlaps', () => {
  it('is cut off where the one before ends', () => {
    const { push, frames } = transcoding()
    push(0, 8000)
    push(7000, 8000, { wallClock: 2000 })
    expect(spans(frames)).toEqual([
      [0, 8000],
      [8000, 7000],
    ])
    expect(frames[1]?.samples).toEqual(from(9001, 7000))
    expect(frames[1]?.wallClock).toBe(2125)
  })

  it('is left out where all of it was heard', () => {
    const { push, frames } = transcoding()
    push(0, 160)
    push(160, 160)
    push(0, 160)
    push(160, 160)
    push(320, 160)
    expect(spans(frames)).toEqual([
      [0, 160],
      [160, 160],
      [320, 160],
    ])
  })
})

it('what FLAC does not hold is refused', () => {
  const refused = expect.objectContaining({ code: 'codec-unsupported' })
  expect(() => transcoding({ pcm: { ...PCM, channels: 9 } })).toThrow(refused)
})
