interface Timer {
  readonly callback: () => void
  /** Milliseconds; undefined: once. */
  readonly interval: number | undefined
  dueAt: number
}

/** A clock that goes as fast as one wants, for all that runs in this process: `performance.now`, `Date.now` and timers. */
export class SimulatedTime {
  readonly #timers = new Map<number, Timer>()
  readonly #origin = Date.now()
  #now = 0
  #timersEver = 0

  /** From now on there is no other time in this process. */
  install(): void {
    performance.now = () => this.#now
    Date.now = () => this.#origin + this.#now
    const clear = (timer: number) => this.#timers.delete(timer)
    Object.assign(globalThis, {
      setTimeout: (callback: () => void, milliseconds = 0) => this.#set(callback, milliseconds, undefined),
      setInterval: (callback: () => void, milliseconds = 0) => this.#set(callback, milliseconds, milliseconds),
      clearTimeout: clear,
      clearInterval: clear,
    })
  }

  /** Milliseconds since 1970 at its beginning. */
  get origin(): number {
    return this.#origin
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size
  }

  /** @param to milliseconds since its beginning; what is due until then is called in its order */
  advance(to: number): void {
    for (let next = this.#next(to); next; next = this.#next(to)) {
      const [id, timer] = next
      this.#now = Math.max(this.#now, timer.dueAt)
      if (timer.interval === undefined) this.#timers.delete(id)
      else timer.dueAt += Math.max(1, timer.interval)
      timer.callback()
    }
    this.#now = Math.max(this.#now, to)
  }

  #next(to: number): [number, Timer] | undefined {
    let found: [number, Timer] | undefined
    for (const entry of this.#timers) {
      if (entry[1].dueAt <= to && (!found || entry[1].dueAt < found[1].dueAt)) found = entry
    }
    return found
  }

  #set(callback: () => void, milliseconds: number, interval: number | undefined): number {
    const id = ++this.#timersEver
    this.#timers.set(id, { callback, interval, dueAt: this.#now + milliseconds })
    return id
  }
}
