import type { StreamMuxConfig } from '../codec/stream-mux-config.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import type { Ticks } from '../units.ts'
import type { AccessUnit } from './access-unit.ts'
import { type AudioMuxElement, type AudioMuxResult, readAudioMuxElement } from './audio-mux-element.ts'
import type { Depacketizer, DepacketizerStatistics } from './depacketizer.ts'
import { FrameBuffer } from './frame-buffer.ts'
import { FrameDuration } from './frame-duration.ts'
import { SoundUnits } from './sound-units.ts'

export interface Mp4aLatmDepacketizerOptions {
  /** Ticks a second of the RTP timestamps. */
  readonly clockRate: number
  /** `config` of the fmtp, where there is one. */
  readonly config?: StreamMuxConfig | undefined
  /** `cpresent` of the fmtp: whether the elements themselves say what is in them. Default true. */
  readonly muxConfigPresent?: boolean
}

/** What of an AudioMuxElement came so far. */
type Gathering = { readonly state: 'none' } | { readonly state: 'open'; readonly timestamp: Ticks }

const NOTHING: Gathering = { state: 'none' }

/** Elements in the bytes of one unit of transmission, as far as they can be read. */
interface Elements {
  readonly elements: readonly AudioMuxElement[]
  /** They take all the bytes, or why not. */
  readonly end: 'whole' | Exclude<AudioMuxResult, AudioMuxElement>
}

/**
 * AAC in LATM by RFC 6416 section 6, and RFC 3016 before it: an AudioMuxElement in one packet or over several, with one
 * frame or more. Where `cpresent` is stated wrongly, the first element that fits the other way corrects it.
 */
export class Mp4aLatmDepacketizer implements Depacketizer {
  readonly #units = new SoundUnits()
  readonly #duration: FrameDuration
  #config: StreamMuxConfig | undefined
  #muxConfigPresent: boolean
  /** An element fitted. */
  #proven = false
  #gathering: Gathering = NOTHING
  #bytes = new FrameBuffer()
  /** Of the element before, which may still be pulled. */
  #bytesBefore = new FrameBuffer()
  /** Payloads that do not begin at a byte. */
  readonly #shifted = new FrameBuffer()
  /** An access unit that goes on in the next payload. */
  readonly #part = new FrameBuffer()
  /** Its beginning may be missing. */
  #partIsDamaged = false
  /** Packets were lost: what comes may be the end of an element whose beginning is missing. */
  #afterLoss = false

  constructor(options: Mp4aLatmDepacketizerOptions) {
    this.#duration = new FrameDuration(options.clockRate)
    this.#muxConfigPresent = options.muxConfigPresent ?? true
    if (options.config) this.#configure(options.config)
  }

  get statistics(): DepacketizerStatistics {
    return this.#units.statistics
  }

  push(packet: RtpPacket, timestamp: Ticks, lost: number): void {
    this.#units.clear()
    this.#shifted.clear()
    if (lost > 0) this.#lose()
    // A camera that sets no markers: the timestamp tells that an element ended.
    if (this.#gathering.state === 'open' && this.#gathering.timestamp !== timestamp)
      this.#finish(this.#gathering.timestamp)
    const begins = this.#gathering.state === 'none'
    if (begins) this.#beginElement()
    if (!this.#bytes.append(packet.bytes, packet.payloadStart, packet.payloadEnd)) {
      this.#units.malformed()
      this.#drop()
      return
    }
    this.#gathering = { state: 'open', timestamp }
    // Section 6.1: the marker is on the last packet of an element. To wait for the next packet of a camera that sets none
    // would cost a frame's time, so an element that is whole in its first packet is taken.
    if (packet.marker || (begins && this.#isWhole())) this.#finish(timestamp)
  }

  pull(): AccessUnit | null {
    return this.#units.pull()
  }

  flush(): void {
    this.#units.clear()
    this.#shifted.clear()
    if (this.#gathering.state === 'open') this.#finish(this.#gathering.timestamp)
  }

  #beginElement(): void {
    const before = this.#bytesBefore
    this.#bytesBefore = this.#bytes
    this.#bytes = before
    before.clear()
  }

  #isWhole(): boolean {
    const { elements, end } = this.#read(this.#muxConfigPresent)
    return end === 'whole' && elements.length === 1
  }

  #finish(timestamp: Ticks): void {
    const { elements, end } = this.#readAsProven()
    this.#gathering = NOTHING
    const afterLoss = this.#afterLoss
    this.#afterLoss = false
    if (end === 'whole') {
      this.#proven = true
    } else {
      // The first StreamMuxConfig may be seconds away, and the rest of an element is no fault of the camera.
      if (end !== 'unconfigured' && !afterLoss) this.#units.malformed()
      if (afterLoss || elements.length === 0) {
        this.#units.drop()
        return
      }
    }
    let samples = 0
    for (const element of elements) samples = this.#giveElement(element, timestamp, samples)
    if (end !== 'whole') this.#units.drop()
  }

  /** The elements, in the form that `cpresent` states or, where nothing fitted that yet, in the one that fits. */
  #readAsProven(): Elements {
    const stated = this.#read(this.#muxConfigPresent)
    if (this.#proven || (stated.end === 'whole' && stated.elements.length === 1)) return stated
    const other = this.#read(!this.#muxConfigPresent)
    if (other.end !== 'whole' || other.elements.length !== 1) return stated
    this.#muxConfigPresent = !this.#muxConfigPresent
    return other
  }

  /** RFC 6416 has one element in a packet; older senders put several there (RFC 3016 section 4.1 left it open). */
  #read(muxConfigPresent: boolean): Elements {
    const elements: AudioMuxElement[] = []
    const { bytes, length } = this.#bytes
    let config = this.#config
    const view = bytes.subarray(0, length)
    for (let at = 0; at < length; ) {
      const element = readAudioMuxElement(view, at, muxConfigPresent, config)
      if (typeof element === 'string') return { elements, end: element }
      config = element.config
      elements.push(element)
      at = element.end
    }
    return { elements, end: elements.length > 0 ? 'whole' : 'incomplete' }
  }

  /** @returns samples before the next unit. */
  #giveElement({ config, configured, payloads }: AudioMuxElement, timestamp: Ticks, samples: number): number {
    if (configured) this.#configure(config)
    const { frameLength, coreSampleRate } = config
    let before = samples
    for (const { bit, length, ends } of payloads) {
      const isWhole = ends && this.#part.length === 0 && !this.#partIsDamaged
      const data = isWhole ? this.#payload(bit, length) : this.#join(bit, length, ends)
      if (!data || data.length === 0) continue
      const start = this.#duration.after(timestamp, before, coreSampleRate)
      this.#units.give(data, start, this.#duration.next(frameLength, coreSampleRate))
      before += frameLength
    }
    return before
  }

  #payload(bit: number, length: number): Uint8Array {
    if ((bit & 7) === 0) return this.#bytes.view(bit >> 3, (bit >> 3) + length)
    const start = this.#shifted.length
    this.#shifted.appendBits(this.#bytes.bytes, bit, length)
    return this.#shifted.view(start, start + length)
  }

  /** An access unit in several payloads; null until its last. */
  #join(bit: number, length: number, ends: boolean): Uint8Array | null {
    if (!this.#part.appendBits(this.#bytes.bytes, bit, length)) {
      this.#units.malformed()
      this.#units.drop()
      this.#part.clear()
      return null
    }
    if (!ends) return null
    if (this.#partIsDamaged) {
      this.#partIsDamaged = false
      this.#part.clear()
      this.#units.drop()
      return null
    }
    const data = this.#part.bytes.slice(0, this.#part.length)
    this.#part.clear()
    return data
  }

  #configure(config: StreamMuxConfig): void {
    this.#config = config
    this.#units.configure(config.configuration)
  }

  #lose(): void {
    this.#afterLoss = true
    this.#partIsDamaged = this.#config?.sameTimeFraming === false
    this.#units.lost()
    if (this.#gathering.state === 'open' || this.#part.length > 0) this.#drop()
  }

  #drop(): void {
    this.#gathering = NOTHING
    this.#part.clear()
    this.#units.drop()
  }
}
