import type { ProtocolError } from '../../protocol/errors.ts'

/** Enough to tell what led to a fault, and few enough for people to read. */
const REMEMBERED = 30

/** What a player did, and when. */
export interface Happening {
  /** Milliseconds of the wall clock. */
  readonly at: number
  /** Name of the state, or `warning`. */
  readonly name: string
  readonly error: ProtocolError | undefined
}

/** The last things that happened to a player, the oldest first: the doctor tells them, and is loaded long after. */
export class StateHistory {
  readonly #happenings: Happening[] = []

  get happenings(): readonly Happening[] {
    return this.#happenings
  }

  push(name: string, error?: ProtocolError): void {
    this.#happenings.push({ at: Date.now(), name, error })
    if (this.#happenings.length > REMEMBERED) this.#happenings.shift()
  }
}
