import type { CodecConfiguration } from '../codec/configuration.ts'
import type { AccessUnit } from '../depacketizer/access-unit.ts'
import type { Depacketizer } from '../depacketizer/depacketizer.ts'
import type { ReportDeviation } from '../deviation.ts'
import type { FullIntraRequest } from '../rtcp/feedback.ts'
import { KeyframeRequests } from '../rtcp/keyframe-requests.ts'
import type { ReportBlock } from '../rtcp/report-block.ts'
import type { SenderReport } from '../rtcp/sender-report.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import { type Continuity, RtpReceiver } from '../rtp/receiver.ts'
import { Milliseconds } from '../units.ts'
import type { PaceChecks } from './pace-check.ts'
import type { SessionTimeline } from './session-timeline.ts'
import { TrackClock, type TrackClockStatistics } from './track-clock.ts'
import { type OutputForm, TrackOutput, type TrackOutputEvents } from './track-output.ts'
import type { ChosenTrack } from './track-selection.ts'

/** Milliseconds after the first packet before a keyframe is asked for: most cameras begin with one. */
const KEYFRAME_GRACE = 500

export interface MediaTrackEvents extends TrackOutputEvents {
  /** What the camera did against its standards and was tolerated; told each time. */
  deviation?: ReportDeviation | undefined
}

export interface TrackStatistics {
  readonly id: number
  readonly kind: 'video' | 'audio'
  /** Encoding name of the SDP in upper case. */
  readonly encoding: string
  /** RTP packets that came, of whatever source and use. */
  readonly packets: number
  /** Packets that never came. */
  readonly lost: number
  /** Packets that came after their place was passed. */
  readonly late: number
  readonly duplicates: number
  /** Packets out of place, of a second source, or of another payload type than the agreed one. */
  readonly strays: number
  /** How often the sequence numbers began anew, or another SSRC took over. */
  readonly restarts: number
  /** SSRC that is played; undefined before the first packet. */
  readonly ssrc: number | undefined
  /** Interarrival jitter of RFC 3550 section 6.4.1. */
  readonly jitter: Milliseconds
  /** Access units given out. */
  readonly units: number
  /** Access units dropped: damaged, or dependent on a damaged one. */
  readonly dropped: number
  /** RTP packets and RTP payloads that could not be read. */
  readonly malformed: number
  /** How often the camera's clock jumped, or its stream began anew. */
  readonly jumps: number
  /** The sender's clock, by its reports. */
  readonly clock: TrackClockStatistics
}

/** One track from RTP packets to MP4 segments or access units: sequence, timeline, depacketizer, output. */
export class MediaTrack {
  readonly id: number
  readonly kind: 'video' | 'audio'
  readonly encoding: string
  readonly clockRate: number
  readonly payloadType: number
  readonly #events: MediaTrackEvents
  readonly #session: SessionTimeline
  readonly #index: number
  readonly #receiver: RtpReceiver
  readonly #clock: TrackClock
  readonly #depacketizer: Depacketizer
  readonly #output: TrackOutput
  readonly #keyframeRequests = new KeyframeRequests()
  /** From when on a keyframe may be asked for; undefined while none is needed. */
  #keyframeNeeded: number | undefined
  #begun = false
  #ended = false
  /** RTP-Info that came before the first packet. */
  #playStart: number | undefined
  #twoSourcesTold = false
  #configuration: CodecConfiguration | undefined
  /** Configuration of a unit that was not given out. */
  #untold: CodecConfiguration | undefined

  /** @param checks of what is live */
  constructor(
    id: number,
    track: ChosenTrack,
    session: SessionTimeline,
    events: MediaTrackEvents,
    checks?: PaceChecks | undefined,
  ) {
    const { clockRate, payloadType, encoding } = track.format
    this.id = id
    this.kind = track.kind
    this.encoding = encoding
    this.clockRate = clockRate
    this.payloadType = payloadType
    this.#events = events
    this.#session = session
    this.#receiver = new RtpReceiver(
      { clockRate, payloadType, otherPayloadTypes: track.otherPayloadTypes },
      { packet: (packet, lost, continuity, arrival) => this.#packet(packet, lost, continuity, Milliseconds(arrival)) },
    )
    this.#clock = new TrackClock(clockRate, events.deviation, checks?.add(clockRate))
    this.#depacketizer = track.createDepacketizer((id) => events.deviation?.(id))
    const { kind, createTranscoder } = track
    this.#output = new TrackOutput({ trackId: id, kind, encoding, clockRate, createTranscoder }, events)
    this.#index = session.add({ clockRate, senderClock: this.#clock.senderClock })
  }

  /**
   * Takes one RTP packet, read during the call.
   *
   * @param arrival milliseconds of the clock of `performance.now()`
   */
  rtp(bytes: Uint8Array, start: number, end: number, arrival: Milliseconds): void {
    this.#receiver.receive(bytes, start, end, arrival)
    if (this.#receiver.hasTwoSources && !this.#twoSourcesTold) {
      this.#twoSourcesTold = true
      this.#events.deviation?.('two-sources')
    }
  }

  /** The stream is over: gives out what is complete. */
  flush(arrival: Milliseconds): void {
    this.#depacketizer.flush()
    this.#pull(arrival)
    this.#output.flush()
  }

  /**
   * @param arrival milliseconds of the clock of `performance.now()`
   * @param now this machine's wall clock when it came, to tell how far the camera's is off
   */
  senderReport(report: SenderReport, arrival: Milliseconds, now: number = Date.now()): void {
    const { ssrc } = this.#receiver
    const other = this.#receiver.isOtherSource(report.ssrc)
    if (this.#clock.report(report, ssrc, other, arrival, now)) this.#receiver.senderReport(report, arrival)
  }

  /** In what form the access units go out; see `TrackOutputEvents.configuration`. */
  chooseOutput(form: OutputForm): void {
    this.#output.choose(form)
  }

  /**
   * BYE: these sources send no more (RFC 3550 section 6.6). Gives out what is complete, and tells whether it was the
   * stream that ended, and not a source that had been left already. One that goes on under another SSRC lives again;
   * see `ended`.
   */
  goodbye(ssrcs: readonly number[], arrival: Milliseconds): boolean {
    if (ssrcs.length > 0 && ssrcs.every((ssrc) => this.#receiver.isOtherSource(ssrc))) return false
    this.flush(arrival)
    this.#ended = true
    return true
  }

  /** The camera said that nothing more comes, by BYE or in an ONVIF replay, and nothing came since. */
  get ended(): boolean {
    return this.#ended
  }

  /** SSRC that is played; undefined before the first packet. */
  get ssrc(): number | undefined {
    return this.#receiver.ssrc
  }

  /** RTP-Info of the answer to PLAY: this timestamp is the start of the Range. A hint: it may lie far from the packets. */
  playStart(rtpTimestamp: number): void {
    this.#playStart = rtpTimestamp
  }

  /** The block for the next receiver report; null before the first packet. */
  report(now: Milliseconds): ReportBlock | null {
    return this.#receiver.report(now)
  }

  /**
   * What to ask the camera for, where pictures wait for a keyframe and it is time to ask; null else. Cheap enough to be
   * called for each packet. Only for cameras whose SDP offers feedback (`a=rtcp-fb`).
   */
  keyframeRequest(now: Milliseconds): FullIntraRequest | null {
    const { ssrc } = this.#receiver
    if (this.#keyframeNeeded === undefined || ssrc === undefined || now < this.#keyframeNeeded) return null
    if (!this.#keyframeRequests.ask(now)) return null
    return { ssrc, sequenceNumber: this.#keyframeRequests.sequenceNumber }
  }

  statistics(): TrackStatistics {
    const { units, dropped, malformed } = this.#depacketizer.statistics
    const received = this.#receiver.statistics()
    return {
      id: this.id,
      kind: this.kind,
      encoding: this.encoding,
      packets: received.packets,
      lost: received.lost,
      late: received.late,
      duplicates: received.duplicates,
      strays: received.strays + received.otherPayloadType,
      restarts: received.restarts,
      ssrc: received.ssrc,
      jitter: Milliseconds(received.jitter),
      units,
      dropped,
      malformed: malformed + received.malformed,
      jumps: this.#clock.jumps,
      clock: this.#clock.statistics(),
    }
  }

  #packet(packet: RtpPacket, lost: number, continuity: Continuity, arrival: Milliseconds): void {
    const timestamp = this.#clock.place(packet, continuity, arrival, packet.marker || this.kind === 'audio')
    if (this.#clock.judge?.changed) this.#recount()
    else if (this.#clock.step !== 'continued') this.#session.unsettle(this.#index)
    this.#tellDeviations(packet, continuity)
    this.#ended = this.#clock.replay?.terminal ?? false
    this.#locatePlayStart(arrival)
    // What the depacketizer holds of the stream before a restart can never be completed: the same as a loss.
    const missing = continuity === 'restarted' || continuity === 'new-source' ? Math.max(1, lost) : lost
    this.#needKeyframe(missing, arrival)
    // Only padding, sent to keep the way open: no fault of the payload.
    if (packet.payloadStart === packet.payloadEnd && missing === 0 && !packet.marker) return
    this.#depacketizer.push(packet, timestamp, missing)
    this.#pull(arrival)
  }

  /** A track that was too fast goes back to where the leading one is. */
  #recount(): void {
    this.#session.recount(this.#index)
    if (this.#index > 0) this.#output.restart()
  }

  #needKeyframe(missing: number, arrival: Milliseconds): void {
    if (this.kind !== 'video') return
    if (!this.#begun) this.#keyframeNeeded = arrival + KEYFRAME_GRACE
    else if (missing > 0) this.#keyframeNeeded ??= arrival
    this.#begun = true
  }

  #tellDeviations(packet: RtpPacket, continuity: Continuity): void {
    if (packet.payloadType !== this.payloadType) this.#events.deviation?.('payload-type-other')
    if (continuity === 'new-source') this.#events.deviation?.('source-changed')
    if (continuity === 'renamed')
      this.#events.deviation?.(this.#receiver.isNameless ? 'source-meaningless' : 'source-changed')
    if (continuity === 'restarted')
      this.#events.deviation?.(this.#receiver.isUnnumbered ? 'sequence-meaningless' : 'sequence-restarted')
  }

  #locatePlayStart(arrival: Milliseconds): void {
    if (this.#playStart === undefined) return
    const ticks = this.#clock.locatePlayStart(this.#playStart, arrival)
    this.#playStart = undefined
    if (ticks !== undefined) this.#session.setPlayStart(this.#index, ticks)
  }

  #pull(arrival: Milliseconds): void {
    for (let unit = this.#depacketizer.pull(); unit; unit = this.#depacketizer.pull()) this.#emit(unit, arrival)
  }

  #emit(received: AccessUnit, arrival: Milliseconds): void {
    this.#configuration = received.configuration ?? this.#configuration
    const whole = { ...received, configuration: received.configuration ?? this.#untold }
    const unit = this.#clock.judge?.correct(whole, this.#configuration) ?? whole
    this.#untold = unit.configuration && this.#configuration
    const time = this.#session.place(this.#index, unit.timestamp, arrival)
    // Sound from before the first picture has no place; what it says of the decoder is still true of what follows.
    if (unit.randomAccess && this.kind === 'video') {
      this.#keyframeNeeded = undefined
      this.#keyframeRequests.keyframe()
    }
    if (time === undefined || time < 0) return
    this.#untold = undefined
    this.#output.push(unit, time, arrival, this.#clock.wallClock(unit.timestamp))
  }
}
