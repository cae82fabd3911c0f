import type { RecordedRenderer, TrackKind } from '../renderer.ts'
import type { CanvasMedia } from './canvas-media.ts'
import type { CanvasRenderer } from './canvas-renderer.ts'
import type { Pace, PaintedPicture } from './screen-messages.ts'

const WATCH_MS = 50
/** Material to have in hand before playing starts or goes on, in seconds. */
const IN_HAND = 0.4
/** Pictures further apart than this do not tell how long one lasts, in seconds. */
const LONGEST_FRAME = 1
/** A picture so near to the place that was sought is it, in seconds. */
const AS_GOOD_AS_THERE = 0.1
/** Where none is so near, this long after there could be one, the clock runs all the same. */
const SEEK_PATIENCE_MS = 1_000
/** A time that no picture has. */
const NOTHING_DUE: Pace = { mediaTime: Number.NEGATIVE_INFINITY, at: 0, rate: 0 }

export interface CanvasRecordingEvents {
  /** A picture came. */
  appended(): void
}

/** Pictures of a recording on a canvas, by the clock of a `CanvasMedia`. Its sound is not played. */
export class CanvasRecording implements RecordedRenderer {
  // Coded pictures wait in memory of ours, which has not as much room as a browser's.
  readonly mostInHand = 8
  readonly leastInHand = 3
  readonly #media: CanvasMedia
  readonly #canvas: CanvasRenderer
  readonly #duration: number
  readonly #events: CanvasRecordingEvents
  readonly #timer: number
  #end: number | undefined
  /** What was played is not kept: the picture that is seen is the oldest. */
  #start = 0
  #frameDuration = 0
  #lastStart: number | undefined
  #isFlowing = false
  #seekingSince = 0
  #isFinished = false
  /** What comes is of a place that is about to be left: nothing of it is shown. */
  #isBlind = false

  /** @param duration seconds */
  constructor(media: CanvasMedia, canvas: CanvasRenderer, duration: number, events: CanvasRecordingEvents) {
    this.#media = media
    this.#canvas = canvas
    this.#duration = duration
    this.#events = events
    this.#timer = setInterval(() => this.#watch(), WATCH_MS)
  }

  get end(): number | undefined {
    return this.#end
  }

  get isFlowing(): boolean {
    return this.#isFlowing
  }

  get frameDuration(): number {
    return this.#frameDuration
  }

  begin(_tracks: ReadonlySet<TrackKind>, position: number): void {
    this.flush(position)
    // A session starts at the beginning, and is then asked for the place.
    this.#isBlind = position > 0
    if (this.#isBlind) this.#canvas.pace(NOTHING_DUE)
  }

  flush(position: number): void {
    this.#isBlind = false
    this.#end = undefined
    this.#lastStart = undefined
    this.#isFinished = false
    this.#setFlowing(false)
    this.#start = 0
    this.#media.range = undefined
    this.#media.currentTime = position
  }

  continue(): void {
    // The screen leaves out what comes again.
  }

  initialization(): void {
    // Decoder parameters go straight to the screen.
  }

  media(): void {
    // Access units, too.
  }

  gather(): void {
    this.#setFlowing(false)
  }

  finish(): void {
    this.#isFinished = true
    this.#advance()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#canvas.close()
  }

  /** The clock was changed. */
  pace(pace: Pace): void {
    if (!this.#isBlind) this.#canvas.pace(pace)
  }

  /** A picture came. @param start seconds */
  received(start: number): void {
    const before = this.#lastStart
    this.#lastStart = start
    if (before !== undefined && start > before && start - before < LONGEST_FRAME) this.#frameDuration = start - before
    this.#end = Math.max(this.#end ?? 0, start + this.#frameDuration)
    if (before === undefined) this.#start = start
    this.#media.range = { start: this.#start, end: this.#end }
    if (before === undefined && start > this.#media.currentTime && !this.#isBlind) this.#media.startAt(start)
    this.#advance()
    this.#events.appended()
  }

  painted(picture: PaintedPicture): void {
    const distance = Math.abs(picture.mediaTime - this.#media.currentTime)
    const isThere = this.#lastStart !== undefined && distance <= Math.max(2 * this.#frameDuration, AS_GOOD_AS_THERE)
    this.#media.painted(picture, isThere)
    if (!isThere || this.#end === undefined) return
    this.#start = picture.mediaTime
    this.#media.range = { start: this.#start, end: Math.max(this.#start, this.#end) }
  }

  #advance(): void {
    const inHand = (this.#end ?? 0) - this.#media.currentTime
    if (inHand >= IN_HAND * this.#media.playbackRate || this.#isFinished) this.#setFlowing(true)
  }

  #setFlowing(flowing: boolean): void {
    this.#isFlowing = flowing
    this.#media.flowing = flowing
  }

  #watch(): void {
    const { currentTime, paused, seeking, ended } = this.#media
    if (!seeking || !this.#isFlowing || this.#lastStart === undefined) this.#seekingSince = performance.now()
    else if (performance.now() - this.#seekingSince > SEEK_PATIENCE_MS) this.#media.arrive()
    if (paused || seeking || ended || this.#end === undefined) return
    if (currentTime < this.#end - this.#frameDuration / 4) return
    if (this.#isFinished || this.#end >= this.#duration - this.#frameDuration / 2) this.#media.finish()
    else this.#setFlowing(false)
  }
}
