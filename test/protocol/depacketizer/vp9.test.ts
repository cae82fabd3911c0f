import { beforeEach, describe, expect, it } from 'vitest'
import { Vp9Depacketizer } from '../../../protocol/depacketizer/vp9.ts'
import { VP9_INTER_FRAME, vp9Keyframe } from '../codec/vp-builder.ts'
import { push } from './packets.ts'

const KEYFRAME = vp9Keyframe()
const UPPER = [...VP9_INTER_FRAME, 8, 8]

/** Flags of the payload descriptor. */
const I = 0x80
const P = 0x40
const L = 0x20
const F = 0x10
const B = 0x08
const E = 0x04
const V = 0x02
/** The layer byte: TID 0, U 0, SID and D. */
const layer = (spatial: number, interLayer = spatial > 0) => (spatial << 1) | (interLayer ? 1 : 0)

describe('the VP9 depacketizer', () => {
  let depacketizer: Vp9Depacketizer
  const give = (payload: readonly number[], timestamp = 0, marker = false, lost = 0) =>
    push(depacketizer, payload, { timestamp, marker, lost })

  beforeEach(() => {
    depacketizer = new Vp9Depacketizer()
  })

  describe('by RFC 9628', () => {
    it('gives a keyframe in one packet, with the configuration before the first', () => {
      const [unit] = give([B | E, ...KEYFRAME], 90, true)
      expect(unit).toMatchObject({ data: KEYFRAME, timestamp: 90, randomAccess: true, discontinuity: false })
      expect(unit?.configuration).toMatchObject({ codec: 'vp09.00.21.08', width: 640, height: 360 })
      const [next] = give([P | B | E, ...VP9_INTER_FRAME], 3090, true)
      expect(next).toMatchObject({ data: VP9_INTER_FRAME, randomAccess: false, configuration: undefined })
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
    })

    it.each<[string, number[]]>([
      ['nothing', [B | E]],
      ['a picture ID of 7 bits', [I | B | E, 0x7f]],
      ['a picture ID of 15 bits', [I | B | E, 0xff, 0xff]],
      ['layer indices, non-flexible', [L | B | E, layer(0), 0xff]],
      ['layer indices, flexible', [L | F | B | E, layer(0)]],
      ['one reference, flexible', [F | P | B | E, 0x02]],
      ['three references, flexible', [F | P | B | E, 0x03, 0x05, 0x06]],
      ['a scalability structure without anything', [V | B | E, 0x00]],
      ['a scalability structure with a size', [V | B | E, 0x10, 0x05, 0x00, 0x02, 0xd0]],
      ['a scalability structure with groups', [V | B | E, 0x08, 0x02, 0x00, 0x48, 0x01, 0x02]],
      [
        'a scalability structure of three layers, with all',
        [V | B | E, 0x58, 0, 160, 0, 90, 1, 64, 0, 180, 2, 128, 1, 104, 1, 0x04, 0x01],
      ],
      ['all of it', [I | P | L | F | B | E | V, 0x81, 0x02, layer(0), 0x03, 0x02, 0x10, 2, 128, 1, 104]],
    ])('skips a descriptor with %s', (_, descriptor) => {
      expect(give([...descriptor, ...KEYFRAME], 0, true)).toMatchObject([{ data: KEYFRAME }])
      // The descriptor and nothing behind it, or not the whole of it.
      for (let length = 0; length <= descriptor.length; length++) give(descriptor.slice(0, length), 3000 + length, true)
      expect(depacketizer.statistics).toMatchObject({ units: 1, malformed: descriptor.length + 1 })
    })

    it('refuses more than three references', () => {
      expect(give([F | P | B | E, 0x03, 0x03, 0x03, 0x02, ...KEYFRAME], 0, true)).toEqual([])
      expect(depacketizer.statistics.malformed).toBe(1)
    })

    it('puts a frame together of several packets', () => {
      expect(give([B, ...KEYFRAME.slice(0, 4)])).toEqual([])
      expect(give([0, ...KEYFRAME.slice(4, 6)])).toEqual([])
      expect(give([E, ...KEYFRAME.slice(6)], 0, true)).toMatchObject([{ data: KEYFRAME, randomAccess: true }])
    })

    it('goes by the timestamp where there is no marker', () => {
      give([B | E, ...KEYFRAME])
      expect(give([P | B | E, ...VP9_INTER_FRAME], 3000)).toMatchObject([{ data: KEYFRAME, timestamp: 0 }])
    })

    it('tells keyframes by the bitstream, whatever P says', () => {
      expect(give([B | E, ...VP9_INTER_FRAME], 0, true)).toEqual([])
      expect(give([P | B | E, ...KEYFRAME], 3000, true)).toMatchObject([{ randomAccess: true }])
    })
  })

  describe('of several spatial layers', () => {
    const SIZES = [0x30, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68] // 320x180, 640x360
    const SMALL = vp9Keyframe({ width: 320, height: 180 })

    it('makes one superframe with an index, of the size of the highest', () => {
      expect(give([L | V | B | E, layer(0), 1, ...SIZES, ...SMALL])).toEqual([])
      const [unit] = give([L | B | E, layer(1), 1, ...UPPER], 0, true)
      expect(unit?.data).toEqual([...SMALL, ...UPPER, 0xc1, SMALL.length, UPPER.length, 0xc1])
      expect(unit).toMatchObject({ randomAccess: true, configuration: { width: 640, height: 360 } })
    })

    it('keeps to the size of the keyframe where only the lowest layer comes', () => {
      const [unit] = give([L | V | B | E, layer(0), 1, ...SIZES, ...SMALL], 0, true)
      expect(unit).toMatchObject({ data: SMALL, configuration: { width: 320, height: 180 } })
    })

    it('does not take an old scalability structure for a keyframe of one layer', () => {
      give([L | V | B | E, layer(0), 1, ...SIZES, ...SMALL], 0, true)
      const [unit] = give([B | E, ...vp9Keyframe({ width: 1280, height: 720 })], 3000, true)
      expect(unit?.configuration).toMatchObject({ width: 1280, height: 720 })
    })

    it('keeps the scalability structure that it has where another is cut short', () => {
      give([L | V | B | E, layer(0), 1, ...SIZES, ...SMALL], 0, true)
      give([L | V | B | E, layer(0), 1, ...SIZES.slice(0, 5)], 3000, true)
      give([L | B | E, layer(0), 1, ...SMALL], 6000)
      const [unit] = give([L | B | E, layer(1), 1, ...UPPER], 6000, true)
      expect(unit?.configuration).toMatchObject({ width: 640, height: 360 })
    })

    it('leaves a superframe as it is that has its index already', () => {
      const whole = [...SMALL, ...UPPER, 0xc1, SMALL.length, UPPER.length, 0xc1]
      give([L | B | E, layer(0), 1, ...whole.slice(0, SMALL.length)])
      expect(give([L | B | E, layer(1), 1, ...whole.slice(SMALL.length)], 0, true)).toMatchObject([{ data: whole }])
      expect(give([B | E, ...whole], 3000, true)).toMatchObject([{ data: whole }])
    })

    it('drops the picture of which any layer is not whole', () => {
      give([L | B | E, layer(0), 1, ...SMALL])
      expect(give([L | E, layer(1), 1, ...UPPER], 0, true, 1)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
    })

    it('does not take an upper layer for the picture where the one below it was lost', () => {
      expect(give([L | B | E, layer(1), 1, ...KEYFRAME], 0, true, 1)).toEqual([])
      // One that depends on no other layer stands alone.
      expect(give([L | B | E, layer(1, false), 1, ...KEYFRAME], 3000, true)).toMatchObject([{ data: KEYFRAME }])
    })

    it('refuses more layer frames than a superframe holds', () => {
      for (let spatial = 0; spatial < 8; spatial++) give([L | B | E, layer(spatial), 1, ...KEYFRAME])
      expect(give([L | B | E, layer(7), 1, ...KEYFRAME], 0, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 1 })
    })
  })

  describe('after a loss', () => {
    it('gives nothing until the next keyframe, counts it, and tells the gap', () => {
      give([B | E, ...KEYFRAME], 0, true)
      expect(give([P | B | E, ...VP9_INTER_FRAME], 6000, true, 1)).toEqual([])
      expect(give([P | B | E, ...VP9_INTER_FRAME], 9000, true)).toEqual([])
      expect(give([B | E, ...KEYFRAME], 12_000, true)).toMatchObject([{ randomAccess: true, discontinuity: true }])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 2, malformed: 0 })
    })

    it('drops a keyframe whose beginning is missing', () => {
      expect(give([E, ...KEYFRAME], 0, true, 1)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
    })
  })

  it('gives a new configuration with the first keyframe of another size or depth', () => {
    give([B | E, ...KEYFRAME], 0, true)
    expect(give([B | E, ...KEYFRAME], 3000, true)[0]?.configuration).toBeUndefined()
    const [larger] = give([B | E, ...vp9Keyframe({ width: 1280, height: 720 })], 6000, true)
    expect(larger?.configuration).toMatchObject({ codec: 'vp09.00.31.08', width: 1280, height: 720 })
    const [deeper] = give([B | E, ...vp9Keyframe({ profile: 2, bitDepth: 10 })], 9000, true)
    expect(deeper?.configuration).toMatchObject({ codec: 'vp09.02.21.10', width: 640 })
  })

  describe('of what is against the format', () => {
    it('drops a frame without B, and what depends on it, though nothing was lost', () => {
      give([B | E, ...KEYFRAME], 0, true)
      expect(give([P | E, ...VP9_INTER_FRAME], 3000, true)).toEqual([])
      expect(give([P | B | E, ...VP9_INTER_FRAME], 6000, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 1 })
    })

    it('drops a picture in which bytes follow an ended frame', () => {
      give([B | E, ...KEYFRAME])
      expect(give([0, 1, 2], 0, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 1 })
    })

    it('overlooks an E that is forgotten', () => {
      give([L | B, layer(0), 1, ...KEYFRAME])
      expect(give([L | B, layer(1), 1, ...UPPER], 0, true)).toHaveLength(1)
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 0, malformed: 1 })
    })

    it('drops what is not VP9, and a keyframe whose header cannot be read', () => {
      for (const frame of [[0x42, 1, 2], KEYFRAME.with(1, 0)]) expect(give([B | E, ...frame], 0, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 2, malformed: 2 })
    })
  })
})
