import type { TimeShift } from '../../recording/time-shift.ts'
import type { WantedLatency } from '../live-edge/live-edge-latency.ts'
import type { PlayedMedia } from '../played-media.ts'
import type { Recording } from '../recording-playback.ts'
import type { ShownFrames } from '../shown-frames.ts'
import type { PlayerFigures } from './player-figures.ts'
import type { PlayerSession } from './player-session.ts'
import type { PlayerStage } from './player-stage.ts'
import type { PlayerStatistics } from './player-statistics.ts'

/** What can be seen of a player, and set, in whatever state it is: passed on to the part that knows it. */
export abstract class PlayerView {
  /** Every picture that is shown. */
  abstract readonly frames: ShownFrames
  protected abstract readonly stage: PlayerStage
  protected abstract readonly session: PlayerSession
  protected abstract readonly figures: PlayerFigures

  get statistics(): PlayerStatistics {
    return this.figures.statistics
  }

  /** What shows the picture, for snapshots. */
  get picture(): HTMLVideoElement | HTMLCanvasElement {
    return this.stage.picture
  }

  /** What plays: the media element, or what stands for one beside a canvas. */
  get media(): PlayedMedia {
    return this.stage.media
  }

  /** What is recorded of the stream; undefined for a live one, and while it is not known. */
  get recording(): Recording | undefined {
    return this.stage.recorded?.recording
  }

  /** There are pictures, or there are to be some; undefined while nothing is known. */
  get hasPictures(): boolean | undefined {
    return this.stage.hasPictures
  }

  /** Something comes, or is about to. */
  get hasSession(): boolean {
    return this.session.handle !== undefined
  }

  /** Outlet that records what comes, of this session and of those that follow; undefined: none. */
  set recorder(outlet: number | undefined) {
    this.session.recorder = outlet
  }

  /** A live stream is known to be one; false before the server has answered. */
  get isLive(): boolean {
    return this.stage.live !== undefined
  }

  /** When it is tried again, by `performance.now()`; undefined where that is not being waited for. */
  get retryAt(): number | undefined {
    return this.session.reconnection.retryAt
  }

  /** Where a person can go back in a live stream; undefined where that is not wanted, or not possible. */
  get timeShift(): TimeShift | undefined {
    return this.stage.live?.timeShift
  }

  /** How far back a person can go in a live stream, in seconds; 0: not at all. */
  setTimeShift(seconds: number): void {
    this.stage.timeShift = seconds
  }

  setAudible(audible: boolean): void {
    this.stage.audible = audible
  }

  /** @param volume from 0 to 1 */
  setVolume(volume: number): void {
    this.stage.volume = volume
  }

  /** How far behind the live edge a live stream is played. */
  setLatency(latency: WantedLatency): void {
    this.stage.latency = latency
  }
}
