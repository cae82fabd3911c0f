import type { Cell } from './layout.ts'

export type Direction = 'left' | 'right' | 'up' | 'down'

/** The direction of an arrow key. @param isRightToLeft the first column is at the right */
export function arrowDirection(key: string, isRightToLeft: boolean): Direction | undefined {
  switch (key) {
    case 'ArrowLeft':
      return isRightToLeft ? 'right' : 'left'
    case 'ArrowRight':
      return isRightToLeft ? 'left' : 'right'
    case 'ArrowUp':
      return 'up'
    case 'ArrowDown':
      return 'down'
    default:
      return undefined
  }
}

/** How much a cell aside counts against one that is farther away. */
const ASIDE = 4

/**
 * Which tile is next to one as people see it: the nearest in that direction, and of those beside each other the one that
 * is most in line. Undefined at the edge of the wall.
 */
export function neighbour(cells: readonly Cell[], from: number, direction: Direction): number | undefined {
  const start = cells[from]
  if (!start) return undefined
  let best: number | undefined
  let least = Number.POSITIVE_INFINITY
  for (const [index, cell] of cells.entries()) {
    const distance = distanceTo(start, cell, direction)
    if (distance >= 0 && distance < least) {
      best = index
      least = distance
    }
  }
  return best
}

/** Negative where a cell does not lie in that direction. */
function distanceTo(from: Cell, to: Cell, direction: Direction): number {
  const isAcross = direction === 'left' || direction === 'right'
  const [main, cross] = isAcross ? (['column', 'row'] as const) : (['row', 'column'] as const)
  const isForward = direction === 'right' || direction === 'down'
  const ahead = isForward ? to[main] - (from[main] + from.span) : from[main] - (to[main] + to.span)
  if (ahead < 0) return ahead
  const gap = Math.max(0, to[cross] - (from[cross] + from.span - 1), from[cross] - (to[cross] + to.span - 1))
  // Of several in line the one whose beginning is nearest.
  const offset = Math.abs(to[cross] - from[cross]) / 1_000
  return ahead + gap * ASIDE + offset
}
