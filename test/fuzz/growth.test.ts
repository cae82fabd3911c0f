import { describe, expect, test } from 'vitest'
import { grownInputs, superlinear } from './growth.ts'
import { Random } from './random.ts'
import { TARGETS, targetNamed } from './targets.ts'

/** Milliseconds for one target: the shorter ones are done before. */
const PATIENCE = 600

async function findings(name: string): Promise<string[]> {
  const found: string[] = []
  const target = targetNamed(name)
  const end = performance.now() + PATIENCE
  for (const { what, grow } of grownInputs(target, new Random(1))) {
    const growth = await superlinear(target, grow)
    if (growth !== undefined) found.push(`${what}: ${growth}`)
    if (found.length >= 3 || performance.now() > end) break
  }
  return found
}

describe('the time for an input grows no faster than its size', () => {
  // What is bounded in size by its nature, or measured better by its parts, is left out.
  const left = new Set(['readers', 'rtp-packet', 'client-session', 'segmenter', 'audio-specific-config'])
  test.for(TARGETS.filter(({ name }) => !left.has(name)).map(({ name }) => name))('%s', async (name) => {
    expect(await findings(name)).toEqual([])
  })
})

test('a quadratic function would be noticed', async () => {
  const found = await findings('faulty-is-quadratic')
  expect(found.length).toBeGreaterThan(0)
  expect(found[0]).toMatch(/ms for 1024 bytes|ms for 4096 bytes/)
})

test('a linear one is not accused', async () => {
  expect(await findings('faulty-is-linear')).toEqual([])
})
