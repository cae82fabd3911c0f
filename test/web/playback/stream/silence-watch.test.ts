import { describe, expect, it } from 'vitest'
import { SilenceWatch } from '../../../../web/playback/stream/silence-watch.ts'

/** Looks once a second. @returns the second at which it was given up */
function givenUpAt(seconds: number, packets: (second: number) => number, units = packets, duration = 0.04) {
  const watch = new SilenceWatch()
  watch.begin(0)
  let last = 0
  for (let second = 1; second <= seconds; second++) {
    if (units(second) > last) watch.unit(second * 1000, duration)
    last = units(second)
    if (watch.look(second * 1000, packets(second)) !== undefined) return second
  }
  return undefined
}

describe('a stream that falls silent', () => {
  it('is given up within seven seconds', () => {
    expect(givenUpAt(60, (second) => Math.min(second, 20) * 50)).toBe(26)
  })

  it('is waited for while a network stands still for five seconds', () => {
    expect(givenUpAt(60, (second) => (second > 20 && second <= 25 ? 20 : second) * 50)).toBeUndefined()
  })

  it('may take ten seconds to begin', () => {
    expect(givenUpAt(60, () => 0)).toBe(10)
    expect(givenUpAt(12, (second) => (second < 9 ? 0 : second))).toBeUndefined()
  })

  it('may be slow: a picture each ten seconds is none that falls silent', () => {
    expect(
      givenUpAt(
        120,
        (second) => Math.floor(second / 10) + 1,
        (second) => Math.floor(second / 10) + 1,
        10,
      ),
    ).toBeUndefined()
  })

  it('may wait twenty seconds for a keyframe, while packets come', () => {
    expect(
      givenUpAt(
        60,
        (second) => second * 50,
        () => 0,
      ),
    ).toBe(20)
  })

  it('gets a moment after the machine slept', () => {
    const watch = new SilenceWatch()
    watch.begin(0)
    for (let second = 1; second <= 10; second++) {
      watch.unit(second * 1000, 0.04)
      watch.look(second * 1000, second)
    }
    const woke = 3_600_000
    expect(watch.look(woke, 10)).toBeUndefined()
    expect(watch.look(woke + 1_000, 10)).toBeUndefined()
    expect(watch.look(woke + 2_000, 10)).toBeGreaterThan(0)
  })
})
