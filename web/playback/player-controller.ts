import { ProtocolError } from '../../protocol/errors.ts'
import { DelayMeter } from './delay-meter.ts'
import { LivePlayback } from './live-playback.ts'
import type { SessionMessage } from './messages.ts'
import { type PlayerStatistics, StatisticsCollector } from './player-statistics.ts'
import { Backoff, isRetryable } from './reconnect.ts'
import { type Recording, RecordingPlayback } from './recording-playback.ts'
import type { RendererEvents } from './renderer.ts'
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

/** Everything behind the element: sessions, what plays them, and trying again. Knows no markup. */
export class PlayerController {
  readonly #video: HTMLVideoElement
  readonly #still: StillPicture
  readonly #events: PlayerEvents
  readonly #host: StreamHost
  readonly #backoff = new Backoff()
  readonly #statistics = new StatisticsCollector()
  readonly #delayMeter: DelayMeter
  #playback: LivePlayback | RecordingPlayback | undefined
  #tracks: ReadonlySet<'video' | 'audio'> = new Set()
  #session: StreamHandle | undefined
  #state: PlayerState = { name: 'idle' }
  #address: StreamAddress | undefined
  /** Where a recording is to begin, in seconds. */
  #from = 0
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
    video.addEventListener('ended', this.#onVideoEnded)
  }

  get state(): PlayerState {
    return this.#state
  }

  get statistics(): PlayerStatistics {
    return this.#statistics.snapshot(this.#delayMeter.shown, this.#delayMeter.delay, this.#reconnects)
  }

  /** What is recorded of the stream; undefined for a live one, and while it is not known. */
  get recording(): Recording | undefined {
    return this.#playback instanceof RecordingPlayback ? this.#playback.recording : undefined
  }

  /**
   * Starts at the live edge; a recording at its beginning. A picture that is on the screen stays there until the first
   * of the stream.
   *
   * @param from where a recording is wanted to start, in seconds
   */
  start(address: StreamAddress, from = 0): void {
    this.#endSession()
    this.#address = address
    this.#from = from
    this.#backoff.reset()
    this.#reconnects = 0
    this.#setState({ name: 'connecting' })
    this.#openSession(address)
  }

  /** Keeps the last picture. A live session ends; a recording keeps its place. */
  pause(): void {
    if (this.#playback instanceof RecordingPlayback && this.#state.name === 'playing') this.#playback.pause()
    else {
      this.#endSession()
      this.#video.pause()
    }
    this.#setState({ name: 'paused' })
  }

  /** Goes on where a recording was paused. False where it has to be started. */
  resume(): boolean {
    const { name } = this.#state
    if (name !== 'paused' || !(this.#playback instanceof RecordingPlayback)) return false
    if (!this.#playback.resume()) {
      if (this.#address) this.start(this.#address, this.#video.ended ? 0 : this.#video.currentTime)
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

  /** For good; the element was taken from the document. */
  close(): void {
    this.stop()
    this.#delayMeter.close()
    this.#video.removeEventListener('error', this.#onVideoError)
    this.#video.removeEventListener('ended', this.#onVideoEnded)
  }

  #openSession(address: StreamAddress): void {
    this.#statistics.reset()
    this.#session = this.#host.open(address, (message) => this.#receive(message))
  }

  #endSession(): void {
    clearTimeout(this.#retryTimer)
    this.#session?.close()
    this.#session = undefined
    if (this.#playback instanceof RecordingPlayback) this.#playback.detach()
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
      case 'initialization':
        this.#statistics.configuration(message.segment.configuration)
        this.#playback?.initialization(message.segment)
        break
      case 'media':
        if (message.segment.kind === 'video') this.#statistics.picture()
        this.#playback?.media(message.segment)
        break
      case 'statistics':
        this.#statistics.update(message.statistics, performance.now())
        this.#events.statistics(this.statistics)
        break
      case 'discontinuity':
        if (this.#playback instanceof RecordingPlayback) this.#playback.discontinuity(message)
        break
      case 'refused':
        if (this.#playback instanceof RecordingPlayback) this.#playback.refused(message.command, message.error)
        break
      case 'closed':
        this.#session = undefined
        this.#closed(message.error ? ProtocolError.fromJSON(message.error) : null)
        break
    }
  }

  #closed(error: ProtocolError | null): void {
    const playback = this.#playback
    if (playback instanceof RecordingPlayback) {
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
      this.#video.pause()
      this.#setState({ name: 'ended' })
    }
  }

  #begin(recording: Recording | null): void {
    try {
      this.#playback = this.#playbackFor(recording)
    } catch (cause) {
      this.#broken(
        cause instanceof ProtocolError ? cause : new ProtocolError('media-source-unsupported', String(cause)),
      )
      return
    }
    if (this.#playback instanceof LivePlayback) this.#playback.begin(this.#tracks)
    else if (this.#session) this.#playback.begin(this.#session, this.#from)
    this.#play()
  }

  /** The one there is, where it shows the same: its picture stays. */
  #playbackFor(recording: Recording | null): LivePlayback | RecordingPlayback {
    const playback = this.#playback
    if (!recording && playback instanceof LivePlayback) return playback
    if (recording && playback instanceof RecordingPlayback && sameRecording(playback.recording, recording))
      return playback
    if (playback) {
      this.#still.hold()
      this.#closePlayback()
    }
    const events: RendererEvents = {
      attaching: () => this.#still.hold(),
      attached: () => {
        this.#delayMeter.reset()
        // Sound may be switched on while the player is paused.
        if (this.#session && this.#state.name !== 'paused') this.#play()
      },
      // Sound alone shows no picture that could tell.
      appended: () => {
        if (this.#playback?.frameDuration === 0) this.#shown()
      },
      queued: (segment, mediaTime) => this.#delayMeter.arrived(mediaTime, segment.arrival),
      dropped: (segments) => this.#statistics.dropped(segments),
      warning: (error) => this.#events.warning(error),
      failed: (error) => this.#broken(error),
    }
    if (!recording) return new LivePlayback(this.#video, this.#audible, events)
    const wanted = (position: number) => {
      if (this.#address) this.start(this.#address, position)
    }
    return new RecordingPlayback(this.#video, recording, { ...events, wanted })
  }

  #closePlayback(): void {
    this.#playback?.close()
    this.#playback = undefined
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
    if (this.#playback instanceof RecordingPlayback && this.#video.readyState > 0) this.#from = this.#video.currentTime
    if (error.code === 'decode-failed' || error.code === 'append-failed') {
      this.#still.hold()
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
    if (!(this.#playback instanceof RecordingPlayback)) return
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
