import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { openTab, type Tab } from './browser.ts'

/** What a page has beside the player. */
export interface PlayerPage {
  /** The built page's directory. */
  readonly directory: string
  /** Where it is served: that of the bridge. */
  readonly url: string
  readonly browser: Browser
}

const MEDIA_CHROME = fileURLToPath(new URL('../../node_modules/media-chrome/dist/iife/index.js', import.meta.url))

/** The script that registers `<rtsp-player>` and nothing else. */
export const playerScript = (directory: string): string => {
  const name = readdirSync(join(directory, 'assets')).find((file) => /^rtsp-player-.{8}\.js$/.test(file))
  if (!name) throw new Error('The build has no rtsp-player')
  return `assets/${name}`
}

/**
 * A page of our own, with the player and no code beside it.
 *
 * @param body its markup; the player is defined when it has been read, so that elements of it are upgraded
 * @param withMediaChrome the real one, from its package
 */
export async function openPlayerPage(
  { browser, directory, url }: PlayerPage,
  body: string,
  { withMediaChrome = false, prepare }: { withMediaChrome?: boolean; prepare?: () => void } = {},
): Promise<Tab> {
  const script = playerScript(directory)
  const tab = await openTab(browser, 'about:blank', prepare)
  const { page } = tab
  await page.route('**/media-chrome.js', (route) => route.fulfill({ path: MEDIA_CHROME }))
  await page.route('**/player.html', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><link rel="icon" href="data:," />${body}
        ${withMediaChrome ? '<script src="media-chrome.js"></script>' : ''}
        <script type="module" src="${script}"></script>`,
    }),
  )
  await page.goto(`${url}player.html`)
  await page.waitForFunction(() => customElements.get('rtsp-player') !== undefined)
  return tab
}

/** The types of events as they come, and for `statechange` the state, from here on; they are read by `eventsOf`. */
export const recordEvents = (page: Page, types: readonly string[]): Promise<void> =>
  page.evaluate((types) => {
    const told: string[] = []
    Object.assign(window, { told })
    for (const type of types) {
      document.querySelector('rtsp-player')?.addEventListener(type, (event) => {
        told.push(type === 'statechange' ? (event as CustomEvent<{ name: string }>).detail.name : type)
      })
    }
  }, types)

export const eventsOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => (window as unknown as { told: string[] }).told.splice(0))

/** Without what a machine that is busy with other things may do to a stream that goes on. */
export const faultsAmong = (events: readonly string[]): string[] =>
  events.filter((event) => !['playing', 'stalled', 'waiting'].includes(event))
