/** RFC 3550 appendix A.1: a larger step forward is a restart, not a loss. */
const MAX_DROPOUT = 3000
/** A packet at most so far behind is late or a duplicate. */
const MAX_MISORDER = 100

/** What a packet is to its stream. */
export type SequenceVerdict =
  /** It follows, after `lost` packets that are missing. */
  | 'in-order'
  /** It is late or a duplicate, and of no use on a stream that keeps its order. */
  | 'late'
  /** The sender began anew: what came before does not belong to what comes now. */
  | 'restart'

/**
 * Follows the 16-bit sequence numbers of one RTP stream (RFC 3550 appendix A.1), over a transport that keeps order.
 */
export class SequenceTracker {
  #started = false
  #highest = 0
  #cycles = 0
  #base = 0
  #received = 0
  #lostBeforeRestarts = 0
  #suspect = -1
  /** Packets missing in front of the one seen last. */
  lost = 0

  /** @param sequenceNumber 0 to 65,535 */
  track(sequenceNumber: number): SequenceVerdict {
    this.lost = 0
    if (!this.#started) {
      this.#begin(sequenceNumber)
      return 'in-order'
    }
    const step = (sequenceNumber - this.#highest) & 0xffff
    if (step > 0 && step < MAX_DROPOUT) {
      if (sequenceNumber < this.#highest) this.#cycles += 0x1_0000
      this.#highest = sequenceNumber
      this.#received++
      this.#suspect = -1
      this.lost = step - 1
      return 'in-order'
    }
    const behind = -step & 0xffff
    // Two packets in a row behind the stream are not late ones: the sender began anew close to where it was.
    if (behind <= MAX_MISORDER && sequenceNumber !== this.#suspect) {
      this.#suspect = (sequenceNumber + 1) & 0xffff
      return 'late'
    }
    this.#lostBeforeRestarts = this.cumulativeLost
    this.#begin(sequenceNumber)
    return 'restart'
  }

  /** The next packet begins a stream of its own, as after a change of SSRC. */
  reset(): void {
    if (this.#started) this.#lostBeforeRestarts = this.cumulativeLost
    this.#started = false
  }

  /** Highest number so far with its wraps in the upper bits, as reports want it. */
  get highestExtended(): number {
    return this.#cycles + this.#highest
  }

  /** Packets that should have come since the start or the last restart. */
  get expected(): number {
    return this.#started ? this.highestExtended - this.#base + 1 : 0
  }

  /** Packets that came since the start or the last restart, late ones not counted. */
  get received(): number {
    return this.#started ? this.#received : 0
  }

  get cumulativeLost(): number {
    return this.#lostBeforeRestarts + this.expected - this.received
  }

  #begin(sequenceNumber: number): void {
    this.#started = true
    this.#highest = sequenceNumber
    this.#base = sequenceNumber
    this.#cycles = 0
    this.#received = 1
    this.#suspect = -1
  }
}
