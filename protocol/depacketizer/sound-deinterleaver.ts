import { LIMITS } from '../limits.ts'
import type { Ticks } from '../units.ts'

/** An access unit that waits for those before it. */
interface WaitingUnit {
  readonly data: Uint8Array
  readonly timestamp: Ticks
  readonly duration: Ticks
}

export interface SoundDeinterleaverEvents {
  /** The next unit in order of time, and whether some are missing before it. */
  unit(data: Uint8Array, timestamp: Ticks, duration: Ticks, missing: boolean): void
  /** A unit is dropped: its place is passed, or is none that could be. */
  misplaced(): void
}

/**
 * Puts access units that were sent interleaved back into the order of their timestamps (RFC 3640 section 3.2.3.2). One
 * is given as soon as it follows the one before without a gap, so that without loss nothing waits longer than it must.
 * A gap is given up as soon as what would fill it can no longer come.
 */
export class SoundDeinterleaver {
  readonly #events: SoundDeinterleaverEvents
  /** Ticks by which units may be out of place; undefined where the SDP does not state it. */
  readonly #maximumDisplacement: number | undefined
  /** In order of their timestamps. */
  readonly #waiting: WaitingUnit[] = []
  #bytes = 0
  /** When the unit that is due next begins. */
  #due: number | undefined
  #missing = false
  /** Timestamp of the packet that is read. */
  #packet = 0

  constructor(maximumDisplacement: number | undefined, events: SoundDeinterleaverEvents) {
    this.#maximumDisplacement = maximumDisplacement
    this.#events = events
  }

  /**
   * A packet begins.
   *
   * @param timestamp of its first unit. Packets go out in the order of their timestamps, so nothing before it follows;
   * where the SDP states a displacement that is relied on instead.
   * @param duration of a unit
   */
  packet(timestamp: Ticks, duration: Ticks): void {
    this.#packet = timestamp
    // As after a jump of the camera's clock: it has nothing to do with what waits.
    if (this.#due !== undefined && this.#due - timestamp > LIMITS.interleavedSoundUnits * duration) this.flush()
    if (this.#maximumDisplacement !== undefined) return
    this.#release(timestamp)
    if (this.#due === undefined || timestamp <= this.#due + duration / 2) return
    this.#due = timestamp
    this.#missing = true
  }

  /** @param data is copied where it must wait. */
  push(data: Uint8Array, timestamp: Ticks, duration: Ticks): void {
    if (this.#isPassed(timestamp, duration) || timestamp - this.#packet > LIMITS.interleavedSoundUnits * duration) {
      this.#events.misplaced()
      return
    }
    if (this.#waiting.length === 0 && this.#isDue(timestamp, duration)) this.#give({ data, timestamp, duration })
    else this.#insert({ data: data.slice(), timestamp, duration })
    const displacement = this.#maximumDisplacement ?? Number.POSITIVE_INFINITY
    this.#release(timestamp - displacement)
  }

  /** Nothing more comes. */
  flush(): void {
    this.#release(Number.POSITIVE_INFINITY)
    this.#due = undefined
  }

  /** Gives what is due, and what begins up to `horizon`: nothing comes any more that belongs before that. */
  #release(horizon: number): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const { data, timestamp, duration } = first
      const isFull = this.#waiting.length > LIMITS.interleavedSoundUnits || this.#bytes > LIMITS.interleavedSoundBytes
      if (!this.#isDue(timestamp, duration) && !isFull && timestamp > horizon) return
      this.#waiting.shift()
      this.#bytes -= data.length
      if (this.#isPassed(timestamp, duration)) this.#events.misplaced()
      else this.#give(first)
    }
  }

  // Half a frame either way: timestamps may be rounded.
  #isDue(timestamp: number, duration: number): boolean {
    return this.#due === undefined || timestamp <= this.#due + duration / 2
  }

  #isPassed(timestamp: number, duration: number): boolean {
    return this.#due !== undefined && timestamp < this.#due - duration / 2
  }

  #give({ data, timestamp, duration }: WaitingUnit): void {
    const missing = this.#missing || !this.#isDue(timestamp, duration)
    this.#missing = false
    this.#due = timestamp + duration
    this.#events.unit(data, timestamp, duration, missing)
  }

  /** Mostly it is the last. */
  #insert(unit: WaitingUnit): void {
    let at = this.#waiting.length
    while (at > 0 && (this.#waiting[at - 1]?.timestamp ?? 0) > unit.timestamp) at--
    this.#waiting.splice(at, 0, unit)
    this.#bytes += unit.data.length
  }
}
