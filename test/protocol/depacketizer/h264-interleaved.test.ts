import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { H264InterleavedDepacketizer } from '../../../protocol/depacketizer/h264-interleaved.ts'
import { Ticks } from '../../../protocol/units.ts'
import { buildPps, buildSlice, buildSps } from '../codec/sps-builder.ts'
import { fuB, type InterleavedPayload, interleave, mtap, type Numbered, packetize, stapB } from './interleaver.ts'
import { type KeptUnit, pullAll, push, rtpPacket, sample } from './packets.ts'

const SPS = buildSps()
const PPS = buildPps()
const IDR = buildSlice({ idr: true, picOrderCntLsb: 0 })
const picture = (frame: number) => buildSlice({ frameNum: frame & 15, picOrderCntLsb: (frame * 2) & 0xff, data: frame })
const numbered = (nal: Uint8Array, don: number, timestamp = don * 3000): Numbered => ({ nal, don, timestamp })

let depacketizer: H264InterleavedDepacketizer
const give = ({ payload, timestamp }: InterleavedPayload, lost = 0) => push(depacketizer, payload, { timestamp, lost })
const end = () => {
  depacketizer.flush()
  return pullAll(depacketizer)
}
const data = (...nals: (Uint8Array | readonly number[])[]) => [...sample(...nals)]
const begin = (interleavingDepth = 0) => {
  depacketizer = new H264InterleavedDepacketizer({ parameterSets: [SPS, PPS], interleavingDepth })
}
beforeEach(() => begin())

describe('the H.264 depacketizer in interleaved mode', () => {
  it('takes STAP-B apart: the numbers follow each other', () => {
    begin(1)
    expect(give(stapB([numbered(SPS, 65_534), numbered(PPS, 65_535), numbered(IDR, 0)]))).toEqual([])
    expect([...give(stapB([numbered(picture(1), 1)])), ...end()]).toMatchObject([
      { data: data(IDR), randomAccess: true, configuration: { width: 640 } },
      { data: data(picture(1)) },
    ])
    expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
  })

  it.each([16, 24] as const)('takes MTAP%i apart: each unit has its time and its number', (bits) => {
    const units = [numbered(picture(2), 7, 6000), numbered(IDR, 5, 0), numbered(picture(1), 6, 3000)]
    begin(2)
    const given = [...give(mtap(units, bits, 5)), ...end()]
    expect(given.map((unit) => [unit.timestamp, unit.data])).toEqual([
      [0, data(IDR)],
      [3000, data(picture(1))],
      [6000, data(picture(2))],
    ])
  })

  it('takes offsets of 24 bits', () => {
    begin(2)
    const given = give(mtap([numbered(picture(1), 1, 9_000_000), numbered(IDR, 0, 0)], 24, 0))
    expect([...given, ...end()].map((unit) => unit.timestamp)).toEqual([0, 9_000_000])
  })

  it('puts FU-B and FU-A together', () => {
    const packets = [...fuB(numbered(IDR, 3), 2), ...fuB(numbered(picture(1), 4), 100)]
    expect([...packets.flatMap((packet) => give(packet)), ...end()]).toMatchObject([
      { data: data(IDR) },
      { data: data(picture(1)) },
    ])
  })

  it('gathers slices that are sent far apart', () => {
    begin(3)
    const second = buildSlice({ idr: true, firstMb: 200, picOrderCntLsb: 0 })
    for (const unit of [numbered(picture(1), 2, 3000), numbered(second, 1, 0), numbered(picture(2), 3, 6000)]) {
      give(stapB([unit]))
    }
    expect([...give(stapB([numbered(IDR, 0, 0)])), ...end()].map((unit) => unit.data)).toEqual([
      data(IDR, second),
      data(picture(1)),
      data(picture(2)),
    ])
  })

  it('gives nothing for packets of the other modes and what is cut off, and counts it', () => {
    const broken = [
      [25, 0, 0],
      // Behind the first of the mode.
      [0x65, 0x88, 1],
      [24, 0, 1, 0x65],
      [25, 0, 0, 0, 9, 0x65],
      [26, 0, 0, 0, 2, 0, 0, 0, 0x65],
      [27, 0, 0, 0, 1],
      [29, 0x85, 0],
      [29, 0x05, 0, 0, 1],
      [30, 0],
      [],
    ]
    for (const payload of broken) expect(push(depacketizer, payload)).toEqual([])
    expect(depacketizer.statistics).toMatchObject({ units: 0, malformed: broken.length })
    expect(end()).toEqual([])
  })

  it('drops a NAL unit that lacks a fragment, and all up to the next key picture', () => {
    const [first, , last] = fuB(numbered(picture(1), 1), 1)
    give(stapB([numbered(IDR, 0)]))
    if (first && last) give(first)
    const given = [
      ...(last ? give(last, 1) : []),
      ...give(stapB([numbered(picture(2), 2)])),
      ...give(stapB([numbered(IDR, 3)])),
      ...end(),
    ]
    expect(given.map((unit) => [unit.timestamp, unit.discontinuity])).toEqual([[9000, true]])
    expect(depacketizer.statistics).toMatchObject({ malformed: 0 })
  })

  it('gives nothing of a picture when the last that came was a rest of what was lost', () => {
    give(stapB([numbered(IDR, 0)]))
    const rest = fuB(numbered(buildSlice({ idr: true, firstMb: 50, picOrderCntLsb: 0 }), 1, 0), 2).at(-1)
    expect([...(rest ? give(rest, 1) : []), ...end()]).toEqual([])
    expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
  })

  it('counts fragments that lack their first though nothing was lost', () => {
    give(stapB([numbered(IDR, 0)]))
    const [, ...rest] = fuB(numbered(picture(1), 1), 2)
    for (const packet of rest) give(packet)
    expect(depacketizer.statistics.malformed).toBe(1)
  })

  it('keeps each unit as it is until the next is pulled, however many go at once', () => {
    begin(40)
    const units = Array.from({ length: 40 }, (_, index) => numbered(index === 0 ? IDR : picture(index), index))
    for (const unit of units) expect(give(stapB([unit]))).toEqual([])
    expect(end().map((unit) => unit.data)).toEqual(units.map((unit) => data(unit.nal)))
  })

  it('drops what the caller did not pull, and what depends on it', () => {
    for (const unit of [numbered(IDR, 0), numbered(picture(1), 1), numbered(picture(2), 2)]) {
      const { payload, timestamp } = stapB([unit])
      depacketizer.push(rtpPacket(payload, false, timestamp), Ticks(timestamp), 0)
    }
    const given = [...give(stapB([numbered(IDR, 3)])), ...give(stapB([numbered(picture(4), 4)])), ...end()]
    expect(given.map((unit) => unit.timestamp)).toEqual([9000, 12_000])
  })
})

/** Pictures of one to three slices, an IDR picture every seventh. */
function stream(pictures: number): { nals: Uint8Array[]; key: boolean }[] {
  return Array.from({ length: pictures }, (_, frame) => {
    const key = frame % 7 === 0
    const slices = 1 + (frame % 3)
    const nals = Array.from({ length: slices }, (_, slice) =>
      buildSlice({
        idr: key,
        firstMb: slice * 50,
        frameNum: frame & 15,
        picOrderCntLsb: (frame * 2) & 0xff,
        data: frame,
      }),
    )
    return { key, nals: key ? [SPS, PPS, ...nals] : nals }
  })
}

describe('a stream that is interleaved in any way', () => {
  const PICTURES = stream(40)
  const whole = PICTURES.map(({ nals }) => data(...nals.filter((nal) => ![7, 8].includes((nal[0] ?? 0) & 0x1f))))
  const arbitrary = fc.tuple(fc.nat(10), fc.nat(0xffff), fc.infiniteStream(fc.nat(5039)))

  function carried(depth: number, first: number, choose: (count: number) => number, lost: () => boolean) {
    begin(depth)
    const units = PICTURES.flatMap(({ nals }, frame) => nals.map((nal) => ({ nal, timestamp: frame * 3000 })))
    const order = units.map((unit, index) => ({ ...unit, don: (first + index) & 0xffff }))
    const given: KeptUnit[] = []
    let missing = 0
    const packets = packetize(interleave(order, depth, choose), choose)
    for (const [index, packet] of packets.entries()) {
      // A loss at the very end shows by nothing.
      if (index < packets.length - 1 && lost()) missing++
      else {
        given.push(...give(packet, missing))
        missing = 0
      }
    }
    return [...given, ...end()]
  }

  it('comes out in decoding order, bit for bit', () => {
    fc.assert(
      fc.property(arbitrary, ([depth, first, numbers]) => {
        const given = carried(
          depth,
          first,
          (count) => numbers.next().value % count,
          () => false,
        )
        expect(given.map((unit) => unit.data)).toEqual(whole)
        expect(given.map((unit) => unit.timestamp)).toEqual(whole.map((_, frame) => frame * 3000))
        expect(depacketizer.statistics).toEqual({ units: 40, dropped: 0, malformed: 0 })
      }),
    )
  })

  it('gives no picture that is not whole or depends on one that was not given, whatever is lost', () => {
    fc.assert(
      fc.property(arbitrary, fc.infiniteStream(fc.nat(99)), ([depth, first, numbers], losses) => {
        const given = carried(
          depth,
          first,
          (count) => numbers.next().value % count,
          () => losses.next().value < 8,
        )
        let previous = -1
        for (const unit of given) {
          const frame = unit.timestamp / 3000
          expect(unit.data).toEqual(whole[frame])
          if (!PICTURES[frame]?.key) expect(frame).toBe(previous + 1)
          previous = frame
        }
      }),
      { numRuns: 300 },
    )
  })
})
