/** What a wall does without when the machine cannot show all of it, from the least to the most. */
export const LADDER = [
  { level: 'full', substreams: false, playing: 1 },
  /** All but the tile that is looked at have the smaller stream. */
  { level: 'substream', substreams: true, playing: 1 },
  /** So large a part of the tiles plays at a time, in turn. */
  { level: 'rotation', substreams: true, playing: 3 / 4 },
  { level: 'rotation', substreams: true, playing: 1 / 2 },
  { level: 'rotation', substreams: true, playing: 1 / 4 },
] as const

export type BudgetLevel = (typeof LADDER)[number]['level']

/** What was seen of the tiles over the last second. */
export interface WallLoad {
  /** The part of the pictures that came and were not shown, from 0 to 1; undefined where nobody knows yet. */
  readonly missed: number | undefined
  /** Tiles that are seen, and so are to play. */
  readonly tiles: number
  /** Of these, those that have the main stream and could do with the smaller one. */
  readonly shrinkable: number
}

export interface BudgetState {
  /** Index into `LADDER`. */
  readonly step: number
  /** Since when the step is what it is; milliseconds of a monotonic clock, as are the others. */
  readonly changedAt: number
  /** Since when too many pictures, or hardly any, are missed without a break. */
  readonly strainedSince: number | undefined
  readonly easySince: number | undefined
  /** How long it has to be easy before more is tried. */
  readonly patience: number
  /** When more was tried for the last time. */
  readonly triedAt: number
}

/** More than this part of the pictures missed is seen as jerks; less than the other is what a well machine misses. */
const STRAINED = 0.2
const EASY = 0.07
/** A change costs by itself: what is seen meanwhile says nothing. */
const SETTLE_MS = 5_000
const STRAINED_MS = 4_000
const PATIENCE_MS = 20_000
const MOST_PATIENCE_MS = 300_000
/** Too much again within this time after more was tried: that was too early, and the next time is later. */
const RELAPSE_MS = 60_000

export const startOfBudget = (now: number): BudgetState => ({
  step: 0,
  changedAt: now,
  strainedSince: undefined,
  easySince: undefined,
  patience: PATIENCE_MS,
  triedAt: Number.NEGATIVE_INFINITY,
})

/**
 * What follows from what was seen: a step down after seconds of strain, a step up after a longer time without, and the
 * longer the oftener that failed. Call it about once a second.
 */
export function nextBudget(state: BudgetState, load: WallLoad, now: number): BudgetState {
  if (now - state.changedAt < SETTLE_MS || load.missed === undefined) {
    return { ...state, strainedSince: undefined, easySince: undefined }
  }
  const strainedSince = load.missed > STRAINED ? (state.strainedSince ?? now) : undefined
  const easySince = load.missed < EASY ? (state.easySince ?? now) : undefined
  const seen = { ...state, strainedSince, easySince }
  if (strainedSince !== undefined && now - strainedSince >= STRAINED_MS) return stepDown(seen, load, now)
  if (easySince !== undefined && now - easySince >= state.patience && state.step > 0) return stepUp(seen, load, now)
  return seen
}

function stepDown(state: BudgetState, load: WallLoad, now: number): BudgetState {
  const next = LADDER.findIndex((_, step) => step > state.step && helps(step, state.step, load))
  if (next < 0) return state
  const relapsed = now - state.triedAt < RELAPSE_MS
  const patience = relapsed ? Math.min(MOST_PATIENCE_MS, state.patience * 2) : PATIENCE_MS
  return { ...state, step: next, changedAt: now, strainedSince: undefined, easySince: undefined, patience }
}

function stepUp(state: BudgetState, load: WallLoad, now: number): BudgetState {
  // A step that made no difference on the way down makes none on the way up.
  let step = state.step - 1
  while (step > 0 && !helps(step, step - 1, load)) step -= 1
  return { ...state, step, changedAt: now, strainedSince: undefined, easySince: undefined, triedAt: now }
}

/** Whether a step asks less of the machine than one above it, with these tiles. */
function helps(step: number, than: number, load: WallLoad): boolean {
  const [lower, upper] = [LADDER[step], LADDER[than]]
  if (!lower || !upper) return false
  const fewer = playingAtOnce(step, load.tiles) < playingAtOnce(than, load.tiles)
  return fewer || (lower.substreams && !upper.substreams && load.shrinkable > 0)
}

/**
 * Tiles that may play at a time.
 *
 * @param most what was set as the most; Infinity where nothing was
 */
export function playingAtOnce(step: number, tiles: number, most = Number.POSITIVE_INFINITY): number {
  const share = LADDER[step]?.playing ?? 1
  return Math.min(tiles, Math.max(1, Math.min(Math.ceil(tiles * share), most)))
}

/** The step that a wall is at that is told to play fewer tiles than it has, though the machine could do more. */
export const levelOf = (step: number, playing: number, tiles: number): BudgetLevel =>
  playing < tiles ? 'rotation' : (LADDER[step]?.level ?? 'full')
