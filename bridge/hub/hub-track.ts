import { randomInt } from 'node:crypto'
import { ByteWriter } from '../../protocol/bytes/byte-writer.ts'
import { type RandomAccessDetector, randomAccessDetector } from '../../protocol/depacketizer/random-access.ts'
import { writeGoodbye } from '../../protocol/rtcp/goodbye.ts'
import { ReportSource } from '../../protocol/rtcp/report-source.ts'
import { laterSenderReport, type SenderReport, writeSenderReport } from '../../protocol/rtcp/sender-report.ts'
import { writeSourceDescription } from '../../protocol/rtcp/source-description.ts'
import { type RtpPacket, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { type Continuity, RtpReceiver } from '../../protocol/rtp/receiver.ts'
import type { Milliseconds } from '../../protocol/units.ts'
import type { HubMedia } from './hub-description.ts'

export interface HubTrackEvents {
  /** The next packet in order; read it during the call, then `write` it. */
  packet(track: HubTrack, packet: RtpPacket, randomAccess: boolean): void
  /** A sender report that came before the first packet can be used now. */
  report?(track: HubTrack, report: SenderReport, arrival: Milliseconds): void
}

/**
 * One track of the camera on its way to the viewers: one SSRC, sequence and clock for them, whatever the camera's do.
 * When it restarts, numbers and times go on; a sequence number is left out, so that what was begun is not joined to it.
 */
export class HubTrack {
  readonly index: number
  readonly media: HubMedia
  readonly ssrc = randomInt(1, 2 ** 32)
  readonly #events: HubTrackEvents
  #receiver: RtpReceiver
  readonly #startsAccess: RandomAccessDetector | null
  /** What is added to the camera's numbers; undefined until its first packet, and after it went. */
  #offset: { readonly sequence: number; readonly timestamp: number } | undefined
  /** The newest that came before the first packet, as a hub sends them: its clock is not known yet. */
  #earlyReport: { readonly report: SenderReport; readonly arrival: Milliseconds } | undefined
  /** As viewers got it. */
  #newestReport: { readonly report: SenderReport; readonly arrival: Milliseconds } | undefined
  #reportSource = new ReportSource()
  #sequence = randomInt(2 ** 16)
  #timestamp = randomInt(2 ** 32)
  #timestampAt = 0
  #packetCount = 0
  #octetCount = 0

  constructor(index: number, media: HubMedia, events: HubTrackEvents) {
    this.index = index
    this.media = media
    this.#events = events
    this.#startsAccess = this.isPicture ? randomAccessDetector(media.format.encoding) : null
    this.#receiver = this.#newReceiver()
  }

  /** Its keyframes are where viewers begin. */
  get isPicture(): boolean {
    return this.media.media.media === 'video'
  }

  /** Pictures or sound. */
  get isMedia(): boolean {
    return this.isPicture || this.media.media.media === 'audio'
  }

  get payloadType(): number {
    return this.media.format.payloadType
  }

  /** Sequence number of the newest packet that viewers were sent. */
  get sequence(): number {
    return this.#sequence
  }

  /** Timestamp of the newest packet that viewers were sent. */
  get timestamp(): number {
    return this.#timestamp
  }

  /** Whether the packet that is given out has these numbers for viewers: see `write`. */
  get statistics() {
    return this.#receiver.statistics()
  }

  /** One RTP packet of the camera, read during the call. */
  rtp(bytes: Uint8Array, start: number, end: number, arrival: Milliseconds): void {
    this.#receiver.receive(bytes, start, end, arrival)
  }

  /** The camera's session is over; another may follow. */
  interrupted(): void {
    this.#offset = undefined
    this.#earlyReport = undefined
    this.#reportSource = new ReportSource()
    // A camera that always begins with the same numbers would seem to send again what it sent.
    this.#receiver = this.#newReceiver()
  }

  /** Bytes that `write` needs. */
  lengthOf(packet: RtpPacket): number {
    return packet.end - packet.start
  }

  /** Writes a packet as viewers get it. */
  write(packet: RtpPacket, into: Uint8Array, offset: number): void {
    into.set(packet.bytes.subarray(packet.start, packet.end), offset)
    const first = into[offset] ?? 0x80
    writeRtpHeader(into, offset, {
      marker: packet.marker,
      payloadType: packet.payloadType,
      sequenceNumber: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.ssrc,
    })
    // Padding, extension and contributing sources are as they were.
    into[offset] = first
    this.#packetCount++
    this.#octetCount += packet.payloadEnd - packet.payloadStart
  }

  /** The camera's report as viewers get it, with the name that every compound needs (RFC 3550 section 6.1); null for another source's. */
  senderReport(report: SenderReport, arrival: Milliseconds): Uint8Array | null {
    if (!this.#offset) this.#earlyReport = { report, arrival }
    if (!this.#offset || !this.#isOwn(report.ssrc)) return null
    this.#receiver.senderReport(report, arrival)
    const rtpTimestamp = (report.rtpTimestamp + this.#offset.timestamp) >>> 0
    this.#newestReport = { report: { ...report, ssrc: this.ssrc, rtpTimestamp, reports: [] }, arrival }
    return this.senderReportNow(arrival)
  }

  /** What the camera would report now, by its newest report, for a viewer that has none yet; null where there is none. */
  senderReportNow(now: Milliseconds): Uint8Array | null {
    if (!this.#newestReport) return null
    const { report, arrival } = this.#newestReport
    const writer = new ByteWriter(64)
    writeSenderReport(writer, {
      ...laterSenderReport(report, now - arrival, this.media.format.clockRate),
      packetCount: this.#packetCount >>> 0,
      octetCount: this.#octetCount >>> 0,
    })
    writeSourceDescription(writer, this.ssrc, CANONICAL_NAME)
    return writer.toBytes()
  }

  /** The stream is over for a viewer (RFC 3550 section 6.6). */
  goodbye(): Uint8Array {
    const writer = new ByteWriter(64)
    const now = { ntpSeconds: 0, ntpFraction: 0, rtpTimestamp: this.#timestamp }
    const counts = { packetCount: this.#packetCount >>> 0, octetCount: this.#octetCount >>> 0 }
    writeSenderReport(writer, { ssrc: this.ssrc, ...now, ...counts, reports: [] })
    writeSourceDescription(writer, this.ssrc, CANONICAL_NAME)
    writeGoodbye(writer, [this.ssrc])
    return writer.toBytes()
  }

  /** The block for the next report to the camera; null before its first packet. */
  report(now: Milliseconds) {
    return this.#receiver.report(now)
  }

  /** Nobody here decodes, so that nobody misses a keyframe. */
  keyframeRequest(): null {
    return null
  }

  #isOwn(ssrc: number): boolean {
    return this.#reportSource.judge(ssrc, this.#receiver.ssrc, this.#receiver.isOtherSource(ssrc)) !== 'of-another'
  }

  #newReceiver(): RtpReceiver {
    const { clockRate, payloadType } = this.media.format
    const otherPayloadTypes = this.media.media.payloadTypes.filter((type) => type !== payloadType)
    return new RtpReceiver(
      { clockRate, payloadType, otherPayloadTypes },
      {
        packet: (packet, _lost, continuity, arrival) => {
          this.#follow(packet, continuity, arrival)
          const starts = this.#startsAccess?.(packet.bytes, packet.payloadStart, packet.payloadEnd) ?? false
          this.#events.packet(this, packet, starts)
          const early = this.#earlyReport
          this.#earlyReport = undefined
          if (early) this.#events.report?.(this, early.report, early.arrival)
        },
      },
    )
  }

  #follow(packet: RtpPacket, continuity: Continuity, arrival: number): void {
    if (continuity === 'renamed' || continuity === 'new-source') this.#reportSource = new ReportSource()
    const goesOn = continuity === 'continued' || continuity === 'renamed'
    if (!this.#offset || !goesOn) {
      const silence = this.#timestampAt === 0 ? 0 : Math.max(0, arrival - this.#timestampAt) / 1000
      const elapsed = Math.round(silence * this.media.format.clockRate)
      this.#offset = {
        sequence: this.#sequence + 2 - packet.sequenceNumber,
        timestamp: this.#timestamp + elapsed - packet.timestamp,
      }
      // It was of the timestamps before.
      this.#newestReport = undefined
    }
    // Numbers that number nothing are no viewer's business.
    const next = this.#receiver.isUnnumbered && goesOn ? this.#sequence + 1 : undefined
    this.#sequence = (next ?? packet.sequenceNumber + this.#offset.sequence) & 0xffff
    this.#timestamp = (packet.timestamp + this.#offset.timestamp) >>> 0
    this.#timestampAt = arrival
  }
}

/** Names nobody, and is the same for all tracks, which share a clock. */
const CANONICAL_NAME = 'rtsp-bridge'
