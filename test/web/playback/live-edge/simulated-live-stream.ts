import { type LiveEdgeAction, LiveEdgeController } from '../../../../web/playback/live-edge/live-edge-controller.ts'
import { LIVE_EDGE_SETTINGS, type LiveEdgeSettings } from '../../../../web/playback/live-edge/live-edge-settings.ts'

export interface SimulationOptions {
  /** Pictures a second, which may change with time. */
  readonly framesPerSecond?: (seconds: number) => number
  /** By how much the clock of the camera is fast, in parts per million. */
  readonly skew?: number
  /** Seconds that a picture is under way; order is kept, as TCP does. Undefined: it never comes. */
  readonly network?: (seconds: number) => number | undefined
  readonly hasAudio?: boolean
  readonly settings?: Partial<LiveEdgeSettings>
  /** When a display of 60 Hz takes pictures, in seconds: the browser wants them two refreshes early, or stands still. */
  readonly display?: number | undefined
  /**
   * Where a picture lies on the timeline that was captured and arrives at these times, in seconds, where something real
   * places it; undefined: it makes none. By default one after the other, as the camera's clock says.
   */
  readonly place?: (captured: number, arrival: number) => PlacedPicture | undefined
}

/** In seconds. */
interface PlacedPicture {
  readonly mediaTime: number
  readonly duration: number
}

interface Shown {
  readonly at: number
  /** From the capture to the screen, in seconds. */
  readonly delay: number
}

/** How often the binding looks, and how often it does in a hidden page. */
const TIMER = 0.2
const THROTTLED = 1
/** What a seek takes. */
const SEEK = 0.04

const REFRESH = 1 / 60

/** Frames that are farther apart are not taken for one range by Chromium: twice the usual distance. */
const FUDGE = 2

/**
 * A camera, a network and a media element with a clock of their own, in as many hours as a test wants: the element plays
 * what is buffered at its rate, and stands still at the end of it.
 */
export class SimulatedLiveStream {
  readonly controller: LiveEdgeController
  readonly seeks: { readonly at: number; readonly reason: string }[] = []
  readonly shown: Shown[] = []
  readonly rates: number[] = []
  /** How often the display had no picture. */
  standstills = 0
  now = 0
  currentTime = 0
  hidden = false
  paused = false
  readonly #options: Required<SimulationOptions>
  readonly #ranges: { start: number; end: number }[] = []
  readonly #captured: { readonly mediaTime: number; readonly at: number }[] = []
  #rate = 1
  #isStandingStill = false
  #seekingUntil = 0
  #captureAt = 0
  #mediaTime = 0
  #arrivals: {
    readonly at: number
    readonly mediaTime: number
    readonly duration: number
    readonly captured: number
  }[] = []
  #timerAt = TIMER
  #lastArrival = 0

  constructor(options: SimulationOptions = {}) {
    this.#options = {
      framesPerSecond: () => 30,
      skew: 0,
      network: () => 0.005,
      hasAudio: false,
      settings: LIVE_EDGE_SETTINGS.chromium,
      display: undefined,
      place: () => ({ mediaTime: this.#mediaTime, duration: 1 / this.#options.framesPerSecond(this.#captureAt) }),
      ...options,
    }
    this.controller = new LiveEdgeController(this.#options.settings)
  }

  get rate(): number {
    return this.#rate
  }

  /** How far the buffer reaches beyond the play head. */
  get surplus(): number {
    return (this.#ranges.at(-1)?.end ?? 0) - this.currentTime
  }

  get frameDuration(): number {
    return 1 / this.#options.framesPerSecond(this.#captureAt)
  }

  run(seconds: number): void {
    const end = this.now + seconds
    for (;;) {
      this.#capture()
      const arrival = this.#arrivals[0]?.at ?? Number.POSITIVE_INFINITY
      const next = Math.min(arrival, this.#timerAt, end)
      this.#playTo(next)
      if (next === arrival) {
        this.#append()
        this.#do(this.#step(true))
      } else if (next === this.#timerAt) {
        this.#timerAt = next + (this.hidden ? THROTTLED : TIMER)
        this.#do(this.#step(false))
      } else return
    }
  }

  /** The machine sleeps: nothing runs, and what was sent meanwhile never comes, but for the newest that the network kept. */
  sleep(seconds: number, kept: number): void {
    this.now += seconds
    this.#timerAt = this.now
    this.#arrivals = []
    while (this.#captureAt < this.now - kept) this.#captureOne(undefined)
    while (this.#captureAt < this.now) this.#captureOne(this.now)
  }

  setHidden(hidden: boolean): void {
    this.hidden = hidden
    this.#do(this.#step(false))
  }

  /** Milliseconds from capture to screen: the median of the pictures that were shown between two moments. */
  median(from: number, to: number): number {
    const delays = this.shown.filter(({ at }) => at >= from && at < to).map(({ delay }) => delay * 1000)
    return delays.sort((a, b) => a - b)[delays.length >> 1] ?? Number.NaN
  }

  #capture(): void {
    while (this.#captureAt <= this.now || this.#arrivals.length === 0) {
      const delay = this.#options.network(this.#captureAt)
      this.#captureOne(delay === undefined ? undefined : this.#captureAt + delay)
    }
  }

  #captureOne(arrival: number | undefined): void {
    const duration = 1 / this.#options.framesPerSecond(this.#captureAt)
    if (arrival !== undefined) {
      this.#lastArrival = Math.max(this.#lastArrival, arrival)
      const placed = this.#options.place(this.#captureAt, this.#lastArrival)
      if (placed) this.#arrivals.push({ at: this.#lastArrival, ...placed, captured: this.#captureAt })
    }
    this.#mediaTime += duration * (1 + this.#options.skew / 1e6)
    this.#captureAt += duration
  }

  #append(): void {
    const frame = this.#arrivals.shift()
    if (!frame) return
    this.#isStandingStill = false
    const { mediaTime, duration, captured } = frame
    const last = this.#ranges.at(-1)
    if (last && mediaTime - last.end <= FUDGE * duration) last.end = mediaTime + duration
    else this.#ranges.push({ start: mediaTime, end: mediaTime + duration })
    if (this.#ranges.length > 3) this.#ranges.shift()
    if (mediaTime <= this.currentTime && this.#isPlaying) this.#show(this.now, captured)
    else this.#captured.push({ mediaTime, at: captured })
  }

  get #isPlaying(): boolean {
    return (
      !this.paused &&
      !this.#isStandingStill &&
      this.now >= this.#seekingUntil &&
      !(this.hidden && !this.#options.hasAudio)
    )
  }

  #playTo(next: number): void {
    const from = Math.max(this.now, Math.min(next, this.#seekingUntil))
    this.now = from
    const range = this.#ranges.find(({ start, end }) => this.currentTime >= start && this.currentTime < end)
    if (range && this.#isPlaying) {
      const until = this.#standstill(range.end, from, next) ?? next
      const to = Math.min(range.end, this.currentTime + (until - from) * this.#rate)
      let shown = 0
      for (const { mediaTime, at } of this.#captured) {
        if (mediaTime > to) break
        this.#show(from + Math.max(0, mediaTime - this.currentTime) / this.#rate, at)
        shown += 1
      }
      this.#captured.splice(0, shown)
      this.currentTime = to
    }
    this.now = next
  }

  /** The first refresh of the display before `next` that finds too little. */
  #standstill(end: number, from: number, next: number): number | undefined {
    const { display } = this.#options
    if (display === undefined) return undefined
    for (let at = Math.ceil((from - display) / REFRESH) * REFRESH + display; at < next; at += REFRESH) {
      if (end - this.currentTime - (at - from) * this.#rate > 2 * REFRESH) continue
      this.#isStandingStill = true
      this.standstills += 1
      return at
    }
    return undefined
  }

  #show(at: number, captured: number): void {
    this.shown.push({ at, delay: at - captured })
  }

  #step(appended: boolean): LiveEdgeAction {
    return this.controller.step(
      {
        now: this.now,
        currentTime: this.currentTime,
        buffered: this.#ranges,
        frameDuration: this.frameDuration,
        hasAudio: this.#options.hasAudio,
        hidden: this.hidden,
        started: this.#ranges.length > 0,
        paused: this.paused,
        seeking: this.now < this.#seekingUntil,
      },
      appended,
    )
  }

  #do(action: LiveEdgeAction): void {
    if (action.type === 'rate') {
      this.#rate = action.playbackRate
      this.rates.push(this.#rate)
    } else if (action.type === 'seek') {
      this.seeks.push({ at: this.now, reason: action.reason })
      this.currentTime = action.to
      this.#rate = 1
      this.#seekingUntil = this.now + SEEK
      const skipped = this.#captured.findIndex(({ mediaTime }) => mediaTime >= action.to)
      this.#captured.splice(0, skipped < 0 ? this.#captured.length : skipped)
    }
  }
}

/** Numbers from 0 to 1 that are the same in each run. */
export function pseudoRandom(seed = 1): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
