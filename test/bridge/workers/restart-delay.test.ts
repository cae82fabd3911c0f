import { expect, it } from 'vitest'
import { RestartDelay } from '../../../bridge/workers/restart-delay.ts'

it('a worker is started again at once, then ever later, and at once again when it was well', () => {
  const delay = new RestartDelay()
  const delays = Array.from({ length: 9 }, () => delay.ended(100))
  expect(delays).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  expect(delay.ended(59_999)).toBe(30_000)
  expect(delay.ended(60_000)).toBe(0)
  expect(delay.ended(100)).toBe(500)
})
