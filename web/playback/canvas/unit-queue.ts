/** Coded bytes that may wait for the decoder: some seconds of a 4K camera. */
const MAX_BYTES = 32 * 1024 * 1024

export interface QueuedUnit {
  readonly data: Uint8Array
  readonly start: number
  readonly randomAccess: boolean
}

/**
 * Access units that wait for the decoder, up to a bound in bytes. Whole groups of pictures are let go, never a picture
 * that another needs.
 */
export class UnitQueue<Unit extends QueuedUnit> {
  readonly #maxBytes: number
  #units: Unit[] = []
  #bytes = 0
  /** What comes is of no use before a decoder can start. */
  #awaitsRandomAccess = true
  #dropped = 0

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  get length(): number {
    return this.#units.length
  }

  /** The one that is to be decoded next. */
  get next(): Unit | undefined {
    return this.#units[0]
  }

  /** Units that were let go since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }

  /** False where the decoder could not use it: it is counted, and nothing is kept. */
  accepts(randomAccess: boolean): boolean {
    if (randomAccess) this.#awaitsRandomAccess = false
    if (this.#awaitsRandomAccess) this.#dropped += 1
    return !this.#awaitsRandomAccess
  }

  /** Keeps a unit, whose data is its own. */
  push(unit: Unit): void {
    this.#units.push(unit)
    this.#bytes += unit.data.length
    if (this.#bytes <= this.#maxBytes) return
    this.skipTo(Number.POSITIVE_INFINITY)
    if (this.#bytes > this.#maxBytes) this.restart()
  }

  shift(): Unit | undefined {
    const unit = this.#units.shift()
    if (unit) this.#bytes -= unit.data.length
    return unit
  }

  /** Lets go of what comes before the newest random access point at or before a time: it would only be skipped. */
  skipTo(time: number): void {
    const newest = this.#units.findLastIndex(({ start, randomAccess }) => randomAccess && start <= time)
    if (newest > 0) this.#drop(newest)
  }

  /** All up to the next random access point goes: the decoder has lost what they depend on. */
  restart(): void {
    const next = this.#units.findIndex(({ randomAccess }) => randomAccess)
    this.#awaitsRandomAccess = next < 0
    this.#drop(next < 0 ? this.#units.length : next)
  }

  /** Another place follows; nothing of this counts as lost. */
  clear(): void {
    this.#units = []
    this.#bytes = 0
    this.#awaitsRandomAccess = true
  }

  #drop(count: number): void {
    for (const { data } of this.#units.splice(0, count)) this.#bytes -= data.length
    this.#dropped += count
  }
}
