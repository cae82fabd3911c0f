import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit'
import type { PlayerState } from '../playback/player/player-state.ts'
import { ageInWords } from './age.ts'
import type { ControlledPlayer } from './controlled-player.ts'
import { StateHistory } from './state-history.ts'
import { statusOverlay } from './status-overlay.ts'
import { ENGLISH_STATUS } from './words/english-status.ts'
import { isEnglish, languageOf } from './words/language.ts'
import type { Words } from './words/words.ts'

export interface SurfaceOptions {
  readonly state: PlayerState
  /** How old the picture is, in words, where it is stale. */
  readonly age: string | undefined
  /** It is known that there are no pictures. */
  readonly isSoundOnly: boolean
  readonly controls: boolean
  readonly play: () => void
}

/** A second, and a little, so that the rounding is done with. */
const SECOND_MS = 1_010

/**
 * What people see of a player beside its picture: status, controls and details, in their language. All but the status in
 * English is loaded when it is first wanted.
 */
export class PlayerSurface implements ReactiveController {
  readonly history = new StateHistory()
  readonly #player: ControlledPlayer & ReactiveControllerHost
  #language = 'en'
  #words: Words | undefined
  #showsDetails = false
  /** In which the controls were asked for last. */
  #asked: PlayerState | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #languages: MutationObserver | undefined

  constructor(player: ControlledPlayer & ReactiveControllerHost) {
    this.#player = player
    player.addController(this)
  }

  /** BCP 47 tag. */
  get language(): string {
    return this.#words?.language ?? 'en'
  }

  hostUpdate(): void {
    const language = languageOf(this.#player)
    if (language === this.#language) return
    this.#language = language
    if (isEnglish(language)) this.#words = undefined
    else
      this.#load(
        import('./words/translations.ts').then(({ wordsOf }) => wordsOf(language)),
        language,
      )
  }

  hostUpdated(): void {
    clearTimeout(this.#timer)
    if (this.#wait !== undefined) this.#timer = setTimeout(() => this.#player.requestUpdate(), SECOND_MS)
  }

  hostConnected(): void {
    this.#languages = new MutationObserver(() => this.#player.requestUpdate())
    for (const element of [this.#player, document.documentElement]) {
      this.#languages.observe(element, { attributeFilter: ['lang'] })
    }
  }

  hostDisconnected(): void {
    this.#languages?.disconnect()
    clearTimeout(this.#timer)
  }

  render({ state, age, isSoundOnly, controls, play }: SurfaceOptions): TemplateResult {
    const player = this.#player
    const hasControls = controls && customElements.get('rtsp-player-controls') !== undefined
    // What did not come may come when something has changed, such as the network.
    if (controls && !hasControls && state !== this.#asked) this.#loadControls(state)
    const wait = state.name === 'reconnecting' ? this.#wait : undefined
    return html`
      ${statusOverlay({
        state,
        age,
        isSoundOnly,
        wait: wait === undefined ? undefined : ageInWords(wait, this.language),
        hasSource: player.src !== '',
        hasControls,
        words: this.#words?.status ?? ENGLISH_STATUS,
        errors: this.#words?.errors,
        play,
        details: () => this.showDetails(true),
      })}
      ${
        hasControls
          ? html`<rtsp-player-controls
              part="controls"
              .player=${player}
              .words=${this.#words}
              .showDetails=${() => this.showDetails(!this.#showsDetails)}
            ></rtsp-player-controls>`
          : nothing
      }
      ${
        this.#showsDetails
          ? html`<rtsp-player-doctor
              part="details"
              .player=${player}
              .history=${this.history}
              .words=${this.#words}
              @close=${() => this.showDetails(false)}
            ></rtsp-player-doctor>`
          : nothing
      }
    `
  }

  /** What the doctor knows, above the picture. */
  showDetails(shows: boolean): void {
    this.#showsDetails = shows
    this.#player.requestUpdate()
    if (shows) import('./doctor/player-doctor.ts').then(({ definePlayerDoctor }) => definePlayerDoctor(), reportError)
  }

  /** Milliseconds until the next attempt. */
  get #wait(): number | undefined {
    const { retryAt, state } = this.#player
    if (retryAt === undefined || state !== 'reconnecting') return undefined
    const wait = retryAt - performance.now()
    return wait > 0 ? wait + 999 : undefined
  }

  #loadControls(state: PlayerState): void {
    this.#asked = state
    import('./player-controls.ts').then(({ definePlayerControls }) => {
      definePlayerControls()
      this.#player.requestUpdate()
    }, reportError)
  }

  async #load(words: Promise<Words>, language: string): Promise<void> {
    try {
      const loaded = await words
      if (language !== this.#language) return
      this.#words = loaded
      this.#player.requestUpdate()
    } catch (cause) {
      // English is understood by more people than nothing.
      reportError(cause)
    }
  }
}
