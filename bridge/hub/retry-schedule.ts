import type { ProtocolErrorCode } from '../../protocol/errors.ts'

/** Milliseconds before the first further try, and the most between two. */
const FIRST = 500
const LONGEST = 30_000
/** A wrong password is tried once a minute at most: cameras lock accounts. */
const AFTER_WRONG_PASSWORD = 60_000

/** When to try a camera again: each time twice as late, spread by chance so that a hundred do not come back at once. */
export class RetrySchedule {
  readonly #random: () => number
  #failures = 0

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** The camera did what was asked of it, and for a while: what went wrong before counts no longer. */
  succeeded(): void {
    this.#failures = 0
  }

  /** @returns milliseconds until the next try */
  failed(code: ProtocolErrorCode): number {
    if (code === 'unauthorized') return AFTER_WRONG_PASSWORD
    const step = Math.min(LONGEST, FIRST * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 16)
    return step * (0.5 + this.#random() / 2)
  }
}
