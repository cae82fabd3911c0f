import type { PipelineStatistics } from '../../protocol/pipeline.ts'
import type { Milliseconds } from '../../protocol/units.ts'
import type { RendererName } from './choice/renderer-choice.ts'
import type { TrackRenderer } from './messages.ts'

/** Who shows a track, and why. */
export interface TrackStatistics {
  /** RFC 6381 codec string. */
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
  /** RFC 6381 codec string of the picture, such as `avc1.64001F`. */
  readonly videoCodec: string | undefined
  /** RFC 6381 codec string of the sound. */
  readonly audioCodec: string | undefined
  /** Size of the picture in pixels; 0 before the first. */
  readonly width: number
  readonly height: number
  /** Pictures received a second, over the last second. */
  readonly frameRate: number
  /** Bits received a second, over the last second: RTSP, RTP and RTCP together. */
  readonly bitrate: number
  /** From the arrival of a picture to its showing, running mean. Undefined where the browser does not say. */
  readonly delay: Milliseconds | undefined
  readonly bytesReceived: number
  readonly packets: number
  /** RTP packets that never came. */
  readonly packetsLost: number
  /** Pictures that were dropped before the decoder: damaged, or dependent on a damaged one. */
  readonly picturesDropped: number
  /** Pictures shown. */
  readonly picturesShown: number
  /** Decoders that gave up on a canvas, and were followed by another. */
  readonly decoderRestarts: number
  /** How much later the sound is than the picture, where an audio worklet plays it; undefined elsewhere. */
  readonly soundLag: Milliseconds | undefined
  /** Interarrival jitter of the picture's packets (RFC 3550 section 6.4.1). */
  readonly jitter: Milliseconds | undefined
  /** Times the stream was opened anew since `play()`. */
  readonly reconnects: number
}

/** What the page itself knows. */
type PlayedFigures = Pick<PlayerStatistics, 'picturesShown' | 'delay' | 'reconnects' | 'soundLag'>

const describe = (told: TrackRenderer | undefined): TrackStatistics | undefined =>
  told && {
    codec: told.track.configuration.codec,
    renderer: told.choice.renderer,
    reason: told.choice.reason,
  }

/** Gathers what the stages tell into one object a second. */
export class StatisticsCollector {
  #pipeline: PipelineStatistics | undefined
  #video: TrackRenderer | undefined
  #audio: TrackRenderer | undefined
  #dropped = 0
  #restarts = 0
  #frameRate = 0
  #bitrate = 0
  #last: { readonly now: number; readonly bytes: number; readonly pictures: number } | undefined

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

  /** @param now milliseconds of a monotonic clock. */
  update(pipeline: PipelineStatistics, now: number): void {
    const last = this.#last
    const pictures = pipeline.tracks.find((track) => track.kind === 'video')?.units ?? 0
    if (last && now > last.now) {
      const seconds = (now - last.now) / 1000
      this.#bitrate = ((pipeline.bytesReceived - last.bytes) * 8) / seconds
      // A recording counts anew where it is sought in.
      this.#frameRate = (pictures >= last.pictures ? pictures - last.pictures : pictures) / seconds
    }
    this.#last = { now, bytes: pipeline.bytesReceived, pictures }
    this.#pipeline = pipeline
  }

  /** Another session follows; it counts from zero. */
  reset(): void {
    this.#last = undefined
    this.#pipeline = undefined
    this.#frameRate = 0
    this.#bitrate = 0
  }

  snapshot(played: PlayedFigures): PlayerStatistics {
    const tracks = this.#pipeline?.tracks ?? []
    const sum = (of: (track: (typeof tracks)[number]) => number) =>
      tracks.reduce((total, track) => total + of(track), 0)
    const video = tracks.find((track) => track.kind === 'video')
    const configuration = this.#video?.track.configuration
    const { width, height } = configuration?.kind === 'video' ? configuration : { width: 0, height: 0 }
    return {
      video: describe(this.#video),
      audio: describe(this.#audio),
      videoCodec: this.#video?.track.configuration.codec,
      audioCodec: this.#audio?.track.configuration.codec,
      width,
      height,
      frameRate: this.#frameRate,
      bitrate: this.#bitrate,
      bytesReceived: this.#pipeline?.bytesReceived ?? 0,
      packets: sum((track) => track.packets),
      packetsLost: sum((track) => track.lost),
      picturesDropped: (video?.dropped ?? 0) + this.#dropped,
      decoderRestarts: this.#restarts,
      jitter: video?.jitter,
      ...played,
    }
  }
}
