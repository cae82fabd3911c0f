import puppeteer from 'puppeteer-core'
import { type BrowserDriver, callOf, impatient } from './browser-driver.ts'
import { startInvisibleDesktop } from './invisible-desktop.ts'
import { ProcessTree } from './process-tree.ts'

const EXECUTABLE = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr'
const TIMEOUT = 30_000

/** Debian's Firefox ESR without a window, by WebDriver BiDi. */
export const startFirefox = async (patience?: number): Promise<BrowserDriver> => {
  const desktop = await startInvisibleDesktop({ screen: false })
  try {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: EXECUTABLE,
      headless: true,
      timeout: TIMEOUT,
      protocolTimeout: TIMEOUT,
      defaultViewport: { width: 1280, height: 800 },
      env: { ...process.env, ...desktop.env },
      // Sound may be heard without a click (what a page is told otherwise is tested with Chromium).
      extraPrefsFirefox: { 'media.autoplay.default': 0 },
    })
    const processes = new ProcessTree(browser.process()?.pid)
    const kill = async () => {
      processes.kill()
      await desktop.stop()
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
          errors: async () => errors,
          close: () => page.close(),
        }
      },
      close: () => browser.close(),
    }
    return impatient(driver, kill, patience)
  } catch (error) {
    await desktop.stop()
    throw error
  }
}
