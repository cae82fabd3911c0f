import { RTP_HEADER_BYTES, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { INTERLEAVED_HEADER_BYTES, writeInterleavedHeader } from '../../../protocol/rtsp/message-serializer.ts'

/** How a camera sends. */
export interface FlowOptions {
  /** Bits a second. */
  readonly rate: number
  /** Bytes of one write: an interleaved frame with its head. */
  readonly writeBytes: number
  /** `even`: each write alone, in equal distances. `pictures`: all writes of a picture one after the other. */
  readonly pattern: 'even' | 'pictures'
}

export const PICTURES_A_SECOND = 25
/** Pictures from one keyframe to the next. */
const GROUP = 50
const CLOCK_RATE = 90_000

/** Where in an interleaved frame of a picture's last fragment the time stands at which it was written. */
export const TIME_OFFSET = RTP_HEADER_BYTES + 2

/** Milliseconds of a clock that all processes of a machine share. */
export const sharedClock = (): number => Number(process.hrtime.bigint()) / 1e6

/** The frames of one camera, one after the other: H.264 in fragments (RFC 6184 section 5.8), a fixed number a picture. */
export class Flow {
  readonly framesAPicture: number
  readonly #options: FlowOptions
  readonly #frame: Uint8Array
  readonly #view: DataView
  #sent = 0

  constructor(options: FlowOptions) {
    this.#options = options
    this.framesAPicture = Math.max(1, Math.round(options.rate / 8 / PICTURES_A_SECOND / options.writeBytes))
    // The rate is kept exactly, and the size of the writes as nearly as it goes.
    const bytes = Math.round(options.rate / 8 / PICTURES_A_SECOND / this.framesAPicture)
    this.#frame = new Uint8Array(bytes).fill(0x5a)
    this.#view = new DataView(this.#frame.buffer)
    writeInterleavedHeader(this.#frame, 0, 0, bytes - INTERLEAVED_HEADER_BYTES)
  }

  /** Frames that are due after so many milliseconds of play. */
  due(milliseconds: number): number {
    const pictures = (milliseconds / 1000) * PICTURES_A_SECOND
    return this.#options.pattern === 'even'
      ? Math.floor(pictures * this.framesAPicture)
      : Math.floor(pictures) * this.framesAPicture
  }

  get sent(): number {
    return this.#sent
  }

  /** The next frame, good until the one after it. */
  next(): Uint8Array {
    const picture = Math.floor(this.#sent / this.framesAPicture)
    const fragment = this.#sent % this.framesAPicture
    const last = fragment === this.framesAPicture - 1
    writeRtpHeader(this.#frame, INTERLEAVED_HEADER_BYTES, {
      marker: last,
      payloadType: 96,
      sequenceNumber: this.#sent & 0xffff,
      timestamp: (picture * (CLOCK_RATE / PICTURES_A_SECOND)) >>> 0,
      ssrc: 7,
    })
    const type = picture % GROUP === 0 ? 5 : 1
    const at = INTERLEAVED_HEADER_BYTES + RTP_HEADER_BYTES
    this.#frame[at] = 0x60 | 28
    this.#frame[at + 1] = (fragment === 0 ? 0x80 : 0) | (last ? 0x40 : 0) | type
    this.#view.setFloat64(INTERLEAVED_HEADER_BYTES + TIME_OFFSET, sharedClock())
    this.#sent++
    return this.#frame
  }
}
