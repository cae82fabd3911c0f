import type { PlayedMedia } from '../played-media.ts'
import { EMPTY_TIME_RANGES, singleTimeRange } from '../time-ranges.ts'
import type { Pace, PaintedPicture } from './screen-messages.ts'

const TIME_UPDATE_MS = 250

/** What is told of pictures. Whether it plays, who steers it knows better. */
const EVENTS = [
  'canplay',
  'loadeddata',
  'loadedmetadata',
  'playing',
  'ratechange',
  'resize',
  'seeked',
  'seeking',
  'timeupdate',
  'waiting',
] as const

/**
 * What a media element tells, of pictures on a canvas. Of a live stream the time is that of the picture that is seen; a
 * recording has a clock, which the pictures follow.
 */
export class CanvasMedia extends EventTarget implements PlayedMedia {
  preservesPitch = true
  #last: PaintedPicture | undefined
  #toldAt = 0
  /** Called when the clock of a recording changes; undefined of a live stream, which has none. */
  readonly #onPace: ((pace: Pace) => void) | undefined
  #clock: Pace = { mediaTime: 0, at: 0, rate: 0 }
  #playbackRate = 1
  #paused = false
  #seeking = false
  #ended = false
  /** There is enough in hand. */
  #flowing = false
  #range: { readonly start: number; readonly end: number } | undefined

  constructor(onPace?: (pace: Pace) => void) {
    super()
    this.#onPace = onPace
  }

  /** Calls back with the type of each event, for whoever tells it again. */
  forward(tell: (type: string) => void): void {
    for (const type of EVENTS) this.addEventListener(type, () => tell(type))
  }

  get currentTime(): number {
    if (!this.#onPace) return this.#last?.mediaTime ?? 0
    const { mediaTime, at, rate } = this.#clock
    return Math.min(mediaTime + ((wallClock() - at) / 1000) * rate, Math.max(mediaTime, this.#range?.end ?? mediaTime))
  }

  set currentTime(seconds: number) {
    if (!this.#onPace) return
    this.#seeking = true
    this.#ended = false
    this.#setClock(seconds)
    this.dispatchEvent(new Event('seeking'))
  }

  get playbackRate(): number {
    return this.#playbackRate
  }

  set playbackRate(rate: number) {
    if (rate === this.#playbackRate) return
    const { currentTime } = this
    this.#playbackRate = rate
    this.#setClock(currentTime)
    this.dispatchEvent(new Event('ratechange'))
  }

  get paused(): boolean {
    return this.#paused
  }

  get seeking(): boolean {
    return this.#seeking
  }

  get ended(): boolean {
    return this.#ended
  }

  get readyState(): number {
    if (!this.#last) return HTMLMediaElement.HAVE_NOTHING
    return this.#seeking ? HTMLMediaElement.HAVE_METADATA : HTMLMediaElement.HAVE_ENOUGH_DATA
  }

  get videoWidth(): number {
    return this.#last?.width ?? 0
  }

  get videoHeight(): number {
    return this.#last?.height ?? 0
  }

  get buffered(): TimeRanges {
    return this.#range ? singleTimeRange(this.#range.start, this.#range.end) : EMPTY_TIME_RANGES
  }

  async play(): Promise<void> {
    const { currentTime } = this
    this.#paused = false
    this.#setClock(currentTime)
  }

  pause(): void {
    const { currentTime } = this
    this.#paused = true
    this.#setClock(currentTime)
  }

  /** Whether the clock of a recording may run. */
  set flowing(flowing: boolean) {
    if (flowing === this.#flowing) return
    const { currentTime } = this
    this.#flowing = flowing
    this.#setClock(currentTime)
    if (!flowing) this.dispatchEvent(new Event('waiting'))
  }

  /** What has come of a recording and was not played, in seconds; undefined where nothing is. */
  set range(range: { readonly start: number; readonly end: number } | undefined) {
    this.#range = range
  }

  /** The first picture of a place comes later than the place. */
  startAt(seconds: number): void {
    this.#setClock(seconds)
  }

  /** The recording is over. */
  finish(): void {
    const { currentTime } = this
    this.#ended = true
    this.#paused = true
    this.#setClock(currentTime)
    this.dispatchEvent(new Event('ended'))
  }

  /** A picture is on the canvas. @param isThere it is of the place that was sought. */
  painted(picture: PaintedPicture, isThere = true): void {
    const before = this.#last
    this.#last = picture
    const isOtherSize = before?.width !== picture.width || before.height !== picture.height
    if (!before) this.#tell('loadedmetadata')
    if (isOtherSize) this.#tell('resize')
    if (!before) this.#tell('loadeddata', 'canplay', 'playing')
    if (this.#seeking && isThere) this.arrive()
    if (picture.shownAt - this.#toldAt < TIME_UPDATE_MS) return
    this.#toldAt = picture.shownAt
    this.#tell('timeupdate')
  }

  /** The place that was sought is reached, or as near as there is anything. */
  arrive(): void {
    this.#seeking = false
    this.#setClock(this.#clock.mediaTime)
    this.#tell('timeupdate', 'seeked')
  }

  #tell(...types: string[]): void {
    for (const type of types) this.dispatchEvent(new Event(type))
  }

  #setClock(mediaTime: number): void {
    const isRunning = !this.#paused && !this.#seeking && !this.#ended && this.#flowing
    this.#clock = { mediaTime, at: wallClock(), rate: isRunning ? this.#playbackRate : 0 }
    this.#onPace?.(this.#clock)
  }
}

const wallClock = (): number => performance.timeOrigin + performance.now()
