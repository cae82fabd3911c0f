import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { H265Depacketizer } from '../../../protocol/depacketizer/h265.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { Ticks } from '../../../protocol/units.ts'
import { buildSlice } from '../codec/h265-builder.ts'
import { fu, IDR, type Nal, PARAMETER_SETS, PPS, SLICE, SLICE_2, SPS, VPS } from './h265-payloads.ts'
import { type KeptUnit, pullAll, push, rtpPacket, sample } from './packets.ts'

const u16 = (value: number) => [(value >> 8) & 0xff, value & 0xff]
/** A single NAL unit packet with DONL. */
const single = (nal: Nal, don: number) => [...Array.from(nal).slice(0, 2), ...u16(don), ...Array.from(nal).slice(2)]
/** An aggregation packet: DONL before the first, DOND before the others. */
const ap = (...nalUnits: readonly (readonly [nal: Nal, don: number])[]) => [
  ...[0x60, 0x01],
  ...nalUnits.flatMap(([nal, don], index) => [
    ...(index === 0 ? u16(don) : [(don - (nalUnits[index - 1]?.[1] ?? 0) - 1) & 0xff]),
    ...u16(nal.length),
    ...nal,
  ]),
]
/** Fragments of a NAL unit: only the first has DONL. */
const fragments = (nal: Nal, don: number, at = 4) => {
  const [first = [], second = []] = [fu(nal, 2, at, true, false), fu(nal, at, nal.length, false, true)]
  return [[...first.slice(0, 3), ...u16(don), ...first.slice(3)], second] as const
}

describe('NAL units with decoding order numbers', () => {
  let depacketizer: H265Depacketizer
  const begin = (maximumDonDifference = 4, depacketizationBufferNalUnits = 0) => {
    depacketizer = new H265Depacketizer({
      parameterSets: PARAMETER_SETS,
      maximumDonDifference,
      depacketizationBufferNalUnits,
    })
  }
  const give = (payload: Nal, timestamp: number, lost = 0): KeptUnit[] =>
    push(depacketizer, payload, { timestamp, marker: true, lost })
  const flush = () => {
    depacketizer.flush()
    return pullAll(depacketizer)
  }
  const data = (...nalUnits: Nal[]) => [...sample(...nalUnits)]
  const times = (units: readonly KeptUnit[]) => units.map((unit) => unit.timestamp)
  /** IDR picture at 0, then one slice each 3000 ticks; the n-th has the number `from + n`. */
  const nth = (index: number, from = 0) =>
    [single(index === 0 ? IDR : SLICE, (from + index) & 0xffff), index * 3000] as const

  beforeEach(() => begin())

  it('come out in that order, each with its own timestamp', () => {
    const units = [0, 3, 1, 2, 4, 7, 6, 5, 8].flatMap((index) => give(...nth(index)))
    expect(times([...units, ...flush()])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => index * 3000))
    expect(depacketizer.statistics).toEqual({ units: 9, dropped: 0, malformed: 0 })
  })

  it('wait no longer than sprop-max-don-diff says', () => {
    for (const index of [0, 1, 2, 3, 4]) expect(give(...nth(index))).toEqual([])
    // The sixth tells that the first two are in order; the second ends the first picture.
    expect(times(give(...nth(5)))).toEqual([0])
    expect(times(give(...nth(6)))).toEqual([3000])
  })

  it('have their own bytes, however many have their turn at once', () => {
    begin(100)
    const slices = Array.from({ length: 12 }, (_, content) => buildSlice(20, { content }))
    for (const [index, slice] of slices.entries()) expect(give(single(slice, index), index * 3000)).toEqual([])
    const units = give(single(IDR, 200), 90_000)
    expect(units.map((unit) => unit.data)).toEqual(slices.slice(0, -1).map((slice) => data(slice)))
  })

  it('are dropped where nobody takes what has its turn', () => {
    for (const index of [0, 1, 2, 3, 4, 5, 6]) {
      depacketizer.push(rtpPacket(nth(index)[0]), Ticks(index * 3000), 0)
    }
    // What is left of them, and what may precede them, waits for a random access point.
    expect([...give(single(IDR, 20), 90_000), ...flush()]).toMatchObject([{ timestamp: 90_000, discontinuity: true }])
  })

  it('wait for no more NAL units than sprop-depack-buf-nalus says', () => {
    begin(1000, 2)
    expect([0, 1, 2].flatMap((index) => give(...nth(index)))).toEqual([])
    expect(times(give(...nth(3)))).toEqual([0])
  })

  it('go on where the numbers wrap', () => {
    const units = [0, 2, 1, 3, 5, 4, 6].flatMap((index) => give(...nth(index, 65_533)))
    expect(times([...units, ...flush()])).toEqual([0, 1, 2, 3, 4, 5, 6].map((index) => index * 3000))
  })

  it('are read in aggregation packets and fragments', () => {
    const [first, second] = fragments(SLICE, 13)
    const units = [
      ...give(ap([VPS, 8], [SPS, 9], [PPS, 10], [IDR, 11]), 0),
      ...give(single(SLICE_2, 14), 3000),
      ...give(first, 3000),
      ...give(second, 3000),
      ...give(single(SLICE, 15), 6000),
      ...flush(),
    ]
    expect(units).toMatchObject([{ data: data(IDR) }, { data: data(SLICE, SLICE_2) }, { data: data(SLICE) }])
    expect(depacketizer.statistics).toEqual({ units: 3, dropped: 0, malformed: 0 })
  })

  it('have the numbers in an aggregation packet that DOND tells', () => {
    const [second, third] = [1, 2].map((content) => buildSlice(1, { first: false, content }))
    give(single(IDR, 0), 0)
    give(ap([SLICE, 1], [third ?? [], 3]), 3000)
    give(single(second ?? [], 2), 3000)
    expect(flush()[1]).toMatchObject({ data: data(SLICE, second ?? [], third ?? []) })
  })

  it('are counted where their numbers are missing', () => {
    for (const payload of [
      [2, 1, 0],
      [0x62, 1, 0x81, 0],
      [0x60, 1, 0, 0],
      [0x60, 1, 0, 0, 0],
    ])
      expect(give(payload, 0)).toEqual([])
    expect(depacketizer.statistics.malformed).toBe(4)
  })

  it('end where the end bit of fragments is forgotten, and tell of fragments without a beginning', () => {
    give(...nth(0))
    give(fragments(SLICE, 1, SLICE.length)[0], 3000)
    give(...nth(2))
    expect(times(flush())).toEqual([0, 3000, 6000])
    expect(depacketizer.statistics.malformed).toBe(1)
    give(single(IDR, 3), 9000)
    give(fragments(SLICE, 4)[1], 9000)
    expect(flush()).toEqual([])
    expect(depacketizer.statistics.malformed).toBe(2)
  })

  describe('after a loss', () => {
    it('give nothing that what was lost may precede', () => {
      const numbers = [0, 1, 2, 3, 4, 5]
      const before = numbers.flatMap((index) => give(...nth(index)))
      expect(times(before)).toEqual([0])
      // One is lost. It has a number from 1, which was not given on, to 7 + 4.
      const idr = (index: number, lost = 0) => give(single(IDR, index), index * 3000, lost)
      const after = [7, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17].flatMap((index) => idr(index, index === 7 ? 1 : 0))
      expect(times([...after, ...flush()])).toEqual([12, 13, 14, 15, 16, 17].map((index) => index * 3000))
      expect(after[0]).toMatchObject({ discontinuity: true })
    })

    it('may begin with any number', () => {
      for (let index = 0; index < 20; index++) give(...nth(index))
      const units = Array.from({ length: 12 }, (_, index) =>
        give(single(IDR, 40_000 + index), (index + 30) * 3000, index === 0 ? 1 : 0),
      ).flat()
      // Of the first five it is not known what they lack.
      expect(times([...units, ...flush()]).filter((time) => time >= 90_000)).toHaveLength(12 - 5)
      expect(depacketizer.statistics.malformed).toBe(0)
    })
  })

  it('that come later than stated cost what depends on them, and no more', () => {
    const units = [0, 2, 3, 4, 5, 6, 7, 1].flatMap((index) => give(...nth(index)))
    expect(times(units)).toEqual([0, 6000])
    expect(depacketizer.statistics.malformed).toBe(1)
    const idr = [single(IDR, 8), 24_000] as const
    expect(times([...give(...idr), ...flush()])).toEqual([24_000])
  })

  it('are bounded in number and in bytes', () => {
    begin(32_767, 32_767)
    for (let index = 0; index <= LIMITS.interleavedNalUnits; index++) give(...nth(index))
    expect(times(give(...nth(LIMITS.interleavedNalUnits + 1)))).toEqual([0])
    begin(32_767)
    const large = new Uint8Array(60_000).fill(0x5a)
    large.set(single(IDR, 0))
    let bytes = 0
    while (bytes < 2 * LIMITS.interleavedBytes && give(large, 0).length === 0) bytes += large.length
    // Two more than there is room for: the first picture ends where the second begins.
    expect(bytes).toBeGreaterThan(LIMITS.interleavedBytes)
    expect(bytes).toBeLessThan(LIMITS.interleavedBytes + 2 * large.length)
  })

  it('come out in order, whatever the order that sprop-max-don-diff allows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { minLength: 2, maxLength: 60 }),
        fc.nat(65_535),
        fc.integer({ min: 5, max: 9 }),
        (delays, from, difference) => {
          begin(difference)
          // Each may be sent up to five places later than its turn; the first is sent first.
          const order = delays
            .map((delay, index) => [index === 0 ? -1 : index + delay, index] as const)
            .sort(([a], [b]) => a - b)
            .map(([, index]) => index)
          const units = [...order.flatMap((index) => give(...nth(index, from))), ...flush()]
          expect(times(units)).toEqual(delays.map((_, index) => index * 3000))
          expect(depacketizer.statistics.malformed).toBe(0)
        },
      ),
    )
  })
})
