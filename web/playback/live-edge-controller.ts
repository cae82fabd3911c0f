/**
 * Keeps the play head as near to the newest picture as the stream allows. Pure logic: figures in, one action out; who
 * calls it owns the element (`live-edge-binding.ts`). All times are in seconds.
 *
 * What it steers is the surplus: how far the buffer reaches beyond the play head, looked at when a picture has just
 * been appended. One frame of surplus is a picture that can be shown at once; what is above that is delay.
 */
export interface LiveEdgeSample {
  /** A monotonic clock. */
  readonly now: number
  readonly currentTime: number
  /** The buffered ranges, in order. */
  readonly buffered: readonly BufferedRange[]
  /** Duration of a video frame; 0 where there is no video. */
  readonly frameDuration: number
  readonly hasAudio: boolean
  /** The page is not visible: silent video stands still there, which is not a fault. */
  readonly hidden: boolean
  /** A first picture (or first sound) was there. */
  readonly started: boolean
  readonly paused: boolean
  readonly seeking: boolean
}

export interface BufferedRange {
  readonly start: number
  readonly end: number
}

export type LiveEdgeAction =
  | { readonly type: 'none' }
  | { readonly type: 'rate'; readonly playbackRate: number }
  | { readonly type: 'seek'; readonly to: number; readonly reason: 'behind' | 'gap' | 'shown-again' | 'overrun' }

export interface LiveEdgeSettings {
  /** What is added to one frame of surplus: half a refresh of a 60 Hz display, so that no picture comes just too late. */
  readonly videoMargin: number
  /** Surplus with sound: Chromium decodes 200 ms of it ahead. */
  readonly audioSurplus: number
  /** Surplus beyond which one seek replaces catching up. */
  readonly seekBeyond: number
  /** Change of rate for a second of surplus too much. */
  readonly gain: number
  /** Surplus around the target that is left alone. */
  readonly deadBand: number
  readonly slowest: number
  readonly fastest: number
  /** Rate without sound when it is far from the target, as after the start: nobody hears it, and it is soon over. */
  readonly catchUp: number
  /** Surplus too much from which `catchUp` is the bound. */
  readonly catchUpBeyond: number
}

export const LIVE_EDGE_SETTINGS: LiveEdgeSettings = {
  videoMargin: 0.008,
  audioSurplus: 0.25,
  seekBeyond: 1,
  gain: 1,
  deadBand: 0.008,
  slowest: 0.97,
  fastest: 1.05,
  catchUp: 1.25,
  catchUpBeyond: 0.08,
}

const NONE: LiveEdgeAction = { type: 'none' }
/** The play head has to stand still for this long before a gap is jumped over. */
const STUCK_AFTER = 0.3
/** Seeks by surplus keep this distance, so that a slow seek is not followed by the next. */
const SEEK_INTERVAL = 1
/** Surplus beyond which a hidden or paused player is moved on. */
const IDLE_SEEK_BEYOND = 10
/** Rates are set in steps of a two-hundredth: each change costs the browser a little. */
const RATE_STEPS = 200
/** Weight of the newest figure in the running mean of the surplus. */
const SMOOTHING = 0.15

export class LiveEdgeController {
  readonly #settings: LiveEdgeSettings
  #rate = 1
  #surplus: number | undefined
  #lastTime = -1
  #movedAt = 0
  #soughtAt = Number.NEGATIVE_INFINITY
  #wasHidden = false

  constructor(settings: Partial<LiveEdgeSettings> = {}) {
    this.#settings = { ...LIVE_EDGE_SETTINGS, ...settings }
  }

  /** The smoothed surplus in seconds; undefined before the first picture. */
  get surplus(): number | undefined {
    return this.#surplus
  }

  /** The surplus that is aimed at. */
  target(sample: Pick<LiveEdgeSample, 'frameDuration' | 'hasAudio'>): number {
    return sample.hasAudio ? this.#settings.audioSurplus : sample.frameDuration + this.#settings.videoMargin
  }

  /** Call after each append, and a few times a second besides, so that a standstill is seen as well. */
  step(sample: LiveEdgeSample, appended: boolean): LiveEdgeAction {
    const shownAgain = this.#wasHidden && !sample.hidden
    this.#wasHidden = sample.hidden
    if (sample.currentTime !== this.#lastTime || sample.paused) {
      this.#lastTime = sample.currentTime
      this.#movedAt = sample.now
    }
    const newest = sample.buffered.at(-1)
    if (!newest || sample.seeking) return NONE
    if (sample.paused || (sample.hidden && !sample.hasAudio)) return this.#followIdle(sample, newest)

    const gap = this.#beyondGap(sample)
    if (gap) return gap
    if (!sample.started) return NONE

    const target = this.target(sample)
    const surplus = newest.end - sample.currentTime
    if (shownAgain && surplus > target + this.#settings.deadBand) {
      return this.#seek(sample, newest, target, 'shown-again')
    }
    if (surplus > this.#settings.seekBeyond && sample.now - this.#soughtAt >= SEEK_INTERVAL) {
      return this.#seek(sample, newest, target, 'behind')
    }
    return appended ? this.#adjustRate(surplus, target, sample.hasAudio) : NONE
  }

  /** Forgets what it measured: another stream follows. */
  reset(): void {
    this.#surplus = undefined
    this.#rate = 1
    this.#lastTime = -1
  }

  #adjustRate(surplus: number, target: number, hasAudio: boolean): LiveEdgeAction {
    const { gain, deadBand, slowest, catchUp, catchUpBeyond } = this.#settings
    const mean = this.#surplus === undefined ? surplus : this.#surplus + (surplus - this.#surplus) * SMOOTHING
    this.#surplus = mean
    const error = mean - target
    const far = !hasAudio && error > catchUpBeyond
    const fastest = far ? catchUp : this.#settings.fastest
    const beyond = Math.abs(error) <= deadBand ? 0 : error - Math.sign(error) * deadBand
    const wanted = far ? catchUp : 1 + gain * beyond
    const rate = Math.round(Math.min(fastest, Math.max(slowest, wanted)) * RATE_STEPS) / RATE_STEPS
    if (rate === this.#rate) return NONE
    this.#rate = rate
    return { type: 'rate', playbackRate: rate }
  }

  /** Nobody looks: only so near that what lies behind can be trimmed, and the buffer does not grow for hours. */
  #followIdle(sample: LiveEdgeSample, newest: BufferedRange): LiveEdgeAction {
    if (!sample.started || newest.end - sample.currentTime < IDLE_SEEK_BEYOND) return NONE
    return this.#seek(sample, newest, this.target(sample), 'behind')
  }

  /** The play head stands where nothing is: before the first range, between two, or behind the last. */
  #beyondGap(sample: LiveEdgeSample): LiveEdgeAction | undefined {
    const { buffered, currentTime, now } = sample
    if (now - this.#movedAt < STUCK_AFTER || now - this.#soughtAt < STUCK_AFTER) return undefined
    // At the very end of a range there is nothing to show either: half a frame of it does not count.
    const margin = sample.frameDuration / 2 || 0.01
    if (buffered.some((range) => currentTime >= range.start && currentTime < range.end - margin)) return undefined
    const next = buffered.find((range) => range.start > currentTime)
    const newest = buffered.at(-1)
    if (next) return this.#seekTo(now, next.start, 'gap')
    if (newest && currentTime > newest.end + 0.1) return this.#seekTo(now, newest.start, 'overrun')
    return undefined
  }

  #seek(sample: LiveEdgeSample, newest: BufferedRange, target: number, reason: 'behind' | 'shown-again') {
    return this.#seekTo(sample.now, Math.max(newest.start, newest.end - target), reason)
  }

  #seekTo(now: number, to: number, reason: 'behind' | 'gap' | 'shown-again' | 'overrun'): LiveEdgeAction {
    this.#soughtAt = now
    this.#movedAt = now
    this.#surplus = undefined
    this.#rate = 1
    return { type: 'seek', to, reason }
  }
}
