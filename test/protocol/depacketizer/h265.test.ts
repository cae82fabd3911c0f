import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { H265Depacketizer, type H265DepacketizerOptions } from '../../../protocol/depacketizer/h265.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { Ticks } from '../../../protocol/units.ts'
import { buildSlice, buildSps } from '../codec/h265-builder.ts'
import {
  AUD,
  ap,
  CRA,
  FILLER,
  fu,
  IDR,
  IDR_2,
  IDR_N_LP,
  IDR_W_RADL,
  type Nal,
  PARAMETER_SETS,
  PPS,
  paci,
  RASL_N,
  SEI,
  SLICE,
  SLICE_2,
  SPS,
  SUFFIX_SEI,
  VPS,
} from './h265-payloads.ts'
import { type KeptUnit, pullAll, push, rtpPacket, sample } from './packets.ts'

describe('the H.265 depacketizer', () => {
  let depacketizer: H265Depacketizer
  const begin = (options: Partial<H265DepacketizerOptions> = {}) => {
    depacketizer = new H265Depacketizer({ parameterSets: PARAMETER_SETS, ...options })
  }
  const give = (payload: Nal, timestamp = 0, marker = false, lost = 0): KeptUnit[] =>
    push(depacketizer, payload, { timestamp, marker, lost })
  const data = (...nalUnits: Nal[]) => [...sample(...nalUnits)]

  beforeEach(() => begin())

  describe('by RFC 7798', () => {
    it('gives a single NAL unit with the marker as one access unit, with the configuration before the first', () => {
      const [unit] = give(IDR, 90, true)
      expect(unit).toMatchObject({ data: data(IDR), timestamp: 90, randomAccess: true, discontinuity: false })
      expect(unit?.configuration).toMatchObject({ kind: 'video', width: 640, height: 360, codec: 'hvc1.1.6.L93.90' })
      const [next] = give(SLICE, 180, true)
      expect(next).toMatchObject({ data: data(SLICE), timestamp: 180, randomAccess: false, configuration: undefined })
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
    })

    it('gathers all slices of a picture until the marker', () => {
      expect(give(IDR)).toEqual([])
      expect(give(IDR_2, 0, true)).toMatchObject([{ data: data(IDR, IDR_2) }])
    })

    it('takes aggregation packets apart', () => {
      begin({ parameterSets: [] })
      expect(give(ap(VPS, SPS, PPS, SEI, IDR), 0, true)).toMatchObject([{ data: data(SEI, IDR) }])
    })

    it('puts fragmentation units together', () => {
      expect(give(fu(IDR, 2, 3, true, false))).toEqual([])
      expect(give(fu(IDR, 3, 4, false, false))).toEqual([])
      const units = give(fu(IDR, 4, IDR.length, false, true), 0, true)
      expect(units).toMatchObject([{ data: data(IDR), randomAccess: true }])
    })

    it('unwraps PACI packets, whatever they hold', () => {
      expect(give(paci(IDR), 0, true)).toMatchObject([{ data: data(IDR) }])
      give(paci(fu(SLICE, 2, 4, true, false)), 3000)
      expect(give(paci(fu(SLICE, 4, SLICE.length, false, true)), 3000, true)).toMatchObject([{ data: data(SLICE) }])
      expect(give(paci(ap(SEI, SLICE)), 6000, true)).toMatchObject([{ data: data(SEI, SLICE) }])
      expect(depacketizer.statistics.malformed).toBe(0)
    })

    it('counts what it cannot read, and what depends on it is not given', () => {
      const malformed = [
        paci(paci(SLICE)),
        [0x64, 0x01, 0x02, 0x20, 0xaa],
        [0x62, 0x01],
        [0x62, 0x01, 0x80 | 48, 1],
        [0x60, 0x01],
        [0x60, 0x01, 0x00, 0x09, 0x02],
        [0x02],
        [0x02, 0x00, 0x80],
      ]
      for (const [index, payload] of malformed.entries()) {
        give(IDR, index * 9000, true)
        expect(give(payload, index * 9000 + 3000, true)).toEqual([])
        expect(give(SLICE, index * 9000 + 6000, true)).toEqual([])
      }
      expect(depacketizer.statistics.malformed).toBe(malformed.length)
    })

    it('passes over types that have no meaning, which can be no part of a picture, and counts them', () => {
      give(IDR, 0, true)
      expect(give([51 << 1, 1, 2, 3], 3000, true)).toEqual([])
      expect(give(SLICE, 6000, true)).toHaveLength(1)
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 1 })
    })

    it('leaves out parameter sets, delimiters and filler, and keeps SEI', () => {
      give(AUD)
      give(SEI)
      give(IDR)
      give(FILLER)
      expect(give(SUFFIX_SEI, 0, true)).toMatchObject([{ data: data(SEI, IDR, SUFFIX_SEI) }])
    })

    it('leaves out other layers than the base layer', () => {
      const ofLayer1 = (nal: Nal) => [nal[0] ?? 0, 0x09, ...Array.from(nal).slice(2)]
      give(ap(IDR, ofLayer1(buildSps({ width: 1280 })), ofLayer1(buildSlice(IDR_N_LP))))
      expect(give(ofLayer1(IDR_2), 0, true)).toMatchObject([{ data: data(IDR), configuration: { width: 640 } }])
      expect(give(SLICE, 3000, true)).toHaveLength(1)
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
    })
  })

  describe('with cameras that do not follow RFC 7798', () => {
    const startCode = [0, 0, 0, 1]

    it('overlooks the timestamps of later fragments, when these always differ', () => {
      const units = Array.from({ length: 6 }, (_, at) => {
        // What is whole tells nothing of fragments.
        give(SEI, at * 3000)
        give(fu(IDR, 2, 3, true, false), at * 3000)
        give(fu(IDR, 3, 4, false, false), at * 3000 + 5)
        return give(fu(IDR, 4, IDR.length, false, true), at * 3000 + 9, true)
      })
      expect(units.map((found) => found.map(({ timestamp }) => timestamp))).toEqual([
        [],
        [],
        [],
        [9000],
        [12000],
        [15000],
      ])
    })

    it('splits a byte stream inside a NAL unit, whole or in fragments', () => {
      begin({ parameterSets: [] })
      const bundle = [...VPS, ...startCode, ...SPS, 0, 0, 1, ...PPS, ...startCode, ...IDR, 0, 0, 1, ...IDR_2]
      expect(give(bundle, 0, true)).toMatchObject([{ data: data(IDR, IDR_2), randomAccess: true }])
      begin({ parameterSets: [] })
      give(fu(bundle, 2, 20, true, false))
      const units = give(fu(bundle, 20, bundle.length, false, true), 0, true)
      expect(units).toMatchObject([{ data: data(IDR, IDR_2), randomAccess: true }])
    })

    it('takes a start code before a NAL unit away', () => {
      expect(give([...startCode, ...IDR], 0, true)).toMatchObject([{ data: data(IDR) }])
      expect(give([0, 0, 1, ...SLICE], 3000, true)).toMatchObject([{ data: data(SLICE) }])
    })

    it('takes FU with start and end both set as a whole NAL unit', () => {
      expect(give(fu(IDR, 2, IDR.length, true, true), 0, true)).toMatchObject([{ data: data(IDR) }])
    })

    it('ends a NAL unit whose end bit never comes at the next', () => {
      give(fu(IDR, 2, 4, true, false))
      give(fu(IDR, 4, IDR.length, false, false))
      expect(give(IDR_2, 0, true)).toMatchObject([{ data: data(IDR, IDR_2) }])
      expect(depacketizer.statistics.malformed).toBe(1)
    })

    it('reads parameter sets of the SDP with start codes, and overlooks those that cannot be read', () => {
      begin({
        parameterSets: [
          Uint8Array.of(...startCode, ...VPS, ...startCode, ...SPS),
          PPS,
          Uint8Array.of(0x42, 1, 1),
          new Uint8Array(0),
        ],
      })
      give(Uint8Array.of(0x42, 0x01, 0xff))
      expect(give(IDR, 0, true)).toHaveLength(1)
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 0, malformed: 2 })
    })

    it('overlooks empty payloads', () => {
      give(IDR)
      expect(give([], 0, true)).toMatchObject([{ data: data(IDR) }])
      expect(depacketizer.statistics.malformed).toBe(1)
    })
  })

  describe('with hostile input', () => {
    it('drops an access unit of too many bytes, and goes on', () => {
      const big = new Uint8Array(65_000)
      big.set(fu(IDR, 2, 5, true, false))
      give(big)
      big[2] = IDR_W_RADL
      for (let bytes = 0; bytes < LIMITS.accessUnitBytes + 70_000; bytes += big.length) give(big)
      expect(give(IDR, 3000, true)).toMatchObject([{ data: data(IDR) }])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 1 })
    })

    it('drops an access unit of too many NAL units, and goes on', () => {
      for (let i = 0; i <= LIMITS.accessUnitNalUnits; i++) give(i === 0 ? IDR : IDR_2)
      expect(give(IDR, 3000, true)).toMatchObject([{ data: data(IDR) }])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 1 })
    })

    it('drops what nobody pulled, and starts again at a random access point', () => {
      depacketizer.push(rtpPacket(IDR, true), Ticks(0), 0)
      expect(give(SLICE, 3000, true)).toEqual([])
      expect(give(IDR, 6000, true)).toMatchObject([{ discontinuity: true, configuration: { width: 640 } }])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 2, malformed: 0 })
    })

    it('never throws, and its units are well formed, whatever the payloads', () => {
      const header = fc.constantFrom(
        0x40,
        0x42,
        0x44,
        0x26,
        0x2a,
        0x12,
        0x02,
        0x46,
        0x48,
        0x4e,
        0x60,
        0x62,
        0x64,
        0,
        102,
      )
      const second = fc.constantFrom(1, 1, 1, 9, 0)
      const rest = fc.array(fc.oneof(fc.constantFrom(0, 0, 1, 0x80, 0x93, 0x53, 0xd3), fc.nat(255)), { maxLength: 40 })
      const payload = fc.oneof(
        fc.tuple(header, second, rest).map(([a, b, c]) => [a, b, ...c]),
        fc.array(fc.nat(255), { maxLength: 8 }),
        fc.constantFrom(IDR, IDR_2, SLICE, SLICE_2, SEI, AUD, buildSlice(CRA), buildSlice(RASL_N)),
      )
      const packet = fc.record({ payload, step: fc.nat(2), marker: fc.boolean(), lost: fc.constantFrom(0, 0, 0, 1) })
      fc.assert(
        fc.property(fc.array(packet, { maxLength: 40 }), fc.constantFrom(0, 0, 3), (packets, maximumDonDifference) => {
          begin({ maximumDonDifference })
          let timestamp = 0
          let units = 0
          const check = ({ data }: KeptUnit) => {
            units++
            let at = 0
            while (at < data.length) {
              const [a = 0, b = 0, c = 0, d = 0] = data.slice(at, at + 4)
              at += 4 + (((a << 24) | (b << 16) | (c << 8) | d) >>> 0)
            }
            expect(at).toBe(data.length)
          }
          for (const { payload, step, marker, lost } of packets) {
            timestamp += step * 3000
            for (const unit of give(payload, timestamp, marker, lost)) check(unit)
          }
          depacketizer.flush()
          for (const unit of pullAll(depacketizer)) check(unit)
          expect(depacketizer.statistics.units).toBe(units)
        }),
        { numRuns: 200 },
      )
    })
  })
})
