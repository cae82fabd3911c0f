import { beforeEach, describe, expect, it } from 'vitest'
import { H264ParameterSets } from '../../../protocol/codec/h264-parameter-sets.ts'
import { PictureOrder } from '../../../protocol/codec/h264-picture-order.ts'
import { readSliceHeader, type SliceHeader } from '../../../protocol/codec/h264-slice.ts'
import { buildPps, buildSlice, buildSps, type SliceFields, type SpsFields } from './sps-builder.ts'

/** Headers of slices that belong to one SPS. */
function headers(sps: SpsFields = {}): (fields: SliceFields) => SliceHeader {
  const sets = new H264ParameterSets()
  sets.add(buildSps(sps))
  sets.add(buildPps())
  return (fields) => {
    const nal = buildSlice(fields)
    const header = readSliceHeader(nal, 0, nal.length, sets.ofSlice)
    if (!header) throw new Error('no slice header')
    return header
  }
}

let order: PictureOrder
beforeEach(() => {
  order = new PictureOrder()
})

/** Reordering of pictures that are shown in this order, a frame each; numbers in decoding order. */
function depths(header: (fields: SliceFields) => SliceHeader, shown: readonly number[], reference = true): number[] {
  return shown.map((position, index) => {
    order.next(header({ idr: index === 0, picOrderCntLsb: (position * 2) & 0xff, reference }), position)
    return order.depth
  })
}

describe('the order of pictures', () => {
  it('shows no reordering where decoding order is output order', () => {
    // The low bits turn round at 2^8, here after 128 frames.
    const shown = Array.from({ length: 600 }, (_, index) => index)
    expect(new Set(depths(headers(), shown))).toEqual(new Set([0]))
  })

  it('shows how many pictures come before one in decoding order and behind it in output order', () => {
    expect(depths(headers(), [0, 3, 1, 2, 6, 4, 5])).toEqual([0, 0, 1, 1, 0, 1, 1])
    // A pyramid.
    expect(depths(headers(), [0, 4, 2, 1, 3, 8, 6, 5, 7])).toEqual([0, 0, 1, 2, 1, 0, 1, 2, 1])
  })

  it('is followed where the low bits turn round, up and down', () => {
    const shown = Array.from({ length: 301 }, (_, index) => (index === 0 ? 0 : index % 2 === 1 ? index + 1 : index - 1))
    expect(depths(headers(), shown)).toEqual(shown.map((_, index) => (index > 0 && index % 2 === 0 ? 1 : 0)))
  })

  it('begins anew with an IDR picture', () => {
    const header = headers()
    order.next(header({ idr: true, picOrderCntLsb: 0 }), 0)
    order.next(header({ picOrderCntLsb: 100 }), 50)
    order.next(header({ idr: true, picOrderCntLsb: 0 }), 40)
    expect(order.depth).toBe(0)
    order.next(header({ picOrderCntLsb: 2 }), 41)
    expect(order.depth).toBe(0)
  })

  it('is no reordering where only the count or only the time steps back', () => {
    const header = headers()
    order.next(header({ idr: true, picOrderCntLsb: 0 }), 0)
    order.next(header({ picOrderCntLsb: 20 }), 10)
    // memory_management_control_operation 5: the count begins anew.
    order.next(header({ picOrderCntLsb: 0 }), 20)
    expect(order.depth).toBe(0)
    order.next(header({ picOrderCntLsb: 30 }), 5)
    expect(order.depth).toBe(0)
  })

  it('is that of the frame numbers and a cycle of offsets with pic_order_cnt_type 1', () => {
    // The cycle of the builder: 5, -5; pictures without reference at -3.
    const header = headers({ picOrderCntType: 1 })
    const next = (fields: SliceFields, time: number) => {
      order.next(header({ deltaPicOrderCnt: 0, ...fields }), time)
      return order.depth
    }
    expect(next({ idr: true, frameNum: 0 }, 0)).toBe(0)
    expect(next({ frameNum: 1 }, 5)).toBe(0) // 5
    expect(next({ frameNum: 2, reference: false }, 2)).toBe(1) // 5 - 3
    expect(next({ frameNum: 2 }, 1)).toBe(2) // 5 - 5
    expect(next({ frameNum: 3, deltaPicOrderCnt: 2 }, 7)).toBe(0) // 5 + 2
    expect(next({ frameNum: 4, deltaPicOrderCnt: 6 }, 6)).toBe(1) // 0 + 6
  })

  it('is decoding order with pic_order_cnt_type 2, whatever the times say', () => {
    const header = headers({ picOrderCntType: 2 })
    const frames = Array.from({ length: 40 }, (_, index) => index)
    const found = frames.map((index) => {
      order.next(header({ idr: index === 0, frameNum: index & 15, reference: index % 3 === 0 }), 1000 - index)
      return order.depth
    })
    expect(new Set(found)).toEqual(new Set([0]))
  })

  it('tells pictures that are shown before the one that decoding began with', () => {
    const header = headers()
    order.next(header({ idr: true, picOrderCntLsb: 0 }), 0)
    order.restart()
    const leading = [
      [20, 10],
      [16, 8],
      [18, 9],
      [24, 12],
      [22, 11],
    ].map(([picOrderCntLsb, time = 0]) => {
      order.next(header({ picOrderCntLsb }), time)
      return order.precedesStart
    })
    expect(leading).toEqual([false, true, true, false, false])
    order.startHere()
    order.next(header({ picOrderCntLsb: 21 }), 10.5)
    expect(order.precedesStart).toBe(true)
    order.next(header({ idr: true, picOrderCntLsb: 0 }), 20)
    expect(order.precedesStart).toBe(false)
  })
})

describe('a slice header', () => {
  const sets = new H264ParameterSets()
  sets.add(buildSps())
  sets.add(buildPps())

  it('is read through emulation prevention', () => {
    const bits = { frameNumBits: 16, lsbBits: 16 }
    const wide = new H264ParameterSets()
    wide.add(buildSps(bits))
    wide.add(buildPps())
    const nal = buildSlice({ ...bits, frameNum: 0, picOrderCntLsb: 9 })
    expect([...nal.subarray(2, 5)]).toEqual([0, 0, 3])
    expect(readSliceHeader(nal, 0, nal.length, wide.ofSlice)).toMatchObject({ frameNum: 0, picOrderCntLsb: 9 })
  })

  it('is null without its parameter sets, and where it ends early', () => {
    const nal = buildSlice({ ppsId: 3, picOrderCntLsb: 2 })
    expect(readSliceHeader(nal, 0, nal.length, sets.ofSlice)).toBeNull()
    const short = buildSlice({ picOrderCntLsb: 2 })
    expect(readSliceHeader(short, 0, 2, sets.ofSlice)).toBeNull()
  })

  it('tells fields from frames', () => {
    const interlaced = new H264ParameterSets()
    interlaced.add(buildSps({ frameMbsOnly: false }))
    interlaced.add(buildPps())
    // field_pic_flag and bottom_field_flag stand where the low bits begin.
    const structure = (bits: number) => {
      const nal = buildSlice({ picOrderCntLsb: bits })
      return readSliceHeader(nal, 0, nal.length, interlaced.ofSlice)?.structure
    }
    expect([0x00, 0x80, 0xc0].map(structure)).toEqual(['frame', 'top', 'bottom'])
  })
})
