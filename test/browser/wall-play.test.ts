import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startGstServer } from '../support/gst-server.ts'
import { FRAME_NUMBER, WALL_CLOCK } from '../support/painted-frames.ts'
import { openWall, paintedNumbers, statesOf, tilesAre } from '../support/wall-page.ts'

// Turns of ten seconds, a decode budget that takes its time, and 240 walls.
vi.setConfig({ testTimeout: 180_000 })

const stage = browserStage({ camera: startCamera, gstreamer: startGstServer }, ({ camera, gstreamer }) => ({
  streams: {
    lobby: { mode: 'hub', url: camera.url },
    door: { mode: 'hub', url: camera.url },
    clock: { mode: 'hub', url: gstreamer.url('/clock') },
    dual: { mode: 'hub', url: gstreamer.url('/h264-1080'), substream: gstreamer.url('/clock') },
  },
}))

const open = (query: string, prepare?: () => void) => openWall(stage.browser, stage.url, query, prepare)
const paused = async (page: Page) => (await statesOf(page)).filter((state) => state === 'paused').length

describe('a stream with a smaller one', () => {
  it('is small in a small tile, large when it fills the wall, and has a picture all the time', async () => {
    const { page, errors } = await open('?streams=lobby,dual,lobby,lobby,lobby,lobby,lobby,lobby,lobby')
    await tilesAre(page, 'playing', 9)
    const dual = () =>
      page.evaluate(() => {
        const player = document.querySelector('rtsp-wall')?.players[1]
        return { width: player?.videoWidth, state: player?.state }
      })
    expect(await dual()).toEqual({ width: 640, state: 'playing' })
    await page.locator('rtsp-wall [data-name=dual]').click()
    const blank = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-wall')?.players[1]
      let blank = 0
      for (const end = performance.now() + 15_000; performance.now() < end && player?.videoWidth !== 1920; ) {
        await new Promise(requestAnimationFrame)
        if (!player?.videoWidth || player.state !== 'playing') blank += 1
      }
      return blank
    })
    expect(await dual()).toEqual({ width: 1920, state: 'playing' })
    expect(blank).toBe(0)
    await page.keyboard.press('Escape')
    await expect.poll(dual, { timeout: 15_000 }).toEqual({ width: 640, state: 'playing' })
    expect(errors).toEqual([])
  })
})

describe('tiles that nobody sees', () => {
  it('rest when they are scrolled away, and come back with their last picture', async () => {
    const { page, errors } = await open('?streams=lobby,door')
    await tilesAre(page, 'playing', 2)
    await page.evaluate(() => {
      document.body.style.height = '4000px'
      document.body.style.gridTemplateRows = 'auto 600px'
      document.body.style.alignContent = 'start'
      scrollTo(0, 3_000)
    })
    await tilesAre(page, 'paused', 2)
    await page.evaluate(() => scrollTo(0, 0))
    expect((await paintedNumbers(page, FRAME_NUMBER)).every((number) => number !== undefined)).toBe(true)
    await tilesAre(page, 'playing', 2)
    expect(errors).toEqual([])
  })

  it('rest in a hidden tab when the time for that is over, but for the one that is heard', async () => {
    const { page } = await open('?streams=lobby,door')
    await tilesAre(page, 'playing', 2)
    const hide = (hidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
        document.dispatchEvent(new Event('visibilitychange'))
      }, hidden)
    await page.evaluate(() => {
      document.querySelector('rtsp-wall')?.setAttribute('pause-hidden-after', '4')
      document.querySelector('rtsp-wall')?.setAttribute('sound', 'door')
    })
    await hide(true)
    await page.waitForTimeout(500)
    expect(await paused(page)).toBe(0)
    await tilesAre(page, 'paused', 1)
    expect((await statesOf(page))[1]).toBe('playing')
    await hide(false)
    await tilesAre(page, 'playing', 2)
  })

  it('stay paused where a person paused them', async () => {
    const { page } = await open('?streams=lobby,door')
    await tilesAre(page, 'playing', 2)
    await page.evaluate(() => document.querySelector('rtsp-wall')?.players[0]?.pause())
    await page.locator('rtsp-wall [data-name=door]').click()
    await page.waitForTimeout(2_500)
    await page.keyboard.press('Escape')
    await page.waitForTimeout(1_000)
    expect(await statesOf(page)).toEqual(['paused', 'playing'])
  })

  it('rest on the other pages of a layout', async () => {
    const { page } = await open('?streams=lobby,door,lobby,door,lobby,door')
    await page.evaluate(() => document.querySelector('rtsp-wall')?.setAttribute('layout', '2x1'))
    await tilesAre(page, 'playing', 2)
    await page.locator('rtsp-wall [data-name=lobby]').focus()
    await page.keyboard.press('PageDown')
    await expect.poll(() => page.textContent('#page')).toBe('2 of 3')
    await expect
      .poll(async () => (await statesOf(page)).slice(2, 4), { timeout: 10_000 })
      .toEqual(['playing', 'playing'])
    await expect.poll(async () => (await statesOf(page)).slice(0, 2), { timeout: 10_000 }).toEqual(['paused', 'paused'])
  })
})

describe('a machine that cannot show all', () => {
  const marks = (page: Page) => page.locator('rtsp-wall .mark').count()

  it('is spared by tiles that take turns, and say so', async () => {
    const { page, errors } = await open('?tiles=6&budget=2')
    await tilesAre(page, 'playing', 2)
    expect(await marks(page)).toBe(4)
    expect(await page.getAttribute('rtsp-wall', 'degraded')).toBe('rotation')
    expect(await page.textContent('#hint')).toContain('2 of 6 tiles play')
    const first = await statesOf(page)
    const isOther = async () => (await statesOf(page)).some((state, i) => state === 'playing' && first[i] !== state)
    await expect.poll(isOther, { timeout: 20_000 }).toBe(true)
    // Enlarged, it plays, whosever turn it is.
    await page.locator('rtsp-wall .tile.waiting').first().click()
    await expect
      .poll(() => page.locator('rtsp-wall .tile.full rtsp-player').evaluate((player) => Reflect.get(player, 'state')), {
        timeout: 15_000,
      })
      .toBe('playing')
    await page.evaluate(() => Object.assign(document.querySelector('rtsp-wall') ?? {}, { budget: undefined }))
    await page.keyboard.press('Escape')
    await tilesAre(page, 'playing', 6)
    expect(await marks(page)).toBe(0)
    expect(await page.getAttribute('rtsp-wall', 'degraded')).toBeNull()
    expect(errors).toEqual([])
  })

  it('is noticed by the pictures that are not shown', async () => {
    const { page } = await open('?tiles=4')
    await tilesAre(page, 'playing', 4)
    await page.evaluate(() => {
      for (const player of document.querySelector('rtsp-wall')?.players ?? []) {
        const truth = () => Reflect.get(Object.getPrototypeOf(player), 'statistics', player)
        Object.defineProperty(player, 'statistics', { get: () => ({ ...truth(), frameRate: 25, shownRate: 9 }) })
      }
    })
    await expect.poll(() => page.getAttribute('rtsp-wall', 'degraded'), { timeout: 30_000 }).toBe('rotation')
    await tilesAre(page, 'playing', 3)
  })
})

describe('aligned tiles', () => {
  it('show the same moment, though one of them lags behind', async () => {
    const { page } = await open('?streams=clock')
    await page.evaluate(() => {
      const wall = document.querySelector('rtsp-wall')
      const late = document.createElement('rtsp-player')
      late.src = 'clock'
      late.latency = '0.4'
      wall?.append(late)
    })
    await tilesAre(page, 'playing', 2)
    const apart = async () => {
      const differences: number[] = []
      for (let look = 0; look < 15; look++) {
        const [a = 0, b = 0] = await paintedNumbers(page, WALL_CLOCK)
        differences.push(a - b)
        await page.waitForTimeout(40)
      }
      return differences.sort((a, b) => a - b)[7] ?? Number.NaN
    }
    await expect.poll(apart, { timeout: 20_000 }).toBeGreaterThan(200)
    await page.click('#aligned')
    await expect.poll(async () => Math.abs(await apart()), { timeout: 45_000 }).toBeLessThan(80)
    await page.click('#aligned')
    await expect.poll(() => page.evaluate(() => document.querySelector('rtsp-wall')?.players[0]?.latency)).toBe('low')
  })
})

describe('players that were put into a wall', () => {
  it('are its tiles: named, started and arranged, and left as they are when they are taken out', async () => {
    const { page, errors } = await open('?streams=lobby')
    await page.evaluate(() => {
      const wall = document.querySelector('rtsp-wall')
      if (!wall) throw new Error('There is no wall')
      wall.streams = ''
      wall.innerHTML =
        '<rtsp-player src="lobby" title="Reception"></rtsp-player><rtsp-player id="back" src="door"></rtsp-player>'
    })
    await tilesAre(page, 'playing', 2)
    const names = () => page.locator('rtsp-wall .tile').evaluateAll((tiles) => tiles.map((tile) => tile.ariaLabel))
    expect(await names()).toEqual(['Reception', 'door'])
    await page.evaluate(() => {
      const wall = document.querySelector('rtsp-wall')
      if (wall) wall.order = ['back']
    })
    await expect
      .poll(() => page.evaluate(() => document.querySelector('rtsp-wall')?.players.map(({ src }) => src)))
      .toEqual(['door', 'lobby'])
    await page.evaluate(() => document.querySelector('#back')?.remove())
    await expect.poll(names).toEqual(['Reception'])
    expect(await statesOf(page)).toEqual(['playing'])
    expect(errors).toEqual([])
  })
})

describe('the page', () => {
  it('is accessible, with tiles, an enlarged one, and tiles that wait', async () => {
    const { page } = await open('?tiles=4&budget=2')
    await tilesAre(page, 'playing', 2)
    // As a debugger would: the policy of the page allows no inline scripts.
    const axe = readFileSync(new URL(import.meta.resolve('axe-core')), 'utf8')
    await page.evaluate(`(() => {${axe}\nglobalThis.axe = axe})()`)
    const violations = () =>
      page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
        }
        const { violations } = await axe.run()
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      })
    expect(await violations()).toEqual([])
    await page.locator('rtsp-wall .tile').first().click()
    expect(await violations()).toEqual([])
  })

  it('keeps no memory of walls that are gone', async () => {
    const { page, errors } = await open('?streams=lobby')
    const devtools = await page.context().newCDPSession(page)
    /** After a collection of garbage, which comes with the question. */
    const alive = async (name: string) => {
      const expression = `customElements.get('${name}').prototype`
      const { result } = await devtools.send('Runtime.evaluate', { expression })
      const prototypeObjectId = result.objectId ?? ''
      const { objects } = await devtools.send('Runtime.queryObjects', { prototypeObjectId })
      const { objectId = '' } = objects
      const functionDeclaration = 'function () { return this.length }'
      const answer = await devtools.send('Runtime.callFunctionOn', {
        objectId,
        functionDeclaration,
        returnByValue: true,
      })
      await devtools.send('Runtime.releaseObject', { objectId })
      return Number(answer.result.value)
    }
    const rounds = (count: number) =>
      page.evaluate(async (count) => {
        document.querySelector('rtsp-wall')?.remove()
        for (let round = 0; round < count; round++) {
          const wall = document.createElement('rtsp-wall')
          wall.streams = 'lobby, door'
          document.querySelector('main')?.append(wall)
          await wall.updateComplete
          // Some get as far as to play.
          await new Promise((resolve) => setTimeout(resolve, round % 10 === 0 ? 400 : 20))
          wall.remove()
        }
      }, count)
    const heap = async () => {
      await devtools.send('HeapProfiler.collectGarbage')
      return (await devtools.send('Runtime.getHeapUsage')).usedSize
    }
    await rounds(40)
    const before = await heap()
    await rounds(200)
    // One is the page's own, and the last may still be leaving.
    await expect.poll(() => alive('rtsp-wall'), { timeout: 20_000 }).toBeLessThanOrEqual(2)
    await expect.poll(() => alive('rtsp-player'), { timeout: 20_000 }).toBeLessThanOrEqual(4)
    expect((await heap()) - before).toBeLessThan(2_000_000)
    expect(errors).toEqual([])
  })

  it('of a single player loads no wall', async () => {
    const page = await stage.browser.newPage()
    const scripts: Promise<string>[] = []
    page.on('response', (response) => {
      if (response.url().endsWith('.js')) scripts.push(response.text())
    })
    await page.goto(stage.url)
    await page.waitForFunction(() => document.querySelector('rtsp-player')?.state === 'playing')
    expect((await Promise.all(scripts)).filter((text) => text.includes('rtsp-wall'))).toEqual([])
  })
})
