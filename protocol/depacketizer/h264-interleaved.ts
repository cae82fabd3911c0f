import type { RtpPacket } from '../rtp/packet.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import { DeinterleavingBuffer, type DeinterleavingOptions } from './deinterleaving-buffer.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { H264Depacketizer } from './h264.ts'
import { H264AccessUnits, type H264AccessUnitsOptions } from './h264-access-units.ts'
import { NalUnitBuffer } from './nal-unit-buffer.ts'

/** RFC 6184 section 5.4: the payload structures, and the FU header's bits. */
const STAP_A = 24
const STAP_B = 25
const MTAP16 = 26
const MTAP24 = 27
const FU_A = 28
const FU_B = 29
const FU_START = 0x80
const FU_END = 0x40

export interface H264InterleavedDepacketizerOptions extends H264AccessUnitsOptions, DeinterleavingOptions {}

/**
 * H.264 by RFC 6184 in interleaved mode (packetization-mode 2): NAL units come out of decoding order, each with a number
 * that says its place, and go through a buffer that puts them in order into the same `H264AccessUnits` as otherwise.
 * Markers mean nothing here: the last packet of an access unit in the order of sending (section 5.1) need not hold its
 * last NAL unit. A unit ends where the next begins.
 */
export class H264InterleavedDepacketizer implements Depacketizer {
  readonly #options: H264InterleavedDepacketizerOptions
  /** Of a stream that is not interleaved, whatever its SDP says. */
  #plain: H264Depacketizer | undefined
  #isInterleaved = false
  readonly #units: H264AccessUnits
  readonly #buffer: DeinterleavingBuffer
  readonly #fragments = new NalUnitBuffer()
  /** Of the NAL unit whose fragments are gathered. */
  #fragmentsDon = 0
  #fragmentsTimestamp = Ticks(0)
  /** A fragment was lost, and those that follow are of no use. */
  #skipsFragments = false
  #ends = false

  constructor(options: H264InterleavedDepacketizerOptions) {
    this.#options = options
    this.#units = new H264AccessUnits(options)
    this.#buffer = new DeinterleavingBuffer(options)
  }

  get statistics(): DepacketizerStatistics {
    return this.#plain?.statistics ?? this.#units.statistics
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    const { bytes, payloadStart: start, payloadEnd: end } = packet
    const type = (bytes[start] ?? 0) & 0x1f
    this.#judgeMode(type, end - start > 1 && ((bytes[start + 1] ?? 0) & FU_START) !== 0)
    if (this.#plain) {
      this.#plain.push(packet, timestamp, lost)
      return
    }
    this.#dropUnpulled()
    if (lost > 0) this.#lose()
    // Nothing stands between the fragments of a NAL unit (section 5.8).
    if (this.#fragments.open && type !== FU_A) this.#malformed()
    if (type !== FU_A) this.#skipsFragments = false
    const { late } = this.#buffer
    if (!this.#take(type, bytes, start, end, timestamp)) this.#malformed()
    this.statistics.malformed += this.#buffer.late - late
  }

  pull(): AccessUnit | null {
    if (this.#plain) return this.#plain.pull()
    for (;;) {
      const unit = this.#units.pull()
      if (unit) return unit
      const nal = this.#buffer.next()
      if (nal) {
        if (nal.lost) this.#units.lose()
        this.#units.nalUnit(nal.bytes, 0, nal.bytes.length, nal.timestamp)
      } else if (this.#ends) {
        this.#ends = false
        // No unit comes behind the last to show that something of it was lost.
        if (this.#buffer.mayLackNext) this.#units.lose()
        this.#units.flush()
      } else {
        return null
      }
    }
  }

  flush(): void {
    this.#plain?.flush()
    // The rest of it never comes.
    if (this.#fragments.open) this.#lose()
    this.#buffer.flush()
    this.#ends = true
  }

  /**
   * Section 5.2, table 3: what may not stand in this mode tells, before anything of it came, that the SDP states a mode
   * which the camera does not send.
   */
  #judgeMode(type: number, starts: boolean): void {
    if (type === STAP_B || type === MTAP16 || type === MTAP24 || type === FU_B) {
      this.#isInterleaved = true
      this.#plain = undefined
    } else if (!this.#isInterleaved && ((type > 0 && type <= STAP_A) || (type === FU_A && starts))) {
      this.#plain ??= new H264Depacketizer(this.#options)
    }
  }

  /** @returns false where the payload does not follow its structure. */
  #take(type: number, bytes: Uint8Array, start: number, end: number, timestamp: Ticks): boolean {
    switch (type) {
      case STAP_B:
        return this.#aggregate(bytes, start, end, timestamp)
      case MTAP16:
      case MTAP24:
        return this.#timedAggregate(type, bytes, start, end, timestamp)
      case FU_B:
        return this.#firstFragment(bytes, start, end, timestamp)
      case FU_A:
        return this.#laterFragment(bytes, start, end)
      default:
        // Single NAL units and STAP-A have no place here (section 5.4, Table 3): nothing tells theirs.
        return false
    }
  }

  /** Section 5.7.1, with the decoding order number of the first NAL unit; each that follows is one further. */
  #aggregate(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): boolean {
    let don = u16(bytes, start + 1)
    let at = start + 3
    for (; at + 2 < end; don++) {
      const size = u16(bytes, at)
      at += 2
      if (size === 0 || at + size > end) return false
      this.#buffer.add(don, bytes.slice(at, at + size), timestamp)
      at += size
    }
    return at === end && at > start + 3
  }

  /** Section 5.7.2: each NAL unit has a time of its own, and a number relative to the smallest in the packet. */
  #timedAggregate(type: number, bytes: Uint8Array, start: number, end: number, timestamp: Ticks): boolean {
    const offsetBytes = type === MTAP16 ? 2 : 3
    const base = u16(bytes, start + 1)
    let at = start + 3
    while (at + 3 + offsetBytes < end) {
      const size = u16(bytes, at)
      const don = base + (bytes[at + 2] ?? 0)
      const offset = offsetBytes === 2 ? u16(bytes, at + 3) : u16(bytes, at + 3) * 256 + (bytes[at + 5] ?? 0)
      at += 3 + offsetBytes
      if (size === 0 || at + size > end) return false
      this.#buffer.add(don, bytes.slice(at, at + size), Ticks(timestamp + offset))
      at += size
    }
    return at === end && at > start + 3
  }

  /** Section 5.8: the first fragment is an FU-B, with the decoding order number. */
  #firstFragment(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): boolean {
    const fuHeader = bytes[start + 1] ?? 0
    if (end - start < 4 || (fuHeader & FU_START) === 0) return false
    const fragments = this.#fragments
    fragments.clear()
    fragments.begin()
    fragments.byte(((bytes[start] ?? 0) & 0xe0) | (fuHeader & 0x1f))
    this.#fragmentsDon = u16(bytes, start + 2)
    this.#fragmentsTimestamp = timestamp
    return this.#append(bytes, start + 4, end, fuHeader)
  }

  /** Those behind it are FU-A. */
  #laterFragment(bytes: Uint8Array, start: number, end: number): boolean {
    const fuHeader = bytes[start + 1] ?? 0
    if (this.#skipsFragments) return true
    if (end - start < 2 || (fuHeader & FU_START) !== 0 || !this.#fragments.open) return false
    return this.#append(bytes, start + 2, end, fuHeader)
  }

  #append(bytes: Uint8Array, start: number, end: number, fuHeader: number): boolean {
    const fragments = this.#fragments
    if (!fragments.append(bytes, start, end)) return false
    if (fuHeader & FU_END) {
      const nal = fragments.bytes.slice(fragments.nalStart, fragments.length)
      fragments.discard()
      this.#buffer.add(this.#fragmentsDon, nal, this.#fragmentsTimestamp)
    }
    return true
  }

  #malformed(): void {
    this.statistics.malformed++
    this.#lose()
  }

  /** The rest of a NAL unit of which a fragment is missing is passed over. */
  #lose(): void {
    this.#fragments.discard()
    this.#skipsFragments = true
    this.#buffer.lose()
  }

  /** What the caller did not pull is gone, and what follows depends on it. */
  #dropUnpulled(): void {
    this.#units.dropUnpulled()
    let unpulled = false
    while (this.#buffer.next()) unpulled = true
    if (unpulled) this.#units.lose()
  }
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
