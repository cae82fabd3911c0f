import fc from 'fast-check'
import { expect, it } from 'vitest'
import { alignment, MOST_ADDED } from '../../../web/wall/alignment.ts'

it('Tiles wait for the slowest one', () => {
  expect(alignment([100, 350, 220].map((captureDelay) => ({ captureDelay, added: 0 })))).toEqual([250, 0, 130])
})

it('What was added does not count as slowness, so that walls do not fall back for ever', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 20, max: 1_500 }), { minLength: 1, maxLength: 16 }), (delays) => {
      let added = delays.map(() => 0)
      for (let round = 0; round < 5; round++) {
        added = alignment(delays.map((delay, i) => ({ captureDelay: delay + (added[i] ?? 0), added: added[i] ?? 0 })))
      }
      const shown = delays.map((delay, i) => delay + (added[i] ?? 0))
      expect(Math.max(...shown)).toBe(Math.max(...delays))
      expect(Math.max(...shown) - Math.min(...shown)).toBeLessThan(33)
    }),
  )
})

it('Nobody waits for longer than a bound', () => {
  expect(alignment([100, 30_000, 300].map((captureDelay) => ({ captureDelay, added: 0 })))).toEqual([
    MOST_ADDED,
    0,
    MOST_ADDED - 200,
  ])
})

it('When the slowest has gone, the others come nearer', () => {
  expect(
    alignment([
      { captureDelay: 350, added: 250 },
      { captureDelay: 350, added: 130 },
    ]),
  ).toEqual([120, 0])
})

it('A difference that nobody sees is left as it is', () => {
  expect(
    alignment([
      { captureDelay: 120, added: 20 },
      { captureDelay: 140, added: 0 },
    ]),
  ).toEqual([20, 0])
  expect(alignment([])).toEqual([])
})
