import type { CodecConfiguration } from '../../protocol/codec/configuration.ts'
import type { DeviationId } from '../../protocol/deviation.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { Pipeline, type PipelineEvents, type PipelineStatistics } from '../../protocol/index.ts'
import type { Credentials } from '../../protocol/rtsp/authentication.ts'
import { formatRtspUri, type RtspUri } from '../../protocol/rtsp/uri.ts'
import type { SkippedTrack } from '../../protocol/track/choice.ts'
import type { TrackStatistics } from '../../protocol/track/media-track.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import type { Dialled } from './dialling.ts'
import { describeConfiguration } from './format-details.ts'
import { PictureObserver } from './picture-observer.ts'
import type { TrackMeasurement, TrackReport } from './report.ts'
import { RtpObserver } from './rtp-observer.ts'
import { RtspObserver } from './rtsp-observer.ts'
import { type DescribedStream, type DescribedTrack, describeStream } from './tracks.ts'

export interface PlaybackOptions {
  readonly uri: RtspUri
  /** Also called for the servers that this one redirects to. */
  readonly dial: (uri: RtspUri) => Promise<Dialled>
  readonly credentials: Credentials | undefined
  /** Milliseconds for each answer, and for the first picture. */
  readonly timeout: number
  /** How long to watch after the first picture. */
  readonly seconds: number
  readonly signal: AbortSignal
}

/** Opening takes several answers, each of which may take its time; all of them together no longer than this many times. */
const TIMEOUTS_TO_OPEN = 2

/** How the watching went. */
export type PlaybackEnd =
  | { readonly at: 'failed'; readonly error: ProtocolError }
  | { readonly at: 'watched'; readonly seconds: number; readonly interrupted: ProtocolError | null }

/** Plays a stream with the player's own pipeline, and measures what goes by. Use once. */
export class Playback {
  readonly server: RtspObserver
  /** The newest connection. */
  dialled: Dialled | undefined
  /** Where the server sent us, and we went. */
  redirectedTo: RtspUri | undefined
  readonly #options: PlaybackOptions
  readonly #rtp = new Map<number, RtpObserver>()
  readonly #pictures = new PictureObserver()
  readonly #configurations = new Map<'video' | 'audio', CodecConfiguration>()
  readonly #over: Promise<never>
  readonly #firstMedia: Promise<void>
  #tellFirstMedia: () => void = () => undefined
  #tellOver: (error: ProtocolError) => void = () => undefined
  #firstMediaAt: number | undefined
  #described: DescribedStream | null | undefined
  #refused: readonly SkippedTrack[] = []
  #statistics: PipelineStatistics | undefined

  constructor(options: PlaybackOptions) {
    this.#options = options
    this.server = new RtspObserver((channel, bytes, start, end) => this.#frame(channel, bytes, start, end))
    this.#firstMedia = new Promise((resolve) => {
      this.#tellFirstMedia = resolve
    })
    this.#over = new Promise((_, reject) => {
      this.#tellOver = reject
    })
    // Whoever waits for it is told; when nobody does, it is no fault.
    this.#over.catch(() => undefined)
  }

  /** Never rejects with a `ProtocolError`; ends in bounded time, with the session torn down. */
  async run(): Promise<PlaybackEnd> {
    try {
      return await this.#play(await this.#dial(this.#options.uri))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return { at: 'failed', error }
    }
  }

  async #play(transport: ByteTransport): Promise<PlaybackEnd> {
    const { uri, credentials, timeout, signal } = this.#options
    const pipeline = new Pipeline(
      transport,
      {
        uri: formatRtspUri(uri),
        credentials,
        requestTimeout: timeout,
        connect: (next) => {
          // The same address again, where the server closed the connection after its challenge.
          if (formatRtspUri(next) !== formatRtspUri(uri)) this.redirectedTo = next
          return this.#dial(next)
        },
      },
      this.#events(),
    )
    const onAbort = () => this.#tellOver(STOPPED)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    try {
      return await this.#watch(pipeline)
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#statistics = pipeline.statistics()
      this.server.finish()
      await pipeline.close()
    }
  }

  async #dial(uri: RtspUri): Promise<ByteTransport> {
    const dialled = await this.#options.dial(uri)
    this.dialled = dialled
    if ('error' in dialled) throw dialled.error
    return this.server.observe(dialled.transport)
  }

  /** What was tolerated, and how often. */
  get deviations(): readonly (readonly [DeviationId, number])[] {
    return Object.entries(this.#statistics?.deviations ?? {}) as [DeviationId, number][]
  }

  /** The stream as DESCRIBE told it; null before, or where it could not be read. */
  get stream(): DescribedStream | null {
    const { description } = this.server
    if (!description) return null
    if (this.#described === undefined) this.#described = describeStream(description.body, description.base)
    return this.#described
  }

  /** From the answer to PLAY. */
  get firstPictureMilliseconds(): number | null {
    const { playing } = this.server
    if (playing === undefined || this.#firstMediaAt === undefined) return null
    return Math.max(0, Math.round(this.#firstMediaAt - playing))
  }

  /** @param failure why nothing was played, where nothing was. */
  tracks(failure: ProtocolError | null): TrackReport[] {
    return (this.stream?.tracks ?? []).map(({ report, chosen }) => {
      if (!chosen) return report
      const measured = this.#measurement(report)
      const configuration = this.#configurations.get(report.media === 'video' ? 'video' : 'audio')
      const refused = this.#refused.find((track) => track.media === report.media && track.encoding === report.codec)
      return {
        ...report,
        ...(configuration ? describeConfiguration(report, configuration) : {}),
        reason: measured ? null : (refused?.reason ?? failure?.message ?? 'nothing came'),
        measured,
      }
    })
  }

  async #watch(pipeline: Pipeline): Promise<PlaybackEnd> {
    const { timeout, seconds } = this.#options
    const opened = pipeline.open()
    opened.catch(() => undefined)
    const toOpen = timeout * TIMEOUTS_TO_OPEN
    await this.#until(
      opened,
      toOpen,
      'request-timeout',
      `The server did not get as far as to play in ${toOpen / 1000} s`,
    )
    const packets = () => pipeline.statistics().tracks.reduce((sum, track) => sum + track.packets, 0)
    await this.#until(this.#firstMedia, timeout, 'no-media', () => nothingCame(packets(), timeout / 1000))
    const begun = performance.now()
    const watched = (interrupted: ProtocolError | null): PlaybackEnd => ({
      at: 'watched',
      seconds: (performance.now() - begun) / 1000,
      interrupted,
    })
    try {
      await this.#until(NEVER, seconds * 1000, 'aborted', '')
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      // Time is up, or whoever asked wants no more.
      return watched(error.code === 'aborted' ? null : error)
    }
    return watched(null)
  }

  /** Waits for an event; rejects when the time is over, when the stream is, or when the probe was stopped. */
  async #until(
    event: Promise<void>,
    milliseconds: number,
    code: 'request-timeout' | 'no-media' | 'aborted',
    message: string | (() => string),
  ): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new ProtocolError(code, typeof message === 'string' ? message : message())),
        milliseconds,
      )
    })
    try {
      await Promise.race([event, this.#over, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #events(): PipelineEvents {
    return {
      tracks: (_, skipped) => {
        this.#refused = skipped
      },
      configuration: ({ kind, configuration }) => {
        this.#configurations.set(kind, configuration)
        // What can be watched is of interest, whether or not MP4 can hold it.
        return 'units'
      },
      initializationSegment: () => undefined,
      mediaSegment: () => undefined,
      accessUnit: (unit) => {
        if (unit.kind === 'video') this.#pictures.unit(unit)
        this.#firstMediaAt ??= performance.now()
        this.#tellFirstMedia()
      },
      closed: (error) => this.#tellOver(error ?? ENDED),
    }
  }

  #frame(channel: number, bytes: Uint8Array, start: number, end: number): void {
    const track = this.#trackOf(channel, (bytes[start + 1] ?? 0) & 0x7f)
    if (!track) return
    const { index, clockRate } = track.report
    let observer = this.#rtp.get(index)
    if (!observer) {
      observer = new RtpObserver(clockRate ?? 90_000)
      this.#rtp.set(index, observer)
    }
    observer.frame(bytes, start, end, performance.now(), Date.now())
  }

  /** By the URL that was set up for the channel; where several were, or none is known, by payload type. */
  #trackOf(channel: number, payloadType: number): DescribedTrack | undefined {
    const urls = this.server.channels.get(channel) ?? []
    const chosen = this.stream?.tracks.filter((track) => track.chosen) ?? []
    const candidates = chosen.filter((track) => urls.includes(track.report.control))
    if (candidates.length === 1) return candidates[0]
    return chosen.find((track) => track.report.payloadType === payloadType)
  }

  #measurement({ index, media }: TrackReport): TrackMeasurement | null {
    const observed = this.#rtp.get(index)?.summary()
    const played = this.#statistics?.tracks.find((track) => track.kind === media)
    if (!observed || !played || observed.packets === 0) return null
    return {
      ...observed,
      ...receptionOf(played),
      pictures: media === 'video' && played.units > 0 ? this.#pictures.report() : null,
    }
  }
}

function receptionOf({ packets, lost, jitter, jumps, units, dropped, malformed }: TrackStatistics) {
  const expected = packets + lost
  return {
    lost,
    lostPercent: expected === 0 ? 0 : Number(((lost / expected) * 100).toFixed(2)),
    jitterMilliseconds: Number(jitter.toFixed(2)),
    timestampJumps: jumps,
    units,
    dropped,
    malformed,
  }
}

const nothingCame = (packets: number, seconds: number): string =>
  packets === 0
    ? `The server said that it plays, but sent nothing within ${seconds} s`
    : `${packets} packets came within ${seconds} s, but no picture that a decoder could begin with`

const NEVER = new Promise<never>(() => undefined)
const STOPPED = new ProtocolError('aborted', 'The probe was stopped')
/** The end of a recording, or of a probe that has seen enough. */
const ENDED = new ProtocolError('aborted', 'The stream came to its end before a picture came', {
  advice: 'The recording may be empty: choose another one, or a live stream.',
})
