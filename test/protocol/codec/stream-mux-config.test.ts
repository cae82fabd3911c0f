import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BitReader } from '../../../protocol/bytes/bit-reader.ts'
import { parseStreamMuxConfig, readStreamMuxConfig } from '../../../protocol/codec/stream-mux-config.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { lowComplexity, type MuxFields, streamMuxConfig } from './mux-builder.ts'

const parse = (fields: MuxFields = {}) => parseStreamMuxConfig(streamMuxConfig(fields))
const parseHex = (digits: string) => parseStreamMuxConfig(Uint8Array.from(Buffer.from(digits, 'hex')))
/** Scalable AAC, object type 6: index of the frequency, channels, GASpecificConfig with layerNr. */
const SCALABLE = '0011000110010000000'
/** USAC, object type 42, which is not AAC. */
const UNKNOWN = '111110010100110010'

describe('a StreamMuxConfig', () => {
  it('tells the configuration of its stream in whole bytes', () => {
    expect(parse()).toEqual({
      configuration: {
        ...{ kind: 'audio', codec: 'mp4a.40.2', sampleRate: 48_000, channels: 2 },
        description: Uint8Array.of(0x11, 0x90),
      },
      ...{ frameLength: 1024, coreSampleRate: 48_000, sameTimeFraming: true, subframes: 1, frameLengths: [-1] },
      otherDataBits: 0,
    })
  })

  it('as ffmpeg, Live555 and cameras write it', () => {
    expect(parseHex('40002320003fc0').configuration).toMatchObject({ sampleRate: 48_000, channels: 2 })
    expect(parseHex('400026203fc0').configuration).toMatchObject({ sampleRate: 24_000, channels: 2 })
    expect(parseHex('40002810003fc0').configuration).toMatchObject({ sampleRate: 16_000, channels: 1 })
  })

  it('of GStreamer ends behind the AudioSpecificConfig, which has an extension', () => {
    const { configuration, frameLengths } = parseHex('40002310adca00')
    expect(configuration).toMatchObject({ codec: 'mp4a.40.2', sampleRate: 48_000, channels: 1 })
    expect(frameLengths).toEqual([-1])
  })

  it('may be an AudioSpecificConfig alone, as old senders have it', () => {
    expect(parseHex('1210').configuration).toMatchObject({ sampleRate: 44_100, channels: 2 })
  })

  it('of version 1 has a length before the configuration, and may have an extension behind it', () => {
    const config = `${lowComplexity(6, 1)}010101101110010110011`
    expect(parse({ version: 1, programs: [[{ config }]] }).configuration).toMatchObject({
      ...{ codec: 'mp4a.40.2', sampleRate: 48_000, channels: 1 },
    })
    const explicit = `00101011000100011${'00010000'}`
    expect(parse({ programs: [[{ config: explicit }]] })).toMatchObject({
      configuration: { codec: 'mp4a.40.5', sampleRate: 48_000 },
      ...{ coreSampleRate: 24_000, frameLength: 1024 },
    })
  })

  it('of version 0 has an extension without a length, by which most senders do', () => {
    const config = `${lowComplexity(6, 1)}010101101110010110011`
    expect(parse({ programs: [[{ config }], [{ frameLength: 5 }]], crc: true })).toMatchObject({
      configuration: { codec: 'mp4a.40.2', sampleRate: 48_000 },
      ...{ coreSampleRate: 24_000, frameLengths: [-1, 25] },
    })
  })

  it('has several programs and layers, of which the first is played', () => {
    const config = parse({
      programs: [
        [{ config: lowComplexity(6, 1) }, { config: SCALABLE }, {}],
        [{ config: lowComplexity(3, 2), frameLength: 100 }],
      ],
      subframes: 3,
      sameTimeFraming: false,
    })
    expect(config).toMatchObject({ subframes: 3, sameTimeFraming: false, frameLengths: [-1, -1, -1, 120] })
    expect(config.configuration).toMatchObject({ sampleRate: 24_000, channels: 1 })
  })

  it('passes over a stream that it does not know, where its length is told', () => {
    const programs = [[{ config: lowComplexity() }], [{ config: UNKNOWN }]]
    expect(parse({ version: 1, programs }).frameLengths).toEqual([-1, -1])
    expect(() => parse({ version: 0, programs })).toThrow(ProtocolError)
    expect(() => parse({ version: 1, programs: [[{ config: UNKNOWN }], [{ config: lowComplexity() }]] })).toThrow(
      'is not AAC',
    )
  })

  it('tells of other data, and is read past a checksum', () => {
    expect(parse({ otherDataBits: 77, crc: true }).otherDataBits).toBe(77)
    expect(parse({ otherDataBits: 1000 }).otherDataBits).toBe(1000)
    expect(parse({ version: 1, otherDataBits: 1000 }).otherDataBits).toBe(1000)
  })

  it('is refused where it is reserved, of CELP or HVXC, or ends early', () => {
    expect(() => parseHex('c0')).toThrow(ProtocolError)
    expect(() => parseHex('')).toThrow(ProtocolError)
    expect(() => parseHex('400023')).toThrow(ProtocolError)
    // frameLengthType 3
    const celp = streamMuxConfig()
    celp[4] = 0xc0
    expect(() => readStreamMuxConfig(celp, new BitReader(celp, 'parameter-sets-invalid'))).toThrow('CELP')
  })

  it('of any bytes never throws anything but a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          expect(parseStreamMuxConfig(bytes).configuration.channels).toBeGreaterThan(0)
        } catch (error) {
          expect((error as ProtocolError).code).toBe('parameter-sets-invalid')
        }
      }),
      { numRuns: 500 },
    )
  })
})
