import type { RtspPlayer } from './rtsp-player.ts'
import { RtspWallAttributes } from './rtsp-wall-attributes.ts'
import { ArrangementStore, arrangementPlace } from './wall/arrangement-store.ts'
import { layoutName, pictureWidth, wallLayout } from './wall/layout.ts'
import { swapped } from './wall/order.ts'
import { type Placement, placement } from './wall/placement.ts'
import { wallStreams } from './wall/streams.ts'
import type { Tile } from './wall/tile.ts'
import { TileSet } from './wall/tile-set.ts'

/** What `<rtsp-wall>` has of tiles: which, in what order, where, and how that is kept. */
export abstract class RtspWallTiles extends RtspWallAttributes {
  readonly #set = new TileSet({ added: (tile) => this.tileAdded(tile), removed: (tile) => this.tileRemoved(tile) })
  #box = { width: 0, height: 0 }
  /** Names, as far as somebody has put them into an order. */
  #kept: readonly string[] = []
  #store: ArrangementStore | undefined
  #toldLayout: string | undefined
  #places: Placement<Tile> = this.#placement()

  /** The players, in the order of their tiles. */
  get players(): readonly RtspPlayer[] {
    return this.#places.tiles.map(({ player }) => player)
  }

  /** Names of the tiles, in their order. What is set may name some of them: the others stand behind. */
  get order(): readonly string[] {
    return this.#places.tiles.map(({ name }) => name)
  }

  set order(names: readonly string[]) {
    const before = this.order.join()
    this.#kept = [...names].map(String)
    this.requestUpdate()
    this.updateComplete.then(() => {
      if (this.order.join() === before) return
      this.#keep()
      this.tell('orderchange', { order: this.order })
    })
  }

  /** Of the layout. */
  get pages(): number {
    return this.#places.pages
  }

  /** In the order of the page, as they lie in the document. */
  protected get tiles(): readonly Tile[] {
    return this.#set.tiles
  }

  /** Where they are. */
  protected get places(): Placement<Tile> {
    return this.#places
  }

  /** CSS pixels. */
  protected get box(): { readonly width: number; readonly height: number } {
    return this.#box
  }

  protected set box({ width, height }: { readonly width: number; readonly height: number }) {
    if (width === this.#box.width && height === this.#box.height) return
    this.#box = { width, height }
    this.requestUpdate()
  }

  protected abstract tileAdded(tile: Tile): void
  protected abstract tileRemoved(tile: Tile): void

  /** Takes streams and players, and gives each its place. @param players those that were put into the wall */
  protected arrange(players: readonly RtspPlayer[]): void {
    this.#set.set(wallStreams(this.streams), players)
    this.#places = this.#placement()
  }

  /** CSS pixels that the picture of a tile is wide; undefined where it has no place. */
  protected widthOf(tile: Tile): number | undefined {
    const { grid, placed } = this.#places
    const cell = grid.cells[placed.indexOf(tile)]
    return cell && pictureWidth(grid, cell, this.#box)
  }

  protected swap(a: Tile, b: Tile): void {
    this.order = swapped(this.order, a.name, b.name)
  }

  /** Begins to keep the arrangement where `persist` says, with what is kept there. */
  protected open(): void {
    const place = arrangementPlace(this.persist)
    this.#store = place && new ArrangementStore(place, this.id || 'wall')
    this.restore()
  }

  protected readonly restore = (): void => {
    const arrangement = this.#store?.read()
    if (!arrangement) return
    this.layout = layoutName(wallLayout(arrangement.layout))
    this.#kept = arrangement.order
    this.requestUpdate()
  }

  /** The layout or the page may be another. */
  protected tellLayout(): void {
    const layout = layoutName(wallLayout(this.layout))
    const { page, pages } = this.#places
    const before = this.#toldLayout
    this.#toldLayout = `${layout} ${page}`
    if (before === undefined || before === this.#toldLayout) return
    this.#keep()
    this.tell('layoutchange', { layout, page, pages })
  }

  #keep(): void {
    this.#store?.write({ layout: layoutName(wallLayout(this.layout)), order: this.#kept })
  }

  #placement(): Placement<Tile> {
    const { layout, page, minTile } = this
    return placement(this.#set.tiles, { order: this.#kept, layout, page, box: this.#box, smallest: minTile })
  }
}
