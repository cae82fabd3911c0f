import { ByteWriter } from '../bytes/byte-writer.ts'
import { writeFullIntraRequest, writePictureLossIndication } from '../rtcp/feedback.ts'
import { writeGoodbye } from '../rtcp/goodbye.ts'
import { writeReceiverReport } from '../rtcp/receiver-report.ts'
import { ReportSchedule } from '../rtcp/report-schedule.ts'
import { writeSourceDescription } from '../rtcp/source-description.ts'
import type { KeyframeFeedback } from '../sdp/rtcp-feedback.ts'
import type { Milliseconds } from '../units.ts'
import type { MediaTrack } from './media-track.ts'

/** What a track knows of its reception. */
export type ReceivedTrack = Pick<MediaTrack, 'report' | 'keyframeRequest'>

/** A track, where its RTCP goes, and how it may be asked for a keyframe. */
export interface ReportedTrack {
  readonly track: ReceivedTrack
  readonly rtcpChannel: number
  readonly feedback: KeyframeFeedback | null
}

/** What a receiver tells the sender: reports on schedule, requests for keyframes, and that it leaves. */
export class ReceptionReports {
  readonly #send: (channel: number, packet: Uint8Array) => void
  readonly #writer = new ByteWriter()
  readonly #ssrc = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1
  #tracks: readonly (ReportedTrack & { readonly schedule: ReportSchedule })[] = []

  /** @param send takes a compound packet, good during the call */
  constructor(send: (channel: number, packet: Uint8Array) => void) {
    this.#send = send
  }

  /** Reports on these tracks from now on. */
  begin(tracks: readonly ReportedTrack[], now: Milliseconds): void {
    this.#tracks = tracks.map((track) => ({ ...track, schedule: new ReportSchedule({ now }) }))
  }

  /** Sends what is due. Call about twice a second. */
  tick(now: Milliseconds): void {
    for (const { track, rtcpChannel, schedule, feedback } of this.#tracks) {
      const request = feedback && track.keyframeRequest(now)
      if (request) {
        this.#sendCompound(rtcpChannel, track, now, (writer) => {
          if (feedback === 'pli') writePictureLossIndication(writer, this.#ssrc, request.ssrc)
          else writeFullIntraRequest(writer, this.#ssrc, request)
        })
      } else if (schedule.due(now)) {
        schedule.sent(this.#sendCompound(rtcpChannel, track, now), now)
      }
    }
  }

  /** The receiver leaves (RFC 3550 section 6.6). */
  goodbye(now: Milliseconds): void {
    for (const { track, rtcpChannel } of this.#tracks) {
      this.#sendCompound(rtcpChannel, track, now, (writer) => writeGoodbye(writer, [this.#ssrc]))
    }
  }

  /**
   * A report and the canonical name, which every compound packet must hold (RFC 3550 section 6.1), and what else there is
   * to say. The name is made of the random source: it names nobody. Returns the bytes sent.
   */
  #sendCompound(channel: number, track: ReceivedTrack, now: Milliseconds, more?: (writer: ByteWriter) => void): number {
    const writer = this.#writer
    writer.clear()
    const block = track.report(now)
    writeReceiverReport(writer, { ssrc: this.#ssrc, reports: block ? [block] : [] })
    writeSourceDescription(writer, this.#ssrc, `viewer-${this.#ssrc.toString(16)}`)
    more?.(writer)
    this.#send(channel, writer.view())
    return writer.length
  }
}
