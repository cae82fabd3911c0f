import { readFile } from 'node:fs/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Clip } from '../../../bridge/simulated-camera/clip.ts'
import { readClip } from '../../../bridge/simulated-camera/clip-reader.ts'
import { LiveSource } from '../../../bridge/simulated-camera/live-source.ts'
import { Viewer } from '../../../bridge/simulated-camera/viewer.ts'
import { unixFromNtp } from '../../../protocol/rtcp/sender-report.ts'
import { PacketSink, steps, wrapped } from './packet-sink.ts'

let clip: Clip
beforeAll(async () => {
  clip = readClip(await readFile(new URL('../../../bridge/simulated-camera/clip.mp4', import.meta.url)))
})

/** Second 57.3 of a minute: the seam is near. */
const START = Date.UTC(2030, 0, 1, 12, 30, 57, 300)
let source: LiveSource
const viewers: Viewer[] = []
beforeEach(() => {
  vi.useFakeTimers({ now: START })
  source = new LiveSource(clip)
})
afterEach(() => {
  for (const viewer of viewers.splice(0)) viewer.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const LIVE = { range: { unit: 'npt', start: 'now' }, scale: 1, speed: 1 } as const
const join = (controls = ['video', 'audio']) => {
  const sink = new PacketSink()
  const viewer = new Viewer(source, clip.tracks, sink, 'lobby@test')
  viewers.push(viewer)
  for (const [index, control] of controls.entries()) viewer.setup(control, { rtp: index * 2, rtcp: index * 2 + 1 })
  return { sink, viewer }
}
const play = (controls?: string[]) => {
  const joined = join(controls)
  const answer = joined.viewer.prepare(LIVE)
  joined.viewer.start()
  return { ...joined, answer }
}

describe('a viewer', () => {
  it('starts at the next keyframe, with picture and sound, as PLAY was answered', async () => {
    const { sink, answer } = play()
    await vi.advanceTimersByTimeAsync(690)
    expect(sink.packets).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(60)
    const [video, audio] = [sink.on(0)[0], sink.on(2)[0]]
    const [videoStart, audioStart] = answer.tracks
    expect(video?.key).toBe(true)
    expect(video?.at).toBe(Date.UTC(2030, 0, 1, 12, 30, 58))
    expect([video?.sequenceNumber, video?.timestamp]).toEqual([videoStart?.sequence, videoStart?.rtpTime])
    expect(audio?.sequenceNumber).toBe(audioStart?.sequence)
    expect(wrapped(audioStart?.rtpTime ?? 0, audio?.timestamp ?? 0, 32)).toBeLessThan(1024)
    expect(answer.range).toEqual({ unit: 'npt', start: 'now' })
  })

  it('gets every frame on time, sequence and timestamps without a step over the seam', async () => {
    const { sink } = play()
    await vi.advanceTimersByTimeAsync(65_700)
    const pictures = sink.on(0).filter((packet) => packet.marker)
    // From 58.0 up to and with 3.0 s of the minute after next.
    expect(pictures).toHaveLength(65 * 25 + 1)
    expect(
      steps(
        pictures.map((packet) => packet.timestamp),
        32,
      ),
    ).toEqual(new Set([3600]))
    expect(
      steps(
        sink.on(2).map((packet) => packet.timestamp),
        32,
      ),
    ).toEqual(new Set([1024]))
    expect(
      steps(
        sink.on(0).map((packet) => packet.sequenceNumber),
        16,
      ),
    ).toEqual(new Set([1]))
    expect(
      steps(
        sink.on(2).map((packet) => packet.sequenceNumber),
        16,
      ),
    ).toEqual(new Set([1]))
    // Frame n is due at 40 n ms; a timer rounds to whole milliseconds.
    for (const [index, packet] of pictures.entries()) {
      expect(Math.abs(packet.at - Date.UTC(2030, 0, 1, 12, 30, 58) - index * 40)).toBeLessThanOrEqual(1)
    }
  })

  it('is told the clock before the first packet and every two seconds, truly', async () => {
    const { sink } = play()
    expect(sink.reports.map((entry) => entry.types)).toEqual([
      ['SR', 'SDES'],
      ['SR', 'SDES'],
    ])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(sink.reports.length / 2).toBeGreaterThanOrEqual(5)
    for (const [channel, rate] of [
      [0, 90_000],
      [2, 48_000],
    ] as const) {
      const packet = sink.on(channel)[5]
      for (const { report, at } of sink.reports.filter((entry) => entry.channel === channel + 1)) {
        const unix = unixFromNtp(report.ntpSeconds, report.ntpFraction)
        expect(Math.abs(unix - at)).toBeLessThanOrEqual(1)
        expect(report.ssrc).toBe(packet?.ssrc)
        // The report says when the packet's timestamp was: within a frame of when it was sent.
        const ticks = (((packet?.timestamp ?? 0) - report.rtpTimestamp) | 0) / rate
        expect(Math.abs(unix + ticks * 1000 - (packet?.at ?? 0))).toBeLessThan(25)
      }
    }
    const last = sink.reports.findLast((entry) => entry.channel === 1)?.report
    expect(last?.packetCount).toBeGreaterThan(200)
    expect(last?.octetCount).toBeGreaterThan(100_000)
  })

  it('hears BYE when it goes, and nothing after', async () => {
    const { sink, viewer } = play()
    await vi.advanceTimersByTimeAsync(2000)
    viewer.close()
    expect(sink.reports.slice(-2).map((entry) => entry.types)).toEqual([
      ['SR', 'SDES', 'BYE'],
      ['SR', 'SDES', 'BYE'],
    ])
    const before = sink.packets.length
    await vi.advanceTimersByTimeAsync(2000)
    expect(sink.packets.length).toBe(before)
  })

  it('pauses, and goes on at the next keyframe with the sequence number after the last', async () => {
    const { sink, viewer } = play()
    await vi.advanceTimersByTimeAsync(2020)
    viewer.pause()
    const last = sink.on(0).at(-1)
    sink.clear()
    await vi.advanceTimersByTimeAsync(3000)
    expect(sink.packets).toHaveLength(0)
    const answer = viewer.prepare({ range: null, scale: 1, speed: 1 })
    viewer.start()
    await vi.advanceTimersByTimeAsync(1000)
    const first = sink.on(0)[0]
    expect(first?.key).toBe(true)
    expect(first?.sequenceNumber).toBe(((last?.sequenceNumber ?? 0) + 1) & 0xffff)
    expect(first?.timestamp).toBe(answer.tracks[0]?.rtpTime)
  })

  it('plays the sound alone, at once', async () => {
    const { sink } = play(['audio'])
    await vi.advanceTimersByTimeAsync(100)
    expect(sink.on(0).length).toBeGreaterThanOrEqual(4)
  })

  it('has streams of its own: SSRC, sequence and timestamps of no other', async () => {
    const [one, other] = [play(), play()]
    await vi.advanceTimersByTimeAsync(3000)
    expect(one.sink.on(0)).toHaveLength(other.sink.on(0).length)
    expect(one.sink.on(0)[0]?.ssrc).not.toBe(other.sink.on(0)[0]?.ssrc)
    expect(one.sink.on(0)[0]?.timestamp).not.toBe(other.sink.on(0)[0]?.timestamp)
  })

  it('cannot choose a time of day, nor a speed', () => {
    const { viewer } = join()
    for (const unit of ['clock', 'smpte'] as const) {
      expect(() => viewer.prepare({ range: { unit, start: 0 }, scale: 1, speed: 1 })).toThrow(/457/)
    }
    const answer = viewer.prepare({ range: { unit: 'npt', start: 0 }, scale: 4, speed: 2 })
    expect(answer.range).toEqual({ unit: 'npt', start: 'now' })
    expect([answer.scale ?? 1, answer.speed ?? 1]).toEqual([1, 1])
  })
})

describe('a slow viewer', () => {
  it('loses what is left of the group and starts again at a keyframe, with a gap that can be seen', async () => {
    const { sink } = play()
    await vi.advanceTimersByTimeAsync(2000)
    sink.bufferedAmount = 2 ** 20 + 1
    const last = sink.on(0).at(-1)
    sink.clear()
    await vi.advanceTimersByTimeAsync(1500)
    expect(sink.packets).toHaveLength(0)
    sink.bufferedAmount = 1000
    await vi.advanceTimersByTimeAsync(1000)
    const first = sink.on(0)[0]
    expect(first?.key).toBe(true)
    expect(wrapped(last?.sequenceNumber ?? 0, first?.sequenceNumber ?? 0, 16)).toBeGreaterThan(25)
    expect(wrapped(last?.timestamp ?? 0, first?.timestamp ?? 0, 32)).toBeGreaterThan(90_000)
  })

  it('does not begin a group while much of the last is unread', async () => {
    const { sink } = play()
    await vi.advanceTimersByTimeAsync(2000)
    sink.bufferedAmount = 512 * 1024
    sink.clear()
    await vi.advanceTimersByTimeAsync(5000)
    expect(sink.packets.every((packet) => packet.at < START + 2800)).toBe(true)
    expect(sink.packets.length).toBeGreaterThan(0)
  })

  it('costs the others nothing', async () => {
    const [slow, quick] = [play(), play()]
    slow.sink.bufferedAmount = 2 ** 21
    await vi.advanceTimersByTimeAsync(5000)
    expect(slow.sink.packets).toHaveLength(0)
    expect(
      steps(
        quick.sink.on(0).map((packet) => packet.sequenceNumber),
        16,
      ),
    ).toEqual(new Set([1]))
  })
})

describe('the live source', () => {
  it('ticks only while somebody plays', async () => {
    expect(vi.getTimerCount()).toBe(0)
    const { viewer } = play()
    expect(vi.getTimerCount()).toBe(1)
    viewer.pause()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('catches up after a late wake-up', async () => {
    const { sink } = play()
    await vi.advanceTimersByTimeAsync(2000)
    sink.clear()
    // The process was busy for 0.9 s: both clocks went on, no timer ran.
    vi.setSystemTime(Date.now() + 900)
    const monotonic = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + 900)
    await vi.advanceTimersByTimeAsync(40)
    expect(sink.on(0).filter((packet) => packet.marker).length).toBeGreaterThanOrEqual(22)
    vi.restoreAllMocks()
    expect(
      steps(
        sink.on(0).map((packet) => packet.sequenceNumber),
        16,
      ),
    ).toEqual(new Set([1]))
  })

  it('goes on at the time of day after the computer slept, from a keyframe on', async () => {
    const { sink } = play()
    await vi.advanceTimersByTimeAsync(2000)
    const last = sink.on(0).at(-1)
    sink.clear()
    // The monotonic clock stood still meanwhile. It is 12:30:59.3, and then 13:31:05.0.
    vi.setSystemTime(Date.now() + 3_605_700)
    await vi.advanceTimersByTimeAsync(1500)
    const first = sink.on(0)[0]
    expect(first?.key).toBe(true)
    expect(first?.at).toBe(Date.UTC(2030, 0, 1, 13, 31, 6))
    const passed = wrapped(last?.timestamp ?? 0, first?.timestamp ?? 0, 32) / 90
    expect(Math.abs(passed - ((first?.at ?? 0) - (last?.at ?? 0)))).toBeLessThan(2)
    expect(
      steps(
        sink.on(0).map((packet) => packet.sequenceNumber),
        16,
      ),
    ).toEqual(new Set([1]))
  })
})
