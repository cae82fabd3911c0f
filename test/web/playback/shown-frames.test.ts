import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ShownFrames } from '../../../web/playback/shown-frames.ts'

const FRAME = 40
const REFRESH = 8

/** A media element that shows pictures, and tells of the next where somebody asked. */
class FakeVideo {
  asked = 0
  currentTime = 0
  /** Milliseconds until a picture is expected on the display. */
  refresh = REFRESH
  #presented = 0
  #callback: VideoFrameRequestCallback | undefined

  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    this.asked += 1
    this.#callback = callback
    return this.asked
  }

  cancelVideoFrameCallback(): void {
    this.#callback = undefined
  }

  removeEventListener(): void {
    // Nothing was added.
  }

  present(mediaTime: number): void {
    this.#presented += 1
    this.currentTime = mediaTime
    const callback = this.#callback
    this.#callback = undefined
    const times = { presentationTime: performance.now(), expectedDisplayTime: performance.now() + this.refresh }
    callback?.(performance.now(), {
      ...times,
      mediaTime,
      width: 640,
      height: 360,
      presentedFrames: this.#presented,
    })
  }
}

let video: FakeVideo
let frames: ShownFrames
let told: number
let fresh: number
let mediaTime = 0

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  video = new FakeVideo()
  told = 0
  fresh = 0
  mediaTime = 0
  frames = new ShownFrames(video as unknown as HTMLVideoElement, (_, isNew) => {
    told += 1
    if (isNew) fresh += 1
  })
})

afterEach(() => {
  frames.close()
  vi.useRealTimers()
})

/** Each was 20 ms under way. */
const play = (pictures: number): void => {
  for (let i = 0; i < pictures; i++) {
    vi.advanceTimersByTime(FRAME)
    mediaTime += FRAME / 1000
    frames.arrived(mediaTime, performance.timeOrigin + performance.now() - 20, undefined)
    video.present(mediaTime)
  }
}

it('a few pictures a second are looked at, and all are counted', () => {
  play(50)
  const { asked } = video
  const before = frames.shown
  play(250)
  expect(video.asked - asked).toBeLessThanOrEqual(51)
  // Up to the last look.
  expect(Math.abs(frames.shown - before - 250)).toBeLessThanOrEqual(5)
  expect(frames.delay).toBeCloseTo(20 + REFRESH, 3)
  expect(frames.interval).toBeCloseTo(FRAME, 3)
})

it('a picture that is painted while the clock stands is on the display no sooner than others', () => {
  play(20)
  video.refresh = 0
  play(200)
  expect(frames.delay).toBeCloseTo(20 + REFRESH, 3)
})

it('the first are all looked at: what waits for a picture does not wait for a tick', () => {
  play(3)
  expect(told).toBe(3)
  play(50)
  frames.reset()
  const before = told
  play(1)
  expect(told).toBe(before + 1)
})

it('whoever asks for pictures gets each', () => {
  play(50)
  const seen: number[] = []
  const next = (_: number, frame: VideoFrameCallbackMetadata) => {
    seen.push(Math.round(frame.mediaTime * 1000))
    frames.request(next)
  }
  frames.request(next)
  play(20)
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => (51 + i) * FRAME))
})

it('after a standstill the first new picture is told at once', () => {
  play(50)
  vi.advanceTimersByTime(3_000)
  const before = told
  play(1)
  expect(told).toBe(before + 1)
})

it('the picture that is on the screen is known between two looks, and at a standstill no newer than the look', () => {
  play(54)
  vi.advanceTimersByTime(REFRESH)
  const last = () => frames.last?.mediaTime ?? Number.NaN
  expect(last()).toBeCloseTo(mediaTime, 3)
  expect((frames.last?.shownAt ?? 0) - (frames.last?.arrival ?? 0)).toBeCloseTo(20 + REFRESH, 3)
  vi.advanceTimersByTime(5_000)
  expect(last() - mediaTime).toBeLessThan(0.201)
})

it('a picture that nobody looked at before a standstill is not new when a seek shows it again', () => {
  play(54)
  // The browser stops soon after a picture that none follows.
  video.currentTime = mediaTime + 0.006
  vi.advanceTimersByTime(3_000)
  const [seen, before] = [told, fresh]
  video.present(mediaTime)
  vi.advanceTimersByTime(400)
  video.present(mediaTime)
  expect([told - seen, fresh - before]).toEqual([2, 0])
  expect(performance.timeOrigin + performance.now() - (frames.last?.shownAt ?? 0)).toBeGreaterThan(3_000)
  play(1)
  vi.advanceTimersByTime(400)
  play(1)
  expect(fresh - before).toBeGreaterThanOrEqual(1)
})
