/** Where there is no animation frame by then, nobody looks: the page is hidden. */
const PATIENCE_MS = 250
/** A display shows at least so many pictures a second, and at most so many, in milliseconds for each. */
const LONGEST_FRAME_MS = 50
const SHORTEST_FRAME_MS = 4
const USUAL_FRAME_MS = 1000 / 60

/** `seen` is false where the display did not come back for what was painted. */
type OnFrame = (seen: boolean, shownAt: number) => void

/** Tells when the display takes what was painted, in a worker as in a page. */
export class DisplayClock {
  #interval = USUAL_FRAME_MS
  #last = 0

  /**
   * Calls back once: with the next frame of the display, or a while later where there is none.
   *
   * @param callback `shownAt`: when what is painted by then is expected to be seen, in milliseconds since 1970
   */
  next(callback: OnFrame): void {
    let done = false
    const settle = (seen: boolean, shownAt: number) => {
      if (done) return
      done = true
      clearTimeout(timer)
      callback(seen, shownAt)
    }
    const timer = setTimeout(() => settle(false, performance.timeOrigin + performance.now()), PATIENCE_MS)
    globalThis.requestAnimationFrame?.((time) => settle(true, performance.timeOrigin + this.#frame(time)))
  }

  /** What is handed over in one frame of the display is seen in the next. */
  #frame(time: number): number {
    const passed = time - this.#last
    this.#last = time
    // Frames may be left out, so the shortest counts; slowly back, for a window may be moved to another display.
    if (passed >= SHORTEST_FRAME_MS && passed <= LONGEST_FRAME_MS) {
      this.#interval = passed < this.#interval ? passed : this.#interval + (passed - this.#interval) * 0.02
    }
    return time + this.#interval
  }
}
