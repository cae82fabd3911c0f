import { describe, expect, it } from 'vitest'
import { SenderClock } from '../../../protocol/rtcp/sender-clock.ts'
import { ntpFromUnix } from '../../../protocol/rtcp/sender-report.ts'
import { Ticks } from '../../../protocol/units.ts'

const report = (unix: number) => ({
  type: 'SR' as const,
  ssrc: 1,
  ...ntpFromUnix(unix),
  rtpTimestamp: 0,
  packetCount: 0,
  octetCount: 0,
  reports: [],
})

describe('a sender clock', () => {
  it('gives the wall clock of any place of the media clock', () => {
    const clock = new SenderClock(90_000)
    expect(clock.wallClock(Ticks(0))).toBeUndefined()
    clock.update(report(1_700_000_000_000), Ticks(180_000))
    expect(clock.wallClock(Ticks(270_000))).toBeCloseTo(1_700_000_001_000, 2)
    expect(clock.wallClock(Ticks(0))).toBeCloseTo(1_699_999_998_000, 2)
  })

  it('takes no time from a sender that has none', () => {
    const clock = new SenderClock(90_000)
    clock.update({ ...report(0), ntpSeconds: 0, ntpFraction: 0 }, Ticks(0))
    expect(clock.known).toBe(false)
  })

  it('forgets when the media clock has a new origin', () => {
    const clock = new SenderClock(90_000)
    clock.update(report(1_700_000_000_000), Ticks(0))
    clock.reset()
    expect(clock.wallClock(Ticks(0))).toBeUndefined()
  })
})
