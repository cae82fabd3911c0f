import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { MpaRobustDepacketizer } from '../../../protocol/depacketizer/mpa-robust.ts'
import { layer3Frame } from '../codec/mpeg-audio-frames.ts'
import { pullAll, push } from './packets.ts'

/** An ADU of so many bytes of main data, marked with a number in them. */
const adu = (mainData: number, mark = 7, { index = 0xff, cycle = 7 } = {}): number[] => [
  ...[index, (cycle << 5) | 0x1b],
  ...layer3Frame(300).slice(2, 36),
  ...new Array<number>(mainData).fill(mark),
]
const descriptor = (size: number, continued = false) =>
  size < 64 ? [(continued ? 0x80 : 0) | size] : [(continued ? 0xc0 : 0x40) | (size >> 8), size & 0xff]
const packet = (...adus: number[][]) => adus.flatMap((bytes) => [...descriptor(bytes.length), ...bytes])
const markOf = (data: readonly number[]) => data[36]

describe('the MPA-ROBUST depacketizer', () => {
  let depacketizer: MpaRobustDepacketizer
  const give = (payload: readonly number[], timestamp = 0, lost = 0) => push(depacketizer, payload, { timestamp, lost })
  beforeEach(() => {
    depacketizer = new MpaRobustDepacketizer()
  })

  it('turns ADUs back into frames that stand alone', () => {
    const [first, second, ...more] = give(packet(adu(20), adu(100)), 900)
    expect(more).toEqual([])
    expect(first).toMatchObject({
      ...{ timestamp: 900, duration: 2351, randomAccess: true },
      configuration: { codec: 'mp3', sampleRate: 44_100, channels: 2 },
    })
    expect(first?.data).toHaveLength(104)
    expect(first?.data.slice(0, 6)).toEqual(
      [0xff, 0xfb, 0x10, 0x00, 0, adu(0)[5] ?? 0].map((byte, i) => (i === 5 ? byte & 0x7f : byte)),
    )
    expect(first?.data.slice(36, 57)).toEqual([...new Array<number>(20).fill(7), 0])
    expect(second).toMatchObject({ timestamp: 900 + 2351 })
    expect(second?.data).toHaveLength(156)
    expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
  })

  it('joins an ADU that is cut over packets', () => {
    const bytes = adu(300)
    expect(give([...descriptor(336), ...bytes.slice(0, 100)], 900)).toEqual([])
    expect(give([...descriptor(336, true), ...bytes.slice(100, 200)], 900)).toEqual([])
    expect(give([...descriptor(336, true), ...bytes.slice(200)], 900)).toMatchObject([{ timestamp: 900 }])
    expect(depacketizer.statistics.malformed).toBe(0)
  })

  it('loses no more than what was lost', () => {
    const bytes = adu(300)
    give([...descriptor(336), ...bytes.slice(0, 100)])
    expect(give([...descriptor(336, true), ...bytes.slice(200)], 0, 1)).toEqual([])
    expect(give(packet(adu(20)), 2351)).toMatchObject([{ discontinuity: true }])
    expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 0 })
  })

  it('puts interleaved ADUs in order, cycle by cycle', () => {
    const of = (index: number, cycle = 0) => adu(20, index, { index, cycle })
    const start = 10_000
    expect(give(packet(of(1), of(3)), start + 2351)).toEqual([])
    expect(give(packet(of(0), of(2)), start)).toEqual([])
    const units = give(packet(of(1, 1), of(3, 1)), start + 4 * 2351 + 2351)
    expect(units.map(({ data }) => markOf(data))).toEqual([0, 1, 2, 3])
    expect(units.map(({ timestamp }) => timestamp)).toEqual([0, 1, 2, 3].map((n) => start + Math.round(n * 2351.02)))
    depacketizer.flush()
    const rest = pullAll(depacketizer)
    expect(rest.map(({ data, discontinuity }) => [markOf(data), discontinuity])).toEqual([
      [1, true],
      [3, true],
    ])
  })

  it('counts what is no ADU, and goes on', () => {
    give(packet(adu(20)))
    expect(give([])).toEqual([])
    expect(give(packet([1, 2, 3]))).toEqual([])
    expect(give(packet(adu(20).slice(0, 30)))).toEqual([])
    expect(give(packet(adu(1009)))).toEqual([])
    expect(give([...descriptor(336), ...adu(50)])).toEqual([])
    expect(give(packet(adu(20)))).toMatchObject([{ discontinuity: true }])
    expect(give([...descriptor(336, true), 1, 2])).toEqual([])
    expect(give([0x41])).toEqual([])
    expect(depacketizer.statistics).toEqual({ units: 2, dropped: 4, malformed: 7 })
  })

  it('never throws, whatever the payloads', () => {
    const payload = fc.oneof(
      fc.array(fc.nat(255), { maxLength: 60 }),
      fc
        .tuple(fc.nat(300), fc.nat(255), fc.nat(7), fc.nat(340))
        .map(([size, index, cycle, cut]) => packet(adu(size, 1, { index, cycle })).slice(0, cut)),
    )
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 20 }), (payloads) => {
        depacketizer = new MpaRobustDepacketizer()
        let units = payloads.flatMap((bytes) => give(bytes)).length
        depacketizer.flush()
        units += pullAll(depacketizer).length
        expect(depacketizer.statistics.units).toBe(units)
      }),
      { numRuns: 300 },
    )
  })
})
