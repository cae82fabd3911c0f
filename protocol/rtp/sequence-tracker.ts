/** RFC 3550 appendix A.1: a larger step forward is a restart, not a loss. */
const MAX_DROPOUT = 3000
/** A packet at most so far behind is late or a duplicate. */
const MAX_MISORDER = 100
/** Packets remembered, to tell duplicates from late ones: a power of two above MAX_MISORDER. */
const WINDOW = 128

/** What a packet is to its stream. */
export type SequenceVerdict =
  /** It follows, after `lost` packets that are missing. */
  | 'in-order'
  /** One of those that were missing, too late: of no use on a stream that keeps its order. */
  | 'late'
  /** It came before. */
  | 'duplicate'
  /** Out of place. The first of a sequence that begins anew if the next one follows it; else a stray. Keep it till then. */
  | 'suspect'
  /** The suspect was the first of a new sequence, and this is its second. What came before belongs to neither. */
  | 'restart'

/**
 * Follows the 16-bit sequence numbers of one source, with the probation of RFC 3550 appendix A.1: one packet that is out
 * of place changes nothing, two that follow each other are a restart.
 */
export class SequenceTracker {
  readonly #numbers = new Int32Array(WINDOW).fill(-1)
  readonly #timestamps = new Uint32Array(WINDOW)
  #started = false
  #highest = 0
  #cycles = 0
  #base = 0
  #received = 0
  #duplicates = 0
  #missingBefore = 0
  #duplicatesBefore = 0
  #suspect = -1
  #suspectTimestamp = 0
  /** Packets missing in front of the one seen last. */
  lost = 0
  /** Packets that came after their place was passed. */
  late = 0
  /** Suspects that nothing followed. */
  strays = 0
  /** How often the sequence began anew. */
  restarts = 0

  /**
   * @param sequenceNumber 0 to 65,535
   * @param timestamp of the RTP header: the same number with another timestamp is no duplicate, but a restart close by.
   */
  track(sequenceNumber: number, timestamp = 0): SequenceVerdict {
    this.lost = 0
    if (!this.#started) {
      this.#begin(sequenceNumber, timestamp)
      return 'in-order'
    }
    const step = (sequenceNumber - this.#highest) & 0xffff
    if (step > 0 && step < MAX_DROPOUT) {
      this.#dismissSuspect()
      this.#advance(sequenceNumber, timestamp)
      this.lost = step - 1
      return 'in-order'
    }
    if (this.#suspect >= 0 && sequenceNumber === ((this.#suspect + 1) & 0xffff)) {
      this.#restart(sequenceNumber, timestamp)
      return 'restart'
    }
    return this.#behind(sequenceNumber, timestamp, -step & 0xffff)
  }

  /** The next packet begins a sequence of its own, as after a change of SSRC. */
  reset(): void {
    this.#keepTotals()
    this.#started = false
    this.#suspect = -1
  }

  /** Highest number so far with its wraps in the upper bits, as reports want it. */
  get highestExtended(): number {
    return this.#cycles + this.#highest
  }

  /** Packets that should have come since the start or the last restart. */
  get expected(): number {
    return this.#started ? this.highestExtended - this.#base + 1 : 0
  }

  /** Packets that came since the start or the last restart, late ones counted, duplicates not. */
  get received(): number {
    return this.#started ? this.#received : 0
  }

  /** Since the start or the last restart. */
  get duplicates(): number {
    return this.#started ? this.#duplicates : 0
  }

  get totalDuplicates(): number {
    return this.#duplicatesBefore + this.duplicates
  }

  /** Packets that never came, in all. */
  get missing(): number {
    return this.#missingBefore + this.expected - this.received
  }

  /** As reports want it (section 6.4.1): duplicates make up for losses, and it may be negative. */
  get cumulativeLost(): number {
    return this.missing - this.totalDuplicates
  }

  /** A packet behind the newest, or far from it. */
  #behind(sequenceNumber: number, timestamp: number, distance: number): SequenceVerdict {
    if (distance <= MAX_MISORDER && this.highestExtended - distance >= this.#base) {
      const slot = sequenceNumber % WINDOW
      if (this.#numbers[slot] !== sequenceNumber) {
        this.#remember(sequenceNumber, timestamp)
        this.#received++
        this.late++
        return 'late'
      }
      if (this.#timestamps[slot] === timestamp) {
        this.#duplicates++
        return 'duplicate'
      }
    }
    this.#dismissSuspect()
    this.#suspect = sequenceNumber
    this.#suspectTimestamp = timestamp
    return 'suspect'
  }

  #restart(sequenceNumber: number, timestamp: number): void {
    const first = this.#suspect
    this.#keepTotals()
    this.#begin(first, this.#suspectTimestamp)
    this.#advance(sequenceNumber, timestamp)
    this.restarts++
  }

  #begin(sequenceNumber: number, timestamp: number): void {
    this.#started = true
    this.#numbers.fill(-1)
    this.#highest = sequenceNumber
    this.#base = sequenceNumber
    this.#cycles = 0
    this.#received = 1
    this.#duplicates = 0
    this.#suspect = -1
    this.#remember(sequenceNumber, timestamp)
  }

  #advance(sequenceNumber: number, timestamp: number): void {
    if (sequenceNumber < this.#highest) this.#cycles += 0x1_0000
    this.#highest = sequenceNumber
    this.#received++
    this.#remember(sequenceNumber, timestamp)
  }

  #remember(sequenceNumber: number, timestamp: number): void {
    const slot = sequenceNumber % WINDOW
    this.#numbers[slot] = sequenceNumber
    this.#timestamps[slot] = timestamp
  }

  #dismissSuspect(): void {
    if (this.#suspect >= 0) this.strays++
    this.#suspect = -1
  }

  #keepTotals(): void {
    this.#missingBefore = this.missing
    this.#duplicatesBefore = this.totalDuplicates
  }
}
