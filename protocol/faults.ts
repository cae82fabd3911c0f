import { ProtocolError, type ProtocolErrorCode } from './errors.ts'

/** One kind of fault is told at most so often, in milliseconds: a bad network must not become a bad page as well. */
const QUIET = 5_000

interface Kind {
  seen: number
  told: number
  toldAt: number
}

/** Turns counters of what was got over into events: what is new of each kind, at a bounded rate. */
export class FaultReporter {
  readonly #kinds = new Map<ProtocolErrorCode, Kind>()
  readonly #tell: (error: ProtocolError) => void

  constructor(tell: (error: ProtocolError) => void) {
    this.#tell = tell
  }

  /**
   * @param total how often it has happened since the start
   * @param sentence what happened, for so many of them
   * @param now milliseconds of a monotonic clock
   */
  update(code: ProtocolErrorCode, total: number, now: number, sentence: (count: number) => string): void {
    const kind = this.#kinds.get(code) ?? { seen: 0, told: 0, toldAt: Number.NEGATIVE_INFINITY }
    this.#kinds.set(code, kind)
    kind.seen = Math.max(kind.seen, total)
    if (kind.seen === kind.told || now - kind.toldAt < QUIET) return
    this.#tell(new ProtocolError(code, sentence(kind.seen - kind.told)))
    kind.told = kind.seen
    kind.toldAt = now
  }
}
