import type { ReactiveController, ReactiveControllerHost } from 'lit'

/** Who plays, and is to stand still while nobody looks. */
export interface Leavable {
  readonly paused: boolean
  pause(): void
  play(): Promise<void>
}

/** A page that is kept in case the person comes back is looked at by nobody meanwhile. */
export class PageReturn implements ReactiveController {
  readonly #player: Leavable
  #playsOnReturn = false

  constructor(player: Leavable & ReactiveControllerHost) {
    this.#player = player
    player.addController(this)
  }

  hostConnected(): void {
    window.addEventListener('pagehide', this.#onHide)
    window.addEventListener('pageshow', this.#onShow)
  }

  hostDisconnected(): void {
    window.removeEventListener('pagehide', this.#onHide)
    window.removeEventListener('pageshow', this.#onShow)
  }

  readonly #onHide = ({ persisted }: PageTransitionEvent): void => {
    this.#playsOnReturn = persisted && !this.#player.paused
    if (this.#playsOnReturn) this.#player.pause()
  }

  readonly #onShow = (): void => {
    if (this.#playsOnReturn && this.#player.paused) this.#player.play().catch(() => undefined)
    this.#playsOnReturn = false
  }
}
