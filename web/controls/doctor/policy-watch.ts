/** More of the same help nobody. */
const MOST = 10

interface Refusal {
  readonly effectiveDirective?: string
  readonly blockedURI?: string
  readonly blockedURL?: string
}

/** What the page's Content Security Policy refuses, also before somebody looked, where the browser remembers it. */
export class PolicyWatch {
  readonly #violations = new Set<string>()
  readonly #changed: () => void
  readonly #observer: ReportingObserver | undefined

  constructor(changed: () => void) {
    this.#changed = changed
    document.addEventListener('securitypolicyviolation', this.#onViolation)
    if (typeof ReportingObserver === 'undefined') return
    this.#observer = new ReportingObserver(
      (reports) => {
        for (const { body } of reports) if (body) this.#add(body as Refusal)
      },
      { types: ['csp-violation'], buffered: true },
    )
    this.#observer.observe()
  }

  get violations(): readonly string[] {
    return [...this.#violations]
  }

  close(): void {
    document.removeEventListener('securitypolicyviolation', this.#onViolation)
    this.#observer?.disconnect()
  }

  readonly #onViolation = (event: SecurityPolicyViolationEvent): void => this.#add(event)

  #add({ effectiveDirective, blockedURI, blockedURL }: Refusal): void {
    if (effectiveDirective === undefined || this.#violations.size >= MOST) return
    this.#violations.add(`${effectiveDirective} ${blockedURI ?? blockedURL ?? ''}`.trim())
    this.#changed()
  }
}
