import type { ReportBlock } from '../rtcp/report-block.ts'
import type { SequenceTracker } from './sequence-tracker.ts'

/** The receiver's figures of one source, for reports (RFC 3550 section 6.4.1, appendix A.3 and A.8). */
export class ReceptionStatistics {
  readonly #clockRate: number
  #transit: number | undefined
  #jitter = 0
  #expectedBefore = 0
  #receivedBefore = 0
  /** Middle 32 bits of its NTP time; undefined before the first. */
  #lastSenderReport: number | undefined
  #lastSenderReportArrival = 0

  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  /** @param arrival milliseconds of a monotonic clock */
  packet(rtpTimestamp: number, arrival: number): void {
    const transit = (((arrival / 1000) * this.#clockRate) % 2 ** 32) - rtpTimestamp
    if (this.#transit !== undefined) {
      // 32-bit difference: both clocks wrap. What is left of a jump is no jitter.
      const difference = Math.abs((transit - this.#transit) | 0)
      if (difference < this.#clockRate * 10) this.#jitter += (difference - this.#jitter) / 16
    }
    this.#transit = transit
  }

  senderReport(ntpSeconds: number, ntpFraction: number, arrival: number): void {
    this.#lastSenderReport = ((ntpSeconds & 0xffff) * 0x1_0000 + (ntpFraction >>> 16)) >>> 0
    this.#lastSenderReportArrival = arrival
  }

  /** The sequence began anew: the next packet's transit time has nothing to do with the last one's. */
  reset(): void {
    this.#transit = undefined
    this.#expectedBefore = 0
    this.#receivedBefore = 0
  }

  /** Another source sends: nothing that was known holds of it. */
  newSource(): void {
    this.reset()
    this.#jitter = 0
    this.#lastSenderReport = undefined
  }

  /** Milliseconds. */
  get jitter(): number {
    return (this.#jitter / this.#clockRate) * 1000
  }

  /** The block for the next report; what it says of loss counts from the one before. */
  report(ssrc: number, sequence: SequenceTracker, now: number): ReportBlock {
    const expected = sequence.expected - this.#expectedBefore
    // Section 6.4.1: late packets and duplicates count as received.
    const arrived = sequence.received + sequence.duplicates
    const received = arrived - this.#receivedBefore
    this.#expectedBefore = sequence.expected
    this.#receivedBefore = arrived
    const lost = expected - received
    return {
      ssrc,
      fractionLost: expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      cumulativeLost: sequence.cumulativeLost,
      highestSequence: sequence.highestExtended >>> 0,
      jitter: Math.round(this.#jitter),
      lastSenderReport: this.#lastSenderReport ?? 0,
      delaySinceLastSenderReport:
        this.#lastSenderReport === undefined
          ? 0
          : Math.min(2 ** 32 - 1, Math.round(((now - this.#lastSenderReportArrival) / 1000) * 65536)),
    }
  }
}
