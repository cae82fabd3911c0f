import { readFile } from 'node:fs/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Clip } from '../../../bridge/simulated-camera/clip.ts'
import { readClip } from '../../../bridge/simulated-camera/clip-reader.ts'
import { RecordingViewer } from '../../../bridge/simulated-camera/recording-viewer.ts'
import type { Range } from '../../../protocol/rtsp/headers/range.ts'
import type { PlayAnswer, PlayRequest } from '../../../protocol/rtsp/server-stream.ts'
import { PacketSink, steps, wrapped } from './packet-sink.ts'

let clip: Clip
beforeAll(async () => {
  clip = readClip(await readFile(new URL('../../../bridge/simulated-camera/clip.mp4', import.meta.url)))
})

const START = Date.UTC(2030, 0, 1, 12, 0, 0)
/** When the recording began, in seconds. */
const RECORDED_AT = Date.UTC(2030, 0, 1, 11, 58, 0) / 1000
let viewers: RecordingViewer[] = []
beforeEach(() => {
  vi.useFakeTimers({ now: START })
})
afterEach(() => {
  for (const viewer of viewers) viewer.close()
  viewers = []
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const setUp = (controls = ['video', 'audio']) => {
  const sink = new PacketSink()
  const viewer = new RecordingViewer(clip, RECORDED_AT, sink, 'lobby@test')
  viewers.push(viewer)
  for (const [index, control] of controls.entries()) viewer.setup(control, { rtp: index * 2, rtcp: index * 2 + 1 })
  const play = (request: Partial<PlayRequest> = {}): PlayAnswer => {
    const answer = viewer.prepare({ range: null, scale: 1, speed: 1, ...request })
    viewer.start()
    return answer
  }
  const npt = (start: number | undefined, end?: number) => play({ range: { unit: 'npt', start, end } })
  return { sink, viewer, play, npt }
}

type Viewer = ReturnType<typeof setUp>

/** Normal play times of the pictures that were sent, by their timestamps and the answer to PLAY. */
const playTimes = ({ sink }: Viewer, answer: PlayAnswer): number[] => {
  const origin = answer.tracks.find((track) => track.control === 'video')?.rtpTime ?? 0
  const start = Number(answer.range.start)
  return sink.units(0).map((unit) => start + (wrapped(origin, unit.timestamp, 32) / 90_000) * (answer.scale ?? 1))
}

const rounded = (values: number[]) => values.map((value) => Math.round(value * 1000) / 1000)

describe('a recording', () => {
  it('plays from its beginning, at the pace of the clock', async () => {
    const viewer = setUp()
    const answer = viewer.play()
    expect(answer.range).toEqual({ unit: 'npt', start: 0, end: 60 })
    await vi.advanceTimersByTimeAsync(2000)
    const pictures = viewer.sink.units(0)
    expect(pictures).toHaveLength(51)
    expect(rounded(playTimes(viewer, answer))).toEqual(rounded(pictures.map((_, index) => index / 25)))
    for (const [index, picture] of pictures.entries()) {
      expect(Math.abs(picture.at - START - index * 40)).toBeLessThanOrEqual(1)
    }
    const sound = viewer.sink.on(2).map((packet) => packet.timestamp)
    expect(steps(sound, 32)).toEqual(new Set([1024]))
    expect(sound.length).toBeGreaterThan(90)
  })

  it('starts at the keyframe at or before the place, says so, and its first packets are those it stated', async () => {
    const viewer = setUp()
    const answer = viewer.npt(17.6)
    expect(answer.range).toEqual({ unit: 'npt', start: 17, end: 60 })
    await vi.advanceTimersByTimeAsync(100)
    const [video, audio] = [viewer.sink.on(0)[0], viewer.sink.on(2)[0]]
    expect(video?.key).toBe(true)
    expect([video?.sequenceNumber, video?.timestamp]).toEqual([answer.tracks[0]?.sequence, answer.tracks[0]?.rtpTime])
    expect(audio?.sequenceNumber).toBe(answer.tracks[1]?.sequence)
    expect(wrapped(answer.tracks[1]?.rtpTime ?? 0, audio?.timestamp ?? 0, 32)).toBeLessThan(1024)
    expect(setUp().npt(17).range.start).toBe(17)
    expect(setUp().npt(16.99).range.start).toBe(16)
  })

  it('is sought in while it plays: sequence numbers and timestamps go on, whatever the direction', async () => {
    const viewer = setUp()
    viewer.npt(30)
    await vi.advanceTimersByTimeAsync(1500)
    const before = viewer.sink.on(0)
    const answer = viewer.npt(5)
    await vi.advanceTimersByTimeAsync(500)
    const after = viewer.sink.on(0).slice(before.length)
    const sequence = viewer.sink.on(0).map((packet) => packet.sequenceNumber)
    expect(steps(sequence, 16)).toEqual(new Set([1]))
    expect(after[0]?.timestamp).toBe(answer.tracks[0]?.rtpTime)
    // By RFC 2326 appendix B the clock of the timestamps follows the time that passed, not the place.
    expect(wrapped(before.at(-1)?.timestamp ?? 0, after[0]?.timestamp ?? 0, 32)).toBeLessThan(3600 + 90)
  })

  it('goes on after PAUSE with the very next picture', async () => {
    const viewer = setUp()
    const first = viewer.npt(10)
    await vi.advanceTimersByTimeAsync(1410)
    viewer.viewer.pause()
    const seen = playTimes(viewer, first)
    const last = viewer.sink.on(0).at(-1)
    await vi.advanceTimersByTimeAsync(5000)
    expect(viewer.sink.units(0)).toHaveLength(seen.length)
    viewer.sink.clear()
    const answer = viewer.play()
    expect(rounded([Number(answer.range.start)])).toEqual(rounded([(seen.at(-1) ?? 0) + 0.04]))
    await vi.advanceTimersByTimeAsync(500)
    const next = viewer.sink.on(0)[0]
    expect(next?.sequenceNumber).toBe(((last?.sequenceNumber ?? 0) + 1) & 0xffff)
    expect(next?.timestamp).toBe(answer.tracks[0]?.rtpTime)
    expect(rounded(playTimes(viewer, answer)).slice(0, 3)).toEqual([11.44, 11.48, 11.52])
  })

  it('says BYE behind its last frame, and plays again from the beginning', async () => {
    const viewer = setUp()
    const answer = viewer.npt(58.5)
    await vi.advanceTimersByTimeAsync(1990)
    expect(viewer.sink.finishedAt).toEqual([])
    await vi.advanceTimersByTimeAsync(12)
    expect(viewer.sink.finishedAt).toHaveLength(1)
    expect(rounded(playTimes(viewer, answer)).at(-1)).toBe(59.96)
    expect(viewer.sink.reports.slice(-2).map((report) => report.types.at(-1))).toEqual(['BYE', 'BYE'])
    const sent = viewer.sink.packets.length
    await vi.advanceTimersByTimeAsync(3000)
    expect(viewer.sink.packets).toHaveLength(sent)
    expect(viewer.play().range.start).toBe(0)
  })

  it('stops at the end of the range that was asked for, without BYE: there is more', async () => {
    const viewer = setUp()
    const answer = viewer.npt(3, 4.5)
    expect(answer.range).toEqual({ unit: 'npt', start: 3, end: 4.5 })
    await vi.advanceTimersByTimeAsync(3000)
    expect(rounded(playTimes(viewer, answer)).at(-1)).toBe(4.48)
    expect(viewer.sink.finishedAt).toHaveLength(1)
    expect(viewer.sink.reports.every((report) => !report.types.includes('BYE'))).toBe(true)
    expect(viewer.play().range.start).toBe(4.5)
  })

  it.each([
    [2, 2],
    [0.5, 0.5],
    [4, 4],
    [100, 4],
    [0.1, 0.5],
    [-1, 1],
  ])(
    'asked for scale %d plays at %d: so much of it in a second of the clock and of the timestamps',
    async (asked, scale) => {
      const viewer = setUp()
      const answer = viewer.play({ range: { unit: 'npt', start: 20 }, scale: asked })
      expect(answer.scale).toBe(scale)
      await vi.advanceTimersByTimeAsync(2000)
      const times = playTimes(viewer, answer)
      expect(rounded(times)).toEqual(rounded(times.map((_, index) => 20 + index / 25)))
      expect(times.at(-1)).toBeCloseTo(20 + 2 * scale, 1)
      // Sound would be another sound: only at its own pace.
      expect(viewer.sink.on(2).length > 0).toBe(scale === 1)
      expect(answer.tracks.map((track) => track.control)).toEqual(scale === 1 ? ['video', 'audio'] : ['video'])
    },
  )

  it('is delivered faster at a higher speed, with the timestamps of the usual', async () => {
    const viewer = setUp()
    const answer = viewer.play({ range: { unit: 'npt', start: 20 }, speed: 2 })
    expect([answer.scale, answer.speed]).toEqual([1, 2])
    await vi.advanceTimersByTimeAsync(2000)
    expect(playTimes(viewer, answer).at(-1)).toBeCloseTo(24, 1)
    // The timestamps ran ahead of the clock; what follows may not turn them back.
    const last = viewer.sink.on(0).at(-1)
    const next = viewer.npt(0)
    expect(wrapped(last?.timestamp ?? 0, next.tracks[0]?.rtpTime ?? 0, 32)).toBeLessThan(90_000)
  })

  it('plays sound alone, from anywhere, at its own pace', async () => {
    const viewer = setUp(['audio'])
    const answer = viewer.play({ range: { unit: 'npt', start: 17.6 }, scale: 2 })
    expect(answer.range.start).toBeCloseTo(17.6, 1)
    expect(answer.scale).toBe(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(viewer.sink.on(0).length).toBeGreaterThan(40)
  })

  it('is addressed by the time of day and by time code as well, and answers in kind', () => {
    const clock = (seconds: number) => (RECORDED_AT + seconds) * 1000
    expect(setUp().play({ range: { unit: 'clock', start: clock(17.6), end: clock(20) } }).range).toEqual({
      unit: 'clock',
      start: clock(17),
      end: clock(20),
    })
    expect(setUp().play({ range: { unit: 'smpte-25', start: 8.2 } }).range).toEqual({
      unit: 'smpte-25',
      start: 8,
      end: 60,
    })
  })

  it.each<[string, Range]>([
    ['now', { unit: 'npt', start: 'now' }],
    ['behind the end', { unit: 'npt', start: 60 }],
    ['backwards', { unit: 'npt', start: 20, end: 10 }],
    ['before it was recorded', { unit: 'clock', start: (RECORDED_AT - 10) * 1000 }],
  ])('refuses a range that it does not have with 457, and plays on: %s', async (_, range) => {
    const viewer = setUp()
    viewer.npt(30)
    expect(() => viewer.play({ range })).toThrow(/457/)
    const before = viewer.sink.packets.length
    await vi.advanceTimersByTimeAsync(500)
    expect(viewer.sink.packets.length).toBeGreaterThan(before)
  })

  it('waits for a viewer that reads too slowly, and drops nothing', async () => {
    const viewer = setUp()
    const answer = viewer.play()
    await vi.advanceTimersByTimeAsync(1000)
    viewer.sink.bufferedAmount = 2 ** 21
    const sent = viewer.sink.packets.length
    await vi.advanceTimersByTimeAsync(5000)
    expect(viewer.sink.packets).toHaveLength(sent)
    viewer.sink.bufferedAmount = 0
    await vi.advanceTimersByTimeAsync(1000)
    expect(rounded(playTimes(viewer, answer)).at(-1)).toBeCloseTo(2, 0)
    const sequence = viewer.sink.on(0).map((packet) => packet.sequenceNumber)
    expect(steps(sequence, 16)).toEqual(new Set([1]))
  })

  it('tells where it is', async () => {
    const viewer = setUp()
    viewer.npt(12)
    await vi.advanceTimersByTimeAsync(1500)
    expect(viewer.viewer.parameter('position')).toBe('npt=13.500')
    viewer.viewer.pause()
    expect(viewer.viewer.parameter('Position')).toBe('npt=13.520')
    expect(viewer.viewer.parameter('jitter')).toBeUndefined()
  })
})
