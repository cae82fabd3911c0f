import { expect, it } from 'vitest'
import { startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { usedMemory } from '../../support/used-memory.ts'
import { isEmpty, type Laid, lay, players, WAYS, type Way } from './laid-cables.ts'

/** Viewers that come, see some of it, and end in one bad way or another. */
async function rounds(laid: Laid, way: Way, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    await laid.watch(way)
    if (round % 3 === 0) laid.cables.viewer.cut()
    // The hub would not dial a camera that is lost so often at once.
    else if (round % 3 === 1 && way !== 'hub') laid.cables.camera.cut()
    laid.cables.viewer.down.fault = { kind: round % 2 === 0 ? 'corrupt' : 'none', every: 499 }
    await Promise.all(players.splice(0).map(({ pipeline }) => pipeline.close()))
    laid.cables.viewer.mend()
    await isEmpty(laid)
  }
}

it.each(WAYS)('viewers of the %s that came and went cost no memory', { timeout: 60_000 }, async (way) => {
  // This camera remembers no connection that is over.
  const laid = await lay(startCamera)
  await rounds(laid, way, 15)
  const before = await usedMemory()
  await rounds(laid, way, 45)
  // A session has some 100 KB while it lasts; what is left is the compiler's.
  expect((await usedMemory()) - before).toBeLessThan(45 * 20_000)
})
