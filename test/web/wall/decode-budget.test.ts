import { describe, expect, it } from 'vitest'
import {
  type BudgetState,
  LADDER,
  levelOf,
  nextBudget,
  playingAtOnce,
  startOfBudget,
} from '../../../web/wall/decode-budget.ts'
import { playingInTurn } from '../../../web/wall/rotation.ts'
import { missedOf, tileLoad } from '../../../web/wall/tile-load.ts'

const MACHINE = { tiles: 16, shrinkable: 4 }

/** Lets seconds pass, in which the machine misses what `missed` says at each step; gives each step with its second. */
function run(seconds: number, missed: (step: number, second: number) => number | undefined, load = MACHINE) {
  let state: BudgetState = startOfBudget(0)
  const steps: { step: number; at: number }[] = []
  for (let second = 1; second <= seconds; second++) {
    const next = nextBudget(state, { ...load, missed: missed(state.step, second) }, second * 1_000)
    if (next.step !== state.step) steps.push({ step: next.step, at: second })
    state = next
  }
  return { state, steps }
}

describe('the decode budget', () => {
  it('stays where it is on a machine that shows all', () => {
    expect(run(600, () => 0.01).steps).toEqual([])
  })

  it('does nothing about a second that was bad', () => {
    expect(run(120, (_, second) => (second % 10 < 3 ? 0.6 : 0)).steps).toEqual([])
  })

  it('takes the smaller streams first, then lets fewer and fewer tiles play in turn', () => {
    const { steps } = run(60, () => 0.5)
    expect(steps.map(({ step }) => LADDER[step]?.level)).toEqual(['substream', 'rotation', 'rotation', 'rotation'])
    // Each step is given its time.
    expect(steps.map(({ at }) => at)).toEqual([9, 18, 27, 36])
  })

  it('leaves the smaller streams out where all tiles have them already', () => {
    expect(run(12, () => 0.5, { tiles: 16, shrinkable: 0 }).steps).toEqual([{ step: 2, at: 9 }])
  })

  it('has nothing to take from a single tile with the smaller stream', () => {
    expect(run(600, () => 0.9, { tiles: 1, shrinkable: 0 }).steps).toEqual([])
  })

  it('stops at the step that helps', () => {
    const { steps } = run(1_000, (step) => (step < 2 ? 0.5 : 0.12))
    expect(steps.map(({ step }) => step)).toEqual([1, 2])
  })

  it('comes back when there is room, step by step', () => {
    const { steps, state } = run(400, (_, second) => (second < 40 ? 0.5 : 0))
    expect(steps.slice(4).map(({ step }) => step)).toEqual([3, 2, 1, 0])
    expect(state.step).toBe(0)
  })

  it('tries ever more seldom what fails each time', () => {
    // There is room for three quarters of the tiles, and not for more.
    const { steps } = run(3_600, (step) => (step < 2 ? 0.5 : 0.01))
    const tries = steps.filter(({ step }, i) => i > 0 && step < (steps[i - 1]?.step ?? 0)).map(({ at }) => at)
    const pauses = tries.slice(1).map((at, i) => at - (tries[i] ?? 0))
    expect(pauses[0]).toBeGreaterThan(20)
    expect(pauses.at(-1)).toBeGreaterThan(300)
    expect(tries.length).toBeLessThan(20)
  })

  it('does not flutter between two thresholds', () => {
    expect(run(600, (step) => (step === 0 ? 0.15 : 0.1)).steps).toEqual([])
    expect(run(600, (step) => (step === 0 ? 0.5 : 0.1)).steps).toEqual([{ step: 1, at: 9 }])
  })

  it('waits where nothing is known', () => {
    expect(run(600, () => undefined).steps).toEqual([])
  })

  it('lets as many tiles play as the step and the page allow, and one at least', () => {
    expect([0, 1, 2, 3, 4].map((step) => playingAtOnce(step, 16))).toEqual([16, 16, 12, 8, 4])
    expect(playingAtOnce(0, 16, 9)).toBe(9)
    expect(playingAtOnce(4, 16, 9)).toBe(4)
    expect(playingAtOnce(4, 2)).toBe(1)
    expect(playingAtOnce(0, 16, 0)).toBe(1)
    expect(playingAtOnce(0, 0)).toBe(0)
    expect(levelOf(0, 16, 16)).toBe('full')
    expect(levelOf(1, 16, 16)).toBe('substream')
    expect(levelOf(0, 9, 16)).toBe('rotation')
  })
})

describe('the rotation', () => {
  const tiles = Array.from({ length: 16 }, (_, i) => i)

  it('lets each tile play as often as the others', () => {
    for (const playing of [1, 4, 5, 8, 12]) {
      const times = tiles.map(() => 0)
      for (let turn = 0; turn < tiles.length; turn++) {
        const chosen = playingInTurn(tiles, playing, undefined, turn)
        expect(chosen.size).toBe(playing)
        for (const tile of chosen) times[tile] = (times[tile] ?? 0) + 1
      }
      expect(new Set(times).size, `${playing} at once: ${times}`).toBe(1)
    }
  })

  it('lets nobody wait for longer than all others need for a turn each', () => {
    const seen = [0, 1, 2, 3].flatMap((turn) => [...playingInTurn(tiles, 4, undefined, turn)])
    expect(seen.toSorted((a, b) => a - b)).toEqual(tiles)
  })

  it('never pauses the tile that is looked at, and shares what is left among the others', () => {
    const times = tiles.map(() => 0)
    for (let turn = 0; turn < 15; turn++) {
      for (const tile of playingInTurn(tiles, 4, 7, turn)) times[tile] = (times[tile] ?? 0) + 1
    }
    expect(times[7]).toBe(15)
    expect(new Set(times.filter((_, tile) => tile !== 7)).size).toBe(1)
  })

  it('lets all play where there is room, and minds no tile that is gone', () => {
    expect(playingInTurn(tiles, 16, undefined, 3).size).toBe(16)
    expect(playingInTurn([1, 2, 3], 2, 9, 0).size).toBe(2)
    expect(playingInTurn([], 0, undefined, 0).size).toBe(0)
  })
})

describe('what figures say about the machine', () => {
  const load = (frameRate: number, shownRate: number, decodeTime?: number) =>
    tileLoad({ frameRate, shownRate, decodeTime: decodeTime as never })

  it('is the part of the pictures that is missing', () => {
    expect(load(15, 9)).toEqual({ came: 15, missed: 6 })
    expect(missedOf([load(15, 15), load(15, 5)])).toBeCloseTo(1 / 3)
    expect(missedOf([load(0, 0)])).toBeUndefined()
    expect(missedOf([])).toBeUndefined()
  })

  it('takes one more or less for where the second begins', () => {
    expect(load(15, 14)).toEqual({ came: 15, missed: 0 })
    expect(load(15, 16)).toEqual({ came: 15, missed: 0 })
  })

  it('sees a decoder that cannot keep up', () => {
    expect(load(25, 25, 30).missed).toBe(0)
    expect(load(25, 25, 200).missed).toBe(12.5)
  })
})
