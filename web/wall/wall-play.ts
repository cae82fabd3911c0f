import { type AlignedTile, alignment } from './alignment.ts'
import { type BudgetChange, BudgetKeeper } from './budget-keeper.ts'
import type { BudgetLevel } from './decode-budget.ts'
import { needsOnlySubstream } from './picture-quality.ts'
import { Sight } from './sight.ts'
import type { Tile, TileRest } from './tile.ts'

const LOOK_MS = 1_000
/** Tiles behind the enlarged one go on for so long, since people look and go back. */
const COVERED_MS = 2_000
/** A player takes its new place by playing 3 percent slower or faster. */
const PLACE_RATE = 0.03

/** A tile that has a place on the wall. */
export interface PlacedTile {
  readonly tile: Tile
  readonly element: Element
  /** Of the picture, in CSS pixels. */
  readonly width: number
}

/** What the wall looks like, and what is wanted of it. */
export interface WallScene {
  readonly tiles: readonly Tile[]
  readonly placed: readonly PlacedTile[]
  /** Fills the wall. */
  readonly full: Tile | undefined
  readonly heard: Tile | undefined
  /** The one that is looked at. */
  readonly favoured: Tile | undefined
  /** Tiles that may play at a time at most. */
  readonly most: number
  /** Device pixels below which the smaller stream is enough. */
  readonly substreamBelow: number
  readonly aligned: boolean
}

export interface WallPlayEvents {
  budget(change: BudgetChange): void
  /** Other tiles wait for their turn than before. */
  waiting(): void
}

/** Decides which tiles play, by which stream, and how far behind; looks once a second at how that goes. */
export class WallPlay {
  readonly #events: WallPlayEvents
  readonly #keeper = new BudgetKeeper()
  readonly #sight: Sight
  readonly #timer: ReturnType<typeof setInterval>
  #scene: WallScene | undefined
  #covering: { readonly tile: Tile; readonly timer: ReturnType<typeof setTimeout> } | undefined
  /** The enlarged tile, when it is that for long enough for the others to rest. */
  #alone: Tile | undefined
  #alignAt = 0

  /** @param hiddenGrace milliseconds that players go on in a page that nobody sees */
  constructor(hiddenGrace: number, events: WallPlayEvents) {
    this.#events = events
    this.#sight = new Sight(hiddenGrace, () => this.#apply())
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  get level(): BudgetLevel {
    return this.#keeper.level
  }

  set hiddenGrace(milliseconds: number) {
    this.#sight.hiddenGrace = milliseconds
  }

  show(scene: WallScene): void {
    const before = new Set(this.#scene?.placed.map(({ element }) => element))
    for (const { element } of scene.placed) if (!before.delete(element)) this.#sight.observe(element)
    for (const element of before) this.#sight.unobserve(element)
    this.#scene = scene
    this.#cover(scene.full)
    this.#apply()
  }

  /** For good. All tiles rest. */
  close(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#covering?.timer)
    this.#sight.close()
    for (const tile of this.#scene?.tiles ?? []) tile.setRest('unseen')
  }

  #cover(full: Tile | undefined): void {
    if (full === this.#covering?.tile) return
    clearTimeout(this.#covering?.timer)
    if (!full) {
      this.#covering = undefined
      this.#alone = undefined
      return
    }
    // From one enlarged tile to the next the others rest on.
    if (this.#alone) this.#alone = full
    const timer = setTimeout(() => {
      this.#alone = full
      this.#apply()
    }, COVERED_MS)
    this.#covering = { tile: full, timer }
  }

  #look(): void {
    const scene = this.#scene
    if (!scene || document.hidden) return
    this.#keeper.look({ seen: this.#seen(scene), favoured: scene.favoured, most: scene.most })
    this.#align(scene)
    this.#apply()
  }

  /** Who listens to a tile need not see it. */
  #seen({ placed, heard }: WallScene): Tile[] {
    const alone = this.#alone
    return placed.flatMap(({ tile, element }) => {
      const isSeen = this.#sight.sees(element) && (!alone || alone === tile)
      return isSeen || tile === heard ? [tile] : []
    })
  }

  #apply(): void {
    const scene = this.#scene
    if (!scene) return
    const { favoured, most } = scene
    const seen = this.#seen(scene)
    const playing = this.#keeper.share({ seen, favoured, most }, (change) => this.#events.budget(change))
    const widths = new Map(scene.placed.map(({ tile, width }) => [tile, width]))
    const isSeen = new Set(seen)
    let isNews = false
    for (const tile of scene.tiles) {
      const rest: TileRest | undefined = playing.has(tile) ? undefined : isSeen.has(tile) ? 'turn' : 'unseen'
      if (rest === undefined) this.#chooseStream(tile, scene, widths.get(tile) ?? 0)
      if ((rest === 'turn') !== (tile.rest === 'turn')) isNews = true
      tile.setRest(rest)
    }
    if (isNews) this.#events.waiting()
  }

  #chooseStream(tile: Tile, { favoured, substreamBelow }: WallScene, width: number): void {
    if (!tile.hasSubstream) return
    const { player } = tile
    const isSparing = this.#keeper.wantsSubstreams && tile !== favoured
    const isSmall = needsOnlySubstream(width * devicePixelRatio, substreamBelow, player.substream)
    const substream = isSparing || isSmall
    if (player.substream !== substream) player.substream = substream
  }

  #align({ tiles, aligned }: WallScene): void {
    if (!aligned) {
      for (const tile of tiles) tile.setDelay(undefined)
      return
    }
    const now = performance.now()
    if (now < this.#alignAt) return
    const known = tiles.flatMap((tile) => {
      const figures = tile.aligned
      return figures ? ([[tile, figures]] satisfies [Tile, AlignedTile][]) : []
    })
    const wanted = alignment(known.map(([, figures]) => figures))
    let largest = 0
    for (const [i, [tile, { added }]] of known.entries()) {
      const change = (wanted[i] ?? added) - added
      if (change === 0) continue
      largest = Math.max(largest, Math.abs(change))
      tile.setDelay(added + change)
    }
    // What is measured meanwhile says nothing.
    if (largest > 0) this.#alignAt = now + 2 * LOOK_MS + largest / PLACE_RATE
  }
}
