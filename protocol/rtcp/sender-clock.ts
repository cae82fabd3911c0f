import type { Ticks } from '../units.ts'
import { type SenderReport, unixFromNtp } from './sender-report.ts'

/** Milliseconds by which a report may be off: many cameras stamp theirs with the time of the last picture. */
const TOLERANCE = 100
/** The media clock against the wall clock: quartz holds 200 ppm, and both may err. */
const LARGEST_DRIFT = 0.0005
/** Reports in a row that agree on another time before it is believed; two where there was but one report before. */
const REPORTS_FOR_A_STEP = 3
/** A report moves the clock by this part of what it is off, so that the reports' noise is not handed on. */
const WEIGHT = 1 / 4
/** Seconds over which drift is measured at least. */
const DRIFT_BASE = 60

export type ReportVerdict =
  /** The clock has taken it in. */
  | 'accepted'
  /** The sender has no clock: NTP time zero (RFC 3550 section 6.4.1). */
  | 'no-time'
  /** It contradicts the reports before it; it counts only if those after it agree. */
  | 'outlier'
  /** So many reports agreed on another time that it is believed. */
  | 'step'

/** Milliseconds of the Unix epoch at tick 0, as a report says. */
interface Estimate {
  readonly offset: number
  readonly ticks: Ticks
  readonly reports: number
}

/**
 * The sender's wall clock against one track's media clock, by its sender reports (RFC 3550 section 6.4.1). Single
 * reports that contradict the others are left out, the noise of the others is smoothed, drift is followed, and a step of
 * the sender's clock is taken when it persists.
 */
export class SenderClock {
  readonly #clockRate: number
  #estimate: Estimate | undefined
  #contradiction: Estimate | undefined
  #driftBase: Estimate | undefined
  #settled = false
  /** Reports that held a time. */
  heard = 0
  /** Reports that contradicted those before. */
  outliers = 0
  /** Steps of the sender's clock that were taken. */
  steps = 0

  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  /** @param ticks where the report's RTP timestamp lies on the continuous timeline */
  update(report: Pick<SenderReport, 'ntpSeconds' | 'ntpFraction'>, ticks: Ticks): ReportVerdict {
    if (report.ntpSeconds === 0) return 'no-time'
    this.heard++
    const offset = unixFromNtp(report.ntpSeconds, report.ntpFraction) - this.millisecondsOf(ticks)
    const measured = { offset, ticks, reports: 1 }
    const estimate = this.#estimate
    if (!estimate || !this.#settled) return this.#begin(measured, 'accepted')
    if (this.#agree(estimate, measured)) {
      const reports = estimate.reports + 1
      const weight = Math.max(WEIGHT, 1 / reports)
      this.#estimate = { offset: estimate.offset + (offset - estimate.offset) * weight, ticks, reports }
      this.#contradiction = undefined
      if (reports === REPORTS_FOR_A_STEP) this.#driftBase = this.#estimate
      return 'accepted'
    }
    const before = this.#contradiction
    const reports = before && this.#agree(before, measured) ? before.reports + 1 : 1
    this.#contradiction = { ...measured, reports }
    if (reports >= Math.min(REPORTS_FOR_A_STEP, estimate.reports + 1)) {
      this.steps++
      return this.#begin(this.#contradiction, 'step')
    }
    this.outliers++
    return 'outlier'
  }

  /**
   * The media clock began anew, and its place beside the wall clock is only guessed. The time is told as before, and the
   * next report is taken whatever it says.
   */
  unsettle(): void {
    this.#settled = false
    this.#contradiction = undefined
  }

  /** The media clock was taken for another than it is: nothing that was known of it holds. */
  forget(): void {
    this.unsettle()
    this.#estimate = undefined
    this.#driftBase = undefined
  }

  /** A report has come since the media clock began: its place beside the wall clock is known, not guessed. */
  get settled(): boolean {
    return this.#settled
  }

  /** The sender's wall clock at a place of the media clock, in milliseconds of the Unix epoch; undefined before the first report. */
  wallClock(ticks: Ticks): number | undefined {
    return this.#estimate && this.#estimate.offset + this.millisecondsOf(ticks)
  }

  /**
   * By how much the media clock is fast against the sender's wall clock, in parts per million, over a minute or more;
   * undefined before.
   */
  get drift(): number | undefined {
    const [from, to] = [this.#driftBase, this.#estimate]
    if (!from || !to || to.ticks - from.ticks < DRIFT_BASE * this.#clockRate) return undefined
    return ((from.offset - to.offset) / this.millisecondsOf(to.ticks - from.ticks)) * 1e6
  }

  #begin(estimate: Estimate, verdict: ReportVerdict): ReportVerdict {
    this.#estimate = estimate
    this.#contradiction = undefined
    this.#driftBase = undefined
    this.#settled = true
    return verdict
  }

  #agree(a: Estimate, b: Estimate): boolean {
    const apart = Math.abs(this.millisecondsOf(b.ticks - a.ticks))
    return Math.abs(b.offset - a.offset) <= TOLERANCE + apart * LARGEST_DRIFT
  }

  /** How long ticks last. */
  millisecondsOf(ticks: number): number {
    return (ticks / this.#clockRate) * 1000
  }
}

const QUARTER = 15 * 60_000
/** Zones reach from UTC-12 to UTC+14. */
const LARGEST_ZONE = 14 * 60 * 60_000
/** A clock that nobody sets is off by more than this sooner or later. */
const ZONE_TOLERANCE = 2 * 60_000

/**
 * Whole quarters of an hour by which a clock is ahead of another, in milliseconds, as of one that was set to local time;
 * 0 where the difference is no zone's.
 */
export function localTimeOffset(ahead: number): number {
  const zone = Math.round(ahead / QUARTER) * QUARTER
  return Math.abs(zone) <= LARGEST_ZONE && Math.abs(ahead - zone) <= ZONE_TOLERANCE ? zone : 0
}
