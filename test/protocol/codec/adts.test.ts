import { describe, expect, it } from 'vitest'
import { readAdtsHeader, startsWithAdts } from '../../../protocol/codec/adts.ts'

const header = (...bytes: number[]) => readAdtsHeader(Uint8Array.from([0, ...bytes]), 1, bytes.length + 1)

describe('an ADTS header', () => {
  it('tells the frame and the sound', () => {
    // AAC LC, 16 kHz, mono, 257 bytes
    expect(header(0xff, 0xf1, 0x60, 0x40, 0x20, 0x3f, 0xfc)).toEqual({
      ...{ headerLength: 7, frameLength: 257, sampleRate: 16_000, channels: 1 },
    })
  })

  it('has a CRC where it is protected', () => {
    expect(header(0xff, 0xf0, 0x4c, 0x80, 0x20, 0x3f, 0xfc)?.headerLength).toBe(9)
  })

  it('says 7 for eight channels, and 0 where the frame tells', () => {
    expect(header(0xff, 0xf1, 0x4d, 0xc0, 0x20, 0x3f, 0xfc)?.channels).toBe(8)
    expect(header(0xff, 0xf1, 0x4c, 0x00, 0x20, 0x3f, 0xfc)?.channels).toBe(0)
  })

  it('is none where the syncword, the layer, the frequency or its end is missing', () => {
    expect(header(0xff, 0xe1, 0x4c, 0x80, 0x20, 0x3f, 0xfc)).toBeNull()
    expect(header(0xff, 0xf3, 0x4c, 0x80, 0x20, 0x3f, 0xfc)).toBeNull()
    expect(header(0xff, 0xf1, 0x74, 0x80, 0x20, 0x3f, 0xfc)).toBeNull()
    expect(header(0xff, 0xf1, 0x4c, 0x80, 0x20, 0x3f)).toBeNull()
    expect(startsWithAdts(Uint8Array.of(0xff, 0xf1), 0, 2)).toBe(false)
  })
})
