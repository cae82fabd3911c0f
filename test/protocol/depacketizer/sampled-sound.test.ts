import { describe, expect, it, vi } from 'vitest'
import { SampledSoundDepacketizer } from '../../../protocol/depacketizer/sampled-sound.ts'
import { Dvi4Decoder } from '../../../protocol/sound/dvi4.ts'
import { G711Decoder } from '../../../protocol/sound/g711.ts'
import { G722Decoder } from '../../../protocol/sound/g722.ts'
import { G726Decoder } from '../../../protocol/sound/g726.ts'
import { L8Decoder, L16Decoder, L24Decoder } from '../../../protocol/sound/linear-pcm.ts'
import { pullAll, push } from './packets.ts'

const pcma = () =>
  new SampledSoundDepacketizer({ decoder: new G711Decoder('a'), sampleRate: 8000, channels: 1, clockRate: 8000 })
/** A-law for the smallest value above zero. */
const QUIET = 0xd5

describe('sample-based sound', () => {
  it('becomes samples, a unit for each packet, with the configuration in front', () => {
    const depacketizer = pcma()
    const [unit] = push(depacketizer, [QUIET, QUIET], { timestamp: 100 })
    expect(unit).toEqual({
      data: [8, 0, 8, 0],
      timestamp: 100,
      randomAccess: true,
      discontinuity: false,
      configuration: {
        kind: 'audio',
        codec: 'pcm-s16',
        description: new Uint8Array(0),
        sampleRate: 8000,
        channels: 1,
      },
      duration: 2,
    })
    expect(push(depacketizer, [QUIET], { timestamp: 102 })).toMatchObject([{ configuration: undefined, duration: 1 }])
  })

  it.each([1, 10, 20, 30, 60, 100, 1000])('comes in packets of %i ms, exact to the tick', (milliseconds) => {
    const depacketizer = pcma()
    let time = 0
    for (let i = 0; i < 5; i++) {
      const [unit] = push(depacketizer, new Uint8Array(8 * milliseconds).fill(QUIET), { timestamp: time })
      expect(unit).toMatchObject({ timestamp: time, duration: 8 * milliseconds })
      expect(unit?.data).toHaveLength(16 * milliseconds)
      time += unit?.duration ?? 0
    }
  })

  it('lasts half as many ticks as it has samples with G.722, whose clock is slow', () => {
    const options = { decoder: new G722Decoder(), sampleRate: 16_000, channels: 1, clockRate: 8000 }
    const [unit] = push(new SampledSoundDepacketizer(options), new Uint8Array(160))
    expect(unit).toMatchObject({ duration: 160, configuration: { sampleRate: 16_000 } })
    expect(unit?.data).toHaveLength(640)
  })

  it('may have several channels, a sample of each after the other', () => {
    const decoder = new L16Decoder(44_100, 2, vi.fn())
    const depacketizer = new SampledSoundDepacketizer({ decoder, sampleRate: 44_100, channels: 2, clockRate: 44_100 })
    const [unit] = push(depacketizer, [0, 1, 0, 2, 0, 3, 0, 4])
    expect(unit).toMatchObject({ data: [1, 0, 2, 0, 3, 0, 4, 0], duration: 2, configuration: { channels: 2 } })
    // A sample of the left channel and none of the right: not of one moment.
    expect(push(depacketizer, [0, 1, 0, 2, 0, 3])).toMatchObject([{ data: [1, 0, 2, 0], duration: 1 }])
  })

  it.each([
    ['L8', new L8Decoder(), 8000, 160, 160],
    ['L24', new L24Decoder(), 48_000, 2880, 960],
    ['G726-16', new G726Decoder(2, 'rfc3551'), 8000, 40, 160],
    ['G726-24', new G726Decoder(3, 'rfc3551'), 8000, 60, 160],
    ['G726-40', new G726Decoder(5, 'aal2'), 8000, 100, 160],
    ['DVI4', new Dvi4Decoder(), 8000, 84, 160],
  ] as const)('of %s lasts as long as its samples', (_, decoder, rate, bytes, samples) => {
    const depacketizer = new SampledSoundDepacketizer({ decoder, sampleRate: rate, channels: 1, clockRate: rate })
    const [unit] = push(depacketizer, new Uint8Array(bytes))
    expect(unit?.duration).toBe(samples)
    expect(unit?.data).toHaveLength(samples * (decoder.codec === 'pcm-s24' ? 3 : 2))
  })

  it('that is lost leaves a gap in time, which the next unit tells of', () => {
    const depacketizer = pcma()
    push(depacketizer, [QUIET], { timestamp: 0 })
    expect(push(depacketizer, [QUIET], { timestamp: 320, lost: 1 })).toMatchObject([
      { timestamp: 320, discontinuity: true },
    ])
    expect(push(depacketizer, [QUIET], { timestamp: 321 })).toMatchObject([{ discontinuity: false }])
  })

  it('that is too short for a sample is counted, and nothing else happens', () => {
    const decoder = new L24Decoder()
    const depacketizer = new SampledSoundDepacketizer({ decoder, sampleRate: 8000, channels: 2, clockRate: 8000 })
    for (const payload of [[], [1], [1, 2, 3, 4, 5]]) expect(push(depacketizer, payload)).toEqual([])
    expect(depacketizer.statistics).toEqual({ units: 0, dropped: 0, malformed: 3 })
    expect(push(depacketizer, [0, 0, 1, 0, 0, 2])).toHaveLength(1)
    depacketizer.flush()
    expect(pullAll(depacketizer)).toEqual([])
  })

  it('may fill the largest packet that there is', () => {
    const options = { decoder: new G726Decoder(2, 'aal2'), sampleRate: 8000, channels: 1, clockRate: 8000 }
    const [unit] = push(new SampledSoundDepacketizer(options), new Uint8Array(65_523))
    expect(unit?.duration).toBe(65_523 * 4)
  })
})
