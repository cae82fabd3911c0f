import type { ProtocolErrorCode } from '../../protocol/errors.ts'

/** Milliseconds before the first further try, and the most between two. */
export interface RetryTimes {
  readonly first: number
  readonly longest: number
}

const OF_CAMERAS: RetryTimes = { first: 500, longest: 30_000 }
/** A wrong password is tried once a minute at most: cameras lock accounts. */
const AFTER_WRONG_PASSWORD = 60_000

/** When to try a camera again: each time twice as late, spread by chance so that a hundred do not come back at once. */
export class RetrySchedule {
  readonly #random: () => number
  readonly #times: RetryTimes
  #failures = 0

  constructor(random: () => number = Math.random, times = OF_CAMERAS) {
    this.#random = random
    this.#times = times
  }

  /** The camera did what was asked of it, and for a while: what went wrong before counts no longer. */
  succeeded(): void {
    this.#failures = 0
  }

  /** @returns milliseconds until the next try */
  failed(code: ProtocolErrorCode): number {
    if (code === 'unauthorized') return AFTER_WRONG_PASSWORD
    const step = Math.min(this.#times.longest, this.#times.first * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 16)
    return step * (0.5 + this.#random() / 2)
  }
}
