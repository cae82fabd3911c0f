import { expect } from 'vitest'
import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { clickNamed, eventually } from '../../support/engines/looking.ts'
import { playerIs } from '../stage.ts'
import type { Feature, Lack, Scene } from './feature.ts'

const PLAYER = '<rtsp-player src="lobby" autoplay muted controls></rtsp-player>'

const openPlaying = async ({ open }: Scene): Promise<BrowserPage> => {
  const page = await open(PLAYER, { css: 'rtsp-player { width: 800px }' })
  await playerIs(page, ['playing'])
  await eventually(() => hasNamed(page, 'Pause')).toBe(true)
  return page
}

/** Whether there is such a button, seen or faded out. */
const hasNamed = (page: BrowserPage, name: string): Promise<boolean> =>
  page.evaluate((name: string) => {
    const controls = document.querySelector('rtsp-player')?.shadowRoot?.querySelector('rtsp-player-controls')
    return controls?.shadowRoot?.querySelector(`[aria-label="${name}"]`) != null
  }, name)

/** What has the keyboard's focus. */
const focused = (page: BrowserPage): Promise<string> =>
  page.evaluate(() => {
    let { activeElement } = document
    while (activeElement?.shadowRoot?.activeElement) activeElement = activeElement.shadowRoot.activeElement
    return activeElement?.getAttribute('aria-label') ?? activeElement?.localName ?? ''
  })

/** Onto the picture, where a click gives it the keyboard and does nothing else. */
const clickPicture = (page: BrowserPage) => page.clickAt(300, 100)

const buttons: Feature = {
  name: 'controls: buttons, sliders and keys for playing and sound',
  async test(scene) {
    const page = await openPlaying(scene)
    await clickNamed(page, 'Pause')
    await playerIs(page, ['paused'])
    await scene.see(page, 'controls paused')
    await clickNamed(page, 'Go to live')
    await playerIs(page, ['playing'])
    await clickNamed(page, 'Unmute')
    const sound = () =>
      page.evaluate(() => {
        const { muted, volume } = document.querySelector('rtsp-player') ?? {}
        return [muted, Math.round((volume ?? 0) * 100)]
      })
    await eventually(sound).toEqual([false, 100])
    await clickPicture(page)
    await page.press('ArrowDown')
    await eventually(sound).toEqual([false, 95])
    await page.press('m')
    await eventually(sound).toEqual([true, 95])
    await page.press('k')
    await playerIs(page, ['paused'])
    await page.press(' ')
    await playerIs(page, ['playing'])
    await scene.see(page, 'controls')
    expect(await page.errors()).toEqual([])
  },
}

const keyboard: Feature = {
  name: 'controls: the Tab key reaches each of them, and the space bar presses it',
  async test(scene) {
    const page = await openPlaying(scene)
    const met: string[] = []
    for (let i = 0; i < 14 && !met.includes('Full screen'); i++) {
      await page.press('Tab')
      met.push(await focused(page))
      if (met.at(-1) !== 'Pause') continue
      await page.press(' ')
      await playerIs(page, ['paused'])
    }
    for (const name of ['Pause', 'Unmute', 'Volume', 'Save a snapshot', 'Record', 'More', 'Full screen']) {
      expect(met).toContain(name)
    }
    expect(await page.errors()).toEqual([])
  },
}

const picture: Feature = {
  name: 'controls: enlarging and turning the picture',
  async test(scene) {
    const page = await openPlaying(scene)
    const told = () =>
      page.evaluate(() => {
        const player = document.querySelector('rtsp-player')
        const controls = player?.shadowRoot?.querySelector('rtsp-player-controls')?.shadowRoot
        const matrix = new DOMMatrix(player ? getComputedStyle(player.video).transform : '')
        const zoom = controls?.querySelector('.zoom')?.textContent?.trim() ?? ''
        // The sine of the angle.
        return { zoom, isUpright: Math.round(matrix.b) === 0 }
      })
    await clickPicture(page)
    await page.press('+')
    await page.press('+')
    await eventually(told).toEqual({ zoom: '1.6×', isUpright: true })
    await scene.see(page, 'enlarged')
    await page.press('0')
    await page.press('t')
    await eventually(told).toEqual({ zoom: '', isUpright: false })
    await scene.see(page, 'turned')
    expect(await page.errors()).toEqual([])
  },
}

const panels: Feature = {
  name: 'controls: statistics, and the details with the doctor',
  async test(scene) {
    const page = await openPlaying(scene)
    const within = (selector: string) =>
      page.evaluate((selector: string) => {
        const find = (root: ParentNode): Element | null => {
          const found = root.querySelector(selector)
          if (found) return found
          for (const { shadowRoot } of root.querySelectorAll('*')) {
            const inner = shadowRoot && find(shadowRoot)
            if (inner) return inner
          }
          return null
        }
        const { shadowRoot, textContent } = find(document) ?? {}
        return shadowRoot?.textContent ?? textContent ?? ''
      }, selector)
    await clickPicture(page)
    await page.press('i')
    await eventually(() => within('rtsp-player-statistics')).toMatch(/640×360.*\d ?kbit/s)
    await page.press('d')
    await eventually(() => within('rtsp-player-doctor')).toMatch(/640 ?[×x] ?360/)
    await scene.see(page, 'details')
    await page.press('Escape')
    await eventually(() => within('rtsp-player-doctor')).toBe('')
    await clickNamed(page, 'More')
    await eventually(() => within('#panel')).toContain('Statistics')
    await scene.see(page, 'panel')
    expect(await page.errors()).toEqual([])
  },
}

const saving: Feature = {
  name: 'controls: snapshot and recording, as downloads',
  async test(scene) {
    const page = await openPlaying(scene)
    await page.evaluate(() => {
      const saved: string[] = []
      Object.assign(globalThis, { saved })
      // What the browser does with the link from here on is its own.
      HTMLAnchorElement.prototype.click = function () {
        const { download, href } = this
        fetch(href)
          .then((file) => file.arrayBuffer())
          .then((bytes) => saved.push(`${download} ${String.fromCharCode(...new Uint8Array(bytes.slice(1, 8)))}`))
      }
    })
    const saved = () => page.evaluate(() => (globalThis as unknown as { saved: string[] }).saved.join('\n'))
    await clickNamed(page, 'Save a snapshot')
    await eventually(saved).toMatch(/^lobby-\d{4}(-\d\d){5}\.png PNG/)
    await page.evaluate(() => {
      document
        .querySelector('rtsp-player')
        ?.addEventListener('recordingstart', () => Object.assign(globalThis, { isRecording: true }))
    })
    await clickNamed(page, 'Record')
    await eventually(() => page.evaluate(() => 'isRecording' in globalThis)).toBe(true)
    await clickNamed(page, 'Stop recording')
    await eventually(saved).toMatch(/\nlobby-\d{4}(-\d\d){5}\.mp4 .{3}ftyp/s)
    expect(await page.errors()).toEqual([])
  },
}

const fullScreen: Feature = {
  name: 'controls: full screen',
  async test(scene) {
    const page = await openPlaying(scene)
    const filling = () => page.evaluate(() => document.fullscreenElement?.localName ?? '')
    await clickNamed(page, 'Full screen')
    await eventually(filling).toBe('rtsp-player')
    await eventually(() => hasNamed(page, 'Leave full screen')).toBe(true)
    await scene.see(page, 'full screen')
    await page.press('f')
    await eventually(filling).toBe('')
    await eventually(() => hasNamed(page, 'Full screen')).toBe(true)
    expect(await page.errors()).toEqual([])
  },
}

const noWindow: Lack = {
  why: 'WebKitGTK has no picture-in-picture: there is no button for it.',
  async instead(scene) {
    const page = await openPlaying(scene)
    expect(await hasNamed(page, 'Picture in picture')).toBe(false)
    const name = await page.evaluate(() =>
      document
        .querySelector('rtsp-player')
        ?.requestPictureInPicture()
        .then(
          () => 'a window',
          (error: unknown) => (error instanceof DOMException ? error.name : String(error)),
        ),
    )
    expect(name).toBe('NotSupportedError')
  },
}

const pictureInPicture: Feature = {
  name: 'picture-in-picture, by script and by button',
  async test(scene) {
    const page = await openPlaying(scene)
    await clickNamed(page, 'Picture in picture')
    await eventually(() => page.evaluate(() => document.pictureInPictureElement?.localName)).toBe('rtsp-player')
    await clickNamed(page, 'Leave picture in picture')
    await eventually(() => page.evaluate(() => document.pictureInPictureElement === null)).toBe(true)
  },
  lacks: { webkit: noWindow },
}

export const CONTROLS: readonly Feature[] = [buttons, keyboard, picture, panels, saving, fullScreen, pictureInPicture]
