import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { planesOf } from '../../../../web/playback/sound/samples.ts'
import { SoundPlayout, SoundRing } from '../../../../web/playback/sound/sound-worklet.ts'

const OUTPUT = 48_000
const BLOCK = 128
const TONE = 440

/** A tone whose phase follows from the time of the stream, so that what is heard tells where it was taken from. */
const tone = (mediaTime: number, length: number, sampleRate: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(2 * Math.PI * TONE * (mediaTime + i / sampleRate)))

/** A slope: what is heard, times a hundred, is the time of the stream that it is of. */
const slope = (mediaTime: number, length: number, sampleRate: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => (mediaTime + i / sampleRate) / 100)

/** Plays in blocks; every 20 ms a chunk comes, `late` seconds after the picture of its end is seen. */
class Listener {
  readonly playout = new SoundPlayout()
  readonly heard: number[] = []
  readonly sampleRate: number
  readonly late: number
  readonly clock: number
  readonly signal: typeof tone
  time = 0
  #fed = 0

  constructor(sampleRate: number, late: number, clock = 1, signal = tone) {
    this.sampleRate = sampleRate
    this.late = late
    this.clock = clock
    this.signal = signal
  }

  listen(seconds: number, feeds = true): void {
    const end = this.time + seconds
    while (this.time < end) {
      const length = this.sampleRate / 50
      while (feeds && (this.#fed + length) / this.sampleRate <= (this.time - this.late) * this.clock) this.feed(length)
      const block = new Float32Array(BLOCK)
      this.playout.render([block], this.time, OUTPUT)
      this.heard.push(...block)
      this.time += BLOCK / OUTPUT
    }
  }

  feed(length: number): void {
    const mediaTime = this.#fed / this.sampleRate
    this.playout.push([this.signal(mediaTime, length, this.sampleRate)], this.sampleRate, mediaTime)
    this.#fed += length
  }

  /** The largest step from one sample to the next: a tone of 440 Hz makes steps of 0.058 at 48 kHz. */
  get largestStep(): number {
    return this.heard.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (this.heard[i - 1] ?? 0))), 0)
  }
}

const NO_CLICK = 0.07

it.each([8000, 16_000, 44_100, 48_000])('samples at %i Hz are heard as the tone they are', (sampleRate) => {
  const listener = new Listener(sampleRate, 0.01)
  listener.playout.aim(0)
  listener.listen(3)
  const last = listener.heard.slice(-OUTPUT)
  const crossings = last.filter((sample, i) => i > 0 && sample >= 0 && (last[i - 1] ?? 0) < 0).length
  expect(crossings).toBeGreaterThanOrEqual(TONE - 5)
  expect(crossings).toBeLessThanOrEqual(TONE + 5)
  expect(Math.max(...last)).toBeGreaterThan(0.97)
  expect(listener.largestStep).toBeLessThan(NO_CLICK)
})

it('sound is as little later than the picture as it comes later', () => {
  const listener = new Listener(8000, 0.08)
  listener.playout.aim(0)
  listener.listen(5)
  // It comes 80 ms late in chunks of 20 ms.
  expect(listener.playout.lag).toBeGreaterThan(0.08)
  expect(listener.playout.lag).toBeLessThan(0.13)
  const { underruns } = listener.playout
  listener.listen(5)
  expect(listener.playout.underruns).toBe(underruns)
})

it('how late it comes is known before the first is heard: none is missed, and it is no later than it has to be', () => {
  const listener = new Listener(8000, 0.08)
  listener.playout.aim(0)
  listener.listen(0.36)
  const first = listener.heard.findIndex((sample) => sample !== 0) / OUTPUT
  // Within half a second of being wanted.
  expect(first).toBeGreaterThan(0.1)
  expect(first).toBeLessThan(0.4)
  expect(listener.playout.lag).toBeCloseTo(0.105, 2)
  listener.listen(10)
  expect(listener.playout.underruns).toBe(0)
  expect(listener.playout.lag).toBeCloseTo(0.105, 2)
  expect(listener.largestStep).toBeLessThan(NO_CLICK)
})

it('one chunk that was late alone is an accident, the second a habit', () => {
  const listener = new Listener(8000, 0.01)
  listener.playout.aim(0)
  listener.listen(10)
  const { lag } = listener.playout
  listener.listen(0.08, false)
  listener.listen(6)
  expect(listener.playout.lag).toBeLessThan(lag + 0.005)
  for (let time = 0; time < 5; time++) {
    listener.listen(0.08, false)
    listener.listen(3)
  }
  const { underruns } = listener.playout
  expect(listener.playout.lag).toBeGreaterThan(lag + 0.05)
  for (let time = 0; time < 5; time++) {
    listener.listen(0.08, false)
    listener.listen(3)
  }
  expect(listener.playout.underruns).toBe(underruns)
})

it('tells how late it is, with what it is still out of place', () => {
  const listener = new Listener(8000, -0.3, 1, slope)
  listener.playout.aim(0)
  listener.listen(2)
  expect(listener.playout.lag).toBeCloseTo(0, 3)
  listener.playout.aim(0.05)
  listener.listen(0.1)
  expect(listener.playout.lag).toBeCloseTo(0.05, 2)
  listener.listen(8)
  expect(listener.playout.lag).toBeLessThan(0.005)
})

it('a network that stalls makes the sound no later than it was, once it is over', () => {
  const listener = new Listener(8000, 0.05)
  listener.playout.aim(0)
  listener.listen(3)
  const { lag } = listener.playout
  listener.listen(1, false)
  listener.listen(2)
  expect(listener.playout.lag).toBeLessThan(lag + 0.05)
  expect(listener.largestStep).toBeLessThan(NO_CLICK)
  expect(Math.max(...listener.heard.slice(-OUTPUT))).toBeGreaterThan(0.97)
})

it('lag that is not needed any more is given back, slowly', () => {
  const listener = new Listener(8000, -0.2)
  listener.playout.aim(0)
  listener.listen(30)
  expect(listener.playout.lag).toBeLessThan(0.001)
})

it('a picture that moves a little is followed by pace, without a click', () => {
  const [listener, slopes] = [tone, slope].map((signal) => new Listener(8000, -0.3, 1, signal))
  if (!listener || !slopes) throw new Error('There is nobody to listen')
  for (const one of [listener, slopes]) {
    one.playout.aim(0)
    one.listen(1)
    one.playout.aim(0.05)
    one.listen(10)
    expect(one.playout.underruns).toBe(0)
  }
  expect(listener.largestStep).toBeLessThan(NO_CLICK)
  const wanted = slopes.time + 0.05 - slopes.playout.lag
  expect(Math.abs((slopes.heard.at(-1) ?? 0) * 100 - wanted)).toBeLessThan(0.005)
})

it('a picture that jumps takes the sound along, with a fade', () => {
  const listener = new Listener(8000, -1)
  listener.playout.aim(0)
  listener.listen(1)
  listener.playout.aim(0.5)
  listener.listen(1)
  expect(listener.playout.underruns).toBe(0)
  expect(listener.largestStep).toBeLessThan(NO_CLICK)
})

it.each([0.999, 1.001])('without a picture it follows the clock of the camera, at %d of ours', (clock) => {
  const listener = new Listener(8000, 0, clock, slope)
  listener.playout.aim(null)
  listener.listen(120)
  const { underruns } = listener.playout
  listener.listen(60)
  expect(listener.playout.underruns).toBe(underruns)
  expect(Math.abs((listener.heard.at(-1) ?? 0) * 100 - listener.time * clock)).toBeLessThan(0.12)
})

it('where nobody sees the picture any more it plays as it comes, and is with the picture again when that is back', () => {
  const clock = 1.002
  const listener = new Listener(8000, 0.01, clock, slope)
  listener.playout.aim(0)
  listener.listen(2)
  listener.playout.aim(null)
  listener.listen(100)
  const heard = () => (listener.heard.at(-1) ?? 0) * 100
  // By the picture that was seen last it would be 0.2 s behind what has come.
  expect(listener.time * clock - heard()).toBeLessThan(0.12)
  listener.playout.aim(listener.time * (clock - 1))
  listener.listen(1)
  expect(Math.abs(listener.time * clock - heard())).toBeLessThan(0.06)
  listener.listen(10)
  // Where it was alone the time before says nothing of now.
  listener.playout.aim(null)
  listener.listen(2)
  expect(listener.time * clock - heard()).toBeLessThan(0.12)
})

it('what was lost is silence, and what follows keeps its place', () => {
  const ring = new SoundRing(1, 8000)
  ring.push([new Float32Array(160).fill(1)], 10)
  ring.push([new Float32Array(160).fill(1)], 10.04)
  expect(ring.endTime).toBeCloseTo(10.06, 6)
  expect(ring.sample(0, ring.placeOf(10.03))).toBe(0)
  expect(ring.sample(0, ring.placeOf(10.05))).toBe(1)
})

it('what comes twice is left out, and a jump begins anew', () => {
  const ring = new SoundRing(1, 8000)
  ring.push([new Float32Array(800).fill(1)], 10)
  ring.push([new Float32Array(800).fill(0.5)], 10.05)
  expect(ring.end - ring.start).toBe(1200)
  expect(ring.endTime).toBeCloseTo(10.15, 6)
  ring.push([new Float32Array(800)], 3)
  expect(ring.end - ring.start).toBe(800)
  expect(ring.endTime).toBeCloseTo(3.1, 6)
})

it('the ring holds two seconds and no more', () => {
  const ring = new SoundRing(2, 8000)
  for (let i = 0; i < 500; i++) ring.push([new Float32Array(160), new Float32Array(160)], i * 0.02)
  expect(ring.end - ring.start).toBe(16_000)
})

it('samples of 16 and of 24 bits become numbers from -1 to 1, a channel at a time', () => {
  expect(planesOf(Uint8Array.of(0x00, 0x80, 0xff, 0x7f, 0x00, 0x40, 0x00, 0xc0), 2, 2)).toEqual([
    Float32Array.of(-1, 0.5),
    Float32Array.of(0x7fff / 0x8000, -0.5),
  ])
  expect(planesOf(Uint8Array.of(0x00, 0x00, 0x80, 0x00, 0x00, 0x40, 0xff), 3, 1)).toEqual([Float32Array.of(-1, 0.5)])
})

it('the module imports nothing, since bundlers hand it on as it is', () => {
  const source = readFileSync(new URL('../../../../web/playback/sound/sound-worklet.ts', import.meta.url), 'utf8')
  expect(source).not.toMatch(/^\s*import\b|\bimport\(|^export .* from /m)
})
