import type { ReportBlock } from '../rtcp/report-block.ts'
import type { SenderReport } from '../rtcp/sender-report.ts'
import { NumberingWatch } from './numbering-watch.ts'
import { RtpPacket } from './packet.ts'
import { ReceptionStatistics } from './reception-statistics.ts'
import { SequenceTracker } from './sequence-tracker.ts'
import { SourceSelector } from './source-selector.ts'

/** RFC 3551 section 6: from here on payload types have no meaning but what the SDP says; the dynamic ones, and those before. */
const FIRST_FREE_TYPE = 35
/** So many packets in a row without one of the agreed type: the camera has changed it. */
const OTHER_TYPE_RUN = 64

/** How a packet stands to the one given out before it. */
export type Continuity =
  /** The same sequence. */
  | 'continued'
  /** The same source, whose sequence numbers began anew. */
  | 'restarted'
  /** Another source, whose timestamps have an origin of their own. */
  | 'new-source'
  /** The same sequence under another SSRC. */
  | 'renamed'

export interface RtpReceiverOptions {
  readonly clockRate: number
  readonly payloadType: number
  /** Payload types that the SDP gives another meaning. */
  readonly otherPayloadTypes?: readonly number[]
}

export interface RtpReceiverEvents {
  /**
   * The next packet in order; read it during the call.
   *
   * @param lost packets missing in front of it
   * @param arrival milliseconds of the clock that was given with it
   */
  packet(packet: RtpPacket, lost: number, continuity: Continuity, arrival: number): void
}

export interface RtpReceiverStatistics {
  /** RTP packets that came, of whatever source and use. */
  readonly packets: number
  /** Packets that never came. */
  readonly lost: number
  /** Packets that came after their place was passed. */
  readonly late: number
  readonly duplicates: number
  /** Packets out of place that nothing followed, and packets of a second source on the channel. */
  readonly strays: number
  /** Packets of a payload type other than the agreed one. */
  readonly otherPayloadType: number
  /** Packets that are no RTP. */
  readonly malformed: number
  /** How often the sequence numbers began anew, or another source took over. */
  readonly restarts: number
  readonly sourceChanges: number
  /** Two sources sent on the channel at once. */
  readonly twoSources: boolean
  /** Interarrival jitter of RFC 3550 section 6.4.1, in milliseconds. */
  readonly jitter: number
  /** The source that is played; undefined before the first packet. */
  readonly ssrc: number | undefined
}

/** What is kept until the packet after it tells what it is. */
type Kept = 'nothing' | 'candidate' | 'suspect'

/**
 * The receiving end of one RTP stream (RFC 3550 appendix A): checks each packet, sticks to one source, follows its
 * sequence, and gives out what is in order. One packet that is out of place is kept until the next one tells what it was,
 * so that neither a stray disturbs the stream nor the keyframe at the head of a new one is lost.
 */
export class RtpReceiver {
  readonly #payloadType: number
  readonly #otherPayloadTypes: readonly number[]
  readonly #events: RtpReceiverEvents
  readonly #packet = new RtpPacket()
  readonly #keptPacket = new RtpPacket()
  readonly #sources = new SourceSelector()
  readonly #sequence = new SequenceTracker()
  #numbering = new NumberingWatch()
  readonly #reception: ReceptionStatistics
  /** A copy of the kept packet. Packets have at most 65,535 bytes, so this has too. */
  #buffer = new Uint8Array(0)
  #keptBytes = 0
  #keptArrival = 0
  #kept: Kept = 'nothing'
  /** What is still to be told with the next packet. */
  #continuity: Continuity = 'continued'
  #agreedTypeSeen = false
  #otherTypeRun = 0
  /** Losses in front of packets that were not given out. */
  #carriedLoss = 0
  #packets = 0
  #strays = 0
  #otherPayloadType = 0
  #malformed = 0

  constructor(options: RtpReceiverOptions, events: RtpReceiverEvents) {
    this.#payloadType = options.payloadType
    this.#otherPayloadTypes = options.otherPayloadTypes ?? []
    this.#events = events
    this.#reception = new ReceptionStatistics(options.clockRate)
  }

  /** The source that is played; undefined before the first packet. */
  get ssrc(): number | undefined {
    return this.#sources.current
  }

  /** Two sources sent on the channel at once. */
  get hasTwoSources(): boolean {
    return this.#sources.hasTwo
  }

  /** The SSRCs name no source. */
  get isNameless(): boolean {
    return this.#sources.isNameless
  }

  /** The sequence numbers do not number the packets: they are taken as they come, and a loss cannot be told. */
  get isUnnumbered(): boolean {
    return this.#numbering.meaningless
  }

  /** Whether a source is known here and not the one that is played. */
  isOtherSource(ssrc: number): boolean {
    return this.#sources.isOther(ssrc)
  }

  /**
   * Takes one packet in `bytes[start … end)`, read during the call.
   *
   * @param arrival milliseconds of a monotonic clock
   */
  receive(bytes: Uint8Array, start: number, end: number, arrival: number): void {
    const packet = this.#packet
    if (!packet.read(bytes, start, end)) {
      this.#malformed++
      return
    }
    this.#packets++
    this.#watchType(packet.payloadType)
    if (this.#isForeign(packet)) {
      this.#strays++
      return
    }
    switch (this.#sources.select(packet.ssrc, packet.sequenceNumber, arrival)) {
      case 'other':
        this.#strays++
        return
      case 'candidate':
        this.#keep('candidate', bytes, start, end, arrival)
        return
      case 'changed':
        this.#changeSource()
        break
      case 'renamed':
        this.#rename()
        break
      case 'current':
        if (this.#kept === 'candidate') this.#dismissKept()
    }
    this.#inSequence(packet, start, end, arrival)
  }

  /** A report of this stream's sender. One of a source that is not played says nothing of this stream. */
  senderReport(report: SenderReport, arrival: number): void {
    this.#reception.senderReport(report.ntpSeconds, report.ntpFraction, arrival)
  }

  /** The block for the next receiver report; null before the first packet. */
  report(now: number): ReportBlock | null {
    const ssrc = this.#sources.current
    return ssrc === undefined ? null : this.#reception.report(ssrc, this.#sequence, now)
  }

  statistics(): RtpReceiverStatistics {
    return {
      packets: this.#packets,
      lost: this.#sequence.missing,
      late: this.#sequence.late,
      duplicates: this.#sequence.totalDuplicates,
      strays: this.#strays,
      otherPayloadType: this.#otherPayloadType,
      malformed: this.#malformed,
      restarts: this.#sequence.restarts + this.#sources.changes,
      sourceChanges: this.#sources.changes,
      twoSources: this.#sources.hasTwo,
      jitter: this.#reception.jitter,
      ssrc: this.#sources.current,
    }
  }

  #inSequence(packet: RtpPacket, start: number, end: number, arrival: number): void {
    if (this.#numbering.note(packet.sequenceNumber)) {
      // What was held together by the numbers is not, or is again from here on.
      this.#sequence.reset()
      this.#kept = 'nothing'
      this.#continuity = 'restarted'
    }
    if (this.#numbering.meaningless) {
      this.#give(packet, 0, arrival)
      return
    }
    switch (this.#sequence.track(packet.sequenceNumber, packet.timestamp)) {
      case 'late':
      case 'duplicate':
        return
      case 'suspect':
        this.#keep('suspect', packet.bytes, start, end, arrival)
        return
      case 'restart':
        this.#reception.reset()
        this.#giveKept('suspect', 'restarted')
        break
      case 'in-order':
        if (this.#kept === 'suspect') this.#dismissKept()
    }
    this.#give(packet, this.#sequence.lost, arrival)
  }

  /** What was kept was no other stream's. */
  #rename(): void {
    this.#continuity = 'renamed'
    if (this.#kept !== 'candidate') return
    this.#kept = 'nothing'
    if (this.#keptPacket.read(this.#buffer, 0, this.#keptBytes)) {
      this.#inSequence(this.#keptPacket, 0, this.#keptBytes, this.#keptArrival)
    }
  }

  #changeSource(): void {
    this.#sequence.reset()
    this.#numbering = new NumberingWatch()
    this.#reception.newSource()
    this.#agreedTypeSeen = false
    if (this.#keptPacket.read(this.#buffer, 0, this.#keptBytes)) {
      this.#sequence.track(this.#keptPacket.sequenceNumber, this.#keptPacket.timestamp)
    }
    this.#giveKept('candidate', 'new-source')
  }

  /** What begins anew begins with the packet that was kept for it. */
  #giveKept(why: Kept, continuity: Continuity): void {
    this.#carriedLoss = 0
    this.#continuity = continuity
    const kept = this.#kept === why
    this.#kept = 'nothing'
    if (kept && this.#keptPacket.read(this.#buffer, 0, this.#keptBytes)) {
      this.#give(this.#keptPacket, 0, this.#keptArrival)
    }
  }

  #give(packet: RtpPacket, lost: number, arrival: number): void {
    this.#carriedLoss += lost
    if (!this.#isAgreedType(packet.payloadType)) {
      this.#otherPayloadType++
      return
    }
    const missing = this.#carriedLoss
    const continuity = this.#continuity
    this.#carriedLoss = 0
    this.#continuity = 'continued'
    this.#reception.packet(packet.timestamp, arrival)
    this.#events.packet(packet, missing, continuity, arrival)
  }

  #watchType(payloadType: number): void {
    if (payloadType === this.#payloadType) this.#otherTypeRun = 0
    else if (!this.#otherPayloadTypes.includes(payloadType) && ++this.#otherTypeRun >= OTHER_TYPE_RUN)
      this.#agreedTypeSeen = false
  }

  /** Another source with another payload: retransmissions or error correction that nobody asked for. */
  #isForeign(packet: RtpPacket): boolean {
    return this.#agreedTypeSeen && packet.payloadType !== this.#payloadType && packet.ssrc !== this.#sources.current
  }

  /**
   * Some cameras number their payloads otherwise than their SDP does: as long as the stated number does not come, any
   * other one that means nothing else is taken for it.
   */
  #isAgreedType(payloadType: number): boolean {
    if (payloadType === this.#payloadType) this.#agreedTypeSeen = true
    else if (this.#agreedTypeSeen || this.#otherPayloadTypes.includes(payloadType)) return false
    return payloadType === this.#payloadType || (payloadType >= FIRST_FREE_TYPE && this.#payloadType >= FIRST_FREE_TYPE)
  }

  #keep(why: Kept, bytes: Uint8Array, start: number, end: number, arrival: number): void {
    if (this.#kept !== 'nothing') this.#dismissKept()
    if (this.#buffer.length < end - start) this.#buffer = new Uint8Array(end - start)
    this.#buffer.set(bytes.subarray(start, end))
    this.#keptBytes = end - start
    this.#keptArrival = arrival
    this.#kept = why
  }

  #dismissKept(): void {
    this.#kept = 'nothing'
    this.#strays++
  }
}
