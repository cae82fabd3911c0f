import { ProtocolError } from '../../protocol/errors.ts'
import { DelayMeter } from './delay-meter.ts'
import { LiveEdgeBinding } from './live-edge-binding.ts'
import { MediaSourceRenderer } from './media-source-renderer.ts'
import type { SessionMessage } from './messages.ts'
import { type PlayerStatistics, StatisticsCollector } from './player-statistics.ts'
import { Backoff, isRetryable } from './reconnect.ts'
import type { Renderer, RendererEvents } from './renderer.ts'
import { StillPicture } from './still-picture.ts'
import type { StreamAddress } from './stream-address.ts'
import { type StreamHandle, type StreamHost, sharedStreamHost } from './stream-host.ts'

/** What the player is doing. Each state holds what it alone needs. */
export type PlayerState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  /** The camera was reached and has been asked to play; a picture that a decoder can start with has not come yet. */
  | { readonly name: 'waiting-for-keyframe' }
  | { readonly name: 'playing' }
  | { readonly name: 'paused' }
  /** The browser wants a click first. */
  | { readonly name: 'autoplay-blocked' }
  | { readonly name: 'reconnecting'; readonly error: ProtocolError; readonly attempt: number }
  | { readonly name: 'failed'; readonly error: ProtocolError }
  | { readonly name: 'ended' }

export type PlayerStateName = PlayerState['name']

export interface PlayerEvents {
  state(state: PlayerState): void
  statistics(statistics: PlayerStatistics): void
  /** Something was got over, such as sound that cannot be played. */
  warning(error: ProtocolError): void
}

/** Everything behind the element: sessions, the renderer, the live edge, and trying again. Knows no markup. */
export class PlayerController {
  readonly #video: HTMLVideoElement
  readonly #still: StillPicture
  readonly #events: PlayerEvents
  readonly #host: StreamHost
  readonly #backoff = new Backoff()
  readonly #statistics = new StatisticsCollector()
  readonly #delayMeter: DelayMeter
  #liveEdge: LiveEdgeBinding | undefined
  #renderer: Renderer | undefined
  #session: StreamHandle | undefined
  #state: PlayerState = { name: 'idle' }
  #address: StreamAddress | undefined
  #audible = false
  #retryTimer: number | undefined
  #reconnects = 0

  constructor(
    video: HTMLVideoElement,
    canvas: HTMLCanvasElement,
    events: PlayerEvents,
    host: StreamHost = sharedStreamHost(),
  ) {
    this.#video = video
    this.#still = new StillPicture(video, canvas)
    this.#events = events
    this.#host = host
    this.#delayMeter = new DelayMeter(video, () => this.#shown())
    video.addEventListener('error', this.#onVideoError)
  }

  get state(): PlayerState {
    return this.#state
  }

  get statistics(): PlayerStatistics {
    return this.#statistics.snapshot(this.#delayMeter.shown, this.#delayMeter.delay, this.#reconnects)
  }

  /** Starts at the live edge. A picture that is on the screen stays there until the first of the stream. */
  start(address: StreamAddress): void {
    this.#endSession()
    this.#address = address
    this.#backoff.reset()
    this.#reconnects = 0
    this.#setState({ name: 'connecting' })
    this.#openSession(address)
  }

  /** Ends the session and keeps the last picture. */
  pause(): void {
    this.#endSession()
    this.#video.pause()
    this.#setState({ name: 'paused' })
  }

  /** Ends everything and takes the picture from the screen. */
  stop(): void {
    this.#endSession()
    this.#closeRenderer()
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
    this.#renderer?.setAudible(audible)
  }

  /** For good; the element was taken from the document. */
  close(): void {
    this.stop()
    this.#delayMeter.close()
    this.#video.removeEventListener('error', this.#onVideoError)
  }

  #openSession(address: StreamAddress): void {
    this.#statistics.reset()
    this.#session = this.#host.open(address, (message) => this.#receive(message))
  }

  #endSession(): void {
    clearTimeout(this.#retryTimer)
    this.#session?.close()
    this.#session = undefined
  }

  #receive(message: SessionMessage): void {
    switch (message.type) {
      case 'stage':
        if (message.stage === 'set-up' && this.#state.name === 'connecting') {
          this.#setState({ name: 'waiting-for-keyframe' })
        }
        break
      case 'tracks':
        this.#begin(new Set(message.tracks.map((track) => track.kind)))
        break
      case 'initialization':
        this.#statistics.configuration(message.segment.configuration)
        this.#renderer?.initialization(message.segment)
        break
      case 'media':
        if (message.segment.kind === 'video') this.#statistics.picture()
        this.#renderer?.media(message.segment)
        break
      case 'statistics':
        this.#statistics.update(message.statistics, performance.now())
        this.#events.statistics(this.statistics)
        break
      case 'closed':
        this.#session = undefined
        if (message.error) this.#broken(ProtocolError.fromJSON(message.error))
        else {
          this.#video.pause()
          this.#setState({ name: 'ended' })
        }
        break
    }
  }

  #begin(kinds: ReadonlySet<'video' | 'audio'>): void {
    try {
      this.#renderer ??= this.#createRenderer()
    } catch (cause) {
      this.#broken(
        cause instanceof ProtocolError ? cause : new ProtocolError('media-source-unsupported', String(cause)),
      )
      return
    }
    this.#renderer.begin(kinds)
    this.#play()
  }

  #createRenderer(): Renderer {
    const events: RendererEvents = {
      attaching: () => this.#still.hold(),
      attached: () => {
        this.#delayMeter.reset()
        this.#liveEdge?.reset()
        // Sound may be switched on while the player is paused.
        if (this.#session) this.#play()
      },
      appended: () => {
        this.#liveEdge?.appended()
        // Sound alone shows no picture that could tell.
        if (this.#renderer?.frameDuration === 0) this.#shown()
      },
      queued: (segment, mediaTime) => this.#delayMeter.arrived(mediaTime, segment.arrival),
      dropped: (segments) => this.#statistics.dropped(segments),
      warning: (error) => this.#events.warning(error),
      failed: (error) => this.#broken(error),
    }
    const renderer = new MediaSourceRenderer(this.#video, this.#audible, events)
    this.#liveEdge = new LiveEdgeBinding(this.#video, () => renderer)
    return renderer
  }

  #closeRenderer(): void {
    this.#liveEdge?.close()
    this.#liveEdge = undefined
    this.#renderer?.close()
    this.#renderer = undefined
  }

  #play(): void {
    this.#video.play().catch((cause: unknown) => {
      // AbortError only says that another source came in between.
      if (!(cause instanceof DOMException) || cause.name !== 'NotAllowedError') return
      this.#endSession()
      this.#setState({ name: 'autoplay-blocked' })
    })
  }

  /** A picture is on the screen (or a sound in the ear). */
  #shown(): void {
    if (this.#session === undefined || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    this.#still.release()
    this.#backoff.playing(performance.now())
    const { name } = this.#state
    if (name === 'connecting' || name === 'waiting-for-keyframe' || name === 'reconnecting') {
      this.#setState({ name: 'playing' })
    }
  }

  #broken(error: ProtocolError): void {
    this.#endSession()
    if (error.code === 'decode-failed' || error.code === 'append-failed') {
      this.#still.hold()
      this.#closeRenderer()
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
