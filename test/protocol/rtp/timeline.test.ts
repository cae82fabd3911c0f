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

  it('has a new origin with a new source', () => {
    const timeline = new Timeline(RATE)
    const before = timeline.place(5_000, 0)
    expect(timeline.place(77_000, 2_000, 'new') - before).toBe(2 * RATE)
    expect(timeline.step).toBe('new-origin')
  })

  it('keeps its origin through a restart of the sequence where the timestamps go on, and only there', () => {
    const timeline = new Timeline(RATE)
    const before = timeline.place(5_000, 0)
    const after = timeline.place(5_000 + 3 * RATE, 3_010, 'doubtful')
    expect(after - before).toBe(3 * RATE)
    expect(timeline.step).toBe('continued')
    expect(timeline.place(0, 5_010, 'doubtful') - after).toBe(2 * RATE)
    expect(timeline.step).toBe('new-origin')
  })

  it('goes on from the latest picture where the clock was set back, and does not repeat what was shown', () => {
    const timeline = new Timeline(RATE)
    let front = 0
    for (let frame = 0; frame < 100; frame++) front = timeline.place(frame * FRAME, frame * FRAME_MS)
    const back = timeline.place(100 * FRAME - 3 * RATE, 100 * FRAME_MS)
    expect(back - front).toBeCloseTo(FRAME, -1)
    expect(timeline.step).toBe('jumped-back')
    expect(timeline.place(101 * FRAME - 3 * RATE, 101 * FRAME_MS) - back).toBe(FRAME)
    expect(timeline.jumps).toBe(1)
  })

  it('goes on behind the latest picture, where the one before the jump was a B-frame', () => {
    const timeline = new Timeline(RATE)
    timeline.place(0, 0)
    const latest = timeline.place(3 * FRAME, FRAME_MS)
    timeline.place(FRAME, 2 * FRAME_MS)
    expect(timeline.place(3_000_000_000, 3 * FRAME_MS) - latest).toBeCloseTo(FRAME, 5)
  })

  it('keeps the steps of pictures that come seldom, forward and back', () => {
    const timeline = new Timeline(RATE)
    const first = timeline.place(0, 0)
    // A picture every 2 seconds, two of three B-frames.
    for (const [index, picture] of [3, 1, 2, 6, 4, 5, 9, 7, 8].entries()) {
      expect((timeline.place(picture * 2 * RATE, (index + 1) * 2_000) - first) / RATE).toBe(picture * 2)
    }
    expect(timeline.jumps).toBe(0)
  })

  it('keeps a silence of any length, though the timestamp wraps within it', () => {
    const timeline = new Timeline(RATE)
    let ticks = timeline.place(0xffff_0000, 0)
    let seconds = 0
    for (const hours of [1, 7, 13, 14, 100, 24 * 30]) {
      seconds += hours * 3_600
      const next = timeline.place((0xffff_0000 + seconds * RATE) % 2 ** 32, seconds * 1000 + 80)
      expect((next - ticks) / RATE).toBe(hours * 3_600)
      ticks = next
    }
    expect(timeline.jumps).toBe(0)
  })

  it('takes what the camera left out at the end of a stall as it is, not as a jump', () => {
    const timeline = new Timeline(RATE)
    for (let frame = 0; frame < 30; frame++) timeline.place(frame * FRAME, frame * FRAME_MS)
    // 20 s of nothing, then 8 s of pictures in one burst, and the 12 s after them were never sent.
    let ticks = 0
    for (let frame = 30; frame < 270; frame++) ticks = timeline.place(frame * FRAME, 21_000)
    expect(timeline.place(630 * FRAME, 21_010) - ticks).toBe(361 * FRAME)
    expect(timeline.jumps).toBe(0)
    // The lag is made up for now: the same again is a jump.
    timeline.place(990 * FRAME, 21_020)
    expect(timeline.step).toBe('jumped-forward')
  })

  it('tells nothing of a timestamp before the first packet, nor of one of another origin', () => {
    const timeline = new Timeline(RATE)
    expect(timeline.locate(99, 0, 10)).toBeUndefined()
    const ticks = timeline.place(0xffff_ffff, 0)
    expect(timeline.locate(99, 0, 10)).toBe(ticks + 100)
    expect(timeline.locate(99 + 60 * RATE, 0, 10)).toBeUndefined()
    expect(timeline.locate(99 + 60 * RATE, 55_000, 10)).toBe(ticks + 100 + 60 * RATE)
    expect(timeline.place(9, 1)).toBe(ticks + 10)
  })

  it('follows a camera whose clock is 200 ppm fast or slow for ten days, with jitter, tick for tick', () => {
    for (const drift of [200e-6, -200e-6]) {
      const timeline = new Timeline(RATE)
      const step = Math.round(10 * RATE * (1 + drift))
      const first = timeline.place(7, 0)
      let ticks = first
      for (let index = 1; index <= 86_400; index++) {
        ticks = timeline.place((7 + index * step) % 2 ** 32, index * 10_000 + (index % 7) * 30)
      }
      expect(ticks - first).toBe(86_400 * step)
      expect(timeline.jumps).toBe(0)
    }
  })

  it('never jumps by more than the time that passed and a few seconds, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(0xffff_ffff), fc.nat(10_000), fc.constantFrom('same', 'doubtful', 'new')), {
          minLength: 2,
        }),
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
