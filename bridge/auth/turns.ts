/** So many at a time, the others in their order; and no more than so many of those. */
export class Turns {
  readonly #most: number
  readonly #mostWaiting: number
  #taken = 0
  readonly #waiting = new Set<() => void>()

  constructor(most: number, mostWaiting: number) {
    this.#most = most
    this.#mostWaiting = mostWaiting
  }

  /** Whether one more would not even be let wait. */
  get isFull(): boolean {
    return this.#taken >= this.#most && this.#waiting.size >= this.#mostWaiting
  }

  /** Resolves when it is one's turn, which one then gives back. @throws the signal's reason where that comes first */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#taken < this.#most) {
      this.#taken++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(turn)
        reject(signal.reason)
      }
      // The turn is handed over: it is not free in between.
      const turn = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(turn)
    })
  }

  giveBack(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#taken--
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
