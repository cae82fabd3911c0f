import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BitReader } from '../../../protocol/bytes/bit-reader.ts'
import { BitWriter as Bits } from '../../../protocol/bytes/bit-writer.ts'
import {
  aacConfiguration,
  createAudioSpecificConfig,
  parseAudioSpecificConfig,
  readAudioSpecificConfig,
  SAMPLING_FREQUENCIES,
} from '../../../protocol/codec/aac.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { BitWriter } from './sps-builder.ts'

const parse = (...bytes: number[]) => parseAudioSpecificConfig(Uint8Array.from(bytes))

describe('an AudioSpecificConfig', () => {
  it('tells rate, channels and frame length of AAC LC', () => {
    expect(parse(0x11, 0x90)).toMatchObject({ audioObjectType: 2, sampleRate: 48_000, channels: 2, frameLength: 1024 })
    expect(parse(0x12, 0x0c)).toMatchObject({ sampleRate: 44_100, channels: 1, frameLength: 960 })
  })

  it('tells SBR and PS signalled in front', () => {
    // 5, 24 kHz, stereo, 48 kHz, 2
    expect(parse(0x2b, 0x11, 0x88, 0x00)).toMatchObject({
      ...{ audioObjectType: 5, coreSampleRate: 24_000, sampleRate: 48_000, channels: 2, sbr: true, ps: false },
    })
    // 29, 24 kHz, mono, 48 kHz, 2: parametric stereo
    expect(parse(0xeb, 0x09, 0x88, 0x00)).toMatchObject({ audioObjectType: 29, channels: 2, sbr: true, ps: true })
  })

  it('tells SBR and PS signalled behind', () => {
    // 2, 24 kHz, mono; 0x2b7, 5, 1, 48 kHz; 0x548, 1
    const bits = new BitWriter()
      .u(5, 2)
      .u(4, 6)
      .u(4, 1)
      .u(3, 0)
      .u(11, 0x2b7)
      .u(5, 5)
      .u(1, 1)
      .u(4, 3)
      .u(11, 0x548)
      .u(1, 1)
    const config = bits.nal(0).slice(1)
    expect(parseAudioSpecificConfig(config)).toMatchObject({
      ...{ audioObjectType: 2, coreSampleRate: 24_000, sampleRate: 48_000, channels: 2, sbr: true, ps: true },
    })
    expect(aacConfiguration(config)).toMatchObject({ codec: 'mp4a.40.2', sampleRate: 48_000, channels: 2 })
  })

  it('counts the channels of a program configuration', () => {
    const bits = new BitWriter().u(5, 2).u(4, 3).u(4, 0).u(3, 0)
    bits.u(10, 0).u(4, 2).u(4, 0).u(4, 1).u(2, 1).u(3, 0).u(4, 0).u(3, 0)
    bits.u(5, 0).u(5, 16).u(5, 16).u(4, 0) // front: one, a pair; back: a pair; low frequency
    const config = bits.u(7, 0).u(8, 0).nal(0).slice(1)
    expect(parseAudioSpecificConfig(config).channels).toBe(6)
  })

  it.each([
    ['mono', [[1], [], []], 0, 1, 1],
    ['stereo', [[2], [], []], 0, 2, 2],
    ['3.0', [[1, 2], [], []], 0, 3, 3],
    ['4.0', [[1, 2], [], [1]], 0, 4, 4],
    ['5.0', [[1, 2], [], [2]], 0, 5, 5],
    ['5.1', [[1, 2], [], [2]], 1, 6, 6],
    ['7.1 with two pairs in front', [[1, 2, 2], [], [2]], 1, 7, 8],
    ['quadrophony, which the table lacks', [[2], [], [2]], 0, 0, 4],
    ['speakers at the sides, which the table lacks', [[1, 2], [2], []], 1, 0, 6],
  ] as const)(
    'of %s in a program_config_element says so by the table, which Chromium knows alone',
    (_, elements, low, channelConfiguration, channels) => {
      const config = new Bits().bits(5, 2).bits(4, 3).bits(4, 0).bits(3, 0)
      config.bits(10, 0)
      for (const part of elements) config.bits(4, part.length)
      config.bits(2, low).bits(3, 0).bits(4, 0).bits(3, 0)
      for (const size of elements.flat()) config.flag(size === 2).bits(4, 0)
      if (low) config.bits(4, 0)
      const head = config.toBytes()
      const stated = Uint8Array.from([...head, 0])
      expect(parseAudioSpecificConfig(stated)).toMatchObject({ channels, channelConfiguration })
      const { description } = aacConfiguration(stated)
      if (channelConfiguration === 0) expect(description).toEqual(stated)
      else expect([...description]).toEqual([0x11, 0x80 | (channelConfiguration << 3)])
    },
  )

  it('with a frequency in 24 bits says so by the table, where that has it or one near it', () => {
    const lc = (frequency: number) =>
      new Bits().bits(5, 2).bits(4, 15).bits(24, frequency).bits(4, 2).bits(3, 0).toBytes()
    expect([...aacConfiguration(lc(48_000)).description]).toEqual([0x11, 0x90])
    expect(aacConfiguration(lc(44_056))).toMatchObject({ sampleRate: 44_056, description: Uint8Array.of(0x12, 0x10) })
    expect(aacConfiguration(lc(40_000)).description).toEqual(lc(40_000))
    const explicit = new Bits()
      .bits(5, 5)
      .bits(4, 15)
      .bits(24, 24_000)
      .bits(4, 2)
      .bits(4, 15)
      .bits(24, 48_000)
      .bits(5, 2)
    expect([...aacConfiguration(explicit.bits(3, 0).toBytes()).description]).toEqual([0x2b, 0x11, 0x88, 0x00])
    const behind = new Bits().bits(5, 2).bits(4, 15).bits(24, 24_000).bits(4, 1).bits(3, 4)
    behind.bits(11, 0x2b7).bits(5, 5).flag(true).bits(4, 3).bits(11, 0x548).flag(true)
    expect(parseAudioSpecificConfig(aacConfiguration(behind.toBytes()).description)).toEqual({
      ...parseAudioSpecificConfig(behind.toBytes()),
      roundabout: false,
    })
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('knows sampling frequency %i of the table', (index) => {
    const config = parseAudioSpecificConfig(new Bits().bits(5, 2).bits(4, index).bits(4, 2).bits(3, 0).toBytes())
    expect(config.sampleRate).toBe(SAMPLING_FREQUENCIES[index])
  })

  it('of an error resilient type is read up to its end', () => {
    // 17, 48 kHz, stereo, extensionFlag with four flags, epConfig; then the extension
    const bits = new Bits().bits(5, 17).bits(4, 6).bits(4, 2).bits(3, 1).bits(4, 0).bits(2, 0)
    bits.bits(11, 0x2b7).bits(5, 5).flag(true).bits(4, 3)
    expect(parseAudioSpecificConfig(bits.toBytes())).toMatchObject({
      ...{ audioObjectType: 17, coreSampleRate: 24_000, sampleRate: 48_000, sbr: true },
    })
  })

  it('within something else has the extension that follows, unless a length tells otherwise', () => {
    const bits = new Bits().bits(3, 0).bits(5, 2).bits(4, 6).bits(4, 2).bits(3, 0)
    bits.bits(11, 0x2b7).bits(5, 5).flag(true).bits(4, 3)
    const read = (length?: number) => {
      const reader = new BitReader(bits.toBytes())
      reader.skip(3)
      return { ...readAudioSpecificConfig(reader, length), position: reader.position }
    }
    expect(read()).toMatchObject({ sbr: true, position: 40 })
    expect(read(16)).toMatchObject({ sbr: false, position: 19 })
    expect(read(16 + 21)).toMatchObject({ sbr: true, position: 40 })
  })

  it('within something else counts bytes from its own start', () => {
    // Stereo in a program_config_element, which ends at bit 56 of the configuration and has a comment of one byte.
    const bits = new Bits().bits(3, 0).bits(5, 2).bits(4, 6).bits(4, 0).bits(3, 0)
    bits
      .bits(10, 0)
      .bits(4, 1)
      .bits(4 + 4 + 2 + 3 + 4 + 3, 0)
      .flag(true)
      .bits(4, 0)
      .bits(1, 0)
      .bits(8, 1)
      .bits(8, 0xff)
    const reader = new BitReader(bits.toBytes())
    reader.skip(3)
    expect(readAudioSpecificConfig(reader)).toMatchObject({ channels: 2, channelConfiguration: 2 })
    expect(reader.position).toBe(3 + 56 + 16)
  })

  it('can be made from rate and channels, and says the same when read', () => {
    expect([...createAudioSpecificConfig(48_000, 2)]).toEqual([0x11, 0x90])
    const channels = fc.constantFrom(1, 2, 3, 4, 5, 6, 8)
    const rates = fc.oneof(fc.constantFrom(...SAMPLING_FREQUENCIES), fc.integer({ min: 1, max: 0xffffff }))
    fc.assert(
      fc.property(rates, channels, (sampleRate, count) => {
        expect(parseAudioSpecificConfig(createAudioSpecificConfig(sampleRate, count))).toMatchObject({
          ...{ audioObjectType: 2, sampleRate, channels: count, frameLength: 1024 },
        })
      }),
    )
    expect(() => createAudioSpecificConfig(48_000, 7)).toThrow(ProtocolError)
    expect(() => createAudioSpecificConfig(0, 2)).toThrow(ProtocolError)
  })

  it('is refused where it ends early or states no possible sound', () => {
    const early = [[], [0x11], [0x2b, 0x11]]
    const reservedRate = [0x16, 0x90]
    const reservedChannels = [0x11, 0xf8]
    const celp = [0x41, 0x90, 0]
    for (const bytes of [...early, reservedRate, reservedChannels, celp])
      expect(() => parse(...bytes)).toThrow(ProtocolError)
  })

  it('never throws anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const config = parseAudioSpecificConfig(bytes)
          expect(config.channels).toBeGreaterThan(0)
          expect(config.sampleRate).toBeGreaterThan(0)
        } catch (error) {
          expect((error as ProtocolError).code).toBe('parameter-sets-invalid')
        }
      }),
      { numRuns: 500 },
    )
  })
})
