import { Seconds } from '../units.ts'
import type { InitializationSegmentOptions } from './initialization-segment.ts'
import {
  type RandomAccessPoint,
  randomAccessIndex,
  randomAccessIndexBytes,
  recordingFragment,
} from './recording-fragment.ts'
import { MOVIE_TIMESCALE, recordingHeader } from './recording-header.ts'
import { RecordedTrackSamples, type RecordedUnit } from './recording-track.ts'

/** Seconds of a fragment, at least: it ends before the next keyframe. */
const SHORTEST_FRAGMENT = 1
/** Seconds, and bytes, of a fragment at most, wherever the next keyframe is: what is lost when a page dies is no more. */
const LONGEST_FRAGMENT = 2
const LARGEST_FRAGMENT = 2 * 1024 * 1024
/** Seconds of sound that wait for a picture: it may come earlier than the pictures that it belongs to. */
const LONGEST_WAIT = 2 * LONGEST_FRAGMENT

export interface RecordingWriterOptions {
  /** The first one leads: the file begins with its first unit and is cut where it can be entered. Pictures, if any. */
  readonly tracks: readonly InitializationSegmentOptions[]
  /** When the first unit was captured. */
  readonly begins: Date
  /** Bytes of the whole file; without a bound where it is not set. */
  readonly maxBytes?: number | undefined
  readonly maxSeconds?: number | undefined
  /** The next bytes of the file; they belong to the receiver. */
  readonly write: (chunk: Uint8Array<ArrayBuffer>) => void
}

/** Why nothing more is taken. */
export type RecordingBound = 'bytes' | 'seconds'

export interface FinishedRecording {
  /** To be written over the beginning of the file, in place of what is there: it tells the durations. */
  readonly header: Uint8Array<ArrayBuffer>
  /** From the first picture to the end of the last, or of the last sound. */
  readonly duration: Seconds
  readonly bytes: number
}

/**
 * Writes a file in fragments (ISO/IEC 14496-12) of units as they come: without loss, from a random access point on, with
 * time zero there. What is written is playable at any moment, and again after `finish`, with its durations and an index.
 */
export class RecordingWriter {
  readonly #options: RecordingWriterOptions
  readonly #tracks: RecordedTrackSamples[]
  readonly #points: RandomAccessPoint[] = []
  /** Time of the first unit of the leading track, in seconds of the shared timeline. */
  #start: number | undefined
  /** Where the fragment that is being gathered begins, in seconds. */
  #fragmentStart = 0
  #fragments = 0
  #bytes = 0
  #bound: RecordingBound | undefined

  constructor(options: RecordingWriterOptions) {
    this.#options = options
    this.#tracks = options.tracks.map((track) => new RecordedTrackSamples(track))
  }

  /** A track that was not known at the beginning. @returns false where it comes too late: the head is written */
  addTrack(track: InitializationSegmentOptions): boolean {
    if (this.#bytes > 0) return false
    this.#tracks.push(new RecordedTrackSamples(track))
    return true
  }

  /** Bytes that were written. */
  get bytes(): number {
    return this.#bytes
  }

  /** Of what was pushed so far. */
  get duration(): Seconds {
    return Seconds(Math.max(0, ...this.#tracks.map(({ end }) => end - (this.#start ?? end))))
  }

  /**
   * Takes the next unit in decoding order. What comes before the first random access point of the leading track is let
   * go, and so is sound that ends before it.
   *
   * @returns the bound that was reached: neither this unit nor any other is taken any more
   * @throws ProtocolError `codec-unsupported` where MP4 has no way to hold a track
   */
  push(unit: RecordedUnit): RecordingBound | undefined {
    const [leader] = this.#tracks
    const track = this.#tracks.find(({ trackId }) => trackId === unit.trackId)
    if (this.#bound || !leader || !track) return this.#bound
    const time = unit.time / track.timescale
    if (this.#start === undefined) {
      if (track !== leader || !unit.randomAccess) return undefined
      this.#start = time
      this.#fragmentStart = time
    }
    // Pictures that are shown before the first, though they come after it, depend on what is not here.
    if (track === leader ? time < this.#start : time + (unit.duration ?? 0) / track.timescale <= this.#start) {
      return undefined
    }
    // Sound goes on where pictures do not come: it is ahead of them, but not by so much.
    const due = track === leader ? time : time - LONGEST_WAIT
    if (due - this.#start >= (this.#options.maxSeconds ?? Number.POSITIVE_INFINITY)) {
      this.#complete()
      this.#bound ??= 'seconds'
      return this.#bound
    }
    const sample = track.place(unit)
    if (this.#isDue(track === leader && unit.randomAccess, due)) {
      this.#flush()
      this.#fragmentStart = time
    }
    if (sample && !this.#bound) track.add(sample)
    return this.#bound
  }

  /** Writes what is left, and the index. Nothing is taken after it. */
  finish(): FinishedRecording {
    if (!this.#bound) this.#complete()
    if (this.#bytes === 0) this.#write(recordingHeader(this.#header(false)))
    this.#write(randomAccessIndex(this.#points))
    const header = this.#header(true)
    const durations = header.tracks.map(({ emptyDuration, shownDuration }) => emptyDuration + shownDuration)
    const duration = Seconds(Math.max(0, ...durations) / MOVIE_TIMESCALE)
    return { header: recordingHeader(header), duration, bytes: this.#bytes }
  }

  /** Nothing follows. */
  #complete(): void {
    for (const track of this.#tracks) track.complete()
    this.#flush()
  }

  /** The fragment is to end before this unit. */
  #isDue(randomAccess: boolean, time: number): boolean {
    const length = time - this.#fragmentStart
    const bytes = this.#tracks.reduce((sum, track) => sum + track.bytes, 0)
    return (randomAccess && length >= SHORTEST_FRAGMENT) || length >= LONGEST_FRAGMENT || bytes >= LARGEST_FRAGMENT
  }

  #flush(): void {
    const gathered = this.#tracks.filter(({ length }) => length > 0)
    if (gathered.length === 0) return
    const { maxBytes = Number.POSITIVE_INFINITY } = this.#options
    const header = this.#bytes === 0 ? recordingHeader(this.#header(false)) : undefined
    const fragments = gathered.map((track) => track.take())
    const fragment = recordingFragment(this.#fragments + 1, fragments)
    const offset = this.#bytes + (header?.length ?? 0)
    if (offset + fragment.length + randomAccessIndexBytes(this.#points.length + 1) > maxBytes) {
      this.#bound = 'bytes'
      return
    }
    this.#fragments += 1
    for (const track of gathered) track.commit()
    const [leader] = gathered
    if (leader === this.#tracks[0] && leader) this.#index(leader, offset)
    if (header) this.#write(header)
    this.#write(fragment)
  }

  /** One point a fragment is enough, where every picture is one. */
  #index(leader: RecordedTrackSamples, offset: number): void {
    const point = leader.firstRandomAccess
    if (point) this.#points.push({ trackId: leader.trackId, ...point, offset, trackFragment: 1 })
  }

  #write(chunk: Uint8Array<ArrayBuffer>): void {
    this.#bytes += chunk.length
    this.#options.write(chunk)
  }

  #header(isFinished: boolean) {
    const { begins } = this.#options
    return { begins, tracks: this.#tracks.map((track) => track.header(this.#start ?? 0, isFinished)) }
  }
}
