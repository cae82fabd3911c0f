/**
 * The clock of the element may be read so much too early or too late, in seconds: less was no standstill. It adds up, but
 * for so much of a second, by which clocks may differ.
 */
const STANDSTILL = 0.004
const DIFFERENCE = 0.0005
/** A picture that is later than this was the reason itself, in seconds. */
const IN_TIME = 0.005
/** What one standstill adds, and what is given back in a second without any. */
const WIDER = 0.004
const NARROWER = 0.0005

/**
 * What has to be in hand beside a picture, found out by trying. Browsers want a picture a refresh of the display before it is
 * seen, and up to another one sooner: it depends on how camera and display stand to each other, which changes all day. With
 * too little the clock of the element stands still although no picture is late, and then runs that much behind. Pure logic,
 * in seconds.
 */
export class LearntMargin {
  readonly #least: number
  readonly #most: number
  #margin: number
  #lost = 0

  constructor(least: number, most: number) {
    this.#least = least
    this.#most = most
    this.#margin = least
  }

  get seconds(): number {
    return this.#margin
  }

  /**
   * A picture came.
   *
   * @param passed since the one before
   * @param lost of it the clock of the element stood still
   * @param late by how much it came later than the earliest
   */
  arrived(passed: number, lost: number, late: number): void {
    if (late > IN_TIME) {
      this.#lost = 0
      return
    }
    this.#lost = Math.max(0, this.#lost + lost - DIFFERENCE * passed)
    if (this.#lost > STANDSTILL) {
      this.#lost = 0
      this.#margin = Math.min(this.#most, this.#margin + WIDER)
    } else this.#margin = Math.max(this.#least, this.#margin - NARROWER * passed)
  }
}
