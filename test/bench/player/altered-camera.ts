import { connect, createServer, type Socket } from 'node:net'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import { writeInterleavedHeader } from '../../../protocol/rtsp/message-serializer.ts'
import { serializeResponse } from '../../../protocol/rtsp/response-serializer.ts'

/** Where RTP (RFC 3550 section 5.1) and sender reports (section 6.4.1) have what a clock says, in bytes from their start. */
const RTP = { sequenceNumber: 2, timestamp: 4 } as const
const REPORT = { type: 200, typeAt: 1, ntp: 8, timestamp: 16, bytes: 28 } as const

/** What becomes of the numbers of a session. */
export interface Alteration {
  /** Parts of one by which the camera's clock is fast. */
  readonly skew: number
  /** Added from now on. */
  sequence: number
  ticks: number
}

/** One track of one connection. */
class AlteredTrack {
  readonly #alteration: Alteration
  #last: number | undefined
  #elapsed = 0
  #firstReport: bigint | undefined

  constructor(alteration: Alteration) {
    this.#alteration = alteration
  }

  packet(packet: DataView): void {
    const { sequence } = this.#alteration
    packet.setUint16(RTP.sequenceNumber, (packet.getUint16(RTP.sequenceNumber) + sequence) & 0xffff)
    packet.setUint32(RTP.timestamp, this.#altered(packet.getUint32(RTP.timestamp)))
  }

  /** A sender report, which is the first of a compound packet. */
  report(packet: DataView): void {
    if (packet.byteLength < REPORT.bytes || packet.getUint8(REPORT.typeAt) !== REPORT.type) return
    const ntp = packet.getBigUint64(REPORT.ntp)
    this.#firstReport ??= ntp
    const since = Number(ntp - this.#firstReport)
    packet.setBigUint64(REPORT.ntp, ntp + BigInt(Math.round(since * this.#alteration.skew)))
    packet.setUint32(REPORT.timestamp, this.#altered(packet.getUint32(REPORT.timestamp)))
  }

  #altered(timestamp: number): number {
    // Of 32 bits that wrap; a report may be of a moment before the newest packet.
    this.#elapsed += (timestamp - (this.#last ?? timestamp)) | 0
    this.#last = timestamp
    const { skew, ticks } = this.#alteration
    return (timestamp + Math.round(this.#elapsed * skew) + ticks) >>> 0
  }
}

/** Stands in front of a camera of this machine, and changes what its clock and its counters say. The media stay as they are. */
export class AlteredCamera {
  readonly port: number
  readonly #close: () => void
  readonly #alteration: Alteration

  private constructor(port: number, alteration: Alteration, close: () => void) {
    this.port = port
    this.#alteration = alteration
    this.#close = close
  }

  /** @param ppm by how many parts in a million its clock is fast */
  static async listen(cameraPort: number, ppm = 0): Promise<AlteredCamera> {
    const alteration: Alteration = { skew: ppm / 1e6, sequence: 0, ticks: 0 }
    const sockets = new Set<Socket>()
    const server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port: cameraPort, host: '127.0.0.1', noDelay: true })
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => socket.destroy())
        socket.on('close', () => {
          sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      near.pipe(far)
      const parser = alteringParser(alteration, (bytes) => near.write(bytes))
      far.on('data', (chunk) => parser.push(chunk))
    })
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
    return new AlteredCamera(port, alteration, () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
  }

  /** Sequence numbers and timestamps go on from elsewhere, as after a restart of the encoder that kept the connection. */
  restartSequence(): void {
    this.#alteration.sequence += 20_000
    this.#alteration.ticks += 0x4000_0000
  }

  close(): void {
    this.#close()
  }
}

/** Even channels have media, odd ones reports (RFC 2326 section 10.12 leaves it to SETUP; GStreamer gives them so). */
export function alteringParser(alteration: Alteration, write: (bytes: Uint8Array) => void): RtspMessageParser {
  const tracks = new Map<number, AlteredTrack>()
  return new RtspMessageParser({
    message: (message) => {
      if (message.kind === 'response') write(serializeResponse(message))
    },
    interleaved: (channel, bytes, start, end) => {
      const frame = new Uint8Array(4 + end - start)
      writeInterleavedHeader(frame, 0, channel, end - start)
      frame.set(bytes.subarray(start, end), 4)
      const track = tracks.get(channel >> 1) ?? new AlteredTrack(alteration)
      tracks.set(channel >> 1, track)
      const packet = new DataView(frame.buffer, 4)
      if (channel % 2 === 0) track.packet(packet)
      else track.report(packet)
      write(frame)
    },
    skipped: () => undefined,
  })
}
