import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Clip } from '../../../bridge/simulated-camera/clip.ts'
import { readClip } from '../../../bridge/simulated-camera/clip-reader.ts'
import { readMp4 } from '../../../bridge/simulated-camera/mp4-reader.ts'
import { TrackLoop } from '../../../bridge/simulated-camera/track-loop.ts'
import { ProtocolError } from '../../../protocol/errors.ts'

let clip: Clip
let picture: TrackLoop
let sound: TrackLoop
beforeAll(async () => {
  clip = readClip(await readFile(new URL('../../../bridge/simulated-camera/clip.mp4', import.meta.url)))
  const [video, audio] = clip.tracks
  if (!video || !audio) throw new Error('the clip has two tracks')
  picture = new TrackLoop(video, clip.period)
  sound = new TrackLoop(audio, clip.period)
})

/** A minute of our time, in seconds of the epoch. */
const MINUTE = 1_800_000_000

const times = (loop: TrackLoop, from: number, count: number): number[] => {
  let position = loop.seek(from * loop.track.clockRate)
  return Array.from({ length: count }, () => {
    const time = loop.rtpTime(position)
    position = loop.next(position)
    return time
  })
}
const steps = (values: number[]) => new Set(values.slice(1).map((value, index) => value - (values[index] ?? 0)))

describe('the endless track', () => {
  it('is at the frame of the second of the minute', () => {
    expect(picture.seek(MINUTE * 90_000).index).toBe(0)
    expect(picture.seek((MINUTE + 37) * 90_000).index).toBe(37 * 25)
    expect(picture.seek((MINUTE + 37.481) * 90_000).index).toBe(37 * 25 + 13)
    expect(picture.rtpTime(picture.seek((MINUTE + 37) * 90_000))).toBe((MINUTE + 37) * 90_000)
  })

  it('goes over the seam without a step in the time of the picture', () => {
    expect(steps(times(picture, MINUTE - 121, 25 * 200))).toEqual(new Set([3600]))
  })

  it('goes over the seam without a gap or an overlap in the sound, although a minute is no whole number of frames', () => {
    expect(steps(times(sound, MINUTE - 121, 47 * 200))).toEqual(new Set([1024]))
  })

  it('keeps sound and picture together within half a frame of sound, for years', () => {
    for (const minutes of [0, 1, 2, 3, 1000, 525_600]) {
      const start = (MINUTE + minutes * 60) * 48_000
      let position = sound.seek(start - 2000)
      while (position.index !== 0) position = sound.next(position)
      // Frame 0 is the encoder's run-up of 1024 samples.
      expect(Math.abs(sound.rtpTime(position) + 1024 - start)).toBeLessThanOrEqual(512)
    }
  })

  it('finds the first frame at or after any moment', () => {
    for (const loop of [picture, sound]) {
      for (let i = 0; i < 500; i++) {
        const ticks = Math.round((MINUTE - 1 + i / 249) * loop.track.clockRate)
        const position = loop.seek(ticks)
        expect(loop.sendTime(position)).toBeGreaterThanOrEqual(ticks)
        expect(loop.sendTime(position) - ticks).toBeLessThanOrEqual(3600)
      }
    }
  })
})

describe('the clip', () => {
  it('has a keyframe at each full second, and describes both tracks completely', () => {
    const [video, audio] = clip.tracks
    expect(clip.period).toBe(60)
    expect(video?.attributes.join('\n')).toMatch(
      /packetization-mode=1;profile-level-id=4D401E;sprop-parameter-sets=Z\S+,a\S+/,
    )
    expect(video?.attributes).toContain('framerate:25')
    expect(audio?.attributes.join('\n')).toMatch(/mpeg4-generic\/48000\/1/)
    expect(audio?.attributes.join('\n')).toMatch(
      /mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1188/,
    )
  })

  it('is refused with the place where a sample is damaged', async () => {
    const bytes = await readFile(new URL('../../../bridge/simulated-camera/clip.mp4', import.meta.url))
    const damaged = Uint8Array.from(bytes)
    // The length in front of the NAL unit: it reaches beyond the sample then.
    readMp4(damaged).video?.samples[3]?.data.fill(0x7f)
    expect(() => readClip(damaged)).toThrow(ProtocolError)
    expect(() => readClip(damaged)).toThrow(/Sample 4 of the video/)
  })
})
