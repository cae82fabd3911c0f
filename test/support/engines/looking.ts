import { expect } from 'vitest'
import type { BrowserPage } from './browser-driver.ts'

/** Machines that run tests are busy. */
const LONGEST = 15_000

export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: LONGEST, interval: 50 })

/**
 * Clicks what has this name, as a person who sees it would, in whichever shadow it lies.
 *
 * @param name a regular expression for all of `aria-label`, or of the text of a button without one
 */
export const clickNamed = async (page: BrowserPage, name: string): Promise<void> => {
  const place = await page.evaluate(
    async (name: string, longest: number) => {
      const isNamed = new RegExp(`^${name}$`)
      const find = (root: ParentNode): Element | undefined => {
        for (const element of root.querySelectorAll('*')) {
          const text = element.localName === 'button' ? element.textContent?.trim() : undefined
          if (isNamed.test(element.getAttribute('aria-label') ?? text ?? '') && element.checkVisibility())
            return element
          const inner = element.shadowRoot && find(element.shadowRoot)
          if (inner) return inner
        }
        return undefined
      }
      const end = performance.now() + longest
      for (;;) {
        const { left = 0, top = 0, width = 0, height = 0 } = find(document)?.getBoundingClientRect() ?? {}
        if (width > 0) return [left + width / 2, top + height / 2]
        if (performance.now() > end) return null
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    ...[name, LONGEST],
  )
  expect(place, `there is nothing named ${name}`).not.toBeNull()
  const [x = 0, y = 0] = place ?? []
  await page.clickAt(Math.round(x), Math.round(y))
}

/** What stands on the player, for people and screen readers. */
export const shownText = (page: BrowserPage): Promise<string> =>
  page.evaluate(() => document.querySelector('rtsp-player')?.shadowRoot?.querySelector('.overlay')?.textContent ?? '')
