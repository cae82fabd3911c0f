/** RFC 3550 section 6.2: milliseconds between reports at the least; half of it before the first. */
const MINIMUM = 5_000
/** Share of the session's bandwidth that all reports together may take. */
const BANDWIDTH_SHARE = 0.05
/** Section 6.3.1: where senders are few, they have a quarter of that to themselves. */
const SENDERS_SHARE = 0.25
/** Section 6.3.1: e - 3/2. Makes up for timer reconsideration, which lets the mean settle too high. */
const COMPENSATION = Math.E - 1.5
/** Section 6.3.3: of the reports' mean size, in which each new one has a sixteenth. */
const SIZE_WEIGHT = 1 / 16
/** Bytes of IP and UDP headers that count as the report's, too (section 6.2). Over TCP they are about the same. */
const HEADERS = 28

export interface ReportScheduleOptions {
  /** Milliseconds of a monotonic clock. */
  readonly now: number
  /** Bits a second of the media, where the SDP tells (`b=`). Without it 1 Mbit/s, at which the minimum rules for a few members. */
  readonly sessionBandwidth?: number | undefined
  /** 0 up to 1, each time another. Default `Math.random`. */
  readonly random?: () => number
}

/**
 * When a receiver sends its reports: RFC 3550 sections 6.2 and 6.3 and appendix A.7, for a participant that sends no
 * media. One schedule for each RTP session, which over RTSP is a track.
 *
 * Use: wait until `next`, then ask `due`; where it says so, send a report and tell `sent`.
 */
export class ReportSchedule {
  readonly #random: () => number
  readonly #bytesPerSecond: number
  /** The camera and this receiver. */
  #members = 2
  #membersBefore = 2
  #senders = 1
  #meanSize: number
  #initial = true
  #last: number
  #next: number

  constructor(options: ReportScheduleOptions) {
    this.#random = options.random ?? Math.random
    this.#bytesPerSecond = ((options.sessionBandwidth || 1_000_000) / 8) * BANDWIDTH_SHARE
    // Section 6.3.2: the probable size of the first report: one block and a canonical name.
    this.#meanSize = HEADERS + 56
    this.#last = options.now
    this.#next = options.now + this.#interval()
  }

  /** When to ask `due` again, in milliseconds of the clock of `now`. */
  get next(): number {
    return this.#next
  }

  /** Timer reconsideration (section 6.3.6): whether to send a report now. Where not, `next` has moved. */
  due(now: number): boolean {
    if (now < this.#next) return false
    const next = this.#last + this.#interval()
    this.#membersBefore = this.#members
    if (next > now) {
      this.#next = next
      return false
    }
    return true
  }

  /** A report of so many bytes went out. */
  sent(bytes: number, now: number): void {
    this.received(bytes)
    this.#initial = false
    this.#last = now
    this.#next = now + this.#interval()
  }

  /** A compound packet of so many bytes came in (section 6.3.3). */
  received(bytes: number): void {
    this.#meanSize += (bytes + HEADERS - this.#meanSize) * SIZE_WEIGHT
  }

  /**
   * How many take part, this receiver included, and how many of them send. Where members left, the next report comes
   * sooner in proportion (reverse reconsideration, section 6.3.4).
   */
  participants(members: number, senders: number, now: number): void {
    this.#members = Math.max(1, members)
    this.#senders = Math.max(0, Math.min(senders, members))
    if (this.#members >= this.#membersBefore) return
    const ratio = this.#members / this.#membersBefore
    this.#next = now + ratio * (this.#next - now)
    this.#last = now - ratio * (now - this.#last)
    this.#membersBefore = this.#members
  }

  /** Section 6.3.1. */
  #interval(): number {
    const fewSenders = this.#senders <= this.#members * SENDERS_SHARE
    const sharers = fewSenders ? this.#members - this.#senders : this.#members
    const bandwidth = fewSenders ? this.#bytesPerSecond * (1 - SENDERS_SHARE) : this.#bytesPerSecond
    const minimum = this.#initial ? MINIMUM / 2 : MINIMUM
    const interval = Math.max(minimum, ((this.#meanSize * sharers) / bandwidth) * 1000)
    return (interval * (this.#random() + 0.5)) / COMPENSATION
  }
}
