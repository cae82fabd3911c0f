/** Units over which the usual step between two of them is averaged. */
const MEMORY = 16
/** Part of the distance to its arrival that a unit makes good: the rest is the unevenness of the network. */
const PULL = 1 / 8
/** Seconds between two units, beyond which the pause says nothing of what is usual. */
const LONGEST_STEP = 2
/** Seconds from its arrival, beyond which a unit is placed there at once. */
const FAR_OFF = 0.25

/** The times of units whose timestamps tell none: when they came, freed of most of the network's unevenness. */
export class ArrivalClock {
  readonly #clockRate: number
  readonly #begin: { readonly ticks: number; readonly arrival: number }
  #ticks: number
  #arrival: number
  /** Running mean of the time between two units, in seconds. */
  #usualStep = 0

  /** @param ticks where the unit that comes at `arrival` lies */
  constructor(clockRate: number, ticks: number, arrival: number) {
    this.#clockRate = clockRate
    this.#begin = { ticks, arrival }
    this.#ticks = ticks
    this.#arrival = arrival
  }

  /** Where the next unit lies, always behind the one before. @param arrival milliseconds of a monotonic clock */
  next(arrival: number): number {
    const step = Math.min(LONGEST_STEP, Math.max(0, arrival - this.#arrival) / 1000)
    this.#arrival = arrival
    this.#usualStep += (step - this.#usualStep) / (this.#usualStep === 0 ? 1 : MEMORY)
    const came = this.#begin.ticks + ((arrival - this.#begin.arrival) * this.#clockRate) / 1000
    const due = this.#ticks + this.#usualStep * this.#clockRate
    const place = Math.abs(came - due) > FAR_OFF * this.#clockRate ? came : due + (came - due) * PULL
    this.#ticks = Math.max(this.#ticks + 1, Math.round(place))
    return this.#ticks
  }
}
