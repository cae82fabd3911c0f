import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccessUnit } from '../../../protocol/depacketizer/access-unit.ts'
import { Segmenter } from '../../../protocol/fmp4/segmenter.ts'
import { Milliseconds, Ticks } from '../../../protocol/units.ts'
import { AUDIO, VIDEO } from '../../support/configurations.ts'
import { type ReadFragment, readFragment } from './boxes.ts'

const FRAME = 3000

const unit = (fields: Partial<AccessUnit> = {}): AccessUnit => ({
  data: Uint8Array.of(1, 2, 3),
  timestamp: Ticks(0),
  randomAccess: false,
  discontinuity: false,
  ...fields,
})
const video = () => new Segmenter({ trackId: 1, kind: 'video', clockRate: 90_000 })
const push = (segmenter: Segmenter, time: number, fields: Partial<AccessUnit> = {}) =>
  segmenter.push(unit(fields), Ticks(time), Milliseconds(7))

/** The fragments of pictures at these presentation times. */
function fragments(times: readonly number[], configuration = VIDEO): (ReadFragment & { presentation: number })[] {
  const segmenter = video()
  return times.map((time, index) => {
    const { media } = push(segmenter, time, index === 0 ? { configuration, randomAccess: true } : {})
    if (!media) throw new Error('no segment')
    const fragment = readFragment(media.data)
    return { ...fragment, presentation: fragment.decodeTime + fragment.compositionOffset }
  })
}

/** What browsers ask of consecutive samples: Media Source Extensions, coded frame processing, step 6. */
function expectNoGap(samples: readonly ReadFragment[]): void {
  for (const [index, sample] of samples.entries()) {
    const previous = samples[index - 1]
    expect(sample.duration).toBeGreaterThan(0)
    if (!previous) continue
    expect(sample.decodeTime).toBeGreaterThan(previous.decodeTime)
    expect(sample.decodeTime - previous.decodeTime).toBeLessThan(Math.max(2, 2 * previous.duration))
  }
}

describe('the segmenter', () => {
  it('gives an initialization segment before the first fragment, and one fragment for each access unit', () => {
    const segmenter = video()
    const { initialization, media } = push(segmenter, 0, { configuration: VIDEO, randomAccess: true })
    expect(initialization).toMatchObject({ trackId: 1, kind: 'video', mimeType: 'video/mp4; codecs="avc1.4D401F"' })
    expect(media).toMatchObject({ trackId: 1, start: 0, randomAccess: true, arrival: 7 })
    expect(media?.duration).toBeCloseTo(1 / 30)
    expect(media && readFragment(media.data)).toMatchObject({
      ...{ sequenceNumber: 1, trackId: 1, decodeTime: 0, duration: FRAME, flags: 0x0200_0000, data: [1, 2, 3] },
    })
    const next = push(segmenter, FRAME)
    expect(next.initialization).toBeNull()
    expect(next.media && readFragment(next.media.data)).toMatchObject({
      ...{ sequenceNumber: 2, decodeTime: FRAME, flags: 0x0101_0000, compositionOffset: 0 },
    })
  })

  it('gives nothing before a configuration is known', () => {
    expect(push(video(), 0)).toEqual({ initialization: null, media: null })
  })

  it('gives a new initialization segment when the decoder needs one, and only then', () => {
    const segmenter = video()
    push(segmenter, 0, { configuration: VIDEO })
    expect(push(segmenter, 3000, { configuration: { ...VIDEO } }).initialization).toBeNull()
    expect(push(segmenter, 6000, { configuration: { ...VIDEO, reorderDepth: 4 } }).initialization).toBeNull()
    const changed = { ...VIDEO, description: Uint8Array.of(1, 2, 4) }
    expect(push(segmenter, 9000, { configuration: changed }).initialization?.configuration).toBe(changed)
  })

  it('writes times above 32 bits, and access units of any size', () => {
    const segmenter = video()
    const data = new Uint8Array(300_000).fill(9)
    const { media } = push(segmenter, 2 ** 40 + 5, { configuration: VIDEO, data })
    const fragment = readFragment(media?.data ?? data)
    expect(fragment.decodeTime).toBe(2 ** 40 + 5)
    expect(fragment.data).toHaveLength(300_000)
    expect(readFragment(push(segmenter, 2 ** 40 + 3005).media?.data ?? data).data).toEqual([1, 2, 3])
  })

  describe('with pictures', () => {
    it('states the running median of the deltas as duration', () => {
      const samples = fragments([0, 6000, 12_000, 18_100, 24_000, 60_000, 66_000])
      expect(samples.map((sample) => sample.duration)).toEqual([3000, 6000, 6000, 6000, 6000, 6000, 6000])
    })

    it('moves a time that does not increase by a tick', () => {
      const samples = fragments([0, 3000, 3000, 2000, 6000])
      expect(samples.map((sample) => sample.presentation)).toEqual([0, 3000, 3001, 3002, 6000])
    })

    it('keeps presentation times true and leaves no gap in decode times when pictures are missing', () => {
      const times = [0, 3000, 6000, 12_000, 15_000, 18_000, 48_000, 51_000, 54_000]
      const samples = fragments(times)
      expect(samples.map((sample) => sample.presentation)).toEqual(times)
      expectNoGap(samples)
    })

    it('catches up after the camera lowered its frame rate', () => {
      const times = Array.from({ length: 60 }, (_, index) =>
        index < 20 ? index * 3000 : 60_000 + (index - 20) * 18_000,
      )
      const samples = fragments(times)
      expect(samples.map((sample) => sample.presentation)).toEqual(times)
      expectNoGap(samples)
      expect(samples.at(-1)).toMatchObject({ compositionOffset: 0, duration: 18_000 })
    })

    it('never leaves a gap, whatever the times', () => {
      const delta = fc.oneof(fc.integer({ min: -9000, max: 9000 }), fc.integer({ min: 0, max: 10_000_000 }))
      fc.assert(
        fc.property(fc.array(delta, { minLength: 1, maxLength: 60 }), fc.nat(4), (deltas, reorderDepth) => {
          let time = 0
          const times = deltas.map((step) => {
            time = Math.max(0, time + step)
            return time
          })
          expectNoGap(fragments(times, { ...VIDEO, reorderDepth }))
        }),
      )
    })

    it('derives decode times of B-frames from the presentation times in order', () => {
      const order = [0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11].map((frame) => (frame + 10) * FRAME)
      const samples = fragments(order, { ...VIDEO, reorderDepth: 2 })
      expect(samples.map((sample) => sample.presentation)).toEqual(order)
      expect(samples.map((sample) => sample.decodeTime)).toEqual(order.map((_, index) => (8 + index) * FRAME))
      for (const sample of samples) expect(sample.compositionOffset).toBeGreaterThanOrEqual(0)
    })

    it('begins at zero with B-frames too', () => {
      const order = [0, 3, 1, 2, 6, 4, 5].map((frame) => frame * FRAME)
      const samples = fragments(order, { ...VIDEO, reorderDepth: 1 })
      expect(samples.map((sample) => sample.presentation)).toEqual(order)
      for (const sample of samples) expect(sample.compositionOffset).toBeGreaterThanOrEqual(0)
      expectNoGap(samples)
    })

    /** Decode times of pictures that are shown in this order, with the depth that they show so far. */
    function learned(order: readonly number[]) {
      const segmenter = video()
      let reorderDepth = 0
      return order.map((time, index) => {
        const grown = Math.max(reorderDepth, order.slice(0, index).filter((other) => other > time).length)
        const isNew = index === 0 || grown > reorderDepth
        reorderDepth = grown
        const { media } = push(segmenter, time, isNew ? { configuration: { ...VIDEO, reorderDepth } } : {})
        const fragment = readFragment(media?.data ?? new Uint8Array(0))
        return { ...fragment, presentation: fragment.decodeTime + fragment.compositionOffset, grew: isNew && index > 0 }
      })
    }

    it('has true decode times soon after a stream has shown how deep it is reordered', () => {
      const order = [20, 21, 22, 26, 24, 23, 25, 30, 28, 27, 29].map((frame) => frame * FRAME)
      const samples = learned(order)
      expect(samples.map((sample) => sample.presentation)).toEqual(order)
      expectNoGap(samples)
      // When the depth grows, to 2 with the sixth picture, decoding has gone too far: it stands still, but for a tick a
      // picture, until its time has come.
      expect(samples.map((sample) => sample.decodeTime).slice(3)).toEqual([
        ...[22 * FRAME + 1.5 * FRAME, 24 * FRAME, 24 * FRAME + 1, 24 * FRAME + 2],
        ...[25, 26, 27, 28].map((frame) => frame * FRAME),
      ])
    })

    it('keeps presentation times and the order of decoding however the depth grows', () => {
      // Groups of up to five pictures, each in any order.
      const group = fc.integer({ min: 1, max: 5 }).chain((size) =>
        fc.shuffledSubarray(
          Array.from({ length: size }, (_, index) => index),
          { minLength: size, maxLength: size },
        ),
      )
      fc.assert(
        fc.property(
          fc.array(group, { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 100, max: 20_000 }),
          (groups, step) => {
            let before = 10
            const order = groups.flatMap((positions) => {
              const times = positions.map((position) => (before + position) * step)
              before += positions.length
              return times
            })
            const samples = learned(order)
            expect(samples.map((sample) => sample.presentation)).toEqual(order)
            expectNoGap(samples)
            // A picture is decoded behind its time only while the depth is learned.
            const learnt = samples.slice(samples.findLastIndex(({ grew }) => grew) + 5)
            for (const { compositionOffset } of learnt) expect(compositionOffset).toBeGreaterThanOrEqual(0)
          },
        ),
      )
    })

    it('learns no duration from pictures that were moved by a tick', () => {
      const samples = fragments([0, 3000, 6000, 6000, 6000, 6000, 6000, 6000, 9000, 12_000])
      expect(samples.at(-1)?.duration).toBe(3000)
    })
  })

  describe('with sound', () => {
    const audio = () => new Segmenter({ trackId: 2, kind: 'audio', clockRate: 48_000 })
    const times = (...values: number[]) => {
      const segmenter = audio()
      const fields = { configuration: AUDIO, duration: Ticks(1024), randomAccess: true }
      return values.map((value) => {
        const { media } = push(segmenter, value, fields)
        return media && readFragment(media.data).decodeTime
      })
    }

    it('states the true duration', () => {
      const { media } = push(audio(), 0, { configuration: AUDIO, duration: Ticks(960), randomAccess: true })
      expect(media && readFragment(media.data).duration).toBe(960)
    })

    it('closes the small gaps and overlaps of timestamps in milliseconds', () => {
      expect(times(0, 1008, 2064, 3072)).toEqual([0, 1024, 2048, 3072])
    })

    it('keeps a real gap', () => {
      expect(times(0, 1024, 5000, 6024)).toEqual([0, 1024, 5000, 6024])
    })

    it('drops a frame whose time is taken', () => {
      expect(times(0, 1024, 1024, 2048)).toEqual([0, 1024, null, 2048])
    })
  })
})
