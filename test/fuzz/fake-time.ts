interface Timer {
  due: number
  readonly run: () => void
  /** Milliseconds between runs; undefined where there is only one. */
  readonly every: number | undefined
}

/**
 * A clock that moves only when told, in place of the timers of the platform: days of time-outs pass in milliseconds, and
 * what a closed connection has left running can be counted.
 */
export class FakeTime {
  #now = 1_000_000
  #lastId = 0
  readonly #timers = new Map<number, Timer>()
  readonly #restore: () => void

  constructor() {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis
    const now = performance.now
    this.#restore = () => {
      Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval })
      performance.now = now
    }
    const add = (run: () => void, delay: number, repeats: boolean): number => {
      const id = ++this.#lastId
      // As the platform has it: what is no delay, or more than 2^31 ms, is none.
      const wait = delay >= 1 && delay < 2 ** 31 ? delay : 1
      this.#timers.set(id, { due: this.#now + wait, run, every: repeats ? wait : undefined })
      return id
    }
    const clear = (id: number): boolean => this.#timers.delete(id)
    Object.assign(globalThis, {
      setTimeout: (run: () => void, delay = 0) => add(run, delay, false),
      setInterval: (run: () => void, delay = 0) => add(run, delay, true),
      clearTimeout: clear,
      clearInterval: clear,
    })
    performance.now = () => this.#now
  }

  /** Milliseconds since this clock was made. */
  get elapsed(): number {
    return this.#now - 1_000_000
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Lets pass what does not depend on time. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Moves on to the timer that is due next, and runs it. False where there is none. */
  next(): boolean {
    let first: Timer | undefined
    let firstId = 0
    for (const [id, timer] of this.#timers) {
      if (first && timer.due >= first.due) continue
      first = timer
      firstId = id
    }
    if (!first) return false
    this.#now = Math.max(this.#now, first.due)
    if (first.every === undefined) this.#timers.delete(firstId)
    else first.due = this.#now + first.every
    first.run()
    return true
  }

  /** Moves on without running what becomes due: it is late then. */
  pass(milliseconds: number): void {
    this.#now += milliseconds
  }

  /** Puts the platform's timers back. */
  end(): void {
    this.#restore()
  }
}
