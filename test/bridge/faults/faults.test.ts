import { describe, expect, it } from 'vitest'
import type { Fault } from '../../support/cable.ts'
import { handles, isAsBefore, lay, players, SIDES, somePictures, WAYS } from './laid-cables.ts'

const FAULTS: Record<string, Fault> = {
  delayed: { kind: 'delay', milliseconds: 80 },
  'split into single bytes': { kind: 'split' },
}

describe.each(WAYS)('through the %s', (way) => {
  describe.each(SIDES)('with a bad cable to the %s', (side) => {
    describe.each(['up', 'down'] as const)('what goes %s', (direction) => {
      it.each(Object.keys(FAULTS))('is %s, and it plays on', { timeout: 15_000 }, async (name) => {
        const before = await handles()
        const laid = await lay()
        laid.cables[side][direction].fault = FAULTS[name] ?? { kind: 'none' }
        const player = await laid.watch(way)
        await somePictures(player)
        expect(player.pipeline.statistics().tracks[0]).toMatchObject({ lost: 0, malformed: 0 })
        await isAsBefore(laid, way, before)
      })

      it('is stalled for a while, and it plays on', { timeout: 15_000 }, async () => {
        const before = await handles()
        const laid = await lay()
        const player = await laid.watch(way)
        await somePictures(player)
        laid.cables[side][direction].fault = { kind: 'stall' }
        await new Promise((resolve) => setTimeout(resolve, 300))
        laid.cables[side].mend()
        await somePictures(player, 10)
        expect(player.pipeline.statistics().tracks[0]).toMatchObject({ lost: 0, malformed: 0 })
        await isAsBefore(laid, way, before)
      })

      it('is corrupted, and that ends no more than this connection', { timeout: 15_000 }, async () => {
        const before = await handles()
        const laid = await lay()
        const other = await laid.watch(way)
        const player = await laid.watch(way)
        await somePictures(player)
        laid.cables[side][direction].fault = { kind: 'corrupt', every: 997 }
        // Up there are a few bytes only: keep-alives, and what players say now.
        for (let i = 0; i < 5; i++) player.pipeline.pause?.().catch(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, 250))
        expect((await fetch(`${laid.bridge.url}healthz`, { headers: { Connection: 'close' } })).status).toBe(200)
        void other
        await isAsBefore(laid, way, before)
      })
    })

    it('it is cut while it plays', { timeout: 15_000 }, async () => {
      const before = await handles()
      const laid = await lay()
      const player = await laid.watch(way)
      await somePictures(player)
      laid.cables[side].cut()
      // The hub has the camera again before its viewers know.
      if (way === 'hub' && side === 'camera') await somePictures(player)
      else await player.closed
      await isAsBefore(laid, way, before)
    })

    it('it is cut at any moment of opening', { timeout: 20_000 }, async () => {
      const before = await handles()
      const laid = await lay()
      for (let after = 0; after < 30; after += 3) {
        const opening = laid.watch(way).then(
          (player) => player.closed,
          () => undefined,
        )
        await new Promise((resolve) => setTimeout(resolve, after))
        // Again and again, for there may have been nothing to cut yet.
        const cutting = setInterval(() => laid.cables.viewer.cut(), 20)
        laid.cables[side].cut()
        await opening
        clearInterval(cutting)
      }
      await isAsBefore(laid, way, before)
    })

    it('nothing comes any more, and the viewer leaves', { timeout: 15_000 }, async () => {
      const before = await handles()
      const laid = await lay()
      const player = await laid.watch(way)
      await somePictures(player)
      laid.cables[side].up.fault = { kind: 'stall' }
      laid.cables[side].down.fault = { kind: 'stall' }
      await Promise.all(players.splice(0).map((one) => one.pipeline.close()))
      if (side === 'viewer') laid.cables.viewer.cut()
      // The camera cannot hear that it is left, and is left all the same.
      await expect.poll(() => laid.bridge.viewers, { timeout: 4_000 }).toBe(0)
      laid.cables.camera.mend()
      await isAsBefore(laid, way, before)
    })
  })
})
