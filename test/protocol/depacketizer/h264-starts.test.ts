import { beforeEach, describe, expect, it } from 'vitest'
import { H264Depacketizer } from '../../../protocol/depacketizer/h264.ts'
import { BitWriter, buildPps, buildSlice, buildSps } from '../codec/sps-builder.ts'
import { push, sample } from './packets.ts'

const SPS = buildSps()
const PPS = buildPps()
const IDR = [0x65, 0x88, 1, 2, 3]
const SLICE = [0x41, 0x9a, 6, 7]

const stapA = (...nalUnits: (Uint8Array | number[])[]) => [
  24,
  ...nalUnits.flatMap((nal) => [nal.length >> 8, nal.length & 0xff, ...nal]),
]

describe('the H.264 depacketizer', () => {
  let depacketizer: H264Depacketizer
  const give = (payload: Uint8Array | readonly number[], timestamp = 0, marker = false, lost = 0) =>
    push(depacketizer, payload, { timestamp, marker, lost })
  const data = (...nalUnits: (Uint8Array | readonly number[])[]) => [...sample(...nalUnits)]

  beforeEach(() => {
    depacketizer = new H264Depacketizer({ parameterSets: [SPS, PPS] })
  })

  describe('where the picture is refreshed bit by bit', () => {
    /** A recovery point: the picture is whole with the frame whose frame_num is so many further. */
    const recoveryIn = (frames: number) => {
      const payload = [...new BitWriter().ue(frames).u(4, 0).nal(0)].slice(1)
      return [6, 6, payload.length, ...payload, 0x80]
    }
    const picture = (frame: number, { lost = 0, sei = [] as number[] } = {}) => {
      const slice = buildSlice({ frameNum: frame & 15, picOrderCntLsb: (frame * 2) & 0xff })
      return give(sei.length > 0 ? stapA(sei, slice) : slice, frame * 3000, true, lost)
    }

    it('shows nothing until it is whole, and gives what that depends on right before, a tick each', () => {
      expect(picture(14, { sei: recoveryIn(3) })).toEqual([])
      expect(picture(15)).toEqual([])
      expect(picture(16)).toEqual([])
      const units = picture(17)
      expect(units.map((unit) => unit.timestamp)).toEqual([50_997, 50_998, 50_999, 51_000])
      expect(units.map((unit) => unit.randomAccess)).toEqual([true, false, false, false])
      expect(units[0]?.configuration).toBeDefined()
      expect(units[0]?.data).toEqual(data(recoveryIn(3), buildSlice({ frameNum: 14, picOrderCntLsb: 28 })))
      expect(picture(18)).toMatchObject([{ timestamp: 54_000, discontinuity: false }])
      expect(depacketizer.statistics).toEqual({ units: 5, dropped: 0, malformed: 0 })
    })

    it('does so after a loss', () => {
      give(buildSlice({ idr: true, picOrderCntLsb: 0 }), 0, true)
      picture(1)
      expect(picture(3, { lost: 1 })).toEqual([])
      expect(picture(4, { sei: recoveryIn(2) })).toEqual([])
      expect(picture(5)).toEqual([])
      const units = picture(6)
      expect(units.map((unit) => [unit.timestamp, unit.discontinuity])).toEqual([
        [17_998, true],
        [17_999, false],
        [18_000, false],
      ])
      expect(depacketizer.statistics).toEqual({ units: 5, dropped: 1, malformed: 0 })
    })

    it('goes on without a break at a recovery point while nothing is lost', () => {
      give(buildSlice({ idr: true, picOrderCntLsb: 0 }), 0, true)
      expect(picture(1, { sei: recoveryIn(5) })).toMatchObject([{ timestamp: 3000, randomAccess: true }])
      expect(picture(2)).toHaveLength(1)
    })

    it('waits for the next recovery point where something is lost on the way', () => {
      picture(1, { sei: recoveryIn(3) })
      picture(2)
      expect(picture(4, { lost: 1 })).toEqual([])
      expect(picture(5)).toEqual([])
      picture(6, { sei: recoveryIn(1) })
      expect(picture(7)).toMatchObject([{ randomAccess: true }, { timestamp: 21_000 }])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 4, malformed: 0 })
    })

    it('begins with an IDR picture instead, where one comes before', () => {
      picture(1, { sei: recoveryIn(9) })
      picture(2)
      const units = give(buildSlice({ idr: true, picOrderCntLsb: 0 }), 9000, true)
      expect(units).toMatchObject([{ timestamp: 9000, randomAccess: true, configuration: { width: 640 } }])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 0 })
    })

    it('counts pictures where their headers cannot be read', () => {
      const broken = [0x41, 0x80]
      expect(give(stapA(recoveryIn(2), broken), 0, true)).toEqual([])
      expect(give(broken, 3000, true)).toEqual([])
      expect(give(broken, 6000, true)).toHaveLength(3)
    })
  })

  describe('where nothing marks a start', () => {
    const second = 90_000
    const intra = (time: number) => give(buildSlice({ type: 7, picOrderCntLsb: 0 }), time, true)
    let reported: string[]
    beforeEach(() => {
      reported = []
      depacketizer = new H264Depacketizer({ parameterSets: [SPS, PPS], report: (id) => reported.push(id) })
    })

    it('begins with an I picture, but only after some seconds, and says so', () => {
      expect(give(SLICE, 0, true)).toEqual([])
      expect(intra(second)).toEqual([])
      expect(give(SLICE, 6 * second, true)).toEqual([])
      expect(reported).toEqual([])
      expect(intra(7 * second)).toMatchObject([{ randomAccess: true, configuration: { width: 640 } }])
      expect(reported).toEqual(['random-access-unmarked'])
      expect(give(SLICE, 8 * second, true)).toMatchObject([{ randomAccess: false }])
    })

    it('knows them from then on, also after a loss', () => {
      intra(0)
      intra(5 * second)
      expect(intra(6 * second)).toMatchObject([{ randomAccess: true }])
      expect(give(SLICE, 7 * second, true, 1)).toEqual([])
      expect(intra(8 * second)).toMatchObject([{ randomAccess: true, discontinuity: true }])
      expect(reported).toHaveLength(1)
    })

    it('trusts them no longer once something better comes', () => {
      intra(0)
      intra(5 * second)
      give(IDR, 6 * second, true)
      expect(intra(7 * second)).toMatchObject([{ randomAccess: false }])
      expect(intra(8 * second)).toHaveLength(1)
      give(SLICE, 9 * second, true, 1)
      expect(intra(10 * second)).toEqual([])
    })

    it('takes no picture for one that has other slices, too', () => {
      intra(0)
      give(buildSlice({ type: 2, picOrderCntLsb: 0 }), 6 * second)
      expect(give(buildSlice({ type: 0, firstMb: 9, picOrderCntLsb: 0 }), 6 * second, true)).toEqual([])
    })
  })
})
