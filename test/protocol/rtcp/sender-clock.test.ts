import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { localTimeOffset, SenderClock } from '../../../protocol/rtcp/sender-clock.ts'
import { ntpFromUnix } from '../../../protocol/rtcp/sender-report.ts'
import { Ticks } from '../../../protocol/units.ts'

const RATE = 90_000
const START = 1_700_000_000_000
const HOUR = 3_600_000

/** Takes reports at seconds of the media clock, each with how far the sender's clock was off by then, in milliseconds. */
function clock() {
  const sender = new SenderClock(RATE)
  const report = (seconds: number, off = 0) =>
    sender.update(ntpFromUnix(START + seconds * 1000 + off), Ticks(seconds * RATE))
  const errorAt = (seconds: number) => (sender.wallClock(Ticks(seconds * RATE)) ?? Number.NaN) - START - seconds * 1000
  return { sender, report, errorAt }
}

describe('a sender clock', () => {
  it('gives the wall clock of any place of the media clock', () => {
    const { sender, report, errorAt } = clock()
    expect(sender.wallClock(Ticks(0))).toBeUndefined()
    report(2)
    expect(errorAt(3)).toBeCloseTo(0, 2)
    expect(errorAt(0)).toBeCloseTo(0, 2)
  })

  it('takes no time from a sender that has none', () => {
    const { sender } = clock()
    expect(sender.update({ ntpSeconds: 0, ntpFraction: 0 }, Ticks(0))).toBe('no-time')
    expect(sender.settled).toBe(false)
    expect(sender.wallClock(Ticks(0))).toBeUndefined()
  })

  it('leaves out a single report that contradicts the others', () => {
    const { sender, report, errorAt } = clock()
    for (let seconds = 0; seconds < 50; seconds += 5) report(seconds)
    expect(report(50, HOUR)).toBe('outlier')
    expect(errorAt(50)).toBeCloseTo(0, 1)
    expect(report(55)).toBe('accepted')
    expect(report(60, HOUR)).toBe('outlier')
    expect(report(65, HOUR)).toBe('outlier')
    expect(errorAt(65)).toBeCloseTo(0, 1)
    expect(sender).toMatchObject({ outliers: 3, steps: 0 })
  })

  it('takes a step that three reports in a row agree on, and is exact at once', () => {
    const { sender, report, errorAt } = clock()
    for (let seconds = 0; seconds < 50; seconds += 5) report(seconds)
    expect([50, 55, 60].map((seconds) => report(seconds, -2_500))).toEqual(['outlier', 'outlier', 'step'])
    expect(errorAt(60)).toBeCloseTo(-2_500, 1)
    expect(sender.steps).toBe(1)
  })

  it('takes two reports that agree against a first one that was wrong', () => {
    const { report, errorAt } = clock()
    expect([report(0, 5 * HOUR), report(5), report(10)]).toEqual(['accepted', 'outlier', 'step'])
    expect(errorAt(10)).toBeCloseTo(0, 1)
  })

  it('smooths the noise of reports that are stamped with the time of the last picture', () => {
    const { report, errorAt } = clock()
    for (let index = 0; index < 200; index++) {
      expect(report(index * 5, ((index * 7) % 11) * 4 - 20)).toBe('accepted')
      if (index > 10) expect(Math.abs(errorAt(index * 5))).toBeLessThan(15)
    }
  })

  it.each([200, -200])('follows a drift of %i ppm for ten days to 10 ms, and tells it', (ppm) => {
    const { sender, report, errorAt } = clock()
    // The media clock is fast: the wall clock falls behind it.
    const off = (seconds: number) => -seconds * ppm * 1e-3
    let worst = 0
    for (let seconds = 0; seconds < 864_000; seconds += 10) {
      report(seconds, off(seconds))
      if (seconds > 300) worst = Math.max(worst, Math.abs(errorAt(seconds) - off(seconds)))
    }
    expect(worst).toBeLessThan(10)
    expect(sender).toMatchObject({ outliers: 0, steps: 0 })
    expect(sender.drift).toBeCloseTo(ppm, 0)
  })

  it('tells the time as before when the media clock began anew, and takes the next report whatever it says', () => {
    const { sender, report, errorAt } = clock()
    for (let seconds = 0; seconds < 50; seconds += 5) report(seconds)
    sender.unsettle()
    expect(sender.settled).toBe(false)
    expect(errorAt(50)).toBeCloseTo(0, 1)
    expect(report(55, 400)).toBe('accepted')
    expect(errorAt(55)).toBeCloseTo(400, 1)
  })

  it('never strays from what some report said, by more than the noise it allows', () => {
    const reports = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -300, max: 300 })), {
      minLength: 1,
    })
    fc.assert(
      fc.property(reports, (all) => {
        const { report, errorAt } = clock()
        let seconds = 0
        for (const [wait, off] of all) {
          seconds += wait
          report(seconds, off)
        }
        const offs = all.map(([, off]) => off)
        expect(errorAt(seconds)).toBeGreaterThanOrEqual(Math.min(...offs) - 1)
        expect(errorAt(seconds)).toBeLessThanOrEqual(Math.max(...offs) + 1)
      }),
    )
  })
})

describe('an offset of local time', () => {
  it('is whole quarters of an hour, to two minutes and within the zones there are', () => {
    expect(localTimeOffset(2 * HOUR + 30_000)).toBe(2 * HOUR)
    expect(localTimeOffset(-5.75 * HOUR)).toBe(-5.75 * HOUR)
    expect(localTimeOffset(60_000)).toBe(0)
    expect(localTimeOffset(2.1 * HOUR)).toBe(0)
    expect(localTimeOffset(20 * HOUR)).toBe(0)
  })
})
