/** Milliseconds between a request and its first repetition. A camera needs a frame or two, and the network its way. */
const FIRST_WAIT = 1_000
/** Waits double up to this: a camera that does not answer is not helped by being asked more often. */
const LONGEST_WAIT = 16_000

/**
 * When a keyframe may be asked for. Each is several times the size of other pictures, so one asked for by mistake costs
 * every viewer of a loaded network (RFC 4585 section 6.3.1: don't repeat before an answer can have come).
 *
 * Times are milliseconds of any monotonic clock.
 */
export class KeyframeRequests {
  #sequenceNumber = 0
  #lastAsked = Number.NEGATIVE_INFINITY
  #wait = FIRST_WAIT
  #answered = true
  /** Requests so far, repetitions included. */
  asked = 0

  /**
   * Whether to ask now. True counts as asked.
   *
   * Waits 1 s after a request, and twice as long after each that was not answered, up to 16 s.
   */
  ask(now: number): boolean {
    if (now - this.#lastAsked < this.#wait) return false
    // RFC 5104 section 4.3.1.2: a repetition keeps its number.
    if (this.#answered) this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xff
    else this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2)
    this.#answered = false
    this.#lastAsked = now
    this.asked++
    return true
  }

  /** A keyframe came, asked for or not. */
  keyframe(): void {
    this.#answered = true
    this.#wait = FIRST_WAIT
  }

  /** For `writeFullIntraRequest`: 0 to 255, of the newest request. */
  get sequenceNumber(): number {
    return this.#sequenceNumber
  }
}
