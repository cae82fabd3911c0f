import type { ClipFrame, ClipTrack } from './clip.ts'

/** A frame of the endless track: the `index`-th of the `turn`-th turn since 1970. */
export interface Position {
  readonly turn: number
  readonly index: number
}

/**
 * A track of a clip that is repeated without end. Turn 0 begins at the Unix epoch, so that the place in the clip
 * follows from the time of day alone: a clip of 60 s is at second n at second n of each minute.
 *
 * All times are ticks of the track's clock since the epoch: they grow over the seam between two turns, and the RTP
 * timestamp is such a time plus a random offset.
 */
export class TrackLoop {
  readonly track: ClipTrack
  readonly #periodTicks: number

  /** @param period seconds of one turn */
  constructor(track: ClipTrack, period: number) {
    this.track = track
    this.#periodTicks = period * track.clockRate
  }

  /** The first frame that is to be sent at `ticks` or later. */
  seek(ticks: number): Position {
    // Frames of the run-up are sent before their turn begins, so it may be a frame of the turn before or after.
    for (let turn = Math.floor(ticks / this.#periodTicks) - 1; ; turn++) {
      const index = this.#firstAt(ticks - this.#base(turn))
      if (index < this.#count(turn)) return { turn, index }
    }
  }

  next({ turn, index }: Position): Position {
    return index + 1 < this.#count(turn) ? { turn, index: index + 1 } : { turn: turn + 1, index: 0 }
  }

  frame({ index }: Position): ClipFrame {
    const frame = this.track.frames[index]
    if (!frame) throw new RangeError(`the clip has no frame ${index}`)
    return frame
  }

  sendTime(position: Position): number {
    return this.#base(position.turn) + this.frame(position).sendTime
  }

  rtpTime(position: Position): number {
    return this.#base(position.turn) + this.frame(position).rtpTime
  }

  /**
   * Where a turn begins. Where all frames last the same (AAC), at a whole number of frames: the sound is then shifted
   * against the picture by less than half a frame, but has neither a gap nor an overlap at the seam.
   */
  #base(turn: number): number {
    const { frameTicks } = this.track
    const ticks = turn * this.#periodTicks
    return frameTicks > 0 ? Math.round(ticks / frameTicks) * frameTicks : Math.round(ticks)
  }

  /** Frames that fit the turn: those behind its end would overlap the next one's. */
  #count(turn: number): number {
    const { frames } = this.track
    const length = this.#base(turn + 1) - this.#base(turn)
    return Math.max(1, this.#firstAt((frames[0]?.sendTime ?? 0) + length))
  }

  /** Index of the first frame that is sent at `sendTime` of the turn or later. */
  #firstAt(sendTime: number): number {
    const { frames } = this.track
    let low = 0
    let high = frames.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((frames[middle]?.sendTime ?? 0) < sendTime) low = middle + 1
      else high = middle
    }
    return low
  }
}
