import { Ticks } from '../units.ts'
import type { SampleTimes } from './sample-timing.ts'

/** max_num_reorder_frames of H.264 and sps_max_num_reorder_pics of H.265 are at most 16. */
const LARGEST_REORDER_DEPTH = 16
/** What the pictures before the first that is shown are spread over, until two frames tell: 30 a second. */
const INITIAL_FRAME_RATE = 30
/** The composition offset of `trun` is a signed number of 32 bits. */
const LARGEST_COMPOSITION_OFFSET = 0x7fff_ffff

/**
 * Decode times of pictures that go into a file. Unlike those of a stream that is shown at once (`PictureTiming`) they
 * may leave a gap: a player of files takes it as a picture that stands. Without B-frames they are the presentation times;
 * with them the decode time of the n-th picture is the (n - depth)-th of the presentation times in order.
 */
export class RecordingTiming {
  readonly #frame: number
  /** The last presentation times in output order, the last one first. */
  readonly #latest: number[] = []
  #lastDecode: number | undefined

  constructor(clockRate: number) {
    this.#frame = Math.max(1, Math.round(clockRate / INITIAL_FRAME_RATE))
  }

  /** @returns times whose decode time is larger than the one before, and may be negative at the beginning. */
  next(time: Ticks, reorderDepth: number): Omit<SampleTimes, 'duration'> {
    const depth = Math.min(reorderDepth, LARGEST_REORDER_DEPTH)
    const wanted = this.#inOrder(time, depth)
    const earliest = this.#lastDecode === undefined ? wanted : this.#lastDecode + 1
    const decode = Math.max(wanted, earliest, time - LARGEST_COMPOSITION_OFFSET)
    this.#lastDecode = decode
    // Without B-frames a picture that is not later than the one before is moved by a tick, as where it is shown.
    const presentation = depth === 0 ? decode : Math.max(time, decode - LARGEST_COMPOSITION_OFFSET)
    return { decodeTime: Ticks(decode), presentationTime: Ticks(presentation) }
  }

  #inOrder(time: number, depth: number): number {
    const latest = this.#latest
    let at = 0
    while ((latest[at] ?? Number.NEGATIVE_INFINITY) > time) at++
    latest.splice(at, 0, time)
    if (latest.length > LARGEST_REORDER_DEPTH + 1) latest.pop()
    const known = latest[depth]
    return known ?? (latest.at(-1) ?? time) - (depth + 1 - latest.length) * this.#frame
  }
}
