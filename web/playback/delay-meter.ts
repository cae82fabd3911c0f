import { Milliseconds } from '../../protocol/units.ts'

/** Pictures remembered between their arrival and their showing: two seconds at 60 a second. */
const REMEMBERED = 128
/** Times of one picture differ by the rounding to microseconds, in seconds. */
const SAME_TIME = 0.0015
const SMOOTHING = 0.1

/**
 * Measures how long pictures take from the network to the screen, by the browser's own word on when it shows each
 * (`requestVideoFrameCallback`). What the camera and the network took before is not in it.
 */
export class DelayMeter {
  readonly #video: HTMLVideoElement
  readonly #onFrame: () => void
  readonly #times = new Float64Array(REMEMBERED)
  readonly #arrivals = new Float64Array(REMEMBERED)
  #next = 0
  #mean: number | undefined
  #shown = 0
  #callback: number | undefined

  /** @param onFrame called for each picture that is shown. */
  constructor(video: HTMLVideoElement, onFrame: () => void) {
    this.#video = video
    this.#onFrame = onFrame
    this.#request()
  }

  /** The running mean, in milliseconds; undefined where nothing was shown yet or the browser does not say. */
  get delay(): Milliseconds | undefined {
    return this.#mean === undefined ? undefined : Milliseconds(this.#mean)
  }

  /** Pictures shown. */
  get shown(): number {
    return this.#shown
  }

  /** A picture is on its way. @param mediaTime seconds. @param arrival milliseconds since 1970. */
  arrived(mediaTime: number, arrival: number): void {
    this.#times[this.#next] = mediaTime
    this.#arrivals[this.#next] = arrival
    this.#next = (this.#next + 1) % REMEMBERED
  }

  /** Another timeline follows. */
  reset(): void {
    this.#arrivals.fill(0)
    this.#mean = undefined
  }

  close(): void {
    if (this.#callback !== undefined) this.#video.cancelVideoFrameCallback(this.#callback)
    this.#callback = undefined
  }

  #request(): void {
    // Firefox has it since 132: without it the player works the same and says less.
    this.#callback = this.#video.requestVideoFrameCallback?.((_now, frame) => {
      this.#shown += 1
      this.#measure(frame.mediaTime, performance.timeOrigin + frame.expectedDisplayTime)
      this.#request()
      this.#onFrame()
    })
  }

  #measure(mediaTime: number, shownAt: number): void {
    for (let i = 0; i < REMEMBERED; i++) {
      const arrival = this.#arrivals[i] ?? 0
      if (arrival === 0 || Math.abs((this.#times[i] ?? 0) - mediaTime) > SAME_TIME) continue
      const delay = shownAt - arrival
      this.#mean = this.#mean === undefined ? delay : this.#mean + (delay - this.#mean) * SMOOTHING
      return
    }
  }
}
