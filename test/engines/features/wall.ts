import { expect } from 'vitest'
import type {} from '../../../web/rtsp-wall.ts'
import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { eventually } from '../../support/engines/looking.ts'
import type { Feature, Scene } from './feature.ts'

const openFour = async ({ openOfBridge }: Scene): Promise<BrowserPage> => {
  const page = await openOfBridge('wall.html?streams=lobby,door,yard,gate')
  await eventually(() => states(page)).toEqual(['playing', 'playing', 'playing', 'playing'])
  return page
}

const states = (page: BrowserPage): Promise<string[]> =>
  page.evaluate(() => document.querySelector('rtsp-wall')?.players.map(({ state }) => state) ?? [])

/** Left, top, width and height of each tile, by its name. */
const boxes = (page: BrowserPage): Promise<Record<string, number[]>> =>
  page.evaluate(() =>
    Object.fromEntries(
      [...(document.querySelector('rtsp-wall')?.shadowRoot?.querySelectorAll<HTMLElement>('.tile') ?? [])].map(
        (tile) => {
          const { left, top, width, height } = tile.getBoundingClientRect()
          return [tile.dataset['name'] ?? '', [left, top, width, height].map(Math.round)]
        },
      ),
    ),
  )

const clickTile = async (page: BrowserPage, name: string): Promise<void> => {
  const [left = 0, top = 0, width = 0, height = 0] = (await boxes(page))[name] ?? []
  await page.clickAt(Math.round(left + width / 2), Math.round(top + height / 2))
}

const told = (page: BrowserPage) =>
  page.evaluate(() => {
    const wall = document.querySelector('rtsp-wall')
    const focused = wall?.shadowRoot?.activeElement
    return {
      full: wall?.full,
      order: wall?.order.join(),
      focused: focused instanceof HTMLElement ? focused.dataset['name'] : undefined,
      heard: wall?.players.flatMap(({ muted, src }) => (muted ? [] : src)).join(),
    }
  })

/** Pictures that each tile has shown since it has played. */
const shown = (page: BrowserPage): Promise<number[]> =>
  page.evaluate(
    () => document.querySelector('rtsp-wall')?.players.map(({ statistics }) => statistics?.picturesShown ?? 0) ?? [],
  )

const layouts: Feature = {
  name: 'the wall: four tiles that play, other layouts, one tile enlarged and back',
  async test(scene) {
    const page = await openFour(scene)
    await page.click('button[value="2x2"]')
    const grid = async () => new Set(Object.values(await boxes(page)).map(([, , width]) => width)).size
    await eventually(grid).toBe(1)
    await scene.see(page, 'wall')
    const before = await shown(page)
    await page.click('button[value="1+5"]')
    await eventually(async () => {
      const { lobby = [], gate = [] } = await boxes(page)
      return Math.round((lobby[2] ?? 0) / (gate[2] ?? 1))
    }).toBe(2)
    await scene.see(page, 'wall 1+5')
    await page.click('button[value="2x2"]')
    await eventually(grid).toBe(1)
    // Nothing begins anew by a layout: it would count anew, too.
    await eventually(async () => (await shown(page)).every((count, i) => count > (before[i] ?? 0) + 10)).toBe(true)
    await clickTile(page, 'yard')
    await eventually(async () => (await told(page)).full).toBe('yard')
    await eventually(() => states(page)).toEqual(['paused', 'paused', 'playing', 'paused'])
    await scene.see(page, 'wall enlarged')
    await page.press('Escape')
    await eventually(async () => (await told(page)).full).toBe('')
    await eventually(() => states(page)).toEqual(['playing', 'playing', 'playing', 'playing'])
    expect(await page.errors()).toEqual([])
  },
}

const keys: Feature = {
  name: 'the wall: keys, its sound, its order',
  async test(scene) {
    const page = await openFour(scene)
    await page.click('button[value="2x2"]')
    await page.evaluate(() =>
      document.querySelector('rtsp-wall')?.shadowRoot?.querySelector<HTMLElement>('[data-name=lobby]')?.focus(),
    )
    const press = async (key: string, expected: Partial<Awaited<ReturnType<typeof told>>>) => {
      await page.press(key)
      await eventually(() => told(page)).toMatchObject(expected)
    }
    await press('ArrowRight', { focused: 'door' })
    await press('ArrowDown', { focused: 'gate' })
    await press('m', { heard: 'gate' })
    await press('1', { focused: 'lobby' })
    await press('m', { heard: 'lobby' })
    await press('Enter', { full: 'lobby' })
    await press('ArrowRight', { full: 'door' })
    await press('Escape', { full: '', focused: 'door' })
    await page.evaluate(() => {
      const wall = document.querySelector('rtsp-wall')
      if (wall) wall.order = ['gate', 'lobby']
    })
    await eventually(async () => (await told(page)).order).toBe('gate,lobby,door,yard')
    expect(await page.errors()).toEqual([])
  },
}

export const WALL: readonly Feature[] = [layouts, keys]
