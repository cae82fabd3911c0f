import {
  type BudgetLevel,
  type BudgetState,
  LADDER,
  levelOf,
  nextBudget,
  playingAtOnce,
  startOfBudget,
} from './decode-budget.ts'
import { playingInTurn } from './rotation.ts'
import type { Tile } from './tile.ts'
import { missedOf } from './tile-load.ts'

/** How long tiles play in their turn, in milliseconds: long enough to see what is going on. */
const TURN_MS = 10_000

/** What a wall does to spare the machine. */
export interface BudgetChange {
  /** `substream`: smaller pictures. `rotation`: tiles play in turn. */
  readonly level: BudgetLevel
  /** Tiles that play at a time. */
  readonly playing: number
  /** Tiles that are seen, and would play. */
  readonly tiles: number
}

/** The tiles between which the machine's time is shared. */
export interface BudgetTiles {
  /** Those that are seen. */
  readonly seen: readonly Tile[]
  /** The one that is looked at. */
  readonly favoured: Tile | undefined
  /** Tiles that may play at a time at most; Infinity where nothing is set. */
  readonly most: number
}

/** Applies the policy of `decode-budget.ts` to tiles, as time goes by. */
export class BudgetKeeper {
  #state: BudgetState = startOfBudget(performance.now())
  #told: BudgetChange = { level: 'full', playing: 0, tiles: 0 }

  get level(): BudgetLevel {
    return this.#told.level
  }

  /** All but the favoured tile are to have the smaller stream. */
  get wantsSubstreams(): boolean {
    return LADDER[this.#state.step]?.substreams === true || this.#told.level === 'rotation'
  }

  /** Looks at how it goes; once a second. */
  look({ seen, favoured }: BudgetTiles): void {
    const now = performance.now()
    const loads = seen.flatMap((tile) => tile.load(now) ?? [])
    const shrinkable = seen.filter((tile) => tile !== favoured && tile.hasSubstream && !tile.player.substream).length
    this.#state = nextBudget(this.#state, { missed: missedOf(loads), tiles: seen.length, shrinkable }, now)
  }

  /** Which of the tiles are to play now. @param changed told where this is another state of things than before */
  share({ seen, favoured, most }: BudgetTiles, changed: (change: BudgetChange) => void): Set<Tile> {
    const { step } = this.#state
    const tiles = seen.length
    if (tiles === 0) return new Set()
    const playing = playingAtOnce(step, tiles, most)
    const change = { level: levelOf(step, playing, tiles), playing, tiles }
    const { level } = this.#told
    const isNews = change.level !== level || (level === 'rotation' && change.playing !== this.#told.playing)
    this.#told = change
    if (isNews) changed(change)
    return playingInTurn(seen, playing, favoured, Math.floor(performance.now() / TURN_MS))
  }
}
