import type { ProtocolError } from '../protocol/errors.ts'
import type { PlayedMedia } from './playback/played-media.ts'
import type { PlayerController } from './playback/player/player-controller.ts'
import { isWanted, type PlayerState, type PlayerStateName } from './playback/player/player-state.ts'
import type { PlayerStatistics } from './playback/player/player-statistics.ts'
import { EMPTY_TIME_RANGES, singleTimeRange } from './playback/time-ranges.ts'
import { RtspPlayerAttributes } from './rtsp-player-attributes.ts'

/** Of `networkState` and `readyState`, with HTMLMediaElement's names and values. */
const CONSTANTS = {
  NETWORK_EMPTY: 0,
  NETWORK_IDLE: 1,
  NETWORK_LOADING: 2,
  NETWORK_NO_SOURCE: 3,
  HAVE_NOTHING: 0,
  HAVE_METADATA: 1,
  HAVE_CURRENT_DATA: 2,
  HAVE_FUTURE_DATA: 3,
  HAVE_ENOUGH_DATA: 4,
} as const

type MediaConstants = typeof CONSTANTS

/** As of the proposal "Media UI Extensions", which media-chrome reads. */
export type StreamType = 'live' | 'on-demand' | 'unknown'

/** They are of the class and of its prototype. */
export interface RtspPlayerMedia extends MediaConstants {}

/** What `<rtsp-player>` has of an HTMLMediaElement, and what it tells of its stream: looking at it, and seeking. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constants are defined below
export abstract class RtspPlayerMedia extends RtspPlayerAttributes {
  protected controller: PlayerController | undefined
  protected playerState: PlayerState = { name: 'idle' }
  /** Where a recording is wanted to start: `currentTime` that was set before there was a stream. */
  protected startAt = 0
  readonly #video = document.createElement('video')
  #wantedRate = 1
  #defaultRate = 1
  /** Undefined while only the attribute says anything about it. */
  #muted: boolean | undefined
  /** The playback rate that the video told last. */
  #rate = 1
  /** It was seen to take the mute away by itself, as WebKitGTK does with each change of the rate. */
  #losesMute = false
  /** What `volumechange` told last. */
  #toldVolume = 'false 1'

  constructor() {
    super()
    // First of all: who hears of it finds the properties as it says.
    this.#video.addEventListener('volumechange', this.#onVolumeChange)
    this.#video.addEventListener('ratechange', this.#onRateChange)
  }

  abstract play(): Promise<void>
  abstract pause(): void

  /** What the player is doing. */
  get state(): PlayerStateName {
    return this.playerState.name
  }

  /** Why it failed, or why it is trying again; null when all is well. The advice says what a person can do. */
  get error(): ProtocolError | null {
    return this.playerState.name === 'failed' || this.playerState.name === 'reconnecting'
      ? this.playerState.error
      : null
  }

  /** While it is reconnecting: when it tries next, in milliseconds as of `performance.now()`. Undefined while it tries. */
  get retryAt(): number | undefined {
    return this.state === 'reconnecting' ? this.controller?.retryAt : undefined
  }

  /** Figures of the stream; undefined before the element is in a document. */
  get statistics(): PlayerStatistics | undefined {
    return this.controller?.statistics
  }

  /** Whether nothing plays and nothing is about to. */
  get paused(): boolean {
    return !this.isWanted
  }

  get ended(): boolean {
    return this.state === 'ended'
  }

  /** `unknown` up to the answer of the server; `streamtypechange` tells when it changes. */
  get streamType(): StreamType {
    if (this.controller?.recording) return 'on-demand'
    return this.controller?.isLive ? 'live' : 'unknown'
  }

  /** Infinity where a person can go back in a live stream, as far as `seekable` reaches; 0 where not. NaN where it is not live. */
  get targetLiveWindow(): number {
    if (this.streamType !== 'live') return Number.NaN
    return this.timeShift > 0 ? Number.POSITIVE_INFINITY : 0
  }

  /** From which `currentTime` on what is seen is live: a picture that is stale is not. NaN where it is not live. */
  get liveEdgeStart(): number {
    if (this.streamType !== 'live') return Number.NaN
    const isPresent = this.state === 'playing' && !this.controller?.timeShift?.isShifted
    return isPresent ? 0 : Number.POSITIVE_INFINITY
  }

  /**
   * Seconds: the place in a recording; of a live stream what was played of it. Setting it seeks in a recording, and in what
   * `time-shift` keeps of a live stream.
   */
  get currentTime(): number {
    return this.media.currentTime || this.startAt
  }

  set currentTime(seconds: number) {
    const recording = this.controller?.recording
    if (!Number.isFinite(Number(seconds))) return
    if (recording) this.media.currentTime = Math.min(Math.max(0, seconds), recording.duration)
    else if (this.controller?.timeShift) this.controller.timeShift.seek(Number(seconds))
    // A live stream has no other place.
    else if (this.streamType === 'unknown') this.#begins(Math.max(0, seconds))
  }

  /** Seconds of a recording; Infinity for a live stream; NaN while it is not known. */
  get duration(): number {
    const recording = this.controller?.recording
    if (recording) return recording.duration
    return this.streamType === 'live' ? Number.POSITIVE_INFINITY : Number.NaN
  }

  /** Where `currentTime` can be set: the whole of a recording, what `time-shift` keeps of a live stream. */
  get seekable(): TimeRanges {
    const { recording, timeShift } = this.controller ?? {}
    const range = timeShift ? timeShift.range : recording?.seekable && { start: 0, end: recording.duration }
    return range ? singleTimeRange(range.start, range.end) : EMPTY_TIME_RANGES
  }

  get buffered(): TimeRanges {
    return this.media.buffered
  }

  /** What was seen of the stream. Of pictures on a canvas nobody keeps a record. */
  get played(): TimeRanges {
    return this.media === this.#video ? this.#video.played : EMPTY_TIME_RANGES
  }

  /** Whether another place of a recording was asked for and is not shown yet. */
  get seeking(): boolean {
    return this.media.seeking
  }

  /**
   * How many times its pace a recording is played at, above 0. The server sends it at that pace, or at the one that it
   * can: then the value changes back, with `ratechange`. A live stream has no other than 1.
   */
  get playbackRate(): number {
    if (this.streamType === 'live') return 1
    return this.controller?.recording ? this.media.playbackRate : this.#wantedRate
  }

  set playbackRate(rate: number) {
    if (!(rate > 0 && rate < Number.POSITIVE_INFINITY) || this.streamType === 'live') return
    this.#wantedRate = rate
    if (this.controller?.recording?.seekable) this.media.playbackRate = rate
    else this.dispatchEvent(new Event('ratechange'))
  }

  /** The `playbackRate` that another `src` begins with. */
  get defaultPlaybackRate(): number {
    return this.#defaultRate
  }

  set defaultPlaybackRate(rate: number) {
    if (!(rate > 0 && rate < Number.POSITIVE_INFINITY)) return
    this.#defaultRate = rate
    if (this.streamType === 'unknown') this.playbackRate = rate
  }

  /** No sound; none is decoded then either. The attribute says how it begins, and is not changed by this. */
  get muted(): boolean {
    return this.#muted ?? this.defaultMuted
  }

  set muted(muted: boolean) {
    this.#muted = Boolean(muted)
    // The video element tells `volumechange`.
    this.#video.muted = this.#muted
    this.controller?.setAudible(!this.#muted)
  }

  /** From 0 to 1. @throws DOMException `IndexSizeError` beyond, and TypeError for what is no number, as HTMLMediaElement */
  get volume(): number {
    return this.#video.volume
  }

  set volume(volume: number) {
    this.#video.volume = volume
    this.controller?.setVolume(volume)
  }

  /** Of a live stream that plays the highest: at its edge there is never more than the picture that is seen. */
  get readyState(): number {
    const isAtEdge = this.streamType === 'live' && this.state === 'playing'
    return isAtEdge ? CONSTANTS.HAVE_ENOUGH_DATA : this.media.readyState
  }

  get networkState(): number {
    if (this.isWanted) return CONSTANTS.NETWORK_LOADING
    if (this.src === '') return CONSTANTS.NETWORK_EMPTY
    return this.state === 'failed' ? CONSTANTS.NETWORK_NO_SOURCE : CONSTANTS.NETWORK_IDLE
  }

  get videoWidth(): number {
    return this.media.videoWidth
  }

  get videoHeight(): number {
    return this.media.videoHeight
  }

  /** There are none of the stream; `addTextTrack` adds some. They are shown while the video element shows the picture. */
  get textTracks(): TextTrackList {
    return this.#video.textTracks
  }

  addTextTrack(kind: TextTrackKind, label?: string, language?: string): TextTrack {
    return this.#video.addTextTrack(kind, label, language)
  }

  /** When `currentTime` was 0 by the clock of the camera; an invalid date where it did not tell. */
  getStartDate(): Date {
    const { capture, mediaTime = 0 } = this.controller?.frames.last ?? {}
    return new Date(capture === undefined ? Number.NaN : capture - mediaTime * 1000)
  }

  /** The element in the shadow that shows the picture now, for snapshots: `drawImage` takes both. */
  get picture(): HTMLVideoElement | HTMLCanvasElement {
    return this.controller?.picture ?? this.#video
  }

  /** Calls back with the next picture that is shown, whatever shows it; the same as that of a video element. */
  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    return this.controller?.frames.request(callback) ?? 0
  }

  cancelVideoFrameCallback(handle: number): void {
    this.controller?.frames.cancel(handle)
  }

  /**
   * Shows the picture in a window of its own that stays above the others; to be called by a click.
   *
   * @throws DOMException `NotSupportedError` where the browser has no such window, `InvalidStateError` while there is no
   * picture, `NotAllowedError` without a click.
   */
  async requestPictureInPicture(): Promise<PictureInPictureWindow> {
    const { picture } = this
    if (!this.#video.requestPictureInPicture) {
      throw new DOMException('This browser has no picture-in-picture for scripts', 'NotSupportedError')
    }
    if (picture === this.#video) return this.#video.requestPictureInPicture()
    const { canvasInPicture } = await import('./picture-in-picture.ts')
    return canvasInPicture(this)
  }

  /** The video element in the shadow. It has no picture while a canvas shows it; see `picture`. */
  get video(): HTMLVideoElement {
    return this.#video
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // From here on the attribute is the default only, as at a media element that was created.
    this.muted = this.muted
  }

  /** What plays. */
  protected get media(): PlayedMedia {
    return this.controller?.media ?? this.#video
  }

  protected get isWanted(): boolean {
    return isWanted(this.playerState)
  }

  readonly #onVolumeChange = (event: Event): void => {
    const video = this.#video
    // Of two changes of the rate, there and back, it does not tell any more.
    const isSuspicious = this.#losesMute || video.playbackRate !== this.#rate
    const isKept = isSuspicious && this.#keepMute()
    const volume = `${video.muted} ${video.volume}`
    // What was put back is no news to anybody.
    if (isKept || volume === this.#toldVolume) event.stopImmediatePropagation()
    if (isKept) return
    this.#toldVolume = volume
    if (this.muted !== video.muted) this.muted = video.muted
    this.controller?.setVolume(video.volume)
  }

  readonly #onRateChange = (): void => {
    this.#rate = this.#video.playbackRate
    // It is told before the volume where the rate was reset for another source.
    this.#keepMute()
  }

  /** Nobody asked for sound. @returns whether the video had begun with it by itself */
  #keepMute(): boolean {
    if (!this.muted || this.#video.muted) return false
    this.#losesMute = true
    this.#video.muted = true
    return true
  }

  #begins(seconds: number): void {
    if (this.isWanted && this.controller) this.controller.from = seconds
    else this.startAt = seconds
  }

  /** Another source follows. */
  protected resetRate(): void {
    this.#wantedRate = this.#defaultRate
  }

  /** A recording has begun: at the pace that was asked for before there was one. */
  protected applyRate(): void {
    const { media } = this
    if (this.controller?.recording?.seekable && this.#wantedRate !== media.playbackRate) {
      media.playbackRate = this.#wantedRate
    }
  }
}

for (const target of [RtspPlayerMedia, RtspPlayerMedia.prototype]) {
  for (const [name, value] of Object.entries(CONSTANTS))
    Object.defineProperty(target, name, { value, enumerable: true })
}
