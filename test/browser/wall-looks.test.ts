import { expect, it } from 'vitest'
import type { Tab } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { differencesInLook } from '../support/looks.ts'
import { controlsAreThere } from '../support/styled-player.ts'
import { openWall, tilesAre } from '../support/wall-page.ts'

const stage = browserStage({}, () => ({ streams: {} }))

/** None of them is there: what is seen of the tiles stands still. */
const SIX = '?streams=gate,yard,lobby,door,roof,dock'

const open = async (): Promise<Tab> => {
  const tab = await openWall(stage.browser, stage.url, SIX)
  await tilesAre(tab.page, 'failed', 6)
  return tab
}

it('its layouts look as they did, with an enlarged tile and right to left, too', async () => {
  const { page } = await open()
  const wall = page.locator('rtsp-wall')
  const look = async (name: string): Promise<string[]> => {
    await page.mouse.move(1, 1)
    const shot = await wall.screenshot({ animations: 'disabled', caret: 'hide' })
    return differencesInLook(page, `wall, ${name}`, shot)
  }
  for (const layout of ['auto', '2x2', '1+5', '6x1']) {
    await wall.evaluate(async (element, layout) => {
      const wall = element as HTMLElementTagNameMap['rtsp-wall']
      wall.layout = layout
      await wall.updateComplete
    }, layout)
    expect(await look(layout), layout).toEqual([])
  }
  await page.evaluate(() => Object.assign(document.documentElement, { dir: 'rtl' }))
  await wall.evaluate((wall) => wall.setAttribute('layout', '1+5'))
  expect(await look('1+5, right to left')).toEqual([])
  await page.evaluate(() => Object.assign(document.documentElement, { dir: 'ltr' }))
  await wall.evaluate((wall) => wall.setAttribute('full', 'lobby'))
  // It has controls, which are loaded now.
  await controlsAreThere(page)
  expect(await look('enlarged')).toEqual([])
})
