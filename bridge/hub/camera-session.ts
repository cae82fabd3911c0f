import { ProtocolError } from '../../protocol/errors.ts'
import { isOfOneTrack, setUpAnother } from '../../protocol/pipeline-setup.ts'
import type { RtcpPacket } from '../../protocol/rtcp/packet.ts'
import type { Credentials } from '../../protocol/rtsp/authentication.ts'
import { ClientLink } from '../../protocol/rtsp/client-link.ts'
import type { ClientSession, Description } from '../../protocol/rtsp/client-session.ts'
import type { KeepAlive } from '../../protocol/rtsp/keep-alive.ts'
import type { RtspRedirect } from '../../protocol/rtsp/redirect.ts'
import { parseRtspUri, type RtspUri, resolveControl } from '../../protocol/rtsp/uri.ts'
import { attribute, parseSessionDescription } from '../../protocol/sdp/session-description.ts'
import { FrameRouter } from '../../protocol/track/frame-router.ts'
import { ReceptionReports } from '../../protocol/track/reception-reports.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { Milliseconds } from '../../protocol/units.ts'
import type { HubTrack } from './hub-track.ts'

export interface CameraSessionOptions {
  readonly uri: string
  readonly credentials: Credentials | undefined
  readonly keepAlive?: KeepAlive
  /** Also called for the servers that the camera redirects to; the signal says that it is not wanted any more. */
  readonly connect: (uri: RtspUri, signal: AbortSignal) => Promise<ByteTransport>
  /** Milliseconds without a byte after which the camera is asked for a sign of life, and given up after as many more. */
  readonly silenceMilliseconds: number
  /** Milliseconds of play without media after which `silent` is told. */
  readonly mediaMilliseconds: number
}

export interface CameraSessionEvents {
  /** An RTCP packet of a track. */
  rtcp(track: HubTrack, packet: RtcpPacket, arrival: Milliseconds): void
  /** The first media came. */
  media(): void
  /** It plays, and no media came. Told once; the session stays. */
  silent(): void
  /** The session is over, and nobody asked for it. Told once; not while `open` or `play` run. */
  lost(error: ProtocolError): void
}

/** How often reports to the camera may fall due, in milliseconds. */
const TICK = 500

/** Tracks that the camera does not give, with its reasons. */
export type Refused = ReadonlyMap<HubTrack, ProtocolError>

const NONE_REFUSED: Refused = new Map()

/** The bridge's one session with a camera, from DESCRIBE to TEARDOWN. Use once. */
export class CameraSession {
  readonly #options: CameraSessionOptions
  readonly #events: CameraSessionEvents
  readonly #router: FrameRouter<HubTrack>
  readonly #reports = new ReceptionReports((channel, packet) => this.#link?.connection.sendInterleaved(channel, packet))
  #link: ClientLink | undefined
  #description: Description | undefined
  #tracks: { readonly track: HubTrack; readonly channels: { readonly rtp: number; readonly rtcp: number } }[] = []
  readonly #abort = new AbortController()
  #ticker: ReturnType<typeof setInterval> | undefined
  /** Bytes at the last tick, since when there are no more, and when it was asked for a sign of life. */
  #heard: { readonly bytes: number; readonly since: number; askedAt?: number } = { bytes: -1, since: 0 }
  #media: 'awaited' | 'heard' | 'missed' = 'awaited'
  #playsSince = 0
  #closed = false

  constructor(options: CameraSessionOptions, events: CameraSessionEvents) {
    this.#options = options
    this.#events = events
    this.#router = new FrameRouter(
      () => undefined,
      (track, packet, arrival) => events.rtcp(track, packet, arrival),
    )
  }

  /** Bytes of the camera since the start. */
  get bytesReceived(): number {
    return this.#link?.connection.bytesReceived ?? 0
  }

  /**
   * Connects and asks for the description. @returns the body of the answer
   * @throws ProtocolError
   */
  async open(): Promise<Uint8Array> {
    const { uri, credentials, keepAlive } = this.#options
    const connect = (address: RtspUri) => this.#options.connect(address, this.#abort.signal)
    const transport = await connect(parseRtspUri(uri))
    if (this.#closed) {
      transport.close()
      throw aborted()
    }
    const link = new ClientLink(
      transport,
      { uri, credentials, keepAlive, connect, userAgent: 'rtsp-bridge' },
      {
        interleaved: (channel, bytes, start, end) => {
          if (this.#media !== 'heard') this.#hearMedia()
          this.#router.frame(channel, bytes, start, end)
        },
        isExpectedChannel: (channel) => this.#router.isExpectedChannel(channel),
        answered: () => this.#router.answered(),
        deviation: () => undefined,
        redirected: (redirect) => void this.#follow(redirect),
        lost: (error) => this.#lose(error),
      },
    )
    this.#link = link
    await link.open((session) => this.#describe(session))
    if (this.#closed || !this.#description) throw aborted()
    return this.#description.body
  }

  /**
   * Sets up those of the tracks that are not yet, and plays. What the camera refuses before it plays is left out; in the
   * middle of it, where some cameras take no other track whatever it is, a refusal is thrown.
   *
   * @throws ProtocolError
   */
  async play(tracks: readonly HubTrack[]): Promise<Refused> {
    const link = this.#link
    const description = this.#description
    if (!link || !description || this.#closed) throw aborted()
    const missing = tracks.filter((track) => !this.#tracks.some((one) => one.track === track))
    if (missing.length === 0) return NONE_REFUSED
    const { session } = link
    const sdp = parseSessionDescription(description.body)
    const first = this.#tracks.length === 0
    const refused = new Map<HubTrack, ProtocolError>()
    for (const track of missing) {
      const next = this.#tracks.length * 2
      // Its address in this session: some cameras change it each time.
      const control = attribute(sdp.media[track.media.index]?.attributes ?? [], 'control')
      const address = resolveControl(description.base, control)
      const wanted = { rtp: next, rtcp: next + 1 }
      try {
        const { channels } = await (next === 0
          ? session.setup(address, { channels: wanted })
          : setUpAnother(session, address, wanted, () => undefined))
        this.#tracks.push({ track, channels })
      } catch (error) {
        if (!first || !(error instanceof ProtocolError)) throw error
        const isOfTracks = error.place.status !== undefined || error.code === 'request-timeout'
        if (!(next === 0 ? isOfOneTrack(error) : isOfTracks)) throw error
        refused.set(track, error)
      }
    }
    session.useAggregateControl(resolveControl(description.base, attribute(sdp.attributes, 'control')))
    if (this.#tracks.length === 0) return refused
    const routes = this.#tracks.map((one) => ({ ...one, rtcpChannel: one.channels.rtcp, feedback: null }))
    this.#router.setRoutes(routes)
    this.#reports.begin(routes, Milliseconds(performance.now()))
    await session.play({ range: 'npt=now-' })
    this.#playsSince ||= performance.now()
    if (!this.#closed) this.#ticker ??= setInterval(() => this.#tick(), TICK)
    return refused
  }

  /** TEARDOWN, as far as the camera still listens. Never rejects. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#stop()
    this.#reports.goodbye(Milliseconds(performance.now()))
    await this.#link?.close()
  }

  async #describe(session: ClientSession): Promise<void> {
    await session.options()
    this.#description = await session.describe()
  }

  /** A camera that goes elsewhere in the middle of it is opened anew, by whoever opened it here. */
  #follow(redirect: RtspRedirect): void {
    this.#lose(redirect)
  }

  #lose(error: ProtocolError): void {
    if (this.#closed) return
    this.#stop()
    this.#link?.abandon()
    this.#events.lost(error)
  }

  #hearMedia(): void {
    this.#media = 'heard'
    this.#events.media()
  }

  #tick(): void {
    const now = performance.now()
    this.#reports.tick(Milliseconds(now))
    if (this.#media === 'awaited' && now - this.#playsSince >= this.#options.mediaMilliseconds) {
      this.#media = 'missed'
      this.#events.silent()
      if (this.#closed) return
    }
    if (this.bytesReceived !== this.#heard.bytes) {
      this.#heard = { bytes: this.bytesReceived, since: now }
      return
    }
    // A connection whose other end is gone looks as it did before: nothing tells but silence.
    const { silenceMilliseconds } = this.#options
    const { since, askedAt } = this.#heard
    if (askedAt === undefined && now - since >= silenceMilliseconds) {
      this.#heard.askedAt = now
      // Whatever it says to it, it lives.
      this.#link?.session.options().catch(() => undefined)
    } else if (askedAt !== undefined && now - askedAt >= silenceMilliseconds) {
      this.#lose(new ProtocolError('connection-timeout', 'The camera fell silent'))
    }
  }

  #stop(): void {
    this.#closed = true
    this.#abort.abort()
    clearInterval(this.#ticker)
    this.#router.drop()
  }
}

const aborted = (): ProtocolError => new ProtocolError('aborted', 'The camera is not wanted any more')
