import { ProtocolError } from '../../protocol/errors.ts'
import type { RtcpPacket } from '../../protocol/rtcp/packet.ts'
import type { RtpPacket } from '../../protocol/rtp/packet.ts'
import { RtspRefusal } from '../../protocol/rtsp/server-stream.ts'
import type { Milliseconds } from '../../protocol/units.ts'
import type { BridgeLog, LogFields } from '../log.ts'
import { asProtocolError, refusalFor } from '../refusal.ts'
import { CameraSession, type CameraSessionOptions, type Refused } from './camera-session.ts'
import { describeForViewers, type HubDescription } from './hub-description.ts'
import { HubTrack } from './hub-track.ts'
import type { MediaRoute } from './media-route.ts'
import { RetrySchedule } from './retry-schedule.ts'

export interface HubCameraOptions extends CameraSessionOptions {
  /** As viewers know the stream. */
  readonly title: string
  /** For the log: that of the stream, with the quality. */
  readonly name: string
  /** Told how the camera's media comes; undefined where the configuration leaves no choice. */
  readonly route: MediaRoute | undefined
  /** When it is tried again. By default as a camera is. */
  readonly retries?: RetrySchedule
  /** Pictures and sound are asked for, whatever viewers set up: who wants more later disturbs nobody. Default false. */
  readonly takesAllMedia?: boolean
  /** For what happens between the bridge and the camera; without its address. */
  readonly log: BridgeLog
}

export interface HubCameraEvents {
  /** The next packet of a track, in order; read it during the call. */
  packet(track: HubTrack, packet: RtpPacket, randomAccess: boolean): void
  rtcp(track: HubTrack, packet: RtcpPacket, arrival: Milliseconds): void
  /** What comes next does not follow what was. */
  interrupted(): void
  /** There are other tracks from here on. Before: those that viewers know. */
  described(before: HubDescription | undefined): void
  /** Somebody waits for it: it is tried again for as long as that is so. */
  isAwaited(): boolean
  /** It was opened. Who wanted it may have left meanwhile. */
  opened(): void
}

/** What the bridge has of the camera. */
type Camera =
  | { readonly name: 'closed' }
  | { readonly name: 'opening'; readonly session: CameraSession; readonly opened: Promise<void> }
  | { readonly name: 'described'; readonly session: CameraSession }
  | { readonly name: 'playing'; readonly session: CameraSession; readonly since: number }
  /** It was lost or cannot be had; where somebody waits it is tried again then, else when one comes. */
  | { readonly name: 'waiting'; readonly error: ProtocolError; readonly until: number }
  /** The stream is no more. */
  | { readonly name: 'gone' }

const CLOSED: Camera = { name: 'closed' }
const GONE: Camera = { name: 'gone' }

/** Milliseconds of play after which a camera counts as well: one that plays and ends at once is not to be dialled at once. */
const WELL_AFTER = 5_000

/**
 * The bridge's hold on a camera: one session at a time, opened when it is wanted, with the tracks that are; and opened
 * again, on a schedule, for as long as somebody waits.
 */
export class HubCamera {
  readonly #options: HubCameraOptions
  readonly #events: HubCameraEvents
  readonly #retries: RetrySchedule
  #camera: Camera = CLOSED
  #description: HubDescription | undefined
  #tracks: readonly HubTrack[] = []
  /** Indices of the tracks that viewers set up. */
  readonly #wanted = new Set<number>()
  /** Those that the camera does not give: asking for them again would disturb who watches the others. */
  readonly #refused = new Map<HubTrack, ProtocolError>()
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #playing: Promise<void> | undefined
  #session: CameraSession | undefined
  /** Of the sessions before it. */
  #bytesBefore = 0
  #losses = 0

  constructor(options: HubCameraOptions, events: HubCameraEvents) {
    this.#options = options
    this.#events = events
    this.#retries = options.retries ?? new RetrySchedule()
  }

  get description(): HubDescription | undefined {
    return this.#description
  }

  get tracks(): readonly HubTrack[] {
    return this.#tracks
  }

  /** Why the camera does not give this track, where it refused it and gives others; undefined where it did not. */
  refusalOf(track: HubTrack): ProtocolError | undefined {
    return this.#refused.get(track)
  }

  /** How it stands, for those who watch. */
  get state(): 'idle' | 'opening' | 'live' | 'lost' {
    return STATES[this.#camera.name]
  }

  /** There is a session, or one is being opened. */
  get isHeld(): boolean {
    return 'session' in this.#camera
  }

  /** There is a picture among what it is asked to send. */
  get hasPicture(): boolean {
    return this.#tracks.some((track) => track.isPicture && this.#wanted.has(track.index))
  }

  /** Bytes of the camera, in all sessions. */
  get bytesReceived(): number {
    return this.#bytesBefore + (this.#session?.bytesReceived ?? 0)
  }

  /** How often it was lost or could not be had. */
  get losses(): number {
    return this.#losses
  }

  /** Opens it where it is not: then there are tracks. @throws RtspRefusal where it cannot be had now */
  async open(): Promise<void> {
    const camera = this.#camera
    switch (camera.name) {
      case 'described':
      case 'playing':
        return
      case 'opening':
        return camera.opened
      case 'gone':
        throw new RtspRefusal(404)
      case 'waiting':
        if (performance.now() < camera.until) throw refusalFor(camera.error)
    }
    clearTimeout(this.#retryTimer)
    const session = this.#newSession()
    const opened = this.#describe(session)
    this.#camera = { name: 'opening', session, opened }
    await opened
  }

  /**
   * Makes it send these tracks, beside those that were wanted before; those that it refuses are left out.
   * @throws RtspRefusal where it gives none of them, or cannot be had now
   */
  async want(tracks: Iterable<HubTrack>): Promise<void> {
    const all = [...tracks]
    this.#want(all)
    await this.open()
    if (this.#options.takesAllMedia) this.#want(this.#tracks.filter(({ isMedia }) => isMedia))
    this.#playing = (this.#playing ?? Promise.resolve()).catch(() => undefined).then(() => this.#play())
    await this.#playing
    const [reason] = all.flatMap((track) => this.#refused.get(track) ?? [])
    if (reason && all.every((track) => this.#refused.has(track))) throw refusalFor(reason)
  }

  /** Opens it for nobody yet, and plays. Where that fails it is tried again as long as it is awaited. */
  async hold(): Promise<void> {
    try {
      await this.want([])
    } catch (error) {
      // Told and planned again where it happened.
      if (!(error instanceof ProtocolError)) this.#log(`unexpected: ${String(error)}`, 'error')
    }
  }

  /** Says goodbye to it. @param gone for good */
  async release(gone = false): Promise<void> {
    clearTimeout(this.#retryTimer)
    this.#interrupted()
    this.#wanted.clear()
    this.#refused.clear()
    this.#options.route?.released()
    const camera = this.#camera
    this.#camera = gone ? GONE : CLOSED
    if ('session' in camera) {
      this.#log('the camera is released')
      await camera.session.close()
    }
  }

  #want(tracks: readonly HubTrack[]): void {
    for (const track of tracks) if (!this.#refused.has(track)) this.#wanted.add(track.index)
  }

  #isCurrent(session: CameraSession): boolean {
    return 'session' in this.#camera && this.#camera.session === session
  }

  #newSession(): CameraSession {
    const session: CameraSession = new CameraSession(this.#options, {
      media: () => this.#options.route?.heard(),
      silent: () => this.#tryOtherWay(session),
      rtcp: (track, packet, arrival) => this.#events.rtcp(track, packet, arrival),
      lost: (error) => {
        if (this.#isCurrent(session)) this.#lost(asProtocolError(error))
      },
    })
    this.#bytesBefore += this.#session?.bytesReceived ?? 0
    this.#session = session
    return session
  }

  async #describe(session: CameraSession): Promise<void> {
    try {
      const description = describeForViewers(await session.open(), this.#options.title)
      if (description.tracks.length === 0) {
        throw new ProtocolError('no-playable-track', 'The camera has nothing that can be watched')
      }
      this.#useDescription(description)
      if (this.#isCurrent(session)) this.#camera = { name: 'described', session }
      this.#events.opened()
    } catch (error) {
      void session.close()
      const told = asProtocolError(error)
      if (this.#isCurrent(session)) this.#fail(told)
      throw refusalFor(told)
    }
  }

  /** Viewers go on where their decoders were promised the same as before; else they have to ask anew. */
  #useDescription(description: HubDescription): void {
    const before = this.#description
    if (before?.promise === description.promise) return
    this.#description = description
    this.#tracks = description.tracks.map(
      (media, index) =>
        new HubTrack(index, media, {
          packet: (track, packet, randomAccess) => this.#events.packet(track, packet, randomAccess),
          report: (track, report, arrival) => this.#events.rtcp(track, report, arrival),
        }),
    )
    this.#wanted.clear()
    this.#refused.clear()
    if (before) this.#log('the camera describes itself otherwise than before: viewers have to ask anew', 'warn')
    this.#events.described(before)
  }

  async #play(): Promise<void> {
    const camera = this.#camera
    if (camera.name !== 'described' && camera.name !== 'playing') throw new RtspRefusal(503, 'The camera was lost')
    const { session } = camera
    const wanted = this.#tracks.filter((track) => this.#wanted.has(track.index))
    try {
      const refused = await session.play(wanted)
      if (!this.#isCurrent(session)) throw new RtspRefusal(503, 'The camera was lost')
      const [reason] = refused.values()
      // All of them, and by UDP: that was our idea. It is asked as before.
      if (reason && refused.size === wanted.length && this.#options.route?.choice === 'udp') throw reason
      this.#leaveOut(refused)
      if (camera.name === 'playing' || this.#wanted.size === 0) return
      this.#camera = { name: 'playing', session, since: performance.now() }
      const plays = wanted.filter((track) => !refused.has(track))
      this.#log(`the camera plays ${plays.map(({ media }) => media.format.encoding).join(', ')}`)
    } catch (error) {
      const told = asProtocolError(error)
      if (!this.#isCurrent(session)) throw refusalFor(told)
      if (camera.name === 'playing' && told.place.status !== undefined) {
        await this.#playAnew(session)
        return
      }
      void session.close()
      this.#lost(told)
      throw refusalFor(told)
    }
  }

  #leaveOut(refused: Refused): void {
    for (const [track, error] of refused) {
      this.#wanted.delete(track.index)
      this.#refused.set(track, error)
      this.#log(`the camera does not give ${track.media.format.encoding}: ${error.message}`)
    }
  }

  /** It plays, and refuses another track in the middle of it: then all of them from the start. */
  async #playAnew(session: CameraSession): Promise<void> {
    this.#interrupted()
    this.#camera = CLOSED
    // Many cameras have no room for a second session.
    await session.close()
    await this.open()
    await this.#play()
  }

  /** It plays and sends nothing; asked in another way it may. */
  #tryOtherWay(session: CameraSession): void {
    if (!this.#isCurrent(session)) return
    const again = this.#options.route?.silent() ?? false
    this.#log(`the camera sends no media${again ? ': it is asked for another transport' : ''}`, 'warn')
    if (!again) return
    this.#playing = (this.#playing ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => (this.#isCurrent(session) ? this.#playAnew(session) : undefined))
    // Told and planned again where it happened.
    this.#playing.catch(() => undefined)
  }

  /** The session is gone: who watches keeps the connection, and goes on when the camera does. */
  #lost(error: ProtocolError): void {
    if (this.#camera.name === 'playing' && performance.now() - this.#camera.since > WELL_AFTER)
      this.#retries.succeeded()
    this.#interrupted()
    // What it refused before, it may give when it is back.
    this.#refused.clear()
    this.#fail(error)
  }

  /** What comes next does not follow what was. */
  #interrupted(): void {
    for (const track of this.#tracks) track.interrupted()
    this.#events.interrupted()
  }

  #fail(error: ProtocolError): void {
    const delay = this.#retries.failed(error.code)
    this.#options.route?.failed(error.code)
    this.#camera = { name: 'waiting', error, until: performance.now() + delay }
    this.#losses++
    const nextTry = `${(delay / 1000).toFixed(1)} s`
    this.#log(`the camera was lost: ${error.message}`, 'warn', { error: error.code, nextTry })
    clearTimeout(this.#retryTimer)
    if (this.#events.isAwaited()) this.#retryTimer = setTimeout(() => void this.#retry(), delay)
  }

  async #retry(): Promise<void> {
    if (!this.#events.isAwaited() || this.#camera.name !== 'waiting') return
    this.#camera = CLOSED
    await this.hold()
  }

  #log(message: string, level: 'info' | 'warn' | 'error' = 'info', fields: LogFields = {}): void {
    this.#options.log[level]({ stream: this.#options.name, ...fields }, message)
  }
}

const STATES = {
  closed: 'idle',
  opening: 'opening',
  described: 'opening',
  playing: 'live',
  waiting: 'lost',
  gone: 'idle',
} as const satisfies Record<Camera['name'], string>
