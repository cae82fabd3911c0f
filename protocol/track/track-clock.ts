import type { ReportDeviation } from '../deviation.ts'
import { ReportSource } from '../rtcp/report-source.ts'
import { localTimeOffset, type ReportVerdict, SenderClock } from '../rtcp/sender-clock.ts'
import { type SenderReport, unixFromNtp } from '../rtcp/sender-report.ts'
import { OnvifReplay } from '../rtp/onvif-replay.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Continuity } from '../rtp/receiver.ts'
import { type Origin, Timeline, type TimelineStep } from '../rtp/timeline.ts'
import { Milliseconds, type Ticks } from '../units.ts'
import type { ClockJudge } from './clock-judge.ts'
import type { PaceCheck } from './pace-check.ts'

/** Seconds between a sender report's RTP timestamp and the packets round it: servers send ahead, and some stamp late. */
const REPORT_WINDOW = 30
/** Seconds between RTP-Info's timestamp and the first packet: players start at the keyframe before what they asked for. */
const PLAY_START_WINDOW = 10

const ORIGIN: Readonly<Record<Continuity, Origin>> = {
  continued: 'same',
  renamed: 'same',
  restarted: 'doubtful',
  'new-source': 'new',
}

const DEVIATION = {
  'jumped-forward': 'timestamp-jump',
  'jumped-back': 'timestamp-back',
} as const

export interface TrackClockStatistics {
  /** Sender reports that held a time. */
  readonly reports: number
  /** Sender reports that were left out: without a time, misplaced, or contradicting the others. */
  readonly rejected: number
  /** Steps of the sender's clock. */
  readonly steps: number
  /** By how much the media clock is fast against the sender's wall clock, in parts per million; undefined in the first minute. */
  readonly drift: number | undefined
  /** By how much the sender's wall clock was ahead of this machine's when its newest report came. */
  readonly ahead: Milliseconds | undefined
  /** Whole quarters of an hour in `ahead`, as of a camera that tells local time for UTC; else 0. */
  readonly zone: Milliseconds
}

/** An access unit's time of recording. */
interface Recorded {
  readonly ticks: Ticks
  readonly unix: number
}

/** The times of one track: its continuous media clock, and the sender's wall clock beside it. */
export class TrackClock {
  readonly #timeline: Timeline
  readonly #pace: PaceCheck | undefined
  readonly #sender: SenderClock
  readonly #deviation: ReportDeviation | undefined
  readonly #replay = new OnvifReplay()
  /** Of the newest access unit and of the one before. */
  #recorded: Recorded | undefined
  #recordedBefore: Recorded | undefined
  /** Reports that came before a packet of their source. */
  #early: { readonly report: SenderReport; readonly now: number } | undefined
  #reportSource = new ReportSource()
  #rejected = 0
  #ahead: number | undefined

  /** @param pace of what is live: of a recording the server decides how fast it comes */
  constructor(clockRate: number, deviation: ReportDeviation | undefined, pace?: PaceCheck) {
    this.#pace = pace
    this.#timeline = new Timeline(clockRate)
    this.#sender = new SenderClock(clockRate)
    this.#deviation = deviation
  }

  get senderClock(): SenderClock {
    return this.#sender
  }

  /** How often the camera's media clock jumped or began anew. */
  get jumps(): number {
    return this.#timeline.jumps
  }

  /** What the packet placed last did to the media clock. */
  get step(): TimelineStep {
    return this.#timeline.step
  }

  /**
   * The packet's place on the continuous media clock.
   *
   * @param endsUnit nothing of the same picture, or frames of sound, follows it
   */
  place(packet: RtpPacket, continuity: Continuity, arrival: number, endsUnit: boolean): Ticks {
    const first = !this.#timeline.started
    const timestamp = this.#timestampOf(packet, continuity, arrival, endsUnit)
    const ticks = this.#timeline.place(timestamp, arrival, ORIGIN[continuity])
    const { step } = this.#timeline
    if (step !== 'continued') {
      this.#sender.unsettle()
      this.#recordedBefore = this.#recorded
      this.#recorded = undefined
      if (step !== 'new-origin') this.#deviation?.(DEVIATION[step])
    }
    if (continuity === 'new-source' || continuity === 'renamed') this.#reportSource = new ReportSource()
    if ((first || continuity === 'new-source') && this.#early?.report.ssrc === packet.ssrc) {
      const { report, now } = this.#early
      this.#early = undefined
      this.report(report, packet.ssrc, false, arrival, now)
    }
    if (packet.extensionProfile >= 0 && this.#replay.read(packet)) this.#record(ticks)
    return ticks
  }

  /** What knows more of the timestamps, where they are in doubt. */
  get judge(): ClockJudge | undefined {
    return this.#pace?.judge
  }

  /** The flags of the packet placed last, where it was one of an ONVIF replay. */
  get replay(): OnvifReplay | undefined {
    return this.#recorded && this.#replay
  }

  /**
   * Takes a sender report in. True where it is the stream's.
   *
   * @param ssrc of the stream; undefined before its first packet
   * @param other the report is of a source that is known and not played
   * @param arrival milliseconds of a monotonic clock
   * @param now this machine's wall clock, in milliseconds of the Unix epoch
   */
  report(report: SenderReport, ssrc: number | undefined, other: boolean, arrival: number, now: number): boolean {
    if (ssrc === undefined || !this.#isOwn(report, ssrc, other)) {
      if (!other) this.#early = { report, now }
      return false
    }
    const { judge } = this
    const rtpTimestamp = judge ? judge.locate(report.rtpTimestamp) : report.rtpTimestamp
    const ticks = rtpTimestamp === undefined ? undefined : this.#timeline.locate(rtpTimestamp, arrival, REPORT_WINDOW)
    const verdict = ticks === undefined ? 'misplaced' : this.#sender.update(report, ticks)
    this.#tell(verdict)
    if (verdict === 'accepted' || verdict === 'step') {
      this.#ahead = unixFromNtp(report.ntpSeconds, report.ntpFraction) - now
      if (localTimeOffset(this.#ahead) !== 0) this.#deviation?.('sender-report-local-time')
    }
    return true
  }

  /** Where RTP-Info's timestamp lies; undefined where it has nothing to do with the packets. */
  locatePlayStart(rtpTimestamp: number, arrival: number): Ticks | undefined {
    const ticks = this.#timeline.locate(rtpTimestamp, arrival, PLAY_START_WINDOW)
    if (ticks === undefined) this.#deviation?.('rtp-info-malformed')
    return ticks
  }

  /**
   * When the unit was captured by the sender's word: the ONVIF replay extension where there is one, else sender reports.
   * Milliseconds of the Unix epoch; undefined where the sender did not tell.
   */
  wallClock(ticks: Ticks): Milliseconds | undefined {
    const [newest, before] = [this.#recorded, this.#recordedBefore]
    if (newest) {
      const nearest = before && Math.abs(before.ticks - ticks) < Math.abs(newest.ticks - ticks) ? before : newest
      return Milliseconds(nearest.unix + this.#sender.millisecondsOf(ticks - nearest.ticks))
    }
    const unix = this.#sender.wallClock(ticks)
    return unix === undefined ? undefined : Milliseconds(unix)
  }

  statistics(): TrackClockStatistics {
    return {
      reports: this.#sender.heard,
      rejected: this.#rejected,
      steps: this.#sender.steps,
      drift: this.#sender.drift,
      ahead: this.#ahead === undefined ? undefined : Milliseconds(this.#ahead),
      zone: Milliseconds(localTimeOffset(this.#ahead ?? 0)),
    }
  }

  /** On the clock that the SDP states. */
  #timestampOf({ timestamp }: RtpPacket, continuity: Continuity, arrival: number, endsUnit: boolean): number {
    const judge = this.judge
    if (!judge) {
      this.#pace?.note(timestamp, arrival)
      return timestamp
    }
    const translated = judge.translate(timestamp, arrival, endsUnit, ORIGIN[continuity] === 'same')
    if (judge.changed) {
      this.#sender.forget()
      this.#deviation?.(judge.rate === 0 ? 'timestamp-without-time' : 'clock-rate-other')
    }
    return translated
  }

  /** Some cameras give their reports another SSRC than their packets. */
  #isOwn(report: SenderReport, ssrc: number, other: boolean): boolean {
    const source = this.#reportSource.judge(report.ssrc, ssrc, other)
    if (source === 'taken-for-own') this.#deviation?.('sender-report-other-source')
    return source !== 'of-another'
  }

  #tell(verdict: ReportVerdict | 'misplaced'): void {
    switch (verdict) {
      case 'accepted':
        return
      case 'step':
        this.#deviation?.('sender-report-step')
        return
      case 'no-time':
        this.#deviation?.('sender-report-without-time')
        break
      case 'outlier':
      case 'misplaced':
        this.#deviation?.('sender-report-outlier')
    }
    this.#rejected++
  }

  #record(ticks: Ticks): void {
    if (this.#recorded?.ticks === ticks) return
    this.#recordedBefore = this.#recorded ?? this.#recordedBefore
    this.#recorded = { ticks, unix: unixFromNtp(this.#replay.ntpSeconds, this.#replay.ntpFraction) }
  }
}
