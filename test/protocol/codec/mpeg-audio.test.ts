import { describe, expect, it } from 'vitest'
import { lengthAtBitrate, mpegAudioConfiguration, readMpegAudioHeader } from '../../../protocol/codec/mpeg-audio.ts'

const read = (...bytes: number[]) => readMpegAudioHeader(Uint8Array.from([7, ...bytes]), 1, bytes.length + 1)

describe('the header of an MPEG audio frame', () => {
  it.each<
    [what: string, bytes: number[], layer: number, rate: number, channels: number, samples: number, length: number]
  >([
    ['MPEG-1 layer III, 128 kbit/s', [0xff, 0xfb, 0x90, 0x00], 3, 44_100, 2, 1152, 417],
    ['the same with padding', [0xff, 0xfb, 0x92, 0x00], 3, 44_100, 2, 1152, 418],
    ['MPEG-1 layer III, 320 kbit/s, 48 kHz', [0xff, 0xfb, 0xe4, 0xc0], 3, 48_000, 1, 1152, 960],
    ['MPEG-1 layer III, 32 kHz', [0xff, 0xfb, 0x98, 0x00], 3, 32_000, 2, 1152, 576],
    ['MPEG-2 layer III, 64 kbit/s', [0xff, 0xf3, 0x80, 0xc0], 3, 22_050, 1, 576, 208],
    ['MPEG-2.5 layer III, 8 kbit/s', [0xff, 0xe3, 0x18, 0xc0], 3, 8000, 1, 576, 72],
    ['MPEG-1 layer II, 192 kbit/s', [0xff, 0xfd, 0xa4, 0x00], 2, 48_000, 2, 1152, 576],
    ['MPEG-2 layer II, 64 kbit/s', [0xff, 0xf5, 0x84, 0xc0], 2, 24_000, 1, 1152, 384],
    ['MPEG-1 layer I, 384 kbit/s with padding', [0xff, 0xff, 0xc2, 0x00], 1, 44_100, 2, 384, 420],
  ])('of %s', (_, bytes, layer, sampleRate, channels, samples, frameLength) => {
    expect(read(...bytes)).toMatchObject({ layer, sampleRate, channels, samples, frameLength, dataStart: 4 })
  })

  it('may be followed by a CRC', () => {
    expect(read(0xff, 0xfa, 0x90, 0x00)?.dataStart).toBe(6)
  })

  it.each<[what: string, bytes: number[]]>([
    ['no syncword', [0xff, 0x1b, 0x90, 0x00]],
    ['a reserved version', [0xff, 0xeb, 0x90, 0x00]],
    ['a reserved layer, as ADTS has it', [0xff, 0xf9, 0x90, 0x00]],
    ['a reserved frequency', [0xff, 0xfb, 0x9c, 0x00]],
    ['the forbidden bitrate', [0xff, 0xfb, 0xf0, 0x00]],
    ['free format', [0xff, 0xfb, 0x00, 0x00]],
    ['its end missing', [0xff, 0xfb, 0x90]],
  ])('is none with %s', (_, bytes) => {
    expect(read(...bytes)).toBeNull()
  })

  it('names the codec: layer III by its own name, the others by their standard', () => {
    const codec = (...bytes: number[]) => {
      const header = read(...bytes)
      return header && mpegAudioConfiguration(header)
    }
    expect(codec(0xff, 0xf3, 0x80, 0xc0)).toEqual({
      ...{ kind: 'audio', codec: 'mp3', description: new Uint8Array(0), sampleRate: 22_050, channels: 1 },
    })
    expect(codec(0xff, 0xfd, 0xa4, 0x00)?.codec).toBe('mp4a.6B')
    expect(codec(0xff, 0xf5, 0x84, 0xc0)?.codec).toBe('mp4a.69')
  })

  it('tells how long the frame would be at another bitrate', () => {
    const header = read(0xff, 0xfb, 0x92, 0x00)
    expect(header && [1, 9, 14].map((index) => lengthAtBitrate(header, index))).toEqual([104, 417, 1044])
  })
})
