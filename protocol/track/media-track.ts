import type { CodecConfiguration } from '../codec/configuration.ts'
import type { AccessUnit } from '../depacketizer/access-unit.ts'
import type { Depacketizer } from '../depacketizer/depacketizer.ts'
import type { InitializationSegment, MediaSegment } from '../fmp4/segment.ts'
import { Segmenter } from '../fmp4/segmenter.ts'
import type { ReportBlock } from '../rtcp/report-block.ts'
import { SenderClock } from '../rtcp/sender-clock.ts'
import type { SenderReport } from '../rtcp/sender-report.ts'
import { RtpPacket } from '../rtp/packet.ts'
import { ReceptionStatistics } from '../rtp/reception-statistics.ts'
import { SequenceTracker } from '../rtp/sequence-tracker.ts'
import { Timeline } from '../rtp/timeline.ts'
import { Milliseconds } from '../units.ts'
import type { ChosenTrack } from './choice.ts'
import type { SessionTimeline } from './session-timeline.ts'

export interface MediaTrackEvents {
  initializationSegment(segment: InitializationSegment): void
  mediaSegment(segment: MediaSegment): void
}

export interface TrackStatistics {
  readonly id: number
  readonly kind: 'video' | 'audio'
  /** Encoding name of the SDP in upper case. */
  readonly encoding: string
  readonly packets: number
  /** Packets that never came. */
  readonly lost: number
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
}

/** One track from RTP packets to MP4 segments: sequence, timeline, depacketizer, segmenter. */
export class MediaTrack {
  readonly id: number
  readonly kind: 'video' | 'audio'
  readonly encoding: string
  readonly clockRate: number
  readonly payloadType: number
  readonly #events: MediaTrackEvents
  readonly #session: SessionTimeline
  readonly #index: number
  readonly #packet = new RtpPacket()
  readonly #sequence = new SequenceTracker()
  readonly #reception: ReceptionStatistics
  readonly #timeline: Timeline
  readonly #senderClock: SenderClock
  readonly #depacketizer: Depacketizer
  readonly #segmenter: Segmenter
  /** Configuration of a unit that was not given out. */
  #untold: CodecConfiguration | undefined
  #ssrc: number | undefined
  #packets = 0
  #malformed = 0

  constructor(id: number, track: ChosenTrack, session: SessionTimeline, events: MediaTrackEvents) {
    const { clockRate, payloadType, encoding } = track.format
    this.id = id
    this.kind = track.kind
    this.encoding = encoding
    this.clockRate = clockRate
    this.payloadType = payloadType
    this.#events = events
    this.#session = session
    this.#reception = new ReceptionStatistics(clockRate)
    this.#timeline = new Timeline(clockRate)
    this.#senderClock = new SenderClock(clockRate)
    this.#depacketizer = track.createDepacketizer()
    this.#segmenter = new Segmenter({ trackId: id, kind: track.kind, clockRate })
    this.#index = session.add({ clockRate, senderClock: this.#senderClock })
  }

  /**
   * Takes one RTP packet, read during the call.
   *
   * @param arrival milliseconds of the clock of `performance.now()`
   */
  rtp(bytes: Uint8Array, start: number, end: number, arrival: Milliseconds): void {
    const packet = this.#packet
    if (!packet.read(bytes, start, end)) {
      this.#malformed++
      return
    }
    this.#packets++
    const changed = this.#ssrc !== undefined && packet.ssrc !== this.#ssrc
    this.#ssrc = packet.ssrc
    if (changed) this.#sequence.reset()
    const verdict = this.#sequence.track(packet.sequenceNumber)
    if (verdict === 'late') return
    const restarted = changed || verdict === 'restart'
    if (restarted) {
      this.#senderClock.reset()
      this.#reception.reset()
    }
    this.#reception.packet(packet.timestamp, arrival)
    const timestamp = this.#timeline.place(packet.timestamp, arrival, restarted)
    // What the depacketizer holds of the stream before a restart can never be completed: the same as a loss.
    this.#depacketizer.push(packet, timestamp, restarted ? Math.max(1, this.#sequence.lost) : this.#sequence.lost)
    this.#pull(arrival)
  }

  /** The stream is over: gives out what is complete. */
  flush(arrival: Milliseconds): void {
    this.#depacketizer.flush()
    this.#pull(arrival)
  }

  senderReport(report: SenderReport, arrival: Milliseconds): void {
    this.#senderClock.update(report, this.#timeline.locate(report.rtpTimestamp))
    this.#reception.senderReport(report.ntpSeconds, report.ntpFraction, arrival)
  }

  /** RTP-Info of the answer to PLAY: this timestamp is the start of the Range. */
  playStart(rtpTimestamp: number): void {
    this.#session.setPlayStart(this.#index, this.#timeline.locate(rtpTimestamp))
  }

  /** The block for the next receiver report; null before the first packet. */
  report(now: Milliseconds): ReportBlock | null {
    return this.#ssrc === undefined ? null : this.#reception.report(this.#ssrc, this.#sequence, now)
  }

  statistics(): TrackStatistics {
    const { units, dropped, malformed } = this.#depacketizer.statistics
    return {
      id: this.id,
      kind: this.kind,
      encoding: this.encoding,
      packets: this.#packets,
      lost: Math.max(0, this.#sequence.cumulativeLost),
      jitter: Milliseconds(this.#reception.jitter),
      units,
      dropped,
      malformed: malformed + this.#malformed,
      jumps: this.#timeline.jumps,
    }
  }

  #pull(arrival: Milliseconds): void {
    for (let unit = this.#depacketizer.pull(); unit; unit = this.#depacketizer.pull()) this.#emit(unit, arrival)
  }

  #emit(unit: AccessUnit, arrival: Milliseconds): void {
    const configuration = unit.configuration ?? this.#untold
    this.#untold = configuration
    const time = this.#session.place(this.#index, unit.timestamp, arrival)
    // Sound from before the first picture has no place; what it says of the decoder is still true of what follows.
    if (time === undefined || time < 0) return
    this.#untold = undefined
    const { initialization, media } = this.#segmenter.push({ ...unit, configuration }, time, arrival)
    if (initialization) this.#events.initializationSegment(initialization)
    if (media) this.#events.mediaSegment(media)
  }
}
