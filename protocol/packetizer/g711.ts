import { ProtocolError } from '../errors.ts'
import { encodeALaw, encodeMuLaw, type G711Law } from '../sound/g711.ts'
import { Ticks } from '../units.ts'
import type { Packetizer, RtpPayload } from './packetizer.ts'

/** RFC 3551 section 4.2: the default of packets, which every receiver takes. */
const PACKET_MILLISECONDS = 20
const MILLISECONDS_OF_A_SECOND = 1000

export interface G711PacketizerOptions {
  readonly law: G711Law
  /** Samples a second, which are the ticks of the RTP clock. Default 8000. */
  readonly sampleRate?: number
  /** Default 1. */
  readonly channels?: number
}

/**
 * G.711 (RFC 3551 section 4.5.14) of samples as they come from a microphone: `pcm-s16`, interleaved, little-endian. A
 * unit is coded and cut into packets of 20 ms; what is left at its end is a packet too, so units are best whole
 * multiples. The marker, which begins a talkspurt (section 4.1), is never set: silence is sent like any sound.
 */
export class G711Packetizer implements Packetizer {
  readonly #encode: (sample: number) => number
  readonly #channels: number
  /** Samples of each channel in a packet. */
  readonly #packetSamples: number

  constructor({ law, sampleRate = 8000, channels = 1 }: G711PacketizerOptions) {
    this.#encode = law === 'mu' ? encodeMuLaw : encodeALaw
    this.#channels = channels
    this.#packetSamples = Math.max(1, Math.round((sampleRate * PACKET_MILLISECONDS) / MILLISECONDS_OF_A_SECOND))
  }

  /** @throws ProtocolError `payload-syntax` where the unit ends within a sample */
  packetize(unit: Uint8Array): RtpPayload[] {
    if (unit.length % (2 * this.#channels) !== 0) {
      throw new ProtocolError(
        'payload-syntax',
        `${unit.length} bytes are no samples of 16 bits and ${this.#channels} channels`,
      )
    }
    const codes = new Uint8Array(unit.length / 2)
    for (let i = 0; i < codes.length; i++) {
      codes[i] = this.#encode((((unit[2 * i + 1] ?? 0) << 24) >> 16) | (unit[2 * i] ?? 0))
    }
    const payloads: RtpPayload[] = []
    const size = this.#packetSamples * this.#channels
    for (let start = 0; start < codes.length; start += size) {
      payloads.push({
        payload: codes.subarray(start, start + size),
        marker: false,
        later: Ticks(start / this.#channels),
      })
    }
    return payloads
  }
}
