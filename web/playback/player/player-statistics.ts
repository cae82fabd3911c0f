import type { PipelineStatistics } from '../../../protocol/pipeline.ts'
import { Milliseconds } from '../../../protocol/units.ts'
import type { RendererName } from '../choice/renderer-choice.ts'
import type { ShownFrame } from '../shown-frames.ts'
import type { TrackRenderer } from '../stream/messages.ts'

/** Who shows a track, and why. */
export interface TrackStatistics {
  /** RFC 6381 codec string, such as `avc1.64001F`. */
  readonly codec: string
  /** `none`: this browser cannot play it. */
  readonly renderer: RendererName | 'none'
  /** In words, such as `H.265 by WebCodecs: this browser has no H.265 in Media Source Extensions`. */
  readonly reason: string
}

/** Figures of the running stream, renewed each second. */
export interface PlayerStatistics {
  /** The picture; undefined before its parameters are known, and where there is none. */
  readonly video: TrackStatistics | undefined
  /** The sound, likewise. */
  readonly audio: TrackStatistics | undefined
  /** Size of the picture in pixels; 0 before the first. */
  readonly width: number
  readonly height: number
  /** Pictures received a second, over the last second. */
  readonly frameRate: number
  /** Bits received a second, over the last second: RTSP, RTP and RTCP together. */
  readonly bitrate: number
  /** Pictures shown a second, over the last second. */
  readonly shownRate: number
  /** From the arrival of a picture to its showing, running mean. Undefined where the browser does not say. */
  readonly delay: Milliseconds | undefined
  /**
   * From the capture of a picture to its showing, running mean, by the sender reports of the camera, whatever its clock
   * says. Not in it: what the fastest of these reports needed through the network, which nobody can measure. Undefined
   * where the camera sends none.
   */
  readonly captureDelay: Milliseconds | undefined
  /** How long ago the picture on the screen was captured, where that is known, else came in. Undefined without one. */
  readonly frameAge: Milliseconds | undefined
  /** The picture on the screen is old: a newer one should have come. */
  readonly stale: boolean
  /** How much of the stream is wanted in hand by the attribute `latency`; undefined where nothing is gathered. */
  readonly latencyTarget: Milliseconds | undefined
  readonly bytesReceived: number
  readonly packets: number
  /** RTP packets that never came. */
  readonly packetsLost: number
  /** The same as a part of all, from 0 to 1, over the last second. */
  readonly lossRate: number
  /** Pictures that were dropped before the decoder: damaged, or dependent on a damaged one. */
  readonly picturesDropped: number
  /** Pictures shown. */
  readonly picturesShown: number
  /** Pictures that came too late for the screen, by the browser's own count, which is high at the live edge. */
  readonly picturesSkipped: number
  /** What the decoder takes for a picture, running mean. Undefined where the browser does not say. */
  readonly decodeTime: Milliseconds | undefined
  /** Decoders that gave up, and were followed by another without a new session. */
  readonly decoderRestarts: number
  /** How much later the sound is than the picture, where an audio worklet plays it; undefined elsewhere. */
  readonly soundLag: Milliseconds | undefined
  /** Interarrival jitter of the picture's packets (RFC 3550 section 6.4.1). */
  readonly jitter: Milliseconds | undefined
  /** Times the stream was opened anew since `play()`. */
  readonly reconnects: number
}

/** What the page itself knows. Times are in milliseconds. */
interface PlayedFigures
  extends Pick<
    PlayerStatistics,
    'stale' | 'picturesSkipped' | 'reconnects' | 'picturesShown' | 'delay' | 'decodeTime'
  > {
  /** By the clock of the camera. */
  readonly captureDelay: number | undefined
  readonly latencyTarget: number | undefined
  readonly soundLag: number | undefined
  readonly last: ShownFrame | undefined
}

/** Sender reports of which the fastest tells how far the clock of the camera is off: about a minute of them. */
const REPORTS_COMPARED = 12

const milliseconds = (value: number | undefined): Milliseconds | undefined =>
  value === undefined ? undefined : Milliseconds(value)

interface Packets {
  readonly packets: number
  readonly lost: number
}

export const trackStatistics = ({ track, choice: { renderer, reason } }: TrackRenderer): TrackStatistics => ({
  codec: track.configuration.codec,
  renderer,
  reason,
})

/** Gathers what the stages tell into one object a second. */
export class StatisticsCollector {
  #pipeline: PipelineStatistics | undefined
  #video: TrackRenderer | undefined
  #audio: TrackRenderer | undefined
  #dropped = 0
  #restarts = 0
  #frameRate = 0
  #shownRate = 0
  #bitrate = 0
  #lossRate = 0
  #last:
    | ({ readonly now: number; readonly bytes: number; readonly pictures: number; readonly shown: number } & Packets)
    | undefined
  /** By how much the clock of the camera is ahead of this machine's, by each of the last reports. */
  #ahead: number[] = []

  renderer(told: TrackRenderer): void {
    if (told.track.kind === 'video') this.#video = told
    else this.#audio = told
  }

  restarted(): void {
    this.#restarts += 1
  }

  dropped(pictures: number): void {
    this.#dropped += pictures
  }

  /**
   * @param shown pictures shown so far
   * @param now milliseconds of a monotonic clock
   */
  update(pipeline: PipelineStatistics, shown: number, now: number): void {
    const last = this.#last
    const video = pipeline.tracks.find((track) => track.kind === 'video')
    const pictures = video?.units ?? 0
    const packets = sum(pipeline, 'packets')
    const lost = sum(pipeline, 'lost')
    if (last && now > last.now) {
      const seconds = (now - last.now) / 1000
      this.#bitrate = ((pipeline.bytesReceived - last.bytes) * 8) / seconds
      this.#shownRate = (shown - last.shown) / seconds
      const missing = Math.max(0, lost - last.lost)
      this.#lossRate = missing / Math.max(1, missing + packets - last.packets)
      // A recording counts anew where it is sought in.
      this.#frameRate = (pictures >= last.pictures ? pictures - last.pictures : pictures) / seconds
    }
    this.#last = { now, bytes: pipeline.bytesReceived, pictures, shown, packets, lost }
    this.#compareClocks(video?.clock.ahead)
    this.#pipeline = pipeline
  }

  /** Another session follows; it counts from zero. */
  reset(): void {
    this.#last = undefined
    this.#pipeline = undefined
    this.#ahead = []
    this.silent()
  }

  /** Nothing comes any more; what came is still true. */
  silent(): void {
    this.#frameRate = 0
    this.#shownRate = 0
    this.#bitrate = 0
    this.#lossRate = 0
  }

  /** Pictures came in the last second. */
  get isReceiving(): boolean {
    return this.#frameRate > 0
  }

  snapshot({ captureDelay, latencyTarget, soundLag, last, ...played }: PlayedFigures): PlayerStatistics {
    const pipeline = this.#pipeline
    const video = pipeline?.tracks.find((track) => track.kind === 'video')
    const configuration = this.#video?.track.configuration
    const { width, height } = configuration?.kind === 'video' ? configuration : { width: 0, height: 0 }
    // The report that was under way for the shortest time tells best how far the clocks are apart.
    const ahead = this.#ahead.length > 0 ? Math.max(...this.#ahead) : undefined
    const captured = ahead === undefined || last?.capture === undefined ? undefined : last.capture - ahead
    // A report that somebody kept for a while before it was sent makes the camera's clock look slow: nothing is captured after
    // it came in.
    const since =
      captured === undefined ? (last?.arrival ?? last?.shownAt) : Math.min(captured, last?.arrival ?? captured)
    const byReports = ahead === undefined || captureDelay === undefined ? undefined : captureDelay + ahead
    const now = performance.timeOrigin + performance.now()
    return {
      video: this.#video && trackStatistics(this.#video),
      audio: this.#audio && trackStatistics(this.#audio),
      width,
      height,
      frameRate: this.#frameRate,
      shownRate: this.#shownRate,
      bitrate: this.#bitrate,
      bytesReceived: pipeline?.bytesReceived ?? 0,
      packets: sum(pipeline, 'packets'),
      packetsLost: sum(pipeline, 'lost'),
      lossRate: this.#lossRate,
      captureDelay: milliseconds(byReports && Math.max(byReports, played.delay ?? 0)),
      frameAge: milliseconds(since === undefined ? undefined : now - since),
      picturesDropped: (video?.dropped ?? 0) + this.#dropped,
      decoderRestarts: this.#restarts,
      jitter: video?.jitter,
      latencyTarget: milliseconds(latencyTarget),
      soundLag: milliseconds(soundLag),
      ...played,
    }
  }

  #compareClocks(ahead: number | undefined): void {
    if (ahead === undefined || ahead === this.#ahead.at(-1)) return
    this.#ahead.push(ahead)
    if (this.#ahead.length > REPORTS_COMPARED) this.#ahead.shift()
  }
}

const sum = (pipeline: PipelineStatistics | undefined, figure: 'packets' | 'lost'): number =>
  pipeline?.tracks.reduce((total, track) => total + track[figure], 0) ?? 0
