import { ArrivalJitter } from '../live-edge/live-edge-jitter.ts'
import { LOW_LATENCY, secondsInHand, type WantedLatency } from '../live-edge/live-edge-latency.ts'
import type { Pace } from './screen-messages.ts'

/**
 * The clock that the pictures of a live stream follow where they are wanted some time behind the edge: by that much later than
 * they would come if none were late.
 */
export class LivePace {
  readonly #arrivals = new ArrivalJitter()
  latency: WantedLatency = LOW_LATENCY

  /**
   * A picture came.
   *
   * @param at milliseconds since 1970
   * @param start of the picture, in seconds of the stream
   * @returns null: each is wanted at once
   */
  arrived(at: number, start: number): Pace | null {
    const now = at / 1000
    this.#arrivals.arrived(now, start)
    if (this.latency.name === 'low') return null
    const edge = this.#arrivals.edge(now) ?? start
    return { mediaTime: edge - secondsInHand(this.latency, 0, this.#arrivals), at, rate: 1 }
  }

  /** Another timeline follows. */
  reset(): void {
    this.#arrivals.reset()
  }
}
