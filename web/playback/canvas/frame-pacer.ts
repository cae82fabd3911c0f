import type { Pace } from './screen-messages.ts'

/** A picture with its time on the stream, in seconds, that holds memory until it is closed. */
export interface PacedFrame {
  readonly mediaTime: number
  close(): void
}

/**
 * Decoded pictures that wait for their turn. Without a pace the newest is always due: at the live edge a picture that
 * is late is a picture too many. Pure logic; the times are those of whoever calls.
 */
export class FramePacer<Frame extends PacedFrame> {
  #pace: Pace | null = null
  /** In the order of their times. */
  #waiting: Frame[] = []
  #skipped = 0

  get length(): number {
    return this.#waiting.length
  }

  /** Pictures that were never due, because a newer one was due as well. */
  get skipped(): number {
    return this.#skipped
  }

  get pace(): Pace | null {
    return this.#pace
  }

  set pace(pace: Pace | null) {
    this.#pace = pace
  }

  /** The time of the stream, in seconds, that is due at a moment (milliseconds since 1970). */
  dueTime(now: number): number {
    const pace = this.#pace
    return pace ? pace.mediaTime + ((now - pace.at) / 1000) * pace.rate : Number.POSITIVE_INFINITY
  }

  push(frame: Frame): void {
    const after = this.#waiting.findIndex(({ mediaTime }) => mediaTime > frame.mediaTime)
    if (after < 0) this.#waiting.push(frame)
    else this.#waiting.splice(after, 0, frame)
    // Places in a decoder are few: what will not be shown gives its own back.
    if (!this.#pace) this.#skip(this.#waiting.length - 1)
  }

  /** The newest picture that is due; the ones before it are closed. The caller closes it. @param anyTime all are due */
  take(now: number, anyTime = false): Frame | undefined {
    const time = anyTime ? Number.POSITIVE_INFINITY : this.dueTime(now)
    const newest = this.#waiting.findLastIndex(({ mediaTime }) => mediaTime <= time)
    if (newest < 0) return undefined
    this.#skip(newest)
    return this.#waiting.shift()
  }

  clear(): void {
    for (const frame of this.#waiting) frame.close()
    this.#waiting = []
  }

  #skip(count: number): void {
    for (const late of this.#waiting.splice(0, count)) late.close()
    this.#skipped += count
  }
}
