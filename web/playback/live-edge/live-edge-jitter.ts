/** How long what was measured counts, in seconds, and in how many parts it is forgotten. */
const REMEMBERED = 16
const PARTS = 16
/** Jitter is believed to be less at this pace, in seconds for each second: widened at once, narrowed gently. */
const NARROWING = 0.02
/** The edge is where the earliest of so many parts says, the one that has begun among them. */
const EDGE_PARTS = 2
/** Time constant of the running mean of the lateness, in seconds. */
const USUAL = 2

interface Part {
  readonly number: number
  earliest: number
  latest: number
}

/**
 * How unevenly a stream arrives: by how much its pictures come later than the earliest of the last seconds. That is what
 * must be kept in hand for none to come too late. A part of the time that stands alone is an accident, such as a network
 * that stood still once; the second like it is a habit, and counts. Pure logic, in seconds.
 */
export class ArrivalJitter {
  #parts: Part[] = []
  #jitter = 0
  #usual = 0
  #at = 0

  /**
   * Something arrived.
   *
   * @param now a monotonic clock
   * @param mediaTime where on the timeline of the stream it ends
   */
  arrived(now: number, mediaTime: number): void {
    const lateness = now - mediaTime
    const number = Math.floor((now / REMEMBERED) * PARTS)
    const part = this.#parts.at(-1)
    if (part?.number === number) {
      part.earliest = Math.min(part.earliest, lateness)
      part.latest = Math.max(part.latest, lateness)
    } else {
      this.#parts = this.#parts.filter((old) => old.number > number - PARTS)
      this.#parts.push({ number, earliest: lateness, latest: lateness })
    }
    const narrowed = this.#jitter - NARROWING * Math.max(0, now - this.#at)
    this.#jitter = Math.max(this.#measure(), narrowed, 0)
    const late = (this.edge(now) ?? mediaTime) - mediaTime
    this.#usual += (late - this.#usual) * (1 - Math.exp((this.#at - now) / USUAL))
    this.#at = now
  }

  /**
   * Where the edge of the stream would be if nothing came late: steadier than what has come, which moves with the jitter.
   * Undefined before anything came.
   */
  edge(now: number): number | undefined {
    const newest = this.#parts.at(-1)
    if (!newest) return undefined
    let earliest = newest.earliest
    for (const part of this.#parts) {
      if (part.number > newest.number - EDGE_PARTS) earliest = Math.min(earliest, part.earliest)
    }
    return now - earliest
  }

  /** By how much, in seconds; 0 before there is anything to compare. */
  get jitter(): number {
    return this.#jitter
  }

  /** By how much pictures are late on average, in seconds. */
  get usual(): number {
    return this.#usual
  }

  /** Another timeline follows: its times have nothing to do with those before. What was learnt stays for a while. */
  reset(): void {
    this.#parts = []
  }

  #measure(): number {
    let earliest = Number.POSITIVE_INFINITY
    let worst: Part | undefined
    for (const part of this.#parts) {
      earliest = Math.min(earliest, part.earliest)
      if (!worst || part.latest > worst.latest) worst = part
    }
    let second = earliest
    for (const part of this.#parts) {
      // What was held up may come in the turn from one part to the next: still the same accident.
      if (worst && Math.abs(part.number - worst.number) > 1) second = Math.max(second, part.latest)
    }
    return second - earliest
  }
}
