import {
  type MediaSink,
  RtspRefusal,
  type ServerPlayback,
  type ServerStream,
} from '../../protocol/rtsp/server-stream.ts'
import type { Burst } from './burst.ts'
import { BurstGatherer } from './burst-gatherer.ts'
import type { GroupOfPictures } from './group-of-pictures.ts'
import { HubCamera, type HubCameraOptions } from './hub-camera.ts'
import type { HubLimits } from './hub-limits.ts'
import type { HubTrack } from './hub-track.ts'
import { HubViewer } from './hub-viewer.ts'

export interface HubStreamOptions extends Omit<HubCameraOptions, 'silenceMilliseconds' | 'mediaMilliseconds'> {
  readonly limits: HubLimits
  /** It is opened at once, and kept without viewers. Default false. */
  readonly always?: boolean
}

/**
 * One camera for all who watch it: one session, one set of packets, and the group of pictures to begin with. It is opened
 * for the first viewer, kept while there is one, and tried again for as long as one waits.
 */
export class HubStream implements ServerStream {
  readonly #options: HubStreamOptions
  readonly #camera: HubCamera
  readonly #viewers = new Set<HubViewer>()
  readonly #gatherer: BurstGatherer
  #graceTimer: ReturnType<typeof setTimeout> | undefined
  /** Viewers that wait for the description. */
  #asking = 0
  /** Of the viewers that left. */
  #skipsBefore = 0

  constructor(options: HubStreamOptions) {
    this.#options = options
    const { limits, always = false } = options
    const { silenceMilliseconds, mediaMilliseconds } = limits
    this.#gatherer = new BurstGatherer(limits, {
      burst: (burst) => {
        for (const viewer of this.#viewers) viewer.burst(burst)
      },
      hasPicture: () => this.#camera.hasPicture,
    })
    this.#camera = new HubCamera(
      { ...options, takesAllMedia: options.takesAllMedia ?? always, silenceMilliseconds, mediaMilliseconds },
      {
        packet: (track, packet, randomAccess) => this.#gatherer.packet(track, packet, randomAccess),
        rtcp: (track, packet, arrival) => this.#gatherer.rtcp(track, packet, arrival),
        interrupted: () => this.#gatherer.interrupted(),
        described: (before) => {
          this.#gatherer.clear()
          if (before) this.#endViewers()
        },
        isAwaited: () => always || this.#viewers.size > 0,
        opened: () => this.#releaseSoon(),
      },
    )
    if (always) void this.#camera.hold()
  }

  get name(): string {
    return this.#options.name
  }

  get controls(): readonly string[] {
    return this.#camera.description?.tracks.map((track) => track.control) ?? []
  }

  get viewers(): number {
    return this.#viewers.size
  }

  get tracks(): readonly HubTrack[] {
    return this.#camera.tracks
  }

  get group(): GroupOfPictures {
    return this.#gatherer.group
  }

  /** How it stands with the camera, for those who watch. */
  get state(): HubCamera['state'] {
    return this.#camera.state
  }

  /** Bytes of the camera, in all sessions. */
  get bytesReceived(): number {
    return this.#camera.bytesReceived
  }

  /** How often the camera was lost or could not be had. */
  get losses(): number {
    return this.#camera.losses
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
      await this.#camera.open()
    } finally {
      this.#asking--
      this.#releaseSoon()
    }
    if (!this.#camera.description) throw new RtspRefusal(503, 'The camera is not to be had')
    return this.#camera.description.body
  }

  open(sink: MediaSink): ServerPlayback {
    const viewer = new HubViewer(this, sink, this.#options.limits)
    this.#viewers.add(viewer)
    clearTimeout(this.#graceTimer)
    return viewer
  }

  /** @throws RtspRefusal 404; what the camera said, where it does not give the track */
  trackOf(control: string): HubTrack {
    const track = this.tracks.find(({ media }) => media.control === control)
    if (!track) throw new RtspRefusal(404)
    const refusal = this.#camera.refusalOf(track)
    if (refusal) throw new RtspRefusal(refusal.place.status ?? 503, 'The camera does not give this track')
    return track
  }

  isRefused(track: HubTrack): boolean {
    return this.#camera.refusalOf(track) !== undefined
  }

  /** See `HubCamera`. @throws RtspRefusal */
  want(tracks: Iterable<HubTrack>): Promise<void> {
    return this.#camera.want(tracks)
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
    this.#endViewers()
    clearTimeout(this.#graceTimer)
    await this.#camera.release(true)
  }

  get #isUsed(): boolean {
    return this.#options.always === true || this.#viewers.size > 0 || this.#asking > 0
  }

  #endViewers(): void {
    for (const viewer of [...this.#viewers]) viewer.end()
  }

  #releaseSoon(): void {
    clearTimeout(this.#graceTimer)
    if (this.#isUsed || !this.#camera.isHeld) return
    this.#graceTimer = setTimeout(() => {
      // A camera that is waited for is not dialled any sooner by that.
      if (!this.#isUsed && this.#camera.isHeld) void this.#camera.release()
    }, this.#options.limits.graceMilliseconds)
  }
}
