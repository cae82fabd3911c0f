import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { FRAME_NUMBER, readFrames } from '../support/painted-frames.ts'
import { openPlayerPage } from '../support/player-page.ts'

const stage = browserStage({ camera: startCamera }, ({ camera }) => ({
  streams: { lobby: { url: camera.url }, recording: { url: camera.recordingUrl } },
}))

const CONTROLS = ['play', 'mute', 'live', 'fullscreen', 'pip', 'error'] as const
const BAR = `
  <media-control-bar>
    <media-play-button></media-play-button>
    <media-mute-button></media-mute-button>
    <media-volume-range></media-volume-range>
    <media-live-button></media-live-button>
    <media-time-range></media-time-range>
    <media-time-display showduration></media-time-display>
    <media-pip-button></media-pip-button>
    <media-fullscreen-button></media-fullscreen-button>
  </media-control-bar>
  <media-error-dialog slot="dialog"></media-error-dialog>`

/** The real `<media-controller>`, around the player. */
async function open(attributes: string) {
  const tab = await openPlayerPage(
    stage,
    `<media-controller style="width: 640px; height: 360px"><rtsp-player slot="media" ${attributes}></rtsp-player>${BAR}</media-controller>`,
    { withMediaChrome: true },
  )
  const control = (name: (typeof CONTROLS)[number]): Locator => tab.page.locator(`media-${name}-button`)
  return { ...tab, control }
}

const attribute = (page: Page, element: string, name: string) =>
  page.evaluate(([element, name]) => document.querySelector(element ?? '')?.getAttribute(name ?? ''), [element, name])

describe('a live stream in media-chrome', () => {
  it('is played, paused, and brought back to live by clicks', async () => {
    const { page, control, errors } = await open('src="lobby" autoplay muted')
    await playerIs(page, 'playing')
    const controller = (name: string) => attribute(page, 'media-controller', name)
    await expect.poll(() => controller('mediastreamtype')).toBe('live')
    expect(await controller('mediapaused')).toBeNull()
    expect(await controller('mediahasplayed')).toBe('')
    expect(await controller('medialoading')).toBeNull()
    expect(await attribute(page, 'media-live-button', 'mediatimeislive')).toBe('')

    await control('play').click()
    await playerIs(page, 'paused')
    await expect.poll(() => controller('mediapaused')).toBe('')
    await expect.poll(() => stage.bridge.viewers).toBe(0)
    await expect.poll(() => attribute(page, 'media-live-button', 'mediapaused')).toBe('')

    await control('live').click()
    await playerIs(page, 'playing')
    await readFrames(page, FRAME_NUMBER, 20)
    await expect.poll(() => controller('mediapaused')).toBeNull()
    await expect.poll(() => attribute(page, 'media-live-button', 'mediatimeislive')).toBe('')
    expect(errors).toEqual([])
  })

  it('is heard and not, louder and less so', async () => {
    const { page, control } = await open('src="lobby" autoplay muted')
    await playerIs(page, 'playing')
    const level = () => attribute(page, 'media-mute-button', 'mediavolumelevel')
    const sound = () =>
      page.evaluate(() => {
        const player = document.querySelector('rtsp-player')
        return [player?.muted, player?.hasAttribute('muted'), player?.volume]
      })
    await expect.poll(level).toBe('off')
    await control('mute').click()
    await expect.poll(level).toBe('high')
    expect(await sound()).toEqual([false, true, 1])
    await expect
      .poll(() => page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.audio?.renderer), {
        timeout: 5_000,
      })
      .toBe('audio-worklet')
    const range = page.locator('media-volume-range')
    const box = await range.boundingBox()
    await range.click({ position: { x: (box?.width ?? 0) * 0.3, y: (box?.height ?? 0) / 2 } })
    await expect.poll(async () => (await sound())[2]).toBeLessThan(0.5)
    await expect.poll(level).toBe('low')
    await control('mute').click()
    await expect.poll(level).toBe('off')
    expect((await sound())[0]).toBe(true)
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.state)).toBe('playing')
  })

  it('fills the screen and goes back, without a new session', async () => {
    const { page, control } = await open('src="lobby" autoplay muted')
    await playerIs(page, 'playing')
    const before = stage.bridge.viewers
    await control('fullscreen').click()
    await expect.poll(() => page.evaluate(() => document.fullscreenElement?.localName)).toBe('media-controller')
    await readFrames(page, FRAME_NUMBER, 10)
    await control('fullscreen').click()
    await expect.poll(() => page.evaluate(() => document.fullscreenElement)).toBeNull()
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.state)).toBe('playing')
    expect(stage.bridge.viewers).toBe(before)
  })

  it.each(['media-source', 'webcodecs'])(
    'opens a window of its own for the picture of %s, and closes it',
    async (renderer) => {
      const { page, control, errors } = await open(`src="lobby" autoplay muted renderer="${renderer}"`)
      await playerIs(page, 'playing')
      await control('pip').click()
      const inWindow = () => page.evaluate(() => document.pictureInPictureElement?.localName ?? null)
      await expect.poll(inWindow, { timeout: 5_000 }).toBe('rtsp-player')
      await expect.poll(() => attribute(page, 'media-pip-button', 'mediaispip')).toBe('')
      await readFrames(page, FRAME_NUMBER, 20)
      await control('pip').click()
      await expect.poll(inWindow).toBeNull()
      await expect.poll(() => attribute(page, 'media-pip-button', 'mediaispip')).toBeNull()
      expect(
        await page.evaluate(() => document.querySelector('rtsp-player')?.shadowRoot?.querySelectorAll('video').length),
      ).toBe(1)
      expect(errors).toEqual([])
    },
  )

  it('says where picture-in-picture is not wanted', async () => {
    const { page } = await open('src="lobby" autoplay muted disablepictureinpicture')
    await playerIs(page, 'playing')
    const here = await attribute(page, 'media-pip-button', 'mediapipunavailable')
    expect(['unavailable', 'unsupported']).toContain(here)
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.video.disablePictureInPicture)).toBe(true)
  })

  it('says what went wrong', async () => {
    const { page } = await open('src="nothing-of-that-name" autoplay muted')
    await playerIs(page, 'failed')
    await expect.poll(() => attribute(page, 'media-controller', 'mediaerrorcode')).toBe('stream-not-found')
    await page.getByText('The bridge has no such stream').last().waitFor()
    expect(await page.evaluate(() => document.querySelector('media-error-dialog')?.shadowRoot?.textContent)).toContain(
      'stream-not-found',
    )
    expect(await attribute(page, 'media-controller', 'mediapaused')).toBe('')
  })
})

describe('a recording in media-chrome', () => {
  it('shows its length, is sought by a click, and paused where it is', async () => {
    const { page, control, errors } = await open('src="recording" autoplay muted')
    await playerIs(page, 'playing')
    await expect.poll(() => attribute(page, 'media-controller', 'mediastreamtype')).toBe('on-demand')
    const duration = await page.evaluate(() => document.querySelector('rtsp-player')?.duration ?? 0)
    await expect.poll(async () => Number(await attribute(page, 'media-controller', 'mediaduration'))).toBe(duration)
    expect(await attribute(page, 'media-controller', 'mediaseekable')).toBe(`0:${duration}`)
    const minutes = `${Math.floor(duration / 60)}:${String(Math.floor(duration % 60)).padStart(2, '0')}`
    await expect
      .poll(() => page.evaluate(() => document.querySelector('media-time-display')?.shadowRoot?.textContent))
      .toContain(minutes)

    const range = page.locator('media-time-range')
    const box = await range.boundingBox()
    await range.click({ position: { x: (box?.width ?? 0) / 2, y: (box?.height ?? 0) / 2 } })
    await expect
      .poll(() => page.evaluate(() => document.querySelector('rtsp-player')?.currentTime ?? 0), { timeout: 5_000 })
      .toBeGreaterThan(duration * 0.4)
    // The browser may still tell of a picture of the place before.
    const shown = async () => ((await readFrames(page, FRAME_NUMBER, 1))[0]?.value ?? 0) / 25
    await expect.poll(shown, { timeout: 10_000 }).toBeGreaterThan(duration * 0.4)

    await control('play').click()
    await playerIs(page, 'paused')
    const there = await page.evaluate(() => document.querySelector('rtsp-player')?.currentTime ?? 0)
    expect(there).toBeGreaterThan(duration * 0.4)
    await control('play').click()
    await playerIs(page, 'playing')
    await expect
      .poll(() => page.evaluate(() => document.querySelector('rtsp-player')?.currentTime ?? 0))
      .toBeGreaterThan(there)
    expect(errors).toEqual([])
  })
})
