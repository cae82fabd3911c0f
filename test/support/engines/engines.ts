import type { BrowserDriver, EngineName } from './browser-driver.ts'
import { startChromium } from './chromium.ts'
import { startFirefox } from './firefox.ts'
import type { InvisibleDesktop } from './invisible-desktop.ts'
import { startWebKit } from './webkit.ts'

export const ENGINES: readonly EngineName[] = ['chromium', 'firefox', 'webkit']

const STARTERS: Readonly<
  Record<EngineName, (patience?: number, desktop?: InvisibleDesktop) => Promise<BrowserDriver>>
> = {
  chromium: startChromium,
  firefox: startFirefox,
  webkit: startWebKit,
}

/**
 * A browser of that engine, ready. Close it in `afterAll`.
 *
 * @param patience milliseconds that it may take for one thing that is asked of it
 * @param desktop where it opens a window; by default Chromium and Firefox have none
 */
export const startEngine = (
  engine: EngineName,
  patience?: number,
  desktop?: InvisibleDesktop,
): Promise<BrowserDriver> => STARTERS[engine](patience, desktop)
