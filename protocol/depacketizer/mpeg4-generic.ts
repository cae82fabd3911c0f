import { aacConfiguration, createAudioSpecificConfig, parseAudioSpecificConfig } from '../codec/aac.ts'
import { type AdtsHeader, readAdtsHeader } from '../codec/adts.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import { type AuHeaderLayout, AuHeaders } from './au-headers.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { FrameBuffer } from './frame-buffer.ts'
import { FrameDuration } from './frame-duration.ts'
import { SoundDeinterleaver } from './sound-deinterleaver.ts'
import { SoundUnits } from './sound-units.ts'

/** Parameters of RFC 3640 section 4.1, by their names there; lengths are in bits. */
export interface Mpeg4GenericDepacketizerOptions {
  /** AudioSpecificConfig: `config` of the fmtp, decoded from hexadecimal. */
  readonly config: Uint8Array
  /** Ticks a second of the RTP timestamps, which with SBR may be the core's rate or twice that. */
  readonly clockRate: number
  /** In mode `generic` a field that is not stated is not there; else it has the length of AAC-hbr. Default `aac`. */
  readonly mode?: 'aac' | 'generic'
  /** Default 13, 3 and 3: AAC-hbr. */
  readonly sizeLength?: number | undefined
  readonly indexLength?: number | undefined
  readonly indexDeltaLength?: number | undefined
  readonly ctsDeltaLength?: number | undefined
  readonly dtsDeltaLength?: number | undefined
  readonly randomAccessIndication?: boolean | undefined
  readonly streamStateIndication?: number | undefined
  readonly auxiliaryDataSizeLength?: number | undefined
  /** Bytes of each access unit, instead of AU-size. */
  readonly constantSize?: number | undefined
  /** Ticks of each access unit. */
  readonly constantDuration?: number | undefined
  /** Ticks by which access units may be out of place. */
  readonly maxDisplacement?: number | undefined
  /** Bytes that de-interleaving needs. That it is stated means that the stream is interleaved; the bound is our own. */
  readonly deInterleaveBufferSize?: number | undefined
}

/** What is left to gather of an access unit that spans several packets; its size is -1 where only the marker tells. */
type Fragment =
  | { readonly state: 'none' }
  | { readonly state: 'gathering'; readonly timestamp: Ticks; readonly size: number }

const NO_FRAGMENT: Fragment = { state: 'none' }

/** Access units of a packet with AU-Index-deltas. */
interface Held {
  readonly timestamp: Ticks
  readonly units: readonly Uint8Array[]
  readonly offsets: readonly number[]
}

/**
 * Whether AU-Index-deltas mean something. Interleaving, their only use, is for lossy networks, and cameras that leave
 * nonsense in them are more common, so where the SDP does not state it the timestamps must show it:
 * - `sequential`: no delta was met;
 * - `doubtful`: a packet had some, and waits for the timestamp of the next;
 * - `overlooked`: it followed as if there were none: they are nonsense;
 * - `interleaved`: stated, or it filled a gap that they left.
 */
type Order =
  | { readonly state: 'sequential' | 'overlooked' }
  | { readonly state: 'doubtful'; readonly held: Held }
  | { readonly state: 'interleaved'; readonly deinterleaver: SoundDeinterleaver }

/**
 * AAC by RFC 3640, in the modes AAC-hbr, AAC-lbr and generic: one or more access units a packet, or one over several
 * packets, interleaved or not.
 */
export class Mpeg4GenericDepacketizer implements Depacketizer {
  readonly #headers: AuHeaders
  readonly #constantSize: number | undefined
  readonly #constantDuration: number | undefined
  readonly #duration: FrameDuration
  readonly #units = new SoundUnits()
  #frameLength = 1024
  #coreSampleRate = 1
  /** The AU data of the packet, or of the fragments so far. */
  readonly #buffer = new FrameBuffer()
  #fragment: Fragment = NO_FRAGMENT
  #order: Order = { state: 'sequential' }

  /** @throws ProtocolError `parameter-sets-invalid` where `config` is not an AudioSpecificConfig of AAC. */
  constructor(options: Mpeg4GenericDepacketizerOptions) {
    this.#headers = new AuHeaders(layoutOf(options))
    this.#constantSize = inRange(options.constantSize, 1, 0xffff)
    this.#constantDuration = inRange(options.constantDuration, 1, 2 ** 31 - 1)
    this.#duration = new FrameDuration(options.clockRate)
    this.#configure(options.config)
    const maxDisplacement = inRange(options.maxDisplacement, 1, 2 ** 31 - 1)
    if (maxDisplacement !== undefined || inRange(options.deInterleaveBufferSize, 1, 2 ** 31 - 1) !== undefined) {
      this.#order = { state: 'interleaved', deinterleaver: this.#createDeinterleaver(maxDisplacement) }
    }
  }

  get statistics(): DepacketizerStatistics {
    return this.#units.statistics
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    this.#units.clear()
    this.#settleOrder(timestamp)
    if (lost > 0) {
      this.#dropFragment()
      this.#units.lost()
    }
    if (this.#order.state === 'interleaved') this.#order.deinterleaver.packet(timestamp, this.#ticks)
    const { bytes, payloadStart: start, payloadEnd: end } = packet
    const headers = this.#headers
    if (!headers.read(bytes, start, end)) {
      this.#dropFragment()
      if (!this.#bareAdts(bytes, start, end, timestamp)) this.#units.malformed()
      return
    }
    const data = headers.dataStart
    if (headers.count > 1) this.#several(bytes, data, end, timestamp)
    else if (headers.count === 1) {
      const { size, ctsDelta = 0 } = headers.at(0)
      this.#single(bytes, data, end, size, packet.marker, Ticks(timestamp + ctsDelta))
    } else if (this.#constantSize !== undefined && end - data > this.#constantSize) {
      this.#ofConstantSize(bytes, data, end, this.#constantSize, timestamp)
    } else this.#single(bytes, data, end, -1, packet.marker, timestamp)
  }

  pull(): AccessUnit | null {
    return this.#units.pull()
  }

  flush(): void {
    this.#units.clear()
    this.#dropFragment()
    if (this.#order.state === 'doubtful') this.#giveHeld(this.#order.held)
    if (this.#order.state === 'interleaved') this.#order.deinterleaver.flush()
    else this.#order = { state: 'sequential' }
  }

  /** One header, or none. */
  #single(bytes: Uint8Array, start: number, end: number, stated: number, marker: boolean, timestamp: Ticks): void {
    const size = stated < 0 ? (this.#constantSize ?? -1) : stated
    const available = end - start
    if (this.#fragment.state === 'gathering') {
      if (this.#fragment.timestamp === timestamp && this.#fragment.size === size) {
        this.#gather(bytes, start, end, marker)
        return
      }
      this.#units.malformed()
      this.#dropFragment()
    }
    if (available === 0 || size === 0) {
      this.#units.malformed()
      return
    }
    this.#buffer.clear()
    // With the marker it is a whole access unit (section 3.1), whatever its size field says: some cameras count bits, or
    // an ADTS header too much or too little.
    if (size >= 0 ? available >= size || marker : marker) {
      const whole = size < 0 || available === size || size === available * 8 || adtsFrame(bytes, start, end) !== null
      if (!whole) {
        this.#units.malformed()
        if (available < size) {
          this.#units.drop()
          return
        }
      }
      this.#buffer.append(bytes, start, whole ? end : start + size)
      this.#give(0, this.#buffer.length, timestamp)
      return
    }
    this.#fragment = { state: 'gathering', timestamp, size }
    this.#gather(bytes, start, end, marker)
  }

  #gather(bytes: Uint8Array, start: number, end: number, marker: boolean): void {
    const fragment = this.#fragment
    if (fragment.state === 'none') return
    const { size, timestamp } = fragment
    const fits = size < 0 || this.#buffer.length + end - start <= size
    if (!fits || !this.#buffer.append(bytes, start, end)) {
      this.#units.malformed()
      this.#dropFragment()
    } else if (size < 0 ? marker : this.#buffer.length === size) {
      this.#fragment = NO_FRAGMENT
      this.#give(0, this.#buffer.length, timestamp)
    }
  }

  #several(bytes: Uint8Array, data: number, end: number, timestamp: Ticks): void {
    this.#dropFragment()
    this.#buffer.clear()
    this.#buffer.append(bytes, data, end)
    const { count } = this.#headers
    const held =
      this.#order.state === 'sequential' && this.#hasDeltas()
        ? { units: [] as Uint8Array[], offsets: [] as number[] }
        : null
    let at = 0
    for (let index = 0; index < count; index++) {
      const { size: stated, offset, ctsDelta } = this.#headers.at(index)
      const size = stated < 0 ? (this.#constantSize ?? 0) : stated
      if (at + size > this.#buffer.length) {
        // Its frame is cut off, and where the next would begin is unknown.
        this.#units.malformed()
        this.#units.drop()
        break
      }
      if (held && size > 0) {
        held.units.push(this.#buffer.bytes.slice(at, at + size))
        held.offsets.push(offset)
      } else if (size > 0) {
        const place = this.#order.state === 'interleaved' ? offset : index
        this.#give(at, at + size, ctsDelta === undefined ? this.#after(timestamp, place) : Ticks(timestamp + ctsDelta))
      }
      at += size
    }
    if (held && held.units.length > 0) this.#order = { state: 'doubtful', held: { timestamp, ...held } }
  }

  #ofConstantSize(bytes: Uint8Array, data: number, end: number, size: number, timestamp: Ticks): void {
    this.#dropFragment()
    this.#buffer.clear()
    this.#buffer.append(bytes, data, end)
    const count = Math.floor(this.#buffer.length / size)
    for (let index = 0; index < count; index++) {
      this.#give(index * size, (index + 1) * size, this.#after(timestamp, index))
    }
    if (count * size < this.#buffer.length) this.#units.malformed()
  }

  /** Some cameras send ADTS frames as they are, without AU-headers. */
  #bareAdts(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): boolean {
    let at = start
    for (let header = readAdtsHeader(bytes, at, end); header; header = readAdtsHeader(bytes, at, end)) {
      const { frameLength, headerLength } = header
      if (frameLength <= headerLength || at + frameLength > end) break
      at += frameLength
    }
    if (at !== end || at === start) return false
    this.#buffer.clear()
    this.#buffer.append(bytes, start, end)
    at = 0
    for (let index = 0; at < this.#buffer.length; index++) {
      const length = readAdtsHeader(this.#buffer.bytes, at, this.#buffer.length)?.frameLength ?? this.#buffer.length
      this.#give(at, at + length, this.#after(timestamp, index))
      at += length
    }
    return true
  }

  #hasDeltas(): boolean {
    const last = this.#headers.count - 1
    return this.#headers.at(last).offset !== last
  }

  /** The timestamp of the next packet tells what the deltas of the one before were worth. */
  #settleOrder(timestamp: Ticks): void {
    if (this.#order.state !== 'doubtful') return
    const { held } = this.#order
    const step = timestamp - held.timestamp
    const span = held.units.length * this.#ticks
    const whole = ((held.offsets.at(-1) ?? 0) + 1) * this.#ticks
    const near = (ticks: number): boolean => Math.abs(step - ticks) < this.#ticks / 2
    if (!near(span) && ((step > 0 && step < span) || near(whole))) {
      const deinterleaver = this.#createDeinterleaver(undefined)
      this.#order = { state: 'interleaved', deinterleaver }
      deinterleaver.packet(held.timestamp, this.#ticks)
    } else {
      this.#order = { state: near(span) ? 'overlooked' : 'sequential' }
    }
    this.#giveHeld(held)
  }

  #giveHeld({ timestamp, units, offsets }: Held): void {
    const interleaved = this.#order.state === 'interleaved'
    for (const [index, unit] of units.entries()) {
      this.#buffer.clear()
      this.#giveFrom(unit, 0, unit.length, this.#after(timestamp, interleaved ? (offsets[index] ?? 0) : index))
    }
  }

  #createDeinterleaver(maxDisplacement: number | undefined): SoundDeinterleaver {
    return new SoundDeinterleaver(maxDisplacement, {
      unit: (data, timestamp, duration, missing) => {
        if (missing) this.#units.lost()
        this.#units.give(data, timestamp, duration)
      },
      misplaced: () => this.#units.drop(),
    })
  }

  #give(start: number, end: number, timestamp: Ticks): void {
    this.#giveFrom(this.#buffer.bytes, start, end, timestamp)
  }

  /** @param bytes good until the next push. */
  #giveFrom(bytes: Uint8Array, start: number, end: number, timestamp: Ticks): void {
    const adts = adtsFrame(bytes, start, end)
    if (adts) this.#believe(adts)
    const frame = start + (adts?.headerLength ?? 0)
    if (frame >= end) {
      this.#units.drop()
      return
    }
    const data = bytes.subarray(frame, end)
    const duration = Ticks(this.#constantDuration ?? this.#duration.next(this.#frameLength, this.#coreSampleRate))
    if (this.#order.state === 'interleaved') this.#order.deinterleaver.push(data, timestamp, duration)
    else this.#units.give(data, timestamp, duration)
  }

  /** An ADTS header has no place here; but where it is it knows better than the SDP what the sound is. */
  #believe({ sampleRate, channels }: AdtsHeader): void {
    const { configuration } = this.#units
    if (!configuration) return
    const known = parseAudioSpecificConfig(configuration.description)
    // 0 channels are told in the frame, and the SDP is believed then.
    if (channels === 0) return
    if (sampleRate === known.coreSampleRate && (channels === known.channels || known.ps)) return
    this.#configure(createAudioSpecificConfig(sampleRate, channels))
  }

  #configure(config: Uint8Array): void {
    const { frameLength, coreSampleRate } = parseAudioSpecificConfig(config)
    this.#frameLength = frameLength
    this.#coreSampleRate = coreSampleRate
    this.#units.configure(aacConfiguration(config))
  }

  /** Of one access unit, nearly. */
  get #ticks(): Ticks {
    return this.#after(Ticks(0), 1)
  }

  /** Where the access unit begins that comes `count` units behind a timestamp. */
  #after(timestamp: Ticks, count: number): Ticks {
    if (this.#constantDuration !== undefined) return Ticks(timestamp + count * this.#constantDuration)
    return this.#duration.after(timestamp, count * this.#frameLength, this.#coreSampleRate)
  }

  #dropFragment(): void {
    if (this.#fragment.state === 'none') return
    this.#fragment = NO_FRAGMENT
    this.#buffer.clear()
    this.#units.drop()
  }
}

function layoutOf(options: Mpeg4GenericDepacketizerOptions): AuHeaderLayout {
  const generic = options.mode === 'generic'
  const field = (value: number | undefined, fallback: number): number => inRange(value, 0, 32) ?? fallback
  // Section 4.1: where the size is constant there is no field for it.
  const sizeless = generic || inRange(options.constantSize, 1, 0xffff) !== undefined
  return {
    sizeLength: inRange(options.sizeLength, 1, 32) ?? (sizeless ? 0 : 13),
    indexLength: field(options.indexLength, generic ? 0 : 3),
    indexDeltaLength: field(options.indexDeltaLength, generic ? 0 : 3),
    ctsDeltaLength: field(options.ctsDeltaLength, 0),
    dtsDeltaLength: field(options.dtsDeltaLength, 0),
    randomAccessIndication: options.randomAccessIndication ?? false,
    streamStateIndication: field(options.streamStateIndication, 0),
    auxiliaryDataSizeLength: field(options.auxiliaryDataSizeLength, 0),
  }
}

/** What an SDP says, where it can be meant. */
const inRange = (value: number | undefined, minimum: number, maximum: number): number | undefined =>
  value !== undefined && Number.isInteger(value) && value >= minimum && value <= maximum ? value : undefined

/** The ADTS header, where the bytes are just one frame with it. Some write the length of the frame without the header. */
function adtsFrame(bytes: Uint8Array, start: number, end: number): AdtsHeader | null {
  const header = readAdtsHeader(bytes, start, end)
  const length = end - start
  return header && (header.frameLength === length || header.frameLength === length - header.headerLength)
    ? header
    : null
}
