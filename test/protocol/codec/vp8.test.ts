import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isVp8Keyframe, parseVp8Keyframe, vp8Configuration } from '../../../protocol/codec/vp8.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { VP8_INTER_FRAME, vp8Keyframe } from './vp-builder.ts'

const parse = (bytes: readonly number[]) => parseVp8Keyframe(Uint8Array.from(bytes))

describe('a VP8 keyframe', () => {
  it('is told by its first bit', () => {
    expect(isVp8Keyframe(Uint8Array.from(vp8Keyframe()))).toBe(true)
    expect(isVp8Keyframe(Uint8Array.from(VP8_INTER_FRAME))).toBe(false)
    expect(isVp8Keyframe(new Uint8Array(0))).toBe(false)
  })

  it('states its size in 14 bits, and a scale above', () => {
    expect(parse(vp8Keyframe(16_383, 1, [3, 2]))).toEqual({
      ...{ version: 0, width: 16_383, height: 1, horizontalScale: 3, verticalScale: 2 },
    })
  })

  it('is refused without start code, without size, cut short, or where it is none', () => {
    const whole = vp8Keyframe()
    for (let length = 0; length < 10; length++) expect(() => parse(whole.slice(0, length))).toThrow(ProtocolError)
    expect(() => parse(whole.with(3, 0x9c))).toThrow('start code')
    expect(() => parse(vp8Keyframe(0, 360))).toThrow('0 x 360')
    expect(() => parse(whole.with(0, 0x51))).toThrow('not a VP8 keyframe')
  })

  it('throws nothing but ProtocolError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        try {
          parseVp8Keyframe(bytes)
        } catch (error) {
          expect((error as ProtocolError).code).toBe('parameter-sets-invalid')
        }
      }),
    )
  })
})

describe('the VP8 configuration', () => {
  it('is the vpcC of 8 bits, 4:2:0, colours not stated', () => {
    const { description, ...rest } = vp8Configuration(parse(vp8Keyframe()))
    expect(rest).toEqual({
      ...{ kind: 'video', codec: 'vp08.00.21.08', width: 640, height: 360, pixelAspectRatio: 1, reorderDepth: 0 },
    })
    expect([...description]).toEqual([0, 21, 0x82, 2, 2, 2, 0, 0])
  })
})
