import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  aacConfiguration,
  createAudioSpecificConfig,
  parseAudioSpecificConfig,
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
