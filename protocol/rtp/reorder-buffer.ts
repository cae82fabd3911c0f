import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { RTP_HEADER_BYTES } from './packet.ts'

/** RFC 3550 appendix A.1: further ahead is another sequence, further behind too. */
const MAX_DROPOUT = 3000
const MAX_MISORDER = 100
/** So many late packets that follow each other are no late ones: the sender began anew a little behind. */
const LATE_RUN = 8

/** A packet in `bytes[start … end)`, good during the call. */
export type PacketReceiver = (bytes: Uint8Array, start: number, end: number, arrival: number) => void

export interface ReorderStatistics {
  /** Packets that had to wait for an earlier one. */
  readonly reordered: number
  /** Packets dropped because their place was passed. */
  readonly late: number
  readonly duplicates: number
  /** Places given up, because the time or the room was over. */
  readonly skipped: number
}

interface Slot {
  state: 'empty' | 'waiting' | 'given'
  sequenceNumber: number
  bytes: Uint8Array
  length: number
  arrival: number
}

/**
 * Puts packets that came over UDP into the order of their sequence numbers. A packet in its place goes straight through,
 * uncopied; those behind a gap wait in slots that are reused, until it is filled, or until their time or the room is
 * over. What to make of gaps, restarts and changed sources is left to who comes next: they are passed on as they are.
 *
 * Not for TCP: nothing changes its order there, and waiting at a gap would only cost time.
 *
 * All times are milliseconds of any monotonic clock, and none passes but by the caller.
 */
export class ReorderBuffer {
  readonly #slots: Slot[]
  readonly #mask: number
  readonly #wait: number
  readonly #give: PacketReceiver
  #expected = -1
  #ssrc = 0
  #waiting = 0
  #lateRun = 0
  #lastLate = -1
  #reordered = 0
  #late = 0
  #duplicates = 0
  #skipped = 0

  /**
   * @param options.packets how many may wait, rounded up to a power of two; at most `LIMITS.reorderPackets`.
   * @param options.wait milliseconds that a gap may last; at most `LIMITS.reorderMilliseconds`.
   */
  constructor(options: { readonly packets?: number; readonly wait?: number }, give: PacketReceiver) {
    const packets = Math.min(LIMITS.reorderPackets, Math.max(2, options.packets ?? 128))
    const size = 2 ** Math.ceil(Math.log2(packets))
    this.#wait = Math.min(LIMITS.reorderMilliseconds, Math.max(0, options.wait ?? 50))
    this.#mask = size - 1
    this.#give = give
    this.#slots = Array.from({ length: size }, () => ({
      state: 'empty',
      sequenceNumber: 0,
      bytes: new Uint8Array(0),
      length: 0,
      arrival: 0,
    }))
  }

  /** Takes one packet, and gives out what is in order now. Bytes that are no RTP are passed on for who counts them. */
  push(bytes: Uint8Array, start: number, end: number, now: number): void {
    this.expire(now)
    if (end - start < RTP_HEADER_BYTES) {
      this.#give(bytes, start, end, now)
      return
    }
    const sequenceNumber = uint16At(bytes, start + 2)
    const ssrc = (uint16At(bytes, start + 8) * 0x1_0000 + uint16At(bytes, start + 10)) >>> 0
    const ahead = (sequenceNumber - this.#expected) & 0xffff
    const behind = -ahead & 0xffff
    if (this.#expected < 0 || ssrc !== this.#ssrc) {
      this.#beginAt(sequenceNumber, ssrc, bytes, start, end, now)
    } else if (ahead === 0) {
      this.#passOn(sequenceNumber, bytes, start, end, now)
      this.#giveFollowing()
    } else if (ahead < MAX_DROPOUT) {
      this.#holdAhead(sequenceNumber, bytes, start, end, now)
    } else if (behind <= MAX_MISORDER && !this.#isRestart(sequenceNumber)) {
      this.#countLate(sequenceNumber)
    } else {
      this.#beginAt(sequenceNumber, ssrc, bytes, start, end, now)
    }
  }

  /** Gives out what has waited long enough. Call it at `deadline`, where no packet comes before. */
  expire(now: number): void {
    for (let due = this.deadline; due !== undefined && due <= now; due = this.deadline) this.#skipGap()
  }

  /** When the oldest packet that waits is given out at the latest; undefined where none waits. */
  get deadline(): number | undefined {
    if (this.#waiting === 0) return undefined
    let oldest = Number.POSITIVE_INFINITY
    for (const slot of this.#slots) if (slot.state === 'waiting') oldest = Math.min(oldest, slot.arrival)
    return oldest + this.#wait
  }

  /** Gives out all that waits, in order: the stream is over. */
  flush(): void {
    while (this.#waiting > 0) this.#skipGap()
  }

  get statistics(): ReorderStatistics {
    return { reordered: this.#reordered, late: this.#late, duplicates: this.#duplicates, skipped: this.#skipped }
  }

  #beginAt(sequenceNumber: number, ssrc: number, bytes: Uint8Array, start: number, end: number, now: number): void {
    this.flush()
    for (const slot of this.#slots) slot.state = 'empty'
    this.#ssrc = ssrc
    this.#passOn(sequenceNumber, bytes, start, end, now)
  }

  #passOn(sequenceNumber: number, bytes: Uint8Array, start: number, end: number, now: number): void {
    this.#lateRun = 0
    this.#markGiven(sequenceNumber)
    this.#give(bytes, start, end, now)
  }

  #holdAhead(sequenceNumber: number, bytes: Uint8Array, start: number, end: number, now: number): void {
    // A gap that is wider than the room cannot be waited for.
    while (((sequenceNumber - this.#expected) & 0xffff) > this.#mask) {
      if (this.#waiting > 0) this.#skipGap()
      else this.#giveUp(sequenceNumber)
    }
    if (sequenceNumber === this.#expected) {
      this.#passOn(sequenceNumber, bytes, start, end, now)
      this.#giveFollowing()
      return
    }
    const slot = this.#slot(sequenceNumber)
    if (slot.state === 'waiting' && slot.sequenceNumber === sequenceNumber) {
      this.#duplicates++
      return
    }
    if (slot.bytes.length < end - start) slot.bytes = new Uint8Array(Math.max(2048, end - start))
    slot.bytes.set(bytes.subarray(start, end))
    slot.length = end - start
    slot.sequenceNumber = sequenceNumber
    slot.arrival = now
    slot.state = 'waiting'
    this.#waiting++
    this.#reordered++
  }

  /** Gives up the missing packets in front of the first that waits, and gives out that one and what follows it. */
  #skipGap(): void {
    while (!this.#isWaiting(this.#expected)) this.#giveUp((this.#expected + 1) & 0xffff)
    this.#giveFollowing()
  }

  /** The places before `next` will not be waited for. */
  #giveUp(next: number): void {
    this.#skipped += (next - this.#expected) & 0xffff
    this.#expected = next
  }

  #giveFollowing(): void {
    while (this.#isWaiting(this.#expected)) {
      const slot = this.#slot(this.#expected)
      this.#waiting--
      this.#markGiven(slot.sequenceNumber)
      this.#give(slot.bytes, 0, slot.length, slot.arrival)
    }
  }

  #markGiven(sequenceNumber: number): void {
    const slot = this.#slot(sequenceNumber)
    slot.state = 'given'
    slot.sequenceNumber = sequenceNumber
    this.#expected = (sequenceNumber + 1) & 0xffff
  }

  #isWaiting(sequenceNumber: number): boolean {
    const slot = this.#slot(sequenceNumber)
    return slot.state === 'waiting' && slot.sequenceNumber === sequenceNumber
  }

  #countLate(sequenceNumber: number): void {
    const slot = this.#slot(sequenceNumber)
    if (slot.state === 'given' && slot.sequenceNumber === sequenceNumber) this.#duplicates++
    else this.#late++
  }

  #isRestart(sequenceNumber: number): boolean {
    this.#lateRun = sequenceNumber === ((this.#lastLate + 1) & 0xffff) ? this.#lateRun + 1 : 1
    this.#lastLate = sequenceNumber
    return this.#lateRun >= LATE_RUN
  }

  #slot(sequenceNumber: number): Slot {
    const slot = this.#slots[sequenceNumber & this.#mask]
    if (!slot) throw new ProtocolError('out-of-range', 'A slot beyond the mask')
    return slot
  }
}

// The caller has checked the range; the fallback only satisfies the type.
const uint16At = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
