import type { Viewer } from './viewer.ts'

/** What was carried for the viewers of a stream, since the start. */
export interface CarriedBytes {
  down: number
  up: number
}

/** The viewers that are open or being closed, and the sums of those that are gone. */
export class ViewerList implements Iterable<Viewer> {
  readonly #viewers = new Set<Viewer>()
  readonly #byAddress = new Map<string, number>()
  /** Of those that are gone, by stream; '' for targets that viewers named. */
  readonly #carried = new Map<string, CarriedBytes>()
  readonly #sweepInterval: number
  #sweep: NodeJS.Timeout | undefined
  #whenEmpty: (() => void)[] = []

  /** @param sweepInterval milliseconds between looks at the time-outs of all */
  constructor(sweepInterval: number) {
    this.#sweepInterval = sweepInterval
  }

  get size(): number {
    return this.#viewers.size
  }

  [Symbol.iterator](): Iterator<Viewer> {
    return this.#viewers.values()
  }

  ofAddress(address: string): number {
    return this.#byAddress.get(address) ?? 0
  }

  /** Keeps it until nothing of it is left. */
  add(viewer: Viewer, address: string): void {
    this.#viewers.add(viewer)
    this.#byAddress.set(address, this.ofAddress(address) + 1)
    viewer.whenFinished(() => this.#forget(viewer, address))
    this.#sweep ??= setInterval(() => this.#tick(), this.#sweepInterval)
  }

  /** Resolves when the last one is gone, or after so many milliseconds. */
  async emptied(timeout: number): Promise<void> {
    if (this.#viewers.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout)
      this.#whenEmpty.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Forgets those that do not go. */
  clear(): void {
    this.#viewers.clear()
    clearInterval(this.#sweep)
  }

  /** By stream, of all that are and were. */
  carried(): Map<string, CarriedBytes> {
    const sums = new Map([...this.#carried].map(([stream, { down, up }]) => [stream, { down, up }]))
    for (const viewer of this.#viewers) count(sums, viewer)
    return sums
  }

  #forget(viewer: Viewer, address: string): void {
    this.#viewers.delete(viewer)
    count(this.#carried, viewer)
    const left = this.ofAddress(address) - 1
    if (left > 0) this.#byAddress.set(address, left)
    else this.#byAddress.delete(address)
    if (this.#viewers.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
    for (const tell of this.#whenEmpty.splice(0)) tell()
  }

  /** The one timer of all connections. */
  #tick(): void {
    const now = performance.now()
    for (const viewer of this.#viewers) viewer.tick(now)
  }
}

function count(sums: Map<string, CarriedBytes>, { stream = '', bytesDown, bytesUp }: Viewer): void {
  const sum = sums.get(stream) ?? { down: 0, up: 0 }
  sum.down += bytesDown
  sum.up += bytesUp
  sums.set(stream, sum)
}
