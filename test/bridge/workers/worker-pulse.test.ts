import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WorkerPulse } from '../../../bridge/workers/worker-pulse.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('a worker that answers, however slowly, is left alone', async () => {
  const giveUp = vi.fn()
  const pulse = new WorkerPulse(() => new Promise((resolve) => setTimeout(resolve, 8_000)), giveUp)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(giveUp).not.toHaveBeenCalled()
  pulse.close()
  expect(vi.getTimerCount()).toBeLessThanOrEqual(1)
})

it('one that does not is asked once, and given up once after ten seconds', async () => {
  const giveUp = vi.fn()
  const ask = vi.fn(() => new Promise<void>(() => undefined))
  const pulse = new WorkerPulse(ask, giveUp)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(giveUp).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ask).toHaveBeenCalledOnce()
  expect(giveUp).toHaveBeenCalledOnce()
  pulse.close()
})

it('nobody is given up once it is closed', async () => {
  const giveUp = vi.fn()
  new WorkerPulse(() => Promise.reject(new Error('the worker ended')), giveUp).close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(giveUp).not.toHaveBeenCalled()
})
