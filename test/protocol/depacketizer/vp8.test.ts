import { beforeEach, describe, expect, it } from 'vitest'
import { Vp8Depacketizer } from '../../../protocol/depacketizer/vp8.ts'
import { VP8_INTER_FRAME, vp8Keyframe } from '../codec/vp-builder.ts'
import { pullAll, push } from './packets.ts'

const KEYFRAME = vp8Keyframe()
/** S, partition 0. */
const START = 0x10

describe('the VP8 depacketizer', () => {
  let depacketizer: Vp8Depacketizer
  const give = (payload: readonly number[], timestamp = 0, marker = false, lost = 0) =>
    push(depacketizer, payload, { timestamp, marker, lost })

  beforeEach(() => {
    depacketizer = new Vp8Depacketizer()
  })

  describe('by RFC 7741', () => {
    it('gives a keyframe in one packet, with the configuration before the first', () => {
      const [unit] = give([START, ...KEYFRAME], 90, true)
      expect(unit).toMatchObject({ data: KEYFRAME, timestamp: 90, randomAccess: true, discontinuity: false })
      expect(unit?.configuration).toMatchObject({ codec: 'vp08.00.21.08', width: 640, height: 360 })
      const [next] = give([START, ...VP8_INTER_FRAME], 3090, true)
      expect(next).toMatchObject({ data: VP8_INTER_FRAME, randomAccess: false, configuration: undefined })
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
    })

    it.each<[string, number[]]>([
      ['no extension', [START]],
      ['an empty extension', [START | 0x80, 0x00]],
      ['a PictureID of 7 bits', [START | 0x80, 0x80, 0x7f]],
      ['a PictureID of 15 bits', [START | 0x80, 0x80, 0xff, 0xff]],
      ['TL0PICIDX', [START | 0x80, 0x40, 0xff]],
      ['TID alone', [START | 0x80, 0x20, 0x40]],
      ['KEYIDX alone', [START | 0x80, 0x10, 0x1f]],
      ['all of them, non-reference and reserved bits', [START | 0xe8, 0xff, 0x80, 0x01, 0x02, 0xff]],
    ])('skips a descriptor with %s', (_, descriptor) => {
      expect(give([...descriptor, ...KEYFRAME], 0, true)).toMatchObject([{ data: KEYFRAME }])
      // The descriptor and nothing behind it, or not the whole of it.
      for (let length = 0; length <= descriptor.length; length++) give(descriptor.slice(0, length), 3000 + length, true)
      expect(depacketizer.statistics).toMatchObject({ units: 1, malformed: descriptor.length + 1 })
    })

    it('puts a frame together of the packets of all its partitions', () => {
      expect(give([START, ...KEYFRAME.slice(0, 4)])).toEqual([])
      expect(give([0x00, ...KEYFRAME.slice(4, 7)])).toEqual([])
      // Another partition begins: S with PID 1.
      expect(give([START | 1, ...KEYFRAME.slice(7, 12)])).toEqual([])
      expect(give([0x01, ...KEYFRAME.slice(12)], 0, true)).toMatchObject([{ data: KEYFRAME, randomAccess: true }])
    })

    it('takes PictureIDs that wrap, repeat or jump as they come', () => {
      give([START | 0x80, 0x80, 0xff, 0xff, ...KEYFRAME], 0, true)
      for (const [index, id] of [0, 0, 77].entries()) {
        const frame = [START | 0x80, 0x80, 0x80, id, ...VP8_INTER_FRAME]
        expect(give(frame, 3000 * (index + 1), true)).toMatchObject([{ data: VP8_INTER_FRAME, discontinuity: false }])
      }
    })
  })

  describe('at the border of a frame', () => {
    it('goes by the timestamp or the start of a frame where there is no marker', () => {
      give([START, ...KEYFRAME])
      expect(give([START, ...VP8_INTER_FRAME])).toMatchObject([{ data: KEYFRAME }])
      expect(give([START, ...VP8_INTER_FRAME], 3000)).toMatchObject([{ data: VP8_INTER_FRAME, timestamp: 0 }])
      depacketizer.flush()
      expect(pullAll(depacketizer)).toMatchObject([{ data: VP8_INTER_FRAME, timestamp: 3000 }])
    })

    it('gives two frames in one push', () => {
      give([START, ...KEYFRAME])
      expect(give([START, ...VP8_INTER_FRAME], 3000, true)).toMatchObject([
        { data: KEYFRAME, timestamp: 0 },
        { data: VP8_INTER_FRAME, timestamp: 3000 },
      ])
    })
  })

  describe('after a loss', () => {
    it('gives nothing until the next keyframe, counts it, and tells the gap', () => {
      give([START, ...KEYFRAME], 0, true)
      expect(give([START, ...VP8_INTER_FRAME], 6000, true, 1)).toEqual([])
      expect(give([START, ...VP8_INTER_FRAME], 9000, true)).toEqual([])
      const [unit] = give([START, ...KEYFRAME], 12_000, true)
      expect(unit).toMatchObject({ randomAccess: true, discontinuity: true, configuration: undefined })
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 2, malformed: 0 })
    })

    it.each<[string, number]>([
      ['first', 0],
      ['middle', 1],
      ['last', 2],
    ])('drops the keyframe whose %s packet is missing', (_, missing) => {
      const packets = [
        [START, ...KEYFRAME.slice(0, 4)],
        [0, ...KEYFRAME.slice(4, 8)],
        [0, ...KEYFRAME.slice(8)],
      ]
      for (const [index, packet] of packets.entries()) {
        const lost = index === missing + 1 ? 1 : 0
        if (index !== missing) expect(give(packet, 0, index === 2, lost)).toEqual([])
      }
      expect(give([START, ...VP8_INTER_FRAME], 3000, true, missing === 2 ? 1 : 0)).toEqual([])
      expect(depacketizer.statistics).toMatchObject({ units: 0, malformed: 0 })
      expect(give([START, ...KEYFRAME], 6000, true)).toHaveLength(1)
    })

    it('begins at the first keyframe where the stream is joined in the middle of a frame', () => {
      expect(give([0, 1, 2, 3], 0, true)).toEqual([])
      expect(give([START, ...VP8_INTER_FRAME], 3000, true)).toEqual([])
      expect(give([START, ...KEYFRAME], 6000, true)).toMatchObject([{ randomAccess: true, discontinuity: true }])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 0 })
    })
  })

  it('gives a new configuration with the first keyframe of another size', () => {
    give([START, ...KEYFRAME], 0, true)
    expect(give([START, ...KEYFRAME], 3000, true)[0]?.configuration).toBeUndefined()
    const [unit] = give([START, ...vp8Keyframe(1280, 720)], 6000, true)
    expect(unit?.configuration).toMatchObject({ codec: 'vp08.00.31.08', width: 1280, height: 720 })
  })

  describe('of what is against the format', () => {
    it('drops a frame without its beginning, and what depends on it, though nothing was lost', () => {
      give([START, ...KEYFRAME], 0, true)
      expect(give([0x00, ...VP8_INTER_FRAME], 3000, true)).toEqual([])
      expect(give([START, ...VP8_INTER_FRAME], 6000, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 1 })
    })

    it('drops a keyframe whose header cannot be read, and frames that are too short', () => {
      for (const frame of [KEYFRAME.with(3, 0), vp8Keyframe(0, 0), [0x31, 0x02]]) {
        expect(give([START, ...frame], 0, true)).toEqual([])
      }
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 3, malformed: 3 })
    })
  })

  it('drops at the end what has no marker, in a stream that has them', () => {
    give([START, ...KEYFRAME], 0, true)
    give([START, ...VP8_INTER_FRAME], 3000)
    depacketizer.flush()
    expect(pullAll(depacketizer)).toEqual([])
  })
})
