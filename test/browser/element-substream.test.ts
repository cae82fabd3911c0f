import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startGstServer } from '../support/gst-server.ts'
import { readFrames, WALL_CLOCK } from '../support/painted-frames.ts'
import { eventsOf, faultsAmong, openPlayerPage, recordEvents } from '../support/player-page.ts'

const stage = browserStage({ gstreamer: startGstServer }, ({ gstreamer }) => ({
  streams: {
    dual: { url: gstreamer.url('/h264-1080'), substream: gstreamer.url('/clock'), mode: 'hub' },
    // Nothing is kept for those who come: the first picture takes up to two seconds.
    slow: { url: gstreamer.url('/h264-1080'), substream: gstreamer.url('/clock'), mode: 'proxy' },
    mixed: { url: gstreamer.url('/clock'), substream: gstreamer.url('/mjpeg'), mode: 'hub' },
    broken: { url: gstreamer.url('/clock'), substream: gstreamer.url('/nothing'), mode: 'hub' },
  },
}))

const open = async (body: string) => {
  const tab = await openPlayerPage(stage, body)
  await playerIs(tab.page, 'playing')
  return tab
}

/** Switches, and looks at every picture on the way: its width, and the longest time between two. */
const watched = (page: Page, substream: boolean, width: number) =>
  page.evaluate(
    async ({ substream, width }) => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      const shown: { width: number; at: number }[] = []
      const next = () =>
        new Promise<void>((resolve) => {
          player.requestVideoFrameCallback((at, frame) => {
            shown.push({ width: frame.width, at })
            resolve()
          })
        })
      await next()
      player.substream = substream
      let black = 0
      while (shown.at(-1)?.width !== width) {
        await next()
        if (player.videoWidth === 0 || player.readyState < player.HAVE_CURRENT_DATA) black += 1
      }
      for (let i = 0; i < 10; i++) await next()
      const gaps = shown.map(({ at }, i) => at - (shown[i - 1]?.at ?? at))
      return {
        widths: [...new Set(shown.map((frame) => frame.width))],
        longest: Math.max(...gaps),
        black,
        pictures: shown.length,
      }
    },
    { substream, width },
  )

it.each(['dual', 'slow'])('the substream of "%s" takes over without a gap, and the main stream again', async (src) => {
  const { page, errors } = await open(`<rtsp-player src="${src}" autoplay muted></rtsp-player>`)
  await recordEvents(page, ['statechange', 'emptied', 'pause', 'streamwarning'])
  const down = await watched(page, true, 640)
  const up = await watched(page, false, 1920)
  console.log(JSON.stringify({ src, down, up }))
  expect(down.widths).toEqual([1920, 640])
  expect(up.widths).toEqual([640, 1920])
  expect([down.black, up.black]).toEqual([0, 0])
  // A picture each 40 ms; without the session beside it the next keyframe is up to two seconds away, and a busy machine
  // takes a while for 1080p.
  expect(Math.max(down.longest, up.longest)).toBeLessThan(1_500)
  expect(faultsAmong(await eventsOf(page))).toEqual([])
  await expect.poll(() => stage.bridge.viewers).toBe(1)
  expect(errors).toEqual([])
})

it('is at the live edge after it', async () => {
  const { page } = await open('<rtsp-player src="dual" autoplay muted></rtsp-player>')
  await watched(page, true, 640)
  await page.waitForTimeout(1_500)
  const delays = (await readFrames(page, WALL_CLOCK, 20)).map(({ value, shownAt }) => shownAt - value)
  expect(Math.min(...delays)).toBeLessThan(1_000)
})

it('begins with the substream where it is wanted from the beginning', async () => {
  const { page } = await open('<rtsp-player src="dual" substream autoplay muted></rtsp-player>')
  expect(await page.evaluate(() => document.querySelector('rtsp-player')?.videoWidth)).toBe(640)
})

it('takes over from a media element to a canvas, and back', async () => {
  const { page, errors } = await open('<rtsp-player src="mixed" autoplay muted></rtsp-player>')
  await recordEvents(page, ['statechange', 'emptied', 'pause'])
  const renderer = () => page.evaluate(() => document.querySelector('rtsp-player')?.picture.localName)
  expect(await renderer()).toBe('video')
  await page.evaluate(() => document.querySelector('rtsp-player')?.toggleAttribute('substream', true))
  await expect.poll(renderer, { timeout: 20_000 }).toBe('canvas')
  await page.evaluate(() => document.querySelector('rtsp-player')?.toggleAttribute('substream', false))
  await expect.poll(renderer, { timeout: 20_000 }).toBe('video')
  await readFrames(page, WALL_CLOCK, 10)
  expect(faultsAmong(await eventsOf(page))).toEqual([])
  expect(errors).toEqual([])
})

it('plays on where the substream cannot be had, and says so', async () => {
  const { page } = await open('<rtsp-player src="broken" autoplay muted></rtsp-player>')
  const warning = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document
          .querySelector('rtsp-player')
          ?.addEventListener('streamwarning', ({ detail }) => resolve(detail.code), { once: true })
      }),
  )
  await page.evaluate(() => document.querySelector('rtsp-player')?.toggleAttribute('substream', true))
  expect(await warning).toBe('not-found')
  await readFrames(page, WALL_CLOCK, 20)
  expect(await page.evaluate(() => document.querySelector('rtsp-player')?.state)).toBe('playing')
})

it('ends where it was asked for last, however often it is asked', async () => {
  const { page, errors } = await open('<rtsp-player src="dual" autoplay muted></rtsp-player>')
  await page.evaluate(async () => {
    const player = document.querySelector('rtsp-player')
    for (let i = 0; i < 31; i++) {
      player?.toggleAttribute('substream')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
  await expect
    .poll(() => page.evaluate(() => document.querySelector('rtsp-player')?.videoWidth), { timeout: 20_000 })
    .toBe(640)
  await expect.poll(() => stage.bridge.viewers).toBe(1)
  await readFrames(page, WALL_CLOCK, 10)
  expect(errors).toEqual([])
})
