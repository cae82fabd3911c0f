import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { opusConfiguration, parseOpusPacket } from '../../../protocol/codec/opus.ts'

const toc = (config: number, code: number, stereo = false) => (config << 3) | (stereo ? 4 : 0) | code
const packet = (...bytes: number[]) => parseOpusPacket(Uint8Array.from(bytes))
const zeros = (count: number): number[] => new Array<number>(count).fill(0)

describe('an Opus packet', () => {
  it.each([
    ['SILK', [0, 1, 2, 3], [10, 20, 40, 60]],
    ['SILK', [8, 9, 10, 11], [10, 20, 40, 60]],
    ['hybrid', [12, 13, 14, 15], [10, 20, 10, 20]],
    ['CELT', [16, 17, 18, 19], [2.5, 5, 10, 20]],
    ['CELT', [28, 29, 30, 31], [2.5, 5, 10, 20]],
  ])('of %s tells how long its frame is: configurations %j', (_, configs, milliseconds) => {
    expect(configs.map((config) => packet(toc(config, 0), 1, 2)?.duration)).toEqual(milliseconds.map((ms) => ms * 48))
  })

  it('tells whether it is stereo', () => {
    expect(packet(toc(31, 0), 1)?.stereo).toBe(false)
    expect(packet(toc(31, 0, true), 1)?.stereo).toBe(true)
  })

  it('holds one frame, two, or as many as it says', () => {
    expect(packet(toc(31, 0), 1, 2, 3)).toMatchObject({ frames: 1, duration: 960 })
    expect(packet(toc(31, 1), 1, 2)).toMatchObject({ frames: 2, duration: 1920 })
    expect(packet(toc(31, 2), 1, 9, 8, 8)).toMatchObject({ frames: 2 })
    expect(packet(toc(31, 3), 3, 1, 2, 3)).toMatchObject({ frames: 3, duration: 2880 })
    expect(packet(toc(31, 3), 0x80 | 3, 1, 0, 9, 8, 8)).toMatchObject({ frames: 3 })
    expect(packet(toc(16, 3), 48, ...zeros(48))).toMatchObject({ frames: 48, duration: 5760 })
  })

  it('without any bytes of sound is a frame that was not sent (DTX)', () => {
    expect(packet(toc(31, 0))).toMatchObject({ frames: 1, duration: 960 })
    expect(packet(toc(31, 3), 2)).toMatchObject({ frames: 2 })
  })

  it('may be padded, with a length in several bytes', () => {
    expect(packet(toc(31, 3), 0x40 | 1, 2, 7, 0, 0)).toMatchObject({ frames: 1 })
    expect(packet(toc(31, 3), 0x40 | 2, 255, 1, 7, 7, ...zeros(255))).toMatchObject({ frames: 2 })
    expect(packet(toc(31, 3), 0xc0 | 2, 1, 1, 7, 8, 0)).toMatchObject({ frames: 2 })
  })

  it('has frames of up to 1275 bytes, the length in two of them', () => {
    expect(packet(toc(31, 0), ...zeros(1275))).not.toBeNull()
    expect(packet(toc(31, 0), ...zeros(1276))).toBeNull()
    expect(packet(toc(31, 2), 252, 1, ...zeros(256), 5)).toMatchObject({ frames: 2 })
    expect(packet(toc(31, 2), 252, 1, ...zeros(255))).toBeNull()
  })

  it.each<[what: string, bytes: number[]]>([
    ['has no byte (R1)', []],
    ['has two frames of one length in an odd number of bytes (R3)', [toc(31, 1), 1, 2, 3]],
    ['lacks the length of its first frame (R4)', [toc(31, 2)]],
    ['is shorter than its first frame (R4)', [toc(31, 2), 5, 1]],
    ['lacks the number of its frames (R6)', [toc(31, 3)]],
    ['has no frame (R5)', [toc(31, 3), 0]],
    ['is longer than 120 ms (R5)', [toc(31, 3), 7, ...zeros(7)]],
    ['has frames of one length that do not come out even (R6)', [toc(31, 3), 2, 1, 2, 3]],
    ['has padding beyond its end (R6)', [toc(31, 3), 0x41, 9, 1]],
    ['has padding without an end (R6)', [toc(31, 3), 0x41, 255]],
    ['has lengths beyond its end (R7)', [toc(31, 3), 0x83, 1, 9, 1, 2]],
    ['has half a length (R7)', [toc(31, 3), 0x82, 255]],
  ])('is none where it %s', (_, bytes) => {
    expect(packet(...bytes)).toBeNull()
  })

  it('is read within a buffer', () => {
    expect(parseOpusPacket(Uint8Array.of(9, toc(31, 1), 1, 2, 9), 1, 4)).toMatchObject({ frames: 2 })
  })

  it('of any bytes lasts 2.5 to 120 ms', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const read = parseOpusPacket(bytes)
        if (!read) return
        expect(read.duration).toBeGreaterThanOrEqual(120)
        expect(read.duration).toBeLessThanOrEqual(5760)
        expect(read.frames).toBeLessThanOrEqual(48)
      }),
    )
  })
})

describe('the configuration of Opus', () => {
  it('is the content of dOps, at 48 kHz and without anything to skip', () => {
    expect(opusConfiguration(2)).toEqual({
      ...{ kind: 'audio', codec: 'opus', sampleRate: 48_000, channels: 2 },
      description: Uint8Array.of(0, 2, 0, 0, 0, 0, 0xbb, 0x80, 0, 0, 0),
    })
    expect(opusConfiguration(1).description[1]).toBe(1)
  })
})
