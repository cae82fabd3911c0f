import { ArrivalJitter } from './live-edge-jitter.ts'
import { LOW_LATENCY, secondsInHand, type WantedLatency } from './live-edge-latency.ts'
import { LearntMargin } from './live-edge-margin.ts'
import { LIVE_EDGE_SETTINGS, type LiveEdgeSettings } from './live-edge-settings.ts'

/** What is known of element and stream at a moment. All times are in seconds. */
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

type SeekReason = 'behind' | 'gap' | 'shown-again' | 'overrun' | 'stuck'

export type LiveEdgeAction =
  | { readonly type: 'none' }
  | { readonly type: 'rate'; readonly playbackRate: number }
  | { readonly type: 'seek'; readonly to: number; readonly reason: SeekReason }

const NONE: LiveEdgeAction = { type: 'none' }
/** The play head has to stand still for this long before a gap is jumped over. */
const STUCK_AFTER = 0.3
/** Seeks by surplus keep this distance, so that a slow seek is not followed by the next. */
const SEEK_INTERVAL = 1
/** Surplus too much from which a hidden or paused player is moved on. */
const IDLE_SEEK_BEYOND = 10
/** What was held up comes all at once. When nothing came early for so long, that is over, and one seek is enough. */
const BURST_OVER = 0.05
/** A picture that comes earlier than the one before, by this part of a frame, is one of a burst. */
const BURST_PART = 0.6
/** A burst is not waited for longer than this. */
const LONGEST_BURST = 1
/** Time constant of the running mean of the surplus. */
const SMOOTHING = 0.2
/** A correction ends when so much of the dead band is left. */
const BACK_AT_TARGET = 0.25
/** Corrections are measured again by then, or after a frame where that is longer. */
const CORRECTION_INTERVAL = 0.1

/**
 * Keeps the play head as near to the newest picture as the stream allows, or as far from it as a person wants. Pure
 * logic: figures in, one action out; who calls it owns the element (`live-edge-binding.ts`). All times are in seconds.
 *
 * What it steers is the surplus: how far the buffer reaches beyond the play head when a picture has just been appended
 * that was not late. One frame of surplus is a picture that can be shown at once; what is above that is delay. Within a dead
 * band nothing is done; beyond it the rate is changed in proportion until the target is reached again, so that neither a
 * skewed clock nor noise leaves it at the edge of the band. Far beyond, one seek.
 */
export class LiveEdgeController {
  readonly #settings: LiveEdgeSettings
  readonly #arrivals = new ArrivalJitter()
  readonly #margin: LearntMargin
  /** The clocks as the newest picture came: of the machine, and of the element; undefined where it did not play. */
  #clocks: { readonly now: number; readonly currentTime: number } | undefined
  #latency: WantedLatency = LOW_LATENCY
  #rate = 1
  #surplus: number | undefined
  #measuredAt = 0
  #correcting = false
  #lastTime = -1
  #movedAt = 0
  #soughtAt = Number.NEGATIVE_INFINITY
  #wasHidden = false
  /** Shown after it was hidden, and not moved to the edge since. */
  #isShownAgain = false
  #edge = Number.NEGATIVE_INFINITY
  #lateness = Number.POSITIVE_INFINITY
  #burstAt = Number.NEGATIVE_INFINITY
  #behindSince: number | undefined
  #gapSince: number | undefined

  constructor(settings: Partial<LiveEdgeSettings> = {}) {
    this.#settings = { ...LIVE_EDGE_SETTINGS.chromium, ...settings }
    this.#margin = new LearntMargin(this.#settings.videoMargin, this.#settings.mostMargin)
  }

  set latency(latency: WantedLatency) {
    this.#latency = latency
  }

  /** The smoothed surplus in seconds; undefined before the first picture. */
  get surplus(): number | undefined {
    return this.#surplus
  }

  /** By how much pictures come later than the earliest of the last seconds. */
  get jitter(): number {
    return this.#arrivals.jitter
  }

  /** The surplus that is aimed at. */
  target(sample: Pick<LiveEdgeSample, 'frameDuration' | 'hasAudio'>): number {
    const lowest = sample.hasAudio ? this.#settings.audioSurplus : sample.frameDuration + this.#margin.seconds
    return secondsInHand(this.#latency, lowest, this.#arrivals)
  }

  /** Call after each append, and a few times a second besides, so that a standstill is seen as well. */
  step(sample: LiveEdgeSample, appended: boolean): LiveEdgeAction {
    this.#isShownAgain = !sample.hidden && (this.#isShownAgain || this.#wasHidden)
    this.#wasHidden = sample.hidden
    if (sample.currentTime !== this.#lastTime || sample.paused) {
      this.#lastTime = sample.currentTime
      this.#movedAt = sample.now
    }
    const newest = sample.buffered.at(-1)
    if (!newest) return NONE
    if (appended) this.#arrived(sample, newest)
    if (sample.seeking || sample.paused || sample.hidden) this.#clocks = undefined
    if (sample.seeking) return NONE
    if (sample.paused || (sample.hidden && !sample.hasAudio)) return this.#followIdle(sample, newest)

    const gap = this.#beyondGap(sample, newest)
    if (gap) return gap
    if (!sample.started) return NONE

    const target = this.target(sample)
    const seek = this.#seekFromAfar(sample, newest, target)
    if (seek) return seek
    return appended ? this.#adjustRate(sample, newest.end, target) : NONE
  }

  /** Pictures come and none is shown: to the edge, which makes the decoder begin anew. Undefined where nothing is there. */
  unstick(sample: LiveEdgeSample): LiveEdgeAction {
    const newest = sample.buffered.at(-1)
    if (!newest || sample.seeking || sample.paused) return NONE
    return this.#seek(sample, newest, this.target(sample), 'stuck')
  }

  /** Forgets what it measured: another timeline follows. */
  reset(): void {
    this.#surplus = undefined
    this.#clocks = undefined
    this.#rate = 1
    this.#correcting = false
    this.#lastTime = -1
    this.#edge = Number.NEGATIVE_INFINITY
    this.#lateness = Number.POSITIVE_INFINITY
    this.#behindSince = undefined
    this.#gapSince = undefined
    this.#arrivals.reset()
  }

  #arrived({ now, frameDuration }: LiveEdgeSample, { end }: BufferedRange): void {
    // Sound and picture are appended in turn, and what is buffered of both grows with one of them.
    if (end <= this.#edge) return
    this.#edge = end
    this.#arrivals.arrived(now, end)
    if (now - end < this.#lateness - BURST_PART * frameDuration) this.#burstAt = now
    this.#lateness = now - end
  }

  #seekFromAfar(sample: LiveEdgeSample, newest: BufferedRange, target: number): LiveEdgeAction | undefined {
    const { now, currentTime } = sample
    const surplus = newest.end - currentTime
    const isFar = surplus > target + this.#settings.seekBeyond
    const isShownAgain = this.#isShownAgain
    this.#isShownAgain = false
    if (isShownAgain && surplus > target + this.#settings.deadBand) {
      return this.#seek(sample, newest, target, 'shown-again')
    }
    if (!isFar) {
      this.#behindSince = undefined
      return undefined
    }
    this.#behindSince ??= now
    if (this.#mayComeMore(now, this.#behindSince) || now - this.#soughtAt < SEEK_INTERVAL) return undefined
    return this.#seek(sample, newest, target, 'behind')
  }

  #adjustRate(sample: LiveEdgeSample, end: number, target: number): LiveEdgeAction {
    const { now, currentTime, hasAudio, frameDuration } = sample
    const edge = this.#arrivals.edge(now) ?? end
    const surplus = edge - currentTime
    const { passed, played } = this.#since(sample)
    const lost = passed * this.#rate - played
    if (!hasAudio) this.#margin.arrived(passed, lost, edge - end)
    // What the rate and a standstill have made of it is known at once; what is measured besides is also noise. Sound is
    // decoded ahead, and follows the rate later.
    const before = this.#surplus === undefined ? surplus : this.#surplus + (hasAudio ? 0 : passed - played)
    const weight = 1 - Math.exp((this.#measuredAt - now) / SMOOTHING)
    const mean = before + (surplus - before) * weight
    this.#measuredAt = now
    this.#surplus = mean
    const rate = this.#rateFor(mean - target, hasAudio, Math.max(frameDuration, CORRECTION_INTERVAL))
    if (rate === this.#rate) return NONE
    this.#rate = rate
    return { type: 'rate', playbackRate: rate }
  }

  /** How far both clocks went since the picture before; nothing where it was not played all the time. */
  #since({ now, currentTime }: LiveEdgeSample): { readonly passed: number; readonly played: number } {
    const before = this.#clocks
    this.#clocks = { now, currentTime }
    return { passed: now - (before?.now ?? now), played: currentTime - (before?.currentTime ?? currentTime) }
  }

  /** @param interval seconds until it is looked at again: no more than the error is corrected in that time */
  #rateFor(error: number, hasAudio: boolean, interval: number): number {
    const { gain, deadBand, slowest, fastest, catchUp, slowDown, farBeyond, rateSteps } = this.#settings
    const wasFast = this.#rate > 1
    const isBack = Math.abs(error) < deadBand * BACK_AT_TARGET || error > 0 !== wasFast
    this.#correcting = Math.abs(error) > deadBand || (this.#correcting && !isBack)
    if (!this.#correcting) return 1
    const isFar = !hasAudio && Math.abs(error) > farBeyond
    const [least, most] = isFar ? [slowDown, catchUp] : [slowest, fastest]
    const wanted = isFar ? Math.sign(error) : gain * error
    const change = Math.sign(error) * Math.min(Math.abs(wanted), Math.abs(error) / interval)
    const bounded = Math.min(most, Math.max(least, 1 + change))
    const steps = Math.round((bounded - 1) * rateSteps) || Math.sign(error)
    return 1 + steps / rateSteps
  }

  /** Nobody looks: only so near that what lies behind can be trimmed, and the buffer does not grow for hours. */
  #followIdle(sample: LiveEdgeSample, newest: BufferedRange): LiveEdgeAction {
    const target = this.target(sample)
    if (!sample.started || newest.end - sample.currentTime < target + IDLE_SEEK_BEYOND) return NONE
    return this.#seek(sample, newest, target, 'behind')
  }

  /** The play head stands where nothing is: before the first range, between two, or behind the last. */
  #beyondGap(sample: LiveEdgeSample, newest: BufferedRange): LiveEdgeAction | undefined {
    const { buffered, currentTime, now } = sample
    // At the very end of a range there is nothing to show either: half a frame of it does not count.
    const margin = sample.frameDuration / 2 || 0.01
    const isWithin = buffered.some((range) => currentTime >= range.start && currentTime < range.end - margin)
    const next = isWithin ? undefined : buffered.find((range) => range.start > currentTime)
    this.#gapSince = next && (this.#gapSince ?? now)
    if (isWithin || now - this.#movedAt < STUCK_AFTER || now - this.#soughtAt < STUCK_AFTER) return undefined
    if (this.#gapSince !== undefined && next) {
      if (this.#mayComeMore(now, this.#gapSince)) return undefined
      const target = this.target(sample)
      const isFar = newest.end - next.start > target + this.#settings.seekBeyond
      return this.#seekTo(now, isFar ? Math.max(newest.start, newest.end - target) : next.start, 'gap')
    }
    return currentTime > newest.end + 0.1 ? this.#seekTo(now, newest.start, 'overrun') : undefined
  }

  /** A burst is coming in: one seek at its end is better than one now and one then. */
  #mayComeMore(now: number, since: number): boolean {
    return now - since < BURST_OVER || (now - this.#burstAt < BURST_OVER && now - since < LONGEST_BURST)
  }

  #seek({ now }: LiveEdgeSample, newest: BufferedRange, target: number, reason: SeekReason): LiveEdgeAction {
    return this.#seekTo(now, Math.max(newest.start, newest.end - target), reason)
  }

  #seekTo(now: number, to: number, reason: SeekReason): LiveEdgeAction {
    this.#soughtAt = now
    this.#movedAt = now
    this.#surplus = undefined
    this.#clocks = undefined
    this.#correcting = false
    this.#behindSince = undefined
    this.#rate = 1
    return { type: 'seek', to, reason }
  }
}
