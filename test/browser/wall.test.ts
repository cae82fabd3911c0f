import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import type { Tab } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { FRAME_NUMBER } from '../support/painted-frames.ts'
import { openWall, paintedNumbers, statesOf, tilesAre } from '../support/wall-page.ts'

const stage = browserStage({ camera: startCamera }, ({ camera }) => {
  const stream = { url: camera.url, mode: 'hub' } as const
  return { streams: { lobby: stream, door: stream, yard: stream, gate: stream } }
})

const open = (query = '', prepare?: () => void): Promise<Tab> => openWall(stage.browser, stage.url, query, prepare)
const FOUR = '?streams=lobby,door,yard,gate'
const tile = (page: Page, name: string): Locator => page.locator(`rtsp-wall [data-name="${name}"]`)
const wallOf = (page: Page) => page.locator('rtsp-wall')
const order = (page: Page) => wallOf(page).evaluate((wall) => (wall as HTMLElementTagNameMap['rtsp-wall']).order)
const full = (page: Page) => wallOf(page).getAttribute('full')
/** Name of the tile that has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.querySelector('rtsp-wall')?.shadowRoot?.activeElement
    return element instanceof HTMLElement ? element.dataset['name'] : undefined
  })
/** What the wall told since. */
const listen = (page: Page) =>
  page.evaluate(() => {
    const told: unknown[] = []
    Object.assign(globalThis, { told })
    for (const type of ['tileactivate', 'orderchange', 'layoutchange', 'soundchange', 'budgetchange']) {
      document.querySelector('rtsp-wall')?.addEventListener(type, (event) => {
        told.push([type, (event as CustomEvent).detail])
      })
    }
  })
const told = (page: Page) => page.evaluate(() => (globalThis as unknown as { told: unknown[] }).told.splice(0))

describe('a wall of sixteen tiles', () => {
  it('plays all of them, with real pictures that move', async () => {
    const { page, errors } = await open('?tiles=16')
    await tilesAre(page, 'playing', 16)
    const before = await paintedNumbers(page, FRAME_NUMBER)
    await page.waitForTimeout(3_000)
    const after = await paintedNumbers(page, FRAME_NUMBER)
    expect(after).toHaveLength(16)
    const pictures = after.map((number, i) => ((number ?? Number.NaN) - (before[i] ?? Number.NaN) + 1500) % 1500)
    // 25 a second, on whatever machine this is.
    expect(Math.min(...pictures)).toBeGreaterThan(15)
    expect(Math.max(...pictures)).toBeLessThan(250)
    expect(await statesOf(page)).toEqual(new Array(16).fill('playing'))
    expect(errors).toEqual([])
  })
})

describe('a tile', () => {
  it('fills the wall by a click, and Escape brings back the others with their last pictures', async () => {
    const { page, errors } = await open(FOUR)
    await tilesAre(page, 'playing', 4)
    await listen(page)
    await tile(page, 'yard').click()
    const box = await wallOf(page).boundingBox()
    await expect.poll(() => tile(page, 'yard').boundingBox()).toEqual(box)
    expect(await told(page)).toEqual([['tileactivate', { name: 'yard', index: 2, full: true }]])
    // The others rest when it has been enlarged for a while; their pictures stay.
    await tilesAre(page, 'paused', 3)
    expect(await statesOf(page)).toEqual(['paused', 'paused', 'playing', 'paused'])
    await page.keyboard.press('Escape')
    expect(await full(page)).toBe('')
    const pictures = await paintedNumbers(page, FRAME_NUMBER)
    expect(pictures.filter((number) => number !== undefined)).toHaveLength(4)
    await tilesAre(page, 'playing', 4)
    expect(await told(page)).toEqual([['tileactivate', { name: 'yard', index: 2, full: false }]])
    expect(errors).toEqual([])
  })

  it('goes on where another was enlarged only for a look', async () => {
    const { page } = await open(FOUR)
    await tilesAre(page, 'playing', 4)
    const begun = () =>
      page.evaluate(() => document.querySelector('rtsp-wall')?.players.map((p) => p.statistics?.packets))
    const before = await begun()
    await tile(page, 'lobby').click()
    await page.waitForTimeout(500)
    await page.keyboard.press('Escape')
    await page.waitForTimeout(3_000)
    const after = await begun()
    // A session that was opened anew would have begun to count anew.
    expect(after?.every((packets, i) => (packets ?? 0) > (before?.[i] ?? 0))).toBe(true)
    expect(await statesOf(page)).toEqual(['playing', 'playing', 'playing', 'playing'])
  })
})

describe('the keys', () => {
  it('move the focus by geometry, enlarge, go along the enlarged tiles, and come back', async () => {
    const { page, errors } = await open(FOUR)
    const press = async (...keys: string[]) => {
      for (const key of keys) {
        await page.keyboard.press(key)
        await wallOf(page).evaluate((wall) => (wall as HTMLElementTagNameMap['rtsp-wall']).updateComplete)
      }
      return focused(page)
    }
    await tile(page, 'lobby').focus()
    expect(await press('ArrowRight')).toBe('door')
    expect(await press('ArrowDown')).toBe('gate')
    expect(await press('ArrowRight')).toBe('gate')
    expect(await press('ArrowLeft', 'ArrowUp')).toBe('lobby')
    expect(await press('3')).toBe('yard')
    expect(await press('End')).toBe('gate')
    expect(await page.locator('rtsp-wall .tile[tabindex="0"]').count()).toBe(1)
    expect([await press('Enter'), await full(page)]).toEqual(['gate', 'gate'])
    expect([await press('ArrowLeft'), await full(page)]).toEqual(['yard', 'yard'])
    expect([await press('Escape'), await full(page)]).toEqual(['yard', ''])
    // Tab goes to the buttons of the tile, and from the last of them out of the wall.
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await full(page)).toBe('yard')
    expect(errors).toEqual([])
  })

  it('move a tile with Alt, and keep the focus on it', async () => {
    const { page } = await open(FOUR)
    await tilesAre(page, 'playing', 4)
    await listen(page)
    await tile(page, 'lobby').focus()
    await page.keyboard.press('Alt+ArrowRight')
    await expect.poll(() => order(page)).toEqual(['door', 'lobby', 'yard', 'gate'])
    expect(await told(page)).toEqual([['orderchange', { order: ['door', 'lobby', 'yard', 'gate'] }]])
    await page.keyboard.press('Alt+ArrowDown')
    await expect.poll(() => order(page)).toEqual(['door', 'gate', 'yard', 'lobby'])
    expect(await page.locator('rtsp-wall p[role=status]').textContent()).toBe('Lobby moved to place 4')
    await page.waitForTimeout(1_000)
    expect(await statesOf(page)).toEqual(['playing', 'playing', 'playing', 'playing'])
  })

  it('lead over the pages of the layout while one is enlarged, and back to the page of that one', async () => {
    const { page, errors } = await open(FOUR)
    await page.evaluate(() => document.querySelector('rtsp-wall')?.setAttribute('layout', '2x1'))
    await tile(page, 'door').focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => full(page)).toBe('door')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => full(page)).toBe('yard')
    await expect.poll(() => focused(page)).toBe('yard')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.textContent('#page')).toBe('2 of 2')
    await expect.poll(() => focused(page)).toBe('yard')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => focused(page)).toBe('gate')
    expect(errors).toEqual([])
  })

  it('have the focus in the tile again when the controls of its player are gone', async () => {
    const { page } = await open(FOUR)
    await tilesAre(page, 'playing', 4)
    await tile(page, 'door').click()
    await page.locator('rtsp-wall rtsp-player').getByRole('button', { name: 'Save a snapshot' }).focus()
    await page.keyboard.press('Escape')
    await expect.poll(() => full(page)).toBe('')
    await expect.poll(() => focused(page)).toBe('door')
  })

  it('are not left to the browser at the edge of the wall, where Alt and an arrow would leave the page', async () => {
    const { page } = await open(FOUR)
    await tile(page, 'lobby').focus()
    const isPrevented = (key: string) =>
      tile(page, 'lobby').evaluate((element, key) => {
        const event = new KeyboardEvent('keydown', {
          key,
          altKey: true,
          bubbles: true,
          composed: true,
          cancelable: true,
        })
        return !element.dispatchEvent(event)
      }, key)
    expect([await isPrevented('ArrowLeft'), await isPrevented('F4')]).toEqual([true, false])
    expect(await order(page)).toEqual(['lobby', 'door', 'yard', 'gate'])
  })
})

describe('on a narrow screen', () => {
  it('nothing is wider than it, and no title is below the buttons', async () => {
    const { page } = await open('?tiles=6')
    await page.setViewportSize({ width: 320, height: 568 })
    const first = page.locator('rtsp-wall .tile').first()
    await first.hover()
    const seen = await first.evaluate((element) => {
      const edge = (selector: string) => element.querySelector(selector)?.getBoundingClientRect()
      return {
        page: document.documentElement.scrollWidth,
        wall: document.querySelector('rtsp-wall')?.getBoundingClientRect().right ?? Number.NaN,
        title: edge('.title')?.right ?? Number.NaN,
        buttons: edge('.buttons')?.left ?? Number.NaN,
      }
    })
    expect(seen.page).toBe(320)
    expect(seen.wall).toBeLessThanOrEqual(320)
    expect(seen.title).toBeLessThanOrEqual(seen.buttons)
  })
})

describe('one tile at a time', () => {
  it('is heard', async () => {
    const { page, errors } = await open(FOUR)
    await tilesAre(page, 'playing', 4)
    const muted = () => page.evaluate(() => document.querySelector('rtsp-wall')?.players.map((player) => player.muted))
    expect(await muted()).toEqual([true, true, true, true])
    await listen(page)
    await tile(page, 'door').focus()
    await page.keyboard.press('m')
    await expect.poll(muted).toEqual([true, false, true, true])
    // Also where somebody unmutes a player itself.
    await page.evaluate(() => {
      const [, , , gate] = document.querySelector('rtsp-wall')?.players ?? []
      if (gate) gate.muted = false
    })
    await expect.poll(muted).toEqual([true, true, true, false])
    await page.evaluate(() => document.querySelector('rtsp-wall')?.setAttribute('sound', '0'))
    await expect.poll(muted).toEqual([false, true, true, true])
    await page.evaluate(() => document.querySelector('rtsp-wall')?.removeAttribute('sound'))
    await expect.poll(muted).toEqual([true, true, true, true])
    expect(await told(page)).toEqual([
      ['soundchange', { name: 'door' }],
      ['soundchange', { name: 'gate' }],
      ['soundchange', { name: 'lobby' }],
      ['soundchange', { name: '' }],
    ])
    expect(errors).toEqual([])
  })
})

describe('the order', () => {
  it('is changed by dragging, stays in the address, and is there after a reload; nothing stops playing', async () => {
    const { page, errors } = await open(FOUR)
    await tilesAre(page, 'playing', 4)
    await page.click('button[value="2x2"]')
    const from = await tile(page, 'lobby').boundingBox()
    const to = await tile(page, 'gate').boundingBox()
    if (!from || !to) throw new Error('There are no tiles')
    await page.mouse.move(from.x + 50, from.y + 50)
    await page.mouse.down()
    await page.mouse.move(to.x + 60, to.y + 60, { steps: 5 })
    expect(await tile(page, 'gate').getAttribute('data-target')).toBe('')
    await page.mouse.up()
    await expect.poll(() => order(page)).toEqual(['gate', 'door', 'yard', 'lobby'])
    // It was a drag, and no click.
    expect(await full(page)).toBe('')
    expect(await statesOf(page)).toEqual(['playing', 'playing', 'playing', 'playing'])
    expect(new URL(page.url()).hash).toBe('#wall=2x2;gate,door,yard,lobby')
    await page.reload()
    await tilesAre(page, 'playing', 4)
    expect(await order(page)).toEqual(['gate', 'door', 'yard', 'lobby'])
    expect(await page.getAttribute('button[value="2x2"]', 'aria-pressed')).toBe('true')
    expect(errors).toEqual([])
  })

  it('goes back where the drag is given up', async () => {
    const { page } = await open(FOUR)
    const from = await tile(page, 'lobby').boundingBox()
    if (!from) throw new Error('There is no tile')
    await page.mouse.move(from.x + 50, from.y + 50)
    await page.mouse.down()
    await page.mouse.move(from.x + 700, from.y + 80, { steps: 5 })
    // Neither the menu of a finger that stays nor the browser's own dragging of pictures ends it.
    const arePrevented = () =>
      tile(page, 'lobby').evaluate((element) =>
        ['contextmenu', 'dragstart'].map(
          (type) => !element.dispatchEvent(new Event(type, { bubbles: true, composed: true, cancelable: true })),
        ),
      )
    expect(await arePrevented()).toEqual([true, true])
    await page.mouse.move(from.x + 90, from.y + 80)
    await page.keyboard.press('Escape')
    await page.mouse.up()
    expect(await arePrevented()).toEqual([false, false])
    // The button was let go where it was pressed, which is no click.
    expect(await full(page)).toBe('')
    expect(await order(page)).toEqual(['lobby', 'door', 'yard', 'gate'])
    expect(await tile(page, 'lobby').getAttribute('data-dragged')).toBeNull()
  })

  it('is kept nowhere where the storage is denied, and nothing breaks', async () => {
    const { page, errors } = await open(FOUR, () => {
      Object.defineProperty(globalThis, 'localStorage', {
        get: () => {
          throw new DOMException('The request was denied', 'SecurityError')
        },
      })
    })
    await page.evaluate(() => document.querySelector('rtsp-wall')?.setAttribute('persist', 'local'))
    await page.click('button[value="1+5"]')
    await tile(page, 'lobby').focus()
    await page.keyboard.press('Alt+ArrowRight')
    await expect.poll(() => order(page)).toEqual(['door', 'lobby', 'yard', 'gate'])
    expect(errors).toEqual([])
  })
})
