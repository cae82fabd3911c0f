import { describe, expect, it } from 'vitest'
import { SequenceTracker } from '../../../protocol/rtp/sequence-tracker.ts'

const track = (numbers: number[]) => {
  const tracker = new SequenceTracker()
  return { tracker, verdicts: numbers.map((number) => `${tracker.track(number)} ${tracker.lost}`) }
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

  it('calls a duplicate and a packet from before late', () => {
    expect(track([10, 10, 11, 9, 12]).verdicts).toEqual(['in-order 0', 'late 0', 'in-order 0', 'late 0', 'in-order 0'])
  })

  it('takes a large step either way as a restart, and keeps what was lost before', () => {
    const { tracker, verdicts } = track([100, 102, 40_000, 40_001, 5])
    expect(verdicts).toEqual(['in-order 0', 'in-order 1', 'restart 0', 'in-order 0', 'restart 0'])
    expect(tracker).toMatchObject({ cumulativeLost: 1, expected: 1, received: 1 })
  })

  it('takes two packets in a row that are a little behind as a restart', () => {
    expect(track([50, 10, 11, 12]).verdicts).toEqual(['in-order 0', 'late 0', 'restart 0', 'in-order 0'])
  })

  it('begins anew when told to', () => {
    const { tracker } = track([1, 3])
    tracker.reset()
    expect(tracker.track(500)).toBe('in-order')
    expect(tracker.lost).toBe(0)
    expect(tracker.cumulativeLost).toBe(1)
  })
})
