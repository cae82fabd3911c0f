import { describe, expect, it } from 'vitest'
import { ReceptionStatistics } from '../../../protocol/rtp/reception-statistics.ts'
import { SequenceTracker } from '../../../protocol/rtp/sequence-tracker.ts'

describe('reception statistics', () => {
  it('have no jitter where packets come as they were sent, and over the wrap of the timestamp', () => {
    const statistics = new ReceptionStatistics(90_000)
    for (let i = 0; i < 100; i++) statistics.packet((0xffff_f000 + i * 3_600) % 2 ** 32, i * 40)
    expect(statistics.jitter).toBeCloseTo(0, 5)
  })

  it('tend to the mean deviation of arrival (RFC 3550 appendix A.8)', () => {
    const statistics = new ReceptionStatistics(90_000)
    // Each second packet is 10 ms late: the differences are 10 ms throughout.
    for (let i = 0; i < 500; i++) statistics.packet(i * 3_600, i * 40 + (i % 2) * 10)
    expect(statistics.jitter).toBeCloseTo(10, 1)
  })

  it('report loss since the last report and in all', () => {
    const statistics = new ReceptionStatistics(90_000)
    const sequence = new SequenceTracker()
    for (const number of [1, 2, 4, 5]) sequence.track(number)
    expect(statistics.report(7, sequence, 0)).toMatchObject({
      ssrc: 7,
      fractionLost: Math.floor(256 / 5),
      cumulativeLost: 1,
      highestSequence: 5,
    })
    for (const number of [6, 7]) sequence.track(number)
    expect(statistics.report(7, sequence, 0)).toMatchObject({ fractionLost: 0, cumulativeLost: 1 })
  })

  it('tell the time since the last sender report', () => {
    const statistics = new ReceptionStatistics(90_000)
    const sequence = new SequenceTracker()
    expect(statistics.report(7, sequence, 500)).toMatchObject({ lastSenderReport: 0, delaySinceLastSenderReport: 0 })
    statistics.senderReport(0x1234_5678, 0x9abc_def0, 1_000)
    expect(statistics.report(7, sequence, 1_500)).toMatchObject({
      lastSenderReport: 0x5678_9abc,
      delaySinceLastSenderReport: 32_768,
    })
  })

  it('count what came late and twice as received, as reports want it (section 6.4.1)', () => {
    const statistics = new ReceptionStatistics(90_000)
    const sequence = new SequenceTracker()
    for (const number of [1, 4, 3, 4, 4]) sequence.track(number, number)
    expect(statistics.report(7, sequence, 0)).toMatchObject({ fractionLost: 0, cumulativeLost: -1 })
  })

  it('know nothing of the source before', () => {
    const statistics = new ReceptionStatistics(90_000)
    for (let i = 0; i < 100; i++) statistics.packet(i * 3_600, i * 40 + (i % 2) * 10)
    statistics.senderReport(1, 0, 0)
    statistics.newSource()
    expect(statistics.jitter).toBe(0)
    expect(statistics.report(7, new SequenceTracker(), 9_000)).toMatchObject({
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    })
  })
})
