import { html, type PropertyValues } from 'lit'
import { classMap } from 'lit/directives/class-map.js'
import { repeat } from 'lit/directives/repeat.js'
import { languageOf } from './controls/words/language.ts'
import { RtspPlayer } from './rtsp-player.ts'
import { styles } from './rtsp-wall.styles.ts'
import { RtspWallTiles } from './rtsp-wall-tiles.ts'
import type { BudgetChange } from './wall/budget-keeper.ts'
import type { BudgetLevel } from './wall/decode-budget.ts'
import type { WallAction } from './wall/keys.ts'
import { type Box, gridSize, type WallGrid } from './wall/layout.ts'
import { findTile, pageOf, tileAlong, tileBeside } from './wall/placement.ts'
import type { Tile } from './wall/tile.ts'
import { tileView } from './wall/tile-view.ts'
import { WallInput } from './wall/wall-input.ts'
import { WallPlay } from './wall/wall-play.ts'
import { sentence, type WallWords, wallWords } from './wall/words.ts'

/** What gives a player that was put into the wall its name there. */
const NAMING = ['src', 'id', 'title', 'aria-label']

/**
 * Many cameras at once: `<rtsp-wall streams="lobby, door, yard"></rtsp-wall>`, or with players of one's own in it.
 *
 * A click or Enter enlarges a tile, Escape shows all again. Arrow keys move the focus, with Alt the tile; digits go to a
 * tile, M switches its sound, Page Up and Page Down go through the pages of a layout that is too small for all.
 *
 * @element rtsp-wall
 * @slot - `<rtsp-player>` elements; they stand behind those of `streams`
 * @attr {string} streams - names of streams, with commas or spaces between them
 * @attr {string} bridge - as that of `<rtsp-player>`, for all tiles
 * @attr {string} ticket - likewise
 * @attr {string} layout - `auto`, which is the default: the grid in which tiles are largest; `3x2`: so many columns and
 * rows; `1+5`: one large tile and so many small ones
 * @attr {number} page - of a layout with fewer places than there are tiles, counted from 0
 * @attr {string} full - the tile that fills the wall, by name or place
 * @attr {string} sound - the tile that is heard, by name or place
 * @attr {boolean} controls - the enlarged tile has the controls of the player
 * @attr {string} persist - keeps layout and order: `url`, `local` or `session`
 * @attr {boolean} aligned - the tiles show the same moment, by the clocks of their cameras
 * @attr {number} budget - tiles that may play at a time at most; beyond, they take turns
 * @attr {number} substream-below - pictures of fewer device pixels across have the camera's smaller stream, 480 by default
 * @attr {number} min-tile - CSS pixels that a tile of `auto` is wide at least, 160 by default; else the wall scrolls
 * @attr {number} pause-hidden-after - seconds that tiles go on in a page that nobody sees, 30 by default
 * @attr {string} degraded - set by the wall: `substream` or `rotation`, what it does without to spare the machine
 *
 * @fires layoutchange @fires orderchange @fires tileactivate @fires budgetchange @fires soundchange
 *
 * @csspart grid @csspart tile @csspart full - the tile that fills the wall @csspart waiting - a tile whose turn it is not
 * @csspart mark - what says so @csspart bar - title and buttons of a tile @csspart title
 * @csspart button @csspart sound-button @csspart full-button
 * @cssprop [--rtsp-wall-aspect-ratio=16 / 9] @cssprop [--rtsp-wall-gap=3px] @cssprop [--rtsp-wall-background=#0b0e13]
 * @cssprop [--rtsp-wall-accent-color=#6ea0ff] @cssprop [--rtsp-wall-tile-radius=0]
 * @cssprop [--rtsp-wall-font-family=system-ui]
 */
export class RtspWall extends RtspWallTiles {
  static override styles = styles
  /** Players that were put into the wall are never moved: their places are. */
  static override shadowRootOptions: ShadowRootInit = {
    ...RtspWallTiles.shadowRootOptions,
    slotAssignment: 'manual',
  }

  readonly #input = new WallInput({
    elements: () => this.#elements(),
    tileOf: (element) => this.#tileOf(element),
    isEnlarged: (tile) => (tile ? tile === this.#full : this.#full !== undefined),
    isRightToLeft: () => this.matches(':dir(rtl)'),
    act: (action, tile) => this.#act(action, tile),
    enlarge: (tile) => this.#enlarge(tile),
    swap: (a, b) => this.#swap(a, b),
    focused: (tile) => {
      this.#hasFocus = tile !== undefined
      this.#current = tile ?? this.#current
      this.requestUpdate()
    },
  })
  #children: MutationObserver | undefined
  #size: ResizeObserver | undefined
  #play: WallPlay | undefined
  #full: Tile | undefined
  #heard: Tile | undefined
  /** The tile that the Tab key leads to. */
  #current: Tile | undefined
  #hasFocus = false
  #announcement = ''
  /** What events said last. */
  #told: { readonly full: Tile | undefined; readonly heard: Tile | undefined } = { full: undefined, heard: undefined }

  /** What it does without to spare the machine. */
  get level(): BudgetLevel {
    return this.#play?.level ?? 'full'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // A wall that is only moved plays on.
    if (!this.#play) this.#attach()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    queueMicrotask(() => !this.isConnected && this.#detach())
  }

  #attach(): void {
    this.#children = new MutationObserver(() => this.requestUpdate())
    this.#children.observe(this, { childList: true, subtree: true, attributeFilter: NAMING })
    this.#size = new ResizeObserver(([entry]) => {
      if (entry) this.box = entry.contentRect
    })
    this.#size.observe(this)
    this.#play = new WallPlay(this.#hiddenGrace, {
      budget: (change) => this.#degraded(change),
      waiting: () => this.requestUpdate(),
    })
    addEventListener('hashchange', this.restore)
    this.requestUpdate()
  }

  #detach(): void {
    this.#children?.disconnect()
    this.#size?.disconnect()
    this.#input.close()
    removeEventListener('hashchange', this.restore)
    this.#play?.close()
    this.#play = undefined
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('persist')) this.open()
    this.arrange([...this.children].filter((child) => child instanceof RtspPlayer))
    const { tiles, placed } = this.places
    this.#full = findTile(tiles, this.full)
    this.#heard = findTile(tiles, this.sound)
    const reachable = this.#full ? [this.#full] : placed
    if (!this.#current || !reachable.includes(this.#current)) this.#current = reachable[0]
  }

  protected override render() {
    // They stay where they are in the document, where moving them would disturb the players; places are given by style, and
    // the order that is read out by `aria-owns`.
    const all = this.tiles
    const { tiles, placed, grid } = this.places
    const { cells, scrolls } = grid
    const words = this.#words
    const isCovered = this.#full !== undefined
    return html`
      <div
        part="grid"
        class=${classMap({ grid: true, scrolls, covered: isCovered })}
        .style=${gridStyle(this.places.grid, this.box)}
        role="group"
        aria-label=${this.ariaLabel ?? words.wall}
        aria-owns=${tiles.map((tile) => `tile-${all.indexOf(tile)}`).join(' ')}
        @keydown=${this.#input.key}
        @click=${this.#input.click}
        @pointerdown=${this.#input.press}
        @focusin=${this.#input.focus}
        @focusout=${this.#input.blur}
      >
        ${repeat(
          all,
          (tile) => tile,
          (tile, i) =>
            tileView({
              tile,
              id: `tile-${i}`,
              words,
              cell: cells[placed.indexOf(tile)],
              isFull: tile === this.#full,
              isCovered: isCovered && tile !== this.#full,
              isCurrent: tile === this.#current,
              isHeard: tile === this.#heard,
              toggleFull: () => this.#enlarge(tile === this.#full ? undefined : tile),
              toggleSound: () => this.#hear(tile === this.#heard ? undefined : tile),
            }),
        )}
      </div>
      <p id="keys" hidden>${words.keys}</p>
      <p class="hidden-visually" role="status">${this.#announcement}</p>
    `
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { tiles } = this
    const elements = this.#elements()
    for (const [i, tile] of tiles.entries()) {
      if (!tile.isOwn) elements[i]?.querySelector('slot')?.assign(tile.player)
      this.#pass(tile)
    }
    this.#play?.show({
      tiles,
      placed: tiles.flatMap((tile, i) => {
        const [element, width] = [elements[i], tile === this.#full ? this.box.width : this.widthOf(tile)]
        return element && width !== undefined ? [{ tile, element, width }] : []
      }),
      full: this.#full,
      heard: this.#heard,
      favoured: this.#favoured,
      most: this.budget && this.budget >= 1 ? this.budget : Number.POSITIVE_INFINITY,
      substreamBelow: this.substreamBelow,
      aligned: this.aligned,
    })
    if (changed.has('pauseHiddenAfter') && this.#play) this.#play.hiddenGrace = this.#hiddenGrace
    if (changed.has('layout') || changed.has('page')) this.tellLayout()
    this.#tellActive()
  }

  /** What all tiles have, and what this one has as one of them. */
  #pass({ player, isOwn, name }: Tile): void {
    // What stands on a player that was put into the wall is its own.
    const { bridge } = this
    if (player.bridge !== bridge && (isOwn || player.bridge === '')) player.bridge = bridge
    if (isOwn || player.ticket === '') player.ticket = this.ticket
    if (isOwn || player.getTicket === undefined) player.getTicket = this.getTicket
    if (isOwn) player.controls = this.controls && name === this.#full?.name
    const muted = name !== this.#heard?.name
    if (player.muted !== muted) player.muted = muted
  }

  /** Which tile is looked at, as far as a wall can know. */
  get #favoured(): Tile | undefined {
    const { grid, placed } = this.places
    const large = (grid.cells[0]?.span ?? 1) > 1 ? placed[0] : undefined
    return this.#full ?? this.#heard ?? large ?? (this.#hasFocus ? this.#current : undefined)
  }

  get #words(): WallWords {
    return wallWords(languageOf(this))
  }

  get #hiddenGrace(): number {
    return Math.max(0, this.pauseHiddenAfter || 0) * 1_000
  }

  #elements(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('.tile')]
  }

  #tileOf(element: HTMLElement | undefined): Tile | undefined {
    return findTile(this.places.tiles, element?.dataset['name'])
  }

  protected override tileAdded({ player }: Tile): void {
    player.addEventListener('volumechange', this.#onVolume)
  }

  protected override tileRemoved({ player }: Tile): void {
    player.removeEventListener('volumechange', this.#onVolume)
  }

  /** @param tile undefined: all are shown */
  #enlarge(tile: Tile | undefined): void {
    const before = this.#full
    if (tile === before) return
    this.full = tile?.name ?? ''
    this.#current = tile ?? before
    // Keys lead from one enlarged tile to the next, on whatever page that is.
    if (before && !tile) this.page = pageOf(this.places, before)
    this.#announcement = tile ? sentence(this.#words.isFull, tile.title) : this.#words.allTiles
  }

  #hear(tile: Tile | undefined): void {
    if (tile !== this.#heard) this.sound = tile?.name ?? ''
  }

  /** By whomever it was changed: a person, the page, or the wall. */
  #tellActive(): void {
    const { full, heard } = this.#told
    this.#told = { full: this.#full, heard: this.#heard }
    const active = this.#full ?? full
    if (active && this.#full !== full) {
      const index = this.places.tiles.indexOf(active)
      this.tell('tileactivate', { name: active.name, index, full: this.#full !== undefined })
    }
    if (this.#heard !== heard) this.tell('soundchange', { name: this.#heard?.name ?? '' })
  }

  #swap(a: Tile, b: Tile): void {
    this.#announcement = sentence(this.#words.moved, a.title, String(this.places.tiles.indexOf(b) + 1))
    this.swap(a, b)
  }

  #degraded(change: BudgetChange): void {
    const { level } = change
    this.#announcement = level === 'rotation' ? this.#words.degraded : ''
    if (level === 'full') this.removeAttribute('degraded')
    else this.setAttribute('degraded', level)
    this.requestUpdate()
    this.tell('budgetchange', change)
  }

  readonly #onVolume = (event: Event): void => {
    const tile = this.places.tiles.find(({ player }) => player === event.target)
    if (!tile) return
    if (!tile.player.muted) this.#hear(tile)
    else if (tile === this.#heard) this.#hear(undefined)
  }

  /** @returns whether it was of any use */
  #act(action: WallAction, tile: Tile): boolean {
    switch (action.name) {
      case 'go':
        return this.#focus(
          this.#full ? tileAlong(this.places, tile, action.direction) : tileBeside(this.places, tile, action.direction),
        )
      case 'move': {
        const other = this.#full ? undefined : tileBeside(this.places, tile, action.direction)
        if (other) this.#swap(tile, other)
        this.#focus(tile)
        // At the edge of the wall too: browsers would leave the page.
        return true
      }
      case 'go-to':
        return this.#focus(this.places.placed.at(action.place))
      case 'page': {
        const { page, pages } = this.places
        const next = Math.min(Math.max(0, page + action.by), pages - 1)
        if (this.#full || next === page) return false
        this.page = next
        this.updateComplete.then(() => this.#focus(this.places.placed[0]))
        return true
      }
      case 'enlarge':
        this.#enlarge(tile === this.#full ? undefined : tile)
        return true
      case 'back':
        if (!this.#full) return false
        this.#enlarge(undefined)
        // It may have been in the controls of the player, which are gone.
        this.#land(tile)
        return true
      case 'sound':
        this.#hear(tile === this.#heard ? undefined : tile)
        return true
    }
  }

  /** Where one tile fills the wall, this one does then. */
  #focus(tile: Tile | undefined): boolean {
    if (!tile) return false
    if (this.#full) this.#enlarge(tile)
    this.#land(tile)
    return true
  }

  #land(tile: Tile): void {
    this.#current = tile
    this.requestUpdate()
    this.updateComplete.then(() => this.#elements()[this.tiles.indexOf(tile)]?.focus())
  }
}

/** Set by property: policies that allow no inline styles refuse the attribute. */
function gridStyle(grid: WallGrid, box: Box): string {
  const size = gridSize(grid, box)
  const area = size ? `width: ${size.width}px; height: ${size.height}px;` : ''
  return `--_columns: ${grid.columns}; --_rows: ${grid.rows}; ${area}`
}

if (typeof customElements !== 'undefined' && !customElements.get('rtsp-wall')) {
  customElements.define('rtsp-wall', RtspWall)
}

declare global {
  interface HTMLElementTagNameMap {
    'rtsp-wall': RtspWall
  }
}
