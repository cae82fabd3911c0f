import { html, LitElement, type PropertyValues } from 'lit'
import { ProtocolError } from '../protocol/errors.ts'
import { statusOverlay } from './controls/status-overlay.ts'
import { WANTED_RENDERERS, type WantedRenderer } from './playback/choice/renderer-choice.ts'
import type { PlayedMedia } from './playback/played-media.ts'
import { PlayerController } from './playback/player-controller.ts'
import { isWanted, type PlayerState, type PlayerStateName } from './playback/player-state.ts'
import type { PlayerStatistics } from './playback/player-statistics.ts'
import { resolveStreamAddress } from './playback/stream-address.ts'
import { EMPTY_TIME_RANGES, singleTimeRange } from './playback/time-ranges.ts'
import { WaitingPlays } from './playback/waiting-plays.ts'
import { styles } from './rtsp-player.styles.ts'
import { MEDIA_EVENTS, type RtspPlayerEventMap } from './rtsp-player-events.ts'

/**
 * A camera in a page, live or recorded: `<rtsp-player src="lobby" autoplay muted></rtsp-player>`.
 *
 * Live, pausing ends the stream and keeps the picture; playing starts again at the live edge. A recording, which is what
 * a server states a duration for, keeps its place, and can be sought in: `duration`, `seekable`, `currentTime` and
 * `playbackRate` are HTMLMediaElement's.
 *
 * @element rtsp-player
 * @attr {string} src - name of a stream of the bridge, an `rtsp://` address, or a `ws://` endpoint that speaks RTSP
 * @attr {string} bridge - where rtsp-bridge is; the page's own server when it is not set
 * @attr {boolean} autoplay - play as soon as there is a `src`; browsers want `muted` with it
 * @attr {boolean} muted - no sound; then none is decoded either, which lowers the delay
 * @attr {boolean} controls - show the browser's controls
 * @attr {string} renderer - what shows the pictures: `media-source`, `webcodecs` or `jpeg`; `auto`, which is the default,
 * chooses by what the browser can play. One that cannot play the stream is replaced by one that can, with a warning
 *
 * @fires statechange - CustomEvent with a `PlayerState`
 * @fires statisticschange - CustomEvent with `PlayerStatistics`, once a second
 * @fires rendererchange - CustomEvent with a `RendererChange`: who shows the picture or plays the sound, and why
 * @fires streamwarning - CustomEvent with a `ProtocolError` that was got over
 * @fires play @fires playing @fires pause @fires waiting @fires ended @fires error @fires volumechange
 * @fires loadedmetadata @fires loadeddata @fires canplay @fires resize @fires timeupdate @fires emptied
 * @fires durationchange @fires seeking @fires seeked @fires ratechange
 *
 * @csspart video - the `<video>`
 * @csspart picture - the `<canvas>` below the video, of streams that no video element plays
 * @csspart still - the last picture while the video changes its source, a `<canvas>`
 * @csspart overlay - what lies above the picture while it is not live
 * @csspart error - message, advice and button after a failure
 * @csspart play-button @csspart retry-button
 * @cssprop [--rtsp-player-aspect-ratio=16 / 9] @cssprop [--rtsp-player-object-fit=contain]
 * @cssprop [--rtsp-player-background=#000] @cssprop [--rtsp-player-accent-color=#2f6fed]
 * @cssprop [--rtsp-player-overlay-color=#fff] @cssprop [--rtsp-player-overlay-background]
 * @cssprop [--rtsp-player-font-family=system-ui]
 */
export class RtspPlayer extends LitElement {
  static override styles = styles

  static override properties = {
    src: { type: String },
    bridge: { type: String },
    autoplay: { type: Boolean },
    muted: { type: Boolean },
    controls: { type: Boolean, reflect: true },
    renderer: { type: String },
    volume: { type: Number, attribute: false },
  }

  declare src: string
  declare bridge: string
  declare autoplay: boolean
  declare muted: boolean
  declare controls: boolean
  declare renderer: WantedRenderer
  /** From 0 to 1. */
  declare volume: number

  #controller: PlayerController | undefined
  #state: PlayerState = { name: 'idle' }
  /** Where a recording is wanted to start: `currentTime` that was set before there was a stream. */
  #startAt = 0
  /** It was playing when the person left the page, which may be shown again. */
  #playsOnReturn = false
  /** The playback rate that the video told last. */
  #rate = 1
  readonly #plays = new WaitingPlays()

  constructor() {
    super()
    this.src = ''
    this.bridge = ''
    this.autoplay = false
    this.muted = false
    this.controls = false
    this.renderer = 'auto'
    this.volume = 1
  }

  /** What the player is doing. */
  get state(): PlayerStateName {
    return this.#state.name
  }

  /** Why it failed, or why it is trying again; null when all is well. The advice says what a person can do. */
  get error(): ProtocolError | null {
    return this.#state.name === 'failed' || this.#state.name === 'reconnecting' ? this.#state.error : null
  }

  /** Figures of the stream; undefined before the element is in a document. */
  get statistics(): PlayerStatistics | undefined {
    return this.#controller?.statistics
  }

  /** Whether nothing plays and nothing is about to. */
  get paused(): boolean {
    return !this.#wanted
  }

  get ended(): boolean {
    return this.#state.name === 'ended'
  }

  /** Seconds: the place in a recording; of a live stream what was played of it. Setting it seeks in a recording. */
  get currentTime(): number {
    return this.#media?.currentTime ?? 0
  }

  set currentTime(seconds: number) {
    const media = this.#media
    const recording = this.#controller?.recording
    if (recording && media) media.currentTime = Math.min(Math.max(0, seconds), recording.duration)
    // A live stream has no other place.
    else if (this.#state.name === 'idle') this.#startAt = Math.max(0, seconds)
  }

  /** Seconds of a recording; Infinity for a live stream; NaN while it is not known. */
  get duration(): number {
    const recording = this.#controller?.recording
    if (recording) return recording.duration
    return this.readyState > 0 ? Number.POSITIVE_INFINITY : Number.NaN
  }

  /** Where `currentTime` can be set: the whole of a recording, nothing of a live stream. */
  get seekable(): TimeRanges {
    const recording = this.#controller?.recording
    return recording?.seekable ? singleTimeRange(0, recording.duration) : EMPTY_TIME_RANGES
  }

  /** Whether another place of a recording was asked for and is not shown yet. */
  get seeking(): boolean {
    return this.#media?.seeking ?? false
  }

  /**
   * How many times its pace a recording is played at, above 0. The server sends it at that pace, or at the one that it
   * can: then the value changes back, with `ratechange`. A live stream has no other than 1.
   */
  get playbackRate(): number {
    return (this.#controller?.recording && this.#media?.playbackRate) || 1
  }

  set playbackRate(rate: number) {
    const media = this.#media
    if (media && rate > 0 && this.#controller?.recording?.seekable) media.playbackRate = rate
  }

  get readyState(): number {
    return this.#media?.readyState ?? 0
  }

  get videoWidth(): number {
    return this.#media?.videoWidth ?? 0
  }

  get videoHeight(): number {
    return this.#media?.videoHeight ?? 0
  }

  /** The element in the shadow that shows the picture now, for snapshots: `drawImage` takes both. Null before the first rendering. */
  get picture(): HTMLVideoElement | HTMLCanvasElement | null {
    return this.#controller?.picture ?? this.video
  }

  /** Calls back with the next picture that is shown, whatever shows it; the same as that of a video element. */
  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    return this.#controller?.frames.request(callback) ?? 0
  }

  cancelVideoFrameCallback(handle: number): void {
    this.#controller?.frames.cancel(handle)
  }

  /**
   * The video element in the shadow, for picture-in-picture. It has no picture while a canvas shows it; see `picture`. Null
   * before the first rendering.
   */
  get video(): HTMLVideoElement | null {
    return this.renderRoot?.querySelector('video') ?? null
  }

  /**
   * Starts at the live edge; goes on with a recording where it was paused.
   *
   * @returns settles when the first picture is shown.
   * @throws ProtocolError when the player gives up, when the browser wants a click first (`autoplay-blocked`), or when
   * `pause`, `load` or the removal of the element came in between (`aborted`).
   */
  play(): Promise<void> {
    if (this.#state.name === 'playing') return Promise.resolve()
    const settled = this.#plays.wait()
    if (!this.#wanted || this.#state.name === 'reconnecting') this.#resume()
    return settled
  }

  /** Keeps the picture, and the place of a recording; ends a live stream. */
  pause(): void {
    if (this.#wanted) this.#controller?.pause()
  }

  /** Ends the stream, takes the picture away, and starts anew where `autoplay` is set. */
  load(): void {
    this.#controller?.stop()
    if (this.autoplay && this.src !== '') this.#start()
  }

  override addEventListener<K extends keyof RtspPlayerEventMap>(
    type: K,
    listener: (this: RtspPlayer, event: RtspPlayerEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    window.addEventListener('pagehide', this.#onPageHide)
    window.addEventListener('pageshow', this.#onPageShow)
    // Put back after a removal; the first time it is `firstUpdated` that begins, since there is no video before.
    if (!this.hasUpdated || this.#controller) return
    this.#begin()
    this.load()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    window.removeEventListener('pagehide', this.#onPageHide)
    window.removeEventListener('pageshow', this.#onPageShow)
    // An element that is only moved comes back within the same task, and plays on.
    queueMicrotask(() => {
      if (this.isConnected) return
      this.#controller?.close()
      this.#controller = undefined
    })
  }

  protected override firstUpdated(): void {
    // `updated` comes next, sees the first `src`, and calls `load`.
    this.#begin()
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { video } = this
    if (!video) return
    if (changed.has('volume')) {
      video.volume = Math.min(1, Math.max(0, this.volume))
      this.#controller?.setVolume(video.volume)
    }
    if (changed.has('muted')) {
      video.muted = this.muted
      this.#controller?.setAudible(!this.muted)
    }
    const sourceChanged = changed.has('src') || changed.has('bridge')
    const becameAutoplay = changed.has('autoplay') && this.autoplay && this.#state.name === 'idle'
    if (sourceChanged || becameAutoplay) this.load()
    else if (changed.has('renderer') && this.#wanted) {
      // The picture stays until the first of the other renderer; a recording goes on where it was.
      if (this.#controller?.recording) this.#startAt = this.currentTime
      this.#start()
    }
  }

  protected override render() {
    return html`
      <video
        part="video"
        playsinline
        ?controls=${this.controls && this.#state.name !== 'failed'}
        @play=${this.#onVideoPlay}
        @pause=${this.#onVideoPause}
        @volumechange=${this.#onVolumeChange}
        @ratechange=${this.#onRateChange}
      ></video>
      <canvas part="still" aria-hidden="true" hidden></canvas>
      ${statusOverlay({
        state: this.#state,
        hasSource: this.src !== '',
        hasControls: this.controls,
        play: () => this.#resume(),
      })}
    `
  }

  get #media(): PlayedMedia | null {
    return this.#controller?.media ?? this.video
  }

  get #wanted(): boolean {
    return isWanted(this.#state)
  }

  #begin(): void {
    const { video } = this
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('[part=still]')
    if (!video || !canvas) return
    for (const type of MEDIA_EVENTS) video.addEventListener(type, this.#onMediaEvent)
    video.muted = this.muted
    this.#controller = new PlayerController(video, canvas, {
      state: (state) => this.#onState(state),
      statistics: (statistics) => this.#tell('statisticschange', statistics),
      warning: (error) => this.#tell('streamwarning', error),
      renderer: ({ track, choice: { renderer, reason } }) =>
        this.#tell('rendererchange', { kind: track.kind, codec: track.configuration.codec, renderer, reason }),
      media: (type) => this.dispatchEvent(new Event(type)),
    })
    this.#controller.setAudible(!this.muted)
  }

  #resume(): void {
    if (!this.#controller?.resume()) this.#start()
  }

  #start(): void {
    const controller = this.#controller
    if (!controller) return
    const from = this.#startAt
    this.#startAt = 0
    try {
      controller.start(
        resolveStreamAddress(this.src, this.bridge, document.baseURI),
        from,
        wantedRenderer(this.renderer),
      )
    } catch (cause) {
      controller.fail(cause instanceof ProtocolError ? cause : new ProtocolError('invalid-url', String(cause)))
    }
  }

  #onState(state: PlayerState): void {
    const wasWanted = this.#wanted
    this.#state = state
    this.requestUpdate()
    this.#plays.settle(state)
    if (this.#wanted && !wasWanted) this.dispatchEvent(new Event('play'))
    if (wasWanted && !this.#wanted && state.name !== 'idle') this.dispatchEvent(new Event('pause'))
    if (state.name === 'ended') this.dispatchEvent(new Event('ended'))
    if (state.name === 'failed') this.dispatchEvent(new Event('error'))
    this.#tell('statechange', state)
  }

  #tell<K extends 'statechange' | 'statisticschange' | 'streamwarning' | 'rendererchange'>(
    type: K,
    detail: RtspPlayerEventMap[K]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }

  readonly #onMediaEvent = (event: Event): void => {
    // Beside a canvas the video element plays the sound at most; the same goes for its pausing and playing.
    if (this.#media === this.video || event.type === 'volumechange') this.dispatchEvent(new Event(event.type))
  }

  /** A page that is kept in case the person comes back is looked at by nobody meanwhile. */
  readonly #onPageHide = ({ persisted }: PageTransitionEvent): void => {
    this.#playsOnReturn = persisted && this.#wanted
    if (this.#playsOnReturn) this.pause()
  }

  readonly #onPageShow = (): void => {
    if (this.#playsOnReturn && !this.#wanted) this.#resume()
    this.#playsOnReturn = false
  }

  /** The browser's controls, the media keys, or a page that is shown again. */
  readonly #onVideoPlay = (): void => {
    if (!this.#wanted && this.src !== '') this.#resume()
  }

  readonly #onVideoPause = (): void => {
    // Browsers pause silent video of a hidden page by themselves, and resume it: the stream goes on meanwhile.
    // At the end of a recording a pause comes before `ended`.
    const isOfPicture = this.#media === this.video
    if (!document.hidden && this.#state.name === 'playing' && isOfPicture && !this.video?.ended) this.pause()
  }

  readonly #onVolumeChange = (): void => {
    const { video } = this
    if (!video) return
    // WebKitGTK takes the mute away with each change of the rate, and tells that one first: nobody asked for sound.
    if (this.muted && !video.muted && video.playbackRate !== this.#rate) {
      video.muted = true
      return
    }
    this.muted = video.muted
    this.volume = video.volume
  }

  readonly #onRateChange = (): void => {
    this.#rate = this.video?.playbackRate ?? 1
  }
}

/** Attributes may hold anything. */
const wantedRenderer = (renderer: string): WantedRenderer =>
  WANTED_RENDERERS.find((wanted) => wanted === renderer) ?? 'auto'

if (typeof customElements !== 'undefined' && !customElements.get('rtsp-player')) {
  customElements.define('rtsp-player', RtspPlayer)
}

declare global {
  interface HTMLElementTagNameMap {
    'rtsp-player': RtspPlayer
  }
}
