import type { Ticks } from '../units.ts'
import { type SenderReport, unixFromNtp } from './sender-report.ts'

/** The sender's wall clock against one track's media clock, by its newest usable sender report (RFC 3550 section 6.4.1). */
export class SenderClock {
  readonly #clockRate: number
  #reference: { readonly ticks: Ticks; readonly unix: number } | undefined

  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  /** @param ticks where the report's RTP timestamp lies on the continuous timeline */
  update(report: SenderReport, ticks: Ticks): void {
    // A sender without a clock may say zero (section 6.4.1): that is no time.
    if (report.ntpSeconds === 0) return
    this.#reference = { ticks, unix: unixFromNtp(report.ntpSeconds, report.ntpFraction) }
  }

  /** Timestamps have a new origin: what was known of them is void. */
  reset(): void {
    this.#reference = undefined
  }

  get known(): boolean {
    return this.#reference !== undefined
  }

  /** The sender's wall clock at a place of the media clock, in milliseconds of the Unix epoch; undefined before the first report. */
  wallClock(ticks: Ticks): number | undefined {
    const reference = this.#reference
    return reference && reference.unix + ((ticks - reference.ticks) / this.#clockRate) * 1000
  }
}
