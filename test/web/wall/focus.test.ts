import { describe, expect, it } from 'vitest'
import { arrowDirection, type Direction, neighbour } from '../../../web/wall/focus.ts'
import { gridOf, wallLayout } from '../../../web/wall/layout.ts'

const cellsOf = (layout: string, tiles: number) => gridOf(wallLayout(layout), tiles, { width: 16, height: 9 }).cells
const walk = (cells: ReturnType<typeof cellsOf>, from: number, ...directions: Direction[]) =>
  directions.reduce<number | undefined>((at, to) => (at === undefined ? at : neighbour(cells, at, to)), from)

describe('arrow keys', () => {
  it('go to the tile beside, above and below', () => {
    const cells = cellsOf('4x4', 16)
    expect(neighbour(cells, 5, 'left')).toBe(4)
    expect(neighbour(cells, 5, 'right')).toBe(6)
    expect(neighbour(cells, 5, 'up')).toBe(1)
    expect(neighbour(cells, 5, 'down')).toBe(9)
  })

  it('stop at the edges of the wall', () => {
    const cells = cellsOf('4x4', 16)
    expect([neighbour(cells, 0, 'left'), neighbour(cells, 0, 'up')]).toEqual([undefined, undefined])
    expect([neighbour(cells, 3, 'right'), neighbour(cells, 12, 'down')]).toEqual([undefined, undefined])
  })

  it('go from a small tile to the large one, and from there to the nearest that begins beside it', () => {
    // 0 0 1
    // 0 0 2
    // 3 4 5
    const cells = cellsOf('1+5', 6)
    expect(neighbour(cells, 0, 'right')).toBe(1)
    expect(neighbour(cells, 0, 'down')).toBe(3)
    expect(neighbour(cells, 2, 'left')).toBe(0)
    expect(neighbour(cells, 4, 'up')).toBe(0)
    expect(neighbour(cells, 5, 'up')).toBe(2)
    expect(walk(cells, 3, 'right', 'right', 'up', 'up', 'left')).toBe(0)
  })

  it('find a tile where the last row is not full', () => {
    // 0 1 2
    // 3 4
    const cells = cellsOf('auto', 5)
    expect(neighbour(cells, 2, 'down')).toBe(4)
    expect(neighbour(cells, 4, 'right')).toBe(2)
    expect(neighbour(cells, 1, 'down')).toBe(4)
  })

  it('stay in line, though a tile aside is nearer', () => {
    const cells = [
      { column: 1, row: 1, span: 1 },
      { column: 2, row: 2, span: 1 },
      { column: 4, row: 1, span: 1 },
    ]
    expect(neighbour(cells, 0, 'right')).toBe(2)
  })

  it('reach every tile of every layout from every other', () => {
    for (const layout of ['auto', '3x3', '1+2', '1+3', '1+5', '1+7', '1+12']) {
      const cells = cellsOf(layout, 13)
      for (const start of cells.keys()) {
        const reached = new Set([start])
        for (const at of reached) {
          for (const direction of ['left', 'right', 'up', 'down'] as const) {
            const next = neighbour(cells, at, direction)
            if (next !== undefined) reached.add(next)
          }
        }
        expect(reached.size, `${layout} from ${start}`).toBe(cells.length)
      }
    }
  })

  it('go the way they point where the first column is at the right', () => {
    expect(arrowDirection('ArrowLeft', false)).toBe('left')
    expect(arrowDirection('ArrowLeft', true)).toBe('right')
    expect(arrowDirection('ArrowUp', true)).toBe('up')
    expect(arrowDirection('Enter', false)).toBeUndefined()
  })

  it('go nowhere from a tile that is not there', () => {
    expect(neighbour([], 0, 'left')).toBeUndefined()
  })
})
