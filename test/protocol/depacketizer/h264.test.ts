import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { H264Depacketizer } from '../../../protocol/depacketizer/h264.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { buildPps, buildSlice, buildSps } from '../codec/sps-builder.ts'
import { pullAll, push, sample } from './packets.ts'

const SPS = buildSps()
const PPS = buildPps()
const SEI = [6, 5, 2, 1, 1, 0x80]
const RECOVERY_POINT = [6, 6, 1, 0x84, 0x80]
const AUD = [9, 0xf0]
const FILLER = [12, 0xff, 0x80]
/** First slices begin with the bit 1, later ones do not. */
const IDR = [0x65, 0x88, 1, 2, 3]
const IDR_2 = [0x65, 0x44, 4, 5]
const SLICE = [0x41, 0x9a, 6, 7]
const SLICE_2 = [0x41, 0x46, 8]

const stapA = (...nalUnits: (Uint8Array | number[])[]) => [
  24,
  ...nalUnits.flatMap((nal) => [nal.length >> 8, nal.length & 0xff, ...nal]),
]
const fuA = (nal: ArrayLike<number>, from: number, to: number, start: boolean, end: boolean) => {
  const bytes = Array.from(nal)
  const header = bytes[0] ?? 0
  return [(header & 0xe0) | 28, (start ? 0x80 : 0) | (end ? 0x40 : 0) | (header & 0x1f), ...bytes.slice(from, to)]
}

describe('the H.264 depacketizer', () => {
  let depacketizer: H264Depacketizer
  const give = (payload: Uint8Array | readonly number[], timestamp = 0, marker = false, lost = 0) =>
    push(depacketizer, payload, { timestamp, marker, lost })
  const data = (...nalUnits: (Uint8Array | readonly number[])[]) => [...sample(...nalUnits)]

  beforeEach(() => {
    depacketizer = new H264Depacketizer({ parameterSets: [SPS, PPS] })
  })

  describe('by RFC 6184', () => {
    it('gives a single NAL unit with the marker as one access unit, with the configuration before the first', () => {
      const [unit] = give(IDR, 90, true)
      expect(unit).toMatchObject({ data: data(IDR), timestamp: 90, randomAccess: true, discontinuity: false })
      expect(unit?.configuration).toMatchObject({ kind: 'video', width: 640, height: 368, codec: 'avc1.4D001F' })
      const [next] = give(SLICE, 180, true)
      expect(next).toMatchObject({ data: data(SLICE), timestamp: 180, randomAccess: false, configuration: undefined })
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
    })

    it('gathers all slices of a picture until the marker', () => {
      expect(give(IDR)).toEqual([])
      expect(give(IDR_2, 0, true)).toMatchObject([{ data: data(IDR, IDR_2) }])
    })

    it('takes STAP-A apart', () => {
      expect(give(stapA(SPS, PPS, SEI, IDR), 0, true)).toMatchObject([{ data: data(SEI, IDR) }])
    })

    it('puts FU-A together', () => {
      expect(give(fuA(IDR, 1, 2, true, false))).toEqual([])
      expect(give(fuA(IDR, 2, 3, false, false))).toEqual([])
      expect(give(fuA(IDR, 3, 5, false, true), 0, true)).toMatchObject([{ data: data(IDR), randomAccess: true }])
    })

    it('gives nothing for what belongs to the interleaved mode, and counts it', () => {
      give(IDR, 0, true)
      for (const type of [25, 26, 27, 29, 30, 31, 0]) expect(give([type, 1, 2, 3, 4], type, true)).toEqual([])
      expect(depacketizer.statistics.malformed).toBe(7)
    })

    it('leaves out parameter sets, delimiters and filler, and keeps SEI', () => {
      give(AUD)
      give(SEI)
      give(FILLER)
      expect(give(IDR, 0, true)).toMatchObject([{ data: data(SEI, IDR) }])
    })
  })

  describe('at the border of an access unit', () => {
    it('goes by the timestamp where the camera never sets the marker', () => {
      give(IDR, 0)
      expect(give(SLICE, 3000)).toMatchObject([{ data: data(IDR), timestamp: 0 }])
      expect(give(SLICE_2, 3000)).toEqual([])
      expect(give(SLICE, 6000)).toMatchObject([{ data: data(SLICE, SLICE_2), timestamp: 3000 }])
    })

    it('goes by first_mb_in_slice where two pictures have one timestamp', () => {
      give(IDR, 0)
      expect(give(SLICE, 0)).toMatchObject([{ data: data(IDR), timestamp: 0 }])
    })

    it('keeps the two fields of a frame together', () => {
      depacketizer = new H264Depacketizer({ parameterSets: [buildSps({ frameMbsOnly: false }), PPS] })
      give(IDR, 0)
      give(SLICE, 0)
      expect(give(SLICE, 3000)).toMatchObject([{ data: data(IDR, SLICE) }])
    })

    it('goes by what may only stand before the first slice', () => {
      give(IDR, 0)
      expect(give(AUD, 0)).toMatchObject([{ data: data(IDR) }])
    })

    it('gives two units in one push: by timestamp the one, by marker the other', () => {
      give(IDR, 0)
      const units = give(SLICE, 3000, true)
      expect(units).toMatchObject([{ data: data(IDR) }, { data: data(SLICE), timestamp: 3000 }])
    })

    it('keeps the bytes of all units that one aggregate finishes, however many pictures are in it', () => {
      give(IDR, 0)
      const second = [0x41, 0x9a, 9]
      const units = give(stapA(SLICE, second, SLICE, second, SLICE), 3000, true)
      expect(units).toMatchObject([
        { data: data(IDR) },
        { data: data(SLICE) },
        { data: data(second, SLICE, second, SLICE) },
      ])
      expect(give(SLICE, 6000, true)).toMatchObject([{ data: data(SLICE) }])
    })

    it('does not end at a marker on parameter sets or SEI', () => {
      for (const nal of [SPS, PPS, SEI]) expect(give(nal, 0, true)).toEqual([])
      expect(depacketizer.markerTrust).toBe('suspect')
      give(IDR, 0, true)
      // The marker on the picture proves right, and is relied on from now on.
      expect(give(SLICE, 3000, true)).toMatchObject([{ data: data(SEI, IDR) }, { data: data(SLICE) }])
      expect(depacketizer.markerTrust).toBe('proven')
    })

    it('loses nothing of a camera that sets the marker on each NAL unit', () => {
      for (const nal of [SPS, PPS, IDR, IDR_2]) expect(give(nal, 0, true)).toEqual([])
      expect(give(SLICE, 3000, true)).toMatchObject([{ data: data(IDR, IDR_2) }])
      expect(depacketizer.markerTrust).toBe('wrong')
      expect(give(SLICE_2, 3000, true)).toEqual([])
      expect(give(SLICE, 6000, true)).toMatchObject([{ data: data(SLICE, SLICE_2), timestamp: 3000 }])
      expect(depacketizer.statistics.dropped).toBe(0)
    })

    it('finds out about markers on each slice too late once, and starts again at the next IDR picture', () => {
      expect(give(IDR, 0, true)).toHaveLength(1)
      expect(give(IDR_2, 0, true)).toEqual([])
      expect(depacketizer.markerTrust).toBe('wrong')
      give(SLICE, 3000, true)
      expect(give(SLICE_2, 3000, true)).toEqual([])
      give(IDR, 6000, true)
      give(IDR_2, 6000, true)
      expect(give(SLICE, 9000, true)).toMatchObject([{ data: data(IDR, IDR_2), discontinuity: true }])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 2, malformed: 1 })
    })

    it('gives parameter sets and SEI with a timestamp of their own to the picture that follows', () => {
      give(SEI, 0)
      expect(give(IDR, 3000, true)).toMatchObject([{ data: data(SEI, IDR), timestamp: 3000 }])
    })

    it('hands out what it has when the stream ends, unless a NAL unit is cut off', () => {
      give(IDR, 0)
      depacketizer.flush()
      expect(pullAll(depacketizer)).toMatchObject([{ data: data(IDR) }])
      give(fuA(SLICE, 1, 3, true, false), 3000)
      depacketizer.flush()
      expect(pullAll(depacketizer)).toEqual([])
      expect(depacketizer.statistics.dropped).toBe(1)
    })
  })

  describe('with cameras that do not follow RFC 6184', () => {
    const startCode = [0, 0, 0, 1]

    it('splits a byte stream inside a NAL unit', () => {
      depacketizer = new H264Depacketizer({ parameterSets: [] })
      const bundle = [...SPS, ...startCode, ...PPS, 0, 0, 1, ...IDR]
      expect(give(bundle, 0, true)).toMatchObject([{ data: data(IDR), randomAccess: true }])
    })

    it('splits a byte stream that comes as fragments', () => {
      depacketizer = new H264Depacketizer({ parameterSets: [] })
      const bundle = [...SPS, ...startCode, ...PPS, ...startCode, ...IDR, 0, 0, 1, ...IDR_2]
      give(fuA(bundle, 1, 20, true, false))
      const units = give(fuA(bundle, 20, bundle.length, false, true), 0, true)
      expect(units).toMatchObject([{ data: data(IDR, IDR_2), randomAccess: true }])
    })

    it('takes a start code before a NAL unit away', () => {
      expect(give([...startCode, ...IDR], 0, true)).toMatchObject([{ data: data(IDR) }])
      expect(give([0, 0, 1, ...SLICE], 3000, true)).toMatchObject([{ data: data(SLICE) }])
    })

    it('takes FU-A with start and end both set as a whole NAL unit', () => {
      expect(give(fuA(IDR, 1, 5, true, true), 0, true)).toMatchObject([{ data: data(IDR) }])
    })

    it('ends a NAL unit whose end bit never comes at the next', () => {
      give(fuA(IDR, 1, 3, true, false))
      give(fuA(IDR, 3, 5, false, false))
      expect(give(IDR_2, 0, true)).toMatchObject([{ data: data(IDR, IDR_2) }])
      expect(depacketizer.statistics.malformed).toBe(1)
    })

    it('reads sprop-parameter-sets with start codes', () => {
      depacketizer = new H264Depacketizer({
        parameterSets: [Uint8Array.of(0, 0, 0, 1, ...SPS), Uint8Array.of(0, 0, 0, 1, ...PPS)],
      })
      expect(give(IDR, 0, true)).toHaveLength(1)
    })

    it('overlooks parameter sets that cannot be read, and counts them', () => {
      depacketizer = new H264Depacketizer({ parameterSets: [Uint8Array.of(0x67, 1), SPS, PPS, new Uint8Array(0)] })
      give(Uint8Array.of(0x67, 0xff))
      expect(give(IDR, 0, true)).toHaveLength(1)
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 0, malformed: 2 })
    })

    it('overlooks empty payloads', () => {
      give(IDR)
      expect(give([], 0, true)).toMatchObject([{ data: data(IDR) }])
      expect(depacketizer.statistics.malformed).toBe(1)
    })
  })

  describe('at the start and after a loss', () => {
    it('waits for a random access point', () => {
      expect(give(SLICE, 0, true)).toEqual([])
      expect(give(SLICE, 3000, true)).toEqual([])
      expect(give(IDR, 6000, true)).toHaveLength(1)
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 0 })
    })

    it('waits for parameter sets', () => {
      depacketizer = new H264Depacketizer({ parameterSets: [] })
      expect(give(IDR, 0, true)).toEqual([])
      give(stapA(SPS, PPS), 3000)
      expect(give(IDR, 3000, true)).toHaveLength(1)
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 0 })
    })

    it('starts at a recovery point', () => {
      expect(give(stapA(RECOVERY_POINT, SLICE), 0, true)).toMatchObject([{ randomAccess: true }])
    })

    it('starts at an I picture where there is one reference frame, whose place it takes', () => {
      const parameterSets = [buildSps({ maxNumRefFrames: 1 }), PPS]
      depacketizer = new H264Depacketizer({ parameterSets })
      expect(give(buildSlice({ type: 7, picOrderCntLsb: 8, reference: false }), 0, true)).toEqual([])
      expect(give(buildSlice({ type: 7, picOrderCntLsb: 8 }), 3000, true)).toMatchObject([{ randomAccess: true }])
      expect(give(SLICE, 6000, true)).toMatchObject([{ randomAccess: false }])
    })

    it('drops what an open group of pictures shows before its start', () => {
      give(IDR, 0, true)
      give(stapA(RECOVERY_POINT, buildSlice({ type: 2, picOrderCntLsb: 20 })), 30_000, true, 1)
      const leading = [16, 18].flatMap((lsb) => give(buildSlice({ type: 1, picOrderCntLsb: lsb }), lsb * 1500, true))
      expect(leading).toEqual([])
      expect(give(buildSlice({ picOrderCntLsb: 24 }), 36_000, true)).toMatchObject([{ discontinuity: true }])
      expect(give(buildSlice({ type: 1, picOrderCntLsb: 22 }), 33_000, true)).toHaveLength(1)
      // Without a loss they are whole.
      give(stapA(RECOVERY_POINT, buildSlice({ type: 2, picOrderCntLsb: 30 })), 45_000, true)
      expect(give(buildSlice({ type: 1, picOrderCntLsb: 28 }), 42_000, true)).toHaveLength(1)
    })
  })

  describe('after a loss', () => {
    it('gives nothing of a picture whose beginning it did not see', () => {
      expect(give(fuA(IDR, 3, 5, false, true), 0, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
      depacketizer = new H264Depacketizer({ parameterSets: [SPS, PPS] })
      expect(give(IDR_2, 0, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
    })

    it('drops a picture that lacks a packet, and all up to the next random access point', () => {
      give(IDR, 0, true)
      give(fuA(SLICE, 1, 2, true, false), 3000)
      expect(give(fuA(SLICE, 3, 4, false, true), 3000, true, 1)).toEqual([])
      expect(give(SLICE, 6000, true)).toEqual([])
      expect(give(IDR, 9000, true)).toMatchObject([{ discontinuity: true }])
      expect(give(SLICE, 12_000, true)).toMatchObject([{ discontinuity: false }])
      expect(depacketizer.statistics).toEqual({ units: 3, dropped: 2, malformed: 0 })
    })

    it('drops whole pictures that may depend on a lost one', () => {
      give(IDR, 0, true)
      expect(give(SLICE, 6000, true, 1)).toEqual([])
      expect(give(SLICE, 9000, true)).toEqual([])
      expect(give(IDR, 12_000, true)).toHaveLength(1)
    })

    it('does not join fragments of two timestamps', () => {
      give(IDR, 0, true)
      give(fuA(SLICE, 1, 2, true, false), 3000)
      expect(give(fuA(SLICE, 2, 4, false, true), 6000, true)).toEqual([])
      expect(depacketizer.statistics).toMatchObject({ units: 1, dropped: 2 })
    })

    it('never joins fragments across a loss', () => {
      give(fuA(IDR, 1, 2, true, false))
      give(fuA(IDR, 4, 5, false, true), 0, true, 1)
      expect(depacketizer.statistics).toMatchObject({ units: 0, dropped: 1 })
    })

    it('keeps an IDR picture that begins right behind the loss', () => {
      give(IDR, 0, true)
      expect(give(IDR, 6000, true, 3)).toMatchObject([{ data: data(IDR), discontinuity: true }])
      give(IDR, 9000, true)
      expect(give(IDR_2, 12_000, true, 1)).toEqual([])
    })
  })

  describe('when parameter sets change', () => {
    it('gives the new configuration with the unit from which it is valid', () => {
      give(IDR, 0, true)
      give(stapA(SPS, PPS), 3000)
      expect(give(IDR, 3000, true)).toMatchObject([{ configuration: undefined }])
      give(stapA(buildSps({ widthInMacroblocks: 20 }), PPS), 6000)
      expect(give(IDR, 6000, true)[0]?.configuration).toMatchObject({ width: 320 })
    })

    it('drops what cannot start a decoder with them', () => {
      give(IDR, 0, true)
      give(buildSps({ widthInMacroblocks: 20 }), 3000)
      expect(give(SLICE, 3000, true)).toEqual([])
      expect(give(IDR, 6000, true)[0]?.configuration).toMatchObject({ width: 320 })
    })

    it('learns from the pictures how far they are reordered, where nothing states it', () => {
      const picture = (position: number, idr = false) =>
        give(buildSlice({ idr, picOrderCntLsb: position * 2 }), position * 3000, true)[0]
      expect(picture(0, true)?.configuration).toMatchObject({ reorderDepth: 0 })
      const depths = [4, 2, 1, 3, 8, 6, 5, 7].map((position) => {
        const unit = picture(position)
        expect(unit).toMatchObject({ randomAccess: false, timestamp: position * 3000 })
        return unit?.configuration?.kind === 'video' ? unit.configuration.reorderDepth : undefined
      })
      expect(depths).toEqual([undefined, 1, 2, undefined, undefined, undefined, undefined, undefined])
    })

    it('begins anew where a stream is reordered though its profile forbids it, and decoders were told so', () => {
      depacketizer = new H264Depacketizer({ parameterSets: [buildSps({ profileIdc: 66 }), PPS] })
      const picture = (position: number, idr = false) =>
        give(buildSlice({ idr, picOrderCntLsb: position * 2 }), position * 3000, true)
      const [first] = picture(0, true)
      picture(2)
      expect(picture(1)).toEqual([])
      expect(picture(3)).toEqual([])
      const [next] = give(buildSlice({ idr: true, picOrderCntLsb: 0 }), 12_000, true)
      expect(next).toMatchObject({ discontinuity: true, configuration: { reorderDepth: 1 } })
      expect(next?.configuration?.description).not.toEqual(first?.configuration?.description)
    })
  })

  describe('with hostile input', () => {
    it('drops an access unit of too many bytes, and goes on', () => {
      const big = new Uint8Array(65_000)
      big.set(fuA(IDR, 1, 5, true, false))
      give(big)
      big[1] = 0x05
      for (let bytes = 0; bytes < LIMITS.accessUnitBytes + 70_000; bytes += big.length) give(big)
      expect(give(IDR, 3000, true)).toMatchObject([{ data: data(IDR) }])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 1 })
    })

    it('drops an access unit of too many NAL units, and goes on', () => {
      for (let i = 0; i <= LIMITS.accessUnitNalUnits; i++) give(i === 0 ? IDR : IDR_2)
      expect(give(IDR, 3000, true)).toMatchObject([{ data: data(IDR) }])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 1 })
    })

    it('never throws, and its units are well formed, whatever the payloads', () => {
      const header = fc.constantFrom(0x67, 0x68, 0x65, 0x41, 0x06, 0x09, 24, 28, 0x7c, 0, 25, 29)
      const fuHeader = fc.constantFrom(0x85, 0x05, 0x45, 0xc5, 0x81, 0x41, 0x87, 0, 0x9a, 0x46)
      const rest = fc.array(fc.oneof(fc.constantFrom(0, 0, 1, 0x80), fc.nat(255)), { maxLength: 40 })
      const payload = fc.oneof(
        fc.tuple(header, fuHeader, rest).map(([a, b, c]) => [a, b, ...c]),
        fc.array(fc.nat(255), { maxLength: 8 }),
        fc.constantFrom(IDR, IDR_2, SLICE, SLICE_2, SEI, AUD),
      )
      const packet = fc.record({ payload, step: fc.nat(2), marker: fc.boolean(), lost: fc.constantFrom(0, 0, 0, 1) })
      fc.assert(
        fc.property(fc.array(packet, { maxLength: 40 }), (packets) => {
          depacketizer = new H264Depacketizer({ parameterSets: [SPS, PPS] })
          let timestamp = 0
          let units = 0
          for (const { payload, step, marker, lost } of packets) {
            timestamp += step * 3000
            for (const unit of give(payload, timestamp, marker, lost)) {
              units++
              let at = 0
              while (at < unit.data.length) {
                const [a = 0, b = 0, c = 0, d = 0] = unit.data.slice(at, at + 4)
                at += 4 + (((a << 24) | (b << 16) | (c << 8) | d) >>> 0)
              }
              expect(at).toBe(unit.data.length)
            }
          }
          expect(depacketizer.statistics.units).toBe(units)
        }),
        { numRuns: 500 },
      )
    })
  })
})
