import { expect, it } from 'vitest'
import { startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { usedMemory } from '../../support/used-memory.ts'
import { isEmpty, type Laid, lay, players, WAYS, type Way } from './laid-cables.ts'

/** What happens to the cables of a viewer who sees some of it. The hub would not dial a camera at once that is lost so often. */
const FAULTS: readonly ((cables: Laid['cables'], way: Way) => Promise<void> | void)[] = [
  ({ viewer }) => viewer.cut(),
  ({ camera }, way) => (way === 'hub' ? undefined : camera.cut()),
  ({ viewer }) => {
    viewer.down.fault = { kind: 'corrupt', every: 499 }
  },
  ({ camera }) => {
    camera.down.fault = { kind: 'split' }
  },
  async ({ viewer }) => {
    viewer.down.fault = { kind: 'stall' }
    await new Promise((resolve) => setTimeout(resolve, 50))
    viewer.cut()
  },
  ({ viewer }) => {
    viewer.up.fault = { kind: 'delay', milliseconds: 20 }
  },
]

async function rounds(laid: Laid, way: Way, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    await laid.watch(way)
    await FAULTS[round % FAULTS.length]?.(laid.cables, way)
    await Promise.all(players.splice(0).map(({ pipeline }) => pipeline.close()))
    for (const cable of Object.values(laid.cables)) cable.mend()
    await isEmpty(laid)
  }
}

it.each(WAYS)('viewers of the %s that came and went cost no memory', { timeout: 60_000 }, async (way) => {
  // This camera remembers no connection that is over.
  const laid = await lay(startCamera)
  await rounds(laid, way, 18)
  const before = await usedMemory()
  await rounds(laid, way, 48)
  // A session has some 100 KB while it lasts; what is left is the compiler's.
  expect((await usedMemory()) - before).toBeLessThan(48 * 20_000)
})
