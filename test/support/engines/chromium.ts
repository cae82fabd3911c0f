import { launchChromium } from '../browser.ts'
import { type BrowserDriver, callOf, impatient } from './browser-driver.ts'
import type { InvisibleDesktop } from './invisible-desktop.ts'

/** Debian's Chromium, by Playwright. */
export const startChromium = async (patience?: number, desktop?: InvisibleDesktop): Promise<BrowserDriver> => {
  const browser = await launchChromium(undefined, desktop?.env)
  const driver: BrowserDriver = {
    engine: 'chromium',
    version: `Chromium ${browser.version()}`,
    open: async (url) => {
      const page = await browser.newPage({ viewport: desktop ? null : { width: 1280, height: 800 } })
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text())
      })
      await page.goto(url)
      return {
        evaluate: (work, ...args) => page.evaluate(callOf(work, args)) as Promise<Awaited<ReturnType<typeof work>>>,
        click: (selector) => page.click(selector),
        clickAt: (x, y) => page.mouse.click(x, y),
        press: (key) => page.keyboard.press(key),
        screenshot: () => page.screenshot(),
        errors: async () => errors,
        close: () => page.close(),
      }
    },
    close: () => browser.close(),
  }
  // Playwright ends the browser it launched by itself, at the latest with this process.
  return impatient(driver, () => browser.close(), patience)
}
