import { onTick } from '../page-ticks.ts'
import {
  type BufferedRange,
  type LiveEdgeAction,
  LiveEdgeController,
  type LiveEdgeSample,
} from './live-edge-controller.ts'
import type { WantedLatency } from './live-edge-latency.ts'
import { LIVE_EDGE_SETTINGS, liveEdgeEngine } from './live-edge-settings.ts'

/** What the binding needs to know of the stream. */
export interface LiveStreamFacts {
  /** Duration of a video frame in seconds; 0 where there is no video. */
  readonly frameDuration: number
  readonly hasAudio: boolean
}

/** Lets a `LiveEdgeController` hold a media element. `waiting` events mean nothing at the live edge: none is looked at. */
export class LiveEdgeBinding {
  readonly #video: HTMLVideoElement
  readonly #facts: () => LiveStreamFacts
  readonly #controller = new LiveEdgeController(LIVE_EDGE_SETTINGS[liveEdgeEngine()])
  readonly #endTicks: () => void
  /** Somebody looks at what was before: the play head is left alone. */
  #isShifted = false

  constructor(video: HTMLVideoElement, latency: WantedLatency, facts: () => LiveStreamFacts) {
    this.#video = video
    this.#facts = facts
    this.latency = latency
    // Voices keep their pitch poorly when stretched by a percent or two, and it costs time: let them rise instead.
    video.preservesPitch = false
    // A standstill is looked for; the steering itself follows the appends.
    this.#endTicks = onTick(() => this.#step(false))
    document.addEventListener('visibilitychange', this.#onVisibility)
  }

  set latency(latency: WantedLatency) {
    this.#controller.latency = latency
  }

  set isShifted(isShifted: boolean) {
    if (isShifted === this.#isShifted) return
    this.#isShifted = isShifted
    this.reset()
  }

  /** Seconds that are wanted in hand. */
  get target(): number {
    return this.#controller.target(this.#facts())
  }

  /** A segment is in the buffer. */
  appended(): void {
    this.#step(true)
  }

  /** Another timeline follows. */
  reset(): void {
    this.#controller.reset()
    this.#video.playbackRate = 1
  }

  /** Pictures come and none is shown: one seek makes the decoder begin anew. */
  unstick(): void {
    this.#act(this.#controller.unstick(this.#sample()))
  }

  close(): void {
    this.#endTicks()
    document.removeEventListener('visibilitychange', this.#onVisibility)
    this.reset()
  }

  readonly #onVisibility = (): void => this.#step(false)

  #step(appended: boolean): void {
    if (!this.#isShifted) this.#act(this.#controller.step(this.#sample(), appended))
  }

  #sample(): LiveEdgeSample {
    const video = this.#video
    const { frameDuration, hasAudio } = this.#facts()
    return {
      now: performance.now() / 1000,
      currentTime: video.currentTime,
      buffered: rangesOf(video.buffered),
      frameDuration,
      hasAudio,
      hidden: document.hidden,
      started: video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA,
      paused: video.paused,
      seeking: video.seeking,
    }
  }

  #act(action: LiveEdgeAction): void {
    if (action.type === 'rate') this.#video.playbackRate = action.playbackRate
    else if (action.type === 'seek') {
      this.#video.playbackRate = 1
      this.#video.currentTime = action.to
    }
  }
}

function rangesOf(buffered: TimeRanges): BufferedRange[] {
  return Array.from({ length: buffered.length }, (_, i) => ({ start: buffered.start(i), end: buffered.end(i) }))
}
