import { expect, it } from 'vitest'
import { DecodingTimes } from '../../../../web/playback/sound/decoding-times.ts'

it('tells a decoder times without a gap, whatever the stream does', () => {
  const times = new DecodingTimes()
  expect([times.tell(10, 0.02), times.tell(10.02, 0.02), times.tell(11, 0.06), times.tell(3, 0.02)]).toEqual([
    0, 20_000, 40_000, 100_000,
  ])
})

it('knows the place of a piece of a unit, and of one that a decoder rounds', () => {
  const times = new DecodingTimes()
  times.tell(10, 0.02)
  times.tell(20, 0.02)
  expect(times.timeOf(5_000)).toBeCloseTo(10.005, 6)
  expect(times.timeOf(19_999)).toBeCloseTo(20, 4)
  expect(times.timeOf(30_000)).toBeCloseTo(20.01, 6)
})

it('keeps as many units as a decoder may hold, and no more', () => {
  const times = new DecodingTimes()
  for (let unit = 0; unit < 1_000; unit++) times.tell(unit, 0.02)
  // The oldest that is known is the 744th: before it nothing is known but how much earlier it was.
  expect(times.timeOf(744 * 20_000)).toBeCloseTo(744, 6)
  expect(times.timeOf(999 * 20_000)).toBeCloseTo(999, 6)
})
