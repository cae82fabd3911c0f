import { randomInt } from 'node:crypto'
import { ByteWriter } from '../../protocol/bytes/byte-writer.ts'
import { writeGoodbye } from '../../protocol/rtcp/goodbye.ts'
import { ntpFromUnix, writeSenderReport } from '../../protocol/rtcp/sender-report.ts'
import { writeSourceDescription } from '../../protocol/rtcp/source-description.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { INTERLEAVED_HEADER_BYTES, writeInterleavedHeader } from '../../protocol/rtsp/message-serializer.ts'
import type { InterleavedChannels } from '../../protocol/rtsp/server-stream.ts'
import type { ClipTrack } from './clip.ts'
import type { PackedFrame } from './packed-frame.ts'

/** One RTP stream to one viewer: its SSRC, sequence and timestamps, which begin at random (RFC 3550 section 5.1). */
export class OutgoingTrack {
  readonly track: ClipTrack
  channels: InterleavedChannels
  readonly ssrc = randomInt(2 ** 32)
  readonly #timestampOffset = randomInt(2 ** 32)
  readonly #cname: string
  #sequence = randomInt(2 ** 16)
  #packetCount = 0
  #octetCount = 0

  constructor(track: ClipTrack, channels: InterleavedChannels, cname: string) {
    this.track = track
    this.channels = channels
    this.#cname = cname
  }

  /** Sequence number of the next packet. */
  get sequence(): number {
    return this.#sequence
  }

  /** What stands on the wire for ticks of the track's clock. */
  timestamp(ticks: number): number {
    // Exact: ticks since 1970 stay below 2^53 for any clock, and `>>>` takes what is left of 2^32.
    return (ticks + this.#timestampOffset) >>> 0
  }

  /**
   * Writes this stream's headers into the frame's packets: it is ready to be sent then.
   *
   * @param ticks the frame's presentation time on the track's clock
   */
  address(frame: PackedFrame, ticks: number): Uint8Array {
    for (const { offset, payloadLength, marker, later } of frame.packets) {
      writeInterleavedHeader(frame.bytes, offset, this.channels.rtp, RTP_HEADER_BYTES + payloadLength)
      writeRtpHeader(frame.bytes, offset + INTERLEAVED_HEADER_BYTES, {
        marker,
        payloadType: this.track.payloadType,
        sequenceNumber: this.#sequence,
        timestamp: this.timestamp(ticks + later),
        ssrc: this.ssrc,
      })
      this.#sequence = (this.#sequence + 1) & 0xffff
      this.#packetCount++
      this.#octetCount += payloadLength
    }
    return frame.bytes
  }

  /** The frame is not sent to this viewer: its sequence numbers are missing, so that the loss can be seen. */
  drop(frame: PackedFrame): void {
    this.#sequence = (this.#sequence + frame.packets.length) & 0xffff
  }

  /**
   * SR and SDES (RFC 3550 section 6.1), and BYE at the end, as one interleaved frame.
   *
   * @param seconds of the Unix epoch
   * @param ticks of the track's clock at that moment
   */
  report(seconds: number, ticks: number, ending: 'goodbye' | 'goes on'): Uint8Array {
    const writer = new ByteWriter(128)
    writer.u32(0)
    writeSenderReport(writer, {
      ssrc: this.ssrc,
      ...ntpFromUnix(seconds * 1000),
      rtpTimestamp: this.timestamp(ticks),
      packetCount: this.#packetCount,
      octetCount: this.#octetCount,
      reports: [],
    })
    writeSourceDescription(writer, this.ssrc, this.#cname)
    if (ending === 'goodbye') writeGoodbye(writer, [this.ssrc])
    const frame = writer.toBytes()
    writeInterleavedHeader(frame, 0, this.channels.rtcp, frame.length - INTERLEAVED_HEADER_BYTES)
    return frame
  }
}
