import { isSlice } from '../codec/h264.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { FragmentStarts } from './fragment-starts.ts'
import { H264AccessUnits, type H264AccessUnitsOptions } from './h264-access-units.ts'
import type { MarkerTrust } from './marker-watch.ts'

/** RFC 6184 section 5.4: payload structures beyond the single NAL unit, and the FU header's end bit. */
const STAP_A = 24
const FU_A = 28
const LAST_TYPE = 29
const FU_END = 0x40

export type H264DepacketizerOptions = H264AccessUnitsOptions

/**
 * H.264 by RFC 6184: single NAL unit mode and non-interleaved mode (packetization-mode 0 and 1), in which NAL units come
 * in decoding order. What becomes of them is said at `H264AccessUnits`.
 */
export class H264Depacketizer implements Depacketizer {
  readonly #units: H264AccessUnits
  readonly #starts = new FragmentStarts()

  constructor(options: H264DepacketizerOptions) {
    this.#units = new H264AccessUnits(options)
  }

  get statistics(): DepacketizerStatistics {
    return this.#units.statistics
  }

  /** How far the stream's markers are relied on. */
  get markerTrust(): MarkerTrust {
    return this.#units.markerTrust
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    const units = this.#units
    units.dropUnpulled()
    if (lost > 0) units.lose()
    const { bytes, payloadEnd: end } = packet
    const start = skipStartCode(bytes, packet.payloadStart, end)
    const type = (bytes[start] ?? 0) & 0x1f
    // An empty payload lacks nothing, and its marker may count.
    if (start >= end) this.statistics.malformed++
    else if (type === FU_A && end - start >= 2) this.#fragment(bytes, start, end, timestamp, lost === 0)
    else if (type === STAP_A) this.#aggregate(bytes, start, end, timestamp)
    // Section 5.6.
    else if (type > 0 && type < STAP_A) units.nalUnit(bytes, start, end, timestamp)
    // Section 5.2: what has no meaning yet is passed over.
    else if (type === 0 || type > LAST_TYPE) this.statistics.malformed++
    // What belongs to the interleaved mode, and what is too short.
    else units.malformed(timestamp)
    if (packet.marker) units.marked()
    else units.unmarked()
  }

  pull(): AccessUnit | null {
    return this.#units.pull()
  }

  flush(): void {
    this.#units.flush()
  }

  /** Section 5.7.1: a 16-bit size before each NAL unit. */
  #aggregate(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): void {
    for (let at = start + 1; at + 2 <= end; ) {
      const size = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
      at += 2
      if (at + size > end) {
        // Behind what is whole some cameras leave rubbish. Only a slice that is cut off is missed.
        if (at < end && isSlice((bytes[at] ?? 0) & 0x1f)) this.#units.malformed(timestamp, bytes, at)
        else this.statistics.malformed++
        break
      }
      // Each on its own: a picture may begin behind its SEI.
      if (size > 0) this.#units.nalUnit(bytes, at, at + size, timestamp)
      at += size
    }
  }

  /**
   * Section 5.8. Start and end may both be set: RFC 6184 forbids it, some cameras do it, and it is clear what is meant.
   */
  #fragment(bytes: Uint8Array, start: number, end: number, timestamp: Ticks, follows: boolean): void {
    const units = this.#units
    const fuHeader = bytes[start + 1] ?? 0
    if (this.#starts.isStart(fuHeader, timestamp, follows)) {
      // The FU header stands where the NAL unit's header was, with the same type, before its first byte.
      const header = ((bytes[start] ?? 0) & 0xe0) | (fuHeader & 0x1f)
      units.firstFragment(header, bytes, start + 2, end, timestamp)
    } else {
      units.laterFragment(bytes, start + 2, end, timestamp)
    }
    if (fuHeader & FU_END) units.endFragments()
  }
}

/** Where the NAL unit begins in a payload that a camera put behind a start code. */
function skipStartCode(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4 || bytes[start] !== 0 || bytes[start + 1] !== 0) return start
  if (bytes[start + 2] === 1) return start + 3
  return bytes[start + 2] === 0 && bytes[start + 3] === 1 ? start + 4 : start
}
