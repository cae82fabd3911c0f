import { describe, expect, it } from 'vitest'
import { Ticks } from '../../../protocol/units.ts'
import { type KeptUnit, KeptUnits } from '../../../web/recording/kept-units.ts'

const picture = (start: number, isEntry: boolean, bytes = 10): KeptUnit => ({
  trackId: 1,
  data: new Uint8Array(bytes),
  time: Ticks(start * 90_000),
  duration: undefined,
  randomAccess: isEntry,
  reorderDepth: 0,
  start,
  isEntry,
  capturedAt: 0,
})
const sound = (start: number, bytes = 1): KeptUnit => ({
  ...picture(start, false, bytes),
  trackId: 2,
  randomAccess: true,
})

/** Ten seconds: a keyframe each second, ten pictures a second, and sound that comes 0.3 s too early. */
function filled(seconds: number, maxBytes?: number): KeptUnits {
  const kept = new KeptUnits(maxBytes)
  kept.seconds = seconds
  for (let frame = 0; frame < 100; frame++) {
    kept.push(sound(frame / 10 + 0.3))
    kept.push(picture(frame / 10, frame % 10 === 0))
  }
  return kept
}

const starts = (units: readonly KeptUnit[], trackId = 1) =>
  units.filter((unit) => unit.trackId === trackId).map(({ start }) => Math.round(start * 10) / 10)

describe('what is kept', () => {
  it('begins with the keyframe before the seconds that are wanted', () => {
    const units = filled(5).newest(3.5)
    expect(units[0]).toMatchObject({ start: 6, isEntry: true })
    expect(starts(units)).toHaveLength(40)
  })

  it('has the sound that came before the picture it belongs to', () => {
    const [first, second] = starts(filled(5).newest(3.5), 2)
    expect(first).toBeLessThanOrEqual(6)
    expect(second).toBeLessThan(6.3)
  })

  it('is no more than was wanted, and the group of pictures that it begins in', () => {
    expect(starts(filled(5).newest(1000))[0]).toBe(4)
    expect(starts(filled(0).newest(1000))[0]).toBe(9)
  })

  it('is bounded in bytes: the oldest groups of pictures go', () => {
    const kept = filled(1000, 350)
    expect(kept.bytes).toBeLessThanOrEqual(350)
    expect(starts(kept.newest(1000))[0]).toBe(7)
  })

  it('is nothing up to the next keyframe where one group of pictures is too large', () => {
    const kept = new KeptUnits(50)
    kept.push(picture(0, true))
    for (let frame = 1; frame < 10; frame++) kept.push(picture(frame / 10, false))
    expect(kept.newest(10)).toEqual([])
    kept.push(picture(1, true))
    expect(starts(kept.newest(10))).toEqual([1])
    expect(kept.bytes).toBeLessThanOrEqual(50)
  })

  it('is bounded before the first keyframe too', () => {
    const kept = new KeptUnits()
    for (let frame = 0; frame < 10_000; frame++) kept.push(sound(frame / 50))
    expect(kept.bytes).toBeLessThan(1_000)
    expect(kept.isStartable).toBe(false)
  })

  it('of sound alone begins anywhere', () => {
    const kept = new KeptUnits()
    kept.seconds = 2
    for (let frame = 0; frame < 500; frame++) kept.push({ ...sound(frame / 50), isEntry: true })
    expect(kept.newest(1)[0]?.start).toBeCloseTo(8.98, 2)
    expect(kept.newest(1000)[0]?.start).toBeCloseTo(7.98, 2)
  })
})
