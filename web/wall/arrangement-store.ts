import {
  type Arrangement,
  arrangementText,
  fragmentEntry,
  readArrangement,
  withFragmentEntry,
} from './arrangement-text.ts'

/** Where a wall keeps its layout and order: the attribute `persist`. */
export type ArrangementPlace = 'url' | 'local' | 'session'

/** Attributes may hold anything: undefined where nothing is to be kept. */
export const arrangementPlace = (attribute: string): ArrangementPlace | undefined =>
  PLACES.find((place) => place === attribute)

const PLACES = ['url', 'local', 'session'] as const

/**
 * Keeps layout and order in the fragment of the page's address, or in a storage of the browser, which may deny it (private
 * windows, sandboxed frames, full disks): then nothing is kept, and nothing breaks.
 */
export class ArrangementStore {
  readonly #place: ArrangementPlace
  readonly #name: string

  /** @param name tells the walls of a page apart */
  constructor(place: ArrangementPlace, name: string) {
    this.#place = place
    this.#name = name
  }

  read(): Arrangement | undefined {
    try {
      const text = this.#place === 'url' ? fragmentEntry(location.hash, this.#name) : this.#storage.getItem(this.#key)
      return readArrangement(text)
    } catch {
      return undefined
    }
  }

  write(arrangement: Arrangement): void {
    const text = arrangementText(arrangement)
    try {
      if (this.#place === 'url') {
        // In place: nobody wants to go back through every tile that was moved.
        history.replaceState(history.state, '', withFragmentEntry(location.hash, this.#name, text))
      } else this.#storage.setItem(this.#key, text)
    } catch {
      // It is not kept. See above.
    }
  }

  /** Pages of one origin share its storage. */
  get #key(): string {
    return `rtsp-wall ${location.pathname} ${this.#name}`
  }

  /** @throws DOMException where the browser denies it */
  get #storage(): Storage {
    return this.#place === 'local' ? localStorage : sessionStorage
  }
}
