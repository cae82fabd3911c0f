import { isZoomed, type PictureView, styleOf, WHOLE_PICTURE } from './picture-view.ts'

/**
 * Puts a view on what shows the picture in a player's shadow: video and canvases alike, those that come later too. It does
 * so by a style sheet of its own, which no policy of the page refuses, and touches no element.
 */
export class PictureStage {
  readonly #player: HTMLElement
  readonly #sheet = new CSSStyleSheet()
  readonly #resizing = new ResizeObserver(() => this.#apply())
  #view = WHOLE_PICTURE

  constructor(player: HTMLElement) {
    this.#player = player
    const { shadowRoot } = player
    if (!shadowRoot) return
    shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, this.#sheet]
    this.#resizing.observe(player)
    this.#apply()
  }

  get view(): PictureView {
    return this.#view
  }

  set view(view: PictureView) {
    this.#view = view
    this.#apply()
  }

  close(): void {
    this.#resizing.disconnect()
    const { shadowRoot } = this.#player
    if (!shadowRoot) return
    shadowRoot.adoptedStyleSheets = shadowRoot.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet)
  }

  #apply(): void {
    const { clientWidth, clientHeight } = this.#player
    const style = styleOf(this.#view, clientWidth, clientHeight)
    const rules = style === null ? '' : `video, canvas { ${declarations(style)} }`
    // One finger scrolls the page, unless there is something to move; two are for the picture.
    const touch = isZoomed(this.#view) ? 'none' : 'pan-x pan-y'
    const cursor = isZoomed(this.#view) ? 'cursor: move;' : ''
    this.#sheet.replaceSync(`:host { touch-action: ${touch}; ${cursor} } ${rules}`)
  }
}

const declarations = (style: Readonly<Record<string, string>>): string =>
  Object.entries(style)
    .map(([name, value]) => `${name}: ${value};`)
    .join(' ')
