import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FrameDuration } from '../../../protocol/depacketizer/frame-duration.ts'
import { Ticks } from '../../../protocol/units.ts'

it('the durations of frames add up to their time exactly, whatever the clock', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(8000, 44_100, 48_000, 90_000, 1000),
      fc.constantFrom(7350, 8000, 11_025, 22_050, 44_100, 48_000, 96_000),
      fc.constantFrom(384, 576, 960, 1024, 1152),
      fc.integer({ min: 1, max: 3000 }),
      (clockRate, sampleRate, samples, count) => {
        const duration = new FrameDuration(clockRate)
        let sum = 0
        for (let i = 0; i < count; i++) {
          const ticks = duration.next(samples, sampleRate)
          expect(Number.isInteger(ticks)).toBe(true)
          sum += ticks
        }
        expect(sum).toBe(Math.floor((count * samples * clockRate) / sampleRate))
      },
    ),
    { numRuns: 50 },
  )
})

it('a frame lasts a tick at least', () => {
  const duration = new FrameDuration(1)
  expect([duration.next(1024, 48_000), duration.next(1024, 48_000)]).toEqual([1, 1])
})

it('what is left over at one rate does not go to another', () => {
  const duration = new FrameDuration(90_000)
  duration.next(1024, 44_100)
  expect(duration.next(1024, 48_000)).toBe(1920)
})

it('a frame behind others begins at the nearest tick', () => {
  const duration = new FrameDuration(90_000)
  expect(duration.after(Ticks(100), 3 * 1024, 44_100)).toBe(100 + 6269)
})
