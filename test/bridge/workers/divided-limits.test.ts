import { expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../bridge/index.ts'
import { dividedLimits } from '../../../bridge/workers/divided-limits.ts'

it('each worker has its part of the viewers, rounded up, and all else as a whole', () => {
  expect(dividedLimits({}, 4)).toEqual({
    viewers: DEFAULT_LIMITS.viewers / 4,
    viewersPerAddress: DEFAULT_LIMITS.viewersPerAddress / 4,
  })
  expect(dividedLimits({ viewers: 10, viewersPerAddress: 1, messageBytes: 5 }, 3)).toEqual({
    viewers: 4,
    viewersPerAddress: 1,
    messageBytes: 5,
  })
})
