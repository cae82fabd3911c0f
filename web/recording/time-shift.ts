/** How often the play head is looked at. */
const WATCH_MS = 200
/** Nearer to the edge than this, in seconds, a place is the edge. */
const AT_EDGE = 0.5
/** Looks in a row at which the play head stood, before a gap is jumped over. */
const LOOKS_AT_GAP = 3

/** Who holds a live stream at its edge. */
export interface HeldEdge {
  /** The play head is left alone. */
  isShifted: boolean
  /** To the newest picture. */
  unstick(): void
}

/**
 * A live stream that is looked at later: the play head is where a person wants it within what is kept, and goes on from
 * there at the pace of the stream.
 */
export class TimeShift {
  readonly #video: HTMLVideoElement
  readonly #edge: () => HeldEdge | undefined
  /** How far back a person can go. */
  seconds: number
  #isShifted = false
  #timer: number | undefined
  #stoodAt = 0
  #looks = 0

  /** @param edge who holds the play head while nothing is shifted */
  constructor(video: HTMLVideoElement, seconds: number, edge: () => HeldEdge | undefined) {
    this.#video = video
    this.seconds = seconds
    this.#edge = edge
  }

  /** What is seen is not the present. */
  get isShifted(): boolean {
    return this.#isShifted
  }

  /** Where a person can go, in seconds on the timeline of the element; undefined where nothing is there. */
  get range(): { readonly start: number; readonly end: number } | undefined {
    const { buffered } = this.#video
    if (buffered.length === 0) return undefined
    const end = buffered.end(buffered.length - 1)
    return { start: Math.max(buffered.start(0), end - this.seconds), end }
  }

  /** The picture stands, and the stream goes on behind it. */
  pause(): void {
    // Before the edge is left, and with it the rate: that would make WebKit's pipeline begin anew.
    this.#video.pause()
    this.#shift()
  }

  /** From where it stood; where that is not kept any more, from the oldest that is. */
  play(): void {
    this.#stayWithin()
    this.#video.play().catch(() => undefined)
  }

  /** @param seconds on the timeline of the element */
  seek(seconds: number): void {
    const { range } = this
    if (!range) return
    const { start, end } = range
    if (seconds >= end - AT_EDGE && !this.#video.paused) {
      this.goLive()
      return
    }
    this.#shift()
    this.#video.currentTime = Math.min(Math.max(start, seconds), end)
  }

  /** To the newest picture, and on with the stream. */
  goLive(): void {
    this.reset()
    if (this.#video.paused) this.#video.play().catch(() => undefined)
    this.#edge()?.unstick()
  }

  /** What was kept is gone, or is not wanted: the edge is held again. */
  reset(): void {
    clearInterval(this.#timer)
    this.#isShifted = false
    this.hold()
  }

  /** Tells whoever holds the edge by now. */
  hold(): void {
    const edge = this.#edge()
    if (edge) edge.isShifted = this.#isShifted
  }

  #shift(): void {
    if (this.#isShifted) return
    this.#isShifted = true
    this.hold()
    this.#timer = setInterval(() => this.#look(), WATCH_MS)
  }

  #look(): void {
    const { paused, seeking, currentTime } = this.#video
    if (paused || seeking) return
    this.#stayWithin()
    this.#looks = currentTime === this.#stoodAt ? this.#looks + 1 : 0
    this.#stoodAt = currentTime
    const next = this.#looks < LOOKS_AT_GAP ? undefined : this.#nextStart(currentTime)
    if (next !== undefined) this.#video.currentTime = next
  }

  /** What is older than what is kept cannot be played. */
  #stayWithin(): void {
    const { buffered, currentTime } = this.#video
    if (buffered.length > 0 && currentTime < buffered.start(0)) this.#video.currentTime = buffered.start(0)
  }

  #nextStart(time: number): number | undefined {
    const { buffered } = this.#video
    for (let i = 0; i < buffered.length; i++) if (buffered.start(i) > time) return buffered.start(i)
    return undefined
  }
}
