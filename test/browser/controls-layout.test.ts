import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { accessibilityProblems } from '../support/accessibility.ts'
import { builtPage, launchChromium, playerIs } from '../support/browser.ts'
import { differencesInLook } from '../support/looks.ts'
import {
  controlsAreThere,
  openStyledPlayer,
  type StyledPlayer,
  type StyledPlayerOptions,
} from '../support/styled-player.ts'

/** Of WCAG 2.2, 2.5.8: what can be pressed has as many pixels both ways. */
const LEAST_TARGET = 24

let browser: Browser
let directory: string
let bridge: Bridge
let camera: SimulatedCamera
const pages: StyledPlayer[] = []

beforeAll(async () => {
  directory = await builtPage()
  ;[browser, camera] = await Promise.all([launchChromium(), startCamera()])
  bridge = await createBridge({
    pageDirectory: directory,
    streams: { lobby: { url: camera.url }, recording: { url: camera.recordingUrl } },
  })
})

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close()
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([bridge?.close(), camera?.close()])
})

const open = async (src: string, state: string, options: StyledPlayerOptions): Promise<Page> => {
  const markup = `<rtsp-player src="${src}" keep="10" autoplay muted controls></rtsp-player>`
  const opened = await openStyledPlayer({ browser, directory, url: bridge.url }, markup, options)
  pages.push(opened)
  await controlsAreThere(opened.page)
  await playerIs(opened.page, state)
  return opened.page
}

const openPanel = (page: Page): Promise<void> =>
  page.locator('rtsp-player-controls').getByRole('button', { expanded: false }).click()

interface Box {
  readonly name: string
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** What can be pressed in a part of the controls, as it lies in the window. */
const boxes = (page: Page, within: string): Promise<Box[]> =>
  page
    .locator(`rtsp-player-controls ${within}`)
    .locator('button, input')
    .evaluateAll((elements) =>
      elements
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const { left, top, right, bottom } = element.getBoundingClientRect()
          return { name: element.getAttribute('aria-label') ?? '', left, top, right, bottom }
        }),
    )

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5

const SIZES = [
  { width: 1280, height: 720 },
  { width: 800, height: 450 },
  { width: 480, height: 270 },
  { width: 320, height: 180 },
  { width: 180, height: 101 },
]

it.each(['lobby', 'recording'])(
  'what can be pressed lies in the picture, apart, and is large enough: %s',
  async (src) => {
    const page = await open(src, 'playing', {})
    for (const { width, height } of SIZES) {
      await page.setViewportSize({ width, height })
      for (const dir of ['ltr', 'rtl']) {
        const at = `${width} by ${height}, ${dir}`
        await page.evaluate((dir) => {
          document.documentElement.dir = dir
        }, dir)
        await page.mouse.move(width / 2, 10)
        const bar = await boxes(page, '.bar')
        expect(bar.length, at).toBeGreaterThanOrEqual(4)
        for (const box of bar) {
          expect(box.left, `${box.name} ${at}`).toBeGreaterThanOrEqual(0)
          expect(box.right, `${box.name} ${at}`).toBeLessThanOrEqual(width)
          expect(box.bottom, `${box.name} ${at}`).toBeLessThanOrEqual(height)
          const least = Math.min(box.right - box.left, box.bottom - box.top)
          expect(least, `${box.name} ${at}`).toBeGreaterThanOrEqual(LEAST_TARGET)
        }
        const touching = bar.flatMap((box, index) =>
          bar.slice(index + 1).flatMap((other) => (overlap(box, other) ? [`${box.name}/${other.name}`] : [])),
        )
        expect(touching, at).toEqual([])
        // Play is where reading begins, and full screen where it ends.
        const play = bar.find(({ name }) => name === 'Pause')
        const fullScreen = bar.find(({ name }) => name === 'Full screen')
        expect((play?.left ?? 0) < (fullScreen?.left ?? 0), at).toBe(dir === 'ltr')

        await openPanel(page)
        const panel = await page.locator('rtsp-player-controls .panel').boundingBox()
        expect(panel?.x, at).toBeGreaterThanOrEqual(0)
        expect(panel?.y, at).toBeGreaterThanOrEqual(0)
        expect((panel?.x ?? 0) + (panel?.width ?? 0), at).toBeLessThanOrEqual(width)
        expect((panel?.y ?? 0) + (panel?.height ?? 0), at).toBeLessThanOrEqual(Math.min(...bar.map(({ top }) => top)))
        await page.keyboard.press('Escape')
      }
    }
  },
)

describe('is accessible', () => {
  it.each<[string, string, string, StyledPlayerOptions]>([
    ['light, with its panel', 'lobby', 'playing', {}],
    ['dark, with its panel', 'lobby', 'playing', { colorScheme: 'dark' }],
    ['in forced colours', 'lobby', 'playing', { forcedColors: 'active' }],
    ['with reduced motion', 'recording', 'playing', { reducedMotion: 'reduce' }],
    ['right to left, in German', 'cellar', 'failed', { html: 'lang="de" dir="rtl"' }],
  ])('%s', async (_name, src, state, options) => {
    const page = await open(src, state, options)
    await openPanel(page)
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it.each(['light', 'dark'] as const)('with its details: %s', async (colorScheme) => {
    const page = await open('cellar', 'failed', { colorScheme })
    await page.locator('rtsp-player').getByRole('button', { name: 'Details', exact: true }).first().click()
    await page.locator('rtsp-player-doctor').getByRole('region').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
  })
})

/** No picture of a camera is in these: what is seen is ours. */
const SIGHTS: readonly [name: string, options: StyledPlayerOptions, prepare?: (page: Page) => Promise<void>][] = [
  ['failure', {}],
  ['failure, right to left', { html: 'lang="en" dir="rtl"' }],
  ['panel, light', {}, openPanel],
  ['panel, dark', { colorScheme: 'dark' }, openPanel],
  ['panel, narrow', { viewport: { width: 320, height: 240 } }, openPanel],
]

it.each(SIGHTS)('looks as it did: %s', async (name, options, prepare) => {
  const page = await open('cellar', 'failed', options)
  await prepare?.(page)
  await page.mouse.move(1, 1)
  expect(await differencesInLook(page, name)).toEqual([])
})
