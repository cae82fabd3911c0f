/** Milliseconds between the second end and the next start, and the most. */
const FIRST = 500
const LONGEST = 30_000
/** A worker that ran for so many milliseconds was well. */
const WELL_AFTER = 60_000

/** How long a worker that ended is left alone: the first time not at all, then twice as long each time. */
export class RestartDelay {
  #ends = 0

  /**
   * @param ranFor milliseconds that it ran
   * @returns milliseconds until it is started again
   */
  ended(ranFor: number): number {
    if (ranFor >= WELL_AFTER) this.#ends = 0
    const delay = this.#ends === 0 ? 0 : Math.min(LONGEST, FIRST * 2 ** (this.#ends - 1))
    this.#ends = Math.min(this.#ends + 1, 16)
    return delay
  }
}
