import { onTick } from '../page-ticks.ts'

/** Five seconds, in ticks of the page: so long a worker may be silent, and so long it has for an answer. */
const PATIENCE = 25

/**
 * Sees that a worker hangs, which no browser tells: one that was silent is asked, and given up where it does not answer. It is
 * counted in ticks, since those do not come while the page itself stands still or sleeps, and a busy machine takes its time.
 */
export class WorkerPulse {
  readonly #endTicks: () => void
  #silent = 0

  constructor(ask: () => void, giveUp: () => void) {
    this.#endTicks = onTick(() => {
      this.#silent += 1
      if (this.#silent === PATIENCE) ask()
      else if (this.#silent === 2 * PATIENCE) giveUp()
    })
  }

  /** It said something. */
  heard(): void {
    this.#silent = 0
  }

  close(): void {
    this.#endTicks()
  }
}
