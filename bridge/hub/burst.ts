import { INTERLEAVED_HEADER_BYTES, writeInterleavedHeader } from '../../protocol/rtsp/message-serializer.ts'
import { MESSAGE_HEAD_ROOM } from '../websocket-message.ts'

/** Which tracks a viewer gets, and on which channels: by track, RTP and RTCP; undefined for those that it did not set up. */
export interface Subscription {
  /** The same for viewers that get the same bytes. */
  readonly key: string
  readonly channels: readonly ({ readonly rtp: number; readonly rtcp: number } | undefined)[]
}

/** One interleaved frame within a burst. */
interface BurstFrame {
  readonly track: number
  readonly kind: 'rtp' | 'rtcp'
  readonly start: number
  readonly end: number
}

/** What a frame costs beside its bytes, roughly: a camera that sends tiny packets shall not get more than its share. */
const FRAME_BYTES = 64

/** Beyond this it is sent, however much of the picture is missing: viewers with slow lines may begin to read. */
export const BURST_BYTES = 64 * 1024

/** Bytes in front of what `Burst.for` gives that are for the head of the message, which is made there for all viewers. */
export const BURST_HEAD_ROOM = MESSAGE_HEAD_ROOM

/** The channels that all viewers have who ask for nothing else: two for each track, in order. */
export const usualChannels = (track: number) => ({ rtp: track * 2, rtcp: track * 2 + 1 })

/**
 * Packets that go out together: as a rule those of one picture. They are written once, as interleaved frames on the usual
 * channels, and sent to every viewer from there; only for viewers with fewer tracks or other channels they are copied,
 * once for all that have the same.
 */
export class Burst {
  #bytes: Uint8Array
  /** Of what is written, with the room in front. */
  #length = BURST_HEAD_ROOM
  readonly #frames: BurstFrame[] = []
  /** While viewers are being sent it. */
  #copies: Map<string, Uint8Array> | undefined = new Map()
  /** A decoder can start with it. */
  startsGroup: boolean

  /** @param expected bytes: room to begin with */
  constructor(expected: number, startsGroup: boolean) {
    this.#bytes = new Uint8Array(BURST_HEAD_ROOM + expected)
    this.startsGroup = startsGroup
  }

  get bytes(): number {
    return this.#length - BURST_HEAD_ROOM
  }

  /** Bytes that it takes up, and not just those that are sent. */
  get memory(): number {
    return this.#bytes.length + this.#frames.length * FRAME_BYTES
  }

  /** Nothing is added any more: gives back the room that is left, if it is much. */
  complete(): void {
    if (this.#length < this.#bytes.length * 0.75) this.#bytes = this.#bytes.slice(0, this.#length)
  }

  /** Every viewer of now was sent it. Copies for others are kept no longer: viewers may choose from many channels. */
  sent(): void {
    this.#copies = undefined
  }

  /** Makes room for a packet, and returns where it is to be written: `length` bytes of the view from `offset`. */
  add(track: number, kind: 'rtp' | 'rtcp', length: number): { readonly bytes: Uint8Array; readonly offset: number } {
    const start = this.#length
    const offset = start + INTERLEAVED_HEADER_BYTES
    const end = offset + length
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, start))
      this.#bytes = grown
    }
    writeInterleavedHeader(this.#bytes, start, usualChannels(track)[kind], length)
    this.#frames.push({ track, kind, start, end })
    this.#length = end
    return { bytes: this.#bytes, offset }
  }

  /** What a viewer is sent of it; empty where none of it is for him. It never changes once the burst is complete. */
  for(subscription: Subscription): Uint8Array {
    const known = this.#copies?.get(subscription.key)
    if (known) return known
    const made = this.#isUsual(subscription)
      ? this.#bytes.subarray(BURST_HEAD_ROOM, this.#length)
      : this.#copyFor(subscription)
    this.#copies?.set(subscription.key, made)
    return made
  }

  #isUsual({ channels }: Subscription): boolean {
    return this.#frames.every(({ track, kind }) => channels[track]?.[kind] === usualChannels(track)[kind])
  }

  #copyFor({ channels }: Subscription): Uint8Array {
    const wanted = this.#frames.filter(({ track }) => channels[track] !== undefined)
    const copy = new Uint8Array(wanted.reduce((sum, { start, end }) => sum + end - start, BURST_HEAD_ROOM))
    let at = BURST_HEAD_ROOM
    for (const { track, kind, start, end } of wanted) {
      copy.set(this.#bytes.subarray(start, end), at)
      copy[at + 1] = channels[track]?.[kind] ?? 0
      at += end - start
    }
    return copy.subarray(BURST_HEAD_ROOM)
  }
}
