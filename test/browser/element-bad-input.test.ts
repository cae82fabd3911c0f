import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { builtPage, launchChromium, playerIs } from '../support/browser.ts'
import { type CountedCamera, startCountedCamera } from '../support/counted-camera.ts'
import { FRAME_NUMBER, readFrames } from '../support/painted-frames.ts'
import { openPlayerPage } from '../support/player-page.ts'
import { startWebsite, type Website } from '../support/website.ts'

let browser: Browser
let bridge: Bridge
let camera: CountedCamera
let directory: string
let website: Website
const pages: Page[] = []

beforeAll(async () => {
  directory = await builtPage()
  ;[browser, camera] = await Promise.all([launchChromium(), startCountedCamera()])
  bridge = await createBridge({
    pageDirectory: directory,
    streams: { lobby: { url: camera.url, mode: 'hub' }, yard: { url: camera.url, mode: 'proxy' } },
  })
  website = await startWebsite(directory)
})

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close()
})

afterAll(async () => {
  await browser?.close()
  website?.close()
  await Promise.all([bridge?.close(), camera?.close()])
})

const open = async (body: string) => {
  const tab = await openPlayerPage({ browser, directory, url: bridge.url }, body)
  pages.push(tab.page)
  return tab
}

const told = (page: Page) =>
  page.evaluate(() => {
    const { state, error } = document.querySelector('rtsp-player') ?? {}
    return { state, code: error?.code, message: error?.message, advice: error?.advice }
  })

const NONSENSE = [
  '',
  ' ',
  '0',
  '-1',
  'NaN',
  '1e999',
  'true',
  'null',
  '☃',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  'javascript:alert(1)',
  'x'.repeat(100_000),
]
const ATTRIBUTES = [
  'src',
  'bridge',
  'ticket',
  'substream',
  'renderer',
  'latency',
  'audio',
  'autoplay',
  'loop',
  'muted',
  'controls',
  'stats',
  'poster',
  'preload',
  'loading',
  'crossorigin',
  'disablepictureinpicture',
  'keep',
  'time-shift',
  'lang',
  'volume',
  'width',
]

describe('nonsense', () => {
  it('in any attribute, while it plays: it plays on, or says what is wrong, and throws nothing', {
    timeout: 120_000,
  }, async () => {
    const { page, errors } = await open('<rtsp-player src="lobby" autoplay muted></rtsp-player>')
    await playerIs(page, 'playing')
    await page.evaluate(
      async ({ attributes, nonsense }) => {
        const player = document.querySelector('rtsp-player')
        if (!player) throw new Error('There is no player')
        for (const attribute of attributes) {
          const before = player.getAttribute(attribute)
          for (const value of nonsense) {
            player.setAttribute(attribute, value)
            await player.updateComplete
          }
          if (before === null) player.removeAttribute(attribute)
          else player.setAttribute(attribute, before)
          await player.updateComplete
        }
      },
      { attributes: ATTRIBUTES, nonsense: NONSENSE },
    )
    await playerIs(page, 'playing')
    await readFrames(page, FRAME_NUMBER, 10)
    await expect.poll(() => bridge.viewers, { timeout: 5_000 }).toBe(1)
    // Addresses that the browser does not find, and those that the bridge refuses, are told by the browser itself.
    expect(errors.filter((error) => !/Failed to load resource|WebSocket connection to|net::ERR/.test(error))).toEqual(
      [],
    )
  })

  it.each([
    ['src', 'http://camera.example/video', 'invalid-url'],
    ['src', 'rtsp://', 'invalid-url'],
    ['src', 'rtsp://host:99999/', 'invalid-url'],
    ['src', 'a\nb', 'invalid-url'],
    ['src', 'no-such-name', 'stream-not-found'],
    ['bridge', 'ftp://x', 'invalid-url'],
    ['bridge', 'http://user:password@host', 'invalid-url'],
  ])('in %s, such as %j, ends in %s with advice', async (attribute, value, code) => {
    const { page } = await open('<rtsp-player src="lobby" muted></rtsp-player>')
    const thrown = await page.evaluate(
      ([attribute = '', value = '']) => {
        const player = document.querySelector('rtsp-player')
        player?.setAttribute(attribute, value)
        return player?.play().catch((error) => error.code)
      },
      [attribute, value],
    )
    const { advice = '', ...said } = await told(page)
    expect(thrown).toBe(code)
    expect(said).toMatchObject({ state: 'failed', code })
    expect(advice.length).toBeGreaterThan(20)
    expect(JSON.stringify(said)).not.toContain('password@')
  })
})

it('a browser that denies its storage is none of the player: volume, mute and controls work', async () => {
  const { page, errors } = await openPlayerPage(
    { browser, directory, url: bridge.url },
    '<rtsp-player src="lobby" autoplay muted controls></rtsp-player>',
    {
      prepare: () => {
        for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
          Object.defineProperty(window, name, {
            get: () => {
              throw new DOMException(`${name}: the request was denied`, 'SecurityError')
            },
          })
        }
      },
    },
  )
  pages.push(page)
  await playerIs(page, 'playing')
  const button = (name: string) => page.locator('rtsp-player-controls').getByRole('button', { name, exact: true })
  await button('Unmute').click()
  await page.locator('rtsp-player-controls').getByRole('slider', { name: 'Volume' }).fill('0.5')
  expect(await page.evaluate(() => document.querySelector('rtsp-player')?.volume)).toBe(0.5)
  expect(await page.evaluate(() => document.querySelector('rtsp-player')?.muted)).toBe(false)
  await button('Mute').click()
  await readFrames(page, FRAME_NUMBER, 10)
  expect(errors).toEqual([])
})

describe('a bridge that is none', () => {
  it.each([
    ['answers 404 with a page', 404, 'bridge-unreachable'],
    ['answers 200 with a page', 200, 'bridge-unreachable'],
    ['speaks another protocol over its WebSocket', 101, 'not-rtsp'],
  ])('%s: says so', async (_name, status, code) => {
    const { url } = website
    const body = `<rtsp-player src="lobby" bridge="/${status}/" autoplay muted></rtsp-player>`
    const { page } = await openPlayerPage({ browser, directory, url }, body)
    pages.push(page)
    await expect.poll(async () => (await told(page)).code, { timeout: 10_000 }).toBe(code)
    const { message, advice, state } = await told(page)
    // Whoever may come back is tried again; another service is not a bridge the next time either.
    expect(state).toBe(code === 'not-rtsp' ? 'failed' : 'reconnecting')
    expect(`${message} ${advice}`).toMatch(/bridge|RTSP|rtsp\.onvif\.org/)
  })
})

describe('haste', () => {
  it('src that is another a hundred times in a second: the last one plays, and of the others nothing is left', async () => {
    const { page, errors } = await open('<rtsp-player autoplay muted></rtsp-player>')
    await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      for (let i = 0; i < 100; i++) {
        player?.setAttribute('src', ['lobby', 'yard', 'no-such-name', 'http://nonsense', ''][i % 5] ?? '')
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      player?.setAttribute('src', 'yard')
    })
    await playerIs(page, 'playing')
    await readFrames(page, FRAME_NUMBER, 20)
    await expect.poll(() => bridge.viewers, { timeout: 5_000 }).toBe(1)
    expect(errors.filter((error) => !/WebSocket connection to/.test(error))).toEqual([])
  })

  it('play and pause a hundred times at once: the last word counts', async () => {
    const { page, errors } = await open('<rtsp-player src="yard" muted></rtsp-player>')
    const words = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const plays: (Promise<string> | undefined)[] = []
      for (let i = 0; i < 100; i++) {
        plays.push(
          player?.play().then(
            () => 'played',
            (error) => error.code,
          ),
        )
        player?.pause()
      }
      plays.push(
        player?.play().then(
          () => 'played',
          (error) => error.code,
        ),
      )
      return Promise.all(plays)
    })
    expect(words).toEqual([...Array.from({ length: 100 }, () => 'aborted'), 'played'])
    expect(errors).toEqual([])
  })

  it('a player that is taken away while it connects leaves no connection, and says no more', async () => {
    const { page, errors } = await open('')
    const before = camera.sessions
    const states = await page.evaluate(async () => {
      const states: string[] = []
      for (const wait of [0, 1, 5, 20, 50, 100]) {
        const player = document.createElement('rtsp-player')
        Object.assign(player, { src: 'yard', muted: true })
        document.body.append(player)
        const played = player.play().catch((error) => states.push(error.code))
        await new Promise((resolve) => setTimeout(resolve, wait))
        player.remove()
        await Promise.race([played, new Promise((resolve) => setTimeout(resolve, 500))])
        states.push(player.state)
      }
      return states
    })
    expect(states.filter((state) => state !== 'idle' && state !== 'aborted')).toEqual([])
    await expect.poll(() => bridge.viewers, { timeout: 5_000 }).toBe(0)
    await expect.poll(() => camera.sessions, { timeout: 5_000 }).toBe(before)
    expect(errors.filter((error) => !/closed before the connection/.test(error))).toEqual([])
  })

  it('two players on one stream play both, and the end of one is not that of the other', async () => {
    const { page, errors } = await open(
      '<rtsp-player src="lobby" autoplay muted></rtsp-player><rtsp-player id="other" src="lobby" autoplay muted></rtsp-player>',
    )
    await page.waitForFunction(() =>
      [...document.querySelectorAll('rtsp-player')].every(({ state }) => state === 'playing'),
    )
    expect(bridge.viewers).toBe(2)
    await page.evaluate(() => document.getElementById('other')?.remove())
    await expect.poll(() => bridge.viewers).toBe(1)
    await readFrames(page, FRAME_NUMBER, 20)
    expect(errors).toEqual([])
  })
})
