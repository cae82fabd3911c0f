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
 *   order: it is known by then, for at most `depth` pictures are decoded before it and shown after it.
 */
export class PictureTiming {
  /** Presentation times not yet given out as decode times, in order: as many as the reorder depth, at most 16. */
  readonly #pending: number[] = []
  readonly #deltas = new RunningMedian(DELTAS)
  #lastInOrder = -1
  #lastPresentation = -1
  #lastDecode = -1
  #duration: number
  /** Presentation times that did not increase though pictures are not reordered, and were moved by a tick. */
  repaired = 0

  constructor(clockRate: number) {
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
    const pending = this.#pending
    let at = pending.length
    while (at > 0 && (pending[at - 1] ?? 0) > presentation) at--
    pending.splice(at, 0, presentation)
    let time = -1
    while (pending.length > depth) {
      time = pending.shift() ?? time
      this.#learnDelta(time)
    }
    if (time >= 0) return time
    // The first pictures have none before them: they are spread over the time before the first that is shown.
    const missing = depth + 1 - pending.length
    return Math.max(0, (pending[0] ?? presentation) - missing * this.#duration)
  }

  #learnDelta(time: number): void {
    const delta = time - this.#lastInOrder
    if (this.#lastInOrder >= 0 && delta > 0) this.#deltas.add(delta)
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
