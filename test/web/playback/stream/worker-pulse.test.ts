import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WorkerPulse } from '../../../../web/playback/stream/worker-pulse.ts'

const ask = vi.fn()
const giveUp = vi.fn()
let pulse: WorkerPulse

beforeEach(() => {
  vi.useFakeTimers()
  vi.resetAllMocks()
  pulse = new WorkerPulse(ask, giveUp)
})

afterEach(() => {
  pulse.close()
  vi.useRealTimers()
})

it('a worker that talks is left alone', () => {
  for (let second = 0; second < 60; second++) {
    vi.advanceTimersByTime(1_000)
    pulse.heard()
  }
  expect(ask).not.toHaveBeenCalled()
})

it('one that is silent is asked, and goes on where it answers', () => {
  ask.mockImplementation(() => pulse.heard())
  vi.advanceTimersByTime(60_000)
  expect(ask).toHaveBeenCalledTimes(12)
  expect(giveUp).not.toHaveBeenCalled()
})

it('one that does not answer is given up, once, ten seconds after its last word', () => {
  vi.advanceTimersByTime(9_900)
  expect(ask).toHaveBeenCalledTimes(1)
  expect(giveUp).not.toHaveBeenCalled()
  vi.advanceTimersByTime(60_000)
  expect(giveUp).toHaveBeenCalledTimes(1)
})

it('nothing is told after its end', () => {
  pulse.close()
  vi.advanceTimersByTime(60_000)
  expect(ask).not.toHaveBeenCalled()
})
