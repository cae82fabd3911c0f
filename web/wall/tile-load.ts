import type { PlayerStatistics } from '../playback/player/player-statistics.ts'

/** Pictures of one tile over the last second: what came, and how many of them were not shown. */
export interface TileLoad {
  readonly came: number
  readonly missed: number
}

/** Decoders work on several pictures at a time, so that one may take longer than it lasts; not as long as so many. */
const PICTURES_AT_ONCE = 4

/**
 * What the figures of a tile say about the machine. What the browser counts as skipped (`picturesSkipped`) does not help:
 * at the live edge it counts pictures that were seen. A decoder that is busy with each for several times as long as it
 * lasts cannot keep up, even while all are shown.
 */
export function tileLoad(figures: Pick<PlayerStatistics, 'frameRate' | 'shownRate' | 'decodeTime'>): TileLoad {
  const { frameRate: came, shownRate, decodeTime } = figures
  const missing = came - shownRate
  const isBehind = decodeTime !== undefined && decodeTime * came > 1_000 * PICTURES_AT_ONCE
  // One more or less is where the second begins.
  return { came, missed: Math.max(missing <= 1 ? 0 : missing, isBehind ? came / 2 : 0) }
}

/** The part of the pictures of all that was missed; undefined where none came. */
export function missedOf(tiles: readonly TileLoad[]): number | undefined {
  const came = tiles.reduce((sum, tile) => sum + tile.came, 0)
  return came === 0 ? undefined : tiles.reduce((sum, tile) => sum + tile.missed, 0) / came
}
