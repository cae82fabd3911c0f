import { type Direction, neighbour } from './focus.ts'
import { type Box, capacity, gridOf, type WallGrid, wallLayout } from './layout.ts'
import { restoredOrder } from './order.ts'

/** Where each tile of a wall is. */
export interface Placement<T> {
  /** All tiles, in their order. */
  readonly tiles: readonly T[]
  /** Those of them that have a place on this page: one for each cell of the grid. */
  readonly placed: readonly T[]
  readonly grid: WallGrid
  /** Infinity where all have a place at once. */
  readonly perPage: number
  readonly page: number
  readonly pages: number
}

export interface PlacementOptions {
  /** Names in the order that is wanted; the others stand behind. */
  readonly order: readonly string[]
  readonly layout: string
  /** Counted from 0; may be anything. */
  readonly page: number
  readonly box: Box
  /** CSS pixels that a tile is wide at least, where the layout can see to that. */
  readonly smallest: number
}

export function placement<T extends { readonly name: string }>(
  all: readonly T[],
  options: PlacementOptions,
): Placement<T> {
  const named = new Map(all.map((tile) => [tile.name, tile]))
  const tiles = restoredOrder([...named.keys()], options.order).flatMap((name) => named.get(name) ?? [])
  const layout = wallLayout(options.layout)
  const perPage = capacity(layout)
  const pages = Math.max(1, Math.ceil(tiles.length / perPage))
  const page = Math.min(Math.max(0, Math.trunc(options.page) || 0), pages - 1)
  const placed = pages === 1 ? tiles : tiles.slice(page * perPage, (page + 1) * perPage)
  const grid = gridOf(layout, placed.length, options.box, Math.max(0, options.smallest || 0))
  return { tiles, placed, grid, perPage, page, pages }
}

/** By name or by place, counted from 0. */
export function findTile<T extends { readonly name: string }>(
  tiles: readonly T[],
  wanted: string | number | null | undefined,
): T | undefined {
  const text = String(wanted ?? '')
  return tiles.find(({ name }) => name === text) ?? (/^\d+$/.test(text) ? tiles[Number(text)] : undefined)
}

/** The page on which a tile has its place. */
export const pageOf = <T>({ tiles, perPage }: Placement<T>, tile: T): number =>
  Math.max(0, Math.floor(tiles.indexOf(tile) / perPage))

/** The next tile in a direction, as people see it. */
export function tileBeside<T>({ grid, placed }: Placement<T>, tile: T, direction: Direction): T | undefined {
  const place = neighbour(grid.cells, placed.indexOf(tile), direction)
  return place === undefined ? undefined : placed[place]
}

/** The tile before or behind one in their order, as for those who see only one of them. */
export const tileAlong = <T>({ tiles }: Placement<T>, tile: T, direction: Direction): T | undefined =>
  tiles[tiles.indexOf(tile) + (direction === 'left' || direction === 'up' ? -1 : 1)]
