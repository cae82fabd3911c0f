import { Ticks } from '../units.ts'
import type { InitializationSegmentOptions } from './initialization-segment.ts'
import type { RecordedSample, TrackFragment } from './recording-fragment.ts'
import { MOVIE_TIMESCALE, type RecordedTrackHeader } from './recording-header.ts'
import { RecordingTiming } from './recording-timing.ts'
import { SoundTiming } from './sample-timing.ts'

/** Of a picture that is the only one. */
const ASSUMED_FRAME_RATE = 30

/** An access unit on the timeline that all tracks of the file share. */
export interface RecordedUnit {
  readonly trackId: number
  /** Kept until its fragment is written. */
  readonly data: Uint8Array
  /** Presentation time in ticks of its track. */
  readonly time: Ticks
  /** Of sound, in ticks of its track. */
  readonly duration: Ticks | undefined
  readonly randomAccess: boolean
  /** Pictures that may precede it in decoding order and follow it in output order; 0 for sound. */
  readonly reorderDepth: number
}

/** A sample with its place in the file, which is not known to the end. */
interface Sample extends Omit<RecordedSample, 'duration'> {
  readonly decodeTime: number
  readonly presentationTime: number
  /** What it lasts by itself; 0 where that is not known: of pictures. */
  readonly ownDuration: number
  duration: number
}

/** The samples of one track of a file: each lasts until the next one, so the newest waits for it. */
export class RecordedTrackSamples {
  readonly #options: InitializationSegmentOptions
  readonly #pictures: RecordingTiming
  readonly #sound = new SoundTiming()
  /** Complete, and not written yet. */
  #samples: Sample[] = []
  #taken: readonly Sample[] = []
  #newest: Sample | undefined
  #bytes = 0
  /** The times of the first sample, in ticks. */
  #first: { readonly decodeTime: number; readonly presentationTime: number } | undefined
  #lastDuration: number
  /** Of what was written, in ticks from the first decode time: where decoding ends, and where the last picture does. */
  #writtenDecodeEnd = 0
  #writtenEnd = 0

  constructor(options: InitializationSegmentOptions) {
    this.#options = options
    this.#pictures = new RecordingTiming(options.timescale)
    this.#lastDuration = Math.max(1, Math.round(options.timescale / ASSUMED_FRAME_RATE))
  }

  get trackId(): number {
    return this.#options.trackId
  }

  get timescale(): number {
    return this.#options.timescale
  }

  /** Samples that wait to be written. */
  get length(): number {
    return this.#samples.length
  }

  /** Bytes of all that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** Where what was pushed ends, in seconds of the shared timeline; -Infinity before the first. */
  get end(): number {
    if (!this.#first) return Number.NEGATIVE_INFINITY
    const written = this.#first.decodeTime + this.#writtenEnd
    const waiting = [...this.#samples, ...(this.#newest ? [this.#newest] : [])]
    const ends = waiting.map((sample) => sample.presentationTime + (sample.duration || this.#lengthOf(sample)))
    return Math.max(written, ...ends) / this.timescale
  }

  /**
   * Finds the times of the next unit in decoding order; the sample before lasts until it. `add` follows.
   *
   * @returns null where its time is taken by another
   */
  place(unit: RecordedUnit): Sample | null {
    const { configuration } = this.#options
    const times =
      configuration.kind === 'video'
        ? { ...this.#pictures.next(unit.time, unit.reorderDepth), duration: Ticks(0) }
        : // Every depacketizer of sound tells the duration; the guess is one frame of AAC.
          this.#sound.next(unit.time, unit.duration ?? Ticks(1024))
    if (!times) return null
    const { decodeTime, presentationTime, duration } = times
    this.#completeAt(decodeTime)
    return {
      data: unit.data,
      decodeTime,
      presentationTime,
      compositionOffset: presentationTime - decodeTime,
      randomAccess: unit.randomAccess,
      ownDuration: duration,
      duration: 0,
    }
  }

  add(sample: Sample): void {
    this.#first ??= sample
    this.#bytes += sample.data.length
    this.#newest = sample
  }

  /** Nothing follows: the newest lasts as long as those before it. */
  complete(): void {
    if (this.#newest) this.#completeAt(this.#newest.decodeTime + this.#lengthOf(this.#newest))
  }

  /** What waits, to be written; it goes with `commit`. */
  take(): TrackFragment {
    this.#taken = this.#samples
    const decodeTime = (this.#taken[0]?.decodeTime ?? 0) - (this.#first?.decodeTime ?? 0)
    return { trackId: this.trackId, decodeTime, samples: this.#taken }
  }

  commit(): void {
    const origin = this.#first?.decodeTime ?? 0
    for (const { data, decodeTime, presentationTime, duration } of this.#taken) {
      this.#bytes -= data.length
      this.#writtenDecodeEnd = decodeTime + duration - origin
      this.#writtenEnd = Math.max(this.#writtenEnd, presentationTime + duration - origin)
    }
    this.#samples = []
  }

  /** The first sample of what was taken that a decoder can start at. */
  get firstRandomAccess(): { readonly time: number; readonly sample: number } | undefined {
    const index = this.#taken.findIndex(({ randomAccess }) => randomAccess)
    const sample = this.#taken[index]
    return sample && { time: sample.presentationTime - (this.#first?.decodeTime ?? 0), sample: index + 1 }
  }

  /** @param start where the file begins, in seconds of the shared timeline. @param isFinished all is written */
  header(start: number, isFinished: boolean): RecordedTrackHeader {
    const { timescale } = this
    const { decodeTime, presentationTime } = this.#first ?? { decodeTime: 0, presentationTime: start * timescale }
    // Sound is entered where the first picture is; pictures at the first one, whatever was decoded before.
    const entered = Math.max(presentationTime, Math.round(start * timescale))
    const mediaTime = this.#first ? entered - decodeTime : 0
    const emptyDuration = Math.max(0, Math.round((presentationTime / timescale - start) * MOVIE_TIMESCALE))
    const shown = Math.max(0, this.#writtenEnd - mediaTime)
    return {
      ...this.#options,
      mediaTime,
      emptyDuration,
      mediaDuration: isFinished ? this.#writtenDecodeEnd : 0,
      shownDuration: isFinished ? Math.round((shown / timescale) * MOVIE_TIMESCALE) : 0,
    }
  }

  #completeAt(decodeTime: number): void {
    const sample = this.#newest
    if (!sample) return
    sample.duration = Math.max(1, decodeTime - sample.decodeTime)
    this.#lastDuration = sample.ownDuration || sample.duration
    this.#samples.push(sample)
    this.#newest = undefined
  }

  #lengthOf({ ownDuration }: Sample): number {
    return ownDuration || this.#lastDuration
  }
}
