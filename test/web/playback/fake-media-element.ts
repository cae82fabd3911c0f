/** Ranges of seconds, as a media element tells them. */
const timeRanges = (ranges: readonly (readonly [number, number])[]): TimeRanges => ({
  length: ranges.length,
  start: (index) => ranges[index]?.[0] ?? Number.NaN,
  end: (index) => ranges[index]?.[1] ?? Number.NaN,
})

/** A SourceBuffer that is never busy, and writes down what it is told. */
class FakeSourceBuffer extends EventTarget {
  readonly log: string[]
  updating = false

  constructor(log: string[]) {
    super()
    this.log = log
  }

  appendBuffer(data: Uint8Array): void {
    this.#done(`append ${data[0]}`)
  }

  remove(start: number, end: number): void {
    this.#done(`remove ${start}-${end}`)
  }

  #done(what: string): void {
    this.log.push(what)
    this.updating = true
    queueMicrotask(() => {
      this.updating = false
      this.dispatchEvent(new Event('updateend'))
    })
  }
}

/** A MediaSource that opens at once; `FakeMediaSource.log` tells what became of all of them. */
export class FakeMediaSource extends EventTarget {
  static log: string[] = []
  static isTypeSupported(mimeType: string): boolean {
    return !mimeType.includes('unknown')
  }

  readyState = 'closed'
  duration = Number.NaN

  constructor() {
    super()
    FakeMediaSource.log.push('source')
    queueMicrotask(() => {
      this.readyState = 'open'
      this.dispatchEvent(new Event('sourceopen'))
    })
  }

  addSourceBuffer(mimeType: string): FakeSourceBuffer {
    FakeMediaSource.log.push(`buffer ${mimeType.split('/')[0]}`)
    return new FakeSourceBuffer(FakeMediaSource.log)
  }

  endOfStream(): void {
    FakeMediaSource.log.push('end')
    this.readyState = 'ended'
  }
}

/** As much of a video element as a player steers: what is sought for is told, nothing plays by itself. */
export class FakeVideo extends EventTarget {
  src = ''
  paused = false
  seeking = false
  ended = false
  preservesPitch = false
  ranges: [number, number][] = []
  #currentTime = 0
  #playbackRate = 1

  get buffered(): TimeRanges {
    return timeRanges(this.ranges)
  }

  get currentTime(): number {
    return this.#currentTime
  }

  set currentTime(seconds: number) {
    this.#currentTime = seconds
    this.dispatchEvent(new Event('seeking'))
  }

  /** Plays up to a time. */
  advance(seconds: number): void {
    this.#currentTime = seconds
  }

  get playbackRate(): number {
    return this.#playbackRate
  }

  set playbackRate(rate: number) {
    const changed = rate !== this.#playbackRate
    this.#playbackRate = rate
    if (changed) this.dispatchEvent(new Event('ratechange'))
  }

  pause(): void {
    this.paused = true
  }

  removeAttribute(): void {
    this.src = ''
  }

  load(): void {
    this.ranges = []
  }
}
