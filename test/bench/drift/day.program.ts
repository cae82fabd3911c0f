/** A day of a stream in minutes: the pipeline, the feed of the media element and the live-edge controller, by a clock of their own. */
import { Pipeline } from '../../../protocol/index.ts'
import { Milliseconds } from '../../../protocol/units.ts'
import { MediaSourceFeed } from '../../../web/playback/media-source/media-source-feed.ts'
import { SimulatedLiveStream } from '../../web/playback/live-edge/simulated-live-stream.ts'
import { answer } from '../processes/calls.ts'
import { quantile } from '../samples.ts'
import { readRecordedStream } from '../throughput/recorded-stream.ts'
import { ReplayedTransport } from '../throughput/replayed-transport.ts'
import { KeptMediaSource } from './kept-media-source.ts'
import { SimulatedTime } from './simulated-time.ts'
import { SkewedReplay } from './skewed-replay.ts'

declare const gc: () => void

export interface DayOrder {
  /** Path of a `RecordedStream`. */
  readonly recording: string
  readonly ppm: number
}

/** What an hour of the stream was like. */
export interface HourSeen {
  /** Milliseconds from capture to screen. */
  readonly delay: number
  readonly pictures: number
  readonly seeks: number
  /** Bytes in use after a collection. */
  readonly used: number
  /** At most. */
  readonly bufferedSeconds: number
  readonly ranges: number
  /** That are set at its end. */
  readonly timers: number
}

const MILLISECONDS = 1000
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

class Day {
  readonly #time: SimulatedTime
  readonly #stream: SimulatedLiveStream

  private constructor(time: SimulatedTime, stream: SimulatedLiveStream) {
    this.#time = time
    this.#stream = stream
  }

  static async begin({ recording, ppm }: DayOrder): Promise<Day> {
    const time = new SimulatedTime()
    time.install()
    Object.assign(globalThis, { MediaSource: KeptMediaSource })
    const recorded = readRecordedStream(recording)
    const replay = new SkewedReplay(recorded, ppm, time.origin)
    const transport = new ReplayedTransport(recorded)
    let placed: { mediaTime: number; duration: number } | undefined
    const element = {
      get currentTime() {
        return stream.currentTime
      },
      attach: () => undefined,
      detach: () => undefined,
      moveTo: () => undefined,
    }
    const feed = new MediaSourceFeed(element, false, {
      appended: () => undefined,
      queued: () => undefined,
      dropped: () => undefined,
      failed: (error) => {
        throw error
      },
    })
    const pipeline = new Pipeline(
      transport,
      { uri: 'rtsp://127.0.0.1/clock-direct', audio: false },
      {
        initializationSegment: (segment) =>
          feed.initialization({ ...segment, configuration: segment.configuration as never }),
        mediaSegment: (segment) => {
          placed = { mediaTime: segment.start, duration: segment.duration }
          feed.media({ ...segment, data: segment.data.slice(), arrival: Milliseconds(Date.now()) })
        },
        closed: (error) => {
          throw error ?? new Error('The stream ended.')
        },
      },
    )
    const stream = new SimulatedLiveStream({
      skew: ppm,
      place: (captured, arrival) => {
        time.advance(arrival * MILLISECONDS)
        placed = undefined
        transport.receiver?.bytes(replay.next(captured))
        return placed
      },
    })
    feed.begin(new Set(['video']), false)
    await pipeline.open()
    return new Day(time, stream)
  }

  async hour(): Promise<HourSeen> {
    const stream = this.#stream
    let bufferedSeconds = 0
    let ranges = 0
    // One after the other, so that what waits for its turn, as the answers to requests do, has it.
    for (let second = 0; second < 3600; second++) {
      stream.run(1)
      await turn()
      const buffered = bufferedNow()
      bufferedSeconds = Math.max(bufferedSeconds, buffered.seconds)
      ranges = Math.max(ranges, buffered.ranges)
    }
    const delays = stream.shown.map(({ delay }) => delay * MILLISECONDS)
    const seeks = stream.seeks.length
    for (const kept of [stream.shown, stream.seeks, stream.rates]) kept.length = 0
    for (let times = 0; times < 2; times++) {
      gc()
      await turn()
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return {
      delay: quantile(delays, 0.5),
      pictures: delays.length,
      seeks,
      used: heapUsed + arrayBuffers,
      bufferedSeconds,
      ranges,
      timers: this.#time.timers,
    }
  }
}

function bufferedNow(): { readonly seconds: number; readonly ranges: number } {
  const buffered = KeptMediaSource.newest?.buffers[0]?.buffered
  if (!buffered) return { seconds: 0, ranges: 0 }
  let seconds = 0
  for (let i = 0; i < buffered.length; i++) seconds += buffered.end(i) - buffered.start(i)
  return { seconds, ranges: buffered.length }
}

let day: Day | undefined

const calls = {
  begin: async (order: DayOrder) => {
    day = await Day.begin(order)
  },
  hour: (): Promise<HourSeen> => {
    if (!day) throw new Error('It has not begun.')
    return day.hour()
  },
}

export type DayCalls = typeof calls

answer(calls)
