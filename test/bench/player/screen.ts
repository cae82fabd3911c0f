import type { BrowserPage, EngineName } from '../../support/engines/browser-driver.ts'
import { startInvisibleDesktop } from '../../support/engines/invisible-desktop.ts'
import type { Benchmark } from '../benchmark.ts'
import { measureInTurn, quantile, SampledFigures } from '../samples.ts'
import { serveAxisPage } from './axis-page.ts'
import { Browsers } from './browsers.ts'
import { delayOf, pictureIsThere } from './sight.ts'
import { setPlayerStage } from './stage.ts'
import { XScreen } from './x-screen.ts'

/** Milliseconds. */
const SETTLE = 4_000
const WINDOW = 10_000
const AXIS = 'Axis, chromium'
const PERCENTILES = [5, 25, 50, 75, 95] as const
/** The camera paints so many pictures a second. */
const FRAME_RATE = 30

interface Subject {
  readonly name: string
  readonly url: string
}

/** P1 and P1c once more, without asking a browser when it shows what: from the camera's clock to the pixels of the screen. */
export const screen: Benchmark = {
  name: 'screen',
  title: 'Delay from capture to the pixels of a real screen',
  about:
    'As `delay`, but the browsers have a window on an X server (Xvfb), and the clock is read from that server’s memory, some nine hundred times a second: nobody’s word is taken for it. An X server draws what it gets at once; a display adds up to one refresh until the line is lit.',
  options: { engines: 'chromium, firefox, webkit; all by default', seconds: 'of watching, 10 by default' },
  async run({ root, programs, runs = 3, options, progress }) {
    const engines = (options['engines'] ?? 'chromium,firefox,webkit').split(',') as EngineName[]
    const window = options['seconds'] === undefined ? WINDOW : Number(options['seconds']) * 1000
    const stage = await setPlayerStage(root)
    const axis = await serveAxisPage({ root, programs }, stage.cameraPort, '/clock-direct')
    const desktop = await startInvisibleDesktop({ screen: true })
    const pixels = new XScreen(desktop.frameBuffer)
    const subjectsOf = (engine: EngineName): readonly Subject[] => [
      { name: `MSE, ${engine}`, url: stage.page('clock-direct') },
      { name: `WebCodecs, ${engine}`, url: stage.page('clock-direct', { renderer: 'webcodecs' }) },
      ...(engine === 'chromium' ? [{ name: AXIS, url: axis.url }] : []),
    ]
    const subjects = engines.flatMap(subjectsOf)
    const measured = new Map<string, SampledFigures>()
    const versions: Record<string, string> = {}
    try {
      for (const engine of engines) {
        // One at a time: their windows would lie above each other.
        const browsers = new Browsers(desktop)
        try {
          await browsers.start([engine])
          Object.assign(versions, browsers.versions())
          const found = await measureInTurn(subjectsOf(engine), runs, async ({ name, url }, run) => {
            const figures = await browsers.ask(engine, async (browser) => {
              const page = await browser.open(url)
              const seen = await look(page, pixels, window)
              await page.close()
              return seen
            })
            const told = typeof figures === 'string' ? figures : `p50 ${figures['p50']?.toFixed(1)} ms`
            progress(`run ${run + 1}, ${name}: ${told}`)
            return typeof figures === 'string' ? { ended: 1 } : figures
          })
          for (const [name, figures] of found) measured.set(name, figures)
        } finally {
          await browsers.close()
        }
      }
      const of = (name: string, figure: string) => (measured.get(name) ?? new SampledFigures()).of(figure)
      return {
        runs,
        versions: { ...versions, 'media-stream-library': '13.1.1' },
        tables: [
          {
            title: 'Milliseconds from the camera’s clock to the pixels of the X screen',
            columns: ['', ...PERCENTILES.map((percent) => `p${percent}`), 'pictures shown, %'],
            rows: subjects.map(({ name }) => {
              const ended = of(name, 'ended').count
              return [
                ended === 0 ? name : `${name} (ended ${ended} of ${runs} times)`,
                ...PERCENTILES.map((percent) => of(name, `p${percent}`).text(1)),
                of(name, 'shown').text(1),
              ]
            }),
          },
        ],
        targets: [],
      }
    } finally {
      pixels.close()
      await desktop.stop()
      await axis.close()
      await stage.close()
    }
  },
}

async function look(page: BrowserPage, pixels: XScreen, window: number): Promise<Record<string, number>> {
  await pictureIsThere(page)
  // In its own size, and in front of all else; a player that is moved plays on.
  await page.evaluate(() => {
    const player = document.querySelector('rtsp-player') ?? document.querySelector('video')
    if (!player) throw new Error('There is no player')
    document.body.append(player)
    player.style.cssText =
      'position: fixed; left: 0; top: 0; width: 640px; height: 360px; max-width: none; z-index: 9999; border: 0; border-radius: 0'
  })
  await new Promise((resolve) => setTimeout(resolve, SETTLE))
  const patience = performance.now() + SETTLE
  while (!pixels.find()) {
    if (performance.now() > patience) throw new Error('The picture is not on the screen.')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const seen = await pixels.watch(window)
  const seconds = ((seen.at(-1)?.value ?? 0) - (seen[0]?.value ?? 0)) / 1000
  const delays = seen.map(delayOf)
  return {
    ...Object.fromEntries(PERCENTILES.map((percent) => [`p${percent}`, quantile(delays, percent / 100)])),
    shown: ((seen.length - 1) / (seconds * FRAME_RATE)) * 100,
  }
}
