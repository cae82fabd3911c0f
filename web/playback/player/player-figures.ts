import type { PipelineStatistics } from '../../../protocol/pipeline.ts'
import type { ShownFrames } from '../shown-frames.ts'
import type { PlayerReconnection } from './player-reconnection.ts'
import type { PlayerStage } from './player-stage.ts'
import { type PlayerStatistics, StatisticsCollector } from './player-statistics.ts'
import type { PlayerWatch } from './player-watch.ts'

/** Sessions tell their figures once a second; some time later nobody does. */
const OVERDUE_MS = 1_200

/** Who knows something of the player. */
export interface PlayerParts {
  readonly frames: ShownFrames
  readonly stage: PlayerStage
  readonly watch: PlayerWatch
  readonly reconnection: PlayerReconnection
}

/** The figures of a player: what its session tells, and what its parts know. */
export class PlayerFigures extends StatisticsCollector {
  readonly #video: HTMLVideoElement
  readonly #parts: PlayerParts
  readonly #tell: (statistics: PlayerStatistics) => void
  #toldAt = 0

  /** @param tell called about once a second */
  constructor(video: HTMLVideoElement, parts: PlayerParts, tell: (statistics: PlayerStatistics) => void) {
    super()
    this.#video = video
    this.#parts = parts
    this.#tell = tell
  }

  get statistics(): PlayerStatistics {
    const { frames, stage, watch, reconnection } = this.#parts
    return this.snapshot({
      picturesShown: frames.shown,
      picturesSkipped: this.#video.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0,
      delay: frames.delay,
      captureDelay: frames.captureDelay,
      decodeTime: frames.decodeTime,
      last: frames.last,
      stale: watch.isStale,
      latencyTarget: stage.live?.latencyTarget,
      reconnects: reconnection.count,
      soundLag: stage.live?.soundLag,
    })
  }

  /** The session told its own. */
  received(pipeline: PipelineStatistics): void {
    this.update(pipeline, this.#parts.frames.shown, performance.now())
    this.#tellNow()
  }

  /** Without a session nobody else tells how old the picture is by now. */
  remind(): void {
    if (performance.now() - this.#toldAt > OVERDUE_MS) this.#tellNow()
  }

  #tellNow(): void {
    this.#toldAt = performance.now()
    this.#tell(this.statistics)
  }
}
