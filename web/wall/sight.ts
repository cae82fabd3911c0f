/** A tile that was scrolled away may come back at once; it is paused when it has been away for so long. */
const AWAY_MS = 2_000

/**
 * Which elements of a page somebody can see: those that are scrolled into view, while the page itself is shown. What is
 * out of sight counts as seen for a while yet.
 */
export class Sight {
  readonly #changed: () => void
  readonly #observer: IntersectionObserver
  readonly #inView = new Set<Element>()
  readonly #timers = new Map<Element, ReturnType<typeof setTimeout>>()
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined
  #isPageHidden = document.hidden
  /** Milliseconds that players go on in a page that nobody sees. */
  hiddenGrace: number

  /** @param changed somebody sees other elements than before */
  constructor(hiddenGrace: number, changed: () => void) {
    this.hiddenGrace = hiddenGrace
    this.#changed = changed
    this.#observer = new IntersectionObserver((entries) => this.#observed(entries))
    document.addEventListener('visibilitychange', this.#onVisibility)
  }

  sees(element: Element): boolean {
    return !this.#isPageHidden && this.#inView.has(element)
  }

  observe(element: Element): void {
    this.#observer.observe(element)
  }

  unobserve(element: Element): void {
    this.#observer.unobserve(element)
    this.#inView.delete(element)
    clearTimeout(this.#timers.get(element))
    this.#timers.delete(element)
  }

  close(): void {
    this.#observer.disconnect()
    document.removeEventListener('visibilitychange', this.#onVisibility)
    clearTimeout(this.#hiddenTimer)
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #observed(entries: readonly IntersectionObserverEntry[]): void {
    let isNew = false
    for (const { target, isIntersecting } of entries) {
      clearTimeout(this.#timers.get(target))
      this.#timers.delete(target)
      if (isIntersecting && !this.#inView.has(target)) {
        this.#inView.add(target)
        isNew = true
      } else if (!isIntersecting && this.#inView.has(target)) {
        const timer = setTimeout(() => {
          this.#timers.delete(target)
          this.#inView.delete(target)
          this.#changed()
        }, AWAY_MS)
        this.#timers.set(target, timer)
      }
    }
    if (isNew) this.#changed()
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#hiddenTimer)
    if (document.hidden) this.#hiddenTimer = setTimeout(() => this.#setPageHidden(true), this.hiddenGrace)
    else this.#setPageHidden(false)
  }

  #setPageHidden(isHidden: boolean): void {
    if (isHidden === this.#isPageHidden) return
    this.#isPageHidden = isHidden
    this.#changed()
  }
}
