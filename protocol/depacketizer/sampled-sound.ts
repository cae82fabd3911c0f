import type { AudioConfiguration } from '../codec/configuration.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import { bytesPerSample, type SoundDecoder } from '../sound/sound-decoder.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'

export interface SampledSoundOptions {
  /** Keeps its state over a loss: what it knows of the sound is nearer to the truth than nothing. */
  readonly decoder: SoundDecoder
  /** Samples a second of each channel. */
  readonly sampleRate: number
  readonly channels: number
  /** Ticks a second of the RTP timestamps: the sample rate, but with G.722. */
  readonly clockRate: number
}

/**
 * Sample-based encodings (RFC 3551 section 4.2): a payload is some time of sound, from 1 ms to a second, and needs no
 * other. Each becomes one access unit of decoded samples.
 *
 * What is lost leaves a gap in time, as silence that was not sent does (section 4.1): nothing is made up here. Whoever
 * plays fills it as fits.
 */
export class SampledSoundDepacketizer implements Depacketizer {
  readonly statistics: DepacketizerStatistics = { units: 0, dropped: 0, malformed: 0 }
  readonly #decoder: SoundDecoder
  readonly #configuration: AudioConfiguration
  readonly #bytesPerSample: number
  /** A payload has at most 65,535 bytes, and a byte at most four samples. */
  #bytes = new Uint8Array(4096)
  #ready: AccessUnit | null = null
  #configurationIsNew = true
  #discontinuity = false
  readonly #ticksPerSample: number

  constructor({ decoder, sampleRate, channels, clockRate }: SampledSoundOptions) {
    this.#decoder = decoder
    this.#configuration = { kind: 'audio', codec: decoder.codec, description: new Uint8Array(0), sampleRate, channels }
    this.#bytesPerSample = bytesPerSample(decoder.codec)
    this.#ticksPerSample = clockRate / sampleRate
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    this.#ready = null
    if (lost > 0) this.#discontinuity = true
    const { bytes, payloadStart, payloadEnd } = packet
    const { channels } = this.#configuration
    const decoded = this.#decoder.samplesIn(payloadEnd - payloadStart)
    const frames = Math.floor(decoded / channels)
    if (frames === 0) {
      this.statistics.malformed++
      return
    }
    this.#reserve(decoded * this.#bytesPerSample)
    this.#decoder.decode(bytes, payloadStart, payloadEnd, this.#bytes)
    this.#ready = {
      // Without samples that not all channels have.
      data: this.#bytes.subarray(0, frames * channels * this.#bytesPerSample),
      timestamp,
      randomAccess: true,
      discontinuity: this.#discontinuity,
      configuration: this.#configurationIsNew ? this.#configuration : undefined,
      duration: Ticks(Math.max(1, Math.round(frames * this.#ticksPerSample))),
    }
    this.statistics.units++
    this.#configurationIsNew = false
    this.#discontinuity = false
  }

  pull(): AccessUnit | null {
    const unit = this.#ready
    this.#ready = null
    return unit
  }

  flush(): void {
    // Nothing is held back.
  }

  #reserve(length: number): void {
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(Math.max(length, this.#bytes.length * 2))
  }
}
