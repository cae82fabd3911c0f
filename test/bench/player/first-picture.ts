import type { BrowserDriver, BrowserPage, EngineName } from '../../support/engines/browser-driver.ts'
import type { Benchmark } from '../benchmark.ts'
import { quantile, Samples } from '../samples.ts'
import { serveAxisPage } from './axis-page.ts'
import { Browsers } from './browsers.ts'
import { type Eyes, openEyes, watch } from './sight.ts'
import { setPlayerStage } from './stage.ts'

const DEFAULT_RUNS = 20
const STREAM = 'clock-4s'

/** P5: how long a newcomer waits. */
export const firstPicture: Benchmark = {
  name: 'first-picture',
  title: 'First picture',
  about:
    'From connecting a `<rtsp-player>` to a page whose scripts are loaded to its first painted picture. The camera sends a keyframe every 4 s and is watched by somebody already; each time begins at another moment between two keyframes.',
  options: { engines: 'chromium, firefox, webkit; all by default' },
  async run({ root, programs, runs = DEFAULT_RUNS, options, progress }) {
    const engines = (options['engines'] ?? 'chromium,firefox,webkit').split(',') as EngineName[]
    const stage = await setPlayerStage(root, { watched: [STREAM] })
    const axis = await serveAxisPage({ root, programs }, stage.cameraPort, `/${STREAM}`)
    const browsers = new Browsers()
    const rows: string[][] = []
    const ours = new Map<EngineName, { first: Samples; later: Samples }>()
    const versions: Record<string, string> = { 'media-stream-library': '13.1.1' }
    try {
      await browsers.start(engines)
      Object.assign(versions, browsers.versions())
      for (const engine of engines) {
        const samples = { first: new Samples(), later: new Samples() }
        ours.set(engine, samples)
        const outcome = await browsers.ask(engine, async (driver) => {
          const page = await driver.open(stage.page(STREAM))
          for (let run = 0; run < runs; run++) {
            const { first, later } = await newcomer(page, STREAM)
            samples.first.add(first)
            samples.later.add(later)
            progress(`run ${run + 1}, ${engine}: ${first.toFixed(0)} ms, a second later ${later.toFixed(0)} ms behind`)
          }
          await page.close()
          return engine === 'chromium' ? await measureAxis(driver, axis.url, Math.ceil(runs / 4), progress) : []
        })
        const ended = typeof outcome === 'string' ? ` (ended after ${samples.first.count} of ${runs})` : ''
        if (typeof outcome === 'string') progress(`${engine}: ${outcome}`)
        rows.push([`rtsp-player, ${engine}${ended}`, samples.first.text(0), samples.later.text(0)])
        if (typeof outcome !== 'string' && outcome.length > 0) rows.push(outcome)
      }
    } finally {
      await browsers.close()
      await axis.close()
      await stage.close()
    }
    const chromium = ours.get('chromium')
    return {
      runs,
      versions,
      tables: [{ title: 'Milliseconds', columns: ['', 'first picture', 'delay a second later'], rows }],
      targets: chromium
        ? [
            { what: 'P5: p50 in Chromium', value: chromium.first.median, atMost: 150 },
            { what: 'P5: p95 in Chromium', value: chromium.first.p95, atMost: 300 },
            { what: 'P5: delay a second later in Chromium (that of P1)', value: chromium.later.median, atMost: 35 },
          ]
        : [],
      notes: ['Axis is measured from navigation, as its page connects while it loads, and its proxy has no cache.'],
    }
  },
}

/** Connects a player anew, and looks for its first picture at each frame of the display. */
async function newcomer(page: BrowserPage, stream: string): Promise<{ first: number; later: number }> {
  await openEyes(page)
  const first = await page.evaluate(async (stream: string) => {
    const { eyes } = globalThis as unknown as { eyes: Eyes }
    document.querySelector('rtsp-player')?.remove()
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 4_000))
    const player = document.createElement('rtsp-player')
    player.muted = true
    player.autoplay = true
    player.src = stream
    const start = performance.now()
    document.body.prepend(player)
    while (performance.now() < start + 20_000) {
      await new Promise(requestAnimationFrame)
      if (eyes.readClock(player.picture) > 0) return performance.now() - start
    }
    throw new Error('No picture came.')
  }, stream)
  await watch(page, 1_000)
  const { delays } = await watch(page, 1_000)
  return { first, later: quantile(delays, 0.5) }
}

async function measureAxis(
  driver: BrowserDriver,
  url: string,
  runs: number,
  progress: (text: string) => void,
): Promise<string[]> {
  const first = new Samples()
  const later = new Samples()
  for (let run = 0; run < runs; run++) {
    const start = performance.now()
    const page = await driver.open(url)
    let seen = await watch(page, 50)
    while (seen.delays.length === 0 && performance.now() < start + 20_000) seen = await watch(page, 50)
    first.add(performance.now() - start)
    await watch(page, 1_000)
    later.add(quantile((await watch(page, 1_000)).delays, 0.5))
    progress(`run ${run + 1}, Axis`)
    await page.close()
  }
  return ['Axis, chromium', first.text(0), later.text(0)]
}
