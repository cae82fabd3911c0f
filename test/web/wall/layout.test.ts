import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  capacity,
  gridOf,
  gridSize,
  layoutName,
  pictureWidth,
  type WallGrid,
  type WallLayout,
  wallLayout,
} from '../../../web/wall/layout.ts'

const WIDE = { width: 1600, height: 900 }
const AUTO: WallLayout = { name: 'auto' }

/** Each cell of the grid with the number of tiles in it. */
const covered = ({ columns, rows, cells }: WallGrid): number[] => {
  const counts = new Array<number>(columns * rows).fill(0)
  for (const { column, row, span } of cells) {
    for (let y = row - 1; y < row - 1 + span; y++) {
      for (let x = column - 1; x < column - 1 + span; x++) {
        expect(x).toBeLessThan(columns)
        expect(y).toBeLessThan(rows)
        counts[y * columns + x] = (counts[y * columns + x] ?? 0) + 1
      }
    }
  }
  return counts
}

describe('the attribute layout', () => {
  it.each([
    ['auto', 'auto'],
    ['2x2', '2x2'],
    [' 4X3 ', '4x3'],
    ['4×3', '4x3'],
    ['1+5', '1+5'],
    ['1 + 12', '1+12'],
    ['', 'auto'],
    [null, 'auto'],
    ['0x2', 'auto'],
    ['2x99', 'auto'],
    ['1+0', 'auto'],
    ['2+5', 'auto'],
    ['1+5;drop', 'auto'],
    ['toString', 'auto'],
  ])('%j means %s', (attribute, name) => {
    expect(layoutName(wallLayout(attribute))).toBe(name)
  })

  it('says how many tiles have a place', () => {
    expect(capacity(wallLayout('3x2'))).toBe(6)
    expect(capacity(wallLayout('1+7'))).toBe(8)
    expect(capacity(AUTO)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the automatic layout', () => {
  it.each([
    [1, WIDE, 1, 1],
    [2, WIDE, 2, 1],
    [4, WIDE, 2, 2],
    [5, WIDE, 3, 2],
    [9, WIDE, 3, 3],
    [16, WIDE, 4, 4],
    [3, { width: 3000, height: 500 }, 3, 1],
    [3, { width: 500, height: 3000 }, 1, 3],
    [16, { width: 2000, height: 500 }, 6, 3],
  ])('of %i tiles in %j has %i columns and %i rows', (tiles, box, columns, rows) => {
    expect(gridOf(AUTO, tiles, box)).toMatchObject({ columns, rows, scrolls: false })
  })

  it('has tiles beside each other rather than below, where nobody would see the difference', () => {
    expect(gridOf(AUTO, 6, { width: 1256, height: 712 })).toMatchObject({ columns: 3, rows: 2 })
  })

  it('has the largest pictures of all grids', () => {
    const sizes = fc.record({ width: fc.integer({ min: 50, max: 4000 }), height: fc.integer({ min: 50, max: 4000 }) })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), sizes, (tiles, box) => {
        const grid = gridOf(AUTO, tiles, box)
        const width = pictureWidth(grid, { column: 1, row: 1, span: 1 }, box)
        for (let columns = 1; columns <= tiles; columns++) {
          const other = Math.min(box.width / columns, ((box.height / Math.ceil(tiles / columns)) * 16) / 9)
          expect(width).toBeGreaterThanOrEqual(other * 0.96)
        }
      }),
    )
  })

  it('scrolls rather than making tiles smaller than the minimum', () => {
    const phone = { width: 360, height: 400 }
    expect(gridOf(AUTO, 16, phone)).toMatchObject({ scrolls: false })
    const grid = gridOf(AUTO, 16, phone, 160)
    expect(grid).toMatchObject({ columns: 2, rows: 8, scrolls: true })
    expect(pictureWidth(grid, { column: 1, row: 1, span: 1 }, phone)).toBe(180)
    expect(gridOf(AUTO, 3, { width: 100, height: 100 }, 160)).toMatchObject({ columns: 1, rows: 3, scrolls: true })
  })

  it('works before the box has a size, and without tiles', () => {
    expect(gridOf(AUTO, 4, { width: 0, height: 0 }, 160)).toMatchObject({ columns: 2, rows: 2, scrolls: false })
    expect(gridOf(AUTO, 0, WIDE)).toMatchObject({ columns: 1, rows: 1, cells: [] })
  })
})

describe('a layout with one large tile', () => {
  it.each([
    ['1+1', WIDE, 2, 1, 1],
    ['1+2', WIDE, 3, 2, 2],
    ['1+3', WIDE, 4, 3, 3],
    ['1+5', WIDE, 3, 3, 2],
    ['1+7', WIDE, 4, 4, 3],
    ['1+12', WIDE, 4, 4, 2],
    ['1+3', { width: 400, height: 900 }, 3, 4, 3],
  ])('%s in %j has %i columns, %i rows, and a large tile of %i', (name, box, columns, rows, span) => {
    const grid = gridOf(wallLayout(name), 20, box)
    expect(grid).toMatchObject({ columns, rows })
    expect(grid.cells[0]).toEqual({ column: 1, row: 1, span })
  })

  it('fills its grid without a gap or an overlap, whatever the number and the box', () => {
    const boxes = [WIDE, { width: 400, height: 900 }, { width: 2000, height: 300 }]
    for (let others = 1; others <= 12; others++) {
      for (const box of boxes) {
        const grid = gridOf({ name: 'one-and', others }, 1 + others, box)
        expect(grid.cells).toHaveLength(1 + others)
        expect(covered(grid), `1+${others}`).toEqual(new Array(grid.columns * grid.rows).fill(1))
      }
    }
  })

  it('has cells for the tiles that there are', () => {
    expect(gridOf(wallLayout('1+5'), 3, WIDE).cells).toHaveLength(3)
    expect(gridOf(wallLayout('3x3'), 4, WIDE)).toMatchObject({ columns: 3, rows: 3 })
    expect(gridOf(wallLayout('2x2'), 16, WIDE).cells).toHaveLength(4)
  })
})

describe('the size of a grid', () => {
  it('is that of the box where the shapes are about the same, or where it scrolls', () => {
    expect(gridSize(gridOf(AUTO, 16, WIDE), WIDE)).toBeUndefined()
    expect(gridSize(gridOf(AUTO, 16, { width: 1600, height: 950 }), { width: 1600, height: 950 })).toBeUndefined()
    const phone = { width: 360, height: 400 }
    expect(gridSize(gridOf(AUTO, 16, phone, 160), phone)).toBeUndefined()
    expect(gridSize(gridOf(AUTO, 4, { width: 0, height: 0 }), { width: 0, height: 0 })).toBeUndefined()
  })

  it('leaves the rest of the box empty where they are not', () => {
    const phone = { width: 320, height: 800 }
    expect(gridSize(gridOf(wallLayout('1+5'), 6, phone), phone)).toEqual({ width: 320, height: 180 })
    const strip = { width: 3200, height: 180 }
    expect(gridSize(gridOf(wallLayout('2x1'), 2, strip), strip)).toEqual({ width: 640, height: 180 })
  })
})
