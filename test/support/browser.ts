import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
// Declares `<rtsp-player>` for what runs in the page.
import type {} from '../../web/rtsp-player.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The page that `npm start` serves. */
const PAGE = join(ROOT, 'dist/page')
const SOURCES = ['index.html', 'wall.html', 'vite.config.ts', 'web', 'protocol']

/**
 * The real Chromium, as Debian packages it; `CHROMIUM` names another. Close it in `afterAll`.
 *
 * @param desktop environment of a desktop, for a window there
 */
export const launchChromium = (
  autoplayPolicy = 'no-user-gesture-required',
  desktop?: Readonly<Record<string, string>>,
): Promise<Browser> =>
  chromium.launch({
    ...(desktop && { headless: false, env: { ...process.env, ...desktop } as Record<string, string> }),
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--autoplay-policy=${autoplayPolicy}`,
    ],
  })

/** Directory of the built page; built first where it is older than its sources. */
export async function builtPage(): Promise<string> {
  const built = statSync(join(PAGE, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (SOURCES.some((source) => newest(join(ROOT, source)) > built)) await buildPage()
  return PAGE
}

async function buildPage(): Promise<void> {
  // Vitest says `test`, and then packages give their development builds, which are larger and talk.
  const { NODE_ENV } = process.env
  process.env['NODE_ENV'] = 'production'
  await build({ root: ROOT, logLevel: 'warn' })
  process.env['NODE_ENV'] = NODE_ENV
}

function newest(path: string): number {
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  const within = readdirSync(path, { recursive: true, encoding: 'utf8' }).map(
    (name) => statSync(join(path, name)).mtimeMs,
  )
  return Math.max(0, ...within)
}

/** A tab, with every error that the page met. A test that ends well has met none. */
export interface Tab {
  readonly page: Page
  readonly errors: string[]
}

/** @param prepare runs in the page before its own scripts */
export async function openTab(browser: Browser, url: string, prepare?: () => void): Promise<Tab> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  if (prepare) await page.addInitScript(prepare)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.goto(url)
  return { page, errors }
}

/** Waits until the player of the page is in a state; fails with what it says instead. */
export async function playerIs(page: Page, state: string, timeout = 15_000): Promise<void> {
  await page
    .waitForFunction((wanted) => document.querySelector('rtsp-player')?.state === wanted, state, {
      timeout,
      polling: 50,
    })
    .catch(async () => {
      const now = await page.evaluate(() => {
        const player = document.querySelector('rtsp-player')
        return `${player?.state}: ${player?.error?.message ?? 'no error'}`
      })
      throw new Error(`The player should be ${state}, but is ${now}`)
    })
}

/** What stands on the player, for people and screen readers. */
export const shownText = (page: Page): Promise<string> =>
  page.evaluate(() => document.querySelector('rtsp-player')?.shadowRoot?.querySelector('.overlay')?.textContent ?? '')

/** Clicks a button of the player's controls as a person would. @param name what is read out, such as `Unmute` */
export const clickControl = (page: Page, name: string): Promise<void> =>
  page.locator('rtsp-player-controls').getByRole('button', { name, exact: true }).click()
