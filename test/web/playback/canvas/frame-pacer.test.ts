import { expect, it } from 'vitest'
import { FramePacer } from '../../../../web/playback/canvas/frame-pacer.ts'
import type { Pace } from '../../../../web/playback/canvas/screen-messages.ts'

const closed: number[] = []
const frame = (mediaTime: number) => ({ mediaTime, close: () => closed.push(mediaTime) })
const paced = (pace: Pace | null, ...times: number[]) => {
  closed.length = 0
  const pacer = new FramePacer<ReturnType<typeof frame>>()
  pacer.pace = pace
  for (const time of times) pacer.push(frame(time))
  return pacer
}

it('at the live edge the newest is due at once, and what is older is let go', () => {
  const pacer = paced(null, 1, 1.04, 1.08)
  // At once, not when it is shown: the decoder wants its places back.
  expect(closed).toEqual([1, 1.04])
  expect(pacer.take(0)?.mediaTime).toBe(1.08)
  expect(closed).toEqual([1, 1.04])
  expect(pacer.skipped).toBe(2)
  expect(pacer.take(0)).toBeUndefined()
})

it('with a pace each waits for its time', () => {
  const pacer = paced({ mediaTime: 1, at: 50_000, rate: 1 }, 1, 1.04, 1.08)
  expect(pacer.take(49_999)).toBeUndefined()
  expect(pacer.take(50_000)?.mediaTime).toBe(1)
  expect(pacer.take(50_039)).toBeUndefined()
  expect(pacer.take(50_041)?.mediaTime).toBe(1.04)
  expect(closed).toEqual([])
  expect(pacer.length).toBe(1)
})

it('of two that are due the newer is shown', () => {
  const pacer = paced({ mediaTime: 1, at: 0, rate: 1 }, 1, 1.04, 1.08)
  expect(pacer.take(60)?.mediaTime).toBe(1.04)
  expect(closed).toEqual([1])
})

it('the pace may be another than that of the clock, and none at all', () => {
  const pacer = paced({ mediaTime: 1, at: 0, rate: 4 }, 1, 2, 3)
  expect(pacer.take(250)?.mediaTime).toBe(2)
  pacer.pace = { mediaTime: 2.5, at: 250, rate: 0 }
  expect(pacer.take(1e9)).toBeUndefined()
})

it('frames that come in another order are shown in that of their times', () => {
  const pacer = paced({ mediaTime: 1.04, at: 0, rate: 0 }, 1, 1.08, 1.04)
  expect(pacer.take(0)?.mediaTime).toBe(1.04)
})

it('what waits is closed when all is cleared', () => {
  const pacer = paced({ mediaTime: 0, at: 0, rate: 0 }, 1, 2)
  pacer.clear()
  expect(closed).toEqual([1, 2])
  expect(pacer.length).toBe(0)
})
