import { Milliseconds } from '../../protocol/units.ts'
import type { PaintedPicture } from './canvas/screen-messages.ts'

/** Pictures remembered between their arrival and their showing: two seconds at 60 a second. */
const REMEMBERED = 128
/** Times of one picture differ by the rounding to microseconds, in seconds. */
const SAME_TIME = 0.0015
const SMOOTHING = 0.1

/** Who showed it. */
export type FrameSource = 'video' | 'canvas'

/**
 * Every picture that is shown, by whichever renderer: how many there were, how long each took from the network to the
 * screen by the browser's own word, and whoever wants to hear of the next (`requestVideoFrameCallback`). What camera and
 * network took before is in `captureTime`, where the camera told.
 */
export class ShownFrames {
  readonly #video: HTMLVideoElement
  readonly #onFrame: (source: FrameSource) => void
  readonly #times = new Float64Array(REMEMBERED)
  readonly #arrivals = new Float64Array(REMEMBERED)
  readonly #captures = new Float64Array(REMEMBERED)
  readonly #requests = new Map<number, VideoFrameRequestCallback>()
  #next = 0
  #nextRequest = 1
  #mean: number | undefined
  #shown = 0
  #callback: number | undefined

  /** @param onFrame called for each picture that is shown */
  constructor(video: HTMLVideoElement, onFrame: (source: FrameSource) => void) {
    this.#video = video
    this.#onFrame = onFrame
    this.#watch()
  }

  /** The running mean of the delay; undefined where nothing was shown yet or the browser does not say. */
  get delay(): Milliseconds | undefined {
    return this.#mean === undefined ? undefined : Milliseconds(this.#mean)
  }

  /** Pictures shown. */
  get shown(): number {
    return this.#shown
  }

  /** Calls back once, with the next picture that is shown. */
  request(callback: VideoFrameRequestCallback): number {
    const request = this.#nextRequest++
    this.#requests.set(request, callback)
    return request
  }

  cancel(request: number): void {
    this.#requests.delete(request)
  }

  /**
   * A picture is on its way to the media element.
   *
   * @param mediaTime seconds
   * @param arrival milliseconds since 1970
   * @param capture by the camera's clock, in milliseconds since 1970
   */
  arrived(mediaTime: number, arrival: number, capture: number | undefined): void {
    this.#times[this.#next] = mediaTime
    this.#arrivals[this.#next] = arrival
    this.#captures[this.#next] = capture ?? 0
    this.#next = (this.#next + 1) % REMEMBERED
  }

  /** A picture is on a canvas. */
  painted(picture: PaintedPicture): void {
    const { mediaTime, width, height, paintedAt, shownAt, arrival, wallClock, decodeTime } = picture
    this.#tell('canvas', shownAt, arrival, wallClock, {
      mediaTime,
      width,
      height,
      presentationTime: paintedAt - performance.timeOrigin,
      expectedDisplayTime: shownAt - performance.timeOrigin,
      processingDuration: decodeTime / 1000,
    })
  }

  /** Another timeline follows. */
  reset(): void {
    this.#arrivals.fill(0)
    this.#mean = undefined
  }

  close(): void {
    if (this.#callback !== undefined) this.#video.cancelVideoFrameCallback(this.#callback)
    this.#callback = undefined
    this.#requests.clear()
  }

  #watch(): void {
    // Firefox has it since 132: without it the player works the same and says less.
    this.#callback = this.#video.requestVideoFrameCallback?.((_now, frame) => {
      this.#watch()
      const shownAt = performance.timeOrigin + frame.expectedDisplayTime
      const known = this.#times.findIndex(
        (time, i) => this.#arrivals[i] !== 0 && Math.abs(time - frame.mediaTime) <= SAME_TIME,
      )
      this.#tell('video', shownAt, this.#arrivals[known], this.#captures[known] || undefined, frame)
    })
  }

  #tell(
    source: FrameSource,
    shownAt: number,
    arrival: number | undefined,
    capture: number | undefined,
    frame: Omit<VideoFrameCallbackMetadata, 'presentedFrames'>,
  ): void {
    this.#shown += 1
    if (arrival !== undefined) {
      const delay = shownAt - arrival
      this.#mean = this.#mean === undefined ? delay : this.#mean + (delay - this.#mean) * SMOOTHING
    }
    this.#onFrame(source)
    if (this.#requests.size === 0) return
    const requests = [...this.#requests.values()]
    this.#requests.clear()
    const metadata = {
      ...plain(frame),
      presentedFrames: this.#shown,
      ...(arrival === undefined ? {} : { receiveTime: arrival - performance.timeOrigin }),
      ...(capture === undefined ? {} : { captureTime: capture - performance.timeOrigin }),
    }
    for (const callback of requests) {
      try {
        callback(performance.now(), metadata)
      } catch (cause) {
        reportError(cause)
      }
    }
  }
}

/** The browser's own has its fields where a spread may not find them. */
const plain = (frame: Omit<VideoFrameCallbackMetadata, 'presentedFrames'>) => ({
  mediaTime: frame.mediaTime,
  width: frame.width,
  height: frame.height,
  presentationTime: frame.presentationTime,
  expectedDisplayTime: frame.expectedDisplayTime,
  processingDuration: frame.processingDuration ?? 0,
})
