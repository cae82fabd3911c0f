import { ByteWriter } from './bytes/byte-writer.ts'
import { ProtocolError } from './errors.ts'
import type { InitializationSegment, MediaSegment } from './fmp4/segment.ts'
import { writeGoodbye } from './rtcp/goodbye.ts'
import { looksLikeRtcp, readCompound } from './rtcp/packet.ts'
import { writeReceiverReport } from './rtcp/receiver-report.ts'
import { writeSourceDescription } from './rtcp/source-description.ts'
import type { Credentials } from './rtsp/authentication.ts'
import { ClientConnection, type ClientConnectionOptions } from './rtsp/client-connection.ts'
import { ClientSession } from './rtsp/client-session.ts'
import { parseRange, type Range } from './rtsp/headers/range.ts'
import { resolveControl } from './rtsp/uri.ts'
import { attribute, parseSessionDescription, type SessionDescription } from './sdp/session-description.ts'
import { type ChosenTrack, chooseTracks, type SkippedTrack } from './track/choice.ts'
import { MediaTrack, type TrackStatistics } from './track/media-track.ts'
import { SessionTimeline } from './track/session-timeline.ts'
import type { ByteTransport } from './transport/byte-transport.ts'
import { Milliseconds } from './units.ts'

export interface PipelineOptions extends ClientConnectionOptions {
  /** `rtsp://host[:port]/path`; credentials in it are taken out and used like `credentials`. */
  readonly uri: string
  readonly credentials?: Credentials | undefined
  /** Set up the sound too, where there is one that can be played. Default true. */
  readonly audio?: boolean
}

/** A track that was set up. */
export interface PipelineTrack {
  /** MP4 track ID, from 1. */
  readonly id: number
  readonly kind: 'video' | 'audio'
  /** Encoding name of the SDP in upper case: `H264`, `MPEG4-GENERIC`. */
  readonly encoding: string
  readonly clockRate: number
}

export interface PipelineEvents {
  /** After DESCRIBE and SETUP: what will be played, what will not. */
  tracks?(tracks: readonly PipelineTrack[], skipped: readonly SkippedTrack[]): void
  /** Before the first media segment of a track, and again whenever the camera changes its parameters. */
  initializationSegment(segment: InitializationSegment): void
  mediaSegment(segment: MediaSegment): void
  /** The stream is over: null by `close()` or because it came to its end, else why. Told once; nothing follows. */
  closed(error: ProtocolError | null): void
}

export interface PipelineStatistics {
  /** Bytes of RTSP, RTP and RTCP since the start. */
  readonly bytesReceived: number
  /** Bytes between messages that were neither RTSP nor frames. */
  readonly bytesSkipped: number
  /** Interleaved frames that belong to no track, and RTCP that could not be read. */
  readonly framesIgnored: number
  readonly tracks: readonly TrackStatistics[]
}

/** RFC 3550 section 6.2: five seconds between reports, spread by half so that many receivers don't fall into step. */
const REPORT_INTERVAL = 5_000

/**
 * The whole path of one stream on a page: bytes of a transport in, fragmented MP4 out.
 *
 * ```
 * transport → ClientConnection ─ responses → ClientSession (OPTIONS, DESCRIBE, SETUP, PLAY)
 *                              └ frames    → MediaTrack (sequence, timeline, depacketizer, segmenter) → segments
 *                                          └ RTCP → sender clock, receiver reports
 * ```
 */
export class Pipeline {
  readonly #events: PipelineEvents
  readonly #wantAudio: boolean
  readonly #connection: ClientConnection
  readonly #session: ClientSession
  readonly #timeline = new SessionTimeline()
  readonly #tracks: MediaTrack[] = []
  /** Tracks by channel, for RTP and RTCP alike: cameras mix them up. */
  readonly #routes = new Map<number, MediaTrack[]>()
  readonly #reportChannels = new Map<MediaTrack, number>()
  readonly #writer = new ByteWriter()
  readonly #ssrc = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1
  readonly #said = new Set<number>()
  #reportTimer: ReturnType<typeof setTimeout> | undefined
  #range: Range | null = null
  #framesIgnored = 0
  #ended = false

  /** @throws ProtocolError `invalid-url` */
  constructor(transport: ByteTransport, options: PipelineOptions, events: PipelineEvents) {
    this.#events = events
    this.#wantAudio = options.audio ?? true
    this.#connection = new ClientConnection(
      transport,
      {
        interleaved: (channel, bytes, start, end) => this.#frame(channel, bytes, start, end),
        isExpectedChannel: (channel) => this.#routes.has(channel),
        closed: (error) => this.#end(error ?? new ProtocolError('connection-lost', 'The server closed the connection')),
      },
      options,
    )
    this.#session = new ClientSession(this.#connection, options.uri, options)
  }

  /** OPTIONS, DESCRIBE, SETUP of the chosen tracks, PLAY. Rejects with a `ProtocolError`; then all is closed, and told. */
  async open(): Promise<void> {
    try {
      await this.#session.options()
      const { body, base } = await this.#session.describe()
      const description = parseSessionDescription(body)
      const { chosen, skipped } = chooseTracks(description, { audio: this.#wantAudio })
      if (chosen.length === 0) throw nothingToPlay(skipped)
      this.#session.useAggregateControl(resolveControl(base, attribute(description.attributes, 'control')))
      const refused: SkippedTrack[] = []
      for (const track of chosen) {
        const refusal = await this.#setUp(track, (control) => resolveControl(base, control))
        if (refusal) refused.push(refusal)
      }
      this.#events.tracks?.(
        this.#tracks.map(({ id, kind, encoding, clockRate }) => ({ id, kind, encoding, clockRate })),
        [...skipped, ...refused],
      )
      this.#range = rangeOf(description)
      await this.play()
      this.#scheduleReport()
    } catch (error) {
      await this.#finish(error instanceof ProtocolError ? error : internal(error))
      throw error
    }
  }

  /** Starts, or resumes after `pause`. */
  async play(): Promise<void> {
    const live = this.#range?.end === undefined
    const { rtpInfo } = await this.#session.play({
      unit: 'npt',
      start: live && this.#range?.start === 'now' ? 'now' : 0,
    })
    // Entries stand in the order of SETUP on nearly every server; the URLs are too often wrong to go by.
    if (rtpInfo.length !== this.#tracks.length) return
    for (const [index, info] of rtpInfo.entries()) {
      if (info.rtpTime !== undefined) this.#tracks[index]?.playStart(info.rtpTime)
    }
  }

  async pause(): Promise<void> {
    await this.#session.pause()
  }

  /** TEARDOWN, as far as the peer still listens, and the end of the transport. Never rejects. */
  async close(): Promise<void> {
    await this.#finish(null)
  }

  statistics(): PipelineStatistics {
    return {
      bytesReceived: this.#connection.bytesReceived,
      bytesSkipped: this.#connection.bytesSkipped,
      framesIgnored: this.#framesIgnored,
      tracks: this.#tracks.map((track) => track.statistics()),
    }
  }

  /** Sets up one track. The first must succeed; what is wrong with a later one is given back, and stops nothing. */
  async #setUp(
    chosen: ChosenTrack,
    address: (control: string | undefined) => ReturnType<typeof resolveControl>,
  ): Promise<SkippedTrack | null> {
    const rtp = this.#tracks.length * 2
    try {
      const { channels } = await this.#session.setup(address(chosen.control), { rtp, rtcp: rtp + 1 })
      const track = new MediaTrack(this.#tracks.length + 1, chosen, this.#timeline, this.#events)
      this.#tracks.push(track)
      this.#reportChannels.set(track, channels.rtcp)
      for (const channel of new Set([channels.rtp, channels.rtcp])) {
        this.#routes.set(channel, [...(this.#routes.get(channel) ?? []), track])
      }
      return null
    } catch (error) {
      if (this.#tracks.length === 0 || !(error instanceof ProtocolError) || error.place.status === undefined)
        throw error
      return { media: chosen.kind, encoding: chosen.format.encoding, reason: error.message }
    }
  }

  #frame(channel: number, bytes: Uint8Array, start: number, end: number): void {
    const tracks = this.#routes.get(channel)
    const first = tracks?.[0]
    if (!tracks || !first) {
      this.#framesIgnored++
      return
    }
    const arrival = Milliseconds(performance.now())
    if (looksLikeRtcp(bytes, start, end)) {
      this.#rtcp(first, bytes, start, end, arrival)
      return
    }
    // Only where a server gave two tracks the same channel is there a choice; then the payload type tells them apart.
    const payloadType = (bytes[start + 1] ?? 0) & 0x7f
    const track = tracks.length === 1 ? first : (tracks.find((one) => one.payloadType === payloadType) ?? first)
    track.rtp(bytes, start, end, arrival)
  }

  #rtcp(track: MediaTrack, bytes: Uint8Array, start: number, end: number, arrival: Milliseconds): void {
    const { packets, complete } = readCompound(bytes, start, end)
    if (!complete) this.#framesIgnored++
    for (const packet of packets) {
      if (packet.type === 'SR') track.senderReport(packet, arrival)
      if (packet.type === 'BYE') this.#goodbye(track, arrival)
    }
  }

  /** When every track has said BYE the stream is over. */
  #goodbye(track: MediaTrack, arrival: Milliseconds): void {
    track.flush(arrival)
    this.#said.add(track.id)
    if (this.#said.size < this.#tracks.length) return
    const recorded = this.#range?.end !== undefined
    void this.#finish(recorded ? null : new ProtocolError('connection-lost', 'The camera ended the stream'))
  }

  #scheduleReport(): void {
    if (this.#ended) return
    this.#reportTimer = setTimeout(
      () => {
        this.#report()
        this.#scheduleReport()
      },
      REPORT_INTERVAL * (0.5 + Math.random()),
    )
  }

  #report(): void {
    for (const [track, channel] of this.#reportChannels) {
      const block = track.report(Milliseconds(performance.now()))
      this.#send(channel, (writer) => writeReceiverReport(writer, { ssrc: this.#ssrc, reports: block ? [block] : [] }))
    }
  }

  /** One compound packet: every one must hold the canonical name (RFC 3550 section 6.1), here one that names nobody. */
  #send(channel: number, write: (writer: ByteWriter) => void): void {
    const writer = this.#writer
    writer.clear()
    write(writer)
    writeSourceDescription(writer, this.#ssrc, `viewer-${this.#ssrc.toString(16)}`)
    this.#connection.sendInterleaved(channel, writer.view())
  }

  async #finish(error: ProtocolError | null): Promise<void> {
    if (this.#ended) return
    this.#stop()
    for (const channel of this.#reportChannels.values()) {
      this.#send(channel, (writer) => {
        writeReceiverReport(writer, { ssrc: this.#ssrc, reports: [] })
        writeGoodbye(writer, [this.#ssrc])
      })
    }
    await this.#session.teardown()
    this.#connection.close()
    this.#events.closed(error)
  }

  /** The connection is gone. */
  #end(error: ProtocolError): void {
    if (this.#ended) return
    this.#stop()
    this.#session.abandon()
    this.#events.closed(error)
  }

  #stop(): void {
    this.#ended = true
    clearTimeout(this.#reportTimer)
    this.#routes.clear()
  }
}

/** `a=range` of the session, or of the first media that has one. */
function rangeOf(description: SessionDescription): Range | null {
  const stated = [description.attributes, ...description.media.map((media) => media.attributes)]
    .map((attributes) => attribute(attributes, 'range'))
    .find((value) => value !== undefined)
  return parseRange(stated ?? '')
}

function nothingToPlay(skipped: readonly SkippedTrack[]): ProtocolError {
  const found = skipped.map((track) => `${track.encoding || 'unknown'} ${track.media} (${track.reason})`).join(', ')
  return new ProtocolError('no-playable-track', `The stream has nothing that can be played: ${found}`)
}

/** A defect of our own: still told as one of the family, so that it is shown and not lost. */
const internal = (cause: unknown): ProtocolError =>
  new ProtocolError('invalid-state', `Unexpected: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
