import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { Activity } from './activity.ts'
import { ControlActions } from './control-actions.ts'
import type { ControlledPlayer } from './controlled-player.ts'
import { controlsBar } from './controls-bar.ts'
import type { Action, ControlsModel } from './controls-model.ts'
import { controlsPanel } from './controls-panel.ts'
import { KeptFocus } from './kept-focus.ts'
import { MediaStateController } from './media-state.ts'
import { PictureGestures } from './picture/picture-gestures.ts'
import { PictureStage } from './picture/picture-stage.ts'
import { WHOLE_PICTURE } from './picture/picture-view.ts'
import { styles } from './player-controls.styles.ts'
import { PlayerFiles } from './saving.ts'
import { shortcutOf } from './shortcuts.ts'
import { words as ENGLISH } from './words/en.ts'
import type { Words } from './words/words.ts'

/** How long a sentence about what was done stays. */
const TOAST_MS = 4_000

/** For style sheets of the page: `rtsp-player::part(controls-bar)`. */
const PARTS = [
  'bar',
  'panel',
  'button',
  'range',
  'time',
  'recorded-time',
  'delay',
  'toast',
  'seek-range',
  'volume-range',
  ...[
    'play',
    'live',
    'zoom',
    'mute',
    'snapshot',
    'record',
    'save-last',
    'more',
    'picture-in-picture',
    'full-screen',
    'quality',
    'speed',
    'fit',
    'statistics',
    'show-details',
    'zoom-in',
    'zoom-out',
    'rotate',
    'move',
    'reset-view',
  ].map((name) => `${name}-button`),
]

/**
 * The controls of a player: `<rtsp-player controls>` loads them and lays them above the picture. Keys, parts and custom
 * properties for those who restyle them are in `docs/controls.md`.
 *
 * @element rtsp-player-controls
 *
 * @csspart bar - the row of buttons
 * @csspart panel - what the button for more opens
 * @csspart button - every button, which has a name of its own as well: `play-button`, `live-button`, `zoom-button`,
 * `mute-button`, `snapshot-button`, `record-button`, `save-last-button`, `more-button`, `picture-in-picture-button`,
 * `full-screen-button`, `quality-button`, `speed-button`, `fit-button`, `statistics-button`, `show-details-button`,
 * `zoom-in-button`, `zoom-out-button`, `rotate-button`, `move-button`, `reset-view-button`
 * @csspart range - both sliders: `seek-range` and `volume-range`
 * @csspart time - place and duration of a recording
 * @csspart recorded-time - how long is being recorded
 * @csspart delay - how far behind the camera the picture is
 * @csspart toast - what was done, in words
 * @cssprop [--rtsp-player-controls-color=#fff] - text and symbols of the bar
 * @cssprop [--rtsp-player-controls-background=rgb(10 13 18 / 78%)] - the bar
 * @cssprop [--rtsp-player-controls-radius=0.75rem] - of bar and panel
 * @cssprop [--rtsp-player-controls-button-size=2.25rem] - 2.75rem for fingers
 * @cssprop --rtsp-player-controls-panel-color - text of the panel; dark on light pages, light on dark ones
 * @cssprop --rtsp-player-controls-panel-background - likewise
 * @cssprop [--rtsp-player-controls-live-color=#ff4d5e] - the dot of the live button
 */
export class PlayerControls extends LitElement {
  static override styles = styles

  static override properties = {
    player: { attribute: false },
    words: { attribute: false },
    showDetails: { attribute: false },
  }

  declare player: ControlledPlayer | undefined
  /** Undefined: English. */
  declare words: Words | undefined
  declare showDetails: () => void
  readonly #media = new MediaStateController(this)
  #stage: PictureStage | undefined
  /** Outlives the stage: a player that is moved in the document shows what it showed. */
  #view = WHOLE_PICTURE
  #closing: (() => void) | undefined
  #activity: Activity | undefined
  #actions: ControlActions | undefined
  #showsPanel = false
  /** By `performance.now()`. */
  #recordingSince: number | undefined
  #toast = ''
  #toastTimer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.player = undefined
    this.words = undefined
    this.showDetails = () => undefined
    new KeptFocus(this, () => this.#focusAll())
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.setAttribute('exportparts', PARTS.map((part) => `${part}: controls-${part}`).join(', '))
    if (this.player) this.#attach(this.player)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#toastTimer)
    this.#detach()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('player')) return
    this.#media.player = this.player
    this.#detach()
    this.#view = WHOLE_PICTURE
    if (this.player && this.isConnected) this.#attach(this.player)
  }

  protected override render(): TemplateResult {
    const model = this.#model()
    if (!model) return html``
    const isShown = this.#activity?.isActive !== false || this.#stays
    return html`
      <div class="controls ${isShown ? '' : 'idle'}" role="group" aria-label=${model.words.controls} tabindex="-1">
        ${controlsPanel(model)} ${controlsBar(model)}
      </div>
      <p part="toast" class="toast ${this.#toast ? '' : 'hidden-visually'}" role="status">${this.#toast}</p>
    `
  }

  /** Not in the markup: policies of pages have no place for styles in attributes. */
  protected override updated(): void {
    for (const slider of this.renderRoot.querySelectorAll<HTMLInputElement>('input[type=range]')) {
      const [min, max] = [Number(slider.min), Number(slider.max)]
      slider.style.setProperty('--_value', `${((slider.valueAsNumber - min) / (max - min)) * 100}%`)
    }
  }

  /** For who gives the focus back where the button that had it is gone. */
  override focus(): void {
    this.#focusAll()
  }

  /** Gives the keys to the player; nothing is seen of it. */
  #focusAll(): void {
    this.renderRoot.querySelector<HTMLElement>('.controls')?.focus({ preventScroll: true })
  }

  /** A button of the status that was pressed, such as to try again, goes with the state. */
  async #followState({ shadowRoot }: ControlledPlayer): Promise<void> {
    const pressed = shadowRoot?.activeElement
    this.requestUpdate()
    await this.updateComplete
    if (pressed && !pressed.isConnected) this.#focusAll()
  }

  /** Nobody has to look for the controls of a player that does not play, or of what the keyboard is on. */
  get #stays(): boolean {
    const { state } = this.player ?? {}
    const isHovered = this.renderRoot.querySelector('[data-in-front]:hover') !== null
    const isFocused = this.renderRoot.querySelector(':focus-visible') !== null
    return (state !== 'playing' && state !== 'stalled') || this.#showsPanel || isHovered || isFocused
  }

  #attach(player: ControlledPlayer): void {
    const stage = new PictureStage(player)
    stage.view = this.#view
    const activity = new Activity(
      player,
      () => this.#stays,
      () => this.requestUpdate(),
    )
    const gestures = new PictureGestures(player, stage, {
      tapped: () => activity.toggle(),
      pressed: () => {
        this.#openPanel(false)
        this.#focusAll()
      },
      viewed: () => this.requestUpdate(),
    })
    const files = new PlayerFiles(
      player,
      () => (this.words ?? ENGLISH).controls,
      (sentence) => this.#say(sentence),
    )
    const closing = new AbortController()
    const { signal } = closing
    const update = (): void => this.requestUpdate()
    player.addEventListener('statechange', () => this.#followState(player), { signal })
    for (const type of ['statisticschange', 'timeupdate', 'resize', 'stale', 'fresh']) {
      player.addEventListener(type, update, { signal })
    }
    for (const type of ['recordingstart', 'recordingstop']) {
      player.addEventListener(type, () => this.#followRecording(type === 'recordingstart'), { signal })
    }
    player.addEventListener('keydown', this.#onKeyDown, { signal })
    this.#stage = stage
    this.#activity = activity
    this.#actions = new ControlActions(player, this.#media, stage, files)
    this.#closing = () => {
      closing.abort()
      files.close()
      gestures.close()
      activity.close()
      stage.close()
    }
  }

  #followRecording(runs: boolean): void {
    this.#recordingSince = runs ? performance.now() : undefined
    this.requestUpdate()
  }

  #detach(): void {
    this.#recordingSince = undefined
    if (this.#stage) this.#view = this.#stage.view
    this.#closing?.()
    this.#closing = undefined
    this.#activity = undefined
    this.#actions = undefined
    this.#stage = undefined
  }

  #model(): ControlsModel | undefined {
    const { player } = this
    const stage = this.#stage
    if (!player || !stage) return undefined
    const words = this.words ?? ENGLISH
    return {
      player,
      media: this.#media.state,
      view: stage.view,
      words: words.controls,
      detailsWord: words.status.details,
      language: words.language,
      showsPanel: this.#showsPanel,
      recordedSeconds: this.#recordingSince && (performance.now() - this.#recordingSince) / 1_000,
      perform: (action) => this.#perform(action),
      seek: (seconds) => this.#media.request('mediaseekrequest', seconds),
      setVolume: (volume) => this.#media.request('mediavolumerequest', volume),
      setRate: (rate) => {
        this.#media.request('mediaplaybackraterequest', rate)
        this.requestUpdate()
      },
      setView: (view) => {
        stage.view = view
        this.requestUpdate()
      },
      setSubstream: (isSubstream) => {
        player.substream = isSubstream
        this.requestUpdate()
      },
    }
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    const on = event.composedPath()[0]
    if (event.defaultPrevented || !(on instanceof Element)) return
    if (event.key === 'Escape' && this.#showsPanel) {
      this.#openPanel(false)
      event.preventDefault()
      return
    }
    const inputType = on instanceof HTMLInputElement ? on.type : ''
    const { key, ctrlKey, altKey, metaKey } = event
    const shortcut = shortcutOf({ key, ctrlKey, altKey, metaKey, on: on.localName, inputType })
    if (shortcut && this.#perform(shortcut)) event.preventDefault()
  }

  /** @returns false where there is nothing to do it to: a key is the page's then */
  #perform(action: Action): boolean {
    if (action === 'more') this.#openPanel(!this.#showsPanel)
    else if (action === 'details') {
      this.#openPanel(false)
      this.showDetails()
    } else if (!this.#actions?.perform(action)) return false
    this.requestUpdate()
    return true
  }

  #openPanel(opens: boolean): void {
    if (opens === this.#showsPanel) return
    const hadFocus = this.renderRoot.querySelector('#panel :focus') !== null
    this.#showsPanel = opens
    this.requestUpdate()
    // What had the focus is gone: it goes back to what opened it.
    if (!opens && hadFocus) this.renderRoot.querySelector<HTMLElement>('.more')?.focus()
  }

  #say(sentence: string): void {
    clearTimeout(this.#toastTimer)
    this.#toast = sentence
    this.#toastTimer = setTimeout(() => {
      this.#toast = ''
      this.requestUpdate()
    }, TOAST_MS)
    this.requestUpdate()
  }
}

/** Called, and not done by the loading: bundlers leave out what a file does that exports nothing anybody uses. */
export function definePlayerControls(): void {
  if (!customElements.get('rtsp-player-controls')) customElements.define('rtsp-player-controls', PlayerControls)
}

declare global {
  interface HTMLElementTagNameMap {
    'rtsp-player-controls': PlayerControls
  }
}
