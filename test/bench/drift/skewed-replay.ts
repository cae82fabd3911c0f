import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { ntpFromUnix, writeSenderReport } from '../../../protocol/rtcp/sender-report.ts'
import { writeInterleavedHeader } from '../../../protocol/rtsp/message-serializer.ts'
import type { RecordedStream } from '../throughput/recorded-stream.ts'

const HEADER = 4
const MARKER = 0x80
const CLOCK_RATE = 90_000
/** Seconds between sender reports (RFC 3550 section 6.2). */
const REPORT_INTERVAL = 5

/** A recorded stream over and over, for as long as one likes, as a camera would send it whose clock is fast or slow. */
export class SkewedReplay {
  /** The interleaved frames of each picture, one behind the other. */
  readonly #pictures: readonly Uint8Array[]
  readonly #rate: number
  readonly #origin: number
  #sent = 0
  #sequenceNumber = 0
  #reportAt = 0

  /**
   * @param ppm parts in a million by which the camera's clock is fast
   * @param origin milliseconds since 1970 at second 0
   */
  constructor({ media }: Pick<RecordedStream, 'media'>, ppm: number, origin: number) {
    this.#pictures = picturesOf(media)
    this.#rate = 1 + ppm / 1e6
    this.#origin = origin
  }

  /** What the camera sends of a picture that it captured so many seconds after its start. */
  next(captured: number): Uint8Array {
    const picture = this.#pictures[this.#sent++ % this.#pictures.length] ?? new Uint8Array(0)
    const timestamp = Math.round(captured * this.#rate * CLOCK_RATE) >>> 0
    const report = captured >= this.#reportAt ? this.#report(captured, timestamp) : undefined
    const bytes = new Uint8Array(picture.length + (report?.length ?? 0))
    bytes.set(picture)
    const view = new DataView(bytes.buffer)
    for (let at = 0; at < picture.length; at += HEADER + view.getUint16(at + 2)) {
      view.setUint16(at + HEADER + 2, this.#sequenceNumber++ & 0xffff)
      view.setUint32(at + HEADER + 4, timestamp)
    }
    if (report) bytes.set(report, picture.length)
    return bytes
  }

  #report(captured: number, rtpTimestamp: number): Uint8Array {
    this.#reportAt += REPORT_INTERVAL
    const first = this.#pictures[0] ?? new Uint8Array(16)
    const ssrc = new DataView(first.buffer, first.byteOffset).getUint32(HEADER + 8)
    const writer = new ByteWriter()
    const counts = { packetCount: this.#sent >>> 0, octetCount: 0 }
    const now = ntpFromUnix(this.#origin + captured * this.#rate * 1000)
    writeSenderReport(writer, { ssrc, ...now, rtpTimestamp, ...counts, reports: [] })
    const report = writer.toBytes()
    const frame = new Uint8Array(HEADER + report.length)
    writeInterleavedHeader(frame, 0, 1, report.length)
    frame.set(report, HEADER)
    return frame
  }
}

/** Whole pictures: up to each marker (RFC 6184 section 5.1). Reports are left out. */
function picturesOf(media: Uint8Array): Uint8Array[] {
  const view = new DataView(media.buffer, media.byteOffset, media.length)
  const pictures: Uint8Array[] = []
  let frames: Uint8Array[] = []
  for (let at = 0; at + HEADER <= media.length; ) {
    const end = at + HEADER + view.getUint16(at + 2)
    if (end > media.length) break
    if (view.getUint8(at + 1) === 0) {
      frames.push(media.subarray(at, end))
      if (view.getUint8(at + HEADER + 1) & MARKER) {
        pictures.push(new Uint8Array(Buffer.concat(frames)))
        frames = []
      }
    }
    at = end
  }
  return pictures
}
