import { loadPart } from '../part.ts'
import type { ClockJudge } from './clock-judge.ts'

/** Milliseconds that are looked at together. */
const LOOK = 2_000
/** What comes by more than this part too fast or too slowly, twice in a row, is worth a closer look. */
const ODD = 0.06

/**
 * Whether the packets of a live track come at the pace of their timestamps, roughly. This much costs nothing; what judges
 * is loaded at the first doubt.
 */
export class PaceCheck {
  readonly #clockRate: number
  readonly #doubted: () => void
  #timestamp = 0
  #arrival = Number.NaN
  #begin: { readonly timestamp: number; readonly arrival: number } | undefined
  #odd = 0
  /** What judges, once it is loaded. */
  judge: ClockJudge | undefined

  constructor(clockRate: number, doubted: () => void) {
    this.#clockRate = clockRate
    this.#doubted = doubted
  }

  /** A packet, as long as there is no `judge`. @param arrival milliseconds of a monotonic clock */
  note(timestamp: number, arrival: number): void {
    this.#begin ??= { timestamp, arrival }
    const passed = arrival - this.#arrival
    if (passed < LOOK) return
    const media = (((timestamp - this.#timestamp) | 0) / this.#clockRate) * 1000
    this.#timestamp = timestamp
    this.#arrival = arrival
    if (Math.abs(media / passed - 1) > ODD) this.#odd++
    else this.#odd = 0
    if (this.#odd > 1 || media * 4 < passed) this.#doubted()
  }

  /** A track of which nothing came has nothing to judge either. */
  use(Judge: typeof ClockJudge, all: ClockJudge[]): void {
    if (this.#begin) this.judge ??= new Judge(this.#clockRate, this.#begin, all)
  }
}

/** The checks of a session's tracks: whether it is a clock or the network that is slow, they tell only together. */
export class PaceChecks {
  readonly #checks: PaceCheck[] = []
  readonly #judges: ClockJudge[] = []
  #loading = false

  add(clockRate: number): PaceCheck {
    const check = new PaceCheck(clockRate, () => void this.#judge())
    this.#checks.push(check)
    return check
  }

  async #judge(): Promise<void> {
    if (this.#loading) return
    this.#loading = true
    try {
      const { ClockJudge } = await loadPart('measures clocks', () => import('./clock-judge.ts'))
      for (const check of this.#checks) check.use(ClockJudge, this.#judges)
    } catch {
      // Then it plays as its timestamps say; at the next doubt it may be there.
    }
    this.#loading = false
  }
}
