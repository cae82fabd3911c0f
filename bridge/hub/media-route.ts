import type { ProtocolErrorCode } from '../../protocol/errors.ts'
import type { MediaChoice } from '../upstream/open-camera.ts'

type State =
  /** Nothing is known yet. */
  | 'unknown'
  /** Media came as the camera agreed. */
  | 'agreed'
  /** It agreed to TCP and sent nothing: UDP is tried. */
  | 'trying-udp'
  /** By UDP it sends: remembered for as long as the bridge has the camera. */
  | 'udp'
  /** It sends neither way. */
  | 'silent'

/**
 * How a camera that leaves the choice to the bridge (`transport: auto`) is asked to send. Some agree to TCP and then send
 * nothing; each of those costs its first viewer some seconds, once. A camera that has nothing to send is asked the other
 * way once, and then left alone.
 */
export class MediaRoute {
  #state: State = 'unknown'

  /** What the next session asks for. */
  get choice(): MediaChoice {
    return this.#state === 'trying-udp' || this.#state === 'udp' ? 'udp' : 'auto'
  }

  /** Media came. */
  heard(): void {
    this.#state = this.choice === 'udp' ? 'udp' : 'agreed'
  }

  /** It plays, and nothing came. @returns whether another session is worth a try */
  silent(): boolean {
    const before = this.#state
    if (before === 'agreed') return false
    this.#state = before === 'unknown' ? 'trying-udp' : 'silent'
    return before !== 'silent'
  }

  /** A session could not be had, or was lost. */
  failed(code: ProtocolErrorCode): void {
    const refused = code === 'unsupported-transport'
    if (this.#state === 'trying-udp') this.#state = refused ? 'silent' : 'unknown'
    else if (this.#state === 'udp' && refused) this.#state = 'unknown'
  }

  /** Nobody watches any more: who comes next may have better luck. */
  released(): void {
    if (this.#state === 'silent') this.#state = 'unknown'
  }
}
