import { ProtocolError } from '../../protocol/errors.ts'
import type { RtcpPacket } from '../../protocol/rtcp/packet.ts'
import type { RtpPacket } from '../../protocol/rtp/packet.ts'
import {
  type MediaSink,
  RtspRefusal,
  type ServerPlayback,
  type ServerStream,
} from '../../protocol/rtsp/server-stream.ts'
import type { Milliseconds } from '../../protocol/units.ts'
import { refusalFor } from '../refusal.ts'
import { BURST_BYTES, Burst } from './burst.ts'
import { CameraSession, type CameraSessionOptions } from './camera-session.ts'
import { GroupOfPictures, type GroupOfPicturesLimits } from './group-of-pictures.ts'
import { describeForViewers, type HubDescription } from './hub-description.ts'
import { HubTrack } from './hub-track.ts'
import { HubViewer, type HubViewerLimits } from './hub-viewer.ts'
import { RetrySchedule } from './retry-schedule.ts'

export interface HubLimits extends GroupOfPicturesLimits, HubViewerLimits {
  /** Milliseconds that the camera's session outlives its last viewer. */
  readonly graceMilliseconds: number
}

export interface HubStreamOptions extends CameraSessionOptions {
  /** As viewers know it. */
  readonly name: string
  readonly limits: HubLimits
  /** One line for what happens between the bridge and the camera; without its address. */
  readonly log: (line: string) => void
}

/** What the bridge has of the camera. */
type Camera =
  | { readonly name: 'closed' }
  | { readonly name: 'opening'; readonly session: CameraSession; readonly opened: Promise<void> }
  | { readonly name: 'described'; readonly session: CameraSession }
  | { readonly name: 'playing'; readonly session: CameraSession }
  /** It was lost or cannot be had; with viewers it is tried again then, without when one comes. */
  | { readonly name: 'waiting'; readonly error: ProtocolError; readonly until: number }

const CLOSED: Camera = { name: 'closed' }

/** A burst without a marker is sent after so many milliseconds: sound, and cameras that set none. */
const BURST_MILLISECONDS = 4

/**
 * One camera for all who watch it: one session, one set of packets, and the group of pictures to begin with. It is opened
 * for the first viewer, kept while there is one, and tried again for as long as one waits.
 */
export class HubStream implements ServerStream {
  readonly #options: HubStreamOptions
  readonly #viewers = new Set<HubViewer>()
  readonly #group: GroupOfPictures
  readonly #retries = new RetrySchedule()
  #camera: Camera = CLOSED
  #description: HubDescription | undefined
  #tracks: readonly HubTrack[] = []
  /** Indices of the tracks that viewers set up. */
  readonly #wanted = new Set<number>()
  /** The newest sender report of each track: a viewer that comes gets them first. */
  readonly #reports = new Map<number, Uint8Array>()
  #burst: Burst | undefined
  #burstTimer: ReturnType<typeof setTimeout> | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #graceTimer: ReturnType<typeof setTimeout> | undefined
  #playing: Promise<void> | undefined
  /** Timestamp of the access unit that is being received, by the track that leads. */
  #unitTimestamp = -1

  constructor(options: HubStreamOptions) {
    this.#options = options
    this.#group = new GroupOfPictures(options.limits)
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
    return this.#group
  }

  /** Opens the camera where it is not. @throws RtspRefusal where it cannot be had now */
  async describe(): Promise<Uint8Array> {
    await this.#open()
    if (this.#viewers.size === 0) this.#releaseSoon()
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

  /** Makes the camera send these tracks, beside those that others have. @throws RtspRefusal */
  async want(tracks: Iterable<HubTrack>): Promise<void> {
    for (const track of tracks) this.#wanted.add(track.index)
    await this.#open()
    this.#playing = (this.#playing ?? Promise.resolve()).catch(() => undefined).then(() => this.#play())
    await this.#playing
  }

  /** What a viewer is sent first: sender reports, and the pictures since the keyframe. */
  *beginning(): Generator<Burst> {
    // What is being gathered follows in any case.
    const reports = new Burst(256, false)
    for (const [track, report] of this.#reports) {
      const { bytes, offset } = reports.add(track, 'rtcp', report.length)
      bytes.set(report, offset)
    }
    if (reports.bytes > 0) yield reports
    yield* this.#group.bursts
  }

  left(viewer: HubViewer): void {
    if (this.#viewers.delete(viewer) && this.#viewers.size === 0) this.#releaseSoon()
  }

  /** Says goodbye to the viewers, and to the camera. */
  async close(): Promise<void> {
    for (const viewer of [...this.#viewers]) viewer.end()
    clearTimeout(this.#graceTimer)
    await this.#release()
  }

  #releaseSoon(): void {
    clearTimeout(this.#graceTimer)
    this.#graceTimer = setTimeout(() => void this.#release(), this.#options.limits.graceMilliseconds)
  }

  async #release(): Promise<void> {
    clearTimeout(this.#retryTimer)
    this.#dropBurst()
    this.#group.clear()
    this.#wanted.clear()
    const camera = this.#camera
    this.#camera = CLOSED
    if ('session' in camera) {
      this.#log('the camera is released')
      await camera.session.close()
    }
  }

  async #open(): Promise<void> {
    const camera = this.#camera
    if (camera.name === 'described' || camera.name === 'playing') return
    if (camera.name === 'opening') return camera.opened
    if (camera.name === 'waiting' && performance.now() < camera.until) throw refusalFor(camera.error)
    const session = this.#newSession()
    const opened = this.#describe(session)
    this.#camera = { name: 'opening', session, opened }
    await opened
  }

  #newSession(): CameraSession {
    const session: CameraSession = new CameraSession(this.#options, {
      rtcp: (track, packet, arrival) => this.#rtcp(track, packet, arrival),
      lost: (error) => {
        if ('session' in this.#camera && this.#camera.session === session) this.#lost(error)
      },
    })
    return session
  }

  async #describe(session: CameraSession): Promise<void> {
    try {
      const description = describeForViewers(await session.open(), this.#options.name)
      if (description.tracks.length === 0) {
        throw new ProtocolError('no-playable-track', 'The camera has nothing that can be watched')
      }
      this.#useDescription(description)
      if ('session' in this.#camera && this.#camera.session === session) this.#camera = { name: 'described', session }
    } catch (error) {
      void session.close()
      const told = asProtocolError(error)
      if ('session' in this.#camera && this.#camera.session === session) this.#fail(told)
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
          packet: (track, packet, randomAccess) => this.#packet(track, packet, randomAccess),
        }),
    )
    this.#wanted.clear()
    this.#reports.clear()
    this.#group.clear()
    if (!before) return
    this.#log('the camera describes itself otherwise than before: viewers have to ask anew')
    for (const viewer of [...this.#viewers]) viewer.end()
  }

  async #play(): Promise<void> {
    const camera = this.#camera
    if (camera.name !== 'described' && camera.name !== 'playing') throw new RtspRefusal(503, 'The camera was lost')
    const wanted = this.#tracks.filter((track) => this.#wanted.has(track.index))
    try {
      const started = await camera.session.play(wanted)
      if (this.#camera === camera) this.#camera = { name: 'playing', session: camera.session }
      if (started) this.#log(`the camera plays ${wanted.map(({ media }) => media.format.encoding).join(', ')}`)
      this.#retries.succeeded()
    } catch (error) {
      const told = asProtocolError(error)
      void camera.session.close()
      if (!('session' in this.#camera) || this.#camera.session !== camera.session) throw refusalFor(told)
      this.#lost(told)
      // It plays, and refuses another track in the middle of it: then all of them from the start, once.
      if (camera.name !== 'playing' || told.place.status === undefined) throw refusalFor(told)
      this.#camera = CLOSED
      await this.#open()
      await this.#play()
    }
  }

  /** The session is gone: who watches keeps the connection, and goes on when the camera does. */
  #lost(error: ProtocolError): void {
    for (const track of this.#tracks) track.interrupted()
    this.#flush()
    this.#group.clear()
    this.#reports.clear()
    this.#fail(error)
  }

  #fail(error: ProtocolError): void {
    const delay = this.#retries.failed(error.code)
    this.#camera = { name: 'waiting', error, until: performance.now() + delay }
    this.#log(`the camera was lost: ${error.message}; next try in ${(delay / 1000).toFixed(1)} s`)
    clearTimeout(this.#retryTimer)
    if (this.#viewers.size > 0) this.#retryTimer = setTimeout(() => void this.#retry(), delay)
  }

  async #retry(): Promise<void> {
    if (this.#viewers.size === 0) return
    this.#camera = CLOSED
    try {
      await this.want([])
    } catch (error) {
      // Told and planned again where it happened.
      if (!(error instanceof ProtocolError)) throw error
    }
  }

  #packet(track: HubTrack, packet: RtpPacket, randomAccess: boolean): void {
    const leads = this.#isPicture(track)
    // A keyframe begins with the first packet of its picture, whose parameter sets come in front of it.
    const begins = leads && randomAccess && track.timestamp !== this.#unitTimestamp
    if (begins) this.#flush()
    if (leads) this.#unitTimestamp = track.timestamp
    const burst = this.#openBurst(begins || !this.#hasPicture)
    const length = track.lengthOf(packet)
    const { bytes, offset } = burst.add(track.index, 'rtp', length)
    track.write(packet, bytes, offset)
    if ((leads && packet.marker) || burst.bytes >= BURST_BYTES) this.#flush()
  }

  #rtcp(track: HubTrack, packet: RtcpPacket, arrival: Milliseconds): void {
    if (packet.type !== 'SR') return
    const report = track.senderReport(packet, arrival)
    if (!report) return
    this.#reports.set(track.index, report)
    const { bytes, offset } = this.#openBurst(false).add(track.index, 'rtcp', report.length)
    bytes.set(report, offset)
  }

  #isPicture(track: HubTrack): boolean {
    return track.media.media.media === 'video'
  }

  /** Without one a decoder can start at any packet. */
  get #hasPicture(): boolean {
    return this.#tracks.some((track) => this.#isPicture(track) && this.#wanted.has(track.index))
  }

  #openBurst(startsGroup: boolean): Burst {
    if (!this.#burst) {
      this.#burst = new Burst(4096, startsGroup)
      this.#burstTimer ??= setTimeout(() => this.#flush(), BURST_MILLISECONDS)
    }
    return this.#burst
  }

  #flush(): void {
    const burst = this.#burst
    this.#dropBurst()
    if (!burst || burst.bytes === 0) return
    this.#group.push(burst, performance.now())
    for (const viewer of this.#viewers) viewer.burst(burst)
  }

  #dropBurst(): void {
    clearTimeout(this.#burstTimer)
    this.#burstTimer = undefined
    this.#burst = undefined
  }

  #log(line: string): void {
    this.#options.log(`${this.#options.name}: ${line}`)
  }
}

const asProtocolError = (error: unknown): ProtocolError =>
  error instanceof ProtocolError
    ? error
    : new ProtocolError('invalid-state', `Unexpected: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
