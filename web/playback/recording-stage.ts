import { ProtocolError } from '../../protocol/errors.ts'
import type { CanvasMedia } from './canvas/canvas-media.ts'
import type { CanvasRenderer } from './canvas/canvas-renderer.ts'
import type { LiveEvents } from './live-playback.ts'
import { partNotLoaded } from './part-not-loaded.ts'
import type { PlayedMedia } from './played-media.ts'
import { type Recording, type RecordingEvents, RecordingPlayback } from './recording-playback.ts'
import { RecordingRenderer } from './recording-renderer.ts'
import type { TrackKind } from './renderer.ts'
import { notPlayable } from './renderer-news.ts'
import type { ReceivedInitialization, ReceivedMedia, TrackRenderer } from './stream/messages.ts'
import type { StreamHandle, StreamHost } from './stream/stream-host.ts'

export type RecordingStageEvents = RecordingEvents & Pick<LiveEvents, 'painted' | 'restarted' | 'onCanvas'>

/** Where the recording plays. */
type Place =
  | { readonly name: 'unknown' }
  | { readonly name: 'element'; readonly playback: RecordingPlayback; readonly renderer: RecordingRenderer }
  | { readonly name: 'loading' }
  | {
      readonly name: 'canvas'
      readonly playback: RecordingPlayback
      readonly media: CanvasMedia
      readonly renderer: CanvasRenderer
    }

/** Loaded on demand: most recordings play in the media element. */
const loadCanvas = () =>
  Promise.all([
    import('./canvas/canvas-renderer.ts'),
    import('./canvas/canvas-recording.ts'),
    import('./canvas/canvas-media.ts'),
  ])

/**
 * A recording, in the media element or on a canvas: which, its tracks tell. Lives across sessions. It is loaded on demand: a
 * page that shows live streams does without.
 */
export class RecordingStage {
  readonly recording: Recording
  readonly #video: HTMLVideoElement
  readonly #host: StreamHost
  readonly #events: RecordingStageEvents
  #place: Place = { name: 'unknown' }
  #session: StreamHandle | undefined
  #from = 0
  /** What is not played. */
  readonly #silent = new Set<TrackKind>()
  #closed = false

  constructor(video: HTMLVideoElement, host: StreamHost, recording: Recording, events: RecordingStageEvents) {
    this.recording = recording
    this.#video = video
    this.#host = host
    this.#events = events
  }

  get media(): PlayedMedia {
    return this.#place.name === 'canvas' ? this.#place.media : this.#video
  }

  get canvas(): HTMLCanvasElement | null {
    return this.#place.name === 'canvas' && this.#place.renderer.last ? this.#place.renderer.canvas : null
  }

  get hasPictures(): boolean {
    return this.recording.tracks.has('video')
  }

  /** What has begun; undefined while it is not known where it plays. */
  get #playback(): RecordingPlayback | undefined {
    return 'playback' in this.#place ? this.#place.playback : undefined
  }

  /** A session plays it from the beginning. @param from where it is wanted instead, in seconds. */
  begin(session: StreamHandle, from: number): void {
    this.#session = session
    this.#from = from
    this.#playback?.begin(session, from)
  }

  /** Who shows a track was found out. */
  renderer({ track, choice }: TrackRenderer): void {
    const { renderer } = choice
    const isLeading = track.kind === 'video' || !this.recording.tracks.has('video')
    if (isLeading && renderer === 'none') this.#events.failed(notPlayable(choice))
    else if (!isLeading && renderer !== 'media-source') this.#leaveSound(choice)
    else if (isLeading && renderer === 'media-source') this.#useElement()
    else if (isLeading) {
      this.#useCanvas(track.trackId).catch((cause: unknown) => {
        // Another session tries again.
        this.#place = { name: 'unknown' }
        this.#events.failed(partNotLoaded(cause))
      })
    }
  }

  initialization(segment: ReceivedInitialization): void {
    this.#playback?.initialization(segment)
  }

  segment(segment: ReceivedMedia): void {
    this.#playback?.media(segment)
  }

  discontinuity(place: { readonly position: number; readonly scale: number }): void {
    this.#playback?.discontinuity(place)
  }

  refused(...refusal: Parameters<RecordingPlayback['refused']>): void {
    this.#playback?.refused(...refusal)
  }

  pause(): void {
    this.#playback?.pause()
  }

  resume(): boolean {
    return this.#playback?.resume() ?? false
  }

  /** The session is over; what is buffered stays. */
  detach(): void {
    this.#session = undefined
    this.#playback?.detach()
  }

  /** It came to its end: what is buffered is played to its end, too. */
  finish(): void {
    this.#playback?.finish()
  }

  close(): void {
    this.#closed = true
    this.#playback?.close()
  }

  #useElement(): void {
    if (this.#place.name === 'element' || this.#place.name === 'loading') return
    const from = this.#leavePlace()
    const { duration, tracks } = this.recording
    let renderer: RecordingRenderer | undefined
    const playback = new RecordingPlayback(this.#video, this.recording, this.#events, (events) => {
      renderer = new RecordingRenderer(this.#video, duration, events)
      return renderer
    })
    if (!renderer) return
    this.#place = { name: 'element', playback, renderer }
    if (this.#session) playback.begin(this.#session, from)
    for (const kind of tracks) if (this.#silent.has(kind)) renderer.leave(kind)
  }

  async #useCanvas(trackId: number): Promise<void> {
    if (this.#place.name === 'canvas' && this.#session) this.#place.renderer.take(this.#session, trackId)
    if (this.#place.name === 'canvas' || this.#place.name === 'loading') return
    const from = this.#leavePlace()
    const [{ CanvasRenderer }, { CanvasRecording }, { CanvasMedia }] = await loadCanvas()
    if (this.#closed) return
    const canvas = new CanvasRenderer(this.#video, this.#host, {
      painted: (picture) => {
        recording?.painted(picture)
        this.#events.painted(picture)
      },
      received: (start) => recording?.received(start),
      dropped: (pictures) => this.#events.dropped(pictures),
      restarted: (error) => this.#events.restarted(error),
      failed: (error) => this.#events.failed(error),
    })
    const media = new CanvasMedia((pace) => recording?.pace(pace))
    let recording: InstanceType<typeof CanvasRecording> | undefined
    const playback = new RecordingPlayback(media, this.recording, this.#events, (events) => {
      recording = new CanvasRecording(media, canvas, this.recording.duration, events)
      return recording
    })
    this.#place = { name: 'canvas', playback, media, renderer: canvas }
    this.#events.onCanvas(media)
    if (!this.#session) return
    playback.begin(this.#session, from)
    canvas.take(this.#session, trackId)
  }

  /** @returns where it is to go on, in seconds */
  #leavePlace(): number {
    const playback = this.#playback
    const { currentTime } = this.media
    playback?.close()
    this.#place = { name: 'loading' }
    return playback ? currentTime : this.#from
  }

  #leaveSound(choice: TrackRenderer['choice']): void {
    if (this.#silent.has('audio')) return
    this.#silent.add('audio')
    if (this.#place.name === 'element') this.#place.renderer.leave('audio')
    const isPossible = choice.renderer === 'audio-worklet'
    this.#events.warning(
      isPossible
        ? new ProtocolError('codec-unsupported', 'The sound of a recording is played by media elements only', {
            advice: 'The picture plays without it.',
          })
        : notPlayable(choice),
    )
  }
}
