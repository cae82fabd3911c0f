import type { BrowserContextOptions, Page } from 'playwright-core'
import { type PlayerPage, playerScript } from './player-page.ts'

/** What the page asks of the browser; `style-src` has no place for inline styles, as the bridge recommends. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "img-src 'self' data: blob:",
].join('; ')

export interface StyledPlayerOptions extends BrowserContextOptions {
  /** Attributes of `<html>`. */
  readonly html?: string
  /** After that of the player, which fills the window. */
  readonly css?: string
  /** Runs in the page before its own scripts. */
  readonly prepare?: (() => void) | undefined
}

export interface StyledPlayer {
  readonly page: Page
  /** What the page complained of. A test that ends well has none. */
  readonly errors: string[]
  /** What the page logged. */
  readonly logged: string[]
  close(): Promise<void>
}

/** A page with nothing in it but what is given: for what the demo page has no place for. */
export async function openStyledPlayer(
  { browser, directory, url }: PlayerPage,
  body: string,
  { html = 'lang="en"', css = '', prepare, ...options }: StyledPlayerOptions = {},
): Promise<StyledPlayer> {
  const script = playerScript(directory)
  const context = await browser.newContext({ viewport: { width: 800, height: 450 }, ...options })
  const page = await context.newPage()
  if (prepare) await page.addInitScript(prepare)
  const errors: string[] = []
  const logged: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
    else logged.push(message.text())
  })
  await page.route('**/styled-player.css', (route) =>
    route.fulfill({
      contentType: 'text/css',
      body: `body { margin: 0 } rtsp-player { width: 100vw; height: 100vh } ${css}`,
    }),
  )
  await page.route('**/styled-player.html', (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'Content-Security-Policy': POLICY },
      body: `<!doctype html><html ${html}><head><title>Player</title><link rel="icon" href="data:,">
        <link rel="stylesheet" href="styled-player.css"><script type="module" src="${script}"></script></head>
        <body><main>${body}</main></body></html>`,
    }),
  )
  await page.goto(`${url}styled-player.html`)
  return { page, errors, logged, close: () => context.close() }
}

/** Resolves when the controls are there. */
export const controlsAreThere = async (page: Page): Promise<void> => {
  await page.locator('rtsp-player-controls').getByRole('button').first().waitFor({ state: 'attached', timeout: 15_000 })
}
