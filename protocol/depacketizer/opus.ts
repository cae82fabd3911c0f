import { OPUS_SAMPLE_RATE, opusConfiguration, parseOpusPacket } from '../codec/opus.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { FrameBuffer } from './frame-buffer.ts'
import { FrameDuration } from './frame-duration.ts'
import { SoundUnits } from './sound-units.ts'

export interface OpusDepacketizerOptions {
  /** Ticks a second of the RTP timestamps. Default 48,000, as RFC 7587 section 4.1 has it. */
  readonly clockRate?: number
  /** `sprop-stereo` of the fmtp: the camera means to send stereo. Default false. */
  readonly stereo?: boolean
}

/**
 * Opus by RFC 7587: a packet is an access unit. A camera that falls silent (DTX) sends none for a while, without a gap in
 * the sequence numbers: its next packet just has a later timestamp, and nothing is amiss.
 */
export class OpusDepacketizer implements Depacketizer {
  readonly #units = new SoundUnits()
  readonly #duration: FrameDuration
  readonly #buffer = new FrameBuffer()
  #stereo: boolean

  constructor(options: OpusDepacketizerOptions = {}) {
    this.#duration = new FrameDuration(options.clockRate ?? OPUS_SAMPLE_RATE)
    this.#stereo = options.stereo ?? false
  }

  get statistics(): DepacketizerStatistics {
    return this.#units.statistics
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    this.#units.clear()
    if (lost > 0) this.#units.lost()
    const { bytes, payloadStart, payloadEnd } = packet
    const opus = parseOpusPacket(bytes, payloadStart, payloadEnd)
    if (!opus) {
      this.#units.malformed()
      this.#units.drop()
      return
    }
    // A decoder for two channels plays mono packets too, so that it is changed once at most, not with each packet.
    this.#stereo ||= opus.stereo
    this.#units.configure(this.#stereo ? STEREO : MONO)
    this.#buffer.clear()
    this.#buffer.append(bytes, payloadStart, payloadEnd)
    const duration = this.#duration.next(opus.duration, OPUS_SAMPLE_RATE)
    this.#units.give(this.#buffer.view(0, this.#buffer.length), timestamp, duration)
  }

  pull(): AccessUnit | null {
    return this.#units.pull()
  }

  /** Each packet is whole. */
  flush(): void {
    this.#units.clear()
  }
}

const MONO = opusConfiguration(1)
const STEREO = opusConfiguration(2)
