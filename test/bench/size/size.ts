import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createBridge } from '../../../bridge/index.ts'
import { launchChromium, playerIs } from '../../support/browser.ts'
import type { Benchmark } from '../benchmark.ts'
import { buildPage, startClockCamera } from '../player/stage.ts'

/** Milliseconds of playing, in which reports to the camera and statistics to the page fall due. */
const PLAYING = 6_000
const PATIENCE = 30_000
const KILOBYTE = 1000

/** P10: what everybody has to wait for. `npm test` holds a budget beside it: test/browser/page-size.test.ts. */
export const size: Benchmark = {
  name: 'size',
  title: 'Bytes to the page',
  about:
    'All that Chromium loads for a `<rtsp-player>` without `controls` that plays H.264, muted, in its smallest form by gzip: the element with lit, the worker, and what both load by themselves in the first seconds.',
  async run({ root }) {
    buildPage(root)
    const directory = `${root}/dist/page`
    const camera = await startClockCamera(root)
    const bridge = await createBridge({
      pageDirectory: directory,
      streams: { camera: { url: `rtsp://127.0.0.1:${camera.port}/clock-direct`, mode: 'hub' } },
    })
    const browser = await launchChromium()
    const loaded = new Set<string>()
    try {
      const page = await browser.newPage()
      page.on('request', (request) => loaded.add(new URL(request.url()).pathname.slice(1)))
      const player = readdirSync(`${directory}/assets`).find((name) => /^rtsp-player-.*\.js$/.test(name))
      // The demo page has code of its own: this has the player alone.
      await page.route('**/player-alone.html', (route) =>
        route.fulfill({
          contentType: 'text/html',
          body: `<script type="module" src="assets/${player}"></script><rtsp-player src="camera" autoplay muted></rtsp-player>`,
        }),
      )
      await page.goto(`${bridge.url}player-alone.html`)
      await playerIs(page, 'playing', PATIENCE)
      await page.waitForTimeout(PLAYING)
    } finally {
      await browser.close()
      await bridge.close()
      await camera.stop()
    }
    const files = [...loaded]
      .filter((path) => path.startsWith('assets/'))
      .map((path) => {
        const bytes = readFileSync(`${directory}/${path}`)
        return { path, bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length }
      })
      .sort((a, b) => b.gzip - a.gzip)
    const total = files.reduce((sum, { gzip }) => sum + gzip, 0)
    return {
      runs: 1,
      versions: { Chromium: browser.version() },
      tables: [
        {
          title: 'Bytes',
          columns: ['', 'gzip', 'as they are'],
          rows: files.map(({ path, bytes, gzip }) => [
            basename(path).replace(/-.{8}\.js$/, '.js'),
            String(gzip),
            String(bytes),
          ]),
        },
      ],
      targets: [{ what: 'P10: KB by gzip', value: total / KILOBYTE, atMost: 35 }],
    }
  },
}
