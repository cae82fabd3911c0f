import type { Ticks } from '../units.ts'

/**
 * How far the markers of a stream are relied on:
 * - `assumed`: nothing speaks against them;
 * - `suspect`: one stood on a packet without a slice, so the next unit ends by what follows it, and that tells;
 * - `proven`: a unit did end where its only marker stood;
 * - `wrong`: they are on each NAL unit; units end by the next timestamp or first slice from now on.
 */
export type MarkerTrust = 'assumed' | 'suspect' | 'proven' | 'wrong'

/**
 * Finds out whether a camera sets the RTP marker as RFC 6184 section 5.1 and RFC 7798 section 4.1 say, on the last packet
 * of each access unit.
 * To wait for the next packet costs a frame's time, so markers are believed until something speaks against them.
 */
export class MarkerWatch {
  #trust: MarkerTrust = 'assumed'
  /** Packets with slices and a marker in the unit that is being gathered. */
  #marks = 0
  #lastIsMarked = false
  /** Timestamp of the unit that the last marker closed, while no packet followed it. */
  #closed: Ticks | null = null

  get trust(): MarkerTrust {
    return this.#trust
  }

  unmarked(): void {
    this.#lastIsMarked = false
  }

  /** Packets are missing: what follows says nothing about the unit before. */
  lost(): void {
    this.#closed = null
  }

  /** A packet had the marker. @returns whether its unit ends here. */
  endsUnit(timestamp: Ticks, hasSlices: boolean): boolean {
    if (!hasSlices) {
      if (this.#trust === 'assumed') this.#trust = 'suspect'
      return false
    }
    this.#marks++
    this.#lastIsMarked = true
    if (this.#trust === 'suspect' || this.#trust === 'wrong') return false
    this.#closed = timestamp
    return true
  }

  /** A packet came that is not the beginning of a picture. @returns whether it belongs to a unit closed too early. */
  continuesClosedUnit(timestamp: Ticks): boolean {
    if (this.#closed !== timestamp) return false
    this.#trust = 'wrong'
    this.#closed = null
    return true
  }

  /** The unit ended, by a marker or by what followed it. */
  finished(damaged: boolean): void {
    if (this.#trust === 'suspect' && !damaged) {
      if (this.#marks > 1) this.#trust = 'wrong'
      else if (this.#marks === 1 && this.#lastIsMarked) this.#trust = 'proven'
    }
    this.#marks = 0
    this.#lastIsMarked = false
  }
}
