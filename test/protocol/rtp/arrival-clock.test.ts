import { describe, expect, it } from 'vitest'
import { ArrivalClock } from '../../../protocol/rtp/arrival-clock.ts'

const RATE = 90_000

/** Steps in milliseconds between units that come at these times. */
const steps = (arrivals: readonly number[]): number[] => {
  const clock = new ArrivalClock(RATE, 5_000, 0)
  const places = [5_000, ...arrivals.map((arrival) => clock.next(arrival))]
  return places.slice(1).map((place, at) => (place - (places[at] ?? 0)) / 90)
}
const evenly = (count: number, step: number): number[] => Array.from({ length: count }, (_, at) => (at + 1) * step)

describe('a clock of arrivals', () => {
  it('goes by as units come', () => {
    for (const step of steps(evenly(50, 40))) expect(step).toBeCloseTo(40, 1)
  })

  it('evens out what the network makes uneven', () => {
    const uneven = evenly(200, 40).map((arrival, at) => arrival + (at % 3) * 15)
    for (const step of steps(uneven).slice(40)) expect(Math.abs(step - 40)).toBeLessThan(8)
  })

  it('stays with what comes, however it changes', () => {
    const arrivals = [...evenly(50, 40), ...evenly(20, 500).map((at) => 2_000 + at), 12_000 + 60_000]
    const total = steps(arrivals).reduce((sum, step) => sum + step, 0)
    expect(Math.abs(total - 72_000)).toBeLessThan(250)
  })

  it('never stands still', () => {
    for (const step of steps(Array(500).fill(1_000))) expect(step).toBeGreaterThan(0)
  })
})
