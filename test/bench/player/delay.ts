import type { BrowserDriver, EngineName } from '../../support/engines/browser-driver.ts'
import { startEngine } from '../../support/engines/engines.ts'
import type { Benchmark } from '../benchmark.ts'
import { measureInTurn, type SampledFigures } from '../samples.ts'
import { serveAxisPage } from './axis-page.ts'
import { figuresOf, pictureIsThere, watch } from './sight.ts'
import { setPlayerStage } from './stage.ts'

/** Milliseconds. */
const SETTLE = 4_000
const WINDOW = 10_000

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
    const drivers = new Map<EngineName, BrowserDriver>()
    try {
      for (const engine of engines) drivers.set(engine, await startEngine(engine, 120_000))
      const subjects: readonly Subject[] = engines.flatMap((engine) => [
        { name: `MSE, ${engine}`, engine, url: stage.page('clock-direct') },
        { name: `WebCodecs, ${engine}`, engine, url: stage.page('clock-direct', { renderer: 'webcodecs' }) },
        { name: `MSE with sound, ${engine}`, engine, url: stage.page('clock-aac-direct'), sound: true },
        ...(engine === 'chromium' ? [{ name: AXIS, engine, url: axis.url }] : []),
      ])
      const measured = await measureInTurn(subjects, runs, async ({ name, engine, url, sound }, run) => {
        const page = await drivers.get(engine)?.open(url)
        if (!page) throw new Error(`${engine} is not there`)
        try {
          await pictureIsThere(page)
          if (sound) await page.click('#sound')
          await watch(page, SETTLE)
          const figures = figuresOf(await watch(page, window))
          progress(`run ${run + 1}, ${name}: p50 ${figures.p50.toFixed(1)} ms, p95 ${figures.p95.toFixed(1)} ms`)
          return figures
        } finally {
          await page.close()
        }
      })
      const of = (name: string, figure: string) => (measured.get(name) as SampledFigures).of(figure)
      const has = (name: string) => subjects.some((subject) => subject.name === name)
      const mse = has('MSE, chromium') ? of('MSE, chromium', 'p50').median : Number.NaN
      return {
        runs,
        versions: {
          ...Object.fromEntries([...drivers.values()].map(({ version }) => split(version))),
          'media-stream-library': '13.1.1',
        },
        tables: [
          {
            title: 'Milliseconds from the camera’s clock to the screen',
            columns: ['', 'p50', 'p95', 'pictures shown, %'],
            rows: subjects.map(({ name }) => [
              name,
              of(name, 'p50').text(1),
              of(name, 'p95').text(1),
              of(name, 'shown').text(1),
            ]),
          },
        ],
        targets: has('MSE, chromium')
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
            ]
          : [],
        notes: [
          'Half of what is left belongs to the display: at 60 frames a second a picture waits half a frame on average until it is drawn, and a frame until it is seen.',
        ],
      }
    } finally {
      for (const driver of drivers.values()) await driver.close()
      await axis.close()
      await stage.close()
    }
  },
}

const AXIS = 'Axis, chromium'

/** `Firefox 140.3.0esr` */
const split = (version: string): [string, string] => {
  const at = version.lastIndexOf(' ')
  return [version.slice(0, at), version.slice(at + 1)]
}
