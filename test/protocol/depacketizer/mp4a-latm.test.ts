import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'
import { parseStreamMuxConfig } from '../../../protocol/codec/stream-mux-config.ts'
import { Mp4aLatmDepacketizer, type Mp4aLatmDepacketizerOptions } from '../../../protocol/depacketizer/mp4a-latm.ts'
import {
  lowComplexity,
  type MuxFields,
  streamMuxConfig,
  writeSlotLength,
  writeStreamMuxConfig,
} from '../codec/mux-builder.ts'
import { pullAll, push } from './packets.ts'

const FRAME = [0x21, 1, 2, 3, 4, 5, 6, 7]
const FRAME_2 = [0x21, 0xff, 0x80, 0x7f]
const LONG = Array.from({ length: 600 }, (_, index) => (index * 7) & 0xff)

/** An element without configuration: frames of one stream, each behind its length. */
const element = (...frames: (readonly number[])[]): number[] => {
  const writer = new BitWriter()
  writeFrames(writer, frames)
  return [...writer.toBytes()]
}
function writeFrames(writer: BitWriter, frames: readonly (readonly number[])[]): void {
  for (const frame of frames) {
    writeSlotLength(writer, frame.length)
    for (const byte of frame) writer.bits(8, byte)
  }
}
/** An element with useSameStreamMux, and the configuration where one is given. */
const selfContained = (fields: MuxFields | null, ...frames: (readonly number[])[]): number[] => {
  const writer = new BitWriter().flag(fields === null)
  if (fields) writeStreamMuxConfig(writer, fields)
  writeFrames(writer, frames)
  return [...writer.toBytes()]
}

describe('the MP4A-LATM depacketizer', () => {
  let depacketizer: Mp4aLatmDepacketizer
  const begin = (fields: MuxFields | null, options: Partial<Mp4aLatmDepacketizerOptions> = {}) => {
    const config = fields === null ? undefined : parseStreamMuxConfig(streamMuxConfig(fields))
    depacketizer = new Mp4aLatmDepacketizer({
      clockRate: 48_000,
      muxConfigPresent: fields === null,
      config,
      ...options,
    })
  }
  const give = (payload: readonly number[], timestamp = 0, marker = true, lost = 0) =>
    push(depacketizer, payload, { timestamp, marker, lost })
  beforeEach(() => begin({}))

  it('gives the frame of an element, with the configuration of the fmtp', () => {
    expect(give(element(FRAME), 1024)).toMatchObject([
      {
        ...{ data: FRAME, timestamp: 1024, duration: 1024, randomAccess: true, discontinuity: false },
        configuration: { codec: 'mp4a.40.2', sampleRate: 48_000, channels: 2 },
      },
    ])
    expect(give(element(LONG), 2048)).toMatchObject([{ data: LONG, configuration: undefined }])
    expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
  })

  it('gives the frames of several subframes, each with a time of its own', () => {
    begin({ subframes: 3 })
    expect(give(element(FRAME, LONG, FRAME_2), 100)).toMatchObject([
      { data: FRAME, timestamp: 100 },
      { data: LONG, timestamp: 1124 },
      { data: FRAME_2, timestamp: 2148 },
    ])
  })

  it('counts durations in ticks of the clock, and loses none', () => {
    begin({ programs: [[{ config: lowComplexity(4) }]] }, { clockRate: 90_000 })
    const durations = Array.from({ length: 441 }, (_, index) => give(element(FRAME), index * 2090)[0]?.duration ?? 0)
    expect(durations.reduce<number>((sum, ticks) => sum + ticks, 0)).toBe((441 * 1024 * 90_000) / 44_100)
  })

  it('puts an element together that spans several packets', () => {
    const bytes = element(LONG)
    expect(give(bytes.slice(0, 200), 0, false)).toEqual([])
    expect(give(bytes.slice(200, 400), 0, false)).toEqual([])
    expect(give(bytes.slice(400), 0)).toMatchObject([{ data: LONG }])
  })

  it('drops an element that lacks a packet, and what is left of it, and tells', () => {
    const bytes = element(LONG)
    give(bytes.slice(0, 200), 0, false)
    expect(give(bytes.slice(400), 0, true, 1)).toEqual([])
    expect(give(element(FRAME), 1024)).toMatchObject([{ data: FRAME, discontinuity: true }])
    expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 0 })
    expect(give(element(FRAME), 4096, true, 3)).toMatchObject([{ data: FRAME, discontinuity: true }])
  })

  it('does not take the end of an element for one, after a loss', () => {
    give(element(FRAME))
    // What is left begins like an element, but does not end like one.
    expect(give([...element(FRAME_2), 200, 1], 1024, true, 1)).toEqual([])
    expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 0 })
  })

  it('reads the configuration in the elements, whose frames do not begin at bytes', () => {
    begin(null)
    expect(give(selfContained({}, FRAME))).toMatchObject([{ data: FRAME, configuration: { sampleRate: 48_000 } }])
    expect(give(selfContained(null, LONG), 1024)).toMatchObject([{ data: LONG, configuration: undefined }])
    const other = { programs: [[{ config: lowComplexity(8, 1) }]] }
    expect(give(selfContained(other, FRAME_2), 2048)).toMatchObject([
      { data: FRAME_2, configuration: { sampleRate: 16_000, channels: 1 }, duration: 3072 },
    ])
    expect(give(selfContained(other, FRAME), 5120)[0]?.configuration).toBeUndefined()
  })

  it('waits for the first configuration, which is no fault', () => {
    begin(null)
    expect(give(selfContained(null, FRAME))).toEqual([])
    expect(give(selfContained({}, FRAME), 1024)).toHaveLength(1)
    expect(depacketizer.statistics).toEqual({ units: 1, dropped: 1, malformed: 0 })
  })

  it('plays the first layer of the first program, and passes over the others', () => {
    const programs = [[{ config: lowComplexity() }, {}], [{ config: lowComplexity(6), frameLength: 10 }]]
    begin({ programs, otherDataBits: 12 })
    const writer = new BitWriter()
    writeSlotLength(writer, FRAME.length)
    writeSlotLength(writer, FRAME_2.length)
    for (const byte of [...FRAME, ...FRAME_2, ...LONG.slice(0, 30)]) writer.bits(8, byte)
    writer.bits(12, 0xabc)
    expect(give([...writer.toBytes()])).toMatchObject([{ data: FRAME }])
    expect(depacketizer.statistics.malformed).toBe(0)
  })

  it('reads frames of a constant length', () => {
    begin({ programs: [[{ config: lowComplexity(), frameLength: 0 }]], subframes: 2 })
    expect(give(LONG.slice(0, 40))).toMatchObject([{ data: LONG.slice(0, 20) }, { data: LONG.slice(20, 40) }])
  })

  describe('where the streams have frames of different lengths', () => {
    const chunks = (...parts: readonly [stream: number, bytes: readonly number[], ends: boolean][]) => {
      const writer = new BitWriter().bits(4, parts.length - 1)
      for (const [stream, bytes, ends] of parts) {
        writer.bits(4, stream)
        writeSlotLength(writer, bytes.length)
        writer.flag(ends)
      }
      for (const byte of parts.flatMap(([, bytes]) => bytes)) writer.bits(8, byte)
      return [...writer.toBytes()]
    }
    beforeEach(() => begin({ sameTimeFraming: false, programs: [[{ config: lowComplexity() }, {}]] }))

    it('takes the chunks of its own', () => {
      expect(give(chunks([1, FRAME_2, true], [0, FRAME, true], [0, FRAME_2, true]))).toMatchObject([
        { data: FRAME, timestamp: 0 },
        { data: FRAME_2, timestamp: 1024 },
      ])
    })

    it('puts a frame together of chunks in several elements', () => {
      expect(give(chunks([0, FRAME.slice(0, 3), false], [1, FRAME_2, true]))).toEqual([])
      expect(give(chunks([0, FRAME.slice(3), true]), 1024)).toMatchObject([{ data: FRAME }])
    })

    it('drops what may be the end of a frame after a loss', () => {
      give(chunks([0, FRAME.slice(0, 3), false]))
      expect(give(chunks([0, FRAME.slice(3), true], [0, FRAME_2, true]), 2048, true, 1)).toMatchObject([
        { data: FRAME_2, discontinuity: true },
      ])
    })

    it('drops an element of streams that are not there', () => {
      expect(give(chunks([5, FRAME, true]))).toEqual([])
      expect(depacketizer.statistics).toMatchObject({ dropped: 1, malformed: 1 })
    })
  })

  describe('with senders that do not follow RFC 6416', () => {
    it('takes several elements in a packet', () => {
      expect(give([...element(FRAME), ...element(LONG), ...element(FRAME_2)], 100)).toMatchObject([
        { data: FRAME, timestamp: 100 },
        { data: LONG, timestamp: 1124 },
        { data: FRAME_2, timestamp: 2148 },
      ])
    })

    it('does without the marker, at once where an element is one packet', () => {
      expect(give(element(FRAME), 0, false)).toMatchObject([{ data: FRAME }])
      const bytes = element(LONG)
      expect(give(bytes.slice(0, 300), 1024, false)).toEqual([])
      expect(give(bytes.slice(300), 1024, false)).toEqual([])
      expect(give(element(FRAME_2), 2048, false)).toMatchObject([{ data: LONG, timestamp: 1024 }, { data: FRAME_2 }])
      expect(depacketizer.statistics.malformed).toBe(0)
    })

    it.each([true, false])('finds out that cpresent is stated wrongly, as %s', (stated) => {
      begin({}, { muxConfigPresent: stated })
      const frames = [FRAME, LONG, FRAME_2]
      const units = frames.flatMap((frame, index) =>
        give(stated ? element(frame) : selfContained(index === 0 ? {} : null, frame), index * 1024),
      )
      expect(units.map((unit) => unit.data)).toEqual(frames)
      expect(depacketizer.statistics.malformed).toBe(0)
    })
  })

  it('counts what cannot be read, and goes on', () => {
    give(element(FRAME))
    expect(give([200, 1, 2, 3], 1024)).toEqual([])
    expect(give([], 2048)).toEqual([])
    expect(give([...element(FRAME_2), 99], 3072)).toMatchObject([{ data: FRAME_2 }])
    expect(give(element(FRAME), 4096)).toMatchObject([{ data: FRAME, discontinuity: true }])
    expect(depacketizer.statistics).toEqual({ units: 3, dropped: 3, malformed: 3 })
  })

  it('gives what is whole at the end', () => {
    const bytes = element(LONG)
    give(bytes.slice(0, 300), 0, false)
    give(bytes.slice(300), 0, false)
    depacketizer.flush()
    expect(pullAll(depacketizer)).toMatchObject([{ data: LONG }])
  })

  it('never throws, whatever the payloads', () => {
    const frame = fc.array(fc.nat(255), { minLength: 1, maxLength: 20 })
    const payload = fc.oneof(
      fc.array(fc.nat(255), { maxLength: 30 }),
      fc.array(frame, { maxLength: 3 }).map((frames) => element(...frames)),
      fc.array(frame, { maxLength: 3 }).map((frames) => selfContained({ subframes: frames.length || 1 }, ...frames)),
      fc.array(frame, { maxLength: 3 }).map((frames) => selfContained(null, ...frames)),
    )
    const packet = fc.record({ payload, marker: fc.boolean(), lost: fc.constantFrom(0, 0, 1), step: fc.nat(1) })
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 30 }), fc.boolean(), fc.boolean(), (packets, stated, present) => {
        begin(stated ? {} : null, { muxConfigPresent: present })
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
      { numRuns: 300 },
    )
  })
})
