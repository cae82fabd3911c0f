import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { type Aggregator, Counter, Gauge, Registry } from 'prom-client'
import { CLOSE } from './close-code.ts'
import type { BridgePhase } from './drain.ts'
import type { Hub } from './hub/hub.ts'
import type { HubStream } from './hub/hub-stream.ts'
import { describeProcess } from './process-metrics.ts'
import { viewersByStream } from './stream-states.ts'
import type { ViewerList } from './viewer-list.ts'

/** What the figures are read from when somebody asks for them. */
export interface MetricsSources {
  readonly viewers: ViewerList
  readonly hub: Hub
  readonly phase: () => BridgePhase
}

type Labels = Readonly<Record<string, string>>
/** Reads the figures: calls back with each. */
type Read = (give: (labels: Labels, value: number) => void) => void

/** Milliseconds between looks at the event loop. */
const LOOP_RESOLUTION = 20
const OURS: ReadonlySet<number> = new Set(Object.values(CLOSE))

/**
 * Figures for Prometheus. They are read from the counters of those who have them when they are asked for, so that carrying
 * media costs nothing more. Labels are names of streams, never addresses; what viewers named by address has `stream=""`.
 */
export class BridgeMetrics {
  readonly #registry = new Registry()
  readonly #sources: MetricsSources
  readonly #ended = new Map<string, number>()
  readonly #loop: IntervalHistogram
  #ticketsRefused = 0

  constructor(sources: MetricsSources) {
    this.#sources = sources
    this.#loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION })
    this.#loop.enable()
    this.#describeBridge()
    this.#describeCameras()
    this.#describeLoop()
    describeProcess(this.#registry)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** A viewer's connection ended. What viewers gave as their code could be anything, so only the usual ones are told apart. */
  connectionEnded(code: number): void {
    const label = OURS.has(code) || code === 1006 ? String(code) : 'other'
    this.#ended.set(label, (this.#ended.get(label) ?? 0) + 1)
  }

  /** A ticket was missing, or no good. */
  ticketRefused(): void {
    this.#ticketsRefused++
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  /** The same as data, to be put together with those of other processes. */
  figures(): ReturnType<Registry['getMetricsAsJSON']> {
    return this.#registry.getMetricsAsJSON()
  }

  close(): void {
    this.#loop.disable()
    this.#registry.clear()
  }

  #describeBridge(): void {
    const { viewers, phase } = this.#sources
    const ready: Read = (give) => give({}, phase() === 'serving' ? 1 : 0)
    this.#gauge('ready', 'Whether viewers should be sent here: 1 or 0.', [], ready, 'min')
    this.#gauge('viewers', 'Connections of viewers that are open or being closed.', ['stream'], (give) => {
      for (const [stream, count] of viewersByStream(viewers)) give({ stream }, count)
    })
    this.#counter('viewer_bytes_total', 'Bytes to viewers (down) and from them (up).', ['stream', 'way'], (give) => {
      for (const [stream, { down, up }] of viewers.carried()) {
        give({ stream, way: 'down' }, down)
        give({ stream, way: 'up' }, up)
      }
    })
    this.#gauge('viewer_buffered_bytes', 'Bytes that wait for viewers who read too slowly.', ['stream'], (give) => {
      const sums = new Map<string, number>()
      for (const { stream = '', bufferedBytes } of viewers) sums.set(stream, (sums.get(stream) ?? 0) + bufferedBytes)
      for (const [stream, sum] of sums) give({ stream }, sum)
    })
    this.#counter('connections_ended_total', 'Connections of viewers that ended, by close code.', ['code'], (give) => {
      for (const [code, count] of this.#ended) give({ code }, count)
    })
    this.#counter('tickets_refused_total', 'Tickets that were missing, had expired or were no good.', [], (give) =>
      give({}, this.#ticketsRefused),
    )
  }

  #describeCameras(): void {
    this.#gauge('cameras', 'Cameras of the hub, by state: live, idle, opening, lost.', ['state'], (give) => {
      const counts = { live: 0, idle: 0, opening: 0, lost: 0 }
      for (const { state } of this.#sources.hub.streamsWithCamera) counts[state]++
      for (const [state, count] of Object.entries(counts)) give({ state }, count)
    })
    this.#gauge('camera_up', 'Whether the camera plays: 1 or 0; missing while nobody watches.', ['stream'], (give) => {
      for (const { name, state } of this.#sources.hub.streamsWithCamera) {
        if (state === 'live' || state === 'lost') give({ stream: name }, state === 'live' ? 1 : 0)
      }
    })
    this.#ofCameras('counter', 'camera_bytes_total', 'Bytes from the camera.', (stream) => stream.bytesReceived)
    this.#ofCameras(
      'counter',
      'camera_losses_total',
      'How often the camera was lost or could not be had.',
      (stream) => stream.losses,
    )
    const skips: Read = (give) => {
      // Viewers are slow wherever they are.
      for (const stream of this.#sources.hub.streams) give({ stream: stream.name }, stream.skips)
    }
    this.#counter('skips_total', 'Groups of pictures that slow viewers missed a part of.', ['stream'], skips)
    this.#ofCameras(
      'gauge',
      'group_of_pictures_bytes',
      'Bytes kept since the newest keyframe.',
      ({ group }) => group.bytes,
    )
    this.#ofCameras('gauge', 'group_of_pictures_age_seconds', 'Age of the newest keyframe.', ({ group }) => {
      const age = group.age(performance.now())
      return age === undefined ? undefined : age / 1000
    })
    this.#counter('rtp_packets_total', 'RTP packets from the camera.', TRACK, (give) =>
      this.#ofTracks(give, ({ packets }) => packets),
    )
    this.#counter('rtp_packets_lost_total', 'RTP packets of the camera that never came.', TRACK, (give) =>
      this.#ofTracks(give, ({ lost }) => lost),
    )
    this.#gauge('rtp_jitter_seconds', 'Interarrival jitter of the camera (RFC 3550 section 6.4.1).', TRACK, (give) =>
      this.#ofTracks(give, ({ jitter }) => jitter / 1000),
    )
  }

  #describeLoop(): void {
    const read: Read = (give) => {
      for (const percent of [50, 99, 100]) {
        const delay = this.#loop.percentile(percent) / 1e9 - LOOP_RESOLUTION / 1000
        give({ quantile: String(percent / 100) }, Math.max(0, delay))
      }
      this.#loop.reset()
    }
    const help = 'By how much the process was late, since the last look.'
    this.#gauge('event_loop_delay_seconds', help, ['quantile'], read, 'max')
  }

  /** @param aggregator what is made of the figures of several processes */
  #gauge(name: string, help: string, labelNames: readonly string[], read: Read, aggregator: Aggregator = 'sum'): void {
    new Gauge({
      name: `rtsp_bridge_${name}`,
      help,
      aggregator,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset()
        read((labels, value) => this.set({ ...labels }, value))
      },
    })
  }

  #counter(name: string, help: string, labelNames: readonly string[], read: Read): void {
    new Counter({
      name: `rtsp_bridge_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset()
        read((labels, value) => this.inc({ ...labels }, value))
      },
    })
  }

  #ofCameras(
    kind: 'gauge' | 'counter',
    name: string,
    help: string,
    read: (stream: HubStream) => number | undefined,
  ): void {
    const readAll: Read = (give) => {
      for (const stream of this.#sources.hub.streamsWithCamera) {
        const value = read(stream)
        if (value !== undefined) give({ stream: stream.name }, value)
      }
    }
    if (kind === 'gauge') this.#gauge(name, help, ['stream'], readAll)
    else this.#counter(name, help, ['stream'], readAll)
  }

  #ofTracks(give: Parameters<Read>[0], read: (statistics: HubTrackStatistics) => number): void {
    for (const { name, tracks } of this.#sources.hub.streamsWithCamera) {
      for (const { index, media, statistics } of tracks) {
        give({ stream: name, track: String(index), media: media.media.media }, read(statistics))
      }
    }
  }
}

type HubTrackStatistics = HubStream['tracks'][number]['statistics']

const TRACK = ['stream', 'track', 'media'] as const
