import { html, nothing, type PropertyValues } from 'lit'
import { ProtocolError } from '../protocol/errors.ts'
import { ageInWords } from './controls/age.ts'
import { statusOverlay } from './controls/status-overlay.ts'
import { WANTED_RENDERERS, type WantedRenderer } from './playback/choice/renderer-choice.ts'
import { wantedLatency } from './playback/live-edge-latency.ts'
import { PlayerController } from './playback/player-controller.ts'
import type { PlayerState } from './playback/player-state.ts'
import type { PlayerStatistics } from './playback/player-statistics.ts'
import { resolveStreamAddress } from './playback/stream-address.ts'
import { WaitingPlays } from './playback/waiting-plays.ts'
import { styles } from './rtsp-player.styles.ts'
import { MEDIA_EVENTS, type RtspPlayerEventMap } from './rtsp-player-events.ts'
import { RtspPlayerMedia } from './rtsp-player-media.ts'

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
 * @attr {string} ticket - what lets its holder watch; it may be changed while the stream plays, which goes on
 * @attr {boolean} autoplay - play as soon as there is a `src`; browsers want `muted` with it
 * @attr {boolean} muted - no sound; then none is decoded either
 * @attr {boolean} controls - show the browser's controls
 * @attr {string} renderer - what shows the pictures: `media-source`, `webcodecs` or `jpeg`; `auto`, which is the default,
 * chooses by what the browser can play. One that cannot play the stream is replaced by one that can, with a warning
 * @attr {string} latency - how far behind the live edge a live stream is played: `low`, which is the default, as near as
 * the browser can; so many seconds (`0.5`); `smooth` for networks with jitter; `auto`: low, and wider while there is jitter
 * @attr {boolean} stats - show delay, frame rate, bitrate and more above the picture, with graphs of the last minute
 * @attr {boolean} stale - set by the player: the picture on the screen is old, greyed, and says so
 *
 * @fires statechange - CustomEvent with a `PlayerState`
 * @fires statisticschange - CustomEvent with `PlayerStatistics`, once a second
 * @fires rendererchange - CustomEvent with a `RendererChange`: who shows the picture or plays the sound, and why
 * @fires stale - CustomEvent with the age in milliseconds: no new picture comes, and the one on the screen is marked
 * @fires fresh - a new picture has replaced a stale one
 * @fires streamwarning - CustomEvent with a `ProtocolError` that was got over
 * @fires play @fires playing @fires pause @fires waiting @fires ended @fires error @fires volumechange
 * @fires loadedmetadata @fires loadeddata @fires canplay @fires resize @fires timeupdate @fires emptied
 * @fires durationchange @fires seeking @fires seeked @fires ratechange
 *
 * @csspart video - the `<video>`
 * @csspart picture - the `<canvas>` below the video, of streams that no video element plays
 * @csspart still - the last picture while the video changes its source, a `<canvas>`
 * @csspart overlay - what lies above the picture while it is not live
 * @csspart stale - how old a stale picture is
 * @csspart statistics - the figures of `stats`, an `<rtsp-player-statistics>`
 * @csspart error - message, advice and button after a failure
 * @csspart play-button @csspart retry-button
 * @cssprop [--rtsp-player-aspect-ratio=16 / 9] @cssprop [--rtsp-player-object-fit=contain]
 * @cssprop [--rtsp-player-background=#000] @cssprop [--rtsp-player-accent-color=#2f6fed]
 * @cssprop [--rtsp-player-overlay-color=#fff] @cssprop [--rtsp-player-overlay-background]
 * @cssprop [--rtsp-player-font-family=system-ui]
 */
export class RtspPlayer extends RtspPlayerMedia {
  static override styles = styles

  static override properties = {
    src: { type: String },
    bridge: { type: String },
    ticket: { type: String },
    autoplay: { type: Boolean },
    muted: { type: Boolean },
    controls: { type: Boolean, reflect: true },
    renderer: { type: String },
    latency: { type: String },
    stats: { type: Boolean, reflect: true },
    volume: { type: Number, attribute: false },
  }

  declare src: string
  declare bridge: string
  declare ticket: string
  declare autoplay: boolean
  declare muted: boolean
  declare controls: boolean
  declare renderer: WantedRenderer
  /** `low`, `smooth`, `auto`, or seconds. */
  declare latency: string
  declare stats: boolean
  /** From 0 to 1. */
  declare volume: number

  /** It was playing when the person left the page, which may be shown again. */
  #playsOnReturn = false
  /** The playback rate that the video told last. */
  #rate = 1
  readonly #plays = new WaitingPlays()
  /** The age of a stale picture, in words. */
  #age: string | undefined
  #figures: PlayerStatistics | undefined

  constructor() {
    super()
    this.src = ''
    this.bridge = ''
    this.ticket = ''
    this.autoplay = false
    this.muted = false
    this.controls = false
    this.renderer = 'auto'
    this.latency = 'low'
    this.stats = false
    this.volume = 1
  }

  /** The picture on the screen is old: no new one comes, though it should. */
  get stale(): boolean {
    return this.#age !== undefined
  }

  /**
   * Starts at the live edge; goes on with a recording where it was paused.
   *
   * @returns settles when the first picture is shown.
   * @throws ProtocolError when the player gives up, when the browser wants a click first (`autoplay-blocked`), or when
   * `pause`, `load` or the removal of the element came in between (`aborted`).
   */
  play(): Promise<void> {
    if (this.playerState.name === 'playing') return Promise.resolve()
    const settled = this.#plays.wait()
    if (!this.isWanted || this.playerState.name === 'reconnecting') this.#resume()
    return settled
  }

  /** Keeps the picture, and the place of a recording; ends a live stream. */
  pause(): void {
    if (this.isWanted) this.controller?.pause()
  }

  /** Ends the stream, takes the picture away, and starts anew where `autoplay` is set. */
  load(): void {
    this.controller?.stop()
    if (this.autoplay && this.src !== '') this.#start()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    window.addEventListener('pagehide', this.#onPageHide)
    window.addEventListener('pageshow', this.#onPageShow)
    // Put back after a removal; the first time it is `firstUpdated` that begins, since there is no video before.
    if (!this.hasUpdated || this.controller) return
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
      this.controller?.close()
      this.controller = undefined
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
      this.controller?.setVolume(video.volume)
    }
    if (changed.has('muted')) {
      video.muted = this.muted
      this.controller?.setAudible(!this.muted)
    }
    if (changed.has('latency')) this.controller?.setLatency(wantedLatency(this.latency))
    // Loaded on demand: who does not look at figures does without.
    if (changed.has('stats') && this.stats) import('./controls/statistics-overlay.ts').catch(reportError)
    const sourceChanged = changed.has('src') || changed.has('bridge')
    const becameAutoplay = changed.has('autoplay') && this.autoplay && this.playerState.name === 'idle'
    if (changed.has('ticket')) this.controller?.setTicket(this.ticket)
    if (sourceChanged || becameAutoplay) this.load()
    else if (changed.has('renderer') && this.isWanted) {
      // The picture stays until the first of the other renderer; a recording goes on where it was.
      if (this.controller?.recording) this.startAt = this.currentTime
      this.#start()
    }
  }

  protected override render() {
    return html`
      <video
        part="video"
        playsinline
        ?controls=${this.controls && this.playerState.name !== 'failed'}
        @play=${this.#onVideoPlay}
        @pause=${this.#onVideoPause}
        @volumechange=${this.#onVolumeChange}
        @ratechange=${this.#onRateChange}
      ></video>
      <canvas part="still" aria-hidden="true" hidden></canvas>
      ${
        this.stats
          ? html`<div class="figures">
              <rtsp-player-statistics
                part="statistics"
                .figures=${this.#figures}
                .state=${this.state}
              ></rtsp-player-statistics>
            </div>`
          : nothing
      }
      ${statusOverlay({
        state: this.playerState,
        age: this.#age,
        hasSource: this.src !== '',
        hasControls: this.controls,
        play: () => this.#resume(),
      })}
    `
  }

  #begin(): void {
    const { video } = this
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('[part=still]')
    if (!video || !canvas) return
    for (const type of MEDIA_EVENTS) video.addEventListener(type, this.#onMediaEvent)
    video.muted = this.muted
    this.controller = new PlayerController(video, canvas, {
      state: (state) => this.#onState(state),
      statistics: (statistics) => this.#onStatistics(statistics),
      stale: (isStale, age) => this.#onStale(isStale, age),
      warning: (error) => this.#tell('streamwarning', error),
      renderer: ({ track, choice: { renderer, reason } }) =>
        this.#tell('rendererchange', { kind: track.kind, codec: track.configuration.codec, renderer, reason }),
      media: (type) => this.dispatchEvent(new Event(type)),
    })
    this.controller.setAudible(!this.muted)
    this.controller.setLatency(wantedLatency(this.latency))
  }

  #resume(): void {
    if (!this.controller?.resume()) this.#start()
  }

  #start(): void {
    const controller = this.controller
    if (!controller) return
    const from = this.startAt
    this.startAt = 0
    try {
      controller.start(
        { ...resolveStreamAddress(this.src, this.bridge, document.baseURI), ticket: this.ticket },
        from,
        wantedRenderer(this.renderer),
      )
    } catch (cause) {
      controller.fail(cause instanceof ProtocolError ? cause : new ProtocolError('invalid-url', String(cause)))
    }
  }

  #onState(state: PlayerState): void {
    const wasWanted = this.isWanted
    this.playerState = state
    this.requestUpdate()
    this.#plays.settle(state)
    if (this.isWanted && !wasWanted) this.dispatchEvent(new Event('play'))
    if (wasWanted && !this.isWanted && state.name !== 'idle') this.dispatchEvent(new Event('pause'))
    if (state.name === 'ended') this.dispatchEvent(new Event('ended'))
    if (state.name === 'failed') this.dispatchEvent(new Event('error'))
    this.#tell('statechange', state)
  }

  #onStatistics(statistics: PlayerStatistics): void {
    this.#figures = statistics
    if (this.stats) this.requestUpdate()
    this.#tell('statisticschange', statistics)
  }

  /** At once and not with the next rendering: a new picture is not to be seen in grey. */
  #onStale(isStale: boolean, age: number): void {
    const wasStale = this.stale
    const words = isStale ? ageInWords(age) : undefined
    if (words === this.#age) return
    this.#age = words
    this.requestUpdate()
    if (isStale === wasStale) return
    this.toggleAttribute('stale', isStale)
    this.#tell(isStale ? 'stale' : 'fresh', { age })
  }

  #tell<K extends 'statechange' | 'statisticschange' | 'streamwarning' | 'rendererchange' | 'stale' | 'fresh'>(
    type: K,
    detail: RtspPlayerEventMap[K]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }

  readonly #onMediaEvent = (event: Event): void => {
    // Beside a canvas the video element plays the sound at most; the same goes for its pausing and playing.
    if (this.media === this.video || event.type === 'volumechange') this.dispatchEvent(new Event(event.type))
  }

  /** A page that is kept in case the person comes back is looked at by nobody meanwhile. */
  readonly #onPageHide = ({ persisted }: PageTransitionEvent): void => {
    this.#playsOnReturn = persisted && this.isWanted
    if (this.#playsOnReturn) this.pause()
  }

  readonly #onPageShow = (): void => {
    if (this.#playsOnReturn && !this.isWanted) this.#resume()
    this.#playsOnReturn = false
  }

  /** The browser's controls, the media keys, or a page that is shown again. */
  readonly #onVideoPlay = (): void => {
    if (!this.isWanted && this.src !== '') this.#resume()
  }

  readonly #onVideoPause = (): void => {
    // Browsers pause silent video of a hidden page by themselves, and resume it: the stream goes on meanwhile.
    // At the end of a recording a pause comes before `ended`.
    const isOfPicture = this.media === this.video
    const { name } = this.playerState
    const isPlaying = name === 'playing' || name === 'stalled'
    if (!document.hidden && isPlaying && isOfPicture && !this.video?.ended) this.pause()
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
