import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  inspectVisualUnit,
  mpeg4VisualConfiguration,
  mpeg4VisualName,
  parseMpeg4VisualConfig,
} from '../../../protocol/codec/mpeg4-visual.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { B_VOP, buildVisualConfig, GROUP_OF_VOP, I_VOP, P_VOP, type VisualFields } from './mpeg4-visual-builder.ts'

const parse = (fields: VisualFields) => parseMpeg4VisualConfig(Uint8Array.from(buildVisualConfig(fields)))
const hex = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'))

describe('the headers of MPEG-4 Visual', () => {
  it.each([
    [
      'ffmpeg, Advanced Simple with B-VOPs',
      '000001b0f1000001b5a913000001000000012008d48d0800cd0a041e14103f',
      { profileAndLevel: 0xf1, objectType: 17, width: 320, height: 240, lowDelay: false, interlaced: false },
    ],
    [
      'Xvid',
      '000001b0f5000001b509000001000000012008bc04068400670c281078518f',
      { profileAndLevel: 0xf5, objectType: 17, width: 320, height: 240, lowDelay: false, interlaced: false },
    ],
    [
      'ffmpeg, interlaced, pixels of 16:11',
      '000001b001000001b58913000001000000012000c4a58800cd1684481c43',
      { profileAndLevel: 1, objectType: 1, width: 720, height: 576, pixelAspectRatio: 16 / 11, lowDelay: true },
    ],
  ])('of %s are read', (_, digits, expected) => {
    expect(parseMpeg4VisualConfig(hex(digits))).toMatchObject(expected)
  })

  it('are read with all that may stand before the size', () => {
    const size = { width: 8191, height: 1, interlaced: true }
    for (const identifier of [false, true]) {
      for (const vbvParameters of [false, true]) {
        for (const resolution of [1, 2, 25, 30, 32, 33, 30_000, 65_535]) {
          const fields = { ...size, identifier, lowDelay: true, vbvParameters, resolution, fixedRate: true }
          expect(parse(fields)).toMatchObject({ ...size, lowDelay: true })
        }
      }
    }
    expect(parse({ profileAndLevel: undefined }).profileAndLevel).toBeUndefined()
    expect(parse({}).lowDelay).toBeUndefined()
  })

  it('state the shape of pixels', () => {
    expect(parse({ aspect: 2 }).pixelAspectRatio).toBe(12 / 11)
    expect(parse({ aspect: [40, 33] }).pixelAspectRatio).toBe(40 / 33)
    for (const aspect of [0, 9, [0, 1], [1, 0]] as const) expect(parse({ aspect }).pixelAspectRatio).toBe(1)
  })

  it('are refused without layer, without size, without time, with another shape, and cut short', () => {
    const whole = buildVisualConfig()
    for (let length = 0; length < whole.length - 1; length++) {
      expect(() => parseMpeg4VisualConfig(Uint8Array.from(whole.slice(0, length)))).toThrow(ProtocolError)
    }
    expect(() => parse({ width: 0 })).toThrow('0 x 360')
    expect(() => parse({ resolution: 0 })).toThrow('resolution')
    expect(() => parse({ shape: 2 })).toThrow('rectangular')
  })

  it('throw nothing but ProtocolError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, layer) => {
        try {
          parseMpeg4VisualConfig(layer ? Uint8Array.of(0, 0, 1, 0x20, ...bytes) : bytes)
        } catch (error) {
          expect((error as ProtocolError).code).toBe('parameter-sets-invalid')
        }
      }),
    )
  })
})

describe('the configuration of MPEG-4 Visual', () => {
  const configure = (fields: VisualFields, bVops = false) =>
    mpeg4VisualConfiguration(Uint8Array.from(buildVisualConfig(fields)), { profileAndLevel: 3, bVops })

  it('has profile and level in decimal in its codec string, by the headers or else by the SDP', () => {
    expect(configure({ profileAndLevel: 0xf3 }).codec).toBe('mp4v.20.243')
    expect(configure({ profileAndLevel: undefined }).codec).toBe('mp4v.20.3')
    // 0 is reserved.
    expect(configure({ profileAndLevel: 0 }).codec).toBe('mp4v.20.3')
  })

  it('reckons with B-VOPs where the headers or the stream have them', () => {
    expect(configure({ lowDelay: true }).reorderDepth).toBe(0)
    expect(configure({}).reorderDepth).toBe(0)
    expect(configure({}, true).reorderDepth).toBe(1)
    expect(configure({ lowDelay: false }).reorderDepth).toBe(1)
  })

  it('holds the headers as they are', () => {
    expect([...configure({}).description]).toEqual(buildVisualConfig())
  })
})

describe('a unit of MPEG-4 Visual', () => {
  const inspect = (...parts: number[][]) => inspectVisualUnit(Uint8Array.from(parts.flat()))
  const config = buildVisualConfig()

  it('has its type from its first VOP', () => {
    expect(inspect(I_VOP)).toEqual({ configBytes: 0, picture: 'I' })
    expect(inspect(P_VOP)).toEqual({ configBytes: 0, picture: 'other' })
    expect(inspect(B_VOP, I_VOP)).toEqual({ configBytes: 0, picture: 'B' })
    expect(inspect(GROUP_OF_VOP)).toEqual({ configBytes: 0, picture: 'none' })
    // The type is cut off.
    expect(inspect([0, 0, 1, 0xb6])).toEqual({ configBytes: 0, picture: 'other' })
  })

  it('has the headers up to the group or the VOP, with what users wrote there', () => {
    const user = [0, 0, 1, 0xb2, 0x4c, 0x61]
    expect(inspect(config, user, GROUP_OF_VOP, I_VOP).configBytes).toBe(config.length + user.length)
    expect(inspect(config, I_VOP).configBytes).toBe(config.length)
    expect(inspect(config)).toEqual({ configBytes: config.length, picture: 'none' })
    // Not without a layer.
    expect(inspect([0, 0, 1, 0xb0, 1], I_VOP).configBytes).toBe(0)
    expect(inspect(I_VOP, config).configBytes).toBe(0)
  })
})

describe('the name of an MPEG-4 Visual codec', () => {
  it.each([
    ['mp4v.20.1', 'MPEG-4 Visual Simple'],
    ['mp4v.20.243', 'MPEG-4 Visual Advanced Simple'],
    ['mp4v.20.16', 'MPEG-4 Visual'],
    ['avc1.42001E', null],
  ])('of %s is %s', (codec, name) => {
    expect(mpeg4VisualName(codec)).toBe(name)
  })
})
