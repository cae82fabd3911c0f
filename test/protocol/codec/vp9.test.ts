import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  endsWithSuperframeIndex,
  isVp9Keyframe,
  parseVp9Keyframe,
  superframeIndex,
  vp9Configuration,
} from '../../../protocol/codec/vp9.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { VP9_INTER_FRAME, type Vp9Fields, vp9Keyframe } from './vp-builder.ts'

const parse = (bytes: readonly number[]) => parseVp9Keyframe(Uint8Array.from(bytes))
const configure = (fields: Vp9Fields) => vp9Configuration(parse(vp9Keyframe(fields)))

describe('a VP9 keyframe', () => {
  it('of libvpx is read', () => {
    const header = Uint8Array.from(Buffer.from('824983420013f00b360638241c184a00', 'hex'))
    expect(parseVp9Keyframe(header)).toMatchObject({ profile: 0, bitDepth: 8, colorSpace: 0, width: 320, height: 180 })
    const deep = Uint8Array.from(Buffer.from('924983420009f8059b031c120e0c2c00', 'hex'))
    expect(parseVp9Keyframe(deep)).toMatchObject({ profile: 2, bitDepth: 10, width: 320, height: 180 })
  })

  it('is told from other frames in every profile', () => {
    for (const profile of [0, 1, 2, 3] as const) {
      const frame = vp9Keyframe({ profile })
      expect(isVp9Keyframe(Uint8Array.from(frame))).toBe(true)
      // frame_type, show_existing_frame
      const shift = profile === 3 ? 1 : 0
      for (const bit of [4 >> shift, 8 >> shift]) {
        expect(isVp9Keyframe(Uint8Array.from(frame.with(0, (frame[0] ?? 0) | bit)))).toBe(false)
      }
    }
    expect(isVp9Keyframe(Uint8Array.from(VP9_INTER_FRAME))).toBe(false)
    expect(isVp9Keyframe(Uint8Array.of(0x42))).toBe(false)
    expect(isVp9Keyframe(new Uint8Array(0))).toBe(false)
  })

  it('states its size, up to 65536', () => {
    expect(parse(vp9Keyframe({ width: 65_536, height: 1 }))).toMatchObject({ width: 65_536, height: 1 })
    expect(configure({ width: 65_536, height: 1 })).toMatchObject({ width: 65_535, height: 1 })
  })

  it('is refused without sync code, with RGB in profile 0, in a profile above 3, and cut short', () => {
    const whole = vp9Keyframe()
    for (let length = 0; length < 9; length++) expect(() => parse(whole.slice(0, length))).toThrow(ProtocolError)
    expect(() => parse(whole.with(1, 0x48))).toThrow('sync code')
    expect(() => parse(vp9Keyframe({ colorSpace: 7 }))).toThrow('RGB')
    expect(() => parse(vp9Keyframe({ profile: 3 }).with(0, 0xb8))).toThrow('above 3')
    expect(() => parse(VP9_INTER_FRAME)).toThrow('not a VP9 keyframe')
    expect(() => parse([0x12, 3, 4])).toThrow('not a VP9 frame')
  })

  it('throws nothing but ProtocolError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        try {
          vp9Configuration(parseVp9Keyframe(bytes))
        } catch (error) {
          expect((error as ProtocolError).code).toBe('parameter-sets-invalid')
        }
      }),
    )
  })
})

describe('the VP9 configuration', () => {
  it.each<[string, Vp9Fields]>([
    ['vp09.00.21.08', {}],
    ['vp09.00.21.08', { colorSpace: 0 }],
    ['vp09.00.21.08.01.01.01.01.01', { fullRange: true }],
    ['vp09.00.21.08.01.05.06.05.00', { colorSpace: 1 }],
    ['vp09.00.21.08.01.06.06.06.00', { colorSpace: 3 }],
    ['vp09.02.40.10.01.09.14.09.00', { profile: 2, bitDepth: 10, colorSpace: 5, width: 1920, height: 1080 }],
    ['vp09.01.21.08.03.01.13.00.01', { profile: 1, colorSpace: 7 }],
    ['vp09.01.21.08.02.01.01.01.00', { profile: 1, subsampling: [1, 0] }],
    ['vp09.03.21.12.03.01.01.01.00', { profile: 3, bitDepth: 12, subsampling: [0, 0] }],
  ])('has the codec string %s', (codec, fields) => {
    expect(configure(fields).codec).toBe(codec)
  })

  it('is the vpcC behind version and flags', () => {
    expect([...configure({ profile: 2, bitDepth: 10, colorSpace: 5 }).description]).toEqual([
      2, 21, 0xa2, 9, 14, 9, 0, 0,
    ])
  })

  it('has the size of a higher layer, where that is given', () => {
    const configuration = vp9Configuration(parse(vp9Keyframe()), { width: 1920, height: 1080 })
    expect(configuration).toMatchObject({ width: 1920, height: 1080, codec: 'vp09.00.40.08' })
  })
})

describe('a superframe index', () => {
  it('has the sizes between two equal markers, in as few bytes as they need', () => {
    expect([...superframeIndex([1, 255])]).toEqual([0xc1, 1, 255, 0xc1])
    expect([...superframeIndex([256, 2, 3])]).toEqual([0xca, 0, 1, 2, 0, 3, 0, 0xca])
    expect([...superframeIndex([0x0102_0304])]).toEqual([0xd8, 4, 3, 2, 1, 0xd8])
  })

  it('is found at the end of what has one', () => {
    const bytes = Uint8Array.of(9, 9, 9, ...superframeIndex([1, 2]))
    expect(endsWithSuperframeIndex(bytes, 0, bytes.length)).toBe(true)
    expect(endsWithSuperframeIndex(bytes, 4, bytes.length)).toBe(false)
    expect(endsWithSuperframeIndex(bytes, 0, bytes.length - 1)).toBe(false)
    expect(endsWithSuperframeIndex(new Uint8Array(0), 0, 0)).toBe(false)
  })
})
