import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import type { ControlledPlayer } from '../controlled-player.ts'
import { icon } from '../icons.ts'
import type { StateHistory } from '../state-history.ts'
import { words as ENGLISH } from '../words/en.ts'
import type { Words } from '../words/words.ts'
import { checkBridge } from './bridge-check.ts'
import { styles } from './player-doctor.styles.ts'
import { PolicyWatch } from './policy-watch.ts'
import { diagnosticReport } from './report.ts'
import { surroundings } from './surroundings.ts'

/** How long the button says that it has copied. */
const COPIED_MS = 2_500

/**
 * Why there is no picture, for whoever helps: everything that is known, as text to copy, without secrets.
 *
 * @element rtsp-player-doctor
 * @fires close - a person has seen enough
 * @csspart report - the text
 * @csspart copy-button @csspart close-button
 */
export class PlayerDoctor extends LitElement {
  static override styles = styles

  static override properties = {
    player: { attribute: false },
    history: { attribute: false },
    words: { attribute: false },
  }

  declare player: ControlledPlayer | undefined
  declare history: StateHistory | undefined
  /** Undefined: English. */
  declare words: Words | undefined
  #policy: PolicyWatch | undefined
  #closing = new AbortController()
  #hasCopied = false
  #bridge: string | undefined
  /** What had the focus, and the elements in whose shadow that is. The innermost first. */
  #returnTo: readonly HTMLElement[] = []

  constructor() {
    super()
    this.player = undefined
    this.history = undefined
    this.words = undefined
  }

  /** What the button copies. */
  get report(): string {
    const { player, history } = this
    if (!player) return ''
    return diagnosticReport(
      player,
      history?.happenings ?? [],
      surroundings(this.#policy?.violations ?? [], this.#bridge),
    )
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#returnTo = focusedIn(this.getRootNode())
    this.#policy = new PolicyWatch(() => this.requestUpdate())
    this.#closing = new AbortController()
    // The first time `willUpdate` does so.
    if (this.player && this.hasUpdated) this.#watch(this.player)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#policy?.close()
    this.#closing.abort()
    this.#returnTo.find((element) => element.isConnected)?.focus({ preventScroll: true })
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('player') && this.player && this.isConnected) this.#watch(this.player)
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('.close')?.focus({ preventScroll: true })
  }

  protected override render(): TemplateResult {
    const { doctor } = this.words ?? ENGLISH
    return html`
      <section role="dialog" aria-labelledby="title" @keydown=${this.#onKeyDown}>
        <header>
          <h2 id="title">${doctor.title}</h2>
          <button type="button" part="copy-button" class="copy" @click=${this.#copy}>
            ${this.#hasCopied ? doctor.copied : doctor.copy}
          </button>
          <button
            type="button"
            part="close-button"
            class="close"
            aria-label=${doctor.close}
            title=${doctor.close}
            @click=${this.#close}
          >
            ${icon('close')}
          </button>
        </header>
        <p>${doctor.withoutSecrets}</p>
        <pre part="report" lang="en" dir="ltr" tabindex="0" role="region" aria-labelledby="title">${this.report}</pre>
        <p class="hidden-visually" role="status">${this.#hasCopied ? doctor.copied : ''}</p>
      </section>
    `
  }

  /** Only where it matters, and once. */
  async #checkBridge({ src, bridge }: ControlledPlayer): Promise<void> {
    this.#bridge = 'being tried'
    this.#bridge = await checkBridge(src, bridge)
    this.requestUpdate()
  }

  #watch(player: ControlledPlayer): void {
    if (player.error?.code === 'bridge-unreachable' && this.#bridge === undefined) {
      this.#checkBridge(player).catch(reportError)
    }
    const { signal } = this.#closing
    const update = (): void => {
      // Nobody can select what changes under the pointer.
      if (!this.#isSelecting) this.requestUpdate()
    }
    for (const type of ['statechange', 'statisticschange', 'streamwarning', 'rendererchange']) {
      player.addEventListener(type, update, { signal })
    }
  }

  get #isSelecting(): boolean {
    const selection = document.getSelection()
    return selection !== null && !selection.isCollapsed && selection.containsNode(this, true)
  }

  readonly #copy = async (): Promise<void> => {
    const text = this.report
    try {
      await navigator.clipboard.writeText(text)
      this.#hasCopied = true
    } catch {
      // No clipboard without HTTPS, or not allowed: the text is selected, for the keys.
      const report = this.renderRoot.querySelector('pre')
      if (report) document.getSelection()?.selectAllChildren(report)
      return
    }
    this.requestUpdate()
    setTimeout(() => {
      this.#hasCopied = false
      this.requestUpdate()
    }, COPIED_MS)
  }

  readonly #close = (): void => {
    this.dispatchEvent(new Event('close'))
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    this.#close()
  }
}

/** A shadow root names its own element alone: a button of the controls is in the shadow of what has the focus. */
function focusedIn(root: Node): HTMLElement[] {
  const focused: HTMLElement[] = []
  let element = root instanceof ShadowRoot || root instanceof Document ? root.activeElement : null
  while (element instanceof HTMLElement) {
    focused.unshift(element)
    element = element.shadowRoot?.activeElement ?? null
  }
  return focused
}

/** As `definePlayerControls`. */
export function definePlayerDoctor(): void {
  if (!customElements.get('rtsp-player-doctor')) customElements.define('rtsp-player-doctor', PlayerDoctor)
}

declare global {
  interface HTMLElementTagNameMap {
    'rtsp-player-doctor': PlayerDoctor
  }
}
