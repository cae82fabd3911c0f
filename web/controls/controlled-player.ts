import type { ProtocolError } from '../../protocol/errors.ts'
import type { PlayerStateName } from '../playback/player/player-state.ts'
import type { PlayerStatistics } from '../playback/player/player-statistics.ts'
import type { RecordedFile } from '../recording/player-recorder.ts'

/** What controls and doctor need of a player: `RtspPlayer`, without its file, which loads them. */
export interface ControlledPlayer extends HTMLElement {
  readonly state: PlayerStateName
  readonly error: ProtocolError | null
  readonly statistics: PlayerStatistics | undefined
  readonly paused: boolean
  readonly ended: boolean
  readonly duration: number
  readonly seekable: TimeRanges
  readonly videoWidth: number
  readonly videoHeight: number
  readonly stale: boolean
  /** `performance.now()` of the next attempt, while it is reconnecting. */
  readonly retryAt: number | undefined
  readonly recording: boolean
  /** Seconds that are kept for `saveLast`. */
  readonly keep: number
  currentTime: number
  playbackRate: number
  muted: boolean
  volume: number
  src: string
  bridge: string
  ticket: string
  /** In place of `ticket`. */
  readonly getTicket?: (() => Promise<string>) | undefined
  renderer: string
  latency: string
  stats: boolean
  /** The smaller stream of the camera. */
  substream: boolean
  play(): Promise<void>
  pause(): void
  goLive(): void
  captureFrame(): Promise<{ readonly wallClock: Date | undefined; readonly blob?: Blob }>
  startRecording(): Promise<void>
  stopRecording(): Promise<RecordedFile>
  saveLast(seconds: number): Promise<RecordedFile>
}
