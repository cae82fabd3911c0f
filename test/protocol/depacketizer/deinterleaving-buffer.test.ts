import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { DeinterleavingBuffer } from '../../../protocol/depacketizer/deinterleaving-buffer.ts'
import { Ticks } from '../../../protocol/units.ts'
import { interleave } from './interleaver.ts'

const SLICE = Uint8Array.of(0x41, 0x9a)
const SEI = Uint8Array.of(0x06, 0x05)

let buffer: DeinterleavingBuffer
const begin = (interleavingDepth: number, maxDonDiff?: number) => {
  buffer = new DeinterleavingBuffer({ interleavingDepth, maxDonDiff })
}
/** Adds a unit whose time is its number, and gives the times of those that may go. */
const add = (don: number, nal = SLICE, name = don) => {
  buffer.add(don & 0xffff, nal, Ticks(name))
  return going()
}
const going = () => {
  const names: number[] = []
  for (let unit = buffer.next(); unit; unit = buffer.next()) names.push(unit.lost ? -unit.timestamp : unit.timestamp)
  return names
}
beforeEach(() => begin(2))

describe('the de-interleaving buffer', () => {
  it('lets a unit go when more slices wait than may be sent ahead of one', () => {
    expect([10, 13, 11, 12, 16].map((don) => add(don))).toEqual([[], [], [10], [11], [12]])
    buffer.flush()
    expect(going()).toEqual([13, 16])
  })

  it('counts slices only', () => {
    expect([add(10), add(14, SEI), add(13, SEI), add(15), add(11)]).toEqual([[], [], [], [], [10]])
  })

  it('lets units go in order without a wait where nothing is interleaved', () => {
    begin(0)
    expect([1, 2, 3].map((don) => add(don))).toEqual([[1], [2], [3]])
  })

  it('lets a unit go when no earlier one can come by the largest difference', () => {
    begin(100, 3)
    expect([10, 11, 13, 14, 20].map((don) => add(don))).toEqual([[], [], [], [10], [11, 13, 14]])
  })

  it('follows numbers that turn round, and keeps units of one number in the order of sending', () => {
    begin(1)
    expect([
      add(0xfffe),
      add(0, SLICE, 0x10000),
      add(0xffff),
      add(0xffff, SLICE, 7),
      add(2, SLICE, 0x10002),
      add(1, SLICE, 0x10001),
    ]).toEqual([[], [0xfffe], [0xffff], [7], [0x10000], [0x10001]])
  })

  it('puts any order within the depth right', () => {
    fc.assert(
      fc.property(fc.nat(12), fc.nat(0xffff), fc.infiniteStream(fc.nat(1000)), (depth, first, numbers) => {
        begin(depth)
        const order = Array.from({ length: 60 }, (_, index) => first + index * 3)
        const sent = interleave(order, depth, (count) => numbers.next().value % count)
        const gone = sent.flatMap((don) => add(don, SLICE, don))
        buffer.flush()
        expect([...gone, ...going()]).toEqual(order)
      }),
    )
  })

  it('tells a loss before whatever goes next', () => {
    add(10)
    add(11)
    buffer.lose()
    expect([add(12), add(13)]).toEqual([[-10], [11]])
  })

  it('tells gaps while what was lost may belong there, and none later', () => {
    begin(1)
    add(10)
    buffer.lose()
    // 12 was lost, sent ahead of 11; it is missed behind it.
    expect([add(11), add(13), add(14), add(20), add(30)]).toEqual([[-10], [11], [-13], [14], [20]])
  })

  it('drops what comes when others behind it are gone, tells the loss, and waits longer from then on', () => {
    begin(0)
    expect([add(10), add(12), add(11), add(13), add(14)]).toEqual([[10], [12], [], [], [-13]])
    expect(buffer.late).toBe(1)
  })

  it('goes on behind what it has when the numbers begin anew after a loss', () => {
    begin(1)
    add(5000)
    add(5001)
    buffer.lose()
    expect([add(7), add(9), add(8)]).toEqual([[-5001], [7], [8]])
    expect(buffer.late).toBe(0)
  })

  it('goes on after some units where the numbers begin anew without a loss', () => {
    begin(0)
    add(5000)
    const late = Array.from({ length: 8 }, (_, index) => add(100 + index))
    expect(late.flat()).toEqual([])
    for (let don = 108; don < 120; don++) add(don)
    buffer.flush()
    expect(going().at(-1)).toBe(119)
    expect(buffer.late).toBe(8)
  })
})
