/** Packets that are looked at together. */
const WINDOW = 64
/** So few of them that follow the one before in number show that the numbers mean nothing: even in heavy loss more do. */
const FEW = 1

/**
 * Whether the sequence numbers number the packets (RFC 3550 section 5.1). Firmware has been seen that leaves them at zero,
 * counts by two, in the wrong byte order, or over all its tracks; on a connection that keeps the order they can be done
 * without.
 */
export class NumberingWatch {
  #previous = -1
  #seen = 0
  #following = 0
  meaningless = false

  /** @returns whether the judgement changed with this packet */
  note(sequenceNumber: number): boolean {
    if (sequenceNumber === ((this.#previous + 1) & 0xffff)) this.#following++
    this.#previous = sequenceNumber
    if (++this.#seen % WINDOW > 0) return false
    const before = this.meaningless
    this.meaningless = this.#following <= (before ? WINDOW / 2 : FEW)
    this.#following = 0
    return this.meaningless !== before
  }
}
