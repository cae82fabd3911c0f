import type { Browser, Page } from 'playwright-core'
import type {} from '../../web/rtsp-wall.ts'
import { openTab, type Tab } from './browser.ts'
import type { PaintedNumber } from './painted-frames.ts'

/** The wall of the demo. @param query such as `?streams=lobby,door` */
export async function openWall(browser: Browser, bridgeUrl: string, query = '', prepare?: () => void): Promise<Tab> {
  const tab = await openTab(browser, `${bridgeUrl}wall.html${query}`, prepare)
  await tab.page.waitForFunction(() => (document.querySelector('rtsp-wall')?.players.length ?? 0) > 0)
  return tab
}

/** What the players of a wall are doing, in the order of the tiles. */
export const statesOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => document.querySelector('rtsp-wall')?.players.map(({ state }) => state) ?? [])

/** Waits until so many players of the wall are in a state. */
export async function tilesAre(page: Page, state: string, count: number, timeout = 30_000): Promise<void> {
  await page
    .waitForFunction(
      ({ state, count }) =>
        document.querySelector('rtsp-wall')?.players.filter((player) => player.state === state).length === count,
      { state, count },
      { timeout, polling: 50 },
    )
    .catch(async () => {
      throw new Error(`${count} tiles should be ${state}, but they are ${(await statesOf(page)).join(', ')}`)
    })
}

/** The number that is painted into what each tile shows now; undefined where there is no picture. */
export const paintedNumbers = (page: Page, place: PaintedNumber): Promise<(number | undefined)[]> =>
  page.evaluate((place) => {
    const context = new OffscreenCanvas(640, 1).getContext('2d', { willReadFrequently: true })
    return (document.querySelector('rtsp-wall')?.players ?? []).map(({ picture }) => {
      if (!picture || !context) return undefined
      context.clearRect(0, 0, 640, 1)
      context.drawImage(picture, 0, -place.row)
      const { data } = context.getImageData(0, 0, 640, 1)
      if (data[3] === 0) return undefined
      let value = 0
      for (let bit = 0; bit < place.bits; bit++) {
        value = value * 2 + ((data[(place.left + bit * place.pitch) * 4] ?? 0) > 128 ? 1 : 0)
      }
      return value
    })
  }, place)
