import { type WallAction, wallAction } from './keys.ts'
import { isInteractive } from './press-target.ts'
import { ReorderDrag } from './reorder-drag.ts'
import type { Tile } from './tile.ts'

/** What a wall does for those who use it. */
export interface WallInputHost {
  /** Of the tiles, in their order. */
  elements(): readonly HTMLElement[]
  tileOf(element: HTMLElement | undefined): Tile | undefined
  /** Whether this tile fills the wall; without one, whether any does. */
  isEnlarged(tile?: Tile): boolean
  isRightToLeft(): boolean
  /** @returns whether it was of any use */
  act(action: WallAction, tile: Tile): boolean
  enlarge(tile: Tile): void
  swap(a: Tile, b: Tile): void
  /** @param tile the one that has the focus, or something in it; undefined where none has */
  focused(tile: Tile | undefined): void
}

interface Source {
  readonly element: HTMLElement
  readonly tile: Tile
  /** It is for something in the tile that does something by itself. */
  readonly isOfControls: boolean
}

/** Turns clicks, keys and drags on a wall into what they ask for. */
export class WallInput {
  readonly #host: WallInputHost
  readonly #drag: ReorderDrag

  constructor(host: WallInputHost) {
    this.#host = host
    this.#drag = new ReorderDrag(() => host.elements(), {
      moved: (element, x, y, over) => this.#dragged(element, x, y, over),
      ended: (element, over) => this.#dropped(element, over),
    })
  }

  close(): void {
    this.#drag.close()
  }

  readonly focus = (event: FocusEvent): void => {
    this.#host.focused(this.#source(event)?.tile)
  }

  readonly blur = (event: FocusEvent): void => {
    if (event.relatedTarget === null) this.#host.focused(undefined)
  }

  readonly click = (event: MouseEvent): void => {
    const source = this.#source(event)
    if (this.#drag.takesClick() || !source || source.isOfControls) return
    // An enlarged tile is clicked for other reasons, such as by those who click twice.
    if (!this.#host.isEnlarged(source.tile)) this.#host.enlarge(source.tile)
  }

  readonly press = (event: PointerEvent): void => {
    const source = this.#source(event)
    if (source && !source.isOfControls && !this.#host.isEnlarged()) this.#drag.press(event, source.element)
  }

  readonly key = (event: KeyboardEvent): void => {
    const source = this.#source(event)
    const action = wallAction(event, this.#host.isRightToLeft())
    if (!source || !action || event.defaultPrevented) return
    // Controls have keys of their own: arrows in a slider, Enter on a button.
    if ((source.isOfControls && action.name !== 'back') || !this.#host.act(action, source.tile)) return
    event.preventDefault()
    event.stopPropagation()
  }

  #source(event: Event): Source | undefined {
    const path = event.composedPath()
    const element = this.#host.elements().find((tile) => path.includes(tile))
    const tile = this.#host.tileOf(element)
    return element && tile && { element, tile, isOfControls: isInteractive(event, element) }
  }

  /** Each movement of the pointer, without a rendering. */
  #dragged(element: HTMLElement, x: number, y: number, over: HTMLElement | undefined): void {
    element.toggleAttribute('data-dragged', true)
    element.style.translate = `${x}px ${y}px`
    for (const other of this.#host.elements()) other.toggleAttribute('data-target', other === over)
  }

  #dropped(element: HTMLElement, over: HTMLElement | undefined): void {
    element.removeAttribute('data-dragged')
    element.style.translate = ''
    over?.removeAttribute('data-target')
    const [a, b] = [this.#host.tileOf(element), this.#host.tileOf(over)]
    if (a && b) this.#host.swap(a, b)
  }
}
