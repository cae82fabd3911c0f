import {
  aacConfiguration,
  createAudioSpecificConfig,
  parseAudioSpecificConfig,
  SAMPLING_FREQUENCIES,
} from '../codec/aac.ts'
import type { AudioConfiguration } from '../codec/configuration.ts'
import { LIMITS } from '../limits.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'

export interface Mpeg4GenericDepacketizerOptions {
  /** AudioSpecificConfig: `config` of the fmtp, decoded from hexadecimal. */
  readonly config: Uint8Array
  /** Ticks a second of the RTP timestamps, which with SBR may be the core's rate or twice that. */
  readonly clockRate: number
  /** Bits of AU-size, AU-Index and AU-Index-delta (RFC 3640 section 4.1). Default 13, 3 and 3: AAC-hbr. */
  readonly sizeLength?: number | undefined
  readonly indexLength?: number | undefined
  readonly indexDeltaLength?: number | undefined
  /** Ticks of one access unit, where the fmtp states it. */
  readonly constantDuration?: number | undefined
}

/** What is left to gather of an access unit that spans several packets. */
type Fragment =
  | { readonly state: 'none' }
  | { readonly state: 'gathering'; readonly timestamp: Ticks; readonly size: number }

const NO_FRAGMENT: Fragment = { state: 'none' }

/** ISO/IEC 14496-3 section 1.A.2.2: bytes of an ADTS header, without and with CRC. */
const ADTS_BYTES = 7
const ADTS_CRC_BYTES = 9

/**
 * AAC by RFC 3640, modes AAC-hbr and AAC-lbr: one or more access units a packet, or one over several packets. Indices
 * are overlooked: interleaving, their only use, is for lossy networks, and cameras that leave nonsense in them are
 * more common.
 */
export class Mpeg4GenericDepacketizer implements Depacketizer {
  readonly statistics: DepacketizerStatistics = { units: 0, dropped: 0, malformed: 0 }
  readonly #sizeLength: number
  readonly #headerLength: number
  readonly #deltaHeaderLength: number
  readonly #clockRate: number
  readonly #constantDuration: number | undefined
  #configuration: AudioConfiguration
  #duration: Ticks
  #configurationIsNew = true
  #discontinuity = false
  /** The AU data of the packet, or of the fragments so far. */
  #bytes = new Uint8Array(8 * 1024)
  #length = 0
  #fragment: Fragment = NO_FRAGMENT
  readonly #ready: AccessUnit[] = []
  /** How many of `#ready` are pulled. */
  #pulled = 0

  /** @throws ProtocolError `parameter-sets-invalid` where `config` is not an AudioSpecificConfig of AAC. */
  constructor(options: Mpeg4GenericDepacketizerOptions) {
    this.#sizeLength = inRange(options.sizeLength, 1, 16) ?? 13
    this.#headerLength = this.#sizeLength + (inRange(options.indexLength, 0, 16) ?? 3)
    this.#deltaHeaderLength = this.#sizeLength + (inRange(options.indexDeltaLength, 0, 16) ?? 3)
    this.#clockRate = options.clockRate
    this.#constantDuration = inRange(options.constantDuration, 1, 2 ** 31 - 1)
    this.#configuration = aacConfiguration(options.config)
    this.#duration = this.#durationOf(options.config)
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    this.#ready.length = 0
    this.#pulled = 0
    if (lost > 0) {
      this.#dropFragment()
      this.#discontinuity = true
    }
    const { bytes, payloadStart: start, payloadEnd: end } = packet
    const headers = this.#headersBits(bytes, start, end)
    const data = start + 2 + ((headers + 7) >> 3)
    if (headers < this.#headerLength || data > end) {
      this.statistics.malformed++
      this.#dropFragment()
      return
    }
    const size = bitsAt(bytes, (start + 2) * 8, this.#sizeLength)
    const single = headers < this.#headerLength + this.#deltaHeaderLength
    if (single) this.#single(bytes, data, end, size, packet.marker, timestamp)
    else this.#several(bytes, start + 2, headers, data, end, timestamp)
  }

  pull(): AccessUnit | null {
    return this.#ready[this.#pulled++] ?? null
  }

  /** Units are given out as soon as they are complete; the rest of one never comes. */
  flush(): void {
    this.#dropFragment()
  }

  /** AU-headers-length (section 3.2.1) in bits; some cameras count bytes. */
  #headersBits(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < 2) return 0
    const stated = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0)
    return stated >= this.#headerLength ? stated : stated * 8
  }

  #single(bytes: Uint8Array, start: number, end: number, size: number, marker: boolean, timestamp: Ticks): void {
    const available = end - start
    if (this.#fragment.state === 'gathering') {
      if (this.#fragment.timestamp === timestamp && this.#fragment.size === size) {
        this.#gather(bytes, start, end)
        return
      }
      this.statistics.malformed++
      this.#dropFragment()
    }
    if (available === 0 || size === 0) {
      this.statistics.malformed++
      return
    }
    this.#length = 0
    // With the marker it is a whole access unit (section 3.2.3.1), whatever its size field says: some cameras count
    // bits, or an ADTS header too much or too little.
    if (available >= size || marker) {
      const whole = available === size || size === available * 8 || adtsLength(bytes, start, end) === available
      if (!whole) {
        this.statistics.malformed++
        if (available < size) {
          this.#drop()
          return
        }
      }
      this.#append(bytes, start, whole ? end : start + size)
      this.#give(0, this.#length, timestamp)
      return
    }
    this.#fragment = { state: 'gathering', timestamp, size }
    this.#gather(bytes, start, end)
  }

  #gather(bytes: Uint8Array, start: number, end: number): void {
    const fragment = this.#fragment
    if (fragment.state === 'none') return
    if (this.#length + end - start > fragment.size || !this.#append(bytes, start, end)) {
      this.statistics.malformed++
      this.#dropFragment()
    } else if (this.#length === fragment.size) {
      this.#fragment = NO_FRAGMENT
      this.#give(0, this.#length, fragment.timestamp)
    }
  }

  #several(bytes: Uint8Array, headersAt: number, headers: number, data: number, end: number, timestamp: Ticks): void {
    this.#dropFragment()
    this.#length = 0
    this.#append(bytes, data, end)
    let bit = 0
    let at = 0
    let index = 0
    for (let length = this.#headerLength; bit + length <= headers; length = this.#deltaHeaderLength) {
      const size = bitsAt(bytes, headersAt * 8 + bit, this.#sizeLength)
      bit += length
      if (at + size > this.#length) {
        // Its frame is cut off, and where the next would begin is unknown.
        this.statistics.malformed++
        this.#drop()
        return
      }
      if (size > 0) this.#give(at, at + size, Ticks(timestamp + index * this.#duration))
      at += size
      index++
    }
  }

  #give(start: number, end: number, timestamp: Ticks): void {
    const frame = start + this.#stripAdts(start, end)
    if (frame >= end) {
      this.#drop()
      return
    }
    this.#ready.push({
      data: this.#bytes.subarray(frame, end),
      timestamp,
      randomAccess: true,
      discontinuity: this.#discontinuity,
      configuration: this.#configurationIsNew ? this.#configuration : undefined,
      duration: this.#duration,
    })
    this.statistics.units++
    this.#configurationIsNew = false
    this.#discontinuity = false
  }

  /** @returns bytes of an ADTS header that has no place here; it knows better than the SDP what the sound is. */
  #stripAdts(start: number, end: number): number {
    const bytes = this.#bytes
    if (adtsLength(bytes, start, end) === 0) return 0
    const frequency = SAMPLING_FREQUENCIES[((bytes[start + 2] ?? 0) >> 2) & 0x0f]
    const channels = (((bytes[start + 2] ?? 0) & 1) << 2) | ((bytes[start + 3] ?? 0) >> 6)
    const known = parseAudioSpecificConfig(this.#configuration.description)
    // Channel configuration 7 means eight; 0 is told in the frame, and the SDP is believed then.
    const count = channels === 7 ? 8 : channels
    const differs = frequency !== known.coreSampleRate || (count !== known.channels && !known.ps)
    if (frequency !== undefined && count > 0 && differs) {
      const config = createAudioSpecificConfig(frequency, count)
      this.#configuration = aacConfiguration(config)
      this.#duration = this.#durationOf(config)
      this.#configurationIsNew = true
    }
    return (bytes[start + 1] ?? 0) & 1 ? ADTS_BYTES : ADTS_CRC_BYTES
  }

  #durationOf(config: Uint8Array): Ticks {
    const { frameLength, coreSampleRate } = parseAudioSpecificConfig(config)
    return Ticks(this.#constantDuration ?? Math.max(1, Math.round((frameLength * this.#clockRate) / coreSampleRate)))
  }

  #append(bytes: Uint8Array, start: number, end: number): boolean {
    const needed = this.#length + end - start
    if (needed > LIMITS.accessUnitBytes) return false
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    this.#bytes.set(bytes.subarray(start, end), this.#length)
    this.#length = needed
    return true
  }

  #dropFragment(): void {
    if (this.#fragment.state === 'none') return
    this.#fragment = NO_FRAGMENT
    this.#length = 0
    this.#drop()
  }

  #drop(): void {
    this.statistics.dropped++
    this.#discontinuity = true
  }
}

/** What an SDP says, where it can be meant. */
const inRange = (value: number | undefined, minimum: number, maximum: number): number | undefined =>
  value !== undefined && Number.isInteger(value) && value >= minimum && value <= maximum ? value : undefined

/** An unsigned number of up to 31 bits at a bit position; the caller has checked the range. */
function bitsAt(bytes: Uint8Array, position: number, count: number): number {
  let value = 0
  for (let bit = position; bit < position + count; bit++) {
    value = value * 2 + (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
  }
  return value
}

/**
 * aac_frame_length of the ADTS header in `bytes[start … end)`, or 0 where there is none: syncword, layer 0, and the
 * length must fit. A bare frame never begins so: its first three bits, 111, would mean that it is at its end.
 */
function adtsLength(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < ADTS_BYTES) return 0
  if (bytes[start] !== 0xff || ((bytes[start + 1] ?? 0) & 0xf6) !== 0xf0) return 0
  const length = (((bytes[start + 3] ?? 0) & 3) << 11) | ((bytes[start + 4] ?? 0) << 3) | ((bytes[start + 5] ?? 0) >> 5)
  // A header on its own length, or the frame's without the header, which some write.
  const bare = end - start - ADTS_BYTES
  return length === end - start || length === bare ? end - start : 0
}
