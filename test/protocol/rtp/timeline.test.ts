import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Timeline } from '../../../protocol/rtp/timeline.ts'

const RATE = 90_000
const FRAME = 3_000
const FRAME_MS = 1000 / 30

describe('a timeline', () => {
  it('goes on over the wrap of the 32 bits, for days', () => {
    const timeline = new Timeline(RATE)
    const start = 0xffff_0000
    let ticks = timeline.place(start, 0)
    const wrong: number[] = []
    // A frame a second for four days: the timestamp wraps seven times.
    for (let second = 1; second <= 4 * 86_400; second++) {
      const next = timeline.place((start + second * RATE) % 2 ** 32, second * 1000)
      if (next - ticks !== RATE) wrong.push(second)
      ticks = next
    }
    expect(wrong).toEqual([])
    expect(timeline.jumps).toBe(0)
  })

  it('keeps small steps back, as of B-frames', () => {
    const timeline = new Timeline(RATE)
    const first = timeline.place(9_000, 0)
    expect(timeline.place(18_000, 33) - first).toBe(9_000)
    expect(timeline.place(12_000, 66) - first).toBe(3_000)
    expect(timeline.jumps).toBe(0)
  })

  it.each([
    ['forward', 1_000_000_000],
    ['back', -1_000_000_000],
  ])('goes on with the time that passed where the camera jumps %s', (_, jump) => {
    const timeline = new Timeline(RATE)
    const before = timeline.place(2_000_000_000, 0)
    const after = timeline.place(2_000_000_000 + jump, 100)
    expect(after - before).toBe(9_000)
    expect(timeline.place(2_000_000_000 + jump + FRAME, 100 + FRAME_MS) - after).toBe(FRAME)
    expect(timeline.jumps).toBe(1)
  })

  it('takes a long step as true where as much time has passed', () => {
    const timeline = new Timeline(RATE)
    const before = timeline.place(0, 0)
    expect(timeline.place(60 * RATE, 60_000) - before).toBe(60 * RATE)
    expect(timeline.jumps).toBe(0)
  })

  it('takes a burst after a stall as it is: the packets were sent in time', () => {
    const timeline = new Timeline(RATE)
    let ticks = timeline.place(0, 0)
    for (let frame = 1; frame < 600; frame++) {
      const next = timeline.place(frame * FRAME, 20_000)
      expect(next - ticks).toBe(FRAME)
      ticks = next
    }
  })

  it('has a new origin after a restart', () => {
    const timeline = new Timeline(RATE)
    const before = timeline.place(5_000, 0)
    expect(timeline.place(77_000, 2_000, true) - before).toBe(2 * RATE)
  })

  it('locates a timestamp near the newest without moving', () => {
    const timeline = new Timeline(RATE)
    const ticks = timeline.place(0xffff_ffff, 0)
    expect(timeline.locate(99) - ticks).toBe(100)
    expect(timeline.place(9, 1) - ticks).toBe(10)
  })

  it('never jumps by more than the time that passed and a few seconds, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(0xffff_ffff), fc.nat(10_000), fc.boolean()), { minLength: 2 }),
        (packets) => {
          const timeline = new Timeline(RATE)
          let now = 0
          let last: number | undefined
          for (const [timestamp, wait, restarted] of packets) {
            now += wait
            const ticks = timeline.place(timestamp, now, restarted)
            if (last !== undefined) expect(Math.abs(ticks - last) / RATE).toBeLessThanOrEqual(wait / 1000 + 5.1)
            last = ticks
          }
        },
      ),
    )
  })
})
