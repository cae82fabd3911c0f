import { beforeEach, describe, expect, it } from 'vitest'
import { leb128Length, ObuType, writeLeb128 } from '../../../protocol/codec/av1.ts'
import { Av1Depacketizer } from '../../../protocol/depacketizer/av1.ts'
import {
  bareObu,
  buildSequenceHeader,
  INTER_FRAME,
  KEY_FRAME,
  obu,
  SEQUENCE_HEADER,
  TEMPORAL_DELIMITER,
} from '../codec/av1-builder.ts'
import { pullAll, push } from './packets.ts'

/** Flags of the aggregation header; W in between. */
const Z = 0x80
const Y = 0x40
const W = (count: number) => count << 4
const N = 0x08

const SEQUENCE = bareObu(ObuType.SequenceHeader, SEQUENCE_HEADER)
const KEY = bareObu(ObuType.Frame, KEY_FRAME)
const INTER = bareObu(ObuType.Frame, INTER_FRAME)
const sized = (element: readonly number[]) => {
  const size = new Uint8Array(leb128Length(element.length))
  writeLeb128(size, 0, element.length)
  return [...size, ...element]
}
/** What comes out of the sequence header and a key frame. */
const KEY_UNIT = [...obu(ObuType.SequenceHeader, SEQUENCE_HEADER), ...obu(ObuType.Frame, KEY_FRAME)]
const INTER_UNIT = obu(ObuType.Frame, INTER_FRAME)
const KEY_PACKET = [N | W(2), ...sized(SEQUENCE), ...KEY]

describe('the AV1 depacketizer', () => {
  let depacketizer: Av1Depacketizer
  const give = (payload: readonly number[], timestamp = 0, marker = false, lost = 0) =>
    push(depacketizer, payload, { timestamp, marker, lost })
  const unitOf = (payload: readonly number[]) => give(payload, 0, true)[0]?.data

  beforeEach(() => {
    depacketizer = new Av1Depacketizer()
  })

  describe('by the AOM payload format', () => {
    it('gives a temporal unit with sizes written, and the configuration before the first', () => {
      const [unit] = give(KEY_PACKET, 90, true)
      expect(unit).toMatchObject({ data: KEY_UNIT, timestamp: 90, randomAccess: true, discontinuity: false })
      expect(unit?.configuration).toMatchObject({ codec: 'av01.0.04M.08', width: 640, height: 360 })
      expect([...(unit?.configuration?.description ?? [])].slice(4)).toEqual(
        obu(ObuType.SequenceHeader, SEQUENCE_HEADER),
      )
      const [next] = give([W(1), ...INTER], 3090, true)
      expect(next).toMatchObject({ data: INTER_UNIT, randomAccess: false, configuration: undefined })
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
    })

    it.each<[string, number[]]>([
      ['W 0: each has a size', [W(0), ...sized(SEQUENCE), ...sized(KEY)]],
      ['W 2: the last has none', [W(2), ...sized(SEQUENCE), ...KEY]],
      ['W 3, with a temporal delimiter', [W(3), ...sized(TEMPORAL_DELIMITER), ...sized(SEQUENCE), ...KEY]],
      ['with an element of no bytes', [W(0), ...sized(SEQUENCE), 0, ...sized(KEY), 0]],
      ['with obu_size in them', [W(2), ...sized(obu(ObuType.SequenceHeader, SEQUENCE_HEADER)), ...obu(6, KEY_FRAME)]],
      [
        'with padding, a tile list and a redundant frame header',
        [
          W(0),
          ...sized(SEQUENCE),
          ...sized(bareObu(ObuType.Padding, [1, 2])),
          ...sized(KEY),
          ...sized(bareObu(ObuType.TileList, [3])),
          ...sized(bareObu(ObuType.RedundantFrameHeader, KEY_FRAME)),
        ],
      ],
    ])('takes elements apart: %s', (_, payload) => {
      expect(unitOf(payload)).toEqual(KEY_UNIT)
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 0, malformed: 0 })
    })

    it('keeps extension bytes, metadata, and frame headers apart from their tiles', () => {
      const payload = [
        ...[W(0), ...sized(SEQUENCE), ...sized(bareObu(ObuType.Metadata, [4, 5]))],
        ...[...sized(bareObu(ObuType.FrameHeader, KEY_FRAME, 0x08)), ...sized(bareObu(ObuType.TileGroup, [6], 0x08))],
      ]
      expect(unitOf(payload)).toEqual([
        ...[...obu(ObuType.SequenceHeader, SEQUENCE_HEADER), ...obu(ObuType.Metadata, [4, 5])],
        ...[...obu(ObuType.FrameHeader, KEY_FRAME, 0x08), ...obu(ObuType.TileGroup, [6], 0x08)],
      ])
    })

    it('puts an OBU together of fragments, wherever it was cut, and writes its size in as many bytes as it needs', () => {
      const large = [...KEY_FRAME, ...new Array<number>(300).fill(7)]
      const bare = bareObu(ObuType.Frame, large, 0x08)
      for (const cut of [1, 2, 3, 200]) {
        depacketizer = new Av1Depacketizer()
        expect(give([N | Y | W(2), ...sized(SEQUENCE), ...bare.slice(0, cut)])).toEqual([])
        expect(give([Z | Y | W(1), ...bare.slice(cut, 201)])).toEqual([])
        const [unit] = give([Z | W(2), ...sized(bare.slice(201)), ...bareObu(ObuType.TileGroup, [1])], 0, true)
        expect(unit?.data).toEqual([
          ...[...obu(ObuType.SequenceHeader, SEQUENCE_HEADER), ...obu(ObuType.Frame, large, 0x08)],
          ...obu(ObuType.TileGroup, [1]),
        ])
      }
    })

    it('goes by the timestamp where there is no marker', () => {
      give(KEY_PACKET)
      expect(give([W(1), ...INTER], 3000)).toMatchObject([{ data: KEY_UNIT, timestamp: 0 }])
      depacketizer.flush()
      expect(pullAll(depacketizer)).toMatchObject([{ data: INTER_UNIT, timestamp: 3000 }])
    })

    it('gives nothing for a sequence header that comes alone, and knows it for the key frame after', () => {
      expect(give([W(1), ...SEQUENCE], 0, true)).toEqual([])
      expect(give([W(1), ...KEY], 3000, true)).toMatchObject([{ data: KEY_UNIT, randomAccess: true }])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 0, malformed: 0 })
    })
  })

  describe('at random access points', () => {
    it.each<[string, number]>([
      ['a key frame that is not shown', 0x00],
      ['a frame that is shown again', 0x90],
      ['an intra-only frame', 0x50],
      ['an inter frame', 0x30],
    ])('does not begin at %s', (_, first) => {
      expect(give([W(2), ...sized(SEQUENCE), ...bareObu(ObuType.Frame, [first, 1])], 0, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
    })

    it('goes by the first frame of the unit', () => {
      expect(give([W(3), ...sized(SEQUENCE), ...sized(INTER), ...KEY], 0, true)).toEqual([])
      const both = give([W(3), ...sized(SEQUENCE), ...sized(KEY), ...INTER], 3000, true)
      expect(both).toMatchObject([{ randomAccess: true }])
    })

    it('begins at any picture of a stream of still pictures', () => {
      const header = buildSequenceHeader({ reducedStillPictureHeader: true })
      const still = [W(2), ...sized(bareObu(ObuType.SequenceHeader, header)), ...bareObu(ObuType.Frame, [0xff])]
      expect(give(still, 0, true)).toMatchObject([{ randomAccess: true }])
    })

    it('puts the last sequence header before a key frame that has none', () => {
      give(KEY_PACKET, 0, true)
      const [unit] = give([W(2), ...sized(bareObu(ObuType.Metadata, [4])), ...KEY], 3000, true)
      expect(unit).toMatchObject({ randomAccess: true, configuration: undefined })
      expect(unit?.data).toEqual([...obu(ObuType.Metadata, [4]), ...KEY_UNIT])
    })

    it('gives a new configuration where the sequence header changes', () => {
      give(KEY_PACKET, 0, true)
      expect(give(KEY_PACKET, 3000, true)[0]?.configuration).toBeUndefined()
      const larger = bareObu(ObuType.SequenceHeader, buildSequenceHeader({ width: 1280, height: 720 }))
      const [unit] = give([N | W(2), ...sized(larger), ...KEY], 6000, true)
      expect(unit?.configuration).toMatchObject({ width: 1280, height: 720 })
    })

    it('waits for a key frame where the sequence header changes without one', () => {
      give(KEY_PACKET, 0, true)
      const larger = bareObu(ObuType.SequenceHeader, buildSequenceHeader({ width: 1280, height: 720 }))
      expect(give([W(2), ...sized(larger), ...INTER], 3000, true)).toEqual([])
      expect(give([W(1), ...INTER], 6000, true)).toEqual([])
      const [unit] = give([W(1), ...KEY], 9000, true)
      expect(unit).toMatchObject({ discontinuity: true, configuration: { width: 1280 } })
    })
  })

  describe('after a loss', () => {
    it('gives nothing until the next key frame, counts it, and tells the gap', () => {
      give(KEY_PACKET, 0, true)
      expect(give([W(1), ...INTER], 6000, true, 1)).toEqual([])
      expect(give([W(1), ...INTER], 9000, true)).toEqual([])
      expect(give(KEY_PACKET, 12_000, true)).toMatchObject([{ randomAccess: true, discontinuity: true }])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 2, malformed: 0 })
    })

    it('does not put fragments together across it', () => {
      give([N | Y | W(2), ...sized(SEQUENCE), ...KEY.slice(0, 2)])
      expect(give([Z | W(1), ...KEY.slice(2)], 0, true, 1)).toEqual([])
      expect(give([W(1), ...INTER], 3000, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 2, malformed: 0 })
    })

    it('drops a unit that begins with the rest of an OBU', () => {
      expect(give([Z | W(2), ...sized([1, 2]), ...KEY], 0, true, 1)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
    })

    it('believes no key frame whose sequence header may be among what was lost', () => {
      give(KEY_PACKET, 0, true)
      expect(give([W(1), ...KEY], 6000, true, 1)).toEqual([])
      // N says that nothing of the unit is missing; so does the next one, which follows directly.
      expect(give([N | W(1), ...KEY], 9000, true, 1)).toHaveLength(1)
      expect(give([W(1), ...INTER], 12_000, true, 1)).toEqual([])
      expect(give([W(1), ...KEY], 15_000, true)).toHaveLength(1)
    })
  })

  describe('of what is against the format', () => {
    const malformed = (payload: readonly number[]) => {
      depacketizer = new Av1Depacketizer()
      give(KEY_PACKET, 0, true)
      expect(give(payload, 3000, true)).toEqual([])
      expect(give([W(1), ...INTER], 6000, true)).toEqual([])
      expect(give(KEY_PACKET, 9000, true)).toHaveLength(1)
      return depacketizer.statistics.malformed
    }

    it.each<[string, number[]]>([
      ['nothing behind the aggregation header', [W(1)]],
      ['an empty payload', []],
      ['a size that reaches too far', [W(2), 9, 1]],
      ['a size that does not end', [W(0), 0x80]],
      ['the rest of an OBU that was never begun', [Z | W(1), ...INTER]],
      ['an OBU that goes on in no packet', [Y | W(1), ...INTER]],
      ['the forbidden bit', [W(1), 0xb0, ...INTER_FRAME]],
      ['an OBU longer than its element', [W(1), 0x32, 9, ...INTER_FRAME]],
      ['an element longer than its OBU', [W(1), ...obu(ObuType.Frame, INTER_FRAME), 0]],
      ['a sequence header that cannot be read', [W(1), ...bareObu(ObuType.SequenceHeader, [0xff])]],
    ])('drops the unit, once counted, and goes on at the next key frame: %s', (_, payload) => {
      expect(malformed(payload)).toBe(1)
    })

    it('drops a unit that another follows in the middle of an OBU', () => {
      give([Y | W(2), ...sized(SEQUENCE), ...KEY.slice(0, 2)])
      expect(give([W(1), ...INTER], 3000, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 2, malformed: 1 })
    })

    it('drops a unit in which another OBU follows the beginning of one', () => {
      give([Y | W(2), ...sized(SEQUENCE), ...KEY.slice(0, 2)])
      expect(give([W(1), ...KEY], 0, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 1 })
    })

    it('drops at the end an OBU that is not whole', () => {
      give([Y | W(2), ...sized(SEQUENCE), ...KEY])
      depacketizer.flush()
      expect(pullAll(depacketizer)).toEqual([])
    })
  })
})
