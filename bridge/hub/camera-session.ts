import { ProtocolError } from '../../protocol/errors.ts'
import type { RtcpPacket } from '../../protocol/rtcp/packet.ts'
import type { Credentials } from '../../protocol/rtsp/authentication.ts'
import { ClientLink } from '../../protocol/rtsp/client-link.ts'
import type { ClientSession, Description } from '../../protocol/rtsp/client-session.ts'
import type { RtspRedirect } from '../../protocol/rtsp/status-error.ts'
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
  /** Also called for the servers that the camera redirects to. */
  readonly connect: (uri: RtspUri) => Promise<ByteTransport>
}

export interface CameraSessionEvents {
  /** An RTCP packet of a track. */
  rtcp(track: HubTrack, packet: RtcpPacket, arrival: Milliseconds): void
  /** The session is over, and nobody asked for it. Told once; not while `open` or `play` run. */
  lost(error: ProtocolError): void
}

/** How often reports to the camera may fall due, in milliseconds. */
const TICK = 500

/** The bridge's one session with a camera, from DESCRIBE to TEARDOWN. Use once. */
export class CameraSession {
  readonly #options: CameraSessionOptions
  readonly #events: CameraSessionEvents
  readonly #router: FrameRouter<HubTrack>
  readonly #reports = new ReceptionReports((channel, packet) => this.#link?.connection.sendInterleaved(channel, packet))
  #link: ClientLink | undefined
  #description: Description | undefined
  #tracks: { readonly track: HubTrack; readonly channels: { readonly rtp: number; readonly rtcp: number } }[] = []
  #ticker: ReturnType<typeof setInterval> | undefined
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
    const { uri, credentials, connect } = this.#options
    const transport = await connect(parseRtspUri(uri))
    if (this.#closed) {
      transport.close()
      throw aborted()
    }
    const link = new ClientLink(
      transport,
      { uri, credentials, connect, userAgent: 'rtsp-bridge' },
      {
        interleaved: (channel, bytes, start, end) => this.#router.frame(channel, bytes, start, end),
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

  /** Sets up those of the tracks that are not yet, and plays. @returns false where it did so already @throws ProtocolError */
  async play(tracks: readonly HubTrack[]): Promise<boolean> {
    const link = this.#link
    const description = this.#description
    if (!link || !description || this.#closed) throw aborted()
    const missing = tracks.filter((track) => !this.#tracks.some((one) => one.track === track))
    if (missing.length === 0) return false
    const { session } = link
    const sdp = parseSessionDescription(description.body)
    session.useAggregateControl(resolveControl(description.base, attribute(sdp.attributes, 'control')))
    for (const track of missing) {
      const next = this.#tracks.length * 2
      const address = resolveControl(description.base, track.media.cameraControl)
      const { channels } = await session.setup(address, { channels: { rtp: next, rtcp: next + 1 } })
      this.#tracks.push({ track, channels })
    }
    const routes = this.#tracks.map((one) => ({ ...one, rtcpChannel: one.channels.rtcp, feedback: null }))
    this.#router.setRoutes(routes)
    this.#reports.begin(routes, Milliseconds(performance.now()))
    await session.play({ range: { unit: 'npt', start: 'now' } })
    if (!this.#closed) this.#ticker ??= setInterval(() => this.#reports.tick(Milliseconds(performance.now())), TICK)
    return true
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

  #stop(): void {
    this.#closed = true
    clearInterval(this.#ticker)
    this.#router.drop()
  }
}

const aborted = (): ProtocolError => new ProtocolError('aborted', 'The camera is not wanted any more')
