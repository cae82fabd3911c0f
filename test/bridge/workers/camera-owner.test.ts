import { describe, expect, it } from 'vitest'
import { cameraOwner } from '../../../bridge/workers/camera-owner.ts'

const streams = Array.from({ length: 3_000 }, (_, index) => `floor-${index % 7}/camera-${index}`)

describe('the worker that has a camera', () => {
  it('is one of them, the same each time', () => {
    for (const stream of streams.slice(0, 100)) {
      const owner = cameraOwner(stream, 5)
      expect(owner).toBeGreaterThanOrEqual(1)
      expect(owner).toBeLessThanOrEqual(5)
      expect(cameraOwner(stream, 5)).toBe(owner)
    }
    expect(cameraOwner('lobby', 1)).toBe(1)
  })

  it('is each of them about as often', () => {
    const counts = new Map<number, number>()
    for (const stream of streams) {
      const owner = cameraOwner(stream, 4)
      counts.set(owner, (counts.get(owner) ?? 0) + 1)
    }
    expect(counts.size).toBe(4)
    for (const count of counts.values()) expect(Math.abs(count - 750)).toBeLessThan(120)
  })

  it('is another one with one worker more only where it is the new one', () => {
    const moved = streams.filter((stream) => cameraOwner(stream, 4) !== cameraOwner(stream, 5))
    expect(moved.length).toBeGreaterThan(400)
    expect(moved.length).toBeLessThan(800)
    expect(new Set(moved.map((stream) => cameraOwner(stream, 5)))).toEqual(new Set([5]))
  })
})
