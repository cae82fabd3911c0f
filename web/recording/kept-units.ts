import type { RecordedUnit } from '../../protocol/fmp4/recording-track.ts'

/** A unit that a file can be made of. */
export interface KeptUnit extends RecordedUnit {
  /** Seconds of the recorder's timeline. */
  readonly start: number
  /** It is of the track that leads, and a decoder can start at it: a file can begin here. */
  readonly isEntry: boolean
  /** When it was captured, in milliseconds since 1970. */
  readonly capturedAt: number
}

/** Bytes that are kept at most, however many seconds are wanted: half a minute at 16 Mbit/s. */
export const MAX_KEPT_BYTES = 64 * 1024 * 1024
/** Sound that may come before the first picture, in units. */
const MAX_BEFORE_ENTRY = 256

/**
 * The newest units of a stream, from a place on where a file can begin: so many seconds, and the group of pictures that
 * they begin in. At its bound in bytes the oldest groups go; a group that is larger is let go up to the next keyframe.
 */
export class KeptUnits {
  readonly #maxBytes: number
  #units: KeptUnit[] = []
  #bytes = 0
  #entries = 0
  seconds = 0

  constructor(maxBytes = MAX_KEPT_BYTES) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A file can be begun with what is here. */
  get isStartable(): boolean {
    return this.#entries > 0
  }

  push(unit: KeptUnit): void {
    this.#units.push(unit)
    this.#bytes += unit.data.length
    if (unit.isEntry) {
      this.#entries += 1
      this.#forget(this.#entryBefore(unit.start - this.seconds))
    } else if (this.#entries === 0 && this.#units.length > MAX_BEFORE_ENTRY) this.#dropTo(1)
    while (this.#bytes > this.#maxBytes && this.#entries > 1) this.#forget(this.#nextEntry(this.#nextEntry(0) + 1))
    if (this.#bytes > this.#maxBytes) this.clear()
  }

  /**
   * The newest so many seconds, and what it takes to decode the first of them, in the order in which a file takes them: it
   * begins with an entry. Empty where there is none.
   */
  newest(seconds: number): readonly KeptUnit[] {
    const units = this.#units
    const end = units.at(-1)?.start ?? 0
    const begin = this.#entryBefore(end - seconds)
    const entry = units[begin]
    if (!entry?.isEntry) return []
    // Sound may have come before the picture that it belongs to.
    const earlier = units.slice(0, begin).filter(({ trackId }) => trackId !== entry.trackId)
    return [entry, ...earlier, ...units.slice(begin + 1)]
  }

  clear(): void {
    this.#units = []
    this.#bytes = 0
    this.#entries = 0
  }

  /** Index of the last entry that is not later than this, else of the first; -1 where there is none. */
  #entryBefore(start: number): number {
    const found = this.#units.findLastIndex((unit) => unit.isEntry && unit.start <= start)
    return found >= 0 ? found : this.#nextEntry(0)
  }

  /** Index of the first entry from there on; -1 where there is none. */
  #nextEntry(from: number): number {
    return this.#units.findIndex((unit, index) => index >= from && unit.isEntry)
  }

  /** Lets go what is before an entry, but the sound that is heard from there on. */
  #forget(entryAt: number): void {
    const entry = this.#units[entryAt]
    if (entryAt <= 0 || !entry) return
    const isHeard = (unit: KeptUnit) => unit.trackId !== entry.trackId && unit.start > entry.start - 1
    const heard = this.#units.slice(0, entryAt).filter(isHeard)
    this.#dropTo(entryAt)
    this.#units.unshift(...heard)
    this.#bytes += heard.reduce((sum, { data }) => sum + data.length, 0)
  }

  #dropTo(index: number): void {
    for (const { data, isEntry } of this.#units.splice(0, index)) {
      this.#bytes -= data.length
      if (isEntry) this.#entries -= 1
    }
  }
}
