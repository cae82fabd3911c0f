import type { ReactiveController, ReactiveControllerHost } from 'lit'

/**
 * A control that has the focus and goes, as the recording button with its picture, leaves it to the one beside it: else it
 * would be the page's, and the keys of the player with it.
 */
export class KeptFocus implements ReactiveController {
  readonly #host: ReactiveControllerHost & Element
  readonly #focusAll: () => void
  #focused: Element | null = null
  /** The nearest first. */
  #near: readonly HTMLElement[] = []

  /** @param focusAll where there is nothing beside it */
  constructor(host: ReactiveControllerHost & Element, focusAll: () => void) {
    this.#host = host
    this.#focusAll = focusAll
    host.addController(this)
  }

  hostUpdate(): void {
    const { shadowRoot } = this.#host
    this.#focused = shadowRoot?.activeElement ?? null
    if (!shadowRoot || !this.#focused) return
    const controls = [...shadowRoot.querySelectorAll<HTMLElement>('button, input')]
    const at = controls.indexOf(this.#focused as HTMLElement)
    // Who uses the mouse does not see what has the focus, and would press it with the next space.
    const isSeen = this.#focused.matches(':focus-visible')
    this.#near = isSeen ? [...controls.slice(at + 1), ...controls.slice(0, Math.max(0, at)).reverse()] : []
  }

  hostUpdated(): void {
    if (!this.#focused || this.#focused.isConnected) return
    const next = this.#near.find((control) => control.isConnected && control.getClientRects().length > 0)
    if (next) next.focus({ preventScroll: true })
    else this.#focusAll()
  }
}
