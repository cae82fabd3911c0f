import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'
import {
  Mpeg4GenericDepacketizer,
  type Mpeg4GenericDepacketizerOptions,
} from '../../../protocol/depacketizer/mpeg4-generic.ts'
import { pullAll, push } from './packets.ts'

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

    it('takes ADTS frames without AU-headers', () => {
      expect(give([...adts(17), ...FRAME, ...adts(9), 1, 2], 100)).toMatchObject([
        { data: FRAME, timestamp: 100 },
        { data: [1, 2], timestamp: 1124 },
      ])
      expect(give([...adts(17), ...FRAME, 9])).toEqual([])
      expect(depacketizer.statistics.malformed).toBe(1)
    })

    it('falls back to AAC-hbr where the SDP states lengths that cannot be', () => {
      const lengths = { sizeLength: 0, indexLength: -1, indexDeltaLength: Number.NaN, constantDuration: 0 }
      depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000, ...lengths })
      expect(give([...headers(10), ...FRAME])).toMatchObject([{ data: FRAME, duration: 1024 }])
    })
  })

  describe('with the fields of RFC 3640 that AAC seldom has', () => {
    const begin = (options: Partial<Mpeg4GenericDepacketizerOptions>) => {
      depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000, ...options })
    }
    const payload = (bits: BitWriter, count: number, ...data: number[]) => [
      ...[count >> 8, count & 0xff],
      ...bits.toBytes(),
      ...data,
    ]

    it('reads past CTS-delta, DTS-delta, RAP-flag, Stream-state and auxiliary data', () => {
      begin({
        ...{ ctsDeltaLength: 12, dtsDeltaLength: 10, randomAccessIndication: true, streamStateIndication: 4 },
        auxiliaryDataSizeLength: 8,
      })
      const bits = new BitWriter().bits(13, 2).bits(3, 0).flag(false).flag(true).bits(10, 7).flag(true).bits(4, 9)
      bits.bits(13, 3).bits(3, 0).flag(true).bits(12, 1000).flag(false).flag(true).bits(4, 9)
      bits
        .bits(13, 1)
        .bits(3, 0)
        .flag(true)
        .bits(12, 0x1000 - 50)
        .flag(false)
        .flag(false)
        .bits(4, 9)
      const count = 33 + 35 + 35
      bits.bits(1, 0) // padding
      bits.bits(8, 11).bits(11, 0x7ff) // auxiliary-data-size, auxiliary-data
      expect(give(payload(bits, count, 1, 2, 3, 4, 5, 6), 2000)).toMatchObject([
        { data: [1, 2], timestamp: 2000 },
        { data: [3, 4, 5], timestamp: 3000 },
        { data: [6], timestamp: 1950 },
      ])
      expect(depacketizer.statistics.malformed).toBe(0)
    })

    it('counts auxiliary data beyond the end', () => {
      begin({ auxiliaryDataSizeLength: 16 })
      expect(give([...headers(2), 0xff, 0xff, 1, 2])).toEqual([])
      expect(give([...headers(2), 0xff])).toEqual([])
      expect(give([...headers(2), 0, 0, 1, 2])).toMatchObject([{ data: [1, 2] }])
      expect(depacketizer.statistics.malformed).toBe(2)
    })

    it('takes units of a constant size, with headers or without', () => {
      begin({ mode: 'generic', constantSize: 3 })
      expect(give([1, 2, 3, 4, 5, 6], 0)).toMatchObject([
        { data: [1, 2, 3], timestamp: 0 },
        { data: [4, 5, 6], timestamp: 1024 },
      ])
      expect(give([1, 2, 3], 2048)).toMatchObject([{ data: [1, 2, 3] }])
      expect(give([1, 2], 3072, false)).toEqual([])
      expect(give([3], 3072)).toMatchObject([{ data: [1, 2, 3], timestamp: 3072 }])
      expect(depacketizer.statistics.malformed).toBe(0)
      expect(give([1, 2, 3, 4], 4096)).toMatchObject([{ data: [1, 2, 3] }])
      expect(depacketizer.statistics.malformed).toBe(1)
      begin({ mode: 'generic', constantSize: 2, indexLength: 4, indexDeltaLength: 4 })
      expect(give([0, 8, 0x00, 1, 2, 3, 4])).toMatchObject([{ data: [1, 2] }, { data: [3, 4] }])
    })

    it('takes a unit without any headers, up to the marker', () => {
      begin({ mode: 'generic' })
      expect(give(FRAME, 0)).toMatchObject([{ data: FRAME }])
      expect(give(FRAME.slice(0, 4), 1024, false)).toEqual([])
      expect(give(FRAME.slice(4), 1024)).toMatchObject([{ data: FRAME, timestamp: 1024 }])
      give(FRAME.slice(0, 4), 2048, false)
      expect(give(FRAME, 3072)).toMatchObject([{ data: FRAME, discontinuity: true }])
      expect(depacketizer.statistics).toMatchObject({ dropped: 1, malformed: 1 })
    })

    it('gives durations of 960-sample frames, and exact ones on a clock that they do not divide', () => {
      begin({ config: Uint8Array.of(0x11, 0x94) })
      expect(give([...headers(10), ...FRAME])).toMatchObject([{ duration: 960 }])
      begin({ config: Uint8Array.of(0x12, 0x10), clockRate: 90_000 })
      const units = Array.from({ length: 147 }, () => give([...headers(2, 3, 1), 1, 2, 3, 4, 5, 6])).flat()
      expect(units.slice(0, 3).map((unit) => unit.timestamp)).toEqual([0, 2090, 4180])
      expect(units.reduce((sum, { duration = 0 }) => sum + duration, 0)).toBe((441 * 1024 * 90_000) / 44_100)
    })
  })

  describe('with interleaving', () => {
    /** Units by number, 10 bytes each, in packets of which each tells its first and how far the others are apart. */
    const unit = (number: number) => FRAME.map((byte, index) => (index === 1 ? number : byte))
    const packet = (...numbers: number[]) => [
      ...[(numbers.length * 16) >> 8, (numbers.length * 16) & 0xff],
      ...numbers.flatMap((number, index) => [
        0,
        (10 << 3) | (index === 0 ? 0 : number - (numbers[index - 1] ?? 0) - 1),
      ]),
      ...numbers.flatMap(unit),
    ]
    const send = (numbers: readonly number[], lost = 0) =>
      give(packet(...numbers), (numbers[0] ?? 0) * 1024, true, lost).map(({ data, timestamp, discontinuity }) => {
        expect(timestamp).toBe((data[1] ?? 0) * 1024)
        return discontinuity ? `gap ${data[1]}` : data[1]
      })
    const rest = () => {
      depacketizer.flush()
      return pullAll(depacketizer).map(({ data }) => data[1])
    }

    it.each([{ maxDisplacement: 5 * 1024 }, { deInterleaveBufferSize: 4000 }])(
      'stated as %j puts units in order',
      (stated) => {
        depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000, ...stated })
        expect(send([0, 3, 6])).toEqual([0])
        expect(send([1, 4, 7])).toEqual([1])
        expect(send([2, 5, 8])).toEqual([2, 3, 4, 5, 6, 7, 8])
        expect(send([9, 12, 15])).toEqual([9])
        expect(rest()).toEqual([12, 15])
      },
    )

    it('that is not stated is believed when the next packet fills a gap', () => {
      expect(send([0, 3, 6])).toEqual([])
      expect(send([1, 4, 7])).toEqual([0, 1])
      expect(send([2, 5, 8])).toEqual([2, 3, 4, 5, 6, 7, 8])
      expect(send([9, 12, 15])).toEqual([9])
    })

    it('is known as well from the last packet of a pattern, when the next begins behind it', () => {
      expect(send([2, 5, 8])).toEqual([])
      expect(send([9, 12, 15])).toEqual(
        [2, 5, 8, 9].map((number) => (number === 5 || number === 8 ? `gap ${number}` : number)),
      )
      expect(send([10, 13, 16])).toEqual([10])
    })

    it('tells of the gap that a lost packet leaves, in its place', () => {
      depacketizer = new Mpeg4GenericDepacketizer({ config: CONFIG, clockRate: 48_000, maxDisplacement: 8 * 1024 })
      expect(send([0, 3, 6])).toEqual([0])
      expect(send([2, 5, 8], 1)).toEqual([])
      expect(send([9, 12, 15])).toEqual(['gap 2', 3, 'gap 5', 6])
    })

    it('is overlooked for good where the next packet follows as if there were none', () => {
      const nonsense = (numbers: number[]) => [0, 32, 0, (10 << 3) | 5, 0, (10 << 3) | 7, ...numbers.flatMap(unit)]
      expect(give(nonsense([0, 1]), 0)).toEqual([])
      const units = give(nonsense([2, 3]), 2048)
      expect(units.map(({ data, timestamp }) => [data[1], timestamp])).toEqual([
        [0, 0],
        [1, 1024],
        [2, 2048],
        [3, 3072],
      ])
      expect(give(nonsense([4, 5]), 4096)).toHaveLength(2)
    })

    it('is doubted anew after a pause', () => {
      expect(send([0, 3, 6])).toEqual([])
      expect(give(packet(100, 103), 100 * 1024).map(({ data, timestamp }) => [data[1], timestamp / 1024])).toEqual([
        [0, 0],
        [3, 1],
        [6, 2],
      ])
      expect(send([101, 104])).toEqual([100, 101])
    })

    it('at the end gives what waits', () => {
      expect(send([0, 3, 6])).toEqual([])
      expect(rest()).toEqual([0, 3, 6])
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
