import { describe, expect, it } from 'vitest'
import { ReportSchedule } from '../../../protocol/rtcp/report-schedule.ts'

const middle = () => 0.5
/** Reports until `end`, as a caller would that wakes at `next`: their times. */
function run(schedule: ReportSchedule, end: number, bytes = 84): number[] {
  const sent: number[] = []
  for (let now = schedule.next; now < end; now = schedule.next) {
    if (!schedule.due(now)) continue
    schedule.sent(bytes, now)
    sent.push(now)
  }
  return sent
}
/** A seeded generator, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('the schedule of receiver reports', () => {
  it('begins after half the minimum, and goes on with the whole (RFC 3550 section 6.2)', () => {
    const [first = 0, second = 0] = run(new ReportSchedule({ now: 1_000, random: middle }), 60_000)
    expect(first - 1_000).toBeCloseTo(2_500 / 1.21828, 0)
    expect(second - first).toBeCloseTo(5_000 / 1.21828, 0)
  })

  it('takes five seconds in the mean, never the same, from half to one and a half of it', () => {
    const sent = run(new ReportSchedule({ now: 0, random: seeded(7) }), 10_000_000)
    const intervals = sent.slice(1).map((time, index) => time - (sent[index] ?? 0))
    const mean = intervals.reduce((sum, one) => sum + one, 0) / intervals.length
    expect(mean).toBeGreaterThan(4_500)
    expect(mean).toBeLessThan(5_500)
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(2_500 / 1.21829)
    expect(Math.max(...intervals)).toBeLessThanOrEqual(7_500)
    expect(new Set(intervals).size).toBeGreaterThan(intervals.length / 2)
  })

  it('reconsiders when its time has come (section 6.3.6)', () => {
    const draws = [0, 0.9, 0]
    const schedule = new ReportSchedule({ now: 0, random: () => draws.shift() ?? 0 })
    const first = schedule.next
    expect(schedule.due(first - 1)).toBe(false)
    expect(schedule.due(first)).toBe(false)
    expect(schedule.next).toBeGreaterThan(first)
    expect(schedule.due(schedule.next)).toBe(true)
  })

  it('takes longer on a thin line, by the size of the reports and the number of members', () => {
    const interval = (options: { bandwidth: number; bytes: number; members: number }) => {
      const schedule = new ReportSchedule({ now: 0, sessionBandwidth: options.bandwidth, random: middle })
      schedule.participants(options.members, 1, 0)
      const sent = run(schedule, 100_000_000, options.bytes)
      return (sent.at(-1) ?? 0) - (sent.at(-2) ?? 0)
    }
    expect(interval({ bandwidth: 64_000, bytes: 84, members: 2 })).toBeCloseTo(5_000 / 1.21828, 0)
    const many = interval({ bandwidth: 64_000, bytes: 84, members: 101 })
    // 112 bytes of each of 100 receivers over three quarters of 5 % of 8,000 bytes a second.
    expect(many).toBeCloseTo(((112 * 100) / 300 / 1.21828) * 1_000, -1)
    expect(interval({ bandwidth: 64_000, bytes: 196, members: 101 })).toBeCloseTo(many * 2, -2)
  })

  it('comes sooner when members leave (section 6.3.4)', () => {
    const schedule = new ReportSchedule({ now: 0, sessionBandwidth: 64_000, random: middle })
    schedule.participants(200, 1, 0)
    expect(schedule.due(schedule.next)).toBe(false)
    const before = schedule.next
    schedule.participants(100, 1, 10_000)
    expect(schedule.next).toBeCloseTo(10_000 + (before - 10_000) / 2, 0)
  })
})
