/** Units whose sound may still come out of the decoder. Beyond: the oldest is forgotten. */
const MAX_KNOWN = 256
/** Decoders round times to microseconds, some once for each unit. */
const ROUNDING = 100

interface Unit {
  /** As the decoder was told, in microseconds. */
  readonly told: number
  /** In seconds of the stream. */
  readonly start: number
}

/**
 * Decoders are told times of their own, without a gap. Chromium's takes the time of the first unit and counts on by the
 * samples it gives out: with the times of the stream, sound behind a lost unit, or after the reports of the camera have
 * put it in another place beside the picture, would be out of place for good.
 */
export class DecodingTimes {
  #units: Unit[] = []
  #next = 0

  /**
   * Microseconds for the next unit that the decoder gets.
   *
   * @param start in seconds of the stream
   * @param duration in seconds
   */
  tell(start: number, duration: number): number {
    const told = Math.round(this.#next)
    this.#next += duration * 1e6
    if (this.#units.length === MAX_KNOWN) this.#units.shift()
    this.#units.push({ told, start })
    return told
  }

  /** The time of the stream, in seconds, of what the decoder gives out with a time of its own; it comes in order. */
  timeOf(microseconds: number): number {
    const at = this.#units.findLastIndex(({ told }) => told <= microseconds + ROUNDING)
    if (at > 0) this.#units = this.#units.slice(at)
    const [unit] = this.#units
    return unit ? unit.start + (microseconds - unit.told) / 1e6 : microseconds / 1e6
  }

  /** Another decoder follows. */
  reset(): void {
    this.#units = []
    this.#next = 0
  }
}
