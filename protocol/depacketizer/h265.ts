import { NAL_UNIT_HEADER_BYTES, typeOf } from '../codec/h265.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import { DecodingOrderBuffer } from './decoding-order-buffer.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { FragmentStarts } from './fragment-starts.ts'
import { H265AccessUnits } from './h265-access-units.ts'
import type { MarkerTrust } from './marker-watch.ts'
import type { NalUnitSink } from './nal-unit-sink.ts'

/** RFC 7798 section 4.4: payload structures beyond the single NAL unit packet, and the FU header's bits. */
const AP = 48
const FU = 49
const PACI = 50
const FU_END = 0x40

export interface H265DepacketizerOptions {
  /**
   * `sprop-vps`, `sprop-sps` and `sprop-pps`, decoded from base64; NAL units bare or in a byte stream. Those in band win
   * over them.
   */
  readonly parameterSets: readonly Uint8Array[]
  /** `sprop-max-don-diff`, 0 to 32767: from 1, NAL units come out of decoding order and tell their place. Default 0. */
  readonly maximumDonDifference?: number
  /** `sprop-depack-buf-nalus`, 0 to 32767. Default 0: not stated. */
  readonly depacketizationBufferNalUnits?: number
}

/**
 * H.265 by RFC 7798: single NAL unit packets, aggregation packets, fragmentation units and PACI packets, in decoding
 * order or with decoding order numbers. `H265AccessUnits` makes access units of the NAL units.
 */
export class H265Depacketizer implements Depacketizer {
  readonly #units: H265AccessUnits
  /** Puts NAL units into decoding order, where DONL and DOND fields are present (section 4.4.1). */
  readonly #order: DecodingOrderBuffer | null
  /** The one of the two that packets go to. */
  readonly #sink: NalUnitSink
  readonly #hasDon: boolean
  readonly #starts = new FragmentStarts()
  /** No packet is missing before the one that is read. */
  #follows = true

  constructor(options: H265DepacketizerOptions) {
    const { parameterSets, maximumDonDifference = 0, depacketizationBufferNalUnits: nalUnits = 0 } = options
    const units = new H265AccessUnits(parameterSets)
    const malformed = () => {
      units.statistics.malformed++
    }
    this.#units = units
    this.#hasDon = maximumDonDifference > 0
    this.#order = this.#hasDon ? new DecodingOrderBuffer(units, { maximumDonDifference, nalUnits, malformed }) : null
    this.#sink = this.#order ?? units
  }

  get statistics(): DepacketizerStatistics {
    return this.#units.statistics
  }

  /** How far the stream's markers are relied on. */
  get markerTrust(): MarkerTrust {
    return this.#units.markerTrust
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    this.#units.dropUnpulled()
    this.#order?.dropDue()
    if (lost > 0) this.#sink.lose()
    this.#follows = lost === 0
    const { bytes, payloadEnd: end } = packet
    const start = skipStartCode(bytes, packet.payloadStart, end)
    // An empty payload lacks nothing, and its marker may count.
    if (start === end) this.statistics.malformed++
    else if (!this.#payload(bytes[start] ?? 0, bytes[start + 1] ?? 0, bytes, start + 2, end, timestamp)) {
      this.#sink.malformed(timestamp)
    }
    // The packet that ends a unit in transmission order need not end it in decoding order.
    if (this.#hasDon) return
    if (packet.marker) this.#units.marked()
    else this.#units.unmarked()
  }

  pull(): AccessUnit | null {
    let unit = this.#units.pull()
    while (!unit && this.#order?.giveNext()) unit = this.#units.pull()
    return unit
  }

  flush(): void {
    this.#sink.flush()
  }

  /**
   * A payload whose header is given, and the rest in `bytes[at … end)`.
   * @returns false where it cannot be read.
   */
  #payload(header0: number, header1: number, bytes: Uint8Array, at: number, end: number, timestamp: Ticks): boolean {
    // A NAL unit has a byte behind its header, but for those that end a sequence; and TID is never 0.
    if (at > end || (header1 & 7) === 0) return false
    const type = typeOf(header0)
    if (type === AP) return this.#aggregate(bytes, at, end, timestamp)
    if (type === FU) return this.#fragment(header0, header1, bytes, at, end, timestamp)
    if (type === PACI) return this.#contentInformation(header0, header1, bytes, at, end, timestamp)
    // Section 1.1.4: what has no meaning is passed over.
    if (type > PACI) this.statistics.malformed++
    return type > PACI || (type < AP && this.#single(header0, header1, bytes, at, end, timestamp))
  }

  /** Section 4.4.1: DONL stands behind the NAL unit header. */
  #single(header0: number, header1: number, bytes: Uint8Array, at: number, end: number, timestamp: Ticks): boolean {
    const body = this.#hasDon ? at + 2 : at
    if (body > end) return false
    this.#nalUnit(timestamp, header0, header1, bytes, body, end, this.#hasDon ? u16(bytes, at) : 0)
    return true
  }

  /** Section 4.4.2: a 16-bit size before each NAL unit; before that of the first DONL, before each other one DOND. */
  #aggregate(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): boolean {
    let don = 0
    for (let at = start; at < end; ) {
      if (this.#hasDon) {
        don = at === start ? u16(bytes, at) : (don + (bytes[at] ?? 0) + 1) & 0xffff
        at += at === start ? 2 : 1
      }
      const body = at + 2
      const next = body + u16(bytes, at)
      if (body > end || next > end) return false
      if (next - body >= NAL_UNIT_HEADER_BYTES) {
        this.#nalUnit(timestamp, bytes[body] ?? 0, bytes[body + 1] ?? 0, bytes, body + 2, next, don)
      }
      at = next
    }
    return start < end
  }

  /**
   * Section 4.4.3. Start and end may both be set: RFC 7798 forbids it, some cameras do it, and it is clear what is meant.
   */
  #fragment(header0: number, header1: number, bytes: Uint8Array, at: number, end: number, timestamp: Ticks): boolean {
    const fuHeader = bytes[at] ?? 0
    const isStart = this.#starts.isStart(fuHeader, timestamp, this.#follows)
    const body = at + (isStart && this.#hasDon ? 3 : 1)
    if (body > end || (fuHeader & 0x3f) >= AP) return false
    if (isStart) {
      // The type of the NAL unit is in the FU header, the rest of its header is that of the payload.
      const don = this.#hasDon ? u16(bytes, at + 1) : 0
      this.#sink.begin(timestamp, (header0 & 0x81) | ((fuHeader & 0x3f) << 1), header1, bytes[body] ?? 0, don)
    } else this.#sink.continue(timestamp)
    this.#sink.append(bytes, body, end)
    if (fuHeader & FU_END) this.#sink.end()
    return true
  }

  /**
   * Section 4.4.4: another payload behind a header extension that is of no use here. Its type (cType) and its forbidden
   * bit (A) stand before it, the rest of its header is that of the PACI packet.
   */
  #contentInformation(
    header0: number,
    header1: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    timestamp: Ticks,
  ): boolean {
    const fields = u16(bytes, at)
    const type = (fields >> 9) & 0x3f
    const body = at + 2 + ((fields >> 4) & 0x1f) // PHSsize
    if (type === PACI || body > end) return false
    return this.#payload(((fields >> 8) & 0x80) | (type << 1) | (header0 & 1), header1, bytes, body, end, timestamp)
  }

  #nalUnit(
    timestamp: Ticks,
    header0: number,
    header1: number,
    bytes: Uint8Array,
    body: number,
    end: number,
    don: number,
  ): void {
    this.#sink.begin(timestamp, header0, header1, body < end ? (bytes[body] ?? 0) : 0, don)
    this.#sink.append(bytes, body, end)
    this.#sink.end()
  }
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

/** Where the NAL unit begins in a payload that a camera put behind a start code. */
function skipStartCode(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4 || bytes[start] !== 0 || bytes[start + 1] !== 0) return start
  if (bytes[start + 2] === 1) return start + 3
  return bytes[start + 2] === 0 && bytes[start + 3] === 1 ? start + 4 : start
}
