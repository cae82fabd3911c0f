import { ProtocolError } from '../../protocol/errors.ts'
import {
  type MediaSink,
  RtspRefusal,
  type ServerPlayback,
  type ServerStream,
} from '../../protocol/rtsp/server-stream.ts'
import type { BridgeLog, LogFields } from '../log.ts'
import { asProtocolError, refusalFor } from '../refusal.ts'
import type { Burst } from './burst.ts'
import { BurstGatherer } from './burst-gatherer.ts'
import { CameraSession, type CameraSessionOptions, type Refused } from './camera-session.ts'
import type { GroupOfPictures, GroupOfPicturesLimits } from './group-of-pictures.ts'
import { describeForViewers, type HubDescription } from './hub-description.ts'
import { HubTrack } from './hub-track.ts'
import { HubViewer, type HubViewerLimits } from './hub-viewer.ts'
import type { MediaRoute } from './media-route.ts'
import { RetrySchedule } from './retry-schedule.ts'

export interface HubLimits extends GroupOfPicturesLimits, HubViewerLimits {
  /** Milliseconds that the camera's session outlives its last viewer. */
  readonly graceMilliseconds: number
  /** Milliseconds without a byte of the camera after which it is asked for a sign of life, and given up after as many more. */
  readonly silenceMilliseconds: number
  /** Milliseconds of play without media after which the camera is asked to send in another way, if there is one. */
  readonly mediaMilliseconds: number
}

export interface HubStreamOptions extends Omit<CameraSessionOptions, 'silenceMilliseconds' | 'mediaMilliseconds'> {
  /** As viewers know it. */
  readonly name: string
  readonly limits: HubLimits
  /** Told how the camera's media comes; undefined where the configuration leaves no choice. */
  readonly route: MediaRoute | undefined
  /** For what happens between the bridge and the camera; without its address. */
  readonly log: BridgeLog
}

/** What the bridge has of the camera. */
type Camera =
  | { readonly name: 'closed' }
  | { readonly name: 'opening'; readonly session: CameraSession; readonly opened: Promise<void> }
  | { readonly name: 'described'; readonly session: CameraSession }
  | { readonly name: 'playing'; readonly session: CameraSession; readonly since: number }
  /** It was lost or cannot be had; with viewers it is tried again then, without when one comes. */
  | { readonly name: 'waiting'; readonly error: ProtocolError; readonly until: number }
  /** The stream is no more. */
  | { readonly name: 'gone' }

const CLOSED: Camera = { name: 'closed' }
const GONE: Camera = { name: 'gone' }

/** Milliseconds of play after which a camera counts as well: one that plays and ends at once is not to be dialled at once. */
const WELL_AFTER = 5_000

/**
 * One camera for all who watch it: one session, one set of packets, and the group of pictures to begin with. It is opened
 * for the first viewer, kept while there is one, and tried again for as long as one waits.
 */
export class HubStream implements ServerStream {
  readonly #options: HubStreamOptions
  readonly #viewers = new Set<HubViewer>()
  readonly #gatherer: BurstGatherer
  readonly #retries = new RetrySchedule()
  #camera: Camera = CLOSED
  #description: HubDescription | undefined
  #tracks: readonly HubTrack[] = []
  /** Indices of the tracks that viewers set up. */
  readonly #wanted = new Set<number>()
  /** Those that the camera does not give: asking for them again would disturb who watches the others. */
  readonly #refused = new Map<HubTrack, ProtocolError>()
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #graceTimer: ReturnType<typeof setTimeout> | undefined
  #playing: Promise<void> | undefined
  /** Viewers that wait for the description. */
  #asking = 0
  #session: CameraSession | undefined
  /** Of the sessions before it, and of the viewers that left. */
  #bytesBefore = 0
  #skipsBefore = 0
  #losses = 0

  constructor(options: HubStreamOptions) {
    this.#options = options
    this.#gatherer = new BurstGatherer(options.limits, {
      burst: (burst) => {
        for (const viewer of this.#viewers) viewer.burst(burst)
      },
      hasPicture: () => this.#tracks.some((track) => track.isPicture && this.#wanted.has(track.index)),
    })
  }

  get name(): string {
    return this.#options.name
  }

  get controls(): readonly string[] {
    return this.#description?.tracks.map((track) => track.control) ?? []
  }

  get viewers(): number {
    return this.#viewers.size
  }

  get tracks(): readonly HubTrack[] {
    return this.#tracks
  }

  get group(): GroupOfPictures {
    return this.#gatherer.group
  }

  /** How it stands with the camera, for those who watch. */
  get state(): 'idle' | 'opening' | 'live' | 'lost' {
    return STATES[this.#camera.name]
  }

  /** Bytes of the camera, in all sessions. */
  get bytesReceived(): number {
    return this.#bytesBefore + (this.#session?.bytesReceived ?? 0)
  }

  /** How often the camera was lost or could not be had. */
  get losses(): number {
    return this.#losses
  }

  /** Groups of pictures that slow viewers missed a part of. */
  get skips(): number {
    let skips = this.#skipsBefore
    for (const viewer of this.#viewers) skips += viewer.skips
    return skips
  }

  /** Opens the camera where it is not. @throws RtspRefusal where it cannot be had now */
  async describe(): Promise<Uint8Array> {
    this.#asking++
    try {
      await this.#open()
    } finally {
      this.#asking--
      this.#releaseSoon()
    }
    if (!this.#description) throw new RtspRefusal(503, 'The camera is not to be had')
    return this.#description.body
  }

  open(sink: MediaSink): ServerPlayback {
    const viewer = new HubViewer(this, sink, this.#options.limits)
    this.#viewers.add(viewer)
    clearTimeout(this.#graceTimer)
    return viewer
  }

  /** @throws RtspRefusal 404 */
  trackOf(control: string): HubTrack {
    const track = this.#tracks.find(({ media }) => media.control === control)
    if (!track) throw new RtspRefusal(404)
    return track
  }

  /**
   * Makes the camera send these tracks, beside those that others have; those that it refuses are left out.
   * @throws RtspRefusal where it gives none of them, or cannot be had now
   */
  async want(tracks: Iterable<HubTrack>): Promise<void> {
    const all = [...tracks]
    for (const track of all) if (!this.#refused.has(track)) this.#wanted.add(track.index)
    await this.#open()
    this.#playing = (this.#playing ?? Promise.resolve()).catch(() => undefined).then(() => this.#play())
    await this.#playing
    const [reason] = all.flatMap((track) => this.#refused.get(track) ?? [])
    if (reason && all.every((track) => this.#refused.has(track))) throw refusalFor(reason)
  }

  /** What a viewer is sent first: sender reports, and the pictures since the keyframe. */
  beginning(): Iterable<Burst> {
    return this.#gatherer.beginning()
  }

  left(viewer: HubViewer): void {
    if (!this.#viewers.delete(viewer)) return
    this.#skipsBefore += viewer.skips
    this.#releaseSoon()
  }

  /** Says goodbye to the viewers, and to the camera, for good. */
  async close(): Promise<void> {
    for (const viewer of [...this.#viewers]) viewer.end()
    await this.#release(GONE)
  }

  get #isUsed(): boolean {
    return this.#viewers.size > 0 || this.#asking > 0
  }

  #releaseSoon(): void {
    clearTimeout(this.#graceTimer)
    if (this.#isUsed || !('session' in this.#camera)) return
    this.#graceTimer = setTimeout(() => {
      // A camera that is waited for is not dialled any sooner by that.
      if (!this.#isUsed && 'session' in this.#camera) void this.#release(CLOSED)
    }, this.#options.limits.graceMilliseconds)
  }

  async #release(next: typeof CLOSED | typeof GONE): Promise<void> {
    clearTimeout(this.#graceTimer)
    clearTimeout(this.#retryTimer)
    this.#interrupted()
    this.#wanted.clear()
    this.#refused.clear()
    this.#options.route?.released()
    const camera = this.#camera
    this.#camera = next
    if ('session' in camera) {
      this.#log('the camera is released')
      await camera.session.close()
    }
  }

  async #open(): Promise<void> {
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

  #isCurrent(session: CameraSession): boolean {
    return 'session' in this.#camera && this.#camera.session === session
  }

  #newSession(): CameraSession {
    const { silenceMilliseconds, mediaMilliseconds } = this.#options.limits
    const session: CameraSession = new CameraSession(
      { ...this.#options, silenceMilliseconds, mediaMilliseconds },
      {
        media: () => this.#options.route?.heard(),
        silent: () => this.#tryOtherWay(session),
        rtcp: (track, packet, arrival) => this.#gatherer.rtcp(track, packet, arrival),
        lost: (error) => {
          if (this.#isCurrent(session)) this.#lost(asProtocolError(error))
        },
      },
    )
    this.#bytesBefore += this.#session?.bytesReceived ?? 0
    this.#session = session
    return session
  }

  async #describe(session: CameraSession): Promise<void> {
    try {
      const description = describeForViewers(await session.open(), this.#options.name)
      if (description.tracks.length === 0) {
        throw new ProtocolError('no-playable-track', 'The camera has nothing that can be watched')
      }
      this.#useDescription(description)
      if (this.#isCurrent(session)) this.#camera = { name: 'described', session }
      // Who wanted it may have left meanwhile.
      this.#releaseSoon()
    } catch (error) {
      void session.close()
      const told = asProtocolError(error)
      if (this.#isCurrent(session)) this.#fail(told)
      throw refusalFor(told)
    }
  }

  /** Viewers go on where their decoders were promised the same as before; else they have to ask anew. */
  #useDescription(description: HubDescription): void {
    if (this.#description?.promise === description.promise) return
    const before = this.#description
    this.#description = description
    this.#tracks = description.tracks.map(
      (media, index) =>
        new HubTrack(index, media, {
          packet: (track, packet, randomAccess) => this.#gatherer.packet(track, packet, randomAccess),
        }),
    )
    this.#wanted.clear()
    this.#refused.clear()
    this.#gatherer.clear()
    if (!before) return
    this.#log('the camera describes itself otherwise than before: viewers have to ask anew', 'warn')
    for (const viewer of [...this.#viewers]) viewer.end()
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
    await this.#open()
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
    this.#gatherer.interrupted()
  }

  #fail(error: ProtocolError): void {
    const delay = this.#retries.failed(error.code)
    this.#options.route?.failed(error.code)
    this.#camera = { name: 'waiting', error, until: performance.now() + delay }
    this.#losses++
    const nextTry = `${(delay / 1000).toFixed(1)} s`
    this.#log(`the camera was lost: ${error.message}`, 'warn', { error: error.code, nextTry })
    clearTimeout(this.#retryTimer)
    if (this.#viewers.size > 0) this.#retryTimer = setTimeout(() => void this.#retry(), delay)
  }

  async #retry(): Promise<void> {
    if (this.#viewers.size === 0 || this.#camera.name !== 'waiting') return
    this.#camera = CLOSED
    try {
      await this.want([])
    } catch (error) {
      // Told and planned again where it happened.
      if (!(error instanceof ProtocolError)) this.#log(`unexpected: ${String(error)}`, 'error')
    }
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
