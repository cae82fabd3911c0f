import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { builtPage, launchChromium, playerIs } from '../support/browser.ts'

/**
 * Bytes, by gzip at its best, of all that a playing `<rtsp-player>` loads: the element with lit, the worker, H.264 and AAC.
 * Whoever adds to what every viewer loads has to raise it here, and say why in CHANGELOG.md.
 */
const BUDGET = 80_000

/** Seconds of playing, in which reports to the camera and statistics to the page fall due. */
const SECONDS = 6

let pageDirectory: string
let browser: Browser
let bridge: Bridge
let camera: SimulatedCamera

beforeAll(async () => {
  pageDirectory = await builtPage()
  ;[browser, camera] = await Promise.all([launchChromium(), startCamera()])
  bridge = await createBridge({ pageDirectory, streams: { lobby: { url: camera.url } } })
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([bridge?.close(), camera?.close()])
})

it('loads no more than its budget to play H.264 with AAC, and nothing that is for other streams', async () => {
  const player = readdirSync(join(pageDirectory, 'assets')).find((name) => /^rtsp-player-.*\.js$/.test(name))
  const page = await browser.newPage()
  const loaded = new Set<string>()
  page.on('request', (request) => loaded.add(new URL(request.url()).pathname.slice(1)))
  // The demo page has code of its own: this has the player alone.
  await page.route('**/player-alone.html', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<script type="module" src="assets/${player}"></script><rtsp-player src="lobby" autoplay muted></rtsp-player>`,
    }),
  )
  await page.goto(`${bridge.url}player-alone.html`)
  await playerIs(page, 'playing')
  await page.evaluate(async (seconds) => {
    for (let told = 0; told < seconds; told++) {
      await new Promise((resolve) => {
        document.querySelector('rtsp-player')?.addEventListener('statisticschange', resolve, { once: true })
      })
    }
  }, SECONDS)
  const tracks = await page.evaluate(() => {
    const { video, audio } = document.querySelector('rtsp-player')?.statistics ?? {}
    return [video?.renderer, audio?.renderer]
  })
  expect(tracks).toEqual(['media-source', 'audio-worklet'])
  await page.close()

  const files = [...loaded].filter((path) => path.startsWith('assets/'))
  const sizes = files.map((path) => {
    const bytes = readFileSync(join(pageDirectory, path))
    return {
      file: basename(path).replace(/-[^-]{8}\.js$/, '.js'),
      bytes: bytes.length,
      gzip: gzipSync(bytes, { level: 9 }).length,
    }
  })
  sizes.sort((a, b) => b.gzip - a.gzip)
  const total = sizes.reduce((sum, { gzip }) => sum + gzip, 0)
  const rows = sizes.map(({ file, bytes, gzip }) => `${String(gzip).padStart(7)} ${String(bytes).padStart(8)}  ${file}`)
  console.log(['   gzip    bytes', ...rows, `${String(total).padStart(7)} of ${BUDGET}`].join('\n'))

  const names = sizes.map(({ file }) => file)
  expect(names).toEqual(expect.arrayContaining(['stream-worker.js', 'mpeg4-generic.js']))
  expect(names.filter((name) => ON_DEMAND.test(name))).toEqual([])
  expect(total).toBeLessThanOrEqual(BUDGET)
})

/** Other payload formats, other renderers, recordings, passwords: for those who have them. */
const ON_DEMAND =
  /^(av1|h26[45]-.*|h265|jpeg|mp4a|mp4v|mpa|opus|sampled|vp[89]|authentication|canvas|screen|speaker|recording|.*worklet.*)/
