import { describe, expect, it } from 'vitest'
import { ClockRateWatch } from '../../../protocol/rtp/clock-rate-watch.ts'

const STATED = 90_000

/** A watch and what it makes of a picture every 40 ms. */
function watching(begin = 1_000, all: ClockRateWatch[] = []) {
  const watch = new ClockRateWatch(STATED, { timestamp: begin, arrival: 0 }, all)
  let arrival = 0
  let timestamp = begin
  return {
    watch,
    /** @returns what the last of so many packets was translated to */
    send(packets: number, ticks: number, milliseconds = 40): number {
      let translated = 0
      for (let i = 0; i < packets; i++) {
        arrival += milliseconds
        timestamp = (timestamp + ticks) >>> 0
        translated = watch.translate(timestamp, arrival, true)
      }
      return translated
    },
  }
}

describe('the watch over the clock rate', () => {
  it('leaves timestamps as they are, as long as they count what is stated', () => {
    const { watch, send } = watching(2 ** 32 - 10_000)
    expect(send(500, 3_600)).toBe(500 * 3_600 - 10_000)
    expect(watch.rate).toBe(STATED)
  })

  it('translates what counts another usual rate, from where it would be by now', () => {
    const { watch, send } = watching()
    send(99, 40)
    expect(watch.rate).toBe(1_000)
    expect(watch.changed).toBe(false)
    const before = send(1, 40)
    expect(before).toBeCloseTo(1_000 + 4 * STATED, -3)
    expect(send(25, 40) - before).toBe(STATED)
  })

  it('changes its mind at the beginning of a unit only', () => {
    const { watch } = watching()
    for (let arrival = 0; arrival < 10_000 && watch.rate === STATED; arrival += 8) {
      // Five packets a picture; the marker is on the last.
      const translated = watch.translate(1_000 + Math.floor(arrival / 40) * 40, arrival, (arrival / 8) % 5 === 4)
      if (watch.changed) expect([(arrival / 8) % 5, translated > 100_000]).toEqual([0, true])
    }
    expect(watch.rate).toBe(1_000)
  })

  it('needs no rate that is usual to see that timestamps far too slow are none', () => {
    const { watch, send } = watching()
    // 13,500 a second.
    send(249, 540)
    expect(watch.rate).toBe(STATED)
    send(10, 540)
    expect(watch.rate).toBe(0)
    expect(watch.locate(0)).toBeUndefined()
  })

  it('holds nothing against a clock that is a little off, or a network that is the same for all', () => {
    const slow = watching()
    slow.send(2_000, 3_500)
    expect(slow.watch.rate).toBe(STATED)
    const all: ClockRateWatch[] = []
    const [picture, sound] = [watching(0, all), watching(0, all)]
    // 48,000 a second, as it seems.
    for (let i = 0; i < 50; i++) for (const track of [picture, sound]) track.send(20, 1_920)
    expect([picture.watch.rate, sound.watch.rate]).toEqual([STATED, STATED])
    expect(watchedAlone()).toBe(48_000)
  })

  it('takes 44,100 for 48,000 only where that goes on for long', () => {
    const { watch, send } = watching()
    const ticks = 48_000 / 25
    send(210, ticks)
    expect(watch.rate).toBe(48_000)
    send(300, 44_100 / 25)
    expect(watch.rate).toBe(48_000)
    send(800, 44_100 / 25)
    expect(watch.rate).toBe(44_100)
  })

  it('does not take what comes faster than pictures can for a clock', () => {
    const { watch, send } = watching()
    // A file, as fast as it goes: 1,000,000 ticks a second.
    send(5_000, 4_000, 4)
    expect(watch.rate).toBe(STATED)
    send(800, 40_000)
    expect(watch.rate).toBe(1_000_000)
  })
})

function watchedAlone(): number {
  const { watch, send } = watching()
  send(1_000, 1_920)
  return watch.rate
}
