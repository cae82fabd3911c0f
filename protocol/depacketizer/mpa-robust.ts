import { type MpegAudioHeader, mpegAudioConfiguration, readMpegAudioHeader } from '../codec/mpeg-audio.ts'
import { selfContainedFrame, sideInfoLength } from '../codec/mpeg-audio-layer3.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { FrameBuffer } from './frame-buffer.ts'
import { FrameDuration } from './frame-duration.ts'
import { SoundUnits } from './sound-units.ts'

export interface MpaRobustDepacketizerOptions {
  /** Ticks a second of the RTP timestamps. Default 90,000, as RFC 5219 section 4.1 has it. */
  readonly clockRate?: number
}

/** An ADU frame that spans several packets. */
type Fragment =
  | { readonly state: 'none' }
  | { readonly state: 'gathering'; readonly timestamp: Ticks; readonly place: number; readonly size: number }

const NO_FRAGMENT: Fragment = { state: 'none' }

/** An ADU frame with its syncword. */
interface AduFrame {
  readonly header: MpegAudioHeader
  readonly bytes: Uint8Array
}

/** ADU frames of one interleave cycle (RFC 5219 section 7). */
interface Cycle {
  readonly count: number
  /** When the frame of index 0 begins; undefined as long as no packet told. */
  start: Ticks | undefined
  readonly frames: Map<number, AduFrame>
}

/** In place of the syncword: not interleaved. */
const NO_INDEX = 0xff
const NO_CYCLE = 0b111

/**
 * MP3 by RFC 5219: layer III frames whose main data lie together (ADUs), so that a loss costs no more than what was lost.
 * Each becomes an MP3 frame again that stands alone: other than the appendix of the RFC has it, main data are not put
 * back into the frames before, but the frame gets a bitrate at which it has room.
 *
 * ```
 * +-+-+-----------+   +-+-+---------------------------+
 * |C|0|  ADU size |   |C|1|         ADU size          |   C: continued from the packet before
 * +-+-+-----------+   +-+-+---------------------------+
 * ```
 */
export class MpaRobustDepacketizer implements Depacketizer {
  readonly #units = new SoundUnits()
  readonly #duration: FrameDuration
  readonly #buffer = new FrameBuffer()
  #fragment: Fragment = NO_FRAGMENT
  /** What comes may be the end of an ADU frame whose beginning is missing. */
  #afterLoss = true
  #cycle: Cycle | undefined
  /** When the last frame that was given ends. */
  #end = Ticks(0)
  /** Of the frame before, in one number. */
  #format = -1

  constructor(options: MpaRobustDepacketizerOptions = {}) {
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
    const { bytes, payloadStart, payloadEnd: end } = packet
    let at = payloadStart
    for (let place = 0; at < end; place++) {
      const first = bytes[at] ?? 0
      const long = (first & 0x40) !== 0
      if (long && at + 1 >= end) break
      const size = long ? ((first & 0x3f) << 8) | (bytes[at + 1] ?? 0) : first & 0x3f
      at += long ? 2 : 1
      if ((first & 0x80) !== 0) {
        this.#continue(bytes, at, end, size)
        return
      }
      if (this.#fragment.state === 'gathering') {
        this.#units.malformed()
        this.#lose()
      }
      this.#afterLoss = false
      if (size > end - at) {
        this.#buffer.clear()
        this.#buffer.append(bytes, at, end)
        this.#fragment = { state: 'gathering', timestamp, place, size }
        return
      }
      this.#frame(bytes.slice(at, at + size), timestamp, place)
      at += size
    }
    if (at !== end || at === payloadStart) this.#units.malformed()
  }

  pull(): AccessUnit | null {
    return this.#units.pull()
  }

  flush(): void {
    this.#units.clear()
    this.#lose()
    this.#endCycle()
  }

  #continue(bytes: Uint8Array, start: number, end: number, size: number): void {
    const fragment = this.#fragment
    if (fragment.state === 'none' || fragment.size !== size || this.#buffer.length + end - start > size) {
      if (!this.#afterLoss) this.#units.malformed()
      this.#lose()
      return
    }
    this.#buffer.append(bytes, start, end)
    if (this.#buffer.length < size) return
    this.#fragment = NO_FRAGMENT
    this.#frame(this.#buffer.bytes.slice(0, size), fragment.timestamp, fragment.place)
  }

  /**
   * @param bytes with the interleave index and cycle count in place of the syncword
   * @param place in its packet, whose timestamp is that of the first
   */
  #frame(bytes: Uint8Array, timestamp: Ticks, place: number): void {
    const index = bytes[0] ?? 0
    const count = (bytes[1] ?? 0) >> 5
    bytes[0] = 0xff
    bytes[1] = (bytes[1] ?? 0) | 0xe0
    const header = readMpegAudioHeader(bytes, 0, bytes.length)
    if (header?.layer !== 3 || bytes.length < header.dataStart + sideInfoLength(header)) {
      this.#units.malformed()
      this.#units.drop()
      return
    }
    const frame = { header, bytes }
    if (index === NO_INDEX && count === NO_CYCLE) {
      this.#endCycle()
      this.#give(frame, this.#after(timestamp, place, header))
      return
    }
    if (this.#cycle?.count !== count || this.#cycle.frames.has(index)) {
      this.#endCycle()
      this.#cycle = { count, start: undefined, frames: new Map() }
    }
    if (place === 0) this.#cycle.start ??= this.#after(timestamp, -index, header)
    this.#cycle.frames.set(index, frame)
  }

  /** Gives the frames of the cycle in order; of one that is missing the next tells. */
  #endCycle(): void {
    const cycle = this.#cycle
    if (!cycle) return
    this.#cycle = undefined
    const start = cycle.start ?? this.#end
    let due = 0
    for (const [index, frame] of [...cycle.frames].sort(([a], [b]) => a - b)) {
      if (index !== due) this.#units.lost()
      due = index + 1
      this.#give(frame, this.#after(start, index, frame.header))
    }
  }

  #after(timestamp: Ticks, count: number, { samples, sampleRate }: MpegAudioHeader): Ticks {
    return this.#duration.after(timestamp, count * samples, sampleRate)
  }

  #give({ header, bytes }: AduFrame, timestamp: Ticks): void {
    const frame = selfContainedFrame(header, bytes)
    if (!frame) {
      this.#units.malformed()
      this.#units.drop()
      return
    }
    const format = header.sampleRate * 2 + header.channels
    if (format !== this.#format) this.#units.configure(mpegAudioConfiguration(header))
    this.#format = format
    const duration = this.#duration.next(header.samples, header.sampleRate)
    this.#units.give(frame, timestamp, duration)
    this.#end = Ticks(timestamp + duration)
  }

  #lose(): void {
    this.#afterLoss = true
    if (this.#fragment.state === 'none') return
    this.#fragment = NO_FRAGMENT
    this.#units.drop()
  }
}
