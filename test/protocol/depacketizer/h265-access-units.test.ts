import { beforeEach, describe, expect, it } from 'vitest'
import { H265Depacketizer } from '../../../protocol/depacketizer/h265.ts'
import { buildPps, buildSlice, buildSps, buildVps } from '../codec/h265-builder.ts'
import {
  AUD,
  ap,
  BLA_W_LP,
  CRA,
  END_OF_SEQUENCE,
  fu,
  IDR,
  IDR_2,
  IDR_N_LP,
  type Nal,
  PARAMETER_SETS,
  PPS,
  RADL_N,
  RASL_N,
  RASL_R,
  RECOVERY_POINT,
  SEI,
  SLICE,
  SLICE_2,
  SPS,
  SUFFIX_SEI,
  TRAIL_R,
  VPS,
} from './h265-payloads.ts'
import { type KeptUnit, pullAll, push, sample } from './packets.ts'

describe('access units of H.265', () => {
  let depacketizer: H265Depacketizer
  const begin = (parameterSets: readonly Uint8Array[] = PARAMETER_SETS) => {
    depacketizer = new H265Depacketizer({ parameterSets })
  }
  const give = (payload: Nal, timestamp = 0, marker = false, lost = 0): KeptUnit[] =>
    push(depacketizer, payload, { timestamp, marker, lost })
  /** A picture of one slice in one packet. */
  const picture = (type: number, timestamp: number, lost = 0) => give(buildSlice(type), timestamp, true, lost)
  const data = (...nalUnits: Nal[]) => [...sample(...nalUnits)]

  beforeEach(() => begin())

  describe('at the border of an access unit', () => {
    it('goes by the timestamp where the camera never sets the marker', () => {
      give(IDR, 0)
      expect(give(SLICE, 3000)).toMatchObject([{ data: data(IDR), timestamp: 0 }])
      expect(give(SLICE_2, 3000)).toEqual([])
      expect(give(SLICE, 6000)).toMatchObject([{ data: data(SLICE, SLICE_2), timestamp: 3000 }])
    })

    it('goes by first_slice_segment_in_pic_flag where two pictures have one timestamp', () => {
      give(IDR, 0)
      expect(give(SLICE, 0)).toMatchObject([{ data: data(IDR), timestamp: 0 }])
      expect(give(fu(SLICE, 2, 4, true, false), 0)).toMatchObject([{ data: data(SLICE) }])
    })

    it('goes by what may only stand before the first slice', () => {
      give(IDR, 0)
      expect(give(AUD, 0)).toMatchObject([{ data: data(IDR) }])
    })

    it('keeps the bytes of all units that one aggregate finishes, however many pictures are in it', () => {
      give(IDR, 0)
      const second = buildSlice(TRAIL_R, { content: 9 })
      const units = give(ap(SLICE, second, SLICE, second, SLICE), 3000, true)
      expect(units).toMatchObject([
        { data: data(IDR) },
        { data: data(SLICE) },
        { data: data(second, SLICE, second, SLICE) },
      ])
      expect(give(SLICE, 6000, true)).toMatchObject([{ data: data(SLICE) }])
    })

    it('does not end at a marker on parameter sets or SEI', () => {
      for (const nal of [VPS, SPS, PPS, SEI]) expect(give(nal, 0, true)).toEqual([])
      expect(depacketizer.markerTrust).toBe('suspect')
      give(IDR, 0, true)
      expect(give(SLICE, 3000, true)).toMatchObject([{ data: data(SEI, IDR) }, { data: data(SLICE) }])
      expect(depacketizer.markerTrust).toBe('proven')
    })

    it('finds out about markers on each slice too late once, and starts again at the next random access point', () => {
      expect(give(IDR, 0, true)).toHaveLength(1)
      expect(give(IDR_2, 0, true)).toEqual([])
      expect(depacketizer.markerTrust).toBe('wrong')
      give(IDR, 6000, true)
      give(IDR_2, 6000, true)
      expect(give(SLICE, 9000, true)).toMatchObject([{ data: data(IDR, IDR_2), discontinuity: true }])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 1, malformed: 1 })
    })

    it('gives parameter sets and SEI with a timestamp of their own to the picture that follows, but no suffix SEI', () => {
      give(IDR, 0, true)
      give(SUFFIX_SEI, 0)
      give(SEI, 1500)
      expect(give(SLICE, 3000, true)).toMatchObject([{ data: data(SEI, SLICE), timestamp: 3000 }])
    })

    it('hands out what it has when the stream ends, unless a NAL unit is cut off', () => {
      give(IDR, 0)
      depacketizer.flush()
      expect(pullAll(depacketizer)).toMatchObject([{ data: data(IDR) }])
      give(fu(SLICE, 2, 4, true, false), 3000)
      depacketizer.flush()
      expect(pullAll(depacketizer)).toEqual([])
      expect(depacketizer.statistics.dropped).toBe(1)
    })
  })

  describe('at the start and after a loss', () => {
    it('waits for a random access point and for parameter sets', () => {
      begin([VPS, PPS])
      expect(give(SLICE, 0, true)).toEqual([])
      expect(give(IDR, 3000, true)).toEqual([])
      give(SPS, 6000)
      expect(give(IDR, 6000, true)).toMatchObject([{ discontinuity: true }])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 0 })
    })

    it.each([16, 17, 18, 19, 20, 21])('starts at an IRAP picture of type %i', (type) => {
      expect(picture(type, 0)).toMatchObject([{ randomAccess: true }])
    })

    it('starts at a recovery point', () => {
      expect(give(ap(RECOVERY_POINT, SLICE), 0, true)).toMatchObject([{ randomAccess: true }])
      expect(give(ap(SEI, SLICE), 3000, true)).toMatchObject([{ randomAccess: false }])
    })

    it('gives nothing of a picture whose beginning it did not see', () => {
      expect(give(fu(IDR, 4, IDR.length, false, true), 0, true)).toEqual([])
      expect(give(IDR_2, 3000, true)).toEqual([])
      expect(depacketizer.statistics).toMatchObject({ units: 0, dropped: 2 })
    })

    it('drops a picture that lacks a packet, and all up to the next random access point', () => {
      give(IDR, 0, true)
      give(fu(SLICE, 2, 3, true, false), 3000)
      expect(give(fu(SLICE, 4, SLICE.length, false, true), 3000, true, 1)).toEqual([])
      expect(give(SLICE, 6000, true)).toEqual([])
      expect(give(IDR, 9000, true)).toMatchObject([{ discontinuity: true }])
      expect(give(SLICE, 12_000, true)).toMatchObject([{ discontinuity: false }])
      expect(depacketizer.statistics).toEqual({ units: 3, dropped: 2, malformed: 0 })
    })

    it('drops a picture whose first slice is missing though no packet is', () => {
      give(IDR, 0, true)
      expect(give(SLICE_2, 3000, true)).toEqual([])
      expect(give(SLICE, 6000, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 1 })
    })

    it('drops whole pictures that may depend on a lost one', () => {
      give(IDR, 0, true)
      expect(give(SLICE, 6000, true, 1)).toEqual([])
      expect(give(IDR, 12_000, true)).toHaveLength(1)
    })

    it('does not join fragments of two timestamps', () => {
      give(IDR, 0, true)
      give(fu(SLICE, 2, 4, true, false), 3000)
      expect(give(fu(SLICE, 4, SLICE.length, false, true), 6000, true)).toEqual([])
      expect(depacketizer.statistics).toMatchObject({ units: 1, dropped: 2 })
    })
  })

  describe('with leading pictures', () => {
    const given = (...types: number[]) => types.map((type, index) => picture(type, index * 3000).length)

    it('drops RASL and keeps RADL pictures behind the CRA picture that it starts at', () => {
      expect(given(CRA, RASL_R, RASL_N, RADL_N, TRAIL_R)).toEqual([1, 0, 0, 1, 1])
      expect(depacketizer.statistics).toEqual({ units: 3, dropped: 2, malformed: 0 })
    })

    it('keeps both behind a CRA picture in the middle of the stream', () => {
      expect(given(IDR_N_LP, TRAIL_R, CRA, RASL_R, RADL_N, TRAIL_R)).toEqual([1, 1, 1, 1, 1, 1])
    })

    it('tells of the gap that a dropped RASL picture leaves, and waits for nothing', () => {
      picture(CRA, 0)
      picture(RASL_N, 3000)
      expect(picture(TRAIL_R, 6000)).toMatchObject([{ discontinuity: true, randomAccess: false }])
    })

    it('drops RASL pictures behind the CRA picture that it goes on at after a loss', () => {
      picture(IDR_N_LP, 0)
      expect(picture(CRA, 6000, 1)).toHaveLength(1)
      expect([picture(RASL_R, 9000), picture(TRAIL_R, 12_000)].map((units) => units.length)).toEqual([0, 1])
      expect([picture(CRA, 15_000), picture(RASL_R, 18_000)].map((units) => units.length)).toEqual([1, 1])
    })

    it('drops RASL pictures behind every BLA picture', () => {
      expect(given(IDR_N_LP, TRAIL_R, BLA_W_LP, RASL_R, RADL_N, TRAIL_R)).toEqual([1, 1, 1, 0, 1, 1])
    })

    it('drops RASL pictures behind a CRA picture that begins a coded video sequence', () => {
      picture(IDR_N_LP, 0)
      expect(give(ap(SLICE, END_OF_SEQUENCE), 3000, true)).toMatchObject([{ data: data(SLICE, END_OF_SEQUENCE) }])
      expect([picture(CRA, 6000), picture(RASL_R, 9000)].map((units) => units.length)).toEqual([1, 0])
      // The same where the end comes behind the marker; and it ends one sequence only.
      give(END_OF_SEQUENCE, 9000)
      expect([picture(CRA, 12_000), picture(RASL_R, 15_000)].map((units) => units.length)).toEqual([1, 0])
      expect([picture(CRA, 18_000), picture(RASL_R, 21_000)].map((units) => units.length)).toEqual([1, 1])
    })

    it('drops RASL pictures behind a CRA picture that has other parameter sets', () => {
      picture(IDR_N_LP, 0)
      give(buildSps({ width: 320 }), 3000)
      expect(picture(CRA, 3000)[0]?.configuration).toMatchObject({ width: 320 })
      expect(picture(RASL_R, 6000)).toEqual([])
      // The same where all are known, and the CRA picture chooses another.
      begin([...PARAMETER_SETS, buildSps({ id: 1, width: 320 }), buildPps(1, 1)])
      picture(IDR_N_LP, 9000)
      expect(give(buildSlice(CRA, { ppsId: 1 }), 12_000, true)[0]?.configuration).toMatchObject({ width: 320 })
      expect(picture(RASL_R, 15_000)).toEqual([])
    })

    it('drops RASL pictures whose CRA picture was damaged, and those behind a recovery point that it starts at', () => {
      picture(IDR_N_LP, 0)
      give(fu(buildSlice(CRA), 2, 4, true, false), 3000)
      expect(picture(RASL_R, 6000, 1)).toEqual([])
      expect([picture(IDR_N_LP, 9000), picture(CRA, 12_000)].map((units) => units.length)).toEqual([1, 1])
      expect(give(ap(RECOVERY_POINT, SLICE), 18_000, true, 1)).toHaveLength(1)
      expect(picture(RASL_R, 21_000)).toEqual([])
    })
  })

  describe('when parameter sets change', () => {
    it('gives the new configuration with the unit from which it is valid', () => {
      give(IDR, 0, true)
      give(ap(VPS, SPS, PPS), 3000)
      expect(give(IDR, 3000, true)).toMatchObject([{ configuration: undefined }])
      give(ap(VPS, buildSps({ width: 320 }), PPS), 6000)
      expect(give(IDR, 6000, true)[0]?.configuration).toMatchObject({ width: 320 })
    })

    it.each([
      ['VPS', buildVps(0, 0xd)],
      ['SPS', buildSps({ width: 320 })],
      ['PPS', buildPps(0, 0, 0x2b)],
    ])('drops what cannot start a decoder with another %s', (_, nal) => {
      give(IDR, 0, true)
      give(nal, 3000)
      expect(give(SLICE, 3000, true)).toEqual([])
      expect(give(IDR, 6000, true)[0]?.configuration).toBeDefined()
    })

    it('follows the pictures from one SPS to another and back', () => {
      begin([...PARAMETER_SETS, buildSps({ id: 1, width: 320 }), buildPps(1, 1)])
      const widths = [0, 0, 1, 1, 0].map((ppsId, index) => {
        const [unit] = give(buildSlice(IDR_N_LP, { ppsId }), index * 3000, true)
        return unit?.configuration?.kind === 'video' ? unit.configuration.width : undefined
      })
      expect(widths).toEqual([640, undefined, 320, undefined, 640])
    })

    it('drops a picture whose parameter sets are not there, and what depends on it', () => {
      give(IDR, 0, true)
      expect(give(buildSlice(IDR_N_LP, { ppsId: 5 }), 3000, true)).toEqual([])
      expect(give(SLICE, 6000, true)).toEqual([])
      expect(give(IDR, 9000, true)).toHaveLength(1)
    })
  })
})
