import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { MpaDepacketizer } from '../../../protocol/depacketizer/mpa.ts'
import { layer2Frame, layer3Frame, lowLayer3Frame } from '../codec/mpeg-audio-frames.ts'
import { pullAll, push } from './packets.ts'

const FRAME = layer3Frame()
const at = (offset: number, bytes: readonly number[]) => [0, 0, offset >> 8, offset & 0xff, ...bytes]
const silent = (frame: readonly number[]) => frame.map((byte, index) => (index >= 4 && index < 36 ? 0 : byte))

describe('the MPA depacketizer', () => {
  let depacketizer: MpaDepacketizer
  const give = (payload: readonly number[], timestamp = 0, lost = 0) => push(depacketizer, payload, { timestamp, lost })
  beforeEach(() => {
    depacketizer = new MpaDepacketizer()
  })

  it('gives the frames of a packet, each with a time of its own', () => {
    expect(give(at(0, [...FRAME, ...FRAME, ...FRAME]), 900)).toMatchObject([
      {
        ...{ data: FRAME, timestamp: 900, duration: 2351, randomAccess: true, discontinuity: false },
        configuration: { codec: 'mp3', sampleRate: 44_100, channels: 2 },
      },
      { data: FRAME, timestamp: 900 + 2351, configuration: undefined },
      { data: FRAME, timestamp: 900 + 4702 },
    ])
    expect(depacketizer.statistics).toEqual({ units: 3, dropped: 0, malformed: 0 })
  })

  it('gives durations that add up exactly on the clock of 90 kHz', () => {
    const units = Array.from({ length: 49 }, () => give(at(0, FRAME))).flat()
    expect(units.reduce((sum, { duration = 0 }) => sum + duration, 0)).toBe((49 * 1152 * 90_000) / 44_100)
  })

  it('joins a frame that is cut over packets', () => {
    expect(give(at(0, FRAME.slice(0, 100)), 900)).toEqual([])
    expect(give(at(100, FRAME.slice(100, 150)), 900)).toEqual([])
    expect(give(at(150, FRAME.slice(150)), 900)).toMatchObject([{ data: FRAME, timestamp: 900 }])
    expect(depacketizer.statistics.malformed).toBe(0)
  })

  it('joins the frame behind whole ones, though the RFC forbids that', () => {
    expect(give(at(0, [...FRAME, ...FRAME.slice(0, 100)]))).toHaveLength(1)
    expect(give(at(100, [...FRAME.slice(100), ...FRAME]))).toMatchObject([
      { data: FRAME, timestamp: 2351 },
      { data: FRAME, timestamp: 4702 },
    ])
  })

  it('drops a frame that lacks a part, with its rest, and tells', () => {
    give(at(0, FRAME.slice(0, 100)))
    expect(give(at(150, FRAME.slice(150)), 0, 1)).toEqual([])
    expect(give(at(180, FRAME.slice(180)))).toEqual([])
    expect(give(at(0, FRAME), 2351)).toMatchObject([{ data: FRAME, discontinuity: true }])
    expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 0 })
  })

  it('does not join parts that do not meet', () => {
    give(at(0, FRAME.slice(0, 100)))
    expect(give(at(120, FRAME.slice(100)))).toEqual([])
    expect(give(at(0, FRAME))).toMatchObject([{ data: FRAME, discontinuity: true }])
    expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 1 })
  })

  it('begins in the middle of a frame without taking it for a fault', () => {
    expect(give(at(100, FRAME.slice(100)))).toEqual([])
    expect(depacketizer.statistics).toEqual({ units: 0, dropped: 0, malformed: 0 })
  })

  it('silences a frame of which main data were lost, until what it refers to has come', () => {
    // Each frame carries 172 bytes of main data.
    const back = (begin: number) => layer3Frame(begin)
    expect(give(at(0, back(100)))).toMatchObject([{ data: silent(back(100)) }])
    expect(give(at(0, back(173)))).toMatchObject([{ data: silent(back(173)) }])
    expect(give(at(0, back(344)))).toMatchObject([{ data: back(344) }])
    expect(give(at(0, back(172)), 0, 1)).toMatchObject([{ data: silent(back(172)), discontinuity: true }])
    expect(give(at(0, back(172)))).toMatchObject([{ data: back(172) }])
  })

  it('plays other versions and layers, and changes between them', () => {
    expect(give(at(0, lowLayer3Frame()))).toMatchObject([
      {
        duration: (576 * 90_000) / 22_050 - (((576 * 90_000) / 22_050) % 1),
        configuration: { codec: 'mp3', channels: 1 },
      },
    ])
    expect(give(at(0, layer2Frame()))).toMatchObject([
      { data: layer2Frame(), duration: 2160, configuration: { codec: 'mp4a.6B', sampleRate: 48_000 } },
    ])
    expect(give(at(0, lowLayer3Frame(5)))[0]).toMatchObject({
      configuration: { codec: 'mp3' },
      data: [0xff, 0xf3, 0x80, 0xc0, 0, ...new Array(8).fill(0), ...lowLayer3Frame().slice(13)],
    })
  })

  it('counts what is no frame, and goes on', () => {
    give(at(0, FRAME))
    expect(give([0, 0, 0, 0])).toEqual([])
    expect(give([1])).toEqual([])
    expect(give(at(0, [1, 2, 3, 4, 5]))).toEqual([])
    expect(give(at(0, [...FRAME, 1, 2, 3, 4]))).toMatchObject([{ data: FRAME, discontinuity: true }])
    expect(give(at(0, FRAME.slice(0, 50)))).toEqual([])
    expect(give(at(0, FRAME))).toMatchObject([{ data: FRAME, discontinuity: true }])
    expect(give(at(60, FRAME.slice(60)))).toEqual([])
    expect(depacketizer.statistics).toEqual({ units: 3, dropped: 3, malformed: 6 })
  })

  it('drops at the end what is not whole', () => {
    give(at(0, FRAME.slice(0, 50)))
    depacketizer.flush()
    expect(pullAll(depacketizer)).toEqual([])
    expect(depacketizer.statistics.dropped).toBe(1)
  })

  it('never throws, whatever the payloads', () => {
    const payload = fc.oneof(
      fc.array(fc.nat(255), { maxLength: 30 }),
      fc
        .tuple(fc.nat(511), fc.nat(208), fc.nat(208))
        .map(([begin, from, to]) => at(from, layer3Frame(begin).slice(from, to))),
    )
    const packet = fc.record({ payload, lost: fc.constantFrom(0, 0, 1) })
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 30 }), (packets) => {
        depacketizer = new MpaDepacketizer()
        const units = packets.flatMap(({ payload: bytes, lost }) => give(bytes, 0, lost))
        for (const unit of units) expect(unit.data.length).toBeGreaterThan(20)
        expect(depacketizer.statistics.units).toBe(units.length)
      }),
      { numRuns: 300 },
    )
  })
})
