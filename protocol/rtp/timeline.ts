import { Ticks } from '../units.ts'

/** A step forward that is larger than this, in seconds, and that no time that passed explains, is a jump of the camera's clock. */
const LARGEST_STEP = 5
/** A larger step back than this is no reordering of pictures, which never spans more than a few of them. */
const LARGEST_STEP_BACK = 1
/** Pictures that come seldom step further: so many of their usual steps are no jump, forward and back. */
const USUAL_STEPS_FORWARD = 3
const USUAL_STEPS_BACK = 8
/** Seconds; where steps are longer, they tell nothing of what is usual. */
const LONGEST_USUAL_STEP = 10
/** A sequence that began anew kept its clock where its timestamps went on with the time that passed, to so many seconds. */
const SAME_ORIGIN = 1
/** After a jump the stream goes on this many seconds later, where the pause itself tells nothing better. */
const STEP_AFTER_JUMP = 1 / 30
/** Seconds in which most of a lag is forgotten: a camera whose clock is slow is not catching up. */
const LAG_MEMORY = 60
const WRAP = 2 ** 32

/** What is known of the origin of a packet's timestamp. */
export type Origin =
  /** As that of the packet before. */
  | 'same'
  /** The sequence began anew; the clock may have, too. */
  | 'doubtful'
  /** Another source: it has an origin of its own. */
  | 'new'

/** What the packet placed last did. */
export type TimelineStep = 'continued' | 'jumped-forward' | 'jumped-back' | 'new-origin'

/**
 * One track's media clock, made continuous: 32-bit RTP timestamps in, ticks out that never wrap and never jump by more
 * than the time that passed and a few seconds. Small steps back are kept, for B-frames come in decoding order; steps as
 * large as a silence are kept, for they are true. After a jump the stream goes on with the time that passed.
 */
export class Timeline {
  readonly #clockRate: number
  #started = false
  #lastTimestamp = 0
  #lastTicks = 0
  #lastArrival = 0
  /** The latest tick so far. */
  #front = 0
  /** Seconds by which the packets have fallen behind the clock of their arrival, as in a stall: they may catch up at once. */
  #lag = 0
  /** Running mean of the steps forward, in seconds. */
  #usualStep = 0
  /** How often the camera's clock jumped or began anew. */
  jumps = 0
  /** What the packet placed last did. */
  step: TimelineStep = 'continued'

  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  get started(): boolean {
    return this.#started
  }

  /**
   * The place of a packet's timestamp on the continuous timeline.
   *
   * @param timestamp as on the wire
   * @param arrival milliseconds of a monotonic clock
   */
  place(timestamp: number, arrival: number, origin: Origin = 'same'): Ticks {
    this.step = 'continued'
    if (this.#started) {
      const elapsed = Math.max(0, arrival - this.#lastArrival) / 1000
      const ticks = this.#lastTicks + this.#wireStep(timestamp, elapsed)
      this.step = this.#judge(ticks, elapsed, origin)
      if (this.step === 'continued') this.#advance(ticks, elapsed)
      else this.#jump(elapsed)
    } else {
      this.#started = true
      // The wire's own value, so that what is printed can be compared with a packet capture.
      this.#lastTicks = timestamp
      this.#front = timestamp
    }
    this.#lastTimestamp = timestamp
    this.#lastArrival = arrival
    return Ticks(this.#lastTicks)
  }

  /**
   * Where a timestamp that is told beside the stream lies, as that of a sender report or of RTP-Info; without moving the
   * timeline. Undefined before the first packet, and where it is further than `within` seconds from where the clock
   * stands at `arrival`: then it is of another origin.
   */
  locate(timestamp: number, arrival: number, within: number): Ticks | undefined {
    if (!this.#started) return undefined
    const elapsed = Math.max(0, arrival - this.#lastArrival) / 1000
    const step = this.#wireStep(timestamp, elapsed)
    // Anywhere between the newest packet and now, where none came for a while.
    const seconds = step / this.#clockRate
    if (seconds < -within || seconds > elapsed + within) return undefined
    return Ticks(this.#lastTicks + step)
  }

  /** Ticks from the newest packet; after a silence longer than half a wrap, by the time that passed. */
  #wireStep(timestamp: number, elapsed: number): number {
    const step = (timestamp - this.#lastTimestamp) | 0
    return step + Math.max(0, Math.round((elapsed * this.#clockRate - step) / WRAP)) * WRAP
  }

  #judge(ticks: number, elapsed: number, origin: Origin): TimelineStep {
    if (origin === 'new') return 'new-origin'
    const seconds = (ticks - this.#lastTicks) / this.#clockRate
    const explained = elapsed + this.#lag
    if (origin === 'doubtful') {
      return seconds >= elapsed - SAME_ORIGIN && seconds <= explained + SAME_ORIGIN ? 'continued' : 'new-origin'
    }
    const furthest = explained + Math.max(LARGEST_STEP, this.#usualStep * USUAL_STEPS_FORWARD)
    if (seconds > furthest) return 'jumped-forward'
    const back = (this.#front - ticks) / this.#clockRate
    return back > Math.max(LARGEST_STEP_BACK, this.#usualStep * USUAL_STEPS_BACK) ? 'jumped-back' : 'continued'
  }

  #advance(ticks: number, elapsed: number): void {
    const advanced = Math.max(0, ticks - this.#front) / this.#clockRate
    this.#lag = Math.max(0, this.#lag * Math.exp(-elapsed / LAG_MEMORY) + elapsed - advanced)
    if (advanced > 0) {
      this.#usualStep += (Math.min(advanced, LONGEST_USUAL_STEP) - this.#usualStep) / 8
      this.#front = ticks
    }
    this.#lastTicks = ticks
  }

  #jump(elapsed: number): void {
    this.jumps++
    this.#front += Math.round(Math.max(STEP_AFTER_JUMP, elapsed) * this.#clockRate)
    this.#lastTicks = this.#front
    this.#lag = 0
  }
}
