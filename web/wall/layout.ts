/** How a wall arranges its tiles: the attribute `layout`. */
export type WallLayout =
  /** The grid in which tiles of 16:9 are largest, whatever their number. */
  | { readonly name: 'auto' }
  /** `3x2`: so many columns and rows. */
  | { readonly name: 'grid'; readonly columns: number; readonly rows: number }
  /** `1+5`: one large tile, and so many small ones beside and below it. */
  | { readonly name: 'one-and'; readonly others: number }

/** A square of cells, of which each is 16:9 as good as it goes. Counted from 1, as CSS does. */
export interface Cell {
  readonly column: number
  readonly row: number
  /** Columns and rows. */
  readonly span: number
}

export interface WallGrid {
  readonly columns: number
  readonly rows: number
  /** One for each tile that is shown. */
  readonly cells: readonly Cell[]
  /** The rows do not fit into the box: each is 16:9, and the wall scrolls. */
  readonly scrolls: boolean
}

/** CSS pixels. */
export interface Box {
  readonly width: number
  readonly height: number
}

/** In each direction; a wall of more is a wall of specks. */
const MOST = 12
const ASPECT_RATIO = 16 / 9
/** Of fractions that are the same. */
const NOISE = 1e-9
/** A difference in size that nobody sees. */
const ALIKE = 0.02
/** A grid that leaves less of the box empty is stretched to fill it. */
const FILLED = 0.92

/** Attributes may hold anything: what cannot be read is `auto`. */
export function wallLayout(attribute: string | null | undefined): WallLayout {
  const text = (attribute ?? '').trim().toLowerCase()
  const [, columns, rows] = /^(\d{1,2})\s*[x×]\s*(\d{1,2})$/.exec(text) ?? []
  if (isCount(columns) && isCount(rows)) return { name: 'grid', columns: Number(columns), rows: Number(rows) }
  const [, others] = /^1\s*\+\s*(\d{1,2})$/.exec(text) ?? []
  return isCount(others) ? { name: 'one-and', others: Number(others) } : { name: 'auto' }
}

const isCount = (text: string | undefined): text is string => Number(text) >= 1 && Number(text) <= MOST

/** As it stands in the attribute. */
export function layoutName(layout: WallLayout): string {
  if (layout.name === 'auto') return 'auto'
  return layout.name === 'grid' ? `${layout.columns}x${layout.rows}` : `1+${layout.others}`
}

/** Tiles that have a place at once; those beyond are on further pages. */
export function capacity(layout: WallLayout): number {
  if (layout.name === 'auto') return Number.POSITIVE_INFINITY
  return layout.name === 'grid' ? layout.columns * layout.rows : 1 + layout.others
}

/**
 * Where the tiles stand.
 *
 * @param tiles to be shown, of which those beyond the capacity get no cell
 * @param box that they are to fill; one without a size counts as 16:9
 * @param minimum CSS pixels that a tile of `auto` is wide at least, even if the wall has to scroll
 */
export function gridOf(layout: WallLayout, tiles: number, box: Box, minimum = 0): WallGrid {
  const shown = Math.min(tiles, capacity(layout))
  const hasSize = box.width > 0 && box.height > 0
  const known = hasSize ? box : { width: 16, height: 9 }
  switch (layout.name) {
    case 'auto':
      return autoGrid(shown, known, hasSize ? minimum : 0)
    case 'grid':
      return { columns: layout.columns, rows: layout.rows, cells: evenCells(shown, layout.columns), scrolls: false }
    case 'one-and':
      return { ...oneAndGrid(layout.others, shown, known), scrolls: false }
  }
}

function autoGrid(tiles: number, box: Box, minimum: number): WallGrid {
  let best = 1
  for (let columns = 2; columns <= tiles; columns++) {
    const gain = cellWidth(box, columns, rowsFor(tiles, columns)) / cellWidth(box, best, rowsFor(tiles, best))
    const isAsFull = columns * rowsFor(tiles, columns) <= best * rowsFor(tiles, best)
    // Beside each other rather than below, where it makes no difference.
    if (gain > 1 + ALIKE || (gain > 1 - ALIKE && isAsFull)) best = columns
  }
  const scrolls = cellWidth(box, best, rowsFor(tiles, best)) < Math.min(minimum, box.width)
  const columns = scrolls ? Math.min(tiles, Math.floor(box.width / Math.min(minimum, box.width))) : best
  return { columns, rows: rowsFor(tiles, columns), cells: evenCells(tiles, columns), scrolls }
}

const rowsFor = (tiles: number, columns: number): number => Math.max(1, Math.ceil(tiles / columns))

/** Width of a 16:9 picture in each cell of a grid that fills the box. */
const cellWidth = ({ width, height }: Box, columns: number, rows: number): number =>
  Math.min(width / columns, (height / rows) * ASPECT_RATIO)

const evenCells = (tiles: number, columns: number): Cell[] =>
  Array.from({ length: tiles }, (_, i) => ({ column: (i % columns) + 1, row: Math.floor(i / columns) + 1, span: 1 }))

/** The large tile at the beginning, the small ones in the rest of the grid, row by row. */
function oneAndGrid(others: number, shown: number, box: Box): Omit<WallGrid, 'scrolls'> {
  const { columns, rows, large } = oneAndShape(others, box)
  const cells: Cell[] = [{ column: 1, row: 1, span: large }]
  for (let row = 1; row <= rows; row++) {
    for (let column = row <= large ? large + 1 : 1; column <= columns; column++) cells.push({ column, row, span: 1 })
  }
  return { columns, rows, cells: cells.slice(0, shown) }
}

/**
 * Of all grids that one large tile and so many small ones fill without a gap, the one that uses most of the box, with
 * small tiles that are not too small for it.
 */
function oneAndShape(others: number, box: Box): { columns: number; rows: number; large: number } {
  let best = { columns: 2, rows: 1, large: 1 }
  let bestScore = 0
  for (let large = others === 1 ? 1 : 2; large <= Math.max(1, others); large++) {
    const cells = others + large * large
    for (let columns = Math.floor(cells / large); columns >= large; columns--) {
      const rows = cells / columns
      if (!Number.isInteger(rows)) continue
      const width = cellWidth(box, columns, rows)
      const score = cells * width ** 3
      if (score > bestScore * (1 + NOISE)) {
        best = { columns, rows, large }
        bestScore = score
      }
    }
  }
  return best
}

/** CSS pixels that a picture of 16:9 is wide in a tile, without gaps. */
export function pictureWidth(grid: WallGrid, { span }: Cell, box: Box): number {
  if (grid.scrolls) return (box.width / grid.columns) * span
  return cellWidth(box, grid.columns, grid.rows) * span
}

/**
 * The size of a grid in CSS pixels. In a box of quite another shape its cells stay 16:9 and beside each other, rather than
 * each picture having black bars of its own. Undefined where it fills the box.
 */
export function gridSize(grid: WallGrid, box: Box): Box | undefined {
  if (grid.scrolls || box.width === 0 || box.height === 0) return undefined
  const cell = cellWidth(box, grid.columns, grid.rows)
  const size = { width: cell * grid.columns, height: (cell * grid.rows) / ASPECT_RATIO }
  return (size.width * size.height) / (box.width * box.height) > FILLED ? undefined : size
}
