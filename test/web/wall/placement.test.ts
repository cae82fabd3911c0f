import { describe, expect, it } from 'vitest'
import {
  findTile,
  type Placement,
  type PlacementOptions,
  pageOf,
  placement,
  tileAlong,
  tileBeside,
} from '../../../web/wall/placement.ts'

const WIDE = { width: 1600, height: 900 }
const tilesOf = (names: string) => [...names].map((name) => ({ name }))
const place = (names: string, options: Partial<PlacementOptions> = {}) =>
  placement(tilesOf(names), { order: [], layout: 'auto', page: 0, box: WIDE, smallest: 0, ...options })
const namesOf = (tiles: readonly { readonly name: string }[]) => tiles.map(({ name }) => name).join('')

/** A tile of a placement by its name. */
function tile<T extends { readonly name: string }>({ tiles }: Placement<T>, name: string): T {
  const found = tiles.find((tile) => tile.name === name)
  if (!found) throw new Error(`There is no tile ${name}`)
  return found
}

describe('the place of each tile', () => {
  it('is that of the page, where nobody wanted another order', () => {
    const { tiles, placed, grid, page, pages } = place('abcd')
    expect([namesOf(tiles), namesOf(placed)]).toEqual(['abcd', 'abcd'])
    expect(grid).toMatchObject({ columns: 2, rows: 2 })
    expect([page, pages]).toEqual([0, 1])
  })

  it('follows the order that is wanted, with what it does not name behind', () => {
    expect(namesOf(place('abcd', { order: ['c', 'gone', 'a'] }).tiles)).toBe('cabd')
    expect(namesOf(place('abcdef', { order: ['f'], layout: '2x1' }).placed)).toBe('fa')
  })

  it('is on a page of a layout that has fewer places, one cell for each tile that is shown', () => {
    const shown = [0, 1, 2].map((page) => place('abcdefghij', { layout: '2x2', page }))
    expect(shown.map(({ placed }) => namesOf(placed))).toEqual(['abcd', 'efgh', 'ij'])
    expect(shown.map(({ grid }) => grid.cells.length)).toEqual([4, 4, 2])
    expect(shown.map(({ page, pages }) => [page, pages])).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ])
    // The last page is no larger than the others, though it has fewer tiles.
    expect(shown[2]?.grid).toMatchObject({ columns: 2, rows: 2 })
  })

  it.each([
    [-1, 0],
    [1.7, 1],
    [99, 2],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 2],
  ])('is on a page that there is, where page is %d', (page, real) => {
    expect(place('abcdefghij', { layout: '2x2', page }).page).toBe(real)
  })

  it('has no smallest size where that is nonsense', () => {
    expect(place('abcd', { smallest: Number.NaN, box: { width: 100, height: 60 } }).grid.scrolls).toBe(false)
    expect(place('abcd', { smallest: -5, box: { width: 100, height: 60 } }).grid.scrolls).toBe(false)
    expect(place('abcd', { smallest: 160, box: { width: 200, height: 60 } }).grid.scrolls).toBe(true)
  })

  it('is none where there are no tiles', () => {
    expect(place('', { layout: '2x2', page: 3 })).toMatchObject({ tiles: [], placed: [], page: 0, pages: 1 })
  })
})

describe('a tile', () => {
  it('is found by its name or else by its place', () => {
    const tiles = [{ name: 'lobby' }, { name: 'door' }, { name: '0' }]
    expect(findTile(tiles, 'door')?.name).toBe('door')
    expect(findTile(tiles, 1)?.name).toBe('door')
    expect(findTile(tiles, '1')?.name).toBe('door')
    // A name comes first.
    expect(findTile(tiles, '0')?.name).toBe('0')
    for (const nobody of ['', null, undefined, '7', '-1', '1.5', 'toString']) {
      expect(findTile(tiles, nobody)).toBeUndefined()
    }
  })

  it('is on the page that has its place, whichever is shown', () => {
    const places = place('abcdefghij', { layout: '2x2', order: ['j'] })
    expect(['j', 'c', 'd', 'i'].map((name) => pageOf(places, tile(places, name)))).toEqual([0, 0, 1, 2])
    const all = place('abcdefghij')
    expect(pageOf(all, tile(all, 'j'))).toBe(0)
    // One that has just gone.
    expect(pageOf(places, { name: 'gone' })).toBe(0)
  })

  it('has others beside it as people see them, on the page that is shown alone', () => {
    const places = place('abcdefgh', { layout: '2x2', page: 1 })
    expect(tileBeside(places, tile(places, 'e'), 'right')?.name).toBe('f')
    expect(tileBeside(places, tile(places, 'e'), 'down')?.name).toBe('g')
    expect(tileBeside(places, tile(places, 'e'), 'left')).toBeUndefined()
    expect(tileBeside(places, tile(places, 'a'), 'right')).toBeUndefined()
  })

  it('has others before and behind it in their order, on whatever page', () => {
    const places = place('abcdef', { layout: '2x2' })
    const along = (name: string, direction: Parameters<typeof tileAlong>[2]) =>
      tileAlong(places, tile(places, name), direction)?.name
    expect([along('d', 'right'), along('d', 'down'), along('d', 'left'), along('d', 'up')]).toEqual([
      'e',
      'e',
      'c',
      'c',
    ])
    expect([along('a', 'left'), along('f', 'right')]).toEqual([undefined, undefined])
  })
})
