import { Ticks } from '../units.ts'

/** A step larger than this, in seconds, that no silence explains is a jump of the camera's clock. */
const LARGEST_STEP = 5
/** After a jump the stream goes on this many seconds later, where the pause itself tells nothing better. */
const STEP_AFTER_JUMP = 1 / 30

/**
 * One track's media clock, made continuous: 32-bit RTP timestamps in, ticks out that never wrap and never jump by
 * more than the time that passed. Small steps back are kept, for B-frames come in decoding order.
 */
export class Timeline {
  readonly #clockRate: number
  #started = false
  #lastTimestamp = 0
  #lastTicks = 0
  #lastArrival = 0
  /** How often the camera's clock jumped. */
  jumps = 0

  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  /**
   * The place of a packet's timestamp on the continuous timeline.
   *
   * @param timestamp as on the wire
   * @param arrival milliseconds of a monotonic clock
   * @param restarted the sender began anew: its timestamps have a new origin
   */
  place(timestamp: number, arrival: number, restarted = false): Ticks {
    if (!this.#started) {
      this.#started = true
      // The wire's own value, so that what is printed can be compared with a packet capture.
      this.#lastTicks = timestamp
    } else {
      const step = (timestamp - this.#lastTimestamp) | 0
      if (restarted || this.#isJump(step, arrival)) {
        this.jumps++
        this.#lastTicks += Math.round(this.#pauseInSeconds(arrival) * this.#clockRate)
      } else {
        this.#lastTicks += step
      }
    }
    this.#lastTimestamp = timestamp
    this.#lastArrival = arrival
    return Ticks(this.#lastTicks)
  }

  /** Where a timestamp near the newest one lies, as of a sender report; without moving the timeline. */
  locate(timestamp: number): Ticks {
    if (!this.#started) return Ticks(timestamp)
    return Ticks(this.#lastTicks + ((timestamp - this.#lastTimestamp) | 0))
  }

  #isJump(step: number, arrival: number): boolean {
    const seconds = step / this.#clockRate
    const elapsed = (arrival - this.#lastArrival) / 1000
    return seconds < -LARGEST_STEP || seconds > Math.max(LARGEST_STEP, elapsed + LARGEST_STEP)
  }

  #pauseInSeconds(arrival: number): number {
    const elapsed = (arrival - this.#lastArrival) / 1000
    return Math.max(STEP_AFTER_JUMP, elapsed)
  }
}
