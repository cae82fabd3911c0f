import { Ticks } from '../units.ts'

/** When one sample is decoded and shown, in ticks of its track. */
export interface SampleTimes {
  readonly decodeTime: Ticks
  readonly presentationTime: Ticks
  readonly duration: Ticks
}

/** Deltas that the median is taken of: half a second at 30 frames a second; odd, so that it is one of them. */
const DELTAS = 15
/** Frames a second, until two frames tell. */
const INITIAL_FRAME_RATE = 30
/**
 * How far a decode time may lie behind the one before, in durations of that sample. Browsers take a step of more than
 * two (Media Source Extensions, coded frame processing, step 6) as a gap and drop everything up to the next random
 * access point; two exactly would be lost to their rounding to microseconds.
 */
const LARGEST_STEP = 1.5
/** max_num_reorder_frames of H.264 and sps_max_num_reorder_pics of H.265 are at most 16. */
const LARGEST_REORDER_DEPTH = 16
/** Frames a second that no camera exceeds: deltas below are of pictures that were moved by a tick. */
const LARGEST_FRAME_RATE = 1000
/** Seconds between two pictures that are no rhythm but a gap. */
const LARGEST_DELTA = 3600
/** The composition offset of `trun` is a signed number of 32 bits. */
const LARGEST_COMPOSITION_OFFSET = 0x7fff_ffff

/**
 * Decode times and durations of pictures that are sent out at once, before the next is known.
 *
 * - The duration is the running median of the deltas.
 * - Decode times strictly increase, and never step further than browsers allow: after a missing picture, or when the
 *   camera lowers its frame rate, they fall behind the presentation times and catch up by half a duration a picture. The
 *   presentation times stay true.
 * - Where pictures are reordered, the decode time of the n-th picture is the (n - depth)-th of the presentation times in
 *   order. It is known by then, for at most `depth` pictures are decoded before it and shown after it: it is the one that
 *   `depth` of the times so far come behind. So the depth may grow in mid-stream: only the one picture whose decode time
 *   was given out too early by then has one that lies behind its presentation time.
 */
export class PictureTiming {
  /** The last presentation times in output order, the last one first. */
  readonly #latest: number[] = []
  readonly #deltas = new RunningMedian(DELTAS)
  #lastInOrder = -1
  #lastPresentation = -1
  #lastDecode = -1
  #duration: number
  readonly #smallestDelta: number
  readonly #largestDelta: number
  /** Presentation times that did not increase though pictures are not reordered, and were moved by a tick. */
  repaired = 0

  constructor(clockRate: number) {
    this.#smallestDelta = clockRate / LARGEST_FRAME_RATE
    this.#largestDelta = Math.min(clockRate * LARGEST_DELTA, 0x7fff_ffff)
    this.#duration = Math.max(1, Math.round(clockRate / INITIAL_FRAME_RATE))
  }

  next(timestamp: Ticks, reorderDepth: number): SampleTimes {
    // Further back than a composition offset can say, no decoder would show it anyway.
    let presentation: number = Math.max(timestamp, this.#lastDecode + 1 - LARGEST_COMPOSITION_OFFSET)
    if (reorderDepth === 0 && presentation <= this.#lastPresentation) {
      presentation = this.#lastPresentation + 1
      this.repaired++
    }
    this.#lastPresentation = presentation
    const wanted = this.#inOrder(presentation, reorderDepth)
    const previousDuration = this.#duration
    this.#duration = this.#deltas.value ?? this.#duration

    let decode = Math.max(wanted, this.#lastDecode + 1)
    if (this.#lastDecode >= 0) {
      const furthest = this.#lastDecode + Math.max(1, Math.floor(previousDuration * LARGEST_STEP))
      decode = Math.min(decode, furthest)
    }
    decode = Math.min(decode, presentation + LARGEST_COMPOSITION_OFFSET)
    decode = Math.max(decode, presentation - LARGEST_COMPOSITION_OFFSET)
    this.#lastDecode = decode
    return {
      decodeTime: Ticks(decode),
      presentationTime: Ticks(presentation),
      duration: Ticks(this.#duration),
    }
  }

  /** The decode time that the picture should have. */
  #inOrder(presentation: number, depth: number): number {
    const latest = this.#latest
    let at = 0
    while ((latest[at] ?? Number.NEGATIVE_INFINITY) > presentation) at++
    latest.splice(at, 0, presentation)
    if (latest.length > LARGEST_REORDER_DEPTH + 1) latest.pop()
    const time = latest[depth]
    if (time !== undefined) {
      this.#learnDelta(time)
      return time
    }
    // The first pictures have none before them: they are spread over the time before the first that is shown.
    const missing = depth + 1 - latest.length
    return Math.max(0, (latest.at(-1) ?? presentation) - missing * this.#duration)
  }

  #learnDelta(time: number): void {
    const delta = time - this.#lastInOrder
    // When the depth has grown, times come again that were learned from already.
    if (delta <= 0) return
    const isRhythm = delta >= this.#smallestDelta && delta <= this.#largestDelta
    if (this.#lastInOrder >= 0 && isRhythm) this.#deltas.add(delta)
    this.#lastInOrder = time
  }
}

/**
 * Times of audio frames, whose durations are known. Small steps, as of a camera that rounds to milliseconds, are closed,
 * since each is a click; a frame that comes before the end of the one before is dropped.
 */
export class SoundTiming {
  #end = -1
  /** Frames dropped because their time was taken. */
  dropped = 0

  next(timestamp: Ticks, duration: Ticks): SampleTimes | null {
    let time: number = timestamp
    if (this.#end >= 0) {
      const late = this.#end - time
      if (Math.abs(late) < duration / 2) time = this.#end
      else if (late > 0) {
        this.dropped++
        return null
      }
    }
    this.#end = time + duration
    return { decodeTime: Ticks(time), presentationTime: Ticks(time), duration }
  }
}

/** The median of the newest values; a few comparisons each, no garbage. */
class RunningMedian {
  readonly #newest: Float64Array
  readonly #sorted: Float64Array
  #count = 0
  #oldest = 0

  constructor(size: number) {
    this.#newest = new Float64Array(size)
    this.#sorted = new Float64Array(size)
  }

  add(value: number): void {
    const sorted = this.#sorted
    if (this.#count === sorted.length) {
      const gone = sorted.indexOf(this.#newest[this.#oldest] ?? 0)
      sorted.copyWithin(gone, gone + 1, this.#count--)
    }
    this.#newest[this.#oldest] = value
    this.#oldest = (this.#oldest + 1) % this.#newest.length
    let at = this.#count++
    for (; at > 0 && (sorted[at - 1] ?? 0) > value; at--) sorted[at] = sorted[at - 1] ?? 0
    sorted[at] = value
  }

  get value(): number | undefined {
    return this.#count === 0 ? undefined : this.#sorted[this.#count >> 1]
  }
}
