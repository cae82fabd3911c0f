import { NAL_UNIT_HEADER_BYTES } from '../codec/h265.ts'
import { LIMITS } from '../limits.ts'
import type { Ticks } from '../units.ts'
import { NalUnitBuffer } from './nal-unit-buffer.ts'
import type { NalUnitSink } from './nal-unit-sink.ts'

/** A NAL unit that waits for those before it in decoding order. */
interface Waiting {
  readonly timestamp: Ticks
  /** AbsDon: the decoding order number, unwrapped. */
  readonly order: number
  readonly bytes: Uint8Array
}

export interface DecodingOrderOptions {
  /** `sprop-max-don-diff`, from 1: how far the order numbers of two NAL units may differ that are sent in reverse. */
  readonly maximumDonDifference: number
  /** `sprop-depack-buf-nalus`: how many NAL units may be sent before one that precedes them; 0 where it is not stated. */
  readonly nalUnits: number
  /** Told of what does not keep to these. */
  readonly malformed: () => void
}

/** Added to the order at a gap: all from behind it follow all from before. */
const GAP = 0x1_0000

/**
 * The de-packetization buffer of RFC 7798 section 6: puts NAL units that are sent in another order into decoding order,
 * and gives them on, one with each call of `giveNext`.
 *
 * What is lost may have come anywhere within `maximumDonDifference` of the NAL units around the gap: all of these are
 * told to lie behind a loss.
 */
export class DecodingOrderBuffer implements NalUnitSink {
  readonly #next: NalUnitSink
  readonly #options: DecodingOrderOptions
  /** By `order`; those with the same one as they came. */
  readonly #waiting: Waiting[] = []
  #bytes = 0
  /** The NAL unit that is being put together. */
  readonly #open = new NalUnitBuffer()
  #openTimestamp: Ticks | undefined
  #openOrder = 0
  /** Of the NAL unit that came last; undefined at the start and after a loss. */
  #lastOrder: number | undefined
  #lastDon = 0
  /** The greatest that came. */
  #highest = 0
  /** What comes from before this was overtaken by what was given on. */
  #given = Number.NEGATIVE_INFINITY
  /** Up to this, and the first behind it, NAL units may lack something before them. */
  #uncertainUntil = Number.NEGATIVE_INFINITY
  #ending = false

  constructor(next: NalUnitSink, options: DecodingOrderOptions) {
    this.#next = next
    this.#options = options
  }

  begin(timestamp: Ticks, header0: number, header1: number, _first: number, decodingOrderNumber: number): void {
    if (this.#open.open) {
      this.#options.malformed()
      this.end()
    }
    this.#openTimestamp = timestamp
    this.#openOrder = this.#unwrapped(decodingOrderNumber)
    this.#open.begin()
    this.#open.byte(header0)
    this.#open.byte(header1)
  }

  continue(timestamp: Ticks): void {
    if (this.#open.open && timestamp === this.#openTimestamp) return
    // Behind a loss that is known already it is no news that the beginning is missing.
    if (this.#lastOrder === undefined) return
    this.malformed()
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    if (this.#open.open && !this.#open.append(bytes, start, end)) this.malformed()
  }

  end(): void {
    const open = this.#open
    if (!open.open || this.#openTimestamp === undefined) return
    const bytes = open.bytes.slice(open.nalStart, open.length)
    open.clear()
    this.#insert({ timestamp: this.#openTimestamp, order: this.#openOrder, bytes })
  }

  /** Where in the order it belongs cannot be told: the same as a loss. */
  malformed(): void {
    this.#options.malformed()
    this.lose()
  }

  lose(): void {
    this.#open.clear()
    this.#lastOrder = undefined
    // What is missing may stand before any that waits, and before the next.
    this.#uncertainUntil = Number.POSITIVE_INFINITY
  }

  flush(): void {
    if (this.#open.open) this.lose()
    this.#ending = true
  }

  /** Gives on the first NAL unit, if its turn has come. @returns whether it did. */
  giveNext(): boolean {
    if (!this.#isFirstDue()) return false
    if (this.#uncertainUntil > Number.NEGATIVE_INFINITY) this.#next.lose()
    const unit = this.#waiting.shift()
    if (unit === undefined) {
      this.#ending = false
      this.#next.flush()
      return true
    }
    const { timestamp, order, bytes } = unit
    this.#bytes -= bytes.length
    this.#given = order
    if (order > this.#uncertainUntil) this.#uncertainUntil = Number.NEGATIVE_INFINITY
    const [header0 = 0, header1 = 0, first = 0] = bytes
    this.#next.begin(timestamp, header0, header1, first, 0)
    this.#next.append(bytes, NAL_UNIT_HEADER_BYTES, bytes.length)
    this.#next.end()
    return true
  }

  /** Nobody asked for what could be given on: it is lost. */
  dropDue(): void {
    if (!this.#isFirstDue()) return
    this.#waiting.length = 0
    this.#bytes = 0
    this.#ending = false
    this.lose()
  }

  /** Section 1.1 (AbsDon): each number is the nearest to that of the NAL unit that came before. */
  #unwrapped(don: number): number {
    if (this.#lastOrder !== undefined) this.#lastOrder += ((don - this.#lastDon) << 16) >> 16
    else this.#lastOrder = this.#highest + GAP
    this.#lastDon = don
    this.#highest = Math.max(this.#highest, this.#lastOrder)
    // The first behind a loss: what was lost precedes it in transmission, and follows it by that much at most.
    if (this.#uncertainUntil === Number.POSITIVE_INFINITY) {
      this.#uncertainUntil = this.#lastOrder + this.#options.maximumDonDifference
    }
    return this.#lastOrder
  }

  #insert(unit: Waiting): void {
    if (unit.order < this.#given) {
      // It comes later than stated that any would: what it should have preceded is gone.
      this.#options.malformed()
      this.#next.lose()
      return
    }
    let at = this.#waiting.length
    while (at > 0 && (this.#waiting[at - 1]?.order ?? 0) > unit.order) at--
    this.#waiting.splice(at, 0, unit)
    this.#bytes += unit.bytes.length
  }

  /** Conditions A and B of section 6, and the bounds. */
  #isFirstDue(): boolean {
    const waiting = this.#waiting
    const { maximumDonDifference, nalUnits } = this.#options
    const spread = (waiting.at(-1)?.order ?? 0) - (waiting[0]?.order ?? 0)
    return (
      this.#ending ||
      spread >= maximumDonDifference ||
      (nalUnits > 0 && waiting.length > nalUnits) ||
      waiting.length > LIMITS.interleavedNalUnits ||
      this.#bytes > LIMITS.interleavedBytes
    )
  }
}
