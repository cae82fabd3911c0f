import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { builtPage, launchChromium, playerIs } from '../support/browser.ts'

/**
 * Bytes, by gzip at its best, of all that a playing `<rtsp-player>` loads: the element with lit, the worker, H.264.
 * Whoever adds to what every viewer loads has to raise it here, and say why in CHANGELOG.md.
 */
const BUDGET = 78_500

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

it('loads no more than its budget to play H.264 without sound, and the sound when it is to be heard', async () => {
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
  expect(await renderers(page)).toEqual(['media-source', undefined])
  const silent = filesOf(loaded)

  await page.evaluate(() => {
    const element = document.querySelector('rtsp-player')
    if (element) element.muted = false
  })
  await expect.poll(() => renderers(page), { timeout: 5_000 }).toEqual(['media-source', 'audio-worklet'])
  await expect.poll(() => [...loaded].some((path) => path.includes('mpeg4-generic'))).toBe(true)
  await page.close()
  const audible = filesOf(loaded).filter(({ file }) => silent.every((one) => one.file !== file))

  const total = sum(silent)
  console.log(
    [
      '   gzip    bytes',
      ...silent.map(row),
      `${String(total).padStart(7)} of ${BUDGET}; and for sound`,
      ...audible.map(row),
      String(total + sum(audible)).padStart(7),
    ].join('\n'),
  )
  expect(silent.map(({ file }) => file)).toContain('stream-worker.js')
  expect(silent.map(({ file }) => file).filter((name) => ON_DEMAND.test(name))).toEqual([])
  // Each is known when the one before is there, while somebody waits for the sound.
  expect(audible.map(({ file }) => file).sort()).toEqual(['mpeg4-generic.js', 'on-demand.js', 'sound-parts.js'])
  // In a template of CSS a comment is text, which no minifier takes out.
  expect([...silent, ...audible].filter(({ text }) => /\/\*(?!!)/.test(text)).map(({ file }) => file)).toEqual([])
  expect(total).toBeLessThanOrEqual(BUDGET)
})

interface LoadedFile {
  readonly file: string
  readonly bytes: number
  readonly gzip: number
  readonly text: string
}

function filesOf(paths: ReadonlySet<string>): LoadedFile[] {
  const files = [...paths].filter((path) => path.startsWith('assets/'))
  const sizes = files.map((path) => {
    const bytes = readFileSync(join(pageDirectory, path))
    return {
      file: basename(path).replace(/-.{8}\.js$/, '.js'),
      bytes: bytes.length,
      gzip: gzipSync(bytes, { level: 9 }).length,
      text: bytes.toString(),
    }
  })
  return sizes.sort((a, b) => b.gzip - a.gzip)
}

const sum = (files: readonly LoadedFile[]): number => files.reduce((total, { gzip }) => total + gzip, 0)

const row = ({ file, bytes, gzip }: LoadedFile): string =>
  `${String(gzip).padStart(7)} ${String(bytes).padStart(8)}  ${file}`

const renderers = (page: Page) =>
  page.evaluate(() => {
    const { video, audio } = document.querySelector('rtsp-player')?.statistics ?? {}
    return [video?.renderer, audio?.renderer]
  })

/** Other payload formats, other renderers, sound, recordings, passwords: for those who have them. */
const ON_DEMAND =
  /^(aac|adts|av1|h26[45]-.*|h265|jpeg|mp4a|mp4v|mpa|mpeg4|on-demand|opus|sampled|sound|vp[89]|authentication|canvas|screen|speaker|recording|.*worklet.*)/
