import { describe, expect, it } from 'vitest'
import { SenderClock } from '../../../protocol/rtcp/sender-clock.ts'
import { ntpFromUnix } from '../../../protocol/rtcp/sender-report.ts'
import { SessionTimeline } from '../../../protocol/track/session-timeline.ts'
import { Ticks } from '../../../protocol/units.ts'

const VIDEO = 90_000
const AUDIO = 48_000

function session() {
  const timeline = new SessionTimeline()
  const video = { clockRate: VIDEO, senderClock: new SenderClock(VIDEO) }
  const audio = { clockRate: AUDIO, senderClock: new SenderClock(AUDIO) }
  const report = (clock: SenderClock, unix: number, ticks: number) =>
    clock.update(
      { type: 'SR', ssrc: 1, ...ntpFromUnix(unix), rtpTimestamp: 0, packetCount: 0, octetCount: 0, reports: [] },
      Ticks(ticks),
    )
  return { timeline, video: timeline.add(video), audio: timeline.add(audio), clocks: { video, audio }, report }
}

describe('a session timeline', () => {
  it('begins at the first picture, exact to the tick', () => {
    const { timeline, video } = session()
    expect(timeline.place(video, Ticks(4_000_000_123), 0)).toBe(0)
    expect(timeline.place(video, Ticks(4_000_003_124), 33)).toBe(3_001)
  })

  it('has no place for sound before the first picture', () => {
    const { timeline, audio } = session()
    expect(timeline.place(audio, Ticks(5), 0)).toBeUndefined()
  })

  it('aligns by arrival where nothing else is known', () => {
    const { timeline, video, audio } = session()
    timeline.place(video, Ticks(1_000), 100)
    expect(timeline.place(audio, Ticks(777), 350)).toBe(0.25 * AUDIO)
    // What was found stays: later jitter of arrival moves nothing.
    expect(timeline.place(audio, Ticks(777 + 1024), 999)).toBe(0.25 * AUDIO + 1024)
  })

  it('aligns by RTP-Info where both tracks are in it', () => {
    const { timeline, video, audio } = session()
    timeline.setPlayStart(video, Ticks(90_000))
    timeline.setPlayStart(audio, Ticks(48_000))
    timeline.place(video, Ticks(135_000), 0)
    expect(timeline.place(audio, Ticks(96_000), 3_000)).toBe(0.5 * AUDIO)
  })

  it('aligns by sender reports as soon as both tracks have one, and corrects what was assumed', () => {
    const { timeline, video, audio, clocks, report } = session()
    timeline.place(video, Ticks(0), 0)
    expect(timeline.place(audio, Ticks(0), 500)).toBe(0.5 * AUDIO)
    report(clocks.video.senderClock, 1_700_000_000_000, 0)
    report(clocks.audio.senderClock, 1_700_000_000_250, 0)
    expect(timeline.place(audio, Ticks(AUDIO), 1_500)).toBeCloseTo(1.25 * AUDIO, -1)
  })

  it('does not move the sound for the small errors of the reports themselves', () => {
    const { timeline, video, audio, clocks, report } = session()
    timeline.place(video, Ticks(0), 0)
    report(clocks.video.senderClock, 1_700_000_000_000, 0)
    report(clocks.audio.senderClock, 1_700_000_000_000, 0)
    const first = timeline.place(audio, Ticks(0), 0) ?? Number.NaN
    report(clocks.audio.senderClock, 1_700_000_001_010, AUDIO)
    expect((timeline.place(audio, Ticks(AUDIO), 0) ?? Number.NaN) - first).toBe(AUDIO)
  })
})
