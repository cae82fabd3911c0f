import type { ProtocolError } from '../../../protocol/errors.ts'
import { partNotLoaded } from '../part-not-loaded.ts'
import type { SessionMessage } from '../stream/messages.ts'

/** Messages that may wait: two minutes of pictures. */
export const MAX_HELD = 4096

export interface RecordingGateEvents {
  follow(message: SessionMessage): void
  /** What shows recordings is not to be had: nothing more is followed of this session. */
  failed(error: ProtocolError): void
}

/**
 * Hands on what a session tells. Where it turns out to be a recording, that waits for the code that shows recordings, which
 * is loaded then: most players show the present only.
 */
export class RecordingGate {
  readonly #load: () => Promise<void>
  readonly #events: RecordingGateEvents
  #isLoaded = false
  #held: SessionMessage[] | undefined

  constructor(load: () => Promise<void>, events: RecordingGateEvents) {
    this.#load = load
    this.#events = events
  }

  receive(message: SessionMessage): void {
    const held = this.#held
    if (held) {
      held.push(message)
      if (held.length > MAX_HELD) this.#fail('it does not come')
    } else if (message.type === 'opened' && message.duration !== null && !this.#isLoaded) this.#wait([message])
    else this.#events.follow(message)
  }

  /** Another session follows, or none: what waits is nobody's. */
  reset(): void {
    this.#held = undefined
  }

  #wait(held: SessionMessage[]): void {
    this.#held = held
    this.#load().then(
      () => {
        this.#isLoaded = true
        if (this.#held !== held) return
        this.#held = undefined
        for (const message of held) this.#events.follow(message)
      },
      (cause: unknown) => {
        if (this.#held === held) this.#fail(cause)
      },
    )
  }

  #fail(cause: unknown): void {
    this.#held = undefined
    this.#events.failed(partNotLoaded(cause))
  }
}
