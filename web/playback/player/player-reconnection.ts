import type { ProtocolError, ProtocolErrorCode } from '../../../protocol/errors.ts'
import { Backoff } from './reconnect.ts'
import { type PacedAttempt, type ReconnectPacing, sharedReconnectPacing } from './reconnect-pacing.ts'

/** It is the bridge that is missing, and with it the streams of all. */
const OF_THE_BRIDGE: ReadonlySet<ProtocolErrorCode> = new Set([
  'bridge-unreachable',
  'bridge-draining',
  'bridge-too-many',
])

/** How the stream of one player comes back: later each time, and in turn with the other players of the page. */
export class PlayerReconnection {
  readonly #pacing: ReconnectPacing
  readonly #backoff = new Backoff()
  #attempt: PacedAttempt | undefined
  #count = 0

  constructor(pacing: ReconnectPacing = sharedReconnectPacing()) {
    this.#pacing = pacing
  }

  /** Times that the stream was opened anew since it was asked for. */
  get count(): number {
    return this.#count
  }

  /** Attempts since the stream last played for a while. */
  get attempts(): number {
    return this.#backoff.attempts
  }

  /** When the next attempt is made, by `performance.now()`; undefined where none waits. */
  get retryAt(): number | undefined {
    return this.#attempt?.dueAt
  }

  /** The session ended by this. @param go opens another, when it is time */
  schedule(websocketUrl: string, error: ProtocolError, go: () => void): void {
    const missed = OF_THE_BRIDGE.has(error.code)
    this.#over(missed)
    const delay = this.#backoff.next(performance.now())
    this.#attempt = this.#pacing.wait(new URL(websocketUrl).origin, delay, missed, () => {
      this.#count += 1
      go()
    })
  }

  /** The bridge answered. */
  reached(): void {
    this.#attempt?.reached()
  }

  /** The camera plays. */
  setUp(): void {
    this.#over(false)
  }

  /** Something is seen or heard. */
  playing(): void {
    this.#backoff.playing(performance.now())
  }

  /** It is not wanted any more. */
  cancel(): void {
    this.#over(false)
  }

  /** A person asked for it: as if nothing had happened. */
  reset(): void {
    this.#over(false)
    this.#backoff.reset()
    this.#count = 0
  }

  #over(missed: boolean): void {
    this.#attempt?.over(missed)
    this.#attempt = undefined
  }
}
