import { LIMITS } from '../limits.ts'
import type { Ticks } from '../units.ts'

export interface DeinterleavingOptions {
  /**
   * `sprop-interleaving-depth`: how many slices at most are sent before one that they follow in decoding order. Where it
   * is stated too small it grows as units come too late.
   */
  readonly interleavingDepth: number
  /** `sprop-max-don-diff`; undefined where it is not stated. */
  readonly maxDonDiff?: number | undefined
}

/** A NAL unit whose turn it is. */
export interface OrderedNalUnit {
  readonly bytes: Uint8Array
  /** Its NALU-time (RFC 6184 section 5.7.2). */
  readonly timestamp: Ticks
  /** Units may be missing between the one before and this. */
  readonly lost: boolean
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly timestamp: Ticks
  /** AbsDON: the decoding order number, which here does not turn back at 2^16. */
  readonly order: number
  /** The interleaving depth counts coded slices only. */
  readonly slice: boolean
  /** How many slices came before it, in the order of sending. */
  readonly arrival: number
}

/** So many units in a row that come too late are no accident: the sender began its numbers anew. */
const LATE_IN_ROW = 8

/**
 * Puts NAL units that are sent out of decoding order into it (RFC 6184 section 7.2.2).
 *
 * What was lost may belong anywhere among the units around it. So a loss is told before the unit that goes next, and
 * again at each gap in the order, until all that the lost one may have been sent ahead of are gone. Else a gap says
 * nothing: decoding order numbers need not follow each other (section 5.5).
 */
export class DeinterleavingBuffer {
  readonly #maxDonDiff: number | undefined
  #depth: number
  /** By decoding order. */
  readonly #waiting: Waiting[] = []
  #slices = 0
  #bytes = 0
  #arrivals = 0
  /** Of the unit that came last: its number as it was sent, and its place in the order. */
  #newest = { don: 0, order: 0 }
  /** Of the unit that went last. */
  #gone: number | undefined
  #lateInRow = 0
  /** Something was lost, and nothing has gone since. */
  #lost = false
  /** The first slice that came after the last loss, and how many from there on gaps are still told before. */
  #lossArrival = 0
  #suspicious = 0
  #draining = false
  /** Units that came when others behind them were gone, and were dropped. */
  late = 0

  constructor({ interleavingDepth, maxDonDiff }: DeinterleavingOptions) {
    this.#depth = interleavingDepth
    this.#maxDonDiff = maxDonDiff
  }

  /** Units are missing between the one that came last and the next. */
  lose(): void {
    this.#lost = true
    this.#lossArrival = this.#arrivals
    this.#suspicious = this.#depth + 1
    // A stream that begins anew is told as a loss, too: then a step back is no lateness.
    this.#lateInRow = LATE_IN_ROW
  }

  /**
   * @param don decoding order number, 16 bits
   * @param bytes of the NAL unit, without start code; the buffer keeps them
   */
  add(don: number, bytes: Uint8Array, timestamp: Ticks): void {
    // don_diff of section 5.5.
    let order = this.#newest.order + (((don - this.#newest.don) << 16) >> 16)
    if (this.#gone !== undefined && order < this.#gone) {
      if (this.#lateInRow++ < LATE_IN_ROW) {
        this.#dropLate()
        return
      }
      this.#lost = true
      order = Math.max(this.#gone, this.#waiting.at(-1)?.order ?? this.#gone) + 1
    }
    this.#lateInRow = 0
    this.#newest = { don, order }
    const type = (bytes[0] ?? 0) & 0x1f
    const slice = type >= 1 && type <= 5
    this.#insert({ bytes, timestamp, order, slice, arrival: this.#arrivals })
    if (slice) this.#arrivals++
  }

  /** The next unit in decoding order, or null where an earlier one may still come. */
  next(): OrderedNalUnit | null {
    const first = this.#waiting[0]
    if (first === undefined || !this.#mayGo(first)) {
      if (first === undefined) this.#draining = false
      return null
    }
    this.#waiting.shift()
    this.#bytes -= first.bytes.length
    if (first.slice) this.#slices--
    const gap = this.#gone !== undefined && first.order > this.#gone + 1
    const lost = this.#lost || (gap && this.#suspicious > 0)
    if (first.slice && first.arrival >= this.#lossArrival && this.#suspicious > 0) this.#suspicious--
    this.#lost = false
    this.#gone = first.order
    return { bytes: first.bytes, timestamp: first.timestamp, lost }
  }

  /** What was lost may belong behind the unit that went last. */
  get mayLackNext(): boolean {
    return this.#lost || this.#suspicious > 0
  }

  /** Nothing more comes: all that waits may go. */
  flush(): void {
    this.#draining = true
  }

  #mayGo(first: Waiting): boolean {
    const waiting = this.#waiting
    if (this.#draining || this.#slices > this.#depth) return true
    if (waiting.length > LIMITS.interleavedNalUnits || this.#bytes > LIMITS.interleavedBytes) return true
    return this.#maxDonDiff !== undefined && (waiting.at(-1)?.order ?? 0) - first.order > this.#maxDonDiff
  }

  #insert(unit: Waiting): void {
    const waiting = this.#waiting
    let at = waiting.length
    // Units of one number may be decoded in any order (section 5.5): they keep that of sending.
    while (at > 0 && (waiting[at - 1]?.order ?? 0) > unit.order) at--
    waiting.splice(at, 0, unit)
    this.#bytes += unit.bytes.length
    if (unit.slice) this.#slices++
  }

  #dropLate(): void {
    this.late++
    this.#lost = true
    this.#depth = Math.min(this.#depth + 1, LIMITS.interleavedNalUnits)
  }
}
