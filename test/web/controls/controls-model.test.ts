import { describe, expect, it } from 'vitest'
import type { ControlledPlayer } from '../../../web/controls/controlled-player.ts'
import { clockTime, delayInWords, delayOf, isAtEdge } from '../../../web/controls/controls-model.ts'
import { fileName } from '../../../web/controls/saving.ts'

const ranges = (...spans: [number, number][]): TimeRanges => ({
  length: spans.length,
  start: (index) => spans[index]?.[0] ?? Number.NaN,
  end: (index) => spans[index]?.[1] ?? Number.NaN,
})

const live = (more: Partial<ControlledPlayer> = {}): ControlledPlayer =>
  ({
    state: 'playing',
    duration: Number.POSITIVE_INFINITY,
    seekable: ranges(),
    currentTime: 50,
    ...more,
  }) as ControlledPlayer

describe('the present', () => {
  it('is on the screen of a live stream that plays', () => {
    expect(isAtEdge(live())).toBe(true)
    expect(isAtEdge(live({ state: 'paused' }))).toBe(false)
    expect(isAtEdge(live({ state: 'stalled' }))).toBe(false)
    expect(isAtEdge(live({ duration: 60 }))).toBe(false)
  })

  it('is not where a person has gone back to', () => {
    expect(isAtEdge(live({ seekable: ranges([10, 51]) }))).toBe(true)
    expect(isAtEdge(live({ seekable: ranges([10, 80]) }))).toBe(false)
  })
})

describe('the delay', () => {
  it('is how old the picture is, where it stands still', () => {
    const statistics = { stale: true, frameAge: 7_000, captureDelay: 80, delay: 20 }
    expect(delayOf(live({ statistics } as Partial<ControlledPlayer>))).toBe(7_000)
    expect(delayOf(live({ statistics: { ...statistics, stale: false } } as Partial<ControlledPlayer>))).toBe(80)
    expect(delayOf(live())).toBeUndefined()
  })

  it.each([
    [83.4, 'en', '83 ms'],
    [1_240, 'en', '1.2 sec'],
    [1_240, 'de', '1,2 Sek.'],
  ])('%d ms in %s is %s', (delay, language, words) => {
    expect(delayInWords(delay, language).replace(/\u00a0|\u202f/g, ' ')).toBe(words)
  })
})

it.each([
  [0, '0:00'],
  [65.9, '1:05'],
  [3_723, '1:02:03'],
  [Number.NaN, '0:00'],
])('%d seconds are %s', (seconds, time) => {
  expect(clockTime(seconds)).toBe(time)
})

it.each([
  ['lobby', 'lobby-2026-11-23-08-15-02.png'],
  ['floor 2/door', 'floor-2-door-2026-11-23-08-15-02.png'],
  ['rtsp://admin:secret@host/x', 'camera-2026-11-23-08-15-02.png'],
  ['廊下', '廊下-2026-11-23-08-15-02.png'],
])('a snapshot of %s is named %s', (src, name) => {
  expect(fileName(src, new Date(2026, 10, 23, 8, 15, 2), 'png')).toBe(name)
})
