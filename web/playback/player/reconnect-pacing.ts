import { Backoff } from './reconnect.ts'

/** Attempts to one bridge that may be under way at once, where it is there. */
const AT_ONCE = 4
/** From one attempt to the next, in milliseconds: so much at least, and up to twice as much. */
const SPACING_MS = 25
/** Over how long the players that waited for a bridge come back to it. */
const SPREAD_MS = 500

/** An attempt of one player to get its stream back. */
export interface PacedAttempt {
  /** When it is made, by `performance.now()`; later where it is not its turn by then. Undefined once it is under way. */
  readonly dueAt: number | undefined
  /** The bridge answered. */
  reached(): void
  /** It is over, well or not. @param missed there was no bridge to be had */
  over(missed: boolean): void
}

interface Waiting {
  /** Not before this; milliseconds of a monotonic clock. */
  from: number
  startedAt: number
  readonly go: () => void
}

/** Those who wait for one bridge, and those who are trying. */
class Line {
  readonly #random: () => number
  readonly #backoff: Backoff
  readonly #waiting = new Set<Waiting>()
  readonly #trying = new Set<Waiting>()
  #isMissing = false
  #missedAt = Number.NEGATIVE_INFINITY
  #notBefore = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(random: () => number) {
    this.#random = random
    this.#backoff = new Backoff(random)
  }

  get isEmpty(): boolean {
    return this.#waiting.size + this.#trying.size === 0
  }

  wait(delay: number, missed: boolean, go: () => void): PacedAttempt {
    const attempt = { from: performance.now() + delay, startedAt: 0, go }
    this.#waiting.add(attempt)
    if (missed) this.#isMissing = true
    this.#advance()
    const dueAt = () => (this.#waiting.has(attempt) ? Math.max(attempt.from, this.#notBefore) : undefined)
    return {
      get dueAt() {
        return dueAt()
      },
      reached: () => this.#reached(),
      over: (missed) => this.#over(attempt, missed),
    }
  }

  /** Something has changed for the better: nobody waits for long. */
  hurry(): void {
    const now = performance.now()
    this.#notBefore = now + SPACING_MS
    for (const attempt of this.#waiting) attempt.from = Math.min(attempt.from, now + this.#random() * SPREAD_MS)
    this.#advance()
  }

  #reached(): void {
    if (!this.#isMissing) return
    this.#isMissing = false
    this.#backoff.reset()
    this.hurry()
  }

  #over(attempt: Waiting, missed: boolean): void {
    const wasTrying = this.#trying.delete(attempt)
    this.#waiting.delete(attempt)
    // Several that set out together and found nobody are one more failure, not several.
    if (wasTrying && missed && attempt.startedAt > this.#missedAt) {
      this.#isMissing = true
      this.#missedAt = performance.now()
      this.#notBefore = this.#missedAt + this.#backoff.next(this.#missedAt)
    }
    this.#advance()
  }

  /** While the bridge is missing one tries for all. */
  #advance(): void {
    clearTimeout(this.#timer)
    const now = performance.now()
    while (this.#trying.size < (this.#isMissing ? 1 : AT_ONCE)) {
      const [next] = [...this.#waiting].sort((a, b) => a.from - b.from)
      if (!next) return
      const due = Math.max(next.from, this.#notBefore)
      if (due > now) {
        this.#timer = setTimeout(() => this.#advance(), due - now)
        return
      }
      this.#waiting.delete(next)
      this.#trying.add(next)
      next.startedAt = now
      this.#notBefore = now + SPACING_MS * (1 + this.#random())
      next.go()
    }
  }
}

/**
 * The players of a page that lost their streams come back one after the other. Of those who lost the bridge itself one
 * tries for all, later each time; when it is there again the others follow, a few at a time. A wall of fifty tiles is no
 * more to a bridge that restarts than one player.
 */
export class ReconnectPacing {
  readonly #random: () => number
  readonly #lines = new Map<string, Line>()

  /** @param random a number from 0 (with) to 1 (without). */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /**
   * Calls back when it is this player's turn, not before `delay` milliseconds are over.
   *
   * @param bridge whom it is about
   * @param missed it is the bridge that is missing
   */
  wait(bridge: string, delay: number, missed: boolean, go: () => void): PacedAttempt {
    const line = this.#lines.get(bridge) ?? new Line(this.#random)
    this.#lines.set(bridge, line)
    const attempt = line.wait(delay, missed, go)
    return {
      get dueAt() {
        return attempt.dueAt
      },
      reached: () => attempt.reached(),
      over: (missed) => {
        attempt.over(missed)
        if (line.isEmpty && this.#lines.get(bridge) === line) this.#lines.delete(bridge)
      },
    }
  }

  /** The network is back. */
  hurry(): void {
    for (const line of this.#lines.values()) line.hurry()
  }
}

let shared: ReconnectPacing | undefined

/** One for all players of the page. */
export function sharedReconnectPacing(): ReconnectPacing {
  if (!shared) {
    const pacing = new ReconnectPacing()
    addEventListener('online', () => pacing.hurry())
    shared = pacing
  }
  return shared
}
