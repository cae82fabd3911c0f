import { Milliseconds } from '../../protocol/units.ts'
import type { PaintedPicture } from './canvas/screen-messages.ts'
import { onTick } from './page-ticks.ts'

/** Pictures remembered between their arrival and their showing: two seconds at 60 a second. */
const REMEMBERED = 128
/** Times of one picture differ by the rounding to microseconds, in seconds. */
const SAME_TIME = 0.0015
const SMOOTHING = 0.1
/** Pictures of a source that are all looked at, before a few in a second will do. */
const FIRST = 10
/** Without a new picture for this many milliseconds, or for two intervals, what was shown before does not count as new. */
const STANDING_MS = 500
const STANDING_INTERVALS = 2
/** Pictures this far apart are counted as what they are; farther, the stream stood still. */
const LONGEST_INTERVAL_MS = 5_000

/** A refresh of the display in milliseconds, as long as no picture has told; longer than the longest is none. */
const REFRESH_MS = 1000 / 60
const SHORTEST_REFRESH_MS = 2
const LONGEST_REFRESH_MS = 50

/** Who showed it. */
export type FrameSource = 'video' | 'canvas'

/** The picture that is on the screen. Moments are milliseconds since 1970. */
export interface ShownFrame {
  readonly shownAt: number
  /** Seconds of the timeline it was shown on. */
  readonly mediaTime: number
  /** Undefined where it is not known. */
  readonly arrival: number | undefined
  /** By the camera's clock; undefined where it did not tell. */
  readonly capture: number | undefined
}

/** @param values that this one stands for */
const mean = (before: number | undefined, value: number, values = 1): number =>
  before === undefined ? value : before + (value - before) * (1 - (1 - SMOOTHING) ** values)

/**
 * The pictures that are shown, by whichever renderer: how many there were, how long they took from the network to the
 * screen by the browser's own word, and whoever wants to hear of the next (`requestVideoFrameCallback`). What camera and
 * network took before is in `captureTime`, where the camera told.
 *
 * Of a video element each look makes the page draw a frame of its own, which would be most of what a wall of players costs
 * it. So one is looked at a few times a second, with all players of the page at once, and the browser's count tells of those
 * between; when nothing new comes, the look lasts until something does.
 */
export class ShownFrames {
  readonly #video: HTMLVideoElement
  readonly #onFrame: (source: FrameSource, isNew: boolean) => void
  readonly #times = new Float64Array(REMEMBERED)
  readonly #arrivals = new Float64Array(REMEMBERED)
  readonly #captures = new Float64Array(REMEMBERED)
  readonly #requests = new Map<number, VideoFrameRequestCallback>()
  #next = 0
  #nextRequest = 1
  #delay: number | undefined
  #captureDelay: number | undefined
  #decodeTime: number | undefined
  #interval = 0
  #newestInterval = 0
  #shown = 0
  #last: ShownFrame | undefined
  #callback: number | undefined
  /** Milliseconds since 1970 since when no picture can have been missed; undefined while nobody looks. */
  #watchedSince: number | undefined
  /** Milliseconds since 1970 up to which pictures may have been shown that nobody looked at; undefined: up to now. */
  #blindUntil: number | undefined
  /** Where the play head stood while nothing new came: what came before, and lies before it, has been on the screen. */
  #stoodAt = Number.NEGATIVE_INFINITY
  /** The browser's own count. */
  #presented = 0
  #looks = 0
  #refresh = REFRESH_MS
  readonly #endTicks: () => void

  /** @param onFrame called for each picture that is shown; not new is one that was shown before, as after a seek */
  constructor(video: HTMLVideoElement, onFrame: (source: FrameSource, isNew: boolean) => void) {
    this.#video = video
    this.#onFrame = onFrame
    this.#watch()
    this.#endTicks = onTick(() => this.#watch())
  }

  /** The running mean of the delay; undefined where nothing was shown yet or the browser does not say. */
  get delay(): Milliseconds | undefined {
    return this.#delay === undefined ? undefined : Milliseconds(this.#delay)
  }

  /** The same from the capture on, by the camera's clock, which may be wrong; undefined where it did not tell. */
  get captureDelay(): number | undefined {
    return this.#captureDelay
  }

  /** What the decoder takes for a picture, running mean in milliseconds; undefined where the browser does not say. */
  get decodeTime(): Milliseconds | undefined {
    return this.#decodeTime === undefined ? undefined : Milliseconds(this.#decodeTime)
  }

  /**
   * From one picture to the next in milliseconds, the running mean or the newest, whichever is longer: at nightfall a camera
   * slows down from one picture to the next. 0 before the second.
   */
  get interval(): number {
    return Math.max(this.#interval, this.#newestInterval)
  }

  /** The picture that is on the screen; undefined before the first. Those that were not looked at are taken to be like it. */
  get last(): ShownFrame | undefined {
    const last = this.#last
    const passed = last && (this.#blindUntil ?? wallClock()) - last.shownAt
    if (!passed || passed < this.#interval || this.#interval === 0) return last
    const later = Math.floor(passed / this.#interval) * this.#interval
    return {
      shownAt: last.shownAt + later,
      mediaTime: last.mediaTime + later / 1000,
      arrival: last.arrival && last.arrival + later,
      capture: last.capture && last.capture + later,
    }
  }

  /** Pictures shown. */
  get shown(): number {
    return this.#shown
  }

  /** Calls back once, with the next picture that is shown. */
  request(callback: VideoFrameRequestCallback): number {
    const request = this.#nextRequest++
    this.#requests.set(request, callback)
    this.#watch()
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
    this.#tell('canvas', 1, shownAt, arrival, wallClock, {
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
    this.#delay = undefined
    this.#captureDelay = undefined
    this.#presented = 0
    this.#looks = 0
    this.#stoodAt = Number.NEGATIVE_INFINITY
    this.#watch()
  }

  /** The picture was taken from the screen. */
  clear(): void {
    this.#last = undefined
  }

  close(): void {
    if (this.#callback !== undefined) this.#video.cancelVideoFrameCallback(this.#callback)
    this.#callback = undefined
    this.#endTicks()
    this.#video.removeEventListener('timeupdate', this.#onTimeUpdate)
    this.#requests.clear()
  }

  /** Looks at the next picture, whenever it comes. */
  #watch(): void {
    if (this.#watchedSince !== undefined) {
      const isStanding = wallClock() - this.#watchedSince > Math.max(STANDING_MS, this.interval * STANDING_INTERVALS)
      if (isStanding) this.#stoodAt = Math.max(this.#stoodAt, this.#video.currentTime)
      return
    }
    this.#watchedSince = wallClock()
    this.#blindUntil ??= this.#watchedSince
    // Firefox has it since 132: without it the player works the same and says less.
    if (!this.#video.requestVideoFrameCallback) this.#video.addEventListener('timeupdate', this.#onTimeUpdate)
    this.#callback = this.#video.requestVideoFrameCallback?.((_now, frame) => {
      this.#watchedSince = undefined
      this.#looks += 1
      if (this.#looks < FIRST) this.#watch()
      const shownAt = performance.timeOrigin + this.#displayTime(frame)
      const known = this.#times.findIndex(
        (time, i) => this.#arrivals[i] !== 0 && Math.abs(time - frame.mediaTime) <= SAME_TIME,
      )
      const presented = frame.presentedFrames - this.#presented
      this.#presented = frame.presentedFrames
      // Another source counts from its beginning.
      const pictures = this.#looks > 1 && presented > 0 ? presented : 1
      const [arrival, capture] = [this.#arrivals[known], this.#captures[known] || undefined]
      if (this.#tell('video', pictures, shownAt, arrival, capture, frame)) this.#blindUntil = this.#watchedSince
    })
  }

  /**
   * When it is on the display, by the clock of `performance.now()`. While the element's clock stands, as it does for some of the
   * pictures at the live edge, Chromium paints a picture as it comes and expects it on the display in the same moment: there it
   * waits for the next refresh, as all others do.
   */
  #displayTime({ presentationTime, expectedDisplayTime }: VideoFrameCallbackMetadata): number {
    const ahead = expectedDisplayTime - presentationTime
    if (ahead > SHORTEST_REFRESH_MS && ahead < LONGEST_REFRESH_MS) this.#refresh = ahead
    return Math.max(expectedDisplayTime, presentationTime + this.#refresh)
  }

  readonly #onTimeUpdate = (): void => {
    const { currentTime: mediaTime, videoWidth: width, videoHeight: height } = this.#video
    const now = performance.now()
    const times = { presentationTime: now, expectedDisplayTime: now, processingDuration: 0 }
    this.#tell('video', 1, performance.timeOrigin + now, undefined, undefined, { mediaTime, width, height, ...times })
  }

  /** Live pictures come once. Of a recording it is not known when they came, and any may be wanted again. */
  #isNew(source: FrameSource, arrival: number | undefined, mediaTime: number): boolean {
    const last = this.#last
    if (last?.arrival === undefined || arrival === undefined) return true
    // Of a recording that is played again the same times come anew.
    if (source === 'video' && mediaTime < this.#stoodAt && arrival < (this.#blindUntil ?? 0)) return false
    return arrival > last.arrival || (arrival === last.arrival && mediaTime > last.mediaTime)
  }

  #count(
    pictures: number,
    shownAt: number,
    arrival: number | undefined,
    capture: number | undefined,
    { mediaTime, processingDuration }: Pick<VideoFrameCallbackMetadata, 'mediaTime' | 'processingDuration'>,
  ): void {
    this.#shown += pictures
    if (arrival !== undefined) this.#delay = mean(this.#delay, shownAt - arrival, pictures)
    if (capture !== undefined) this.#captureDelay = mean(this.#captureDelay, shownAt - capture, pictures)
    if (processingDuration) this.#decodeTime = mean(this.#decodeTime, processingDuration * 1000, pictures)
    const interval = (shownAt - (this.#last?.shownAt ?? shownAt)) / pictures
    if (interval > 0 && interval < LONGEST_INTERVAL_MS) {
      this.#interval = mean(this.#interval || undefined, interval, pictures)
      this.#newestInterval = interval
    }
    this.#last = { shownAt, mediaTime, arrival, capture }
  }

  /** @param pictures since the one before, with this one. @returns whether it is new */
  #tell(
    source: FrameSource,
    pictures: number,
    shownAt: number,
    arrival: number | undefined,
    capture: number | undefined,
    frame: Omit<VideoFrameCallbackMetadata, 'presentedFrames'>,
  ): boolean {
    const isNew = this.#isNew(source, arrival, frame.mediaTime)
    if (isNew) this.#count(pictures, shownAt, arrival, capture, frame)
    this.#onFrame(source, isNew)
    if (this.#requests.size === 0) return isNew
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
    return isNew
  }
}

const wallClock = (): number => performance.timeOrigin + performance.now()

/** The browser's own has its fields where a spread may not find them. */
const plain = (frame: Omit<VideoFrameCallbackMetadata, 'presentedFrames'>) => ({
  mediaTime: frame.mediaTime,
  width: frame.width,
  height: frame.height,
  presentationTime: frame.presentationTime,
  expectedDisplayTime: frame.expectedDisplayTime,
  processingDuration: frame.processingDuration ?? 0,
})
