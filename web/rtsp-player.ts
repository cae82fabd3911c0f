import { html, nothing, type PropertyValues } from 'lit'
import { ProtocolError } from '../protocol/errors.ts'
import { ageInWords } from './controls/age.ts'
import { PlayerSurface } from './controls/player-surface.ts'
import { whenNearView } from './near-view.ts'
import { PageReturn } from './page-return.ts'
import { wantedLatency } from './playback/live-edge/live-edge-latency.ts'
import { PlayerController } from './playback/player/player-controller.ts'
import type { PlayerRequest } from './playback/player/player-session.ts'
import type { PlayerState } from './playback/player/player-state.ts'
import type { PlayerStatistics } from './playback/player/player-statistics.ts'
import type { GetTicket } from './playback/player/player-tickets.ts'
import { WaitingPlays } from './playback/player/waiting-plays.ts'
import { resolveStreamAddress } from './playback/stream/stream-address.ts'
import { styles } from './rtsp-player.styles.ts'
import { MEDIA_EVENTS, mediaEventsOf, type RtspPlayerEventMap, rendererChange } from './rtsp-player-events.ts'
import type { StreamType } from './rtsp-player-media.ts'
import { RtspPlayerRecording } from './rtsp-player-recording.ts'

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
 * @attr {boolean} substream - the camera's smaller stream, where the bridge knows one; it takes over without a gap
 * @attr {string} audio - `off`: the sound is not even asked for
 * @attr {boolean} autoplay - play as soon as there is a `src`; browsers want `muted` with it
 * @attr {string} loading - `lazy`: `autoplay` waits until the player is near to what is seen of the page
 * @attr {boolean} muted - it begins without sound, and none is decoded; from then on the property `muted` says it
 * @attr {boolean} loop - a recording begins anew at its end
 * @attr {string} preload - reflects only: nothing is loaded before `play()` or `autoplay`
 * @attr {string} poster - address of an image that is shown up to the first picture
 * @attr {string} crossorigin - how `poster` is fetched: `anonymous` or `use-credentials`
 * @attr {boolean} disablepictureinpicture - no window of its own for the picture is offered
 * @attr {boolean} controls - show controls, loaded when it is first set: `docs/controls.md` has keys, parts and properties
 * @attr {string} lang - language of the words, by the closest element that has it: de, en, es, fr, ja, zh
 * @attr {string} renderer - what shows the pictures: `media-source`, `webcodecs` or `jpeg`; `auto`, which is the default,
 * chooses by what the browser can play. One that cannot play the stream is replaced by one that can, with a warning
 * @attr {string} latency - how far behind the live edge a live stream is played: `low`, which is the default, as near as
 * the browser can; so many seconds (`0.5`); `smooth` for networks with jitter; `auto`: low, and wider while there is jitter
 * @attr {number} time-shift - seconds that a person can go back in a live stream, which goes on behind a picture that is
 * paused; 0, which is the default: pausing ends it
 * @attr {number} keep - seconds that are kept for `saveLast`; 0, which is the default: none
 * @attr {boolean} stats - show delay, frame rate, bitrate and more above the picture, with graphs of the last minute
 * @attr {boolean} stale - set by the player: the picture on the screen is old, greyed, and says so
 *
 * @fires statechange - CustomEvent with a `PlayerState`
 * @fires statisticschange - CustomEvent with `PlayerStatistics`, once a second
 * @fires rendererchange - CustomEvent with a `RendererChange`: who shows the picture or plays the sound, and why
 * @fires stale - CustomEvent with the age in milliseconds: no new picture comes, and the one on the screen is marked
 * @fires fresh - a new picture has replaced a stale one
 * @fires streamwarning - CustomEvent with a `ProtocolError` that was got over
 * @fires recordingstart - CustomEvent: a recording has its first picture
 * @fires recordingstop - CustomEvent with a `RecordedFile`: a recording has ended, by `stopRecording` or by itself
 * @fires play @fires playing @fires pause @fires waiting @fires ended @fires error @fires volumechange
 * @fires loadedmetadata @fires loadeddata @fires canplay @fires resize @fires timeupdate @fires emptied
 * @fires durationchange @fires seeking @fires seeked @fires ratechange @fires loadstart @fires canplaythrough @fires progress
 * @fires enterpictureinpicture @fires leavepictureinpicture
 * @fires streamtypechange - `streamType` is another: the server has said whether it is live
 * @fires targetlivewindowchange - `targetLiveWindow` is another
 *
 * @csspart video - the `<video>`
 * @csspart picture - the `<canvas>` below the video, of streams that no video element plays
 * @csspart poster - the image of `poster`, an `<img>`
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
export class RtspPlayer extends RtspPlayerRecording {
  static override styles = styles
  // There is a canvas to play on after the first update, and a state to be shown after that. Lit warns of it, in development.
  static {
    RtspPlayer.disableWarning?.('change-in-update')
  }

  readonly #plays = new WaitingPlays()
  readonly #surface = new PlayerSurface(this)
  /** The age of a stale picture, in words. */
  #age: string | undefined
  #figures: PlayerStatistics | undefined
  #getTicket: GetTicket | undefined
  /** What was loaded: where `src` and `bridge` say something else, that is to come. */
  #loaded = ''
  /** `play()` came before there was anything that could. */
  #isAwaited = false
  #endLaziness: (() => void) | undefined
  #toldStreamType: StreamType = 'unknown'

  constructor() {
    super()
    const { video } = this
    video.part.add('video')
    video.setAttribute('playsinline', '')
    video.addEventListener('play', this.#onVideoPlay)
    video.addEventListener('pause', this.#onVideoPause)
    for (const type of MEDIA_EVENTS) video.addEventListener(type, this.#onMediaEvent)
    new PageReturn(this)
    this.takeEarlyProperties()
  }

  /** The picture on the screen is old: no new one comes, though it should. */
  get stale(): boolean {
    return this.#age !== undefined
  }

  /**
   * Gives a ticket for each connection, such as by a `fetch` to the portal, and another before that one expires, where it
   * is a JSON Web Token; what plays goes on. In place of the attribute `ticket`. It has ten seconds each time; where it
   * fails, it is asked again with the next attempt.
   */
  get getTicket(): GetTicket | undefined {
    return this.#getTicket
  }

  set getTicket(getTicket: GetTicket | undefined) {
    this.#getTicket = typeof getTicket === 'function' ? getTicket : undefined
    if (this.controller) this.controller.getTicket = this.#getTicket
  }

  /**
   * Starts at the live edge; goes on with a recording where it was paused.
   *
   * @returns settles when the first picture is shown.
   * @throws ProtocolError when the player gives up, when the browser wants a click first (`autoplay-blocked`), or when
   * `pause`, `load` or the removal of the element came in between (`aborted`).
   */
  play(): Promise<void> {
    if (this.controller && this.#source !== this.#loaded) this.load()
    if (this.playerState.name === 'playing') return Promise.resolve()
    const settled = this.#plays.wait()
    if (!this.isWanted || this.playerState.name === 'reconnecting') this.#resume()
    return settled
  }

  /** Keeps the picture, and the place of a recording; ends a live stream, unless there is `time-shift`. */
  pause(): void {
    this.#endLaziness?.()
    if (this.isWanted) this.controller?.pause()
    if (!this.#isAwaited) return
    this.#isAwaited = false
    this.#plays.settle({ name: 'paused' })
  }

  /** Ends the stream, takes the picture away, and starts anew where `autoplay` is set. */
  load(): void {
    const { controller } = this
    if (!controller) return
    this.#loaded = this.#source
    this.#endLaziness?.()
    this.resetRate()
    if (this.state !== 'idle') controller.stop()
    if (this.src === '') return
    if (this.#isAwaited) this.#start()
    else if (this.autoplay && this.loading === 'lazy') this.#endLaziness = whenNearView(this, () => this.#start())
    else if (this.autoplay) this.#start()
  }

  /** Of a live stream: to the newest picture, and on from there where it was paused. */
  goLive(): void {
    if (this.streamType === 'on-demand') return
    if (this.isWanted || this.controller?.timeShift?.isShifted) this.controller?.goLive()
    else this.play().catch(() => undefined)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // Put back after a removal; the first time it is `firstUpdated` that begins, since there is no canvas before.
    if (!this.hasUpdated || this.controller) return
    this.#begin()
    this.load()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    // An element that is only moved comes back within the same task, and plays on.
    queueMicrotask(() => {
      if (this.isConnected) return
      this.#endLaziness?.()
      this.controller?.close()
      this.controller = undefined
    })
  }

  connectedMoveCallback(): void {
    // Of `moveBefore`: it plays on. Without this both callbacks above would be called.
  }

  protected override firstUpdated(): void {
    // `updated` comes next, and loads: all that is set by then belongs to the first session.
    this.#begin()
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { controller } = this
    // Taken from the document: it is looked at again when it is put back.
    if (!controller) return
    this.video.disablePictureInPicture = this.disablePictureInPicture
    if (changed.has('latency')) controller.setLatency(wantedLatency(this.latency))
    // Loaded on demand: who does not look at figures does without.
    if (changed.has('stats') && this.stats) import('./controls/statistics-overlay.ts').catch(reportError)
    if (changed.has('ticket')) controller.setTicket(this.ticket)
    if (changed.has('keep')) this.keepChanged()
    if (changed.has('timeShift')) controller.setTimeShift(this.timeShift)
    const becameAutoplay = changed.has('autoplay') && this.autoplay && this.state === 'idle'
    if (this.#source !== this.#loaded || becameAutoplay) this.load()
    else if (this.isWanted && OF_THE_REQUEST.some((name) => changed.has(name))) {
      this.#ask((request) => controller.change(request))
    }
  }

  protected override render() {
    return html`
      ${this.video}
      ${
        this.poster === '' || this.controller?.frames.last
          ? nothing
          : html`<img part="poster" src=${this.poster} alt="" crossorigin=${this.crossOrigin ?? nothing} />`
      }
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
      ${this.#surface.render({
        state: this.playerState,
        age: this.#age,
        isSoundOnly: this.controller?.hasPictures === false,
        controls: this.controls,
        play: () => this.#resume(),
      })}
    `
  }

  #begin(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('[part=still]')
    if (!canvas) return
    this.controller = new PlayerController(this.video, canvas, {
      state: (state) => this.#onState(state),
      statistics: (statistics) => this.#onStatistics(statistics),
      stale: (isStale, age) => this.#onStale(isStale, age),
      warning: (error) => {
        this.#surface.history.push('warning', error)
        this.#tell('streamwarning', error)
      },
      renderer: (told) => {
        // Nothing may be there to show the pictures.
        this.requestUpdate()
        this.#tell('rendererchange', rendererChange(told))
      },
      opened: () => this.#tellStreamType(),
      media: (type) => this.#tellOfMedia(type),
    })
    this.controller.setAudible(!this.muted)
    this.controller.setVolume(this.volume)
    this.controller.setLatency(wantedLatency(this.latency))
    this.controller.setTimeShift(this.timeShift)
    this.controller.getTicket = this.#getTicket
  }

  #resume(): void {
    if (!this.controller?.resume()) this.#start()
  }

  #start(): void {
    const { controller } = this
    this.#isAwaited = !controller
    if (!controller) return
    this.#endLaziness?.()
    const from = this.startAt
    this.startAt = 0
    this.dispatchEvent(new Event('loadstart'))
    this.#ask((request) => controller.start(request, from))
  }

  /** What `src` and `bridge` name, as one word. */
  get #source(): string {
    return `${this.src}\n${this.bridge}`
  }

  #ask(play: (request: PlayerRequest) => void): void {
    const { src, bridge, substream, ticket, renderer, audio } = this
    try {
      const address = resolveStreamAddress(src, bridge, document.baseURI, substream)
      play({ address: { ...address, ticket }, renderer, audio: audio === 'on' })
    } catch (cause) {
      const error = cause instanceof ProtocolError ? cause : new ProtocolError('invalid-url', String(cause))
      this.controller?.fail(error)
    }
  }

  #onState(state: PlayerState): void {
    if (state.name === 'ended' && this.loop && this.controller?.recording) {
      queueMicrotask(() => this.#start())
      return
    }
    const before = this.playerState
    this.playerState = state
    this.#surface.history.push(state.name, 'error' in state ? state.error : undefined)
    this.requestUpdate()
    this.#plays.settle(state)
    if (state.name === 'playing') this.applyRate()
    const isLive = this.streamType === 'live'
    for (const type of mediaEventsOf(before, state, isLive)) this.dispatchEvent(new Event(type))
    if (state.name === 'idle') this.#tellStreamType()
    this.#tell('statechange', state)
  }

  #tellStreamType(): void {
    const { streamType } = this
    if (streamType === this.#toldStreamType) return
    this.#toldStreamType = streamType
    for (const type of ['streamtypechange', 'targetlivewindowchange', 'durationchange']) {
      this.dispatchEvent(new Event(type))
    }
  }

  #onStatistics(statistics: PlayerStatistics): void {
    this.#figures = statistics
    if (this.stats) this.requestUpdate()
    this.#tell('statisticschange', statistics)
  }

  /** At once and not with the next rendering: a new picture is not to be seen in grey. */
  #onStale(isStale: boolean, age: number): void {
    const wasStale = this.stale
    const words = isStale ? ageInWords(age, this.#surface.language) : undefined
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

  readonly #onMediaEvent = ({ type }: Event): void => {
    // Beside a canvas the video element plays the sound at most; the same goes for its pausing and playing.
    const isOfElement = type === 'volumechange' || type.endsWith('pictureinpicture')
    if (this.media === this.video || isOfElement) this.#tellOfMedia(type)
  }

  /** At the live edge a media element waits after each picture, and that is how it should be: the state says it better. */
  #tellOfMedia(type: string): void {
    if (this.streamType !== 'live' || !OF_THE_STATE.has(type)) this.dispatchEvent(new Event(type))
  }

  /** The browser's controls, the media keys, or a page that is shown again. */
  readonly #onVideoPlay = (): void => {
    // Told late, as on a busy machine, it may have been paused since.
    if (!this.video.paused && !this.isWanted && this.src !== '') this.#resume()
  }

  readonly #onVideoPause = (): void => {
    // Browsers pause silent video of a hidden page by themselves, and resume it: the stream goes on meanwhile.
    // At the end of a recording a pause comes before `ended`.
    const isOfPicture = this.media === this.video
    const { name } = this.playerState
    const isPlaying = name === 'playing' || name === 'stalled'
    if (!document.hidden && isPlaying && isOfPicture && !this.video.ended) this.pause()
  }
}

/** Of a live stream they are told by the player, and not by what plays it. */
const OF_THE_STATE: ReadonlySet<string> = new Set(['playing', 'ratechange', 'stalled', 'waiting'])

/** What another session is opened for. */
const OF_THE_REQUEST = ['substream', 'renderer', 'audio', 'timeShift'] as const

if (typeof customElements !== 'undefined' && !customElements.get('rtsp-player')) {
  customElements.define('rtsp-player', RtspPlayer)
}

declare global {
  interface HTMLElementTagNameMap {
    'rtsp-player': RtspPlayer
  }
}
