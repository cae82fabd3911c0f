import type { RtspPlayer } from '../rtsp-player.ts'
import { distinctNames } from './order.ts'
import { MOST_TILES, publicName, type WallStream } from './streams.ts'
import { Tile } from './tile.ts'

/** What becomes of tiles that come and go. */
export interface TileSetEvents {
  added(tile: Tile): void
  removed(tile: Tile): void
}

/** The tiles of a wall, in the order of the page: those of `streams`, then the players that were put into it. */
export class TileSet {
  readonly #events: TileSetEvents
  #tiles: readonly Tile[] = []

  constructor(events: TileSetEvents) {
    this.#events = events
  }

  get tiles(): readonly Tile[] {
    return this.#tiles
  }

  /** What is on the wall already goes on. */
  set(streams: readonly WallStream[], players: readonly RtspPlayer[]): void {
    const before = new Set(this.#tiles)
    const take = (fits: (tile: Tile) => boolean): Tile | undefined => {
      for (const tile of before) {
        if (!fits(tile)) continue
        before.delete(tile)
        return tile
      }
      return undefined
    }
    const own = streams.map((stream) => take((tile) => tile.isOwn && tile.shows(stream)) ?? this.#create(stream))
    const slotted = players
      .slice(0, MOST_TILES - own.length)
      .map((player) => take((tile) => tile.player === player) ?? this.#add(new Tile(player, false)))
    const tiles = [...own, ...slotted]
    const names = distinctNames(tiles.map(({ player }) => player.id || publicName(player.src) || 'tile'))
    for (const [i, tile] of tiles.entries()) tile.name = names[i] ?? ''
    this.#tiles = tiles
    for (const tile of before) {
      tile.release()
      this.#events.removed(tile)
    }
  }

  #create({ src, title, substream }: WallStream): Tile {
    const player = document.createElement('rtsp-player')
    player.muted = true
    player.src = src
    return this.#add(new Tile(player, true, substream !== false, title))
  }

  #add(tile: Tile): Tile {
    this.#events.added(tile)
    return tile
  }
}
