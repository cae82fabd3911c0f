import { describe, expect, it } from 'vitest'
import { audioTrack } from '../../../bridge/simulated-camera/audio-track.ts'
import type { Mp4AudioTrack, Mp4VideoTrack } from '../../../bridge/simulated-camera/mp4-reader.ts'
import { videoTrack } from '../../../bridge/simulated-camera/video-track.ts'
import { ProtocolError } from '../../../protocol/errors.ts'

const SAMPLE = { decodeTime: 0, time: 0, sync: true }
const track = (codec: Mp4VideoTrack['codec'], configuration: number[], data: number[]): Mp4VideoTrack => ({
  ...{ kind: 'video', codec, timescale: 1000, duration: 40, width: 64, height: 48 },
  configuration: Uint8Array.from(configuration),
  samples: [{ ...SAMPLE, data: Uint8Array.from(data) }],
})
const opus = (configuration: number[]): Mp4AudioTrack => ({
  ...{ kind: 'audio', codec: 'OPUS', timescale: 48_000, duration: 960, channels: 2 },
  configuration: Uint8Array.from(configuration),
  samples: [{ ...SAMPLE, data: Uint8Array.of(0xf8, 1) }],
})
const fault = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
    return error
  }
  return expect.fail('it should have been refused')
}

const HVCC_HEAD = [1, 0x61, ...new Array<number>(10).fill(0), 93, ...new Array<number>(8).fill(0)]
/** Length of 2 bytes; a VPS, an SPS, a PPS and an SEI, one in each array. */
const HVCC = [
  ...[...HVCC_HEAD, 0xf1, 4],
  ...[0xa0, 0, 1, 0, 3, 0x40, 1, 9],
  ...[0xa1, 0, 1, 0, 3, 0x42, 1, 8],
  ...[0xa2, 0, 1, 0, 3, 0x44, 1, 7],
  ...[0xa7, 0, 1, 0, 3, 0x4e, 1, 6],
]

describe('H.265', () => {
  it('is described by its record, and has lengths of four bytes', () => {
    const { attributes, frames, payloadType } = videoTrack(track('H265', HVCC, [0, 3, 0x26, 1, 5]))
    expect(payloadType).toBe(96)
    expect(attributes).toContain('rtpmap:96 H265/90000')
    expect(attributes).toContain(
      'fmtp:96 profile-space=1;profile-id=1;tier-flag=1;level-id=93;sprop-vps=QAEJ;sprop-sps=QgEI;sprop-pps=RAEH',
    )
    expect([...(frames[0]?.data ?? [])]).toEqual([0, 0, 0, 3, 0x26, 1, 5])
  })

  it('leaves out what the record leaves out', () => {
    const { attributes } = videoTrack(track('H265', [...HVCC_HEAD, 0xf3, 0], [0, 0, 0, 3, 0x26, 1, 5]))
    expect(attributes[1]).toBe('fmtp:96 profile-space=1;profile-id=1;tier-flag=1;level-id=93')
  })

  it('is refused where its record is cut off', () => {
    for (let length = 0; length < HVCC.length; length++) {
      const error = fault(() => videoTrack(track('H265', HVCC.slice(0, length), [])))
      expect(error).toMatchObject({ code: 'file-invalid' })
    }
  })
})

describe('AV1', () => {
  const SEQUENCE = [0x0a, 1, 0x55]
  const FRAME = [0x32, 2, 0x10, 0]

  it('gets the sequence header that is in its record alone, in front of each keyframe', () => {
    const record = [0x81, 0x05, 0x8c, 0, ...SEQUENCE]
    const { attributes, frames } = videoTrack(track('AV1', record, FRAME))
    expect(attributes.slice(0, 2)).toEqual(['rtpmap:96 AV1/90000', 'fmtp:96 profile=0;level-idx=5;tier=1'])
    expect([...(frames[0]?.data ?? [])]).toEqual([...SEQUENCE, ...FRAME])
    const whole = videoTrack(track('AV1', record, [...SEQUENCE, ...FRAME]))
    expect([...(whole.frames[0]?.data ?? [])]).toEqual([...SEQUENCE, ...FRAME])
  })

  it('is refused where its record is none', () => {
    for (const record of [[], [0x81], [0x81, 0, 0], [0x01, 0, 0, 0]]) {
      expect(fault(() => videoTrack(track('AV1', record, FRAME)))).toMatchObject({ code: 'file-invalid' })
    }
  })
})

describe('Opus', () => {
  it.each([1, 2])('with %i channels says so by sprop-stereo', (channels) => {
    expect(audioTrack(opus([0, channels])).attributes).toEqual([
      'rtpmap:97 opus/48000/2',
      `fmtp:97 sprop-stereo=${channels - 1}`,
    ])
  })

  it('is refused with more channels, or a record that is none', () => {
    for (const record of [[], [0], [0, 0], [0, 6], [1, 2]]) {
      expect(fault(() => audioTrack(opus(record)))).toMatchObject({ code: 'file-invalid' })
    }
  })
})
