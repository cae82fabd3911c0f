import type { CodecConfiguration } from '../codec/configuration.ts'
import type { AccessUnit } from '../depacketizer/access-unit.ts'
import { mimeTypeOf } from '../fmp4/sample-entry.ts'
import type { InitializationSegment, MediaSegment } from '../fmp4/segment.ts'
import { Segmenter } from '../fmp4/segmenter.ts'
import { LIMITS } from '../limits.ts'
import { type Milliseconds, Seconds, Ticks } from '../units.ts'
import type { PlacedUnit } from './placed-unit.ts'
import type { CreateTranscoder, Transcoder } from './transcoder.ts'

/** What becomes of the access units of a track: fragmented MP4, themselves, or nothing. */
export type OutputForm = 'segments' | 'units' | 'nothing'

/** What a track turned out to be, by its own parameters. */
export interface TrackConfiguration {
  /** MP4 track ID, from 1. */
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  /** Encoding name of the SDP in upper case. */
  readonly encoding: string
  readonly configuration: CodecConfiguration
  /** Of its segments, for `addSourceBuffer`; null where MP4 has no way to hold it. Decoded sound is held as FLAC. */
  readonly mimeType: string | null
}

/** An access unit on the timeline that all tracks share. */
export interface TimedAccessUnit {
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  /** As in `AccessUnit`: a view into a reused buffer, good during the call only. */
  readonly data: Uint8Array
  /** Presentation time. Units come in decoding order, so that it may step back where there are B-frames. */
  readonly start: Seconds
  /** 0 where the stream does not tell: of pictures. */
  readonly duration: Seconds
  readonly randomAccess: boolean
  /** When its last byte came in: the clock of `performance.now()`. */
  readonly arrival: Milliseconds
  /** When it was captured by the camera's clock, in milliseconds of the Unix epoch; undefined where the camera did not tell. */
  readonly wallClock?: Milliseconds | undefined
}

export interface TrackOutputEvents {
  /**
   * Before the first unit, and again whenever the camera changes its parameters. The answer is the form from here on;
   * `undecided`: what comes is kept until `choose`. Without an answer it is segments where MP4 can hold them, else units.
   */
  configuration?(configuration: TrackConfiguration): OutputForm | 'undecided' | undefined
  initializationSegment(segment: InitializationSegment): void
  mediaSegment(segment: MediaSegment): void
  accessUnit?(unit: TimedAccessUnit): void
  /** Every unit that was received, whatever becomes of it: for recordings. Its data is good during the call only. */
  received?(track: TrackOutputOptions, configuration: CodecConfiguration, placed: PlacedUnit): void
}

export interface TrackOutputOptions {
  /** From 1. */
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  readonly encoding: string
  /** Ticks a second of the units' times. */
  readonly clockRate: number
  /** Of what MP4 holds in another form only. */
  readonly createTranscoder?: CreateTranscoder | undefined
}

/** The last stage of a track: hands its access units out in the form that whoever shows them can use. */
export class TrackOutput {
  readonly #options: TrackOutputOptions
  readonly #events: TrackOutputEvents
  #form: OutputForm | 'undecided' = 'nothing'
  #segmenter: Segmenter
  /** Between decoded sound and the segmenter. */
  #transcoder: Transcoder | undefined
  #configuration: CodecConfiguration | undefined
  /** The segmenter has not been told the configuration. */
  #unsegmented = true
  /** After a change of form: a decoder that was not fed until now cannot begin before. */
  #awaitsRandomAccess = false
  #kept: PlacedUnit[] = []
  #keptBytes = 0

  constructor(options: TrackOutputOptions, events: TrackOutputEvents) {
    this.#options = options
    this.#events = events
    this.#segmenter = new Segmenter(options)
  }

  /** @param time presentation time on the timeline that all tracks share, in ticks, from 0 */
  push(unit: AccessUnit, time: Ticks, arrival: Milliseconds, wallClock: Milliseconds | undefined): void {
    if (unit.configuration) this.#configure(unit.configuration)
    if (!this.#configuration) return
    const placed = { unit, time, arrival, wallClock }
    this.#events.received?.(this.#options, this.#configuration, placed)
    if (this.#form === 'undecided') this.#keep(placed)
    else this.#give(placed)
  }

  /** The answer to `undecided`, or another form from the next random access point on. */
  choose(form: OutputForm): void {
    const before = this.#form
    if (form === before) return
    this.restart()
    this.#form = form
    // What is kept begins at a random access point itself.
    this.#awaitsRandomAccess = before !== 'undecided' && this.#options.kind === 'video'
    const kept = this.#kept
    this.#kept = []
    this.#keptBytes = 0
    for (const placed of kept) this.#give(placed)
  }

  /** What follows may lie before what was given out, and is not cut off to fit behind it. */
  restart(): void {
    this.flush()
    this.#segmenter = new Segmenter(this.#options)
    this.#transcoder = this.#configuration && this.#transcoderOf(this.#configuration)
    this.#unsegmented = true
  }

  /** The stream is over, or another follows: gives out what is being joined. */
  flush(): void {
    this.#transcoder?.flush()
  }

  #configure(configuration: CodecConfiguration): void {
    this.flush()
    const isFirst = this.#configuration === undefined
    this.#configuration = configuration
    this.#transcoder = this.#transcoderOf(configuration)
    this.#unsegmented = true
    const { trackId, kind, encoding } = this.#options
    const mimeType = mimeTypeOf(this.#transcoder?.configuration ?? configuration)
    const answer = this.#events.configuration?.({ trackId, kind, encoding, configuration, mimeType })
    const form = answer ?? (mimeType === null ? 'units' : 'segments')
    if (isFirst) this.#form = form
    else if (form !== 'undecided') this.choose(form)
    else this.#form = form
  }

  #transcoderOf(configuration: CodecConfiguration): Transcoder | undefined {
    if (configuration.kind === 'video') return undefined
    const { createTranscoder, clockRate } = this.#options
    return createTranscoder?.(configuration, clockRate, (frame) => this.#write(frame))
  }

  #keep({ unit, time, arrival, wallClock }: PlacedUnit): void {
    if (this.#keptBytes + unit.data.length > LIMITS.undecidedBytes) {
      this.#kept = []
      this.#keptBytes = 0
    }
    // Nothing that depends on what was let go.
    if (this.#kept.length === 0 && !unit.randomAccess) return
    this.#keptBytes += unit.data.length
    this.#kept.push({ unit: { ...unit, data: unit.data.slice() }, time, arrival, wallClock })
  }

  #give(placed: PlacedUnit): void {
    if (this.#awaitsRandomAccess && !placed.unit.randomAccess) return
    this.#awaitsRandomAccess = false
    if (this.#form === 'segments') this.#segment(placed)
    else if (this.#form === 'units') this.#tell(placed)
  }

  #segment(placed: PlacedUnit): void {
    if (this.#transcoder) {
      this.#transcoder.push(placed)
      return
    }
    const configuration = this.#unsegmented ? this.#configuration : undefined
    this.#unsegmented = false
    this.#write({ ...placed, unit: { ...placed.unit, configuration } })
  }

  #write({ unit, time, arrival, wallClock }: PlacedUnit): void {
    const { initialization, media } = this.#segmenter.push(unit, time, arrival)
    if (initialization) this.#events.initializationSegment(initialization)
    if (media) this.#events.mediaSegment(wallClock === undefined ? media : { ...media, wallClock })
  }

  #tell({ unit, time, arrival, wallClock }: PlacedUnit): void {
    const { trackId, kind, clockRate } = this.#options
    const { data, randomAccess, duration = Ticks(0) } = unit
    const start = Seconds(time / clockRate)
    this.#events.accessUnit?.({
      trackId,
      kind,
      data,
      start,
      duration: Seconds(duration / clockRate),
      randomAccess,
      arrival,
      wallClock,
    })
  }
}
