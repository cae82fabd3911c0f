/** A tile whose camera says what time it is. Milliseconds. */
export interface AlignedTile {
  /** From the capture to the screen, as it is now. */
  readonly captureDelay: number
  /** How much of it the wall has added. */
  readonly added: number
}

/** What a wall adds at most, so that one slow camera does not hold back all; milliseconds. */
export const MOST_ADDED = 2_000
/** A difference that nobody sees: a picture of 30 a second. */
const NEGLIGIBLE = 33

/**
 * What each tile has to wait, in milliseconds, for all to show the same moment: that of the slowest by itself. One that is
 * more than `MOST_ADDED` behind the quickest is waited for no longer than that. Small differences are left as they are.
 */
export function alignment(tiles: readonly AlignedTile[]): number[] {
  const alone = tiles.map(({ captureDelay, added }) => captureDelay - added)
  const together = Math.min(Math.max(...alone), Math.min(...alone) + MOST_ADDED)
  return tiles.map(({ added }, i) => {
    const wanted = Math.max(0, together - (alone[i] ?? 0))
    return Math.abs(wanted - added) < NEGLIGIBLE ? added : wanted
  })
}
