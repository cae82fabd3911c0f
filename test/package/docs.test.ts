import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bridge } from '../../bridge/bridge.ts'
import { createBridge } from '../../bridge/server.ts'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { launchChromium, openTab, playerIs } from '../support/browser.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Built by `npm run build`, or `npm run docs`. */
const SITE = join(ROOT, 'dist/docs')

const pages = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'))
const read = (page: string): string => readFileSync(join(SITE, page), 'utf8')

describe('the documentation that was built', () => {
  it('has every page in its contents', () => {
    expect(pages.length).toBeGreaterThan(25)
    const index = read('index.html')
    const unlisted = pages.filter((page) => !index.includes(`href="./${page}"`))
    expect(unlisted).toEqual([])
  })

  it.each(pages)('%s links only to what is there, and has nothing inline', (page) => {
    const text = read(page)
    const targets = [...text.matchAll(/<(?:a|img|link|script) [^>]*?(?:href|src)="([^"]+)"/g)].map(
      ([, target = '']) => target,
    )
    const dead = targets.filter((target) => {
      if (/^(https?:|mailto:)/.test(target)) return false
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(SITE, file))) return true
      return anchor !== undefined && !new RegExp(`id="${anchor}"`).test(read(file))
    })
    expect(dead).toEqual([])
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle="|\bonclick=/)
    expect(text.match(/<h1/g)).toHaveLength(1)
  })
})

describe('the documentation that the bridge serves at /docs/', () => {
  let camera: Awaited<ReturnType<typeof startCamera>>
  let bridge: Bridge
  let browser: Browser

  beforeAll(async () => {
    ;[browser, camera] = await Promise.all([launchChromium(), startCamera({})])
    bridge = await createBridge({
      pageDirectory: join(ROOT, 'dist/page'),
      documentationDirectory: SITE,
      streams: { lobby: { url: camera.url } },
    })
  })
  afterAll(async () => {
    await browser?.close()
    await bridge?.close()
    await camera?.close()
  })

  it('shows the simulated camera, by the CSP of the bridge', async () => {
    const { page, errors } = await openTab(browser, `${bridge.url}docs/`)
    await playerIs(page, 'playing')
    expect(errors).toEqual([])
    await page.close()
  })

  it('can be read, light and dark, wide and narrow', async () => {
    const { page, errors } = await openTab(browser, `${bridge.url}docs/guides/portal.html`)
    const colours = () =>
      page.evaluate(() => {
        const { backgroundColor, color } = getComputedStyle(document.body)
        return [backgroundColor, color]
      })
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await colours()
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await colours()).not.toEqual(light)
    await page.setViewportSize({ width: 360, height: 640 })
    // Wide tables and code are scrolled within the page.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    await page.getByRole('link', { name: 'Contents' }).click()
    await page.getByRole('link', { name: 'Tickets', exact: true }).click()
    expect(await page.locator('h1').textContent()).toBe('Tickets')
    expect(errors).toEqual([])
    await page.close()
  })
})
