/** Controls go when nobody did anything for so long. */
const IDLE_MS = 3_000

/**
 * Whether somebody is busy with a player: the pointer moves above it, a key is pressed in it, or the keyboard's focus lies
 * on what would go.
 */
export class Activity {
  readonly #changed: (isActive: boolean) => void
  readonly #keeps: () => boolean
  readonly #closing = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  #isActive = true

  /**
   * @param keeps tells that controls have to stay for now
   * @param changed is told when they come and go
   */
  constructor(player: HTMLElement, keeps: () => boolean, changed: (isActive: boolean) => void) {
    this.#keeps = keeps
    this.#changed = changed
    const { signal } = this.#closing
    for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
      player.addEventListener(
        type,
        (event) => {
          // A finger is for `toggle`: its tap shows them, and the next one hides them.
          if (!(event instanceof PointerEvent) || event.pointerType === 'mouse') this.wake()
        },
        { signal },
      )
    }
    player.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && this.#sleep(), { signal })
    this.wake()
  }

  get isActive(): boolean {
    return this.#isActive
  }

  wake(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#sleep(), IDLE_MS)
    this.#set(true)
  }

  /** Of a tap. */
  toggle(): void {
    if (this.#isActive) this.#sleep()
    else this.wake()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#closing.abort()
  }

  #sleep(): void {
    if (this.#keeps()) this.wake()
    else this.#set(false)
  }

  #set(isActive: boolean): void {
    if (isActive === this.#isActive) return
    this.#isActive = isActive
    this.#changed(isActive)
  }
}
