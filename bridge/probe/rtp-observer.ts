import { looksLikeRtcp, readCompound } from '../../protocol/rtcp/packet.ts'
import { type SenderReport, unixFromNtp } from '../../protocol/rtcp/sender-report.ts'
import { RtpPacket } from '../../protocol/rtp/packet.ts'
import type { ClockReport } from './report.ts'

/** A packet so far behind the newest is late; further behind, the stream began anew (RFC 3550 appendix A.1). */
const MAX_MISORDER = 100
/** Sequence numbers remembered, to tell a late packet from one that came twice. */
const REMEMBERED = 2 * MAX_MISORDER
/** A drift is told only from reports that lie so many milliseconds apart: their times are rounded. */
const SHORTEST_DRIFT = 2_000

interface Report {
  readonly unix: number
  readonly rtpTimestamp: number
}

/** What goes over the wire for one track, whatever the player makes of it: amounts, order, pauses, sender reports. */
export class RtpObserver {
  readonly #clockRate: number
  readonly #packet = new RtpPacket()
  /** By sequence number modulo its length. */
  readonly #remembered = new Int32Array(REMEMBERED).fill(-1)
  #highest = -1
  #ssrc = -1
  #first = 0
  #last = 0
  #bytes = 0
  #packets = 0
  #reordered = 0
  #duplicates = 0
  #longestPause = 0
  #senderReports = 0
  #firstReport: Report | undefined
  #lastReport: Report | undefined
  #offset: number | null = null

  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  /**
   * @param arrival milliseconds of a monotonic clock
   * @param wallClock milliseconds of the Unix epoch, of this machine
   */
  frame(bytes: Uint8Array, start: number, end: number, arrival: number, wallClock: number): void {
    if (!looksLikeRtcp(bytes, start, end)) {
      if (this.#packet.read(bytes, start, end)) this.#rtp(this.#packet, arrival)
      return
    }
    for (const packet of readCompound(bytes, start, end).packets) {
      if (packet.type === 'SR') this.#senderReport(packet, wallClock)
    }
  }

  summary() {
    const seconds = this.#packets === 0 ? 0 : (this.#last - this.#first) / 1000
    return {
      seconds: Number(seconds.toFixed(3)),
      packets: this.#packets,
      bytes: this.#bytes,
      bitrate: seconds === 0 ? null : Math.round((this.#bytes * 8) / seconds),
      reordered: this.#reordered,
      duplicates: this.#duplicates,
      longestPauseMilliseconds: Math.round(this.#longestPause),
      clock: this.#clock(),
    }
  }

  #rtp(packet: RtpPacket, arrival: number): void {
    if (this.#packets === 0) this.#first = arrival
    else this.#longestPause = Math.max(this.#longestPause, arrival - this.#last)
    this.#last = arrival
    this.#packets++
    this.#bytes += packet.payloadEnd - packet.payloadStart
    if (packet.ssrc !== this.#ssrc) this.#begin(packet)
    this.#order(packet.sequenceNumber)
  }

  /** Another source: its numbers and its clock have nothing to do with those before. */
  #begin(packet: RtpPacket): void {
    this.#ssrc = packet.ssrc
    this.#highest = -1
    this.#remembered.fill(-1)
    this.#firstReport = undefined
    this.#lastReport = undefined
  }

  #order(sequence: number): void {
    const slot = sequence % REMEMBERED
    const behind = (this.#highest - sequence) & 0xffff
    if (this.#highest >= 0 && behind < MAX_MISORDER) {
      if (this.#remembered[slot] === sequence) this.#duplicates++
      else this.#reordered++
    } else {
      this.#highest = sequence
    }
    this.#remembered[slot] = sequence
  }

  #senderReport({ ntpSeconds, ntpFraction, rtpTimestamp }: SenderReport, wallClock: number): void {
    this.#senderReports++
    // Zero: the sender has no clock (RFC 3550 section 6.4.1).
    if (ntpSeconds === 0) return
    const unix = unixFromNtp(ntpSeconds, ntpFraction)
    this.#offset = Math.round(unix - wallClock)
    this.#lastReport = { unix, rtpTimestamp }
    this.#firstReport ??= this.#lastReport
  }

  #clock(): ClockReport {
    return {
      senderReports: this.#senderReports,
      offsetMilliseconds: this.#offset,
      driftPartsPerMillion: this.#drift(),
    }
  }

  #drift(): number | null {
    if (!this.#firstReport || !this.#lastReport) return null
    const elapsed = this.#lastReport.unix - this.#firstReport.unix
    if (elapsed < SHORTEST_DRIFT) return null
    const ticks = (this.#lastReport.rtpTimestamp - this.#firstReport.rtpTimestamp) | 0
    return Math.round((((ticks / this.#clockRate) * 1000) / elapsed) * 1_000_000 - 1_000_000)
  }
}
