import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrowserDriver } from '../support/engines/browser-driver.ts'
import { ENGINES } from '../support/engines/engines.ts'
import { LastingBrowser } from '../support/engines/lasting-browser.ts'
import { clickNamed } from '../support/engines/looking.ts'
import { watchNumbers } from '../support/engines/sight.ts'
import { FRAME_NUMBER, WALL_CLOCK } from '../support/painted-frames.ts'
import { playerIs, type Stage, setStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage?.close())

describe.each(ENGINES)('the player in %s', (engine) => {
  let lasting: LastingBrowser
  beforeAll(async () => {
    lasting = await LastingBrowser.start(engine)
  })
  afterAll(() => lasting?.close())

  const inBrowser = (work: (browser: BrowserDriver) => Promise<void>) => () => lasting.ask(work)

  it(
    'plays the simulated camera by itself, every frame in its turn',
    inBrowser(async (browser) => {
      const page = await browser.open(stage.bridge.url)
      await playerIs(page, ['playing'])
      const seen = await watchNumbers(page, FRAME_NUMBER, 50)
      const steps = seen.slice(1).map(({ value }, i) => (value - (seen[i]?.value ?? 0) + 1500) % 1500)
      expect(seen).toHaveLength(50)
      // A busy machine skips some, but never goes back: that would be a step of almost a whole turn.
      expect(Math.max(...steps)).toBeLessThan(100)
      const seconds = ((seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0)) / 1000
      expect(steps.reduce((sum, step) => sum + step, 0) / seconds / 25).toBeCloseTo(1, 0.3)
      expect(await page.errors()).toEqual([])
      await page.close()
    }),
  )

  it(
    'holds the live edge, muted as it was told, for as long as it plays',
    inBrowser(async (browser) => {
      const page = await browser.open(stage.page(stage.gstreamer.url('/clock-aac')))
      await playerIs(page, ['playing'])
      // The pace of playing is changed in this time, more than once.
      await watchNumbers(page, WALL_CLOCK, 1_000, 4_000)
      const seen = await watchNumbers(page, WALL_CLOCK, 60, 10_000)
      const delays = seen.map(({ value, at }) => at - value).sort((a, b) => a - b)
      expect(delays).toHaveLength(60)
      // A wrong bit would be off by years, or lie before the capture.
      expect(delays[0]).toBeGreaterThan(0)
      expect(delays[30]).toBeLessThan(1_000)
      const player = await page.evaluate(() => {
        const player = document.querySelector('rtsp-player')
        return [player?.state, player?.muted, player?.video?.muted]
      })
      expect(player).toEqual(['playing', true, true])
      expect(await page.errors()).toEqual([])
      await page.close()
    }),
  )

  it.each([
    ['', 'media-source'],
    [', on a canvas as well', 'webcodecs'],
  ])('pauses by ending the stream, keeps the picture, and plays on at the live edge%s', (_, renderer) =>
    lasting.ask(async (browser) => {
      const page = await browser.open(stage.page(stage.gstreamer.url('/clock'), renderer))
      await playerIs(page, ['playing'])
      await clickNamed(page, 'Pause')
      await playerIs(page, ['paused'])
      await expect.poll(() => stage.bridge.viewers).toBe(0)
      const resumed = Date.now()
      await clickNamed(page, 'Play')
      await playerIs(page, ['playing'])
      const seen = await watchNumbers(page, WALL_CLOCK, 40)
      expect(seen).toHaveLength(40)
      // What was captured before is the picture that was kept.
      expect(seen.filter(({ value }) => value > resumed).length).toBeGreaterThan(20)
      expect(await page.errors()).toEqual([])
      await page.close()
    }),
  )

  it(
    'ends its connection with its page',
    inBrowser(async (browser) => {
      const page = await browser.open(stage.page('lobby'))
      await playerIs(page, ['playing'])
      // What another test left, if one did, goes with its page.
      await expect.poll(() => stage.bridge.viewers, { timeout: 5_000 }).toBe(1)
      await page.close()
      await expect.poll(() => stage.bridge.viewers, { timeout: 5_000 }).toBe(0)
    }),
  )
})
