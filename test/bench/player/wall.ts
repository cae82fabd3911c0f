import { setTimeout as wait } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { launchChromium } from '../../support/browser.ts'
import { WALL_CLOCK } from '../../support/painted-frames.ts'
import type { Benchmark } from '../benchmark.ts'
import { quantile, Samples } from '../samples.ts'
import { setPlayerStage } from './stage.ts'

const TILES = 16
/** Milliseconds. */
const SETTLE = 8_000
const WINDOW = 10_000
const LOOK = 1_500

/** P9: many players in one page. */
export const wall: Benchmark = {
  name: 'wall',
  title: `A wall of ${TILES} tiles`,
  about: `${TILES} players of 640×360, 15 pictures a second, in one page of Chromium, all from one hub. The main thread’s busy time is the browser’s own count (TaskDuration), long tasks those that it reports after the start; then the clock is read from the pixels of one tile after the other.`,
  options: { tiles: `how many, ${TILES} by default` },
  async run({ root, runs = 3, options, progress }) {
    const tiles = Number(options['tiles'] ?? TILES)
    const stage = await setPlayerStage(root, ['clock-15'])
    const browser = await launchChromium()
    const figures = {
      busy: new Samples(),
      longest: new Samples(),
      dropped: new Samples(),
      delay: new Samples(),
      slowest: new Samples(),
    }
    try {
      for (let run = 0; run < runs; run++) {
        const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
        await page.goto(stage.page('clock-15'))
        await build(page, tiles)
        await wait(SETTLE)
        const devtools = await page.context().newCDPSession(page)
        await devtools.send('Performance.enable')
        const busy = await busyPart(page, devtools)
        const delays: number[] = []
        for (let tile = 0; tile < tiles; tile++) delays.push(await delayOfTile(page, tile))
        figures.busy.add(busy.part * 100)
        figures.longest.add(busy.longest)
        figures.dropped.add(busy.dropped * 100)
        figures.delay.add(quantile(delays, 0.5))
        figures.slowest.add(Math.max(...delays))
        progress(
          `run ${run + 1}: main thread ${(busy.part * 100).toFixed(1)} %, longest task ${busy.longest.toFixed(0)} ms, not shown ${(busy.dropped * 100).toFixed(1)} %, delay ${quantile(delays, 0.5).toFixed(0)} ms, slowest tile ${Math.max(...delays).toFixed(0)} ms`,
        )
        await page.close()
      }
    } finally {
      await browser.close()
      await stage.close()
    }
    return {
      runs,
      versions: { Chromium: browser.version() },
      tables: [
        {
          title: `${tiles} tiles`,
          columns: ['main thread busy, %', 'longest task, ms', 'not shown, %', 'delay p50, ms', 'slowest tile p50, ms'],
          rows: [
            [
              figures.busy.text(1),
              figures.longest.text(0),
              figures.dropped.text(1),
              figures.delay.text(0),
              figures.slowest.text(0),
            ],
          ],
        },
      ],
      targets: [
        { what: 'P9: percent of the main thread', value: figures.busy.median, atMost: 10 },
        { what: 'P9: milliseconds of the longest task', value: figures.longest.median, atMost: 50 },
        { what: 'P9: percent of the pictures that were not shown', value: figures.dropped.median, atMost: 2 },
        { what: 'P9: milliseconds of the slowest tile (P1 + 50)', value: figures.slowest.median, atMost: 85 },
      ],
      notes: [
        'Decoding is by software here and shares the two cores with the camera’s encoder, the bridge and the display.',
      ],
    }
  },
}

/** Puts the players in the place of the page. */
const build = (page: Page, tiles: number): Promise<void> =>
  page.evaluate((tiles) => {
    document.body.replaceChildren()
    document.body.style.cssText = 'display:grid;grid-template-columns:repeat(4,1fr);margin:0'
    for (let tile = 0; tile < tiles; tile++) {
      const player = document.createElement('rtsp-player')
      player.muted = true
      player.autoplay = true
      player.src = 'clock-15'
      document.body.append(player)
    }
    const scope = globalThis as typeof globalThis & { longTasks: number[] }
    scope.longTasks = []
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) scope.longTasks.push(duration)
    }).observe({ entryTypes: ['longtask'] })
  }, tiles)

async function busyPart(page: Page, devtools: CDPSession) {
  const task = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
  }
  const counts = () =>
    page.evaluate(() => {
      const scope = globalThis as typeof globalThis & { longTasks: number[] }
      const longest = Math.max(0, ...scope.longTasks.splice(0))
      const players = [...document.querySelectorAll('rtsp-player')]
      const shown = players.reduce((sum, player) => sum + (player.statistics?.picturesShown ?? 0), 0)
      return { longest, shown, at: performance.now() }
    })
  const before = { task: await task(), ...(await counts()) }
  await wait(WINDOW)
  const after = { task: await task(), ...(await counts()) }
  const tiles = await page.locator('rtsp-player').count()
  const seconds = (after.at - before.at) / 1000
  return {
    part: (after.task - before.task) / seconds,
    longest: after.longest,
    // The figure of a player is up to a second old, at both ends.
    dropped: Math.max(0, 1 - (after.shown - before.shown) / (seconds * 15 * tiles)),
  }
}

const delayOfTile = async (page: Page, tile: number): Promise<number> => {
  const delays = await page.evaluate(
    async ({ tile, place, milliseconds }) => {
      const player = document.querySelectorAll('rtsp-player')[tile]
      const canvas = new OffscreenCanvas(640, 1)
      const context = canvas.getContext('2d', { willReadFrequently: true })
      const found: number[] = []
      let last = 0
      for (const end = performance.now() + milliseconds; performance.now() < end; ) {
        await new Promise(requestAnimationFrame)
        const from = player?.picture
        if (!from || !context) continue
        context.drawImage(from, 0, -place.row)
        const { data } = context.getImageData(0, 0, 640, 1)
        let value = 0
        for (let bit = 0; bit < place.bits; bit++) {
          value = value * 2 + ((data[(place.left + bit * place.pitch) * 4 + 1] ?? 0) > 128 ? 1 : 0)
        }
        if (value > 0 && value !== last) found.push(performance.timeOrigin + performance.now() - value)
        last = value
      }
      return found
    },
    { tile, place: WALL_CLOCK, milliseconds: LOOK },
  )
  // Of no picture at all.
  return delays.length === 0 ? Number.POSITIVE_INFINITY : quantile(delays, 0.5)
}
