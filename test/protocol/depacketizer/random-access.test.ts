import { describe, expect, it } from 'vitest'
import { randomAccessDetector } from '../../../protocol/depacketizer/random-access.ts'

const detects = (encoding: string, ...payload: number[]): boolean => {
  const detector = randomAccessDetector(encoding)
  if (!detector) throw new Error(`There is no detector for ${encoding}`)
  // In the middle of other bytes, all ones, so that reading beyond the payload is noticed.
  const bytes = new Uint8Array(payload.length + 8).fill(0xff)
  bytes.set(payload, 4)
  return detector(bytes, 4, 4 + payload.length)
}

describe('a random access point in the packets of', () => {
  it.each([
    ['an IDR slice', true, [0x65, 0x88]],
    ['a sequence parameter set', true, [0x67, 0x42]],
    ['a slice of another picture', false, [0x41, 0x9a]],
    ['a picture parameter set alone', false, [0x68, 0xce]],
    ['the first fragment of an IDR slice', true, [0x7c, 0x85, 0x88]],
    ['a later fragment of it', false, [0x7c, 0x05, 0x88]],
    ['the first fragment of another slice', false, [0x5c, 0x81, 0x9a]],
    ['an aggregate with parameter sets', true, [0x78, 0, 2, 0x09, 0x10, 0, 2, 0x67, 0x42]],
    ['an aggregate without', false, [0x78, 0, 2, 0x09, 0x10, 0, 2, 0x41, 0x9a]],
    ['an interleaved aggregate with an IDR slice', true, [0x79, 0, 7, 0, 2, 0x65, 0x88]],
    ['an aggregate that is cut off', false, [0x78, 0, 200, 0x41]],
    ['nothing', false, []],
  ])('H.264: %s is %s', (_what, expected, payload) => {
    expect(detects('H264', ...payload)).toBe(expected)
  })

  it.each([
    ['IDR_W_RADL', true, [19 << 1, 1]],
    ['CRA', true, [21 << 1, 1]],
    ['a video parameter set', true, [32 << 1, 1]],
    ['a trailing picture', false, [1 << 1, 1]],
    ['the first fragment of an IDR', true, [49 << 1, 1, 0x80 | 19]],
    ['a later fragment of it', false, [49 << 1, 1, 19]],
    ['an aggregate with an IDR', true, [48 << 1, 1, 0, 2, 35 << 1, 1, 0, 2, 20 << 1, 1]],
    ['an aggregate without', false, [48 << 1, 1, 0, 2, 35 << 1, 1, 0, 2, 1 << 1, 1]],
  ])('H.265: %s is %s', (_what, expected, payload) => {
    expect(detects('H265', ...payload)).toBe(expected)
  })

  it.each([
    ['a new coded video sequence', true, [0x18, 0x0a]],
    ['the rest of a fragment, whatever it says', false, [0x98, 0x0a]],
    ['another temporal unit', false, [0x10, 0x30]],
  ])('AV1: %s is %s', (_what, expected, payload) => {
    expect(detects('AV1', ...payload)).toBe(expected)
  })

  it.each([
    ['a key frame', true, [0x10, 0x50]],
    ['a key frame behind every extension', true, [0x90, 0xf0, 0x81, 0x23, 5, 0x20, 0x50]],
    ['an inter frame', false, [0x10, 0x51]],
    ['a later packet of a key frame', false, [0x00, 0x50]],
    ['a later partition', false, [0x11, 0x50]],
    ['a descriptor alone', false, [0x90, 0x80]],
  ])('VP8: %s is %s', (_what, expected, payload) => {
    expect(detects('VP8', ...payload)).toBe(expected)
  })

  it.each([
    ['the first packet of a key frame', true, [0x8a, 0x81, 0x00]],
    ['a later packet of it', false, [0x82, 0x81, 0x00]],
    ['a frame that is predicted', false, [0xca, 0x81, 0x00]],
    ['its lowest spatial layer', true, [0xaa, 0x05, 0x00]],
    ['a higher spatial layer of it', false, [0xaa, 0x05, 0x02]],
  ])('VP9: %s is %s', (_what, expected, payload) => {
    expect(detects('VP9', ...payload)).toBe(expected)
  })

  it('Motion JPEG: each picture, at its first fragment', () => {
    expect(detects('JPEG', 0, 0, 0, 0, 1, 80, 40, 30)).toBe(true)
    expect(detects('JPEG', 0, 0, 5, 0, 1, 80, 40, 30)).toBe(false)
  })

  it('MPEG-4 Visual: its headers, and pictures that stand alone', () => {
    expect(detects('MP4V-ES', 0, 0, 1, 0xb0, 1)).toBe(true)
    expect(detects('MP4V-ES', 0, 0, 1, 0xb6, 0x10)).toBe(true)
    expect(detects('MP4V-ES', 0, 0, 1, 0xb6, 0x50)).toBe(false)
    expect(detects('MP4V-ES', 0x12, 0x34)).toBe(false)
  })

  it('sound: every packet, so that nothing is looked for', () => {
    expect(randomAccessDetector('PCMU')).toBeNull()
    expect(randomAccessDetector('constructor')).toBeNull()
  })
})
