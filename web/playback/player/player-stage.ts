import type { CanvasMedia } from '../canvas/canvas-media.ts'
import { pageAbilities } from '../choice/browser-abilities.ts'
import { isAtEdge, LOW_LATENCY, type WantedLatency } from '../live-edge/live-edge-latency.ts'
import { type LiveEvents, LivePlayback } from '../live-playback.ts'
import type { PlayedMedia } from '../played-media.ts'
import type { Recording } from '../recording-playback.ts'
import type { RecordingStage } from '../recording-stage.ts'
import type { TrackKind } from '../renderer.ts'
import type { FrameSource, ShownFrame } from '../shown-frames.ts'
import { StillPicture } from '../still-picture.ts'
import type { SessionMessage, StreamRequest } from '../stream/messages.ts'
import type { StreamHandle, StreamHost } from '../stream/stream-host.ts'

export interface PlayerStageEvents extends Omit<LiveEvents, 'attaching' | 'soundFailed'> {
  /** A recording was sought in, and no session is there. @param position in seconds */
  wanted(position: number): void
}

/** What a session tells that is to be seen or heard. */
export type StageMessage = Extract<
  SessionMessage,
  { type: 'renderer' | 'initialization' | 'media' | 'discontinuity' | 'refused' }
>

/** What is on: a live stream or a recording, and what person and page want of either. Lives across sessions. */
export class PlayerStage {
  readonly #video: HTMLVideoElement
  readonly #still: StillPicture
  readonly #host: StreamHost
  readonly #events: PlayerStageEvents & LiveEvents
  #playback: LivePlayback | RecordingStage | undefined
  /** What makes a stage for a recording, once it is loaded. */
  #RecordingStage: typeof RecordingStage | undefined
  /** Of pictures that are on a canvas. */
  #canvasMedia: CanvasMedia | undefined
  #audible = false
  /** Of the session that was asked for last. */
  #defersSound = false
  #volume = 1
  #latency: WantedLatency = LOW_LATENCY
  #timeShift = 0
  #soundFailure: string | undefined

  constructor(video: HTMLVideoElement, still: HTMLCanvasElement, host: StreamHost, events: PlayerStageEvents) {
    this.#video = video
    this.#still = new StillPicture(still)
    this.#host = host
    this.#events = {
      ...events,
      attaching: () => this.#still.hold(this.#video),
      onCanvas: (media) => {
        this.#canvasMedia = media
        events.onCanvas(media)
      },
      soundFailed: (error) => {
        this.#soundFailure = error.message
        events.warning(error)
      },
    }
  }

  /** What shows the picture, for snapshots. */
  get picture(): HTMLVideoElement | HTMLCanvasElement {
    return this.#playback?.canvas ?? this.#video
  }

  /** What plays: the media element, or what stands for one beside a canvas. */
  get media(): PlayedMedia {
    return (this.#playback?.canvas && this.#canvasMedia) || this.#video
  }

  get live(): LivePlayback | undefined {
    return this.#playback instanceof LivePlayback ? this.#playback : undefined
  }

  get recorded(): RecordingStage | undefined {
    return this.#playback instanceof LivePlayback ? undefined : this.#playback
  }

  /** To be called before the first recording begins. */
  async loadRecording(): Promise<void> {
    this.#RecordingStage = (await import('../recording-stage.ts')).RecordingStage
  }

  /** What is to be known of this place where a stream is opened. */
  get request(): Pick<StreamRequest, 'isAtEdge' | 'defersSound' | 'abilities'> &
    Partial<Pick<StreamRequest, 'renderer'>> {
    const abilities = pageAbilities(this.#soundFailure)
    const isKept = this.#timeShift > 0
    const atEdge = isAtEdge(this.#latency) && !isKept
    // Elsewhere a media element plays it, which is told of its tracks at the start.
    this.#defersSound = !this.#audible && atEdge && abilities.audioWorklet === 'available' && !this.#soundFailure
    // Only a media element keeps what it has shown, and its sound has to be beside it.
    const renderer = isKept ? ({ renderer: 'media-source' } as const) : {}
    return { isAtEdge: atEdge, defersSound: this.#defersSound, abilities, ...renderer }
  }

  /** There are pictures, or there are to be some; undefined while nothing is known. */
  get hasPictures(): boolean | undefined {
    return this.#playback?.hasPictures
  }

  set audible(audible: boolean) {
    this.#audible = audible
    this.live?.setAudible(audible)
  }

  /** From 0 to 1. */
  set volume(volume: number) {
    this.#volume = volume
    this.live?.setVolume(volume)
  }

  /** How far back a person can go in a live stream, in seconds; 0: not at all. It is for the session that is opened next. */
  set timeShift(seconds: number) {
    this.#timeShift = seconds
    this.live?.setTimeShift(seconds)
  }

  set latency(latency: WantedLatency) {
    this.#latency = latency
    this.live?.setLatency(latency)
  }

  /**
   * A session with these tracks follows.
   *
   * @param recording null where it is live; for another `loadRecording` comes first
   * @param from where a recording is wanted to start, in seconds
   */
  begin(session: StreamHandle, tracks: ReadonlySet<TrackKind>, recording: Recording | null, from: number): void {
    const playback = this.#playbackFor(recording)
    this.#playback = playback
    if (playback instanceof LivePlayback) playback.begin(session, tracks, this.#defersSound)
    else playback?.begin(session, from)
  }

  receive(message: StageMessage): void {
    const playback = this.#playback
    if (message.type === 'renderer') playback?.renderer(message.renderer)
    else if (message.type === 'initialization') playback?.initialization(message.segment)
    else if (message.type === 'media') playback?.segment(message.segment)
    else if (message.type === 'discontinuity') this.recorded?.discontinuity(message)
    else this.recorded?.refused(message.command, message.error)
  }

  /** Another stream may be played in ways in which the one before could not. */
  forgetFailures(): void {
    this.#soundFailure = undefined
  }

  /** A picture is on the screen, shown by this. */
  shown(source: FrameSource, frame: ShownFrame | undefined): void {
    this.live?.shown(source, frame)
  }

  /** Something is seen or heard of the session: what was held of the one before goes. */
  release(): void {
    this.#still.release()
  }

  pause(): void {
    if (this.live) this.live.pause()
    else this.media.pause()
  }

  /** What decodes begins anew at the next keyframe, the session goes on. False where nothing here could. */
  reinitialise(): boolean {
    if (!this.live?.canReinitialise) return false
    this.#still.hold(this.picture)
    this.live.reinitialise()
    return true
  }

  /** The last picture stays, and what showed it is built anew with the next session. */
  rebuild(): void {
    this.#still.hold(this.picture)
    this.#close()
  }

  /** Takes the picture from the screen. */
  clear(): void {
    this.#close()
    this.#still.release()
  }

  #close(): void {
    this.#playback?.close()
    this.#playback = undefined
    this.#canvasMedia = undefined
  }

  /** The one there is, where it shows the same: its picture stays. */
  #playbackFor(recording: Recording | null): LivePlayback | RecordingStage | undefined {
    const { live, recorded } = this
    if (!recording && live) return live
    if (recording && recorded && sameRecording(recorded.recording, recording)) return recorded
    if (this.#playback) this.rebuild()
    if (recording) {
      return this.#RecordingStage && new this.#RecordingStage(this.#video, this.#host, recording, this.#events)
    }
    const playback = new LivePlayback(this.#video, this.#host, this.#audible, this.#events)
    playback.setVolume(this.#volume)
    playback.setLatency(this.#latency)
    playback.setTimeShift(this.#timeShift)
    return playback
  }
}

const sameRecording = (a: Recording, b: Recording): boolean =>
  a.duration === b.duration && a.seekable === b.seekable && a.tracks.size === b.tracks.size
