import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { ARRANGEMENTS } from '../support/arrangements.ts'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startGstServer } from '../support/gst-server.ts'
import { readFrames, WALL_CLOCK } from '../support/painted-frames.ts'

const stage = browserStage({ camera: startCamera, gstreamer: startGstServer }, ({ camera, gstreamer }) => ({
  allow: [`127.0.0.1:${camera.port}`, `127.0.0.1:${gstreamer.port}`],
  streams: { lobby: { url: camera.url }, mjpeg: { url: camera.url.replace(/[^/]*$/, 'mjpeg') } },
}))

/** Seconds between the capture of the pictures on the screen, by the clock that is painted into them, and now. */
async function age(page: Page): Promise<number> {
  const frames = await readFrames(page, WALL_CLOCK, 15)
  const ages = frames.map(({ value, shownAt }) => (shownAt - value) / 1000).sort((a, b) => a - b)
  return ages[7] ?? Number.NaN
}

const call = (page: Page, name: 'pause' | 'play' | 'goLive'): Promise<void> =>
  page.evaluate(async (name) => {
    const player = document.querySelector('rtsp-player')
    await player?.[name]()
  }, name)

const state = (page: Page) => page.evaluate(() => document.querySelector('rtsp-player')?.state)

async function playing(src: string, timeShift: number, prepare?: () => void, more = '') {
  const tab = await stage.open(`?${more}&src=${encodeURIComponent(src)}`, prepare)
  await tab.page.evaluate((seconds) => {
    const player = document.querySelector('rtsp-player')
    if (player) player.timeShift = seconds
  }, timeShift)
  await playerIs(tab.page, 'playing')
  // The attribute opens the stream once more, behind the picture.
  await tab.page.waitForFunction(() => (document.querySelector('rtsp-player')?.seekable.length ?? 0) > 0)
  return tab
}

describe.each(ARRANGEMENTS)('a live stream that is kept, $name', ({ prepare }) => {
  it('stands when it is paused, goes on from there, is sought in, and comes back to the present', async () => {
    const { page, errors } = await playing(stage.gstreamer.url('/clock-aac'), 60, prepare)
    const sessions = stage.bridge.viewers
    await page.waitForTimeout(3_000)
    const present = await age(page)

    await call(page, 'pause')
    expect(await state(page)).toBe('paused')
    const standing = () => page.evaluate(() => document.querySelector('rtsp-player')?.currentTime ?? 0)
    const stoodAt = await standing()
    await page.waitForTimeout(4_000)
    expect(await standing()).toBe(stoodAt)
    expect(await state(page)).toBe('paused')
    expect(stage.bridge.viewers).toBe(sessions)

    await call(page, 'play')
    expect(await state(page)).toBe('playing')
    const shifted = await age(page)
    expect(shifted - present).toBeGreaterThan(3.5)
    expect(shifted - present).toBeLessThan(6)
    // Nothing pulls it to the edge, and nothing calls it old.
    await page.waitForTimeout(2_000)
    expect(await age(page)).toBeGreaterThan(shifted - 0.5)
    const told = await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      return { stale: player?.stale, live: (player?.liveEdgeStart ?? 0) <= (player?.currentTime ?? 0) }
    })
    expect(told).toEqual({ stale: false, live: false })

    await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      if (player) player.currentTime -= 3
    })
    const further = await age(page)
    expect(further - shifted).toBeGreaterThan(2.5)
    expect(further - shifted).toBeLessThan(5)

    await call(page, 'goLive')
    await page.waitForTimeout(1_000)
    expect((await age(page)) - present).toBeLessThan(0.7)
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.targetLiveWindow)).toBe(
      Number.POSITIVE_INFINITY,
    )
    expect(errors).toEqual([])
  })
})

describe('what is kept of a live stream', () => {
  it('is no more than was wanted, and a picture that stood for longer goes on with the oldest', async () => {
    const { page } = await playing(stage.gstreamer.url('/clock'), 5)
    await page.waitForTimeout(2_000)
    await call(page, 'pause')
    await page.waitForTimeout(16_000)
    const kept = await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      const { seekable, buffered } = player ?? {}
      return {
        seekable: (seekable?.end(0) ?? 0) - (seekable?.start(0) ?? 0),
        buffered: (buffered?.end(0) ?? 0) - (buffered?.start(0) ?? 0),
      }
    })
    expect(kept.seekable).toBeCloseTo(5, 0)
    // Looked at each five seconds, and whole groups of pictures.
    expect(kept.buffered).toBeLessThan(13)
    await call(page, 'play')
    expect(await age(page)).toBeLessThan(14)
  })

  it('is left by pressing "live" while it is paused', async () => {
    const { page } = await playing(stage.gstreamer.url('/clock'), 60)
    await page.waitForTimeout(1_000)
    const present = await age(page)
    await call(page, 'pause')
    await page.waitForTimeout(3_000)
    await call(page, 'goLive')
    expect(await state(page)).toBe('playing')
    await page.waitForTimeout(500)
    expect((await age(page)) - present).toBeLessThan(0.7)
  })

  it('is nothing where it was not asked for: pausing ends the stream', async () => {
    const { page } = await stage.open('?src=lobby')
    await playerIs(page, 'playing')
    const before = await page.evaluate(() => document.querySelector('rtsp-player')?.seekable.length)
    expect(before).toBe(0)
    const { viewers } = stage.bridge
    await call(page, 'pause')
    await expect.poll(() => stage.bridge.viewers).toBe(viewers - 1)
  })

  it('is nothing where its code cannot be loaded, which says so and leaves the picture alone', async () => {
    const page = await stage.browser.newPage()
    await page.route('**/time-shift-*.js', (route) => route.abort())
    await page.goto(`${stage.url}?src=lobby`)
    await playerIs(page, 'playing')
    const [code, emptied] = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      let emptied = 0
      player?.video.addEventListener('emptied', () => emptied++)
      const code = await new Promise<string>((resolve) => {
        player?.addEventListener('streamwarning', ({ detail }) => resolve(detail.code))
        if (player) player.timeShift = 30
      })
      return [code, emptied] as const
    })
    expect([code, emptied]).toEqual(['part-not-loaded', 0])
    await page.waitForFunction(() => (document.querySelector('rtsp-player')?.statistics?.picturesShown ?? 0) > 20)
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.decoderRestarts)).toBe(0)
  })

  it('is nothing where no media element shows the stream, which says so', async () => {
    const { page } = await stage.open()
    const warning = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      if (!player) return
      player.timeShift = 30
      const told = new Promise<string>((resolve) =>
        player.addEventListener('streamwarning', ({ detail }) => resolve(detail.message)),
      )
      player.src = 'mjpeg'
      return told
    })
    expect(warning).toMatch(/Media Source Extensions/)
    await playerIs(page, 'playing')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.seekable.length)).toBe(0)
  })
})
