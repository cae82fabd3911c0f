import type { DeviationId } from './deviation.ts'
import { ProtocolError } from './errors.ts'
import { FaultReporter } from './faults.ts'
import type { MediaSegment } from './fmp4/segment.ts'
import type { PipelineEvents, PipelineOptions, PipelineStatistics } from './pipeline-interface.ts'
import {
  beginLoading,
  checkSelection,
  readTracks,
  type SetUpTrack,
  setUpTracks,
  statedRange,
} from './pipeline-setup.ts'
import type { RtcpPacket } from './rtcp/packet.ts'
import { ClientLink } from './rtsp/client-link.ts'
import type { ClientSession, PlayOptions } from './rtsp/client-session.ts'
import type { RtpInfo } from './rtsp/headers/rtp-info.ts'
import { LIVE, type Presentation } from './rtsp/presentation.ts'
import { presentationOf } from './rtsp/presentation-choice.ts'
import type { RtspRedirect } from './rtsp/redirect.ts'
import { statusAction } from './rtsp/status-action.ts'
import { parseSessionDescription } from './sdp/session-description.ts'
import { FrameRouter } from './track/frame-router.ts'
import { MediaTrack, type MediaTrackEvents, type TrackStatistics } from './track/media-track.ts'
import { PaceChecks } from './track/pace-check.ts'
import { ReceptionReports } from './track/reception-reports.ts'
import { SessionTimeline } from './track/session-timeline.ts'
import type { OutputForm, TimedAccessUnit } from './track/track-output.ts'
import { type ChosenTrack, type SkippedTrack, selectTracks } from './track/track-selection.ts'
import type { UnheardSound } from './track/unheard-sound.ts'
import type { ByteTransport } from './transport/byte-transport.ts'
import { Milliseconds, Seconds } from './units.ts'

export type {
  PipelineEvents,
  PipelineOpened,
  PipelineOptions,
  PipelineStatistics,
  PipelineTrack,
} from './pipeline-interface.ts'

type State = 'opening' | 'playing' | 'paused' | 'ended'

/** How often statistics become warnings and reports fall due, in milliseconds. */
const TICK = 500
/** A camera that restarts says BYE and goes on under another SSRC; it has so many milliseconds for it. */
const GOODBYE_GRACE = 1_000
/** A recording whose end was reached and that is silent for so long is over, though the server says no BYE. */
const END_SILENCE = 2_000

/**
 * The whole path of one stream on a page: bytes of a transport in, fragmented MP4 out.
 *
 * ```
 * transport → ClientLink ─ responses → ClientSession (OPTIONS, DESCRIBE, SETUP, PLAY)
 *                        └ frames → FrameRouter → MediaTrack (sequence, timeline, depacketizer, output) → segments
 *                                               └ RTCP → sender clock, receiver reports
 * ```
 */
export class Pipeline {
  readonly #events: PipelineEvents
  readonly #options: PipelineOptions
  readonly #router: FrameRouter<MediaTrack>
  readonly #faults: FaultReporter
  readonly #deviations = new Map<DeviationId, number>()
  readonly #reports = new ReceptionReports((channel, packet) => this.#link.connection.sendInterleaved(channel, packet))
  readonly #link: ClientLink
  #state: State = 'opening'
  #presentation: Presentation = LIVE
  #setUp: readonly SetUpTrack<ChosenTrack>[] = []
  #tracks: readonly MediaTrack[] = []
  #defersSound: boolean
  #unheard: UnheardSound | undefined
  #newest = { end: Seconds(0), arrival: 0 }
  #goodbyeAt = 0
  #finishing: Promise<void> | undefined
  #ticker: ReturnType<typeof setInterval> | undefined

  /** @throws ProtocolError `invalid-url` */
  constructor(transport: ByteTransport, options: PipelineOptions, events: PipelineEvents) {
    this.#events = events
    this.#options = options
    this.#defersSound = options.defersSound ?? false
    this.#faults = new FaultReporter((error) => events.warning?.(error))
    this.#router = new FrameRouter(
      (id) => this.#deviation(id),
      (track, packet, arrival) => this.#rtcp(track, packet, arrival),
    )
    this.#link = new ClientLink(transport, options, {
      interleaved: (channel, bytes, start, end) => this.#router.frame(channel, bytes, start, end),
      isExpectedChannel: (channel) => this.#router.isExpectedChannel(channel),
      answered: () => this.#router.answered(),
      deviation: (id) => this.#deviation(id),
      redirected: (redirect) => void this.#follow(redirect),
      lost: (error) => this.#lose(error),
    })
  }

  /** OPTIONS, DESCRIBE, SETUP of the chosen tracks, PLAY. Rejects with a `ProtocolError`; then all is closed, and told. */
  async open(): Promise<void> {
    try {
      await this.#link.open((session) => this.#openHere(session))
    } catch (error) {
      const told = error instanceof ProtocolError ? error : internal(error)
      await this.#finish(told)
      throw told
    }
  }

  /** Resumes after `pause`: a recording where it stopped, a live stream live. */
  async play(): Promise<void> {
    if (this.#state !== 'paused') return
    const { end } = this.#newest
    // Where a recording stopped is stated: a server that goes on by itself begins between two keyframes.
    const range = this.#seekable ? this.#presentation.rangeFrom(this.#presentation.clamp(end)) : undefined
    await this.#start({ range }, end, 'resume')
  }

  async pause(): Promise<void> {
    if (this.#state !== 'playing') return
    await this.#link.session.pause()
    this.#changeState('paused')
  }

  /**
   * Goes to another place of a recording, and plays from there.
   *
   * @param position seconds from its beginning; kept within it
   * @throws ProtocolError `invalid-state` where the stream cannot be sought in
   */
  async seek(position: Seconds, options: { readonly scale?: number } = {}): Promise<void> {
    if (!this.#seekable) throw new ProtocolError('invalid-state', 'A live stream has no place to go to')
    if (this.#state === 'playing') await this.#leavePlace()
    else this.#router.hold()
    const place = this.#presentation.clamp(position)
    await this.#start({ range: this.#presentation.rangeFrom(place), scale: options.scale }, place, 'seek')
  }

  /**
   * In what form the access units of a track go out from here on: the answer to a `configuration` that was left
   * undecided, or another form from the next random access point on.
   *
   * @param trackId MP4 track ID, from 1
   */
  chooseOutput(trackId: number, form: OutputForm): void {
    this.#tracks.find(({ id }) => id === trackId)?.chooseOutput(form)
  }

  /** Sound that was deferred is wanted; its configuration is told as soon as its code is there. Never rejects. */
  async readSound(): Promise<void> {
    this.#defersSound = false
    const unheard = this.#unheard
    this.#unheard = undefined
    try {
      await unheard?.read()
    } catch (error) {
      this.#events.warning?.(error instanceof ProtocolError ? error : internal(error))
    }
  }

  /** TEARDOWN, as far as the peer still listens, and the end of the transport. Never rejects. */
  async close(): Promise<void> {
    await this.#finish(null)
  }

  statistics(): PipelineStatistics {
    return {
      bytesReceived: this.#link.connection.bytesReceived,
      bytesSkipped: this.#link.connection.bytesSkipped,
      framesIgnored: this.#router.ignored,
      tracks: this.#tracks.map((track) => track.statistics()),
      deviations: Object.fromEntries(this.#deviations),
    }
  }

  /** OPTIONS to PLAY, on the connection that is to be had. */
  async #openHere(session: ClientSession): Promise<void> {
    await session.options()
    const described = await session.describe()
    const report = (id: DeviationId) => this.#deviation(id)
    const description = parseSessionDescription(described.body, report)
    const { audio = true, formats } = this.#options
    const selection = selectTracks(description, { audio, formats, report })
    const { selected, skipped } = selection
    const warn = (error: ProtocolError) => this.#events.warning?.(error)
    await checkSelection(selection, warn)
    this.#presentation = await presentationOf(statedRange(description)).catch((error: unknown) => {
      warn(error instanceof ProtocolError ? error : internal(error))
      return LIVE
    })
    const { tracks, unheard } = beginLoading(selected, this.#defersSound && !this.#seekable)
    this.#unheard = unheard
    const setUp = () => setUpTracks(session, described, description, tracks, report, warn)
    const { done, refused } = await setUp()
    const from = this.#presentation.rangeFrom(Seconds(0))
    try {
      await this.#startFirst(done, [...skipped, ...refused], from)
    } catch (error) {
      const { status } = error instanceof ProtocolError ? error.place : {}
      if (status === undefined || statusAction(status) !== 'set-up-anew') throw error
      // The server forgot the session between SETUP and PLAY: once more, from SETUP on.
      session.forget()
      const anew = await setUp()
      // A hub knows only now what its camera refuses.
      const changed = anew.done.length !== done.length
      await this.#startFirst(anew.done, changed ? [...skipped, ...anew.refused] : null, from)
    }
    if (!this.#isEnded()) this.#ticker ??= setInterval(() => this.#tick(), TICK)
  }

  /**
   * PLAY, and meanwhile the code of the tracks, of which nothing is told before it is there.
   *
   * @param skipped null where that was told before
   */
  async #startFirst(
    setUp: readonly SetUpTrack[],
    skipped: readonly SkippedTrack[] | null,
    range: PlayOptions['range'],
  ) {
    this.#router.reserve(setUp.flatMap(({ channels }) => [channels.rtp, channels.rtcp]))
    const ready = this.#makeReady(setUp, skipped)
    // It is awaited behind PLAY, which may fail before.
    ready.catch(() => undefined)
    await this.#start({ range }, Seconds(0), 'first', ready)
  }

  async #makeReady(setUp: readonly SetUpTrack[], skipped: readonly SkippedTrack[] | null): Promise<void> {
    const { ready, unread } = await readTracks(setUp, (error) => this.#events.warning?.(error))
    if (this.#isEnded()) return
    this.#setUp = ready
    this.#buildTracks(Seconds(0))
    if (!skipped) return
    const tracks = this.#tracks.map(({ id, kind, encoding, clockRate }) => ({ id, kind, encoding, clockRate }))
    this.#events.tracks?.(tracks, [...skipped, ...unread])
    this.#events.opened?.({ duration: this.#presentation.duration, seekable: this.#seekable })
  }

  get #seekable(): boolean {
    return this.#presentation.duration !== null
  }

  /** New tracks, that know nothing of what came before, on a timeline that begins at `position`. */
  #buildTracks(position: Seconds, scale = 1): void {
    const isRecorded = this.#presentation.duration !== null
    const timeline = new SessionTimeline(position, isRecorded, scale > 0 ? scale : 1)
    const checks = isRecorded ? undefined : new PaceChecks()
    const events: MediaTrackEvents = {
      configuration: (configuration) => this.#events.configuration?.(configuration),
      initializationSegment: (segment) => this.#events.initializationSegment(segment),
      mediaSegment: (segment) => {
        this.#noteProgress(segment)
        this.#events.mediaSegment(segment)
      },
      accessUnit: (unit) => {
        this.#noteProgress(unit)
        this.#events.accessUnit?.(unit)
      },
      received: (track, configuration, placed) => this.#events.received?.(track, configuration, placed),
      deviation: (id: DeviationId) => this.#deviation(id),
    }
    this.#tracks = this.#setUp.map(({ track }, index) => new MediaTrack(index + 1, track, timeline, events, checks))
    const routes = this.#setUp.flatMap(({ channels, feedback }, index) => {
      const track = this.#tracks[index]
      return track ? [{ track, channels, rtcpChannel: channels.rtcp, feedback }] : []
    })
    this.#router.setRoutes(routes)
    this.#reports.begin(routes, Milliseconds(performance.now()))
  }

  /** PAUSE before the place is changed: RFC 2326 section 10.5 would else play the new one after the old. */
  async #leavePlace(): Promise<void> {
    try {
      await this.#link.session.pause()
      this.#router.hold()
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.place.status === undefined) throw error
      // It cannot pause; then what comes before the answer to PLAY is still of the old place.
      this.#router.leave()
    }
    this.#changeState('paused')
  }

  async #start(
    play: PlayOptions,
    position: Seconds,
    why: 'first' | 'resume' | 'seek',
    ready?: Promise<void>,
  ): Promise<void> {
    if (why !== 'seek') this.#router.hold()
    const { range, scale, rtpInfo } = await this.#link.session.play(play)
    await ready
    if (this.#state === 'ended') return
    if (why !== 'first') this.#buildTracks(this.#presentation.positionOf(range) ?? position, scale)
    this.#changeState('playing')
    this.#newest = { end: position, arrival: performance.now() }
    this.#useRtpInfo(rtpInfo)
    if (why === 'seek')
      this.#events.discontinuity?.({ position: this.#presentation.positionOf(range) ?? position, scale })
    if (this.#router.flow() > 0 && why === 'first') this.#deviation('rtp-before-play')
  }

  /** Entries are matched by the end of their URL, else by their order, which is that of SETUP on nearly every server. */
  #useRtpInfo(entries: readonly RtpInfo[]): void {
    for (const [index, { url, rtpTime }] of entries.entries()) {
      if (rtpTime === undefined) continue
      const named = this.#setUp.findIndex(({ track: { control } }) => control && url.endsWith(control))
      const track = this.#tracks[named >= 0 ? named : entries.length === this.#tracks.length ? index : -1]
      track?.playStart(rtpTime)
    }
  }

  #noteProgress({ trackId, start, duration, arrival }: MediaSegment | TimedAccessUnit): void {
    if (trackId === 1) this.#newest = { end: Seconds(start + duration), arrival }
  }

  #rtcp(track: MediaTrack, packet: RtcpPacket, arrival: Milliseconds): void {
    if (packet.type === 'SR') track.senderReport(packet, arrival)
    if (packet.type === 'APP') this.#events.applicationDefined?.(track.id, packet)
    if (packet.type === 'BYE' && track.goodbye(packet.ssrcs, arrival)) this.#goodbyeAt = arrival
  }

  async #follow(redirect: RtspRedirect): Promise<void> {
    if (this.#state !== 'playing' && this.#state !== 'paused') return
    this.#changeState('opening')
    try {
      await this.#link.follow(redirect, (session) => this.#openHere(session))
    } catch (error) {
      await this.#finish(error instanceof ProtocolError ? error : internal(error))
    }
  }

  #tick(): void {
    const now = performance.now()
    const { tracks, bytesSkipped, framesIgnored } = this.statistics()
    const sum = (figure: (track: TrackStatistics) => number) =>
      tracks.reduce((total, track) => total + figure(track), 0)
    const faults = this.#faults
    faults.update(
      'packets-lost',
      sum((track) => track.lost),
      now,
      (count) => `${count} packets were lost`,
    )
    faults.update(
      'payload-syntax',
      sum((track) => track.malformed),
      now,
      (count) => `${count} packets could not be read`,
    )
    faults.update('rtcp-syntax', framesIgnored, now, (count) => `${count} frames belong to no track, or are no RTCP`)
    faults.update('rtsp-syntax', bytesSkipped, now, (count) => `${count} bytes were neither RTSP nor frames`)
    this.#reports.tick(Milliseconds(now))
    this.#checkEnd(now)
  }

  /** The stream is over when every track has said BYE and none goes on as another source, or where a recording has ended. */
  #checkEnd(now: number): void {
    const { duration } = this.#presentation
    const atEnd = duration !== null && this.#newest.end >= duration - 1
    if (this.#tracks.every((track) => track.ended) && now - this.#goodbyeAt >= GOODBYE_GRACE) {
      void this.#finish(atEnd ? null : new ProtocolError('connection-lost', 'The camera ended the stream'))
      return
    }
    if (atEnd && this.#state === 'playing' && now - this.#newest.arrival > END_SILENCE) void this.#finish(null)
  }

  #deviation(id: DeviationId): void {
    const count = this.#deviations.get(id) ?? 0
    this.#deviations.set(id, count + 1)
    if (count === 0) this.#events.deviation?.(id)
  }

  /** Whoever comes second waits for the end that was begun. */
  #finish(error: ProtocolError | null): Promise<void> {
    this.#finishing ??= this.#takeLeave(error)
    return this.#finishing
  }

  async #takeLeave(error: ProtocolError | null): Promise<void> {
    if (!this.#stop()) return
    this.#reports.goodbye(Milliseconds(performance.now()))
    await this.#link.close()
    this.#events.closed(error)
  }

  /** The connection is gone. */
  #lose(error: ProtocolError): void {
    if (!this.#stop()) return
    this.#link.abandon()
    this.#events.closed(error)
  }

  #stop(): boolean {
    if (this.#state === 'ended') return false
    this.#state = 'ended'
    clearInterval(this.#ticker)
    this.#router.drop()
    return true
  }

  // Across an `await` the compiler would still believe what it knew of the field.
  #isEnded(): boolean {
    return this.#state === 'ended'
  }

  /** The end is final, whatever was under way. */
  #changeState(state: State): void {
    if (this.#state !== 'ended') this.#state = state
  }
}

/** A defect of our own: still told as one of the family, so that it is shown and not lost. */
const internal = (cause: unknown): ProtocolError =>
  new ProtocolError('invalid-state', `Unexpected: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
