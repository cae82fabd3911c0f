import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { quantile, Samples } from '../samples.ts'
import { type ChromiumPage, startChromiumWithTools } from './chromium.ts'
import { delaysInTurn } from './sight.ts'
import { setPlayerStage } from './stage.ts'
import { askTiles, showTiles } from './tiles.ts'

const TILES = 16
const STREAM = 'clock-15'
/** Its pictures a second. */
const FRAME_RATE = 15
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
    const stage = await setPlayerStage(root, { watched: [STREAM] })
    const browser = await startChromiumWithTools()
    const figures = {
      busy: new Samples(),
      longest: new Samples(),
      dropped: new Samples(),
      delay: new Samples(),
      slowest: new Samples(),
    }
    try {
      for (let run = 0; run < runs; run++) {
        const page = await browser.open(stage.page(STREAM))
        await showTiles(
          page,
          Array.from({ length: tiles }, () => STREAM),
        )
        await wait(SETTLE)
        const busy = await busyPart(page, tiles)
        const delays = await delaysInTurn(page, tiles, LOOK)
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
      versions: { Chromium: browser.version },
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

async function busyPart(page: ChromiumPage, tiles: number) {
  const before = { task: await page.taskSeconds(), ...(await askTiles(page)) }
  await wait(WINDOW)
  const after = { task: await page.taskSeconds(), ...(await askTiles(page)) }
  const seconds = (after.at - before.at) / 1000
  return {
    part: (after.task - before.task) / seconds,
    longest: after.longest,
    // The figure of a player is up to a second old, at both ends.
    dropped: Math.max(0, 1 - (after.shown - before.shown) / (seconds * FRAME_RATE * tiles)),
  }
}
