/** Milliseconds between two looks, and looks that a worker may let pass without an answer. */
const LOOK = 1_000
const PATIENCE = 10

/**
 * Sees that a worker hangs, which the system does not tell: its viewers stand still, and the port still gives it new ones. It
 * is counted in looks, since those do not come while this process itself stands still or the machine sleeps.
 */
export class WorkerPulse {
  readonly #timer: ReturnType<typeof setInterval>
  #isAsked = false
  #silent = 0

  /**
   * @param ask resolves when it answered; what it rejects with is left to the end of the worker
   * @param giveUp called once, when it hangs
   */
  constructor(ask: () => Promise<unknown>, giveUp: () => void) {
    this.#timer = setInterval(() => {
      this.#silent += 1
      if (this.#silent > PATIENCE) {
        this.close()
        giveUp()
      } else if (!this.#isAsked) void this.#look(ask)
    }, LOOK)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(ask: () => Promise<unknown>): Promise<void> {
    this.#isAsked = true
    try {
      await ask()
      this.#silent = 0
    } catch {
      // It ended, or will be given up.
    }
    this.#isAsked = false
  }
}
