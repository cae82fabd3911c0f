import puppeteer, { type KeyInput } from 'puppeteer-core'
import { type BrowserDriver, callOf, impatient } from './browser-driver.ts'
import { type InvisibleDesktop, startInvisibleDesktop } from './invisible-desktop.ts'
import { ProcessTree } from './process-tree.ts'

const EXECUTABLE = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr'
const TIMEOUT = 30_000

/** Debian's Firefox ESR, without a window unless it has a desktop, by WebDriver BiDi. */
export const startFirefox = async (patience?: number, window?: InvisibleDesktop): Promise<BrowserDriver> => {
  const desktop = window ?? (await startInvisibleDesktop({ screen: false }))
  try {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: EXECUTABLE,
      headless: !window,
      timeout: TIMEOUT,
      protocolTimeout: TIMEOUT,
      defaultViewport: window ? null : { width: 1280, height: 800 },
      env: { ...process.env, ...desktop.env },
      // Sound may be heard without a click (what a page is told otherwise is tested with Chromium).
      extraPrefsFirefox: { 'media.autoplay.default': 0 },
    })
    const processes = new ProcessTree(browser.process()?.pid)
    const kill = async () => {
      processes.kill()
      if (!window) await desktop.stop()
    }
    const driver: BrowserDriver = {
      engine: 'firefox',
      version: (await browser.version()).replace('firefox/', 'Firefox '),
      open: async (url) => {
        const page = await browser.newPage()
        const errors: string[] = []
        page.on('pageerror', (error) => errors.push(error instanceof Error ? error.message : String(error)))
        page.on('console', (message) => {
          if (message.type() === 'error') errors.push(message.text())
        })
        await page.goto(url)
        processes.look()
        return {
          evaluate: (work, ...args) => page.evaluate(callOf(work, args)) as Promise<Awaited<ReturnType<typeof work>>>,
          click: (selector) => page.click(selector),
          clickAt: (x, y) => page.mouse.click(x, y),
          press: (key) => page.keyboard.press(key as KeyInput),
          screenshot: () => page.screenshot(),
          errors: async () => errors,
          close: () => page.close(),
        }
      },
      close: () => browser.close(),
    }
    return impatient(driver, kill, patience)
  } catch (error) {
    if (!window) await desktop.stop()
    throw error
  }
}
