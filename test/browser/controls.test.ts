import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { builtPage, launchChromium, playerIs, shownText } from '../support/browser.ts'
import { type Colour, seenColours } from '../support/seen-colours.ts'
import {
  controlsAreThere,
  openStyledPlayer,
  type StyledPlayer,
  type StyledPlayerOptions,
} from '../support/styled-player.ts'

let browser: Browser
let directory: string
let bridge: Bridge
let camera: SimulatedCamera
const pages: StyledPlayer[] = []

beforeAll(async () => {
  directory = await builtPage()
  ;[browser, camera] = await Promise.all([launchChromium(), startCamera()])
  bridge = await createBridge({
    pageDirectory: directory,
    streams: { lobby: { url: camera.url }, recording: { url: camera.recordingUrl } },
  })
})

afterEach(async () => {
  for (const page of pages.splice(0)) {
    expect(page.errors).toEqual([])
    await page.close()
  }
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([bridge?.close(), camera?.close()])
})

/** Machines that run tests are busy. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 15_000 })

const LIVE = '<rtsp-player src="lobby" autoplay muted controls></rtsp-player>'

const openMarkup = async (body: string, options: StyledPlayerOptions = {}): Promise<Page> => {
  const opened = await openStyledPlayer({ browser, directory, url: bridge.url }, body, options)
  pages.push(opened)
  return opened.page
}

const openPlaying = async (body = LIVE, options: StyledPlayerOptions = {}): Promise<Page> => {
  const page = await openMarkup(body, options)
  await controlsAreThere(page)
  await playerIs(page, 'playing')
  return page
}

const controls = (page: Page) => page.locator('rtsp-player-controls')
const button = (page: Page, name: string | RegExp) =>
  controls(page).getByRole('button', typeof name === 'string' ? { name, exact: true } : { name })
const get = <T>(page: Page, look: (player: HTMLElementTagNameMap['rtsp-player']) => T): Promise<T> =>
  page
    .evaluateHandle(() => document.querySelector('rtsp-player'))
    .then((handle) => handle.evaluate(look as never)) as Promise<T>

const difference = (a: readonly Colour[], b: readonly Colour[]): number =>
  a.reduce((sum, colour, at) => sum + colour.reduce((all, part, i) => all + Math.abs(part - (b[at]?.[i] ?? 0)), 0), 0) /
  (a.length * 3)

/** A picture that stands still, and nothing in front of it. */
const stillPicture = async (options: StyledPlayerOptions = {}): Promise<Page> => {
  const css = ['controls-bar', 'stale'].map((part) => `rtsp-player::part(${part}) { opacity: 0 }`).join(' ')
  const page = await openPlaying(LIVE, { css, ...options })
  await page.waitForFunction(() => (document.querySelector('rtsp-player')?.statistics?.picturesShown ?? 0) > 5)
  await page.keyboard.press('Tab')
  await get(page, (player) => player.pause())
  await playerIs(page, 'paused')
  await page.mouse.click(400, 200)
  return page
}

describe('controls', () => {
  it('are loaded when they are wanted, and the browser’s own are never shown', async () => {
    const page = await openMarkup('<rtsp-player src="lobby" autoplay muted></rtsp-player>')
    await playerIs(page, 'playing')
    const loaded = () =>
      page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => /([a-z-]+)-.{8}\.js$/.exec(name)?.[1])
          .filter((name) => /controls|doctor|translations|media-store|^(de|en|es|fr|ja|zh)$/.test(name ?? '')),
      )
    expect(await loaded()).toEqual([])
    await get(page, (player) => player.setAttribute('controls', ''))
    await controlsAreThere(page)
    expect(await loaded()).toContain('player-controls')
    expect(await get(page, (player) => player.shadowRoot?.querySelector('video')?.controls)).toBe(false)
    await get(page, (player) => player.removeAttribute('controls'))
    await eventually(() => controls(page).count()).toBe(0)
  })

  it('come later where their code did not come at once', async () => {
    const page = await openMarkup('<rtsp-player src="lobby" autoplay muted></rtsp-player>')
    await playerIs(page, 'playing')
    await page.route('**/player-controls-*.js', (route) => route.abort())
    const failed = page.waitForEvent('pageerror')
    await get(page, (player) => player.setAttribute('controls', ''))
    await failed
    await page.unroute('**/player-controls-*.js')
    expect(await controls(page).count()).toBe(0)
    await get(page, (player) => player.pause())
    await button(page, 'Play').waitFor()
    pages.at(-1)?.errors.splice(0)
  })

  it('play and pause, by button and by key, and say how far behind the picture is', async () => {
    const page = await openPlaying()
    await eventually(() => button(page, /^Live \d/).textContent()).toMatch(/\d\s?(ms|sec)/)
    await button(page, 'Pause').click()
    await playerIs(page, 'paused')
    await button(page, 'Go to live').click()
    await playerIs(page, 'playing')
    await page.mouse.click(400, 100)
    await page.keyboard.press('k')
    await playerIs(page, 'paused')
    await page.keyboard.press('Space')
    await playerIs(page, 'playing')
  })

  it('switch the sound on and off, and set how loud it is', async () => {
    const page = await openPlaying(LIVE.replace('controls', 'controls renderer="media-source"'))
    const decoded = () =>
      get(
        page,
        ({ video }) => (video as { webkitAudioDecodedByteCount?: number } | null)?.webkitAudioDecodedByteCount ?? 0,
      )
    expect(await decoded()).toBe(0)
    await button(page, 'Unmute').click()
    await eventually(decoded).toBeGreaterThan(0)
    expect(await get(page, ({ muted }) => muted)).toBe(false)
    await controls(page).getByRole('slider', { name: 'Volume' }).fill('0.5')
    expect(await get(page, ({ volume }) => volume)).toBe(0.5)
    await page.mouse.click(400, 100)
    await page.keyboard.press('ArrowUp')
    await eventually(() => get(page, ({ volume }) => volume)).toBeCloseTo(0.55)
    await page.keyboard.press('m')
    await eventually(() => get(page, ({ muted }) => muted)).toBe(true)
    // Nobody's taste is kept, unless the page does it.
    expect(await page.evaluate(() => localStorage.length)).toBe(0)
  })

  it('fill the screen with the player, and give it back', async () => {
    const page = await openPlaying(LIVE, { css: 'rtsp-player { width: 400px; height: 225px }' })
    await button(page, 'Full screen').click()
    await eventually(() => page.evaluate(() => document.fullscreenElement?.localName)).toBe('rtsp-player')
    await eventually(() => get(page, ({ clientWidth }) => clientWidth)).toBeGreaterThan(600)
    await eventually(() => button(page, 'Leave full screen').count()).toBe(1)
    await page.keyboard.press('f')
    await eventually(() => page.evaluate(() => document.fullscreenElement)).toBeNull()
  })

  it('go when nobody does anything, and come back by pointer and keyboard', async () => {
    const page = await openPlaying()
    const opacity = () =>
      controls(page)
        .locator('.controls')
        .evaluate((element) => getComputedStyle(element).opacity)
    await page.mouse.move(300, 100)
    await eventually(opacity).toBe('1')
    await eventually(opacity).toBe('0')
    await page.mouse.move(320, 100)
    await eventually(opacity).toBe('1')
    await eventually(opacity).toBe('0')
    await page.keyboard.press('Tab')
    await eventually(opacity).toBe('1')
    // What has the keyboard's focus is not taken away.
    await page.waitForTimeout(4_000)
    expect(await opacity()).toBe('1')
  })

  it('save a snapshot and a recording as files', async () => {
    const page = await openPlaying()
    const [snapshot] = await Promise.all([page.waitForEvent('download'), button(page, 'Save a snapshot').click()])
    expect(snapshot.suggestedFilename()).toMatch(/^lobby-\d{4}(-\d\d){5}\.png$/)
    const png = await readFile(await snapshot.path())
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([640, 360])
    await button(page, 'Record').click()
    await button(page, 'Stop recording').waitFor()
    await controls(page).getByText('Recording', { exact: true }).waitFor()
    // How long it is by now.
    await controls(page).getByText('0:02', { exact: true }).waitFor()
    const [recording] = await Promise.all([page.waitForEvent('download'), button(page, 'Stop recording').click()])
    expect(recording.suggestedFilename()).toMatch(/\.mp4$/)
    await eventually(() =>
      controls(page)
        .getByText(/^\d:\d\d$/)
        .count(),
    ).toBe(0)
    const mp4 = await readFile(await recording.path())
    expect(mp4.toString('latin1', 4, 8)).toBe('ftyp')
    expect(mp4.length).toBeGreaterThan(10_000)
  })

  it('show statistics, and the smaller stream', async () => {
    const page = await openPlaying()
    await button(page, 'More').click()
    await button(page, 'Statistics').click()
    await page.locator('rtsp-player-statistics').waitFor()
    await button(page, 'Low').click()
    expect(await get(page, ({ substream }) => substream)).toBe(true)
    expect(await button(page, 'Low').getAttribute('aria-pressed')).toBe('true')
    await page.keyboard.press('Escape')
    await eventually(() => button(page, 'Low').count()).toBe(0)
    expect(
      await page.evaluate(() =>
        document
          .querySelector('rtsp-player')
          ?.shadowRoot?.activeElement?.shadowRoot?.activeElement?.getAttribute('aria-label'),
      ),
    ).toBe('More')
  })
})

describe('the keyboard', () => {
  /** What has the focus, by its name, however deep it lies. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      let active = document.activeElement
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
      return active?.getAttribute('aria-label')
    })

  it('stays in the player when what it is on goes, or is another', async () => {
    const page = await openPlaying()
    await button(page, 'Record').focus()
    await page.keyboard.press('Enter')
    await button(page, 'Stop recording').waitFor()
    expect(await focused(page)).toBe('Stop recording')
    await controls(page).getByText('Recording', { exact: true }).waitFor()
    // Nothing can be recorded then, and its button goes.
    const saved = page.waitForEvent('download')
    await get(page, (player) => player.setAttribute('src', 'cellar'))
    await playerIs(page, 'failed')
    await saved
    await eventually(() => button(page, /ecord/).count()).toBe(0)
    expect(await focused(page)).toBe('More')
    const again = page.locator('rtsp-player').getByRole('button', { name: 'Try again', exact: true })
    await again.focus()
    await page.keyboard.press('Enter')
    await playerIs(page, 'failed')
    await eventually(() => focused(page)).toBe('Player controls')
    // Its keys are the player's, as before.
    await get(page, (player) => player.setAttribute('src', 'lobby'))
    await playerIs(page, 'playing')
    await page.keyboard.press('k')
    await playerIs(page, 'paused')
    // By mouse it is not seen, and the next space would press it.
    await page.keyboard.press('+')
    await controls(page).locator('.zoom').click()
    await eventually(() => focused(page)).toBe('Player controls')
  })
})

describe('the picture', () => {
  it('is enlarged where the wheel points, moved by dragging and keys, and whole again by a double click', async () => {
    const page = await stillPicture()
    const whole = await seenColours(page, 40, 20)
    await page.mouse.move(400, 225)
    await page.mouse.wheel(0, -600)
    const enlarged = await seenColours(page, 40, 20)
    expect(difference(whole, enlarged)).toBeGreaterThan(8)
    // What was in the middle is there still, and larger.
    const zoom = await controls(page).locator('.zoom').textContent()
    expect(Number.parseFloat(zoom ?? '')).toBeGreaterThan(2)

    await page.mouse.down()
    await page.mouse.move(600, 225, { steps: 4 })
    await page.mouse.up()
    const dragged = await seenColours(page, 40, 20)
    expect(difference(enlarged, dragged)).toBeGreaterThan(5)
    // Five columns are a hundred pixels: 200 are ten.
    const movedBack = dragged.map((_, at) => dragged[at + (at % 40 < 30 ? 10 : 0)] ?? [])
    const kept = (colours: readonly Colour[]) => colours.filter((_, at) => at % 40 < 29)
    expect(difference(kept(movedBack), kept(enlarged))).toBeLessThan(4)
    await page.keyboard.press('ArrowDown')
    expect(difference(dragged, await seenColours(page, 40, 20))).toBeGreaterThan(2)

    await page.mouse.dblclick(300, 100)
    expect(difference(whole, await seenColours(page, 40, 20))).toBeLessThan(1)
    await page.keyboard.press('+')
    await page.keyboard.press('+')
    expect(await controls(page).locator('.zoom').textContent()).toContain('1.6')
    const closer = await seenColours(page, 40, 20)
    await get(page, (player) => document.body.append(player))
    expect(difference(closer, await seenColours(page, 40, 20)), 'moved in the document').toBeLessThan(1)
    await page.mouse.click(400, 200)
    await page.keyboard.press('0')
    expect(difference(whole, await seenColours(page, 40, 20))).toBeLessThan(1)
  })

  it('is left where it is by a mouse that let go beside the player', async () => {
    const page = await openPlaying(LIVE, { css: 'rtsp-player { width: 400px; height: 225px }' })
    await page.mouse.move(200, 100)
    await page.mouse.down()
    await page.mouse.move(600, 100)
    await page.mouse.up()
    await page.mouse.move(200, 100)
    await page.mouse.wheel(0, -600)
    await controls(page).locator('.zoom').waitFor()
    const left = () => get(page, ({ video }) => video.getBoundingClientRect().left)
    const before = await left()
    await page.mouse.move(260, 100, { steps: 4 })
    expect(await left()).toBe(before)
    await page.mouse.down()
    await page.mouse.move(300, 100, { steps: 4 })
    await page.mouse.up()
    expect(await left()).toBeCloseTo(before + 40, 0)
  })

  it('is turned by 90°, whole, and fits as it is told', async () => {
    const page = await stillPicture()
    const upright = await seenColours(page, 16, 9)
    await page.keyboard.press('t')
    const turned = await seenColours(page, 16, 9)
    // It stands on its side: black to the left and to the right.
    for (const row of [0, 4, 8]) {
      for (const column of [0, 4, 11, 15]) expect(turned[row * 16 + column]).toEqual([0, 0, 0])
      expect(turned[row * 16 + 8]?.some((part) => part > 20)).toBe(true)
    }
    for (let turn = 0; turn < 3; turn++) await page.keyboard.press('t')
    expect(difference(upright, await seenColours(page, 16, 9))).toBeLessThan(1)
    await page.setViewportSize({ width: 450, height: 450 })
    const [letterbox] = await seenColours(page, 9, 9)
    expect(letterbox).toEqual([0, 0, 0])
    await page.keyboard.press('o')
    expect((await seenColours(page, 9, 9))[0]?.some((part) => part > 20)).toBe(true)
  })

  it('is enlarged by two fingers, and a tap shows and hides the controls', async () => {
    const page = await openPlaying(LIVE, { hasTouch: true, viewport: { width: 800, height: 450 } })
    const opacity = () =>
      controls(page)
        .locator('.controls')
        .evaluate((element) => getComputedStyle(element).opacity)
    await eventually(opacity).toBe('0')
    await page.touchscreen.tap(300, 150)
    await eventually(opacity).toBe('1')
    // Elsewhere: two taps in one place are a double click, which enlarges.
    await page.touchscreen.tap(500, 250)
    await eventually(opacity).toBe('0')
    const client = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', distance: number) =>
      client.send('Input.dispatchTouchEvent', {
        type,
        touchPoints:
          type === 'touchEnd' ? [] : [-1, 1].map((side) => ({ x: 400 + side * distance, y: 200, id: side + 1 })),
      })
    await touch('touchStart', 50)
    for (const distance of [70, 90, 110, 130, 150]) await touch('touchMove', distance)
    await touch('touchEnd', 0)
    const zoom = Number.parseFloat((await controls(page).locator('.zoom').textContent()) ?? '')
    expect(zoom).toBeGreaterThan(2.4)
    expect(zoom).toBeLessThan(3.6)
    expect(await page.evaluate(() => visualViewport?.scale)).toBe(1)
  })
})

describe('a recording', () => {
  it('is sought in by the bar and by keys, and tells its place', async () => {
    const page = await openPlaying('<rtsp-player src="recording" autoplay muted controls></rtsp-player>')
    const bar = controls(page).getByRole('slider', { name: 'Position' })
    await bar.waitFor()
    await get(page, (player) => player.pause())
    await playerIs(page, 'paused')
    const duration = await get(page, (player) => player.duration)
    await bar.fill(String(Math.floor(duration / 2)))
    await eventually(() => get(page, ({ currentTime }) => currentTime)).toBeCloseTo(Math.floor(duration / 2), 0)
    await eventually(() => bar.getAttribute('aria-valuetext')).toMatch(/^\d:\d\d of \d:\d\d$/)
    await page.mouse.click(400, 100)
    await page.keyboard.press('Home')
    await eventually(() => get(page, ({ currentTime }) => currentTime)).toBeLessThan(0.5)
    await page.keyboard.press('ArrowRight')
    await eventually(() => get(page, ({ currentTime }) => currentTime)).toBeCloseTo(5, 0)
    expect(await controls(page).getByRole('button', { name: 'Record', exact: true }).count()).toBe(0)
    await button(page, 'More').click()
    await button(page, '2×').click()
    await eventually(() => get(page, ({ playbackRate }) => playbackRate)).toBe(2)
  })
})

describe('the language', () => {
  it('is that of the closest element that has one, and changes with it', async () => {
    const page = await openMarkup(
      '<div lang="fr"><rtsp-player src="cellar" autoplay muted controls lang="de-AT"></rtsp-player></div>',
    )
    await playerIs(page, 'failed')
    await eventually(() => shownText(page)).toMatch(/Diesen Stream gibt es nicht.*Erneut versuchen.*Einzelheiten/s)
    // What the bridge said stays there, and is marked as English.
    const original = page.locator('rtsp-player .original')
    expect(await original.getAttribute('lang')).toBe('en')
    await button(page, 'Vollbild').waitFor()
    await get(page, (player) => player.removeAttribute('lang'))
    await eventually(() => shownText(page)).toMatch(/Ce flux n’existe pas/)
    await button(page, 'Plein écran').waitFor()
    await get(page, (player) => player.setAttribute('lang', 'ja'))
    await button(page, '全画面表示').waitFor()
    await get(page, (player) => player.setAttribute('lang', 'nl'))
    await button(page, 'Full screen').waitFor()
  })

  it('is the browser’s where the page has none', async () => {
    const page = await openMarkup('<rtsp-player src="cellar" autoplay muted controls></rtsp-player>', {
      html: '',
      locale: 'es-MX',
    })
    await button(page, 'Pantalla completa').waitFor()
  })
})

describe('the details', () => {
  it('tell what happened as text to copy, without secrets, and give the focus back', async () => {
    const page = await openMarkup(
      '<rtsp-player src="cellar" ticket="s3cret-ticket" autoplay muted controls></rtsp-player>',
      {
        permissions: ['clipboard-read', 'clipboard-write'],
      },
    )
    await playerIs(page, 'failed')
    const details = page.locator('rtsp-player').getByRole('button', { name: 'Details', exact: true }).first()
    await details.focus()
    await page.keyboard.press('Enter')
    const report = page.locator('rtsp-player-doctor').getByRole('region')
    await eventually(() => report.textContent()).toMatch(/rtsp-player\n +version +\d/)
    const text = (await report.textContent()) ?? ''
    expect(text).toMatch(/stream-not-found/)
    expect(text).toMatch(/connecting[\s\S]*failed — stream-not-found/)
    expect(text).toContain('ticket      given')
    expect(text).not.toContain('s3cret')
    await page.locator('rtsp-player-doctor').getByRole('button', { name: 'Copy' }).click()
    await page.locator('rtsp-player-doctor').getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(copied.slice(0, 40)).toBe(text.slice(0, 40))
    await page.keyboard.press('Escape')
    await eventually(() => page.locator('rtsp-player-doctor').count()).toBe(0)
    expect(
      await page.evaluate(() => document.querySelector('rtsp-player')?.shadowRoot?.activeElement?.textContent),
    ).toContain('Details')

    // By its key, and by a button that is gone when they are shown: the keyboard stays in the player, also of one that failed.
    const isMuted = () => page.evaluate(() => document.querySelector('rtsp-player')?.muted)
    for (const key of ['d', 'Enter']) {
      await button(page, 'More').press(key)
      if (key === 'Enter') await button(page, 'Details').press(key)
      await report.waitFor()
      await page.keyboard.press('Escape')
      await report.waitFor({ state: 'detached' })
      const before = await isMuted()
      await page.keyboard.press('m')
      await eventually(isMuted).toBe(!before)
    }
  })

  it('tell what the page’s policy refuses', async () => {
    const page = await openMarkup(
      '<rtsp-player src="lobby" bridge="wss://elsewhere.example/" autoplay muted controls></rtsp-player>',
    )
    await playerIs(page, 'reconnecting')
    await page.locator('rtsp-player').getByRole('button', { name: 'Details', exact: true }).first().click()
    const report = page.locator('rtsp-player-doctor').getByRole('region')
    await eventually(() => report.textContent()).toMatch(
      /Content Security Policy refused: connect-src wss:\/\/elsewhere\.example/,
    )
    // That is what this is about.
    pages.at(-1)?.errors.splice(0)
  })
})
