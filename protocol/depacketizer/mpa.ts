import { type MpegAudioHeader, mpegAudioConfiguration, readMpegAudioHeader } from '../codec/mpeg-audio.ts'
import { mainDataBegin, sideInfoLength, silence } from '../codec/mpeg-audio-layer3.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { FrameBuffer } from './frame-buffer.ts'
import { FrameDuration } from './frame-duration.ts'
import { SoundUnits } from './sound-units.ts'

export interface MpaDepacketizerOptions {
  /** Ticks a second of the RTP timestamps. Default 90,000, as RFC 2250 section 3.5 has it. */
  readonly clockRate?: number
}

/** A frame that spans several packets; its bytes so far are the last of the buffer. */
type Fragment =
  | { readonly state: 'none' }
  | { readonly state: 'gathering'; readonly timestamp: Ticks; readonly start: number }

const NO_FRAGMENT: Fragment = { state: 'none' }
const MPA_HEADER_BYTES = 4

/**
 * MPEG audio by RFC 2250 section 3.5: whole frames, or one over several packets.
 *
 * ```
 *  0                   1                   2                   3
 * +-------------------------------+-------------------------------+
 * |             MBZ               |          Frag_offset          |
 * +-------------------------------+-------------------------------+
 * ```
 * A layer III frame may have main data in the frames before it. Where these were lost it is given out silent, for a
 * decoder would play what it has there instead.
 */
export class MpaDepacketizer implements Depacketizer {
  readonly #units = new SoundUnits()
  readonly #duration: FrameDuration
  readonly #buffer = new FrameBuffer()
  #fragment: Fragment = NO_FRAGMENT
  /** Of the frame before. */
  #header: MpegAudioHeader | undefined
  /** Bytes of main data without a gap before the next frame. */
  #reservoir = 0
  /** What comes may be the end of a frame whose beginning is missing. */
  #afterLoss = true

  constructor(options: MpaDepacketizerOptions = {}) {
    this.#duration = new FrameDuration(options.clockRate ?? 90_000)
  }

  get statistics(): DepacketizerStatistics {
    return this.#units.statistics
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    this.#units.clear()
    if (lost > 0) {
      this.#units.lost()
      this.#lose()
    }
    const { bytes, payloadStart, payloadEnd } = packet
    const start = payloadStart + MPA_HEADER_BYTES
    if (start >= payloadEnd) {
      this.#units.malformed()
      return
    }
    const offset = ((bytes[payloadStart + 2] ?? 0) << 8) | (bytes[payloadStart + 3] ?? 0)
    if (offset > 0) {
      this.#continue(bytes, start, payloadEnd, offset)
      return
    }
    if (this.#fragment.state === 'gathering') {
      this.#units.malformed()
      this.#lose()
    }
    this.#afterLoss = false
    this.#buffer.clear()
    this.#buffer.append(bytes, start, payloadEnd)
    this.#giveFrames(0, timestamp)
  }

  pull(): AccessUnit | null {
    return this.#units.pull()
  }

  /** Frames are given out as soon as they are complete; the rest of one never comes. */
  flush(): void {
    this.#units.clear()
    this.#lose()
  }

  #continue(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const fragment = this.#fragment
    if (
      fragment.state === 'none' ||
      this.#buffer.length - fragment.start !== offset ||
      !this.#buffer.append(bytes, start, end)
    ) {
      if (!this.#afterLoss) this.#units.malformed()
      this.#lose()
      return
    }
    this.#fragment = NO_FRAGMENT
    this.#giveFrames(fragment.start, fragment.timestamp)
  }

  /** Gives the whole frames of the buffer, and begins to gather the one that is not. */
  #giveFrames(start: number, timestamp: Ticks): void {
    let at = start
    let samples = 0
    while (at < this.#buffer.length) {
      const header = readMpegAudioHeader(this.#buffer.bytes, at, this.#buffer.length)
      if (!header) {
        this.#units.malformed()
        this.#units.drop()
        this.#lose()
        return
      }
      const begins = this.#duration.after(timestamp, samples, header.sampleRate)
      if (at + header.frameLength > this.#buffer.length) {
        this.#fragment = { state: 'gathering', timestamp: begins, start: at }
        return
      }
      this.#give(header, at, begins)
      at += header.frameLength
      samples += header.samples
    }
  }

  #give(header: MpegAudioHeader, start: number, timestamp: Ticks): void {
    const end = start + header.frameLength
    if (header.layer === 3) this.#watchReservoir(header, start)
    if (!this.#header || !soundsAlike(this.#header, header)) this.#units.configure(mpegAudioConfiguration(header))
    this.#header = header
    const duration = this.#duration.next(header.samples, header.sampleRate)
    this.#units.give(this.#buffer.view(start, end), timestamp, duration)
  }

  #watchReservoir(header: MpegAudioHeader, start: number): void {
    if (this.#header && !soundsAlike(this.#header, header)) this.#reservoir = 0
    if (mainDataBegin(header, this.#buffer.bytes, start) > this.#reservoir) silence(header, this.#buffer.bytes, start)
    this.#reservoir += Math.max(0, header.frameLength - header.dataStart - sideInfoLength(header))
  }

  /** Something is missing before the next frame. */
  #lose(): void {
    this.#afterLoss = true
    this.#reservoir = 0
    if (this.#fragment.state === 'none') return
    this.#fragment = NO_FRAGMENT
    this.#units.drop()
  }
}

const soundsAlike = (a: MpegAudioHeader, b: MpegAudioHeader): boolean =>
  a.layer === b.layer && a.sampleRate === b.sampleRate && a.channels === b.channels
