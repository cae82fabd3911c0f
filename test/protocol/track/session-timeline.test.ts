import { describe, expect, it } from 'vitest'
import { SenderClock } from '../../../protocol/rtcp/sender-clock.ts'
import { ntpFromUnix } from '../../../protocol/rtcp/sender-report.ts'
import { SessionTimeline } from '../../../protocol/track/session-timeline.ts'
import { Seconds, Ticks } from '../../../protocol/units.ts'

const VIDEO = 90_000
const AUDIO = 48_000

function session() {
  const timeline = new SessionTimeline()
  const video = { clockRate: VIDEO, senderClock: new SenderClock(VIDEO) }
  const audio = { clockRate: AUDIO, senderClock: new SenderClock(AUDIO) }
  const report = (clock: SenderClock, unix: number, ticks: number) => clock.update(ntpFromUnix(unix), Ticks(ticks))
  return { timeline, video: timeline.add(video), audio: timeline.add(audio), clocks: { video, audio }, report }
}

describe('a session timeline', () => {
  it('begins at the first picture, exact to the tick', () => {
    const { timeline, video } = session()
    expect(timeline.place(video, Ticks(4_000_000_123), 0)).toBe(0)
    expect(timeline.place(video, Ticks(4_000_003_124), 33)).toBe(3_001)
  })

  it('runs by the presentation where its timestamps run slower or faster', () => {
    const timeline = new SessionTimeline(Seconds(20), true, 2)
    const video = timeline.add({ clockRate: VIDEO, senderClock: new SenderClock(VIDEO) })
    timeline.setPlayStart(video, Ticks(1_000_000))
    expect(timeline.place(video, Ticks(1_000_000), 0)).toBe(20 * VIDEO)
    expect(timeline.place(video, Ticks(1_000_000 + VIDEO), 1000)).toBe(22 * VIDEO)
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

  it('assumes by the newest picture: the first may have come late, as large or kept as it is', () => {
    const { timeline, video, audio } = session()
    timeline.place(video, Ticks(0), 1_000)
    timeline.place(video, Ticks(3 * VIDEO), 1_010)
    expect(timeline.place(audio, Ticks(777), 1_010)).toBe(3 * AUDIO)
  })

  it('places sound anew by arrival where its clock or that of the picture was another, and waits for the picture then', () => {
    const { timeline, video, audio } = session()
    timeline.place(video, Ticks(0), 0)
    timeline.place(audio, Ticks(0), 0)
    timeline.recount(audio)
    expect(timeline.place(audio, Ticks(9_000), 2_000)).toBe(2 * AUDIO)
    timeline.recount(video)
    expect(timeline.place(audio, Ticks(9_480), 3_000)).toBeUndefined()
    timeline.place(video, Ticks(5 * VIDEO), 3_000)
    expect(timeline.place(audio, Ticks(9_960), 3_500)).toBe(5.5 * AUDIO)
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

  describe('with reports every 5 s and sound of 20 ms', () => {
    const START = 1_700_000_000_000
    /** How far off each track's sender reports are at a second, in milliseconds; undefined: none is sent. */
    type Off = (second: number) => number | undefined

    /** Plays both tracks for so many seconds; gives the place of each sound against the true one, in milliseconds. */
    function play(
      seconds: number,
      off: { video: Off; audio: Off },
      audioDelay = 0,
    ): { errors: number[]; timeline: SessionTimeline } {
      const { timeline, video, audio, clocks, report } = session()
      const errors: number[] = []
      timeline.place(video, Ticks(0), 0)
      for (let sound = 0; sound < seconds * 50; sound++) {
        const second = sound / 50
        if (sound % 250 === 100) {
          const wrong = off.video(second)
          if (wrong !== undefined) report(clocks.video.senderClock, START + second * 1_000 + wrong, second * VIDEO)
        }
        if (sound % 250 === 220) {
          const wrong = off.audio(second)
          if (wrong !== undefined) report(clocks.audio.senderClock, START + second * 1_000 + wrong, second * AUDIO)
        }
        timeline.place(video, Ticks(second * VIDEO), second * 1_000)
        const placed = timeline.place(audio, Ticks(second * AUDIO), second * 1_000 + audioDelay) ?? Number.NaN
        errors.push((placed / AUDIO - second) * 1_000)
      }
      return { errors, timeline }
    }
    const steps = (errors: readonly number[]) =>
      errors.slice(1).map((error, index) => Math.abs(error - (errors[index] ?? 0)))
    const exact: Off = () => 0

    it('corrects once what arrival made it assume, as soon as both tracks have a report', () => {
      const { errors } = play(60, { video: exact, audio: exact }, 180)
      expect(errors[100]).toBeCloseTo(180, 0)
      expect(Math.abs(errors.at(-1) ?? Number.NaN)).toBeLessThan(1)
      expect(steps(errors).filter((step) => step > 1)).toHaveLength(1)
    })

    it("does not move the sound when the camera's clock is set, though the tracks tell it one after the other", () => {
      for (const size of [-3_600_000, -2_000, 300, 2_000, 7_200_000]) {
        const stepped: Off = (second) => (second > 100 ? size : 0)
        const { errors, timeline } = play(200, { video: stepped, audio: stepped })
        expect(Math.max(...errors.map(Math.abs))).toBeLessThan(1)
        expect(timeline.realignments).toBe(0)
      }
    })

    it('does not move the sound for one wild report, nor for one track that stops reporting', () => {
      const wild: Off = (second) => (Math.floor(second / 5) === 20 ? 5_000 : 0)
      expect(Math.max(...play(200, { video: wild, audio: exact }).errors.map(Math.abs))).toBeLessThan(1)
      const stops: Off = (second) => (second < 50 ? 0 : undefined)
      const stepped: Off = (second) => (second > 100 ? 4_000 : 0)
      expect(Math.max(...play(300, { video: stepped, audio: stops }).errors.map(Math.abs))).toBeLessThan(1)
    })

    it('spreads a correction over time: 20 ms a second at the most', () => {
      const drifts: Off = (second) => (second > 100 ? 80 : 0)
      const { errors } = play(300, { video: exact, audio: drifts })
      expect(Math.max(...steps(errors))).toBeLessThanOrEqual(20 / 50 + 0.03)
      // What is left is below what is corrected.
      expect(Math.abs((errors.at(-1) ?? 0) - 80)).toBeLessThan(20)
    })

    it('does not take a step of the clock for true because a correction is under way', () => {
      const video: Off = (second) => (second > 123 ? 3_000 : 0)
      const audio: Off = (second) => (second > 123 ? 3_200 : second > 100 ? 200 : 0)
      const { errors, timeline } = play(300, { video, audio })
      expect(timeline.realignments).toBe(0)
      expect(Math.max(...steps(errors))).toBeLessThanOrEqual(20 / 50 + 0.03)
      expect(Math.abs((errors.at(-1) ?? 0) - 200)).toBeLessThan(20)
    })

    it('waits for the track whose reports come seldom, before it believes that they are apart', () => {
      const set = (second: number) => (second > 100 ? 3_000 : 0)
      const seldom: Off = (second) => (Math.floor(second / 5) % 6 === 0 ? set(second) : undefined)
      const { errors, timeline } = play(400, { video: seldom, audio: set })
      expect(timeline.realignments).toBe(0)
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(1)
    })

    it('moves at once what is far off, when both tracks have told it for a while', () => {
      const moved: Off = (second) => (second > 100 ? 1_500 : 0)
      const { errors, timeline } = play(200, { video: exact, audio: moved })
      expect(timeline.realignments).toBe(1)
      expect(steps(errors).filter((step) => step > 1)).toHaveLength(1)
      expect(errors.at(-1)).toBeCloseTo(1_500, 0)
    })

    it('keeps sound and picture together for days while their clocks drift apart by 400 ppm', () => {
      const { timeline, video, audio, clocks, report } = session()
      timeline.place(video, Ticks(0), 0)
      let worst = 0
      let longest = 0
      let before = 0
      for (let second = 0; second < 3 * 86_400; second++) {
        const videoTicks = Math.round(second * VIDEO * (1 + 200e-6))
        const audioTicks = Math.round(second * AUDIO * (1 - 200e-6))
        if (second % 5 === 0) report(clocks.video.senderClock, START + second * 1_000, videoTicks)
        if (second % 5 === 2) report(clocks.audio.senderClock, START + second * 1_000, audioTicks)
        const picture = (timeline.place(video, Ticks(videoTicks), second * 1_000) ?? Number.NaN) / VIDEO
        const sound = (timeline.place(audio, Ticks(audioTicks), second * 1_000) ?? Number.NaN) / AUDIO
        worst = Math.max(worst, Math.abs(sound - picture))
        if (second > 0) longest = Math.max(longest, Math.abs(sound - before - 1))
        before = sound
      }
      expect(worst).toBeLessThan(0.045)
      expect(longest).toBeLessThan(0.021)
    })

    it('aligns tracks of which one tells UTC and the other local time', () => {
      const local: Off = () => 2 * 3_600_000
      const { errors, timeline } = play(60, { video: exact, audio: local }, 120)
      expect(Math.abs(errors.at(-1) ?? Number.NaN)).toBeLessThan(1)
      expect(timeline.differentZones).toBe(true)
    })

    it('does not believe reports that arrival makes impossible', () => {
      const nonsense: Off = () => 17 * 60_000 + 100_000
      const { errors } = play(60, { video: exact, audio: nonsense })
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(1)
    })
  })

  it('tells where the start of the Range lies that PLAY asked for', () => {
    const { timeline, video } = session()
    timeline.setPlayStart(video, Ticks(90_000))
    expect(timeline.playStart).toBeUndefined()
    timeline.place(video, Ticks(45_000), 0)
    expect(timeline.playStart).toBe(0.5)
  })
})
