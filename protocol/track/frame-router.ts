import type { ReportDeviation } from '../deviation.ts'
import { LIMITS } from '../limits.ts'
import { looksLikeRtcp, type RtcpPacket, readCompound } from '../rtcp/packet.ts'
import { Milliseconds } from '../units.ts'

/** Takes the RTP packets of a track; of RTCP its owner is told. */
export interface RoutedTrack {
  readonly payloadType: number
  /** One RTP packet in `bytes[start … end)`, good during the call. */
  rtp(bytes: Uint8Array, start: number, end: number, arrival: Milliseconds): void
}

/** A track and the channels of the connection on which it comes. */
export interface Route<Track extends RoutedTrack> {
  readonly track: Track
  readonly channels: { readonly rtp: number; readonly rtcp: number }
}

/** What becomes of frames now. */
type Mode =
  /** They go to their tracks. */
  | { readonly name: 'flowing' }
  /** The answer to PLAY is not here yet, or not yet understood, and with it what their timestamps mean. */
  | { readonly name: 'holding'; readonly frames: HeldFrame[]; early: number; readonly ofOldPlace: boolean }
  /** They are of a place that was left; what comes behind the next answer may be of the new one. */
  | { readonly name: 'leaving' }
  | { readonly name: 'dropping' }

interface HeldFrame {
  readonly channel: number
  readonly bytes: Uint8Array
  readonly arrival: Milliseconds
}

/** Takes the interleaved frames of a connection to their tracks, and RTCP to whoever listens. */
export class FrameRouter<Track extends RoutedTrack> {
  readonly #report: ReportDeviation
  readonly #onRtcp: (track: Track, packet: RtcpPacket, arrival: Milliseconds) => void
  #routes = new Map<number, Route<Track>[]>()
  /** Channels that were agreed on, and whose tracks are not there yet; or that nobody reads. */
  #reserved: ReadonlySet<number> = new Set()
  #awaitsRoutes = false
  #mode: Mode = { name: 'flowing' }
  /** Frames of no track, and RTCP that could not be read. */
  ignored = 0

  constructor(report: ReportDeviation, onRtcp: (track: Track, packet: RtcpPacket, arrival: Milliseconds) => void) {
    this.#report = report
    this.#onRtcp = onRtcp
  }

  isExpectedChannel(channel: number): boolean {
    return this.#routes.has(channel) || this.#reserved.has(channel)
  }

  /** These channels were agreed on; what will read them is not there before `setRoutes`. */
  reserve(channels: Iterable<number>): void {
    this.#routes = new Map()
    this.#reserved = new Set(channels)
    this.#awaitsRoutes = true
  }

  /**
   * Replaces all routes. RTP and RTCP channels lead to the same track, for cameras mix them up. What comes on a reserved
   * channel without a track is dropped: it was agreed on, but cannot be read.
   */
  setRoutes(routes: readonly Route<Track>[]): void {
    this.#routes = new Map()
    this.#awaitsRoutes = false
    for (const route of routes) {
      for (const channel of new Set([route.channels.rtp, route.channels.rtcp])) {
        const others = this.#routes.get(channel) ?? []
        if (others.length > 0) this.#report('transport-channels-collide')
        this.#routes.set(channel, [...others, route])
      }
    }
  }

  /** Keeps what comes, up to `LIMITS.earlyFrames`, until `flow`. */
  hold(): void {
    this.#mode = { name: 'holding', frames: [], early: 0, ofOldPlace: false }
  }

  /** Drops what comes up to the answer to the next request, and keeps what comes behind it until `flow`. */
  leave(): void {
    this.#mode = { name: 'leaving' }
  }

  /** An answer came: what is held so far came before it. */
  answered(): void {
    const mode = this.#mode
    if (mode.name === 'leaving' || (mode.name === 'holding' && mode.ofOldPlace)) {
      this.#mode = { name: 'holding', frames: [], early: 0, ofOldPlace: true }
    } else if (mode.name === 'holding') mode.early = mode.frames.length
  }

  /** Drops what comes, for good. */
  drop(): void {
    this.#mode = { name: 'dropping' }
  }

  /** Hands out what was kept, and from now on what comes. Returns how many frames came before the newest answer. */
  flow(): number {
    const { frames: held, early } = this.#mode.name === 'holding' ? this.#mode : { frames: [], early: 0 }
    this.#mode = { name: 'flowing' }
    for (const { channel, bytes, arrival } of held) this.#deliver(channel, bytes, 0, bytes.length, arrival)
    return early
  }

  /** One frame, `bytes[start … end)`, good during the call. */
  frame(channel: number, bytes: Uint8Array, start: number, end: number): void {
    const mode = this.#mode
    if (mode.name === 'dropping' || mode.name === 'leaving') return
    const arrival = Milliseconds(performance.now())
    if (mode.name === 'holding') {
      if (mode.frames.length < LIMITS.earlyFrames) {
        mode.frames.push({ channel, bytes: bytes.slice(start, end), arrival })
        return
      }
      // The first picture is held already; what follows it is to be had at the next keyframe.
      if (this.#awaitsRoutes) return
      // The answer is late beyond measure: rather play with what is known.
      this.flow()
    }
    this.#deliver(channel, bytes, start, end, arrival)
  }

  #deliver(channel: number, bytes: Uint8Array, start: number, end: number, arrival: Milliseconds): void {
    const routes = this.#routes.get(channel)
    const first = routes?.[0]
    if (!routes || !first) {
      if (this.#reserved.has(channel)) return
      this.ignored++
      this.#report('unknown-channel')
      return
    }
    // Only where a server gave two tracks the same channel is there a choice; then the payload type tells them apart.
    const payloadType = (bytes[start + 1] ?? 0) & 0x7f
    const route = routes.length === 1 ? first : (routes.find((one) => one.track.payloadType === payloadType) ?? first)
    // With the marker, payload types from 64 to 95 look like RTCP (RFC 5761 section 4); some SDP state one of these.
    const isRtcp =
      (channel !== route.channels.rtp || payloadType !== route.track.payloadType) && looksLikeRtcp(bytes, start, end)
    if (channel === (isRtcp ? route.channels.rtp : route.channels.rtcp)) this.#report('rtcp-on-rtp-channel')
    if (isRtcp) this.#rtcp(route.track, bytes, start, end, arrival)
    else route.track.rtp(bytes, start, end, arrival)
  }

  #rtcp(track: Track, bytes: Uint8Array, start: number, end: number, arrival: Milliseconds): void {
    const { packets, complete } = readCompound(bytes, start, end)
    if (!complete) {
      this.ignored++
      this.#report('rtcp-malformed')
    }
    for (const packet of packets) this.#onRtcp(track, packet, arrival)
  }
}
