import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SoundDeinterleaver } from '../../../protocol/depacketizer/sound-deinterleaver.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { Ticks } from '../../../protocol/units.ts'

const DURATION = Ticks(10)

function deinterleaver(maximumDisplacement?: number) {
  const given: (number | string)[] = []
  let misplaced = 0
  const buffer = new SoundDeinterleaver(maximumDisplacement, {
    unit: (data, timestamp, _, missing) => {
      expect(data[0]).toBe((timestamp / 10) & 0xff)
      given.push(missing ? `gap ${timestamp / 10}` : timestamp / 10)
    },
    misplaced: () => {
      misplaced++
    },
  })
  return {
    given,
    buffer,
    get misplaced() {
      return misplaced
    },
    /** The units of one packet, by number. */
    packet: (...units: number[]) => {
      buffer.packet(Ticks((units[0] ?? 0) * 10), DURATION)
      const reused = new Uint8Array(1)
      for (const unit of units) {
        reused[0] = unit
        buffer.push(reused, Ticks(unit * 10), DURATION)
      }
    },
  }
}

describe('the de-interleaver of sound', () => {
  it('gives units in the order of time, each as soon as it follows the one before', () => {
    const { packet, given } = deinterleaver()
    packet(0, 3, 6)
    expect(given).toEqual([0])
    packet(1, 4, 7)
    expect(given).toEqual([0, 1])
    packet(2, 5, 8)
    expect(given).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    packet(9, 12, 15)
    expect(given.at(-1)).toBe(9)
  })

  it('gives up a gap when the next packet begins behind it', () => {
    const { packet, given } = deinterleaver()
    packet(0, 3, 6)
    packet(2, 5, 8) // that of 1, 4 and 7 is lost
    expect(given).toEqual([0, 'gap 2', 3])
    packet(9, 12, 15)
    expect(given).toEqual([0, 'gap 2', 3, 'gap 5', 6, 'gap 8', 9])
  })

  it('gives up a gap when what was stated as the largest displacement is passed', () => {
    const { packet, given } = deinterleaver(60)
    packet(0, 3, 6)
    packet(2, 5, 8)
    // 8 came, so that what begins before 2 never will.
    expect(given).toEqual([0, 'gap 2', 3])
    packet(9, 12, 15)
    expect(given).toEqual([0, 'gap 2', 3, 'gap 5', 6, 'gap 8', 9])
  })

  it('begins in the middle of a pattern', () => {
    const { packet, given } = deinterleaver()
    packet(2, 5, 8)
    packet(9, 12, 15)
    packet(10, 13, 16)
    expect(given).toEqual([2, 'gap 5', 'gap 8', 9, 10])
  })

  it('drops what comes when its place is passed, or twice', () => {
    const stream = deinterleaver()
    stream.packet(0, 1, 2)
    stream.packet(1, 3)
    stream.packet(4, 6, 6)
    stream.packet(5)
    expect(stream.given).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(stream.misplaced).toBe(2)
  })

  it('goes on after a pause, and after a jump back', () => {
    const { packet, given } = deinterleaver()
    packet(10_000)
    packet(20_000)
    packet(20_001, 20_003)
    packet(0, 1)
    expect(given).toEqual([10_000, 'gap 20000', 20_001, 'gap 20003', 0, 1])
  })

  it('is not led away by a unit that claims to be of the far future', () => {
    const stream = deinterleaver()
    stream.packet(0, 60_000)
    stream.packet(1)
    expect(stream.given).toEqual([0, 1])
    expect(stream.misplaced).toBe(1)
  })

  it('gives all that waits at the end', () => {
    const { packet, given, buffer } = deinterleaver()
    packet(0, 2, 4)
    buffer.flush()
    expect(given).toEqual([0, 'gap 2', 'gap 4'])
  })

  it('is bounded', () => {
    const { buffer, given } = deinterleaver(1e9)
    buffer.packet(Ticks(0), DURATION)
    buffer.push(Uint8Array.of(0), Ticks(0), DURATION)
    for (let i = 2; i <= LIMITS.interleavedSoundUnits; i++) buffer.push(Uint8Array.of(i), Ticks(i * 10), DURATION)
    expect(given).toHaveLength(1)
    buffer.packet(Ticks(100), DURATION)
    buffer.push(Uint8Array.of(1), Ticks((LIMITS.interleavedSoundUnits + 1) * 10), DURATION)
    expect(given).toHaveLength(1)
  })

  it('restores any order that keeps within the bound, whatever the pattern', () => {
    const pattern = fc.record({ stride: fc.integer({ min: 1, max: 8 }), depth: fc.integer({ min: 1, max: 8 }) })
    fc.assert(
      fc.property(pattern, fc.integer({ min: 1, max: 20 }), fc.boolean(), ({ stride, depth }, groups, stated) => {
        const { packet, given, buffer } = deinterleaver(stated ? stride * depth * 10 : undefined)
        for (let group = 0; group < groups; group++) {
          for (let first = 0; first < stride; first++) {
            packet(...Array.from({ length: depth }, (_, i) => group * stride * depth + first + i * stride))
          }
        }
        buffer.flush()
        expect(given).toEqual(Array.from({ length: groups * stride * depth }, (_, i) => i))
      }),
    )
  })
})
