import type { BrowserPage, EngineName } from '../../support/engines/browser-driver.ts'
import type { Benchmark } from '../benchmark.ts'
import { measureInTurn, quantile, SampledFigures } from '../samples.ts'
import { serveAxisPage } from './axis-page.ts'
import { Browsers } from './browsers.ts'
import { pictureIsThere, unmute, watch } from './sight.ts'
import { setPlayerStage } from './stage.ts'

/** Milliseconds. */
const SETTLE = 4_000
const WINDOW = 10_000
const AXIS = 'Axis, chromium'
const PERCENTILES = [5, 25, 50, 75, 95] as const

interface Subject {
  readonly name: string
  readonly engine: EngineName
  readonly url: string
  /** Unmuted by a click. */
  readonly sound?: boolean
}

/** P1, P1c, P2: from the camera's clock to the pixels. */
export const delay: Benchmark = {
  name: 'delay',
  title: 'Delay from capture to screen',
  about:
    'GStreamer’s RTSP server paints the wall clock into each picture (640×360, 30 a second, x264); the clock is read from the pixels of the page, on the same machine, and compared with the time at which the browser expects that picture on the display. Video by the hub; Axis’ player through its own proxy, straight from the camera.',
  options: { engines: 'chromium, firefox, webkit; all by default', seconds: 'of watching, 10 by default' },
  async run({ root, programs, runs = 3, options, progress }) {
    const engines = (options['engines'] ?? 'chromium,firefox,webkit').split(',') as EngineName[]
    const window = options['seconds'] === undefined ? WINDOW : Number(options['seconds']) * 1000
    const stage = await setPlayerStage(root)
    const axis = await serveAxisPage({ root, programs }, stage.cameraPort, '/clock-direct')
    const browsers = new Browsers()
    try {
      await browsers.start(engines)
      const subjects: readonly Subject[] = engines.flatMap((engine) => [
        { name: `MSE, ${engine}`, engine, url: stage.page('clock-direct') },
        { name: `WebCodecs, ${engine}`, engine, url: stage.page('clock-direct', { renderer: 'webcodecs' }) },
        { name: `MSE with sound, ${engine}`, engine, url: stage.page('clock-aac-direct'), sound: true },
        { name: `MSE with sound, unheld, ${engine}`, engine, url: stage.page('clock-aac-unheld'), sound: true },
        ...(engine === 'chromium' ? [{ name: AXIS, engine, url: axis.url }] : []),
      ])
      const measured = await measureInTurn(subjects, runs, async ({ name, engine, url, sound }, run) => {
        const figures = await browsers.ask(engine, async (browser) => {
          const page = await browser.open(url)
          const seen = await look(page, sound === true, window)
          await page.close()
          return seen
        })
        progress(
          `run ${run + 1}, ${name}: ${typeof figures === 'string' ? figures : `p50 ${figures.p50?.toFixed(1)} ms, p95 ${figures.p95?.toFixed(1)} ms`}`,
        )
        return typeof figures === 'string' ? { ended: 1 } : figures
      })
      const of = (name: string, figure: string) => (measured.get(name) ?? new SampledFigures()).of(figure)
      const mse = of('MSE, chromium', 'p50').median
      return {
        runs,
        versions: { ...browsers.versions(), 'media-stream-library': '13.1.1' },
        tables: [
          {
            title: 'Milliseconds from the camera’s clock to the screen',
            columns: ['', ...PERCENTILES.map((percent) => `p${percent}`), 'pictures shown, %', 'sound later, ms'],
            rows: subjects.map(({ name }) => {
              const ended = of(name, 'ended').count
              return [
                ended === 0 ? name : `${name} (ended ${ended} of ${runs} times)`,
                ...PERCENTILES.map((percent) => of(name, `p${percent}`).text(1)),
                of(name, 'shown').text(1),
                of(name, 'soundLag').text(0),
              ]
            }),
          },
        ],
        targets: engines.includes('chromium')
          ? [
              { what: 'P1: p50 of MSE in Chromium', value: mse, atMost: 35 },
              { what: 'P1: p95 of MSE in Chromium', value: of('MSE, chromium', 'p95').median, atMost: 60 },
              { what: 'P1: × Axis', value: mse / of(AXIS, 'p50').median, atMost: 0.33 },
              {
                what: 'P1: pictures that Axis shows, by ours',
                value: of(AXIS, 'shown').median / of('MSE, chromium', 'shown').median,
                atMost: 1,
              },
              { what: 'P1c: p50 of WebCodecs in Chromium', value: of('WebCodecs, chromium', 'p50').median, atMost: 30 },
              {
                what: 'P2: p50 with audible sound in Chromium',
                value: of('MSE with sound, chromium', 'p50').median,
                atMost: 60,
              },
              {
                what: 'P2: milliseconds between sound and picture in Chromium, as the player tells',
                value: Math.abs(of('MSE with sound, chromium', 'soundLag').median),
                atMost: 40,
              },
              {
                what: 'P2: p50 with audible sound in Chromium, of a camera that holds no picture back',
                value: of('MSE with sound, unheld, chromium', 'p50').median,
                atMost: 60,
              },
            ]
          : [],
        notes: [
          'Half of what is left belongs to the display: at 60 frames a second a picture waits half a frame on average until it is drawn, and a frame until it is seen.',
          'WebCodecs’ pictures are on a canvas, of which no browser tells when it will be seen: they count from the frame of the page that has them, and the display’s part is not in it.',
          'GStreamer’s server holds the picture until the sound of the same moment is encoded; “unheld” is the same server told not to, as cameras are.',
          'Players of other protocols, such as mpegts.js, have no way to this camera without a server that makes another stream of it.',
        ],
      }
    } finally {
      await browsers.close()
      await axis.close()
      await stage.close()
    }
  },
}

async function look(page: BrowserPage, sound: boolean, window: number): Promise<Record<string, number>> {
  await pictureIsThere(page)
  if (sound) await unmute(page)
  await watch(page, SETTLE)
  const { delays, shown } = await watch(page, window)
  if (delays.length === 0) throw new Error('No picture came any more.')
  const lag = await page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.soundLag ?? null)
  return {
    ...Object.fromEntries(PERCENTILES.map((percent) => [`p${percent}`, quantile(delays, percent / 100)])),
    shown: shown * 100,
    ...(lag === null ? {} : { soundLag: lag }),
  }
}
