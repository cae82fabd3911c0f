import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TimeShift } from '../../../web/recording/time-shift.ts'

/** As much of a video element as is looked at. */
class FakeVideo {
  currentTime = 100
  paused = false
  seeking = false
  ranges: readonly (readonly [number, number])[] = [[40, 100.1]]

  get buffered() {
    const { ranges } = this
    const at = (index: number, side: 0 | 1) => ranges[index]?.[side] ?? 0
    return { length: ranges.length, start: (index: number) => at(index, 0), end: (index: number) => at(index, 1) }
  }

  async play(): Promise<void> {
    this.paused = false
  }

  pause(): void {
    this.paused = true
  }
}

function scene(seconds = 30) {
  const video = new FakeVideo()
  const edge = { isShifted: false, unstuck: 0, unstick: () => void edge.unstuck++ }
  const shift = new TimeShift(video as unknown as HTMLVideoElement, seconds, () => edge)
  return { video, edge, shift }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('time-shift', () => {
  it('leaves the play head alone from a pause on, and gives it back to the edge', () => {
    const { video, edge, shift } = scene()
    shift.pause()
    expect([video.paused, edge.isShifted, shift.isShifted]).toEqual([true, true, true])
    shift.play()
    expect([video.paused, edge.isShifted]).toEqual([false, true])
    shift.goLive()
    expect([edge.isShifted, shift.isShifted, edge.unstuck]).toEqual([false, false, 1])
  })

  it('stands before the edge is left, which would change the pace', () => {
    const { video, edge, shift } = scene()
    const stood: boolean[] = []
    Object.defineProperty(edge, 'isShifted', { set: () => stood.push(video.paused) })
    shift.pause()
    expect(stood).toEqual([true])
  })

  it('goes back as far as was wanted, and as far as there is', () => {
    const { video, shift } = scene(30)
    expect(shift.range).toEqual({ start: 70.1, end: 100.1 })
    shift.seek(0)
    expect(video.currentTime).toBe(70.1)
    shift.seconds = 1000
    expect(shift.range).toEqual({ start: 40, end: 100.1 })
    shift.seek(50)
    expect(video.currentTime).toBe(50)
  })

  it('takes a place at the edge for the edge', () => {
    const { edge, shift } = scene()
    shift.seek(80)
    expect(edge.isShifted).toBe(true)
    shift.seek(Number.MAX_VALUE)
    expect([edge.isShifted, edge.unstuck]).toEqual([false, 1])
  })

  it('goes on with the oldest where what stood is not kept any more, but not while it stands', () => {
    const { video, shift } = scene()
    shift.pause()
    video.ranges = [[110, 140]]
    vi.advanceTimersByTime(2_000)
    expect(video.currentTime).toBe(100)
    shift.play()
    expect(video.currentTime).toBe(110)
  })

  it('goes on with the oldest where that overtakes it while it plays', () => {
    const { video, shift } = scene(1000)
    shift.seek(60)
    video.ranges = [[70, 140]]
    vi.advanceTimersByTime(300)
    expect(video.currentTime).toBe(70)
  })

  it('jumps over a gap when it has stood before it for a while', () => {
    const { video, shift } = scene(1000)
    shift.seek(60)
    video.ranges = [
      [40, 60],
      [62, 100],
    ]
    vi.advanceTimersByTime(400)
    expect(video.currentTime).toBe(60)
    vi.advanceTimersByTime(600)
    expect(video.currentTime).toBe(62)
  })

  it('looks no longer when the present is shown again', () => {
    const { shift } = scene()
    shift.pause()
    expect(vi.getTimerCount()).toBe(1)
    shift.reset()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is nothing where nothing is there yet', () => {
    const { video, shift, edge } = scene()
    video.ranges = []
    expect(shift.range).toBeUndefined()
    shift.seek(3)
    expect([video.currentTime, edge.isShifted]).toEqual([100, false])
  })
})
