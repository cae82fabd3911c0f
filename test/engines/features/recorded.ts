import { expect } from 'vitest'
import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { clickNamed, eventually } from '../../support/engines/looking.ts'
import { watchNumbers } from '../../support/engines/sight.ts'
import { FRAME_NUMBER } from '../../support/painted-frames.ts'
import { playerIs } from '../stage.ts'
import type { Feature, Scene } from './feature.ts'

const openRecording = async ({ open }: Scene, attributes = ''): Promise<BrowserPage> => {
  const page = await open(`<rtsp-player src="recording" autoplay muted ${attributes}></rtsp-player>`)
  await playerIs(page, ['playing'])
  return page
}

/** Seconds of the recording that the next pictures show, by the numbers in them. */
const seen = async (page: BrowserPage, count: number): Promise<number[]> =>
  (await watchNumbers(page, FRAME_NUMBER, count)).map(({ value }) => value / 25)

const seek = (page: BrowserPage, place: number): Promise<void> =>
  page.evaluate(async (place: number) => {
    const player = document.querySelector('rtsp-player')
    const seeked = new Promise((resolve) => player?.addEventListener('seeked', resolve, { once: true }))
    if (player) player.currentTime = place
    await seeked
  }, place)

const places: Feature = {
  name: 'recordings: their length, other places by script and by the bar, pausing in one place',
  async test(scene) {
    const page = await openRecording(scene, 'controls')
    const about = await page.evaluate(() => {
      const { duration, seekable, streamType } = document.querySelector('rtsp-player') ?? {}
      return [duration, seekable?.start(0), seekable?.end(0), streamType]
    })
    expect(about).toEqual([60, 0, 60, 'on-demand'])
    for (const place of [40.5, 12.2]) {
      await seek(page, place)
      const [first = 0, ...others] = await seen(page, 15)
      // From the keyframe before the place, to what plays while the test looks.
      expect(first).toBeGreaterThan(place - 1.05)
      expect(first).toBeLessThan(place + 1.5)
      expect(others.at(-1)).toBeGreaterThan(first + 0.3)
    }
    await clickNamed(page, 'Pause')
    await playerIs(page, ['paused'])
    await seek(page, 45)
    expect((await seen(page, 1))[0]).toBeCloseTo(45, 0)
    await clickNamed(page, 'Position')
    // The middle of the bar.
    await eventually(() => page.evaluate(() => document.querySelector('rtsp-player')?.currentTime)).toBeCloseTo(30, 0)
    await scene.see(page, 'recording')
    await page.press('Home')
    await eventually(() => page.evaluate(() => document.querySelector('rtsp-player')?.currentTime)).toBeLessThan(0.5)
    expect(await page.errors()).toEqual([])
  },
}

const end: Feature = {
  name: 'recordings: another pace, their end, playing again, and `loop`',
  async test(scene) {
    const page = await openRecording(scene)
    await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const told = new Promise((resolve) => player?.addEventListener('ratechange', resolve, { once: true }))
      if (player) player.playbackRate = 2
      await told
    })
    const pace = () =>
      page.evaluate(async () => {
        const player = document.querySelector('rtsp-player')
        const [time, now] = [player?.currentTime ?? 0, performance.now()]
        for (let i = 0; i < 25; i++) await new Promise((go) => player?.requestVideoFrameCallback(go))
        return ((player?.currentTime ?? 0) - time) / ((performance.now() - now) / 1000)
      })
    await eventually(pace).toBeCloseTo(2, 0.5)
    await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      if (player) player.playbackRate = 1
    })
    await seek(page, 59)
    await playerIs(page, ['ended'])
    await scene.see(page, 'ended')
    expect((await seen(page, 1))[0]).toBeGreaterThan(59.5)
    await clickNamed(page, 'Play again')
    await playerIs(page, ['playing'])
    expect((await seen(page, 3))[0]).toBeLessThan(3)
    await page.evaluate(() => document.querySelector('rtsp-player')?.setAttribute('loop', ''))
    await seek(page, 59)
    await eventually(async () => (await seen(page, 1))[0] ?? Number.POSITIVE_INFINITY).toBeLessThan(5)
    await playerIs(page, ['playing'])
    expect(await page.errors()).toEqual([])
  },
}

export const RECORDED: readonly Feature[] = [places, end]
