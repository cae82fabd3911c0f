import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { Mpeg4GenericDepacketizer } from '../../../protocol/depacketizer/mpeg4-generic.ts'
import { push } from './packets.ts'

/** AAC LC, 48 kHz, stereo. */
const CONFIG = Uint8Array.of(0x11, 0x90)
const FRAME = [0x21, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/** AAC-hbr: AU-headers-length, then 13 bits of size and 3 of index each. */
const headers = (...sizes: number[]) => [
  (sizes.length * 16) >> 8,
  (sizes.length * 16) & 0xff,
  ...sizes.flatMap((size) => [size >> 5, (size << 3) & 0xff]),
]
const adts = (length: number, frequencyIndex = 3, channels = 2) => [
  ...[0xff, 0xf1, 0x40 | (frequencyIndex << 2) | (channels >> 2)],
  ...[((channels & 3) << 6) | (length >> 11), (length >> 3) & 0xff, ((length & 7) << 5) | 0x1f, 0xfc],
]

describe('the MPEG-4 generic depacketizer', () => {
  let depacketizer: Mpeg4GenericDepacketizer
  const give = (payload: readonly number[], timestamp = 0, marker = true, lost = 0) =>
    push(depacketizer, payload, { timestamp, marker, lost })

  beforeEach(() => {
    depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000 })
  })

  it('gives one access unit of a packet, with its duration, and the configuration before the first', () => {
    const [unit] = give([...headers(10), ...FRAME], 1024)
    expect(unit).toMatchObject({
      data: FRAME,
      timestamp: 1024,
      duration: 1024,
      randomAccess: true,
      discontinuity: false,
    })
    expect(unit?.configuration).toMatchObject({ codec: 'mp4a.40.2', sampleRate: 48_000, channels: 2 })
    expect(give([...headers(10), ...FRAME], 2048)[0]?.configuration).toBeUndefined()
  })

  it('gives several access units of a packet, each with a timestamp of its own', () => {
    expect(give([...headers(2, 3, 1), 1, 2, 3, 4, 5, 6], 100)).toMatchObject([
      { data: [1, 2], timestamp: 100 },
      { data: [3, 4, 5], timestamp: 1124 },
      { data: [6], timestamp: 2148 },
    ])
  })

  it('puts the fragments of an access unit together', () => {
    expect(give([...headers(10), ...FRAME.slice(0, 4)], 0, false)).toEqual([])
    expect(give([...headers(10), ...FRAME.slice(4, 8)], 0, false)).toEqual([])
    expect(give([...headers(10), ...FRAME.slice(8)], 0)).toMatchObject([{ data: FRAME }])
  })

  it('drops an access unit that lacks a fragment, and tells of the gap', () => {
    give([...headers(10), ...FRAME.slice(0, 4)], 0, false)
    expect(give([...headers(10), ...FRAME.slice(8)], 0, true, 1)).toEqual([])
    expect(give([...headers(10), ...FRAME], 1024)).toMatchObject([{ data: FRAME, discontinuity: true }])
    expect(depacketizer.statistics.dropped).toBeGreaterThan(0)
  })

  it('honours other field lengths, such as those of AAC-lbr', () => {
    const lengths = { sizeLength: 6, indexLength: 2, indexDeltaLength: 2 }
    depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000, ...lengths })
    expect(give([0, 16, 2 << 2, 3 << 2, 1, 2, 3, 4, 5])).toMatchObject([{ data: [1, 2] }, { data: [3, 4, 5] }])
  })

  it('counts durations in ticks of the clock, which may be the rate with SBR', () => {
    const config = Uint8Array.of(0x2b, 0x11, 0x88, 0x00)
    depacketizer = new Mpeg4GenericDepacketizer({ config, clockRate: 48_000 })
    expect(give([...headers(10), ...FRAME])).toMatchObject([{ duration: 2048 }])
    depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000, constantDuration: 960 })
    expect(give([...headers(10), ...FRAME])).toMatchObject([{ duration: 960 }])
  })

  describe('with cameras that do not follow RFC 3640', () => {
    it('takes an ADTS header off, whether the size counts it or not', () => {
      expect(give([...headers(17), ...adts(17), ...FRAME])).toMatchObject([{ data: FRAME }])
      expect(give([...headers(10), ...adts(17), ...FRAME])).toMatchObject([{ data: FRAME }])
      expect(give([...headers(17), ...adts(10), ...FRAME])).toMatchObject([{ data: FRAME }])
      expect(depacketizer.statistics.malformed).toBe(0)
    })

    it('believes the ADTS header before the SDP', () => {
      const [unit] = give([...headers(17), ...adts(17, 8, 1), ...FRAME])
      expect(unit).toMatchObject({ configuration: { sampleRate: 16_000, channels: 1 }, duration: 3072 })
      expect(give([...headers(17), ...adts(17, 8, 1), ...FRAME])[0]).toMatchObject({
        ...{ configuration: undefined, duration: 3072 },
      })
    })

    it('takes a size in bits, and a length of headers in bytes', () => {
      expect(give([...headers(80), ...FRAME])).toMatchObject([{ data: FRAME }])
      expect(give([0, 2, ...headers(10).slice(2), ...FRAME])).toMatchObject([{ data: FRAME }])
      expect(depacketizer.statistics.malformed).toBe(0)
    })

    it('counts sizes that cannot be, and goes on', () => {
      expect(give([...headers(100), ...FRAME])).toEqual([])
      expect(give([...headers(4), ...FRAME])).toMatchObject([{ data: FRAME.slice(0, 4) }])
      expect(give([...headers(4, 100), ...FRAME])).toMatchObject([{ data: FRAME.slice(0, 4) }])
      expect(give([0xff, 0xff, 1])).toEqual([])
      expect(give([])).toEqual([])
      expect(give([...headers(0)])).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 2, malformed: 6 })
      expect(give([...headers(10), ...FRAME])).toMatchObject([{ data: FRAME }])
    })

    it('falls back to AAC-hbr where the SDP states lengths that cannot be', () => {
      const lengths = { sizeLength: 0, indexLength: -1, indexDeltaLength: Number.NaN, constantDuration: 0 }
      depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000, ...lengths })
      expect(give([...headers(10), ...FRAME])).toMatchObject([{ data: FRAME, duration: 1024 }])
    })
  })

  it('never throws, whatever the payloads', () => {
    const size = fc.integer({ min: 0, max: 20 })
    const payload = fc.oneof(
      fc.array(fc.nat(255), { maxLength: 30 }),
      fc
        .tuple(fc.array(size, { maxLength: 4 }), fc.array(fc.nat(255), { maxLength: 30 }))
        .map(([sizes, data]) => [...headers(...sizes), ...data]),
      fc.tuple(fc.nat(12), fc.nat(7)).map(([f, c]) => [...headers(17), ...adts(17, f, c), ...FRAME]),
    )
    const packet = fc.record({ payload, marker: fc.boolean(), lost: fc.constantFrom(0, 0, 1), step: fc.nat(1) })
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 30 }), (packets) => {
        depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000 })
        let timestamp = 0
        let units = 0
        for (const { payload: bytes, marker, lost, step } of packets) {
          timestamp += step * 1024
          for (const unit of give(bytes, timestamp, marker, lost)) {
            expect(unit.data.length).toBeGreaterThan(0)
            units++
          }
        }
        expect(depacketizer.statistics.units).toBe(units)
      }),
      { numRuns: 500 },
    )
  })
})
