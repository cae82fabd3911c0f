import type { AudioConfiguration, VideoConfiguration } from '../../protocol/index.ts'
import type { PipelineStatistics } from '../../protocol/pipeline.ts'
import type { Milliseconds } from '../../protocol/units.ts'

/** Figures of the running stream, renewed each second. */
export interface PlayerStatistics {
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
  /** Interarrival jitter of the picture's packets (RFC 3550 section 6.4.1). */
  readonly jitter: Milliseconds | undefined
  /** Times the stream was opened anew since `play()`. */
  readonly reconnects: number
}

/** Gathers what the stages tell into one object a second. */
export class StatisticsCollector {
  #pipeline: PipelineStatistics | undefined
  #video: VideoConfiguration | undefined
  #audio: AudioConfiguration | undefined
  #pictures = 0
  #dropped = 0
  #frameRate = 0
  #bitrate = 0
  #last: { readonly now: number; readonly bytes: number; readonly pictures: number } | undefined

  configuration(configuration: VideoConfiguration | AudioConfiguration): void {
    if (configuration.kind === 'video') this.#video = configuration
    else this.#audio = configuration
  }

  picture(): void {
    this.#pictures += 1
  }

  dropped(pictures: number): void {
    this.#dropped += pictures
  }

  /** @param now milliseconds of a monotonic clock. */
  update(pipeline: PipelineStatistics, now: number): void {
    const last = this.#last
    if (last && now > last.now) {
      const seconds = (now - last.now) / 1000
      this.#bitrate = ((pipeline.bytesReceived - last.bytes) * 8) / seconds
      this.#frameRate = (this.#pictures - last.pictures) / seconds
    }
    this.#last = { now, bytes: pipeline.bytesReceived, pictures: this.#pictures }
    this.#pipeline = pipeline
  }

  /** Another session follows; it counts from zero. */
  reset(): void {
    this.#last = undefined
    this.#pipeline = undefined
    this.#frameRate = 0
    this.#bitrate = 0
  }

  snapshot(shown: number, delay: Milliseconds | undefined, reconnects: number): PlayerStatistics {
    const tracks = this.#pipeline?.tracks ?? []
    const sum = (of: (track: (typeof tracks)[number]) => number) =>
      tracks.reduce((total, track) => total + of(track), 0)
    const video = tracks.find((track) => track.kind === 'video')
    return {
      videoCodec: this.#video?.codec,
      audioCodec: this.#audio?.codec,
      width: this.#video?.width ?? 0,
      height: this.#video?.height ?? 0,
      frameRate: this.#frameRate,
      bitrate: this.#bitrate,
      delay,
      bytesReceived: this.#pipeline?.bytesReceived ?? 0,
      packets: sum((track) => track.packets),
      packetsLost: sum((track) => track.lost),
      picturesDropped: (video?.dropped ?? 0) + this.#dropped,
      picturesShown: shown,
      jitter: video?.jitter,
      reconnects,
    }
  }
}
