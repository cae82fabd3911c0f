import { ProtocolError } from '../../protocol/errors.ts'
import { Milliseconds } from '../../protocol/units.ts'
import type { CanvasMedia } from './canvas/canvas-media.ts'
import { pageAbilities } from './choice/browser-abilities.ts'
import type { WantedRenderer } from './choice/renderer-choice.ts'
import { type LiveEvents, LivePlayback } from './live-playback.ts'
import { isTypeSupported } from './media-source.ts'
import type { SessionMessage, TrackRenderer } from './messages.ts'
import type { PlayedMedia } from './played-media.ts'
import type { PlayerEvents, PlayerState } from './player-state.ts'
import { type PlayerStatistics, StatisticsCollector } from './player-statistics.ts'
import { Backoff, isRetryable } from './reconnect.ts'
import type { Recording } from './recording-playback.ts'
import { RecordingStage } from './recording-stage.ts'
import type { TrackKind } from './renderer.ts'
import { RendererNews } from './renderer-news.ts'
import { type FrameSource, ShownFrames } from './shown-frames.ts'
import { StillPicture } from './still-picture.ts'
import type { StreamAddress } from './stream-address.ts'
import { type StreamHandle, type StreamHost, sharedStreamHost } from './stream-host.ts'

/** Everything behind the element: sessions, what plays them, and trying again. Knows no markup. */
export class PlayerController {
  readonly #video: HTMLVideoElement
  readonly #still: StillPicture
  readonly #events: PlayerEvents
  readonly #host: StreamHost
  readonly #backoff = new Backoff()
  readonly #statistics = new StatisticsCollector()
  readonly #frames: ShownFrames
  #playback: LivePlayback | RecordingStage | undefined
  /** Of pictures that are on a canvas. */
  #canvasMedia: CanvasMedia | undefined
  #tracks: ReadonlySet<TrackKind> = new Set()
  #session: StreamHandle | undefined
  #state: PlayerState = { name: 'idle' }
  #address: StreamAddress | undefined
  /** Where a recording is to begin, in seconds. */
  #from = 0
  #audible = false
  #volume = 1
  #renderer: WantedRenderer = 'auto'
  readonly #news = new RendererNews()
  #retryTimer: number | undefined
  #reconnects = 0

  constructor(
    video: HTMLVideoElement,
    canvas: HTMLCanvasElement,
    events: PlayerEvents,
    host: StreamHost = sharedStreamHost(),
  ) {
    this.#video = video
    this.#still = new StillPicture(canvas)
    this.#events = events
    this.#host = host
    this.#frames = new ShownFrames(video, (source) => this.#shown(source))
    video.addEventListener('error', this.#onVideoError)
    video.addEventListener('ended', this.#onVideoEnded)
  }

  get state(): PlayerState {
    return this.#state
  }

  get statistics(): PlayerStatistics {
    const soundLag = this.#playback instanceof LivePlayback ? this.#playback.soundLag : undefined
    return this.#statistics.snapshot({
      picturesShown: this.#frames.shown,
      delay: this.#frames.delay,
      reconnects: this.#reconnects,
      soundLag: soundLag === undefined ? undefined : Milliseconds(soundLag),
    })
  }

  /** Every picture that is shown. */
  get frames(): ShownFrames {
    return this.#frames
  }

  /** What shows the picture, for snapshots. */
  get picture(): HTMLVideoElement | HTMLCanvasElement {
    return this.#playback?.canvas ?? this.#video
  }

  /** What plays: the media element, or what stands for one beside a canvas. */
  get media(): PlayedMedia {
    return (this.#playback?.canvas && this.#canvasMedia) || this.#video
  }

  /** What is recorded of the stream; undefined for a live one, and while it is not known. */
  get recording(): Recording | undefined {
    return this.#playback instanceof RecordingStage ? this.#playback.recording : undefined
  }

  /**
   * Starts at the live edge; a recording at its beginning. A picture that is on the screen stays there until the first
   * of the stream.
   *
   * @param from where a recording is wanted to start, in seconds
   * @param renderer what is to show the pictures; without it as before
   */
  start(address: StreamAddress, from = 0, renderer: WantedRenderer = this.#renderer): void {
    this.#endSession()
    this.#address = address
    this.#renderer = renderer
    this.#news.reset()
    this.#from = from
    this.#backoff.reset()
    this.#reconnects = 0
    this.#setState({ name: 'connecting' })
    this.#openSession(address)
  }

  /** Keeps the last picture. A live session ends; a recording keeps its place. */
  pause(): void {
    if (this.#playback instanceof RecordingStage && this.#state.name === 'playing') this.#playback.pause()
    else {
      this.#endSession()
      this.#pauseMedia()
    }
    this.#setState({ name: 'paused' })
  }

  /** Goes on where a recording was paused. False where it has to be started. */
  resume(): boolean {
    const { name } = this.#state
    if (name !== 'paused' || !(this.#playback instanceof RecordingStage)) return false
    if (!this.#playback.resume()) {
      const { ended, currentTime } = this.media
      if (this.#address) this.start(this.#address, ended ? 0 : currentTime)
      return this.#address !== undefined
    }
    this.#setState({ name: 'playing' })
    this.#play()
    return true
  }

  /** Ends everything and takes the picture from the screen. */
  stop(): void {
    this.#endSession()
    this.#closePlayback()
    this.#still.release()
    this.#setState({ name: 'idle' })
  }

  /** Something that comes before any session went wrong, such as an address that cannot be read. */
  fail(error: ProtocolError): void {
    this.#endSession()
    this.#setState({ name: 'failed', error })
  }

  setAudible(audible: boolean): void {
    this.#audible = audible
    if (this.#playback instanceof LivePlayback) this.#playback.setAudible(audible)
  }

  /** @param volume from 0 to 1 */
  setVolume(volume: number): void {
    this.#volume = volume
    if (this.#playback instanceof LivePlayback) this.#playback.setVolume(volume)
  }

  /** For good; the element was taken from the document. */
  close(): void {
    this.stop()
    this.#frames.close()
    this.#video.removeEventListener('error', this.#onVideoError)
    this.#video.removeEventListener('ended', this.#onVideoEnded)
  }

  #openSession(address: StreamAddress): void {
    this.#statistics.reset()
    const request = { address, renderer: this.#renderer, abilities: pageAbilities() }
    this.#session = this.#host.open(request, (message) => this.#receive(message))
  }

  #endSession(): void {
    clearTimeout(this.#retryTimer)
    this.#session?.close()
    this.#session = undefined
    if (this.#playback instanceof RecordingStage) this.#playback.detach()
  }

  #receive(message: SessionMessage): void {
    switch (message.type) {
      case 'stage':
        if (message.stage === 'set-up' && this.#state.name === 'connecting') {
          this.#setState({ name: 'waiting-for-keyframe' })
        }
        break
      case 'tracks':
        this.#tracks = new Set(message.tracks.map((track) => track.kind))
        break
      case 'opened': {
        const { duration, seekable } = message
        this.#begin(duration === null ? null : { duration, seekable, tracks: this.#tracks })
        break
      }
      case 'renderer':
        this.#chosen(message.renderer)
        break
      case 'supported?': {
        const { mimeType } = message
        this.#session?.track({ name: 'supported', mimeType, supported: isTypeSupported(mimeType) })
        break
      }
      case 'initialization':
        this.#playback?.initialization(message.segment)
        break
      case 'media':
        this.#playback?.segment(message.segment)
        break
      case 'statistics':
        this.#statistics.update(message.statistics, performance.now())
        this.#events.statistics(this.statistics)
        break
      case 'discontinuity':
        if (this.#playback instanceof RecordingStage) this.#playback.discontinuity(message)
        break
      case 'refused':
        if (this.#playback instanceof RecordingStage) this.#playback.refused(message.command, message.error)
        break
      case 'closed':
        this.#session = undefined
        this.#closed(message.error ? ProtocolError.fromJSON(message.error) : null)
        break
    }
  }

  #closed(error: ProtocolError | null): void {
    const playback = this.#playback
    if (playback instanceof RecordingStage) {
      if (!error) {
        // What is buffered is still to be seen; the element's own `ended` is the end.
        playback.finish()
        return
      }
      playback.detach()
      // Nobody waits for it: the place is kept, and another session is opened when it is to go on.
      if (this.#state.name === 'paused') return
    }
    if (error) this.#broken(error)
    else {
      this.#pauseMedia()
      this.#setState({ name: 'ended' })
    }
  }

  #chosen(told: TrackRenderer): void {
    this.#statistics.renderer(told)
    const isNew = this.#news.isNew(told)
    this.#playback?.renderer(told)
    if (!isNew) return
    this.#events.renderer(told)
    const warning = this.#news.warning(told)
    // Where nothing can be played, that is the end of it and told as such.
    if (warning && this.#state.name !== 'failed') this.#events.warning(warning)
  }

  #begin(recording: Recording | null): void {
    if (!this.#session) return
    const playback = this.#playbackFor(recording)
    this.#playback = playback
    if (playback instanceof LivePlayback) playback.begin(this.#session, this.#tracks)
    else playback.begin(this.#session, this.#from)
    this.#play()
  }

  /** The one there is, where it shows the same: its picture stays. */
  #playbackFor(recording: Recording | null): LivePlayback | RecordingStage {
    const playback = this.#playback
    if (!recording && playback instanceof LivePlayback) return playback
    if (recording && playback instanceof RecordingStage && sameRecording(playback.recording, recording)) return playback
    if (playback) {
      this.#still.hold(this.picture)
      this.#closePlayback()
    }
    const events = this.#rendererEvents()
    if (!recording) {
      const live = new LivePlayback(this.#video, this.#host, this.#audible, events)
      live.setVolume(this.#volume)
      return live
    }
    return new RecordingStage(this.#video, this.#host, recording, {
      ...events,
      wanted: (position: number) => {
        if (this.#address) this.start(this.#address, position)
      },
    })
  }

  #rendererEvents(): LiveEvents {
    return {
      attaching: () => this.#still.hold(this.#video),
      attached: () => {
        this.#frames.reset()
        // Sound may be switched on while the player is paused.
        if (this.#session && this.#state.name !== 'paused') this.#play()
      },
      // Sound alone shows no picture that could tell.
      appended: () => {
        if (this.#playback?.hasPictures === false) this.#shown('video')
      },
      queued: (segment, mediaTime) => this.#frames.arrived(mediaTime, segment.arrival, segment.wallClock),
      dropped: (pictures) => this.#statistics.dropped(pictures),
      warning: (error) => this.#events.warning(error),
      failed: (error) => this.#broken(error),
      painted: (picture) => this.#frames.painted(picture),
      onCanvas: (media) => {
        this.#canvasMedia = media
        media.forward((type) => this.#events.media(type))
        media.addEventListener('ended', this.#onVideoEnded)
      },
      restarted: (error) => {
        this.#statistics.restarted()
        this.#events.warning(error)
      },
      heard: () => this.#isOn(),
      blocked: () => this.#blocked(),
    }
  }

  #closePlayback(): void {
    this.#playback?.close()
    this.#playback = undefined
    this.#canvasMedia = undefined
  }

  #play(): void {
    const { media } = this
    media.play().catch((cause: unknown) => {
      // AbortError only says that another source came in between.
      if (cause instanceof DOMException && cause.name === 'NotAllowedError') this.#blocked()
    })
  }

  #pauseMedia(): void {
    if (this.#playback instanceof LivePlayback) this.#playback.pause()
    else this.media.pause()
  }

  /** The browser wants a click first. */
  #blocked(): void {
    this.#endSession()
    this.#pauseMedia()
    this.#setState({ name: 'autoplay-blocked' })
  }

  /** A picture is on the screen. */
  #shown(source: FrameSource): void {
    if (source === 'video' && this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    if (this.#playback instanceof LivePlayback) this.#playback.shown(source)
    this.#isOn()
  }

  /** A picture is on the screen, or a sound in the ear. */
  #isOn(): void {
    if (this.#session === undefined) return
    this.#still.release()
    this.#backoff.playing(performance.now())
    const { name } = this.#state
    if (name === 'connecting' || name === 'waiting-for-keyframe' || name === 'reconnecting') {
      this.#setState({ name: 'playing' })
    }
  }

  #broken(error: ProtocolError): void {
    this.#endSession()
    if (this.#playback instanceof RecordingStage && this.media.readyState > 0) this.#from = this.media.currentTime
    if (error.code === 'decode-failed' || error.code === 'append-failed') {
      this.#still.hold(this.picture)
      this.#closePlayback()
    }
    const address = this.#address
    if (!isRetryable(error.code) || !address) {
      this.#setState({ name: 'failed', error })
      return
    }
    const delay = this.#backoff.next(performance.now())
    this.#reconnects += 1
    this.#setState({ name: 'reconnecting', error, attempt: this.#backoff.attempts })
    this.#retryTimer = setTimeout(() => this.#openSession(address), delay)
  }

  readonly #onVideoEnded = (): void => {
    if (!(this.#playback instanceof RecordingStage)) return
    this.#endSession()
    this.#setState({ name: 'ended' })
  }

  readonly #onVideoError = (): void => {
    const { error } = this.#video
    if (!error || this.#session === undefined) return
    this.#broken(new ProtocolError('decode-failed', `The browser could not decode the stream: ${error.message}`))
  }

  #setState(state: PlayerState): void {
    this.#state = state
    this.#events.state(state)
  }
}

const sameRecording = (a: Recording, b: Recording): boolean =>
  a.duration === b.duration && a.seekable === b.seekable && a.tracks.size === b.tracks.size
