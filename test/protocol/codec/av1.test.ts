import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  av1CodecString,
  av1Configuration,
  frameKind,
  Leb128,
  leb128Length,
  Obu,
  ObuType,
  writeLeb128,
} from '../../../protocol/codec/av1.ts'
import { parseAv1SequenceHeader } from '../../../protocol/codec/av1-sequence-header.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { buildSequenceHeader, INTER_FRAME, KEY_FRAME, obu, type SequenceHeaderFields } from './av1-builder.ts'

const parse = parseAv1SequenceHeader
const hex = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'))
const codecOf = (fields: SequenceHeaderFields) => av1CodecString(parse(buildSequenceHeader(fields)))

describe('an AV1 sequence header', () => {
  it.each([
    ['libaom, 320x180', '000000043cfeccdaf90040', 'av01.0.00M.08', 320, 180],
    ['libaom, 10 bits', '000000043cfeccdaf94040', 'av01.0.00M.10', 320, 180],
    ['SVT-AV1, 640x360', '0000000cc4ff673efe4010', 'av01.0.01M.08', 640, 360],
    ['libaom, 4:4:4, BT.709, full range', '200000043cfeccdaf920202032', 'av01.1.00M.08.0.000.01.01.01.1', 320, 180],
  ])('of %s is read', (_, digits, codec, width, height) => {
    const header = parse(hex(digits))
    expect(av1CodecString(header)).toBe(codec)
    expect(header).toMatchObject({ maxFrameWidth: width, maxFrameHeight: height })
  })

  it('has level and tier of its first operating point, whatever else it states', () => {
    const operatingPoints = [
      [13, 1],
      [8, 0],
      [5, 0],
    ] as const
    for (const timingInfo of [false, true]) {
      for (const decoderModelInfo of [false, true]) {
        for (const initialDisplayDelay of [false, true]) {
          const fields = { operatingPoints, timingInfo, decoderModelInfo, initialDisplayDelay, width: 1922, height: 1 }
          expect(parse(buildSequenceHeader(fields))).toMatchObject({
            ...{ seqLevelIdx: 13, seqTier: 1, maxFrameWidth: 1922, maxFrameHeight: 1, bitDepth: 8, subsamplingY: true },
          })
        }
      }
    }
  })

  it('is read behind any of the tools that it turns on or leaves open', () => {
    for (const screenContentTools of [0, 1, 2] as const) {
      for (const orderHint of [false, true]) {
        for (const frameIdNumbers of [false, true]) {
          const fields = { screenContentTools, orderHint, frameIdNumbers, colours: [9, 16, 9], bitDepth: 10 } as const
          expect(codecOf(fields)).toBe('av01.0.04M.10.0.110.09.16.09.0')
        }
      }
    }
  })

  it('of a still picture is short', () => {
    const header = parse(buildSequenceHeader({ reducedStillPictureHeader: true, operatingPoints: [[31, 0]] }))
    expect(header).toMatchObject({ reducedStillPictureHeader: true, seqLevelIdx: 31, maxFrameWidth: 640 })
  })

  it.each<[string, SequenceHeaderFields]>([
    ['av01.0.04M.08', {}],
    ['av01.0.04M.08', { colours: [1, 1, 1] }],
    ['av01.0.04M.08.0.110.01.01.01.1', { colours: [1, 1, 1], fullRange: true }],
    ['av01.0.04M.08.0.112.02.02.02.0', { chromaSamplePosition: 2 }],
    ['av01.0.04M.08.1.110.02.02.02.0', { monochrome: true }],
    ['av01.0.09H.10', { operatingPoints: [[9, 1]], bitDepth: 10 }],
    ['av01.1.04M.08.0.000.01.13.00.1', { seqProfile: 1, colours: [1, 13, 0] }],
    ['av01.2.04M.10.0.100.02.02.02.0', { seqProfile: 2, bitDepth: 10, subsampling: [1, 0] }],
    ['av01.2.04M.12.0.100.02.02.02.0', { seqProfile: 2, bitDepth: 12, subsampling: [1, 0] }],
    ['av01.2.04M.12.0.111.02.02.02.0', { seqProfile: 2, bitDepth: 12, chromaSamplePosition: 1 }],
    ['av01.2.04M.12.0.000.02.02.02.0', { seqProfile: 2, bitDepth: 12, subsampling: [0, 0] }],
  ])('gives the codec string %s', (codec, fields) => {
    expect(codecOf(fields)).toBe(codec)
  })

  it('is refused where it ends early, is too long, or has a reserved profile', () => {
    const whole = buildSequenceHeader()
    for (let length = 0; length < whole.length - 1; length++) {
      expect(() => parse(whole.subarray(0, length))).toThrow(ProtocolError)
    }
    expect(() => parse(new Uint8Array(513))).toThrow('513 bytes')
    expect(() => parse(Uint8Array.of(0x60, ...whole.subarray(1)))).toThrow('reserved')
  })

  it('throws nothing but ProtocolError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const { maxFrameWidth, maxFrameHeight } = parse(bytes)
          for (const side of [maxFrameWidth, maxFrameHeight]) expect(side >= 1 && side <= 65_536).toBe(true)
        } catch (error) {
          expect((error as ProtocolError).code).toBe('parameter-sets-invalid')
        }
      }),
    )
  })
})

describe('the AV1 configuration', () => {
  it('is av1C with the sequence header behind it, bit by bit as ffmpeg writes it', () => {
    const sequenceHeader = obu(ObuType.SequenceHeader, hex('200000043cfeccdaf920202032'))
    const header = parse(Uint8Array.from(sequenceHeader).subarray(2))
    expect(av1Configuration(header, Uint8Array.from(sequenceHeader))).toMatchObject({
      ...{ kind: 'video', width: 320, height: 180, pixelAspectRatio: 1, reorderDepth: 0 },
      description: hex('812000000a0d200000043cfeccdaf920202032'),
    })
  })

  it('states tier, depth, monochrome and chroma in its third byte', () => {
    const third = (fields: SequenceHeaderFields) =>
      av1Configuration(parse(buildSequenceHeader(fields)), new Uint8Array(0)).description[2]
    expect(third({})).toBe(0b0000_1100)
    expect(third({ operatingPoints: [[20, 1]], bitDepth: 10 })).toBe(0b1100_1100)
    expect(third({ seqProfile: 2, bitDepth: 12, subsampling: [1, 0] })).toBe(0b0110_1000)
    expect(third({ monochrome: true })).toBe(0b0001_1100)
    expect(third({ chromaSamplePosition: 2 })).toBe(0b0000_1110)
  })
})

describe('leb128', () => {
  it('is read as it was written, for any number of 32 bits', () => {
    const reader = new Leb128()
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (value) => {
        const bytes = new Uint8Array(8)
        const end = writeLeb128(bytes, 1, value)
        expect(end - 1).toBe(leb128Length(value))
        expect(reader.read(bytes, 1, end)).toBe(true)
        expect([reader.value, reader.next]).toEqual([value, end])
        expect(reader.read(bytes, 1, end - 1)).toBe(false)
      }),
    )
  })

  it('may be longer than it must, up to eight bytes and 32 bits', () => {
    const reader = new Leb128()
    const read = (...bytes: number[]) => reader.read(Uint8Array.from(bytes), 0, bytes.length)
    expect(read(0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)).toBe(true)
    expect([reader.value, reader.next]).toEqual([5, 8])
    expect(read(0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)).toBe(false)
    expect(read(0xff, 0xff, 0xff, 0xff, 0x0f)).toBe(true)
    expect(read(0x80, 0x80, 0x80, 0x80, 0x10)).toBe(false)
  })
})

describe('an OBU', () => {
  const read = (bytes: readonly number[]) => {
    const one = new Obu()
    if (!one.read(Uint8Array.from(bytes), 0, bytes.length)) return null
    return [one.type, one.hasSize, one.headerBytes, one.payloadStart, one.payloadEnd]
  }

  it('is found with and without extension, with and without size', () => {
    expect(read(obu(ObuType.Frame, [1, 2, 3]))).toEqual([6, true, 1, 2, 5])
    expect(read([...obu(ObuType.Frame, [1, 2, 3], 0x28), 9, 9])).toEqual([6, true, 2, 3, 6])
    expect(read([0x30, 1, 2])).toEqual([6, false, 1, 1, 3])
    expect(read([0x34, 0x28, 1])).toEqual([6, false, 2, 2, 3])
    expect(read(obu(ObuType.TemporalDelimiter, []))).toEqual([2, true, 1, 2, 2])
  })

  it('is none with the forbidden bit, without extension byte, or where it ends early', () => {
    for (const bytes of [[], [0xb2, 0], [0x34], [0x32], [0x32, 0x80], [0x32, 2, 1]]) expect(read(bytes)).toBeNull()
  })
})

describe('the first bits of a frame header', () => {
  it('tell a key frame that is shown from all others', () => {
    const kind = (first: number, still = false) => frameKind(Uint8Array.of(first), 0, still)
    expect(kind(KEY_FRAME[0] ?? 0)).toBe('shown-key-frame')
    expect(kind(INTER_FRAME[0] ?? 0)).toBe('other')
    // Not shown; shown again; intra-only; switch frame.
    for (const first of [0x00, 0x90, 0x50, 0x70]) expect(kind(first)).toBe('other')
    expect(kind(0xff, true)).toBe('shown-key-frame')
    expect(frameKind(new Uint8Array(0), 0, false)).toBe('other')
  })
})
