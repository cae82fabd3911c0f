import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SequenceTracker } from '../../../protocol/rtp/sequence-tracker.ts'

/** A number alone has the timestamp of its own number; a pair is number and timestamp. */
const track = (packets: (number | [number, number])[]) => {
  const tracker = new SequenceTracker()
  const verdicts = packets.map((packet) => {
    const [number, timestamp] = Array.isArray(packet) ? packet : [packet, packet]
    return `${tracker.track(number, timestamp)} ${tracker.lost}`
  })
  return { tracker, verdicts }
}

describe('a sequence tracker', () => {
  it('follows numbers over their wrap', () => {
    const { tracker, verdicts } = track([65534, 65535, 0, 1])
    expect(verdicts).toEqual(['in-order 0', 'in-order 0', 'in-order 0', 'in-order 0'])
    expect(tracker).toMatchObject({ expected: 4, received: 4, cumulativeLost: 0, highestExtended: 0x1_0001 })
  })

  it('tells how many are missing in front of a packet', () => {
    const { tracker, verdicts } = track([10, 13, 14])
    expect(verdicts).toEqual(['in-order 0', 'in-order 2', 'in-order 0'])
    expect(tracker.cumulativeLost).toBe(2)
  })

  it('tells a late packet from a duplicate, also over the wrap', () => {
    const { tracker, verdicts } = track([65534, 0, 65535, 65534, 65535, 1])
    expect(verdicts).toEqual(['in-order 0', 'in-order 1', 'late 0', 'duplicate 0', 'duplicate 0', 'in-order 0'])
    // What came late is not missing; reports count duplicates as received (RFC 3550 section 6.4.1).
    expect(tracker).toMatchObject({ missing: 0, late: 1, totalDuplicates: 2, cumulativeLost: -2 })
  })

  it('takes late packets that follow each other for what they are', () => {
    expect(track([1, 4, 2, 3, 5]).verdicts).toEqual(['in-order 0', 'in-order 2', 'late 0', 'late 0', 'in-order 0'])
  })

  it('takes two packets that follow each other far away as a restart (RFC 3550 appendix A.1)', () => {
    const { tracker, verdicts } = track([100, 102, 40_000, 40_001, 40_002])
    expect(verdicts).toEqual(['in-order 0', 'in-order 1', 'suspect 0', 'restart 0', 'in-order 0'])
    expect(tracker).toMatchObject({ cumulativeLost: 1, expected: 3, received: 3, restarts: 1, strays: 0 })
  })

  it('is not moved by one packet that is far away', () => {
    const { tracker, verdicts } = track([100, 40_000, 101, 5, 20_000, 102])
    expect(verdicts).toEqual(['in-order 0', 'suspect 0', 'in-order 0', 'suspect 0', 'suspect 0', 'in-order 0'])
    expect(tracker).toMatchObject({ cumulativeLost: 0, restarts: 0, strays: 3 })
  })

  it('sees a restart a little behind by its timestamps', () => {
    const before = Array.from({ length: 60 }, (_, index) => index)
    const { tracker, verdicts } = track([...before, [10, 9_000], [11, 9_000], [12, 9_100]])
    expect(verdicts.slice(60)).toEqual(['suspect 0', 'restart 0', 'in-order 0'])
    expect(tracker).toMatchObject({ restarts: 1, totalDuplicates: 0, missing: 0 })
  })

  it('begins anew when told to', () => {
    const { tracker } = track([1, 3])
    tracker.reset()
    expect(tracker.track(500)).toBe('in-order')
    expect(tracker.lost).toBe(0)
    expect(tracker.cumulativeLost).toBe(1)
  })

  it('counts what never came, however the rest was shuffled and doubled', () => {
    const packets = fc.array(
      fc.record({ fate: fc.constantFrom('sent', 'sent', 'sent', 'lost', 'doubled'), delay: fc.nat(40) }),
      { minLength: 2, maxLength: 400 },
    )
    fc.assert(
      fc.property(packets, fc.nat(0xffff), (fates, first) => {
        const arriving = fates
          .map(({ fate, delay }, index) => ({
            index,
            fate: index === 0 ? 'sent' : fate,
            at: index === 0 ? -1 : index + delay,
          }))
          .flatMap((packet) => (packet.fate === 'doubled' ? [packet, { ...packet, at: packet.at + 0.5 }] : [packet]))
          .filter((packet) => packet.fate !== 'lost')
          .sort((a, b) => a.at - b.at)
        const { tracker } = track(arriving.map(({ index }) => [(first + index) % 0x1_0000, index]))
        const last = Math.max(...arriving.map((packet) => packet.index))
        expect(tracker.missing).toBe(
          fates.filter(({ fate }, index) => index > 0 && index < last && fate === 'lost').length,
        )
        expect(tracker.totalDuplicates).toBe(arriving.length - new Set(arriving.map(({ index }) => index)).size)
        expect(tracker.restarts).toBe(0)
      }),
    )
  })
})
