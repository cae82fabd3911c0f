import type { Ticks } from '../units.ts'

/** NAL units in a row whose fragments had different timestamps, before these are overlooked. */
const ENOUGH = 3

/**
 * Some cameras stamp each packet with the time at which it is sent, and not the fragments of one NAL unit alike (RFC 3550
 * section 5.1). A single difference means that the rest of a NAL unit is missing though no number is; when one whole NAL
 * unit after the other has it, the timestamp of the first fragment is that of all.
 */
export class FragmentStamps {
  /** Undefined where no first fragment came. */
  #first: Ticks | undefined
  #later = 0
  #others = 0
  #run = 0

  first(timestamp: Ticks): void {
    this.#first = timestamp
    this.#later = this.#others = 0
  }

  /** @returns the timestamp that counts for a later fragment */
  later(timestamp: Ticks): Ticks {
    this.#later++
    if (timestamp !== this.#first) this.#others++
    return this.#run < ENOUGH ? timestamp : (this.#first ?? timestamp)
  }

  /** The last fragment was the last of its NAL unit. */
  end(): void {
    if (this.#first !== undefined && this.#later > 0) this.#run = this.#others > 0 ? this.#run + 1 : 0
    this.#first = undefined
  }

  /** Packets are missing: what follows is no later fragment of what was begun. */
  lost(): void {
    this.#first = undefined
  }
}
