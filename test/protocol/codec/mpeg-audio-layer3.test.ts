import { describe, expect, it } from 'vitest'
import { readMpegAudioHeader } from '../../../protocol/codec/mpeg-audio.ts'
import {
  mainDataBegin,
  selfContainedFrame,
  sideInfoLength,
  silence,
} from '../../../protocol/codec/mpeg-audio-layer3.ts'
import { layer3Frame, lowLayer3Frame } from './mpeg-audio-frames.ts'

function header(bytes: Uint8Array) {
  return readMpegAudioHeader(bytes, 0, bytes.length) ?? expect.fail('no header')
}

describe('a layer III frame', () => {
  it('tells how far back its main data begin', () => {
    for (const begin of [0, 1, 255, 256, 511]) {
      const frame = Uint8Array.from(layer3Frame(begin))
      expect(mainDataBegin(header(frame), frame, 0)).toBe(begin)
    }
    const protectedFrame = Uint8Array.from(layer3Frame(300, { crc: true }))
    expect(mainDataBegin(header(protectedFrame), protectedFrame, 0)).toBe(300)
    const low = Uint8Array.from([0, ...lowLayer3Frame(200)])
    expect(mainDataBegin(header(low.subarray(1)), low, 1)).toBe(200)
  })

  it('has 32 bytes of side information, 17 where it is mono or of low frequencies, 9 where both', () => {
    const lengths = [
      [0xff, 0xfb, 0x90, 0x00],
      [0xff, 0xfb, 0x90, 0xc0],
      [0xff, 0xf3, 0x80, 0x00],
      [0xff, 0xf3, 0x80, 0xc0],
    ].map((bytes) => sideInfoLength(header(Uint8Array.from(bytes))))
    expect(lengths).toEqual([32, 17, 17, 9])
  })

  it('is silenced by its side information, and keeps the main data of others', () => {
    const frame = Uint8Array.from([9, ...layer3Frame(100)])
    silence(header(frame.subarray(1)), frame, 1)
    expect([...frame]).toEqual([9, 0xff, 0xfb, 0x50, 0, ...new Array<number>(32).fill(0), ...layer3Frame().slice(36)])
  })

  it('that is silenced has the CRC of what it says then', () => {
    const frame = Uint8Array.from(layer3Frame(100, { crc: true }))
    silence(header(frame), frame, 0)
    // CRC-16/CMS over 0x50, 0x00 and 32 zeros.
    expect([frame[4], frame[5]]).toEqual([0xc0, 0xb2])
    expect([...frame.subarray(6, 38)]).toEqual(new Array<number>(32).fill(0))
    expect(frame[38]).toBe(0x55)
  })

  it('whose main data lie together stands alone, at the lowest bitrate that has room', () => {
    const adu = Uint8Array.from([...layer3Frame(400).slice(0, 36), ...new Array<number>(300).fill(7)])
    const frame = selfContainedFrame(header(adu), adu) ?? expect.fail('no frame')
    expect(header(frame)).toMatchObject({ frameLength: frame.length, sampleRate: 44_100, channels: 2 })
    // 112 kbit/s: 365 bytes; 96 kbit/s would have 313.
    expect(frame).toHaveLength(365)
    expect(mainDataBegin(header(frame), frame, 0)).toBe(0)
    expect([...frame.subarray(6, 336)]).toEqual([...adu.subarray(6)])
    expect([...frame.subarray(336)]).toEqual(new Array<number>(29).fill(0))
  })

  it('that no bitrate has room for is none', () => {
    const adu = Uint8Array.from([...layer3Frame().slice(0, 36), ...new Array<number>(1009).fill(7)])
    expect(selfContainedFrame(header(adu), adu)).toBeNull()
    expect(selfContainedFrame(header(adu), adu.subarray(0, 1044))).toHaveLength(1044)
  })
})
