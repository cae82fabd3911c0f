import type { CodecConfiguration } from '../codec/configuration.ts'
import type { AccessUnit } from '../depacketizer/access-unit.ts'
import { type Milliseconds, Seconds, Ticks } from '../units.ts'
import { createInitializationSegment } from './initialization-segment.ts'
import { FragmentWriter } from './media-segment.ts'
import { mimeTypeOf } from './sample-entry.ts'
import { PictureTiming, type SampleTimes, SoundTiming } from './sample-timing.ts'
import type { InitializationSegment, MediaSegment } from './segment.ts'

export interface SegmenterOptions {
  /** From 1. */
  readonly trackId: number
  readonly kind: 'video' | 'audio'
  /** Ticks a second of the access units' times; the timescale of the file. */
  readonly clockRate: number
}

/** What one access unit gave. The initialization segment goes first. */
export interface Segments {
  readonly initialization: InitializationSegment | null
  /** Null where no configuration is known yet, or where an audio frame lies in time that is taken already. */
  readonly media: MediaSegment | null
}

export interface SegmenterStatistics {
  /** Pictures whose time did not increase and was moved by a tick. */
  readonly repaired: number
  /** Audio frames dropped because their time was taken. */
  readonly dropped: number
}

/** Makes fragmented MP4 of the access units of one track: each becomes a fragment at once. */
export class Segmenter {
  readonly #options: SegmenterOptions
  readonly #writer: FragmentWriter
  readonly #pictures: PictureTiming
  readonly #sound = new SoundTiming()
  #configuration: CodecConfiguration | null = null
  #sequenceNumber = 0

  constructor(options: SegmenterOptions) {
    this.#options = options
    this.#writer = new FragmentWriter(options.trackId)
    this.#pictures = new PictureTiming(options.clockRate)
  }

  get statistics(): SegmenterStatistics {
    return { repaired: this.#pictures.repaired, dropped: this.#sound.dropped }
  }

  /**
   * @param unit the next access unit in decoding order.
   * @param presentationTime when it is shown, on the timeline that all tracks share, in ticks of `clockRate`, from 0.
   * Whoever makes that timeline bounds its jumps.
   * @param arrival when its last byte came in.
   * @returns segments; `media.data` is good until the next push.
   * @throws ProtocolError `codec-unsupported` where MP4 has no way to hold the codec.
   */
  push(unit: AccessUnit, presentationTime: Ticks, arrival: Milliseconds): Segments {
    const initialization = unit.configuration === undefined ? null : this.#configure(unit.configuration)
    const times = this.#configuration === null ? null : this.#times(unit, presentationTime, this.#configuration)
    return { initialization, media: times === null ? null : this.#fragment(unit, times, arrival) }
  }

  #configure(configuration: CodecConfiguration): InitializationSegment | null {
    const before = this.#configuration
    this.#configuration = configuration
    // Where only the reorder depth was learned the decoder needs nothing new, and a new initialization segment would
    // make the browser drop everything up to the next random access point.
    if (before !== null && decodesAlike(before, configuration)) return null
    const { trackId, kind, clockRate } = this.#options
    return {
      trackId,
      kind,
      mimeType: mimeTypeOf(configuration) ?? '',
      data: createInitializationSegment({ trackId, timescale: clockRate, configuration }),
      configuration,
    }
  }

  #times(unit: AccessUnit, presentationTime: Ticks, configuration: CodecConfiguration): SampleTimes | null {
    if (configuration.kind === 'video') return this.#pictures.next(presentationTime, configuration.reorderDepth)
    // Every depacketizer of sound tells the duration; the guess is one frame of AAC.
    return this.#sound.next(presentationTime, unit.duration ?? Ticks(1024))
  }

  #fragment(unit: AccessUnit, times: SampleTimes, arrival: Milliseconds): MediaSegment {
    const { trackId, kind, clockRate } = this.#options
    this.#sequenceNumber = (this.#sequenceNumber + 1) >>> 0
    const data = this.#writer.write({
      data: unit.data,
      decodeTime: times.decodeTime,
      duration: times.duration,
      compositionOffset: Ticks(times.presentationTime - times.decodeTime),
      randomAccess: unit.randomAccess,
      sequenceNumber: this.#sequenceNumber,
    })
    return {
      trackId,
      kind,
      data,
      start: Seconds(times.presentationTime / clockRate),
      duration: Seconds(times.duration / clockRate),
      randomAccess: unit.randomAccess,
      arrival,
    }
  }
}

/** The record holds all that a decoder sees; the codec, size and shape follow from it. */
export const decodesAlike = (a: CodecConfiguration, b: CodecConfiguration): boolean =>
  a.codec === b.codec &&
  a.description.length === b.description.length &&
  a.description.every((byte, index) => byte === b.description[index])
