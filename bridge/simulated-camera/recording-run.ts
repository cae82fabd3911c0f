import type { ClipFrame, ClipTrack } from './clip.ts'
import type { OutgoingTrack } from './outgoing-track.ts'

export interface RunOptions {
  /** Normal play time, in seconds: there, or at the last keyframe of the first track at or before it. */
  readonly start: { readonly exactly: number } | { readonly keyframeBefore: number }
  /** Normal play time behind the last frame. */
  readonly end: number
  /** Seconds of the recording in a second of its timestamps. */
  readonly scale: number
  /** Seconds of its timestamps in a second of the clock. */
  readonly speed: number
  /** Seconds of the clock of the timestamps that belong to the start. */
  readonly mediaTime: number
}

export interface DueFrame {
  readonly outgoing: OutgoingTrack
  readonly frame: ClipFrame
}

interface Cursor {
  readonly outgoing: OutgoingTrack
  index: number
}

/**
 * A stretch of a recording that is played without a break, from one PLAY to the next, to PAUSE, or to its end: which
 * frame is due when, and with which timestamp. Knows the time only as it is told.
 *
 * A frame's time is its sending time plus the lag between sending and showing, which B-frames need: so the frames of a
 * track have increasing times, and those of the keyframes are the times at which they are shown.
 */
export class RecordingRun {
  /** Normal play time of the first frame. */
  readonly start: number
  readonly end: number
  readonly scale: number
  readonly speed: number
  readonly #mediaTime: number
  readonly #cursors: readonly Cursor[]
  /** Seconds of a monotonic clock at which the start was due; later where the run had to wait. */
  #began = 0

  /** @param tracks the first leads: at its keyframes the others start too */
  constructor(tracks: readonly OutgoingTrack[], options: RunOptions) {
    const { start, end, scale, speed, mediaTime } = options
    const leading = tracks[0]?.track
    this.end = end
    this.scale = scale
    this.speed = speed
    this.#mediaTime = mediaTime
    this.start = 'exactly' in start ? start.exactly : this.#keyframeBefore(leading, start.keyframeBefore)
    this.#cursors = tracks.map((outgoing) => ({ outgoing, index: this.#firstAt(outgoing.track, this.start) }))
  }

  /** @param now seconds of a monotonic clock */
  begin(now: number): void {
    this.#began = now
  }

  /** All that follows comes later by so many seconds. */
  delay(seconds: number): void {
    this.#began += seconds
  }

  /** Normal play time at a moment of the monotonic clock. */
  position(now: number): number {
    const played = Math.max(0, now - this.#began) * this.scale * this.speed
    return Math.min(this.end, this.start + played)
  }

  /** Normal play time of the leading track's next frame, where a PAUSE stops; the end where there is none. */
  get pausePoint(): number {
    const leading = this.#cursors[0]
    return leading ? Math.min(this.end, this.#timeOf(leading)) : this.end
  }

  /** The next frame that is due, once. */
  next(now: number): DueFrame | undefined {
    const cursor = this.#earliest()
    if (!cursor || this.#timeOf(cursor) > this.position(now)) return undefined
    const frame = cursor.outgoing.track.frames[cursor.index]
    cursor.index++
    return frame && { outgoing: cursor.outgoing, frame }
  }

  /** Seconds until something is due: a frame, or the end. Below 0 where it is late. */
  waitingTime(now: number): number {
    const cursor = this.#earliest()
    const npt = cursor ? this.#timeOf(cursor) : this.end
    return this.#began + (npt - this.start) / (this.scale * this.speed) - now
  }

  isOver(now: number): boolean {
    return this.#earliest() === undefined && this.waitingTime(now) <= 0
  }

  /** Seconds of the clock of the timestamps at a normal play time. */
  mediaTimeAt(npt: number): number {
    return this.#mediaTime + (npt - this.start) / this.scale
  }

  /** Ticks of a track's clock at a normal play time. */
  ticksAt(track: ClipTrack, npt: number): number {
    return this.#base(track) + Math.round((npt * track.clockRate) / this.scale)
  }

  /** Ticks of a frame's presentation time. Rounded apart from the base, so that equal steps stay equal. */
  ticksOf(track: ClipTrack, frame: ClipFrame): number {
    return this.#base(track) + Math.round(frame.rtpTime / this.scale)
  }

  #base({ clockRate }: ClipTrack): number {
    return Math.round((this.#mediaTime - this.start / this.scale) * clockRate)
  }

  /** The cursor whose frame comes first; those at the end of the range have none. */
  #earliest(): Cursor | undefined {
    let earliest: Cursor | undefined
    for (const cursor of this.#cursors) {
      const time = this.#timeOf(cursor)
      if (time < this.end && (!earliest || time < this.#timeOf(earliest))) earliest = cursor
    }
    return earliest
  }

  #timeOf({ outgoing: { track }, index }: Cursor): number {
    return this.#frameTime(track, track.frames[index])
  }

  #frameTime({ clockRate, frames }: ClipTrack, frame: ClipFrame | undefined): number {
    const lag = (frames[0]?.rtpTime ?? 0) - (frames[0]?.sendTime ?? 0)
    return frame ? (frame.sendTime + lag) / clockRate : Number.POSITIVE_INFINITY
  }

  #keyframeBefore(track: ClipTrack | undefined, npt: number): number {
    if (!track) return npt
    const keyframe = track.frames.findLast((frame) => frame.randomAccess && reached(this.#frameTime(track, frame), npt))
    return Math.max(0, this.#frameTime(track, keyframe ?? track.frames[0]))
  }

  #firstAt(track: ClipTrack, npt: number): number {
    const index = track.frames.findIndex((frame) => reached(npt, this.#frameTime(track, frame)))
    return index < 0 ? track.frames.length : index
  }
}

/** Whether `a` is not behind `b`; times that were written as milliseconds count as what they were. */
const reached = (a: number, b: number): boolean => a <= b + 0.0005
