import { ProtocolError } from '../../../protocol/errors.ts'
import { isTypeSupported } from '../media-source/media-source.ts'
import type { TrackKind } from '../renderer.ts'
import { RendererNews } from '../renderer-news.ts'
import { type FrameSource, ShownFrames } from '../shown-frames.ts'
import type { SessionMessage, TrackRenderer } from '../stream/messages.ts'
import { type StreamHost, sharedStreamHost } from '../stream/stream-host.ts'
import { PlayerFigures } from './player-figures.ts'
import { type PlayerRequest, PlayerSession } from './player-session.ts'
import { PlayerStage, type PlayerStageEvents } from './player-stage.ts'
import { isPresent, type PlayerEvents, type PlayerState } from './player-state.ts'
import type { GetTicket } from './player-tickets.ts'
import { PlayerView } from './player-view.ts'
import { PlayerWatch } from './player-watch.ts'
import { RecordingGate } from './recording-gate.ts'
import { type Incident, nextState, Repairs, type StandstillStep } from './recovery.ts'

/**
 * Everything behind the element: sessions, what plays them, and what is done when something breaks (`recovery.ts`). Knows
 * no markup.
 */
export class PlayerController extends PlayerView {
  /** While there is a session. */
  readonly openRecorder: StreamHost['openRecorder']
  readonly #video: HTMLVideoElement
  readonly #events: PlayerEvents
  readonly frames: ShownFrames
  protected readonly stage: PlayerStage
  protected readonly figures: PlayerFigures
  readonly #watch: PlayerWatch
  readonly #news = new RendererNews()
  #repairs = new Repairs()
  #tracks: ReadonlySet<TrackKind> = new Set()
  protected readonly session: PlayerSession
  readonly #gate: RecordingGate
  #state: PlayerState = { name: 'idle' }
  /** Where a recording is to begin, in seconds. */
  #from = 0

  constructor(
    video: HTMLVideoElement,
    still: HTMLCanvasElement,
    events: PlayerEvents,
    host: StreamHost = sharedStreamHost(),
  ) {
    super()
    this.#video = video
    this.#events = events
    this.openRecorder = (listener) => host.openRecorder(listener)
    const place = () => this.stage.request
    this.#gate = new RecordingGate(() => this.stage.loadRecording(), {
      follow: (message) => this.#receive(message),
      failed: (error) => this.#reopen(error),
    })
    this.session = new PlayerSession(host, place, {
      receive: (message) => this.#gate.receive(message),
      failed: (error) => this.#reopen(error),
      begins: () => {
        this.#gate.reset()
        this.figures.reset()
      },
      warning: (error) => events.warning(error),
    })
    this.stage = new PlayerStage(video, still, host, this.#stageEvents())
    this.frames = new ShownFrames(video, (source, isNew) => this.#shown(source, isNew))
    this.#watch = new PlayerWatch(this.frames, () => this.#watched(), {
      stale: (isStale, age) => {
        if (isStale) this.#happened({ name: 'stood-still' })
        events.stale(isStale, age)
        if (isStale) this.figures.remind()
      },
      standstill: (step) => this.#stoodStill(step),
    })
    const { reconnection } = this.session
    const parts = { frames: this.frames, stage: this.stage, watch: this.#watch, reconnection }
    this.figures = new PlayerFigures(video, parts, (statistics) => events.statistics(statistics))
    video.addEventListener('error', this.#onVideoError)
    video.addEventListener('ended', this.#onVideoEnded)
  }

  /** Asked at each connection, and before the ticket that it gave expires. Nothing that plays begins anew for it. */
  set getTicket(getTicket: GetTicket | undefined) {
    this.session.getTicket = getTicket
    if (getTicket) this.#startWithTicket()
  }

  /** Where a recording is to begin that is not known yet, in seconds. */
  set from(seconds: number) {
    this.#from = seconds
  }

  /**
   * Starts at the live edge; a recording at its beginning. A picture that is on the screen stays there until the first
   * of the stream.
   *
   * @param from where a recording is wanted to start, in seconds
   */
  start(request: PlayerRequest, from = 0): void {
    this.#endSession()
    this.#news.reset()
    this.stage.forgetFailures()
    this.#from = from
    this.#repairs = new Repairs()
    this.timeShift?.reset()
    this.#watch.started()
    this.#happened({ name: 'started' })
    this.session.start(request)
  }

  /** Plays this instead. What is live plays on up to the first picture of the other. */
  change(request: PlayerRequest): void {
    const { recorded, live } = this.stage
    if (!live || !this.#isShown || !this.session.handle) {
      this.start(request, recorded ? this.media.currentTime : this.#from)
      return
    }
    this.#news.reset()
    this.stage.forgetFailures()
    this.session.change(request)
  }

  /** To the newest picture that there is of a live stream. */
  goLive(): void {
    this.stage.live?.goLive()
    if (this.#state.name === 'paused') this.#happened({ name: 'resumed' })
  }

  /** Keeps the last picture. A live session ends; a recording keeps its place. */
  pause(): void {
    const { recorded } = this.stage
    if (recorded && this.#state.name === 'playing') recorded.pause()
    else if (this.#isShown && this.timeShift) this.timeShift.pause()
    else {
      this.#endSession()
      this.stage.pause()
    }
    // While its pipeline begins anew, as for another rate, WebKit plays on by itself when it is paused. Asked again, it stands.
    this.#video.pause()
    this.#happened({ name: 'paused' })
  }

  /** Goes on where a recording was paused. False where it has to be started. */
  resume(): boolean {
    const { recorded } = this.stage
    if (this.#state.name === 'paused' && this.timeShift?.isShifted && this.session.handle) {
      this.timeShift.play()
      this.#happened({ name: 'resumed' })
      return true
    }
    if (this.#state.name !== 'paused' || !recorded) return false
    if (!recorded.resume()) {
      const { ended, currentTime } = this.media
      return this.#restart(ended ? 0 : currentTime)
    }
    this.#happened({ name: 'resumed' })
    this.#play()
    return true
  }

  /** Ends everything and takes the picture from the screen. */
  stop(): void {
    this.#endSession()
    this.stage.clear()
    this.frames.clear()
    this.#happened({ name: 'stopped' })
  }

  /** Something that comes before any session went wrong, such as an address that cannot be read. */
  fail(error: ProtocolError): void {
    this.#endSession()
    this.#happened({ name: 'given-up', error })
  }

  /** A ticket in place of the one before: what plays goes on, and what failed for the want of one begins. */
  setTicket(ticket: string): void {
    this.session.renew(ticket)
    this.#startWithTicket()
  }

  /** For good; the element was taken from the document. */
  close(): void {
    this.stop()
    this.#watch.close()
    this.frames.close()
    this.#video.removeEventListener('error', this.#onVideoError)
    this.#video.removeEventListener('ended', this.#onVideoEnded)
  }

  /** A picture is on the screen, of a session that runs. */
  get #isShown(): boolean {
    return this.#state.name === 'playing' || this.#state.name === 'stalled'
  }

  #startWithTicket(): void {
    if (this.#state.name === 'failed' && this.#state.error.code === 'ticket-required') this.#restart(0)
  }

  /** What was asked for last, from a place on. False where nothing was. */
  #restart(position: number): boolean {
    const { request } = this.session
    if (request) this.start(request, position)
    return request !== undefined
  }

  #endSession(): void {
    this.#gate.reset()
    this.session.end()
    this.stage.recorded?.detach()
  }

  #receive(message: SessionMessage): void {
    switch (message.type) {
      case 'stage':
        if (message.stage === 'set-up') this.#happened({ name: 'set-up' })
        break
      case 'tracks':
        this.#tracks = new Set(message.tracks.map((track) => track.kind))
        break
      case 'opened': {
        const { duration, seekable } = message
        const { handle } = this.session
        if (!handle) break
        const recording = duration === null ? null : { duration, seekable, tracks: this.#tracks }
        this.stage.begin(handle, this.#tracks, recording, this.#from)
        this.#events.opened()
        // With time-shift the stream is opened anew though nobody wants to see it go on.
        if (this.#state.name !== 'paused') this.#play()
        break
      }
      case 'supported?': {
        const { mimeType } = message
        this.session.handle?.track({ name: 'supported', mimeType, supported: isTypeSupported(mimeType) })
        break
      }
      case 'renderer':
        this.figures.renderer(message.renderer)
        this.stage.receive(message)
        this.#tellRenderer(message.renderer)
        break
      case 'warning':
        this.#events.warning(ProtocolError.fromJSON(message.error))
        break
      case 'statistics':
        this.figures.received(message.statistics)
        break
      case 'closed':
        this.figures.silent()
        this.#closed(message.error ? ProtocolError.fromJSON(message.error) : null)
        break
      default:
        this.stage.receive(message)
    }
  }

  #closed(error: ProtocolError | null): void {
    const { recorded } = this.stage
    if (recorded && !error) {
      // What is buffered is still to be seen; the element's own `ended` is the end.
      recorded.finish()
      return
    }
    recorded?.detach()
    // Nobody waits for it: the place is kept, and another session is opened when it is to go on.
    if (recorded && this.#state.name === 'paused') return
    if (error) this.#reopen(error)
    else {
      this.stage.pause()
      this.#happened({ name: 'ended' })
    }
  }

  #tellRenderer(told: TrackRenderer): void {
    if (!this.#news.isNew(told)) return
    this.#events.renderer(told)
    const warning = this.#news.warning(told)
    // Where nothing can be played, that is the end of it and told as such.
    if (warning && this.#state.name !== 'failed') this.#events.warning(warning)
  }

  #stageEvents(): PlayerStageEvents {
    return {
      attached: () => {
        this.frames.reset()
        // Sound may be switched on while the player is paused.
        if (this.session.handle && this.#state.name !== 'paused') this.#play()
      },
      // Sound alone shows no picture that could tell.
      appended: () => {
        if (this.stage.hasPictures === false) this.#shown('video')
      },
      queued: (segment, mediaTime) => this.frames.arrived(mediaTime, segment.arrival, segment.wallClock),
      dropped: (pictures) => this.figures.dropped(pictures),
      warning: (error) => this.#events.warning(error),
      failed: (error) => queueMicrotask(() => this.#repair(error)),
      painted: (picture) => this.frames.painted(picture),
      onCanvas: (media) => {
        media.forward((type) => this.#events.media(type))
        media.addEventListener('ended', this.#onVideoEnded)
      },
      restarted: (error) => {
        this.figures.restarted()
        this.#events.warning(error)
      },
      heard: () => this.#isOn(),
      blocked: () => this.#blocked(),
      wanted: (position) => this.#restart(position),
    }
  }

  #play(): void {
    const { media } = this
    media.play().catch((cause: unknown) => {
      // AbortError only says that another source came in between.
      if (cause instanceof DOMException && cause.name === 'NotAllowedError') this.#blocked()
    })
  }

  /** The browser wants a click first. */
  #blocked(): void {
    this.#endSession()
    this.stage.pause()
    this.#happened({ name: 'blocked' })
  }

  /** A picture is on the screen. */
  #shown(source: FrameSource, isNew = true): void {
    if (source === 'video' && this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    this.stage.shown(source, this.frames.last)
    if (!isNew) return
    this.#watch.shown()
    this.#isOn()
  }

  /** A picture is on the screen, or a sound in the ear. */
  #isOn(): void {
    if (!this.session.handle) return
    this.stage.release()
    this.session.reconnection.playing()
    this.#happened({ name: 'shown' })
  }

  /** What decodes has met something: begun anew where that may help, else with another session. */
  #repair(error: ProtocolError): void {
    // Its worker is gone, and the session with it, which is being opened anew.
    const repair = this.session.handle && this.#repairs.choose(error.code, performance.now())
    if (repair === undefined) this.stage.rebuild()
    else if (repair === 're-initialise' && this.#reinitialise()) this.#events.warning(error)
    else this.#reopen(error)
  }

  #reinitialise(): boolean {
    if (!this.stage.reinitialise()) return false
    this.figures.restarted()
    this.#happened({ name: 're-initialised' })
    return true
  }

  #reopen(error: ProtocolError): void {
    const { recorded } = this.stage
    recorded?.detach()
    if (recorded && this.media.readyState > 0) this.#from = this.media.currentTime
    if (Repairs.endsPicture(error.code)) this.stage.rebuild()
    const isRetried = this.session.retry(error)
    const attempt = this.session.reconnection.attempts
    this.#happened(isRetried ? { name: 'broken', error, attempt } : { name: 'given-up', error })
  }

  #watched() {
    const { live } = this.stage
    const isShifted = this.timeShift?.isShifted ?? false
    return {
      isPresent: live !== undefined && !isShifted && isPresent(this.#state),
      isFed:
        !isShifted && this.session.handle !== undefined && (live?.isOnElement ?? false) && this.figures.isReceiving,
    }
  }

  #stoodStill(step: StandstillStep): void {
    const error = new ProtocolError('decode-failed', 'Pictures come, and the browser shows none')
    if (step === 'seek') this.stage.live?.unstick()
    else if (step === 're-initialise' && this.#reinitialise()) this.#events.warning(error)
    else if (step === 'reconnect') this.#reopen(error)
  }

  readonly #onVideoEnded = (): void => {
    if (!this.stage.recorded) return
    this.#endSession()
    this.#happened({ name: 'ended' })
  }

  readonly #onVideoError = (): void => {
    const { error } = this.#video
    if (!error || !this.session.handle) return
    this.#repair(new ProtocolError('decode-failed', `The browser could not decode the stream: ${error.message}`))
  }

  #happened(incident: Incident): void {
    const state = nextState(this.#state, incident)
    if (!state) return
    this.#state = state
    this.#events.state(state)
  }
}
