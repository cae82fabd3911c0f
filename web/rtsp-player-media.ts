import { LitElement } from 'lit'
import type { ProtocolError } from '../protocol/errors.ts'
import type { PlayedMedia } from './playback/played-media.ts'
import type { PlayerController } from './playback/player-controller.ts'
import { isWanted, type PlayerState, type PlayerStateName } from './playback/player-state.ts'
import type { PlayerStatistics } from './playback/player-statistics.ts'
import { EMPTY_TIME_RANGES, singleTimeRange } from './playback/time-ranges.ts'
import type { RtspPlayerEventMap } from './rtsp-player-events.ts'

/** What `<rtsp-player>` has of an HTMLMediaElement, and what it tells of its stream: looking at it, and seeking. */
export abstract class RtspPlayerMedia extends LitElement {
  protected controller: PlayerController | undefined
  protected playerState: PlayerState = { name: 'idle' }
  /** Where a recording is wanted to start: `currentTime` that was set before there was a stream. */
  protected startAt = 0

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

  /** Figures of the stream; undefined before the element is in a document. */
  get statistics(): PlayerStatistics | undefined {
    return this.controller?.statistics
  }

  /** Whether nothing plays and nothing is about to. */
  get paused(): boolean {
    return !this.isWanted
  }

  get ended(): boolean {
    return this.playerState.name === 'ended'
  }

  /** Seconds: the place in a recording; of a live stream what was played of it. Setting it seeks in a recording. */
  get currentTime(): number {
    return this.media?.currentTime ?? 0
  }

  set currentTime(seconds: number) {
    const media = this.media
    const recording = this.controller?.recording
    if (recording && media) media.currentTime = Math.min(Math.max(0, seconds), recording.duration)
    // A live stream has no other place.
    else if (this.playerState.name === 'idle') this.startAt = Math.max(0, seconds)
  }

  /** Seconds of a recording; Infinity for a live stream; NaN while it is not known. */
  get duration(): number {
    const recording = this.controller?.recording
    if (recording) return recording.duration
    return this.readyState > 0 ? Number.POSITIVE_INFINITY : Number.NaN
  }

  /** Where `currentTime` can be set: the whole of a recording, nothing of a live stream. */
  get seekable(): TimeRanges {
    const recording = this.controller?.recording
    return recording?.seekable ? singleTimeRange(0, recording.duration) : EMPTY_TIME_RANGES
  }

  /** Whether another place of a recording was asked for and is not shown yet. */
  get seeking(): boolean {
    return this.media?.seeking ?? false
  }

  /**
   * How many times its pace a recording is played at, above 0. The server sends it at that pace, or at the one that it
   * can: then the value changes back, with `ratechange`. A live stream has no other than 1.
   */
  get playbackRate(): number {
    return (this.controller?.recording && this.media?.playbackRate) || 1
  }

  set playbackRate(rate: number) {
    const media = this.media
    if (media && rate > 0 && this.controller?.recording?.seekable) media.playbackRate = rate
  }

  get readyState(): number {
    return this.media?.readyState ?? 0
  }

  get videoWidth(): number {
    return this.media?.videoWidth ?? 0
  }

  get videoHeight(): number {
    return this.media?.videoHeight ?? 0
  }

  /** The element in the shadow that shows the picture now, for snapshots: `drawImage` takes both. Null before the first rendering. */
  get picture(): HTMLVideoElement | HTMLCanvasElement | null {
    return this.controller?.picture ?? this.video
  }

  /** Calls back with the next picture that is shown, whatever shows it; the same as that of a video element. */
  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    return this.controller?.frames.request(callback) ?? 0
  }

  cancelVideoFrameCallback(handle: number): void {
    this.controller?.frames.cancel(handle)
  }

  /**
   * The video element in the shadow, for picture-in-picture. It has no picture while a canvas shows it; see `picture`. Null
   * before the first rendering.
   */
  get video(): HTMLVideoElement | null {
    return this.renderRoot?.querySelector('video') ?? null
  }

  override addEventListener<K extends keyof RtspPlayerEventMap>(
    type: K,
    listener: (this: this, event: RtspPlayerEventMap[K]) => void,
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

  /** What plays. */
  protected get media(): PlayedMedia | null {
    return this.controller?.media ?? this.video
  }

  protected get isWanted(): boolean {
    return isWanted(this.playerState)
  }
}
