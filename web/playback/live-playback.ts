import type { ProtocolError } from '../../protocol/errors.ts'
import type { TimeShift } from '../recording/time-shift.ts'
import type { CanvasMedia } from './canvas/canvas-media.ts'
import type { CanvasRenderer } from './canvas/canvas-renderer.ts'
import type { PaintedPicture } from './canvas/screen-messages.ts'
import type { RendererName } from './choice/renderer-choice.ts'
import { LiveEdgeBinding } from './live-edge/live-edge-binding.ts'
import { isAtEdge, LOW_LATENCY, type WantedLatency } from './live-edge/live-edge-latency.ts'
import { MediaSourceRenderer } from './media-source/media-source-renderer.ts'
import { WorkerSourceRenderer } from './media-source/worker-source-renderer.ts'
import { partNotLoaded } from './part-not-loaded.ts'
import {
  type PictureTime,
  pictureTimeOf,
  type RendererEvents,
  type SegmentRenderer,
  type TrackKind,
} from './renderer.ts'
import { notPlayable } from './renderer-news.ts'
import type { FrameSource, ShownFrame } from './shown-frames.ts'
import { LiveSound } from './sound/live-sound.ts'
import type { ReceivedInitialization, ReceivedMedia, TrackRenderer } from './stream/messages.ts'
import type { StreamHandle, StreamHost } from './stream/stream-host.ts'

/** How often pictures are told where the sound of a media element is. */
const PACE_MS = 200

export interface LiveEvents extends RendererEvents {
  /** A picture is on a canvas. */
  painted(picture: PaintedPicture): void
  /** The pictures are on a canvas from here on; what a media element would tell, this tells of them. */
  onCanvas(media: CanvasMedia): void
  /** A decoder gave up, and another goes on. */
  restarted(error: ProtocolError): void
  /** Sound is played that no media element plays. */
  heard(): void
  /** The browser wants a click before there is sound. */
  blocked(): void
  /** The Web Audio API did not play the sound; another way is looked for. */
  soundFailed(error: ProtocolError): void
}

const isCanvas = (renderer: RendererName | 'none' | undefined): boolean =>
  renderer === 'webcodecs' || renderer === 'jpeg'

/**
 * A live stream: shown as soon as it comes, and held at its edge. Each track has its renderer, which may become another
 * in mid-stream; what is on the screen stays until the first picture of the next. Lives across sessions.
 */
export class LivePlayback {
  readonly #video: HTMLVideoElement
  readonly #host: StreamHost
  readonly #events: LiveEvents
  readonly #renderers = new Map<TrackKind, TrackRenderer>()
  #tracks: ReadonlySet<TrackKind> = new Set()
  #session: StreamHandle | undefined
  #audible: boolean
  #isSoundDeferred = false
  #latency: WantedLatency = LOW_LATENCY
  /** The newest of each track: a decoder that begins anew in mid-session needs them. */
  readonly #initializations = new Map<TrackKind, ReceivedInitialization>()
  #element:
    | { readonly renderer: SegmentRenderer; readonly edge: LiveEdgeBinding; readonly isInWorker: boolean }
    | undefined
  /** The element was told of the tracks of this session. */
  #elementBegun = false
  #canvas: CanvasRenderer | undefined
  readonly #sound: LiveSound
  /** The newest picture of the media element, on its timeline of the moment. */
  #frame: ShownFrame | undefined
  #paceTimer: number | undefined
  #timeShift: TimeShift | undefined
  #timeShiftSeconds = 0
  #closed = false

  constructor(video: HTMLVideoElement, host: StreamHost, audible: boolean, events: LiveEvents) {
    this.#video = video
    this.#host = host
    this.#audible = audible
    this.#events = events
    this.#sound = new LiveSound(host, {
      ready: (outlet) => {
        this.#leadToSound(outlet)
        if (!this.hasPictures) this.#events.heard()
      },
      pictureTime: () => this.#pictureTime(),
      blocked: () => this.#events.blocked(),
      failed: (error) => this.#soundFailed(error),
      notLoaded: (cause) => this.#soundFailed(partNotLoaded(cause)),
    })
  }

  /** There are pictures, or there are to be some. */
  get hasPictures(): boolean {
    return this.#tracks.has('video') && this.#nameOf('video') !== 'none'
  }

  /** Where the pictures are; null before it is known. */
  get canvas(): HTMLCanvasElement | null {
    return this.#canvas?.last ? this.#canvas.canvas : null
  }

  /** Milliseconds that sound from an audio worklet is later than the picture; undefined where there is none. */
  get soundLag(): number | undefined {
    const { lag } = this.#sound
    return lag === undefined ? undefined : lag * 1000
  }

  /** Milliseconds that are wanted in hand; undefined where no media element gathers any. */
  get latencyTarget(): number | undefined {
    return this.#element && this.#element.edge.target * 1000
  }

  /** Pictures are shown by the media element. */
  get isOnElement(): boolean {
    return this.#element !== undefined && this.hasPictures && !isCanvas(this.#nameOf('video'))
  }

  /** Where a person can go back; undefined where that is not wanted, or not possible. */
  get timeShift(): TimeShift | undefined {
    return this.isOnElement ? this.#timeShift : undefined
  }

  /** How far back a person can go, in seconds; 0: not at all. The sound is kept then, heard or not. */
  setTimeShift(seconds: number): void {
    this.#timeShiftSeconds = seconds
    if (this.#element) this.#element.renderer.timeShift = seconds
    this.#element?.renderer.setAudible(this.#isSoundKept)
    if (this.#timeShift) this.#timeShift.seconds = seconds
    // The picture goes on without.
    if (seconds > 0) this.#loadTimeShift().catch((cause: unknown) => this.#events.warning(partNotLoaded(cause)))
    else {
      this.#timeShift?.reset()
      this.#timeShift = undefined
    }
  }

  /** A session with these tracks follows. @param defersSound it reads the sound when it is to be heard, and not before */
  begin(session: StreamHandle, tracks: ReadonlySet<TrackKind>, defersSound: boolean): void {
    this.#initializations.clear()
    this.#frame = undefined
    this.#element?.edge.reset()
    // The worker that the segments were kept in could not be started again, or now could.
    if (this.#element && this.#element.isInWorker !== this.#host.keepsSegments) this.#closeElement()
    this.#session = session
    this.#tracks = tracks
    this.#renderers.clear()
    this.#elementBegun = false
    this.#isSoundDeferred = defersSound
    this.#wantSound()
  }

  /** Who shows a track was found out. */
  renderer(told: TrackRenderer): void {
    this.#renderers.set(told.track.kind, told)
    if (told.track.kind === 'video') this.#showPictures(told)
    else this.#playSound()
    // What goes to a canvas stays in the element up to the first picture there.
    if (!isCanvas(told.choice.renderer)) this.#divide()
    this.#endWithoutTracks()
  }

  initialization(segment: ReceivedInitialization): void {
    this.#initializations.set(segment.kind, segment)
    this.#element?.renderer.initialization(segment)
  }

  segment(segment: ReceivedMedia): void {
    this.#element?.renderer.media(segment)
  }

  setAudible(audible: boolean): void {
    this.#audible = audible
    this.#element?.renderer.setAudible(this.#isSoundKept)
    this.#wantSound()
    this.#playSound()
  }

  setVolume(volume: number): void {
    this.#sound.volume = volume
  }

  setLatency(latency: WantedLatency): void {
    if (isAtEdge(latency) !== isAtEdge(this.#latency)) {
      this.#session?.track({ name: 'at-edge', isAtEdge: isAtEdge(latency) })
    }
    this.#latency = latency
    if (this.#element) this.#element.edge.latency = latency
    if (this.#canvas) this.#canvas.latency = latency
  }

  /** To the newest picture, from wherever a person went. */
  goLive(): void {
    if (this.#timeShift) this.#timeShift.goLive()
    else this.unstick()
  }

  /** Pictures come and none is shown: the element is moved to the newest. */
  unstick(): void {
    this.#element?.edge.unstick()
  }

  /** The media element can be given a source anew, and go on from the next keyframe of the same session. */
  get canReinitialise(): boolean {
    return this.#session !== undefined && this.#element !== undefined
  }

  /** Takes the picture away; what decoded it may be at fault. */
  reinitialise(): void {
    this.#closeElement()
    this.#elementBegun = false
    this.#divide()
    this.#repeatInitializations()
  }

  /** A picture is on the screen: what the one before it was shown by is not needed any more. */
  shown(source: FrameSource, frame: ShownFrame | undefined): void {
    if (source === 'video') this.#frame = frame
    const isOnCanvas = isCanvas(this.#nameOf('video'))
    if (source === 'canvas' && isOnCanvas) this.#divide()
    if (source === 'video' && this.#canvas && !isOnCanvas) this.#closeCanvas()
  }

  /** The sound ends at once; the picture stays. */
  pause(): void {
    this.#session = undefined
    this.#sound.close()
    this.#video.pause()
  }

  close(): void {
    this.#closed = true
    this.#closeCanvas()
    this.#sound.close()
    this.#closeElement()
  }

  #nameOf(kind: TrackKind): RendererName | 'none' | undefined {
    return this.#renderers.get(kind)?.choice.renderer
  }

  /** Gives the media element the tracks that are its. Of those not known yet that is assumed, for most are. */
  #divide(): void {
    if ([...this.#renderers.values()].some(({ choice }) => choice.renderer === 'media-source')) {
      this.#element ??= this.#makeElement()
    }
    const renderer = this.#element?.renderer
    const isLikely = (kind: TrackKind) => kind === 'video' || !this.#isSoundDeferred
    const kinds = [...this.#tracks].filter((kind) => {
      const name = this.#nameOf(kind)
      return name === undefined ? isLikely(kind) : name === 'media-source'
    })
    const isPictureElsewhere = isCanvas(this.#nameOf('video'))
    if (this.#elementBegun) renderer?.retake(new Set(kinds), isPictureElsewhere)
    else if (this.#session) renderer?.begin(this.#session, new Set(kinds), isPictureElsewhere)
    this.#elementBegun = renderer !== undefined
  }

  #makeElement() {
    const events: RendererEvents = {
      ...this.#events,
      attached: () => {
        this.#frame = undefined
        this.#element?.edge.reset()
        // What was before is not in the new source.
        this.#timeShift?.reset()
        this.#events.attached()
      },
      appended: () => {
        this.#element?.edge.appended()
        this.#events.appended()
      },
    }
    const renderer = this.#host.keepsSegments
      ? new WorkerSourceRenderer(this.#video, this.#host, this.#isSoundKept, events)
      : new MediaSourceRenderer(this.#video, this.#isSoundKept, events)
    if (this.#timeShiftSeconds > 0) renderer.timeShift = this.#timeShiftSeconds
    const edge = new LiveEdgeBinding(this.#video, this.#latency, () => renderer)
    return { renderer, edge, isInWorker: this.#host.keepsSegments }
  }

  #closeElement(): void {
    this.#timeShift?.reset()
    this.#element?.edge.close()
    this.#element?.renderer.close()
    this.#element = undefined
  }

  // A method of its own: across `#divide` the compiler would still believe what it knew of the field.
  #repeatInitializations(): void {
    for (const segment of this.#initializations.values()) this.#element?.renderer.initialization(segment)
  }

  #showPictures({ track, choice }: TrackRenderer): void {
    if (!isCanvas(choice.renderer)) return
    if (this.#canvas) this.#leadToCanvas(this.#canvas, track.trackId)
    else {
      this.#openCanvas(track.trackId).catch((cause: unknown) => {
        if (!this.#closed) this.#events.failed(partNotLoaded(cause))
      })
    }
  }

  /** Loaded on demand: most streams play by Media Source Extensions. */
  async #openCanvas(trackId: number): Promise<void> {
    const [{ CanvasRenderer }, { CanvasMedia }] = await Promise.all([
      import('./canvas/canvas-renderer.ts'),
      import('./canvas/canvas-media.ts'),
    ])
    if (this.#closed) return
    this.#canvas ??= this.#makeCanvas(new CanvasMedia(), CanvasRenderer)
    this.#paceTimer ??= setInterval(() => this.#pace(), PACE_MS)
    this.#leadToCanvas(this.#canvas, trackId)
  }

  #makeCanvas(media: CanvasMedia, Renderer: typeof CanvasRenderer): CanvasRenderer {
    this.#events.onCanvas(media)
    const canvas = new Renderer(this.#video, this.#host, {
      painted: (picture) => {
        media.painted(picture)
        this.#events.painted(picture)
      },
      dropped: (pictures) => this.#events.dropped(pictures),
      restarted: (error) => this.#events.restarted(error),
      failed: (error) => this.#events.failed(error),
    })
    canvas.latency = this.#latency
    return canvas
  }

  #leadToCanvas(canvas: CanvasRenderer, trackId: number): void {
    if (this.#session && isCanvas(this.#nameOf('video'))) canvas.take(this.#session, trackId)
  }

  /** A media element is late with its sound, and the picture waits for it. */
  #pace(): void {
    const isSoundInElement = this.#audible && this.#nameOf('audio') === 'media-source'
    this.#canvas?.pace((isSoundInElement && pictureTimeOf(this.#video, this.#element?.renderer.offset)) || null)
  }

  #closeCanvas(): void {
    clearInterval(this.#paceTimer)
    this.#paceTimer = undefined
    this.#canvas?.close()
    this.#canvas = undefined
  }

  /** Sound of what is seen later is wanted later. */
  get #isSoundKept(): boolean {
    return this.#audible || this.#timeShiftSeconds > 0
  }

  /** Loaded on demand: most players show the present only. */
  async #loadTimeShift(): Promise<void> {
    const { TimeShift } = await import('../recording/time-shift.ts')
    if (this.#closed || this.#timeShift || this.#timeShiftSeconds === 0) return
    this.#timeShift = new TimeShift(this.#video, this.#timeShiftSeconds, () => this.#element?.edge)
  }

  /** Then its renderer is told. */
  #wantSound(): void {
    if (this.#audible && this.#isSoundDeferred) this.#session?.track({ name: 'sound' })
  }

  /** By an audio worklet, where it was chosen and is to be heard. */
  #playSound(): void {
    const { track, choice } = this.#renderers.get('audio') ?? {}
    const isWanted = choice?.renderer === 'audio-worklet' && this.#audible && this.#session !== undefined
    // Nobody hears it, so there is nothing to wait for.
    if (choice?.renderer === 'audio-worklet' && !this.hasPictures && !isWanted) this.#events.heard()
    const { outlet, isOpen } = this.#sound
    if (isWanted && outlet !== undefined) this.#leadToSound(outlet)
    else if (isWanted) this.#sound.open()
    else if (isOpen) {
      if (track) this.#session?.track({ name: 'output', trackId: track.trackId, outlet: null })
      this.#sound.close()
    }
  }

  #soundFailed(error: ProtocolError): void {
    this.#events.soundFailed(error)
    this.#session?.track({ name: 'no-audio-worklet', failure: error.message })
  }

  #leadToSound(outlet: number): void {
    const trackId = this.#renderers.get('audio')?.track.trackId
    if (trackId !== undefined) this.#session?.track({ name: 'output', trackId, outlet })
  }

  #pictureTime(): PictureTime | null | undefined {
    if (!this.hasPictures) return null
    if (isCanvas(this.#nameOf('video'))) return this.#canvas?.pictureTime
    // Browsers stop silent pictures that nobody sees; the sound goes on without them.
    return document.hidden ? null : pictureTimeOf(this.#video, this.#element?.renderer.offset, this.#frame)
  }

  /** Nothing of the stream can be played here; where something can, it plays on alone. */
  #endWithoutTracks(): void {
    const refused = [...this.#tracks].map((kind) => this.#renderers.get(kind)?.choice)
    const [first] = refused
    if (!first || !refused.every((choice) => choice?.renderer === 'none')) return
    this.#events.failed(notPlayable(first))
  }
}
