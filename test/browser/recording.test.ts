import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { builtPage, clickControl, launchChromium, openTab, playerIs } from '../support/browser.ts'
import { Cable } from '../support/cable.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'
import { FRAME_NUMBER, type PaintedFrame, readFrames } from '../support/painted-frames.ts'

let browser: Browser
let bridge: Bridge
let camera: SimulatedCamera
let gstreamer: GstServer
let cable: Cable
let cablePort: number
const pages: Page[] = []

beforeAll(async () => {
  const pageDirectory = await builtPage()
  ;[browser, camera, gstreamer] = await Promise.all([launchChromium(), startCamera(), startGstServer()])
  cable = new Cable(camera.port)
  cablePort = await cable.listen()
  bridge = await createBridge({
    pageDirectory,
    allow: [`127.0.0.1:${cablePort}`, `127.0.0.1:${gstreamer.port}`],
    streams: { recording: { url: camera.recordingUrl }, lobby: { url: camera.url } },
  })
})

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close()
})

afterAll(async () => {
  await browser?.close()
  cable?.close()
  await Promise.all([bridge?.close(), camera?.close(), gstreamer?.stop()])
})

const open = async (src: string) => {
  const tab = await openTab(browser, `${bridge.url}?src=${encodeURIComponent(src)}`)
  pages.push(tab.page)
  await playerIs(tab.page, 'playing')
  return tab
}

/** Seconds of the recording that the pictures show: each holds its number. */
const shownSeconds = (frames: PaintedFrame[]) => frames.map((frame) => frame.value / 25)

/** Sets a property of the element, and waits for an event of it. */
const set = (page: Page, change: { currentTime?: number; playbackRate?: number }, event: string) =>
  page.evaluate(
    async ({ change, event }) => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      const told = new Promise((resolve) => player.addEventListener(event, resolve, { once: true }))
      Object.assign(player, change)
      await told
    },
    { change, event },
  )

/** What the element tells of itself, as an HTMLMediaElement would. */
const told = (page: Page) =>
  page.evaluate(() => {
    const player = document.querySelector('rtsp-player')
    if (!player) throw new Error('There is no player')
    const { currentTime, duration, paused, ended, seeking, playbackRate, state, seekable } = player
    const range = seekable.length > 0 ? [seekable.start(0), seekable.end(0)] : []
    return { currentTime, duration, paused, ended, seeking, playbackRate, state, seekable: range }
  })

/** The picture that is on the screen while nothing moves. */
const stillSecond = (page: Page) =>
  page.evaluate((place) => {
    const video = document.querySelector('rtsp-player')?.video
    const context = new OffscreenCanvas(640, 1).getContext('2d')
    if (!video || !context) throw new Error('There is no picture')
    context.drawImage(video, 0, -place.row)
    const { data } = context.getImageData(0, 0, 640, 1)
    let value = 0
    for (let bit = 0; bit < place.bits; bit++) {
      value = value * 2 + ((data[(place.left + bit * place.pitch) * 4] ?? 0) > 128 ? 1 : 0)
    }
    return value / 25
  }, FRAME_NUMBER)

describe.each(['the simulated camera', 'GStreamer’s server'])('a recording of %s', (server) => {
  const src = () => (server === 'the simulated camera' ? 'recording' : gstreamer.url('/recording'))

  it('plays from its beginning, and says how long it is', async () => {
    const { page, errors } = await open(src())
    const seconds = shownSeconds(await readFrames(page, FRAME_NUMBER, 40))
    expect(seconds[0]).toBeLessThan(3)
    const steps = seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0))
    expect(Math.min(...steps)).toBeGreaterThan(0)
    expect((seconds.at(-1) ?? 0) - (seconds[0] ?? 0)).toBeLessThan(2.5)
    const now = await told(page)
    expect(now).toMatchObject({ duration: 60, paused: false, ended: false, playbackRate: 1, seekable: [0, 60] })
    expect(Math.abs(now.currentTime - (seconds.at(-1) ?? 0))).toBeLessThan(0.3)
    expect(errors).toEqual([])
  })

  it('seeks forwards and backwards: the pictures are those of the place', async () => {
    const { page, errors } = await open(src())
    await readFrames(page, FRAME_NUMBER, 10)
    for (const place of [40.5, 12.2, 31]) {
      await set(page, { currentTime: place }, 'seeked')
      const [first = 0, ...others] = shownSeconds(await readFrames(page, FRAME_NUMBER, 20))
      // At the keyframe before the place at the earliest, and no later than what plays while the test looks.
      expect(first).toBeGreaterThan(place - 1.05)
      expect(first).toBeLessThan(place + 1)
      expect(others.at(-1)).toBeGreaterThan(first + 0.3)
      const { currentTime, state } = await told(page)
      expect(state).toBe('playing')
      expect(Math.abs(currentTime - (others.at(-1) ?? 0))).toBeLessThan(0.3)
    }
    expect(errors).toEqual([])
  })

  it('pauses, keeps its session and its place, and goes on there', async () => {
    const { page } = await open(src())
    await set(page, { currentTime: 20 }, 'seeked')
    await readFrames(page, FRAME_NUMBER, 20)
    await clickControl(page, 'Pause')
    await playerIs(page, 'paused')
    const before = await told(page)
    expect(before.paused).toBe(true)
    await page.waitForTimeout(1_500)
    expect(bridge.viewers).toBe(1)
    expect((await told(page)).currentTime).toBe(before.currentTime)
    await clickControl(page, 'Play')
    await playerIs(page, 'playing')
    const seconds = shownSeconds(await readFrames(page, FRAME_NUMBER, 50))
    expect(seconds[0]).toBeGreaterThanOrEqual(before.currentTime - 0.1)
    expect(seconds[0]).toBeLessThan(before.currentTime + 0.3)
    const steps = seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0))
    expect(Math.max(...steps)).toBeLessThan(0.25)
  })
})

describe('a recording', () => {
  it('plays at the pace that the server has, and tells which', async () => {
    const { page, errors } = await open('recording')
    await readFrames(page, FRAME_NUMBER, 5)
    const pace = async () => {
      const frames = await readFrames(page, FRAME_NUMBER, 40)
      const [first, last] = [frames[5], frames.at(-1)]
      if (!first || !last) throw new Error('No frames were shown')
      return ((last.value - first.value) * 40) / (last.shownAt - first.shownAt)
    }
    for (const [asked, used] of [
      [2, 2],
      [9, 4],
      [0.5, 0.5],
      [1, 1],
    ] as const) {
      await set(page, { playbackRate: asked }, 'ratechange')
      await page.waitForFunction((rate) => document.querySelector('rtsp-player')?.playbackRate === rate, used)
      await page.waitForTimeout(1_000)
      expect(Math.abs((await pace()) / used - 1)).toBeLessThan(0.2)
      expect(await told(page)).toMatchObject({ playbackRate: used, state: 'playing' })
    }
    expect(errors).toEqual([])
  })

  it('is sought in while it stands still, and shows the picture of the place', async () => {
    const { page } = await open('recording')
    await readFrames(page, FRAME_NUMBER, 5)
    await clickControl(page, 'Pause')
    await playerIs(page, 'paused')
    await set(page, { currentTime: 45 }, 'seeked')
    expect(await stillSecond(page)).toBeCloseTo(45, 1)
    await page.waitForTimeout(500)
    expect(await told(page)).toMatchObject({ paused: true, state: 'paused', currentTime: 45 })
    await clickControl(page, 'Play')
    const seconds = shownSeconds(await readFrames(page, FRAME_NUMBER, 20))
    expect(seconds[0]).toBeGreaterThan(44.9)
    expect(seconds[0]).toBeLessThan(45.5)
  })

  it('follows a slider that is dragged: the last place counts', async () => {
    const { page, errors } = await open('recording')
    await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      for (let place = 5; player && place <= 50; place += 1.5) {
        player.currentTime = place
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })
    await expect.poll(async () => Math.abs((await stillSecond(page)) - 50)).toBeLessThan(2)
    expect(await told(page)).toMatchObject({ state: 'playing', paused: false })
    expect(errors).toEqual([])
  })

  it('waits for the code that shows it, says where that is missing, and plays when it is there', async () => {
    const page = await browser.newPage()
    await page.route('**/recording-stage-*.js', (route) => route.abort())
    await page.goto(`${bridge.url}?src=recording`)
    await playerIs(page, 'reconnecting')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.error?.code)).toBe('part-not-loaded')
    await page.unroute('**/recording-stage-*.js')
    await playerIs(page, 'playing')
    expect(shownSeconds(await readFrames(page, FRAME_NUMBER, 10))[0]).toBeLessThan(2)
    await page.close()
  })

  it('ends behind its last picture, and plays again from the beginning', async () => {
    const { page } = await open('recording')
    await set(page, { currentTime: 58 }, 'seeked')
    await playerIs(page, 'ended')
    const end = await told(page)
    expect(end).toMatchObject({ ended: true, paused: true })
    expect(end.currentTime).toBeCloseTo(60, 0)
    expect(await stillSecond(page)).toBeGreaterThan(59.7)
    await expect.poll(() => bridge.viewers).toBe(0)
    await clickControl(page, 'Play')
    await playerIs(page, 'playing')
    expect(shownSeconds(await readFrames(page, FRAME_NUMBER, 10))[0]).toBeLessThan(2)
  })

  it('is opened anew where it was, when the connection breaks', async () => {
    const { page } = await open(`rtsp://127.0.0.1:${cablePort}/recording`)
    await set(page, { currentTime: 41 }, 'seeked')
    await readFrames(page, FRAME_NUMBER, 20)
    cable.cut()
    await playerIs(page, 'reconnecting')
    await playerIs(page, 'playing')
    const seconds = shownSeconds(await readFrames(page, FRAME_NUMBER, 10))
    expect(Math.min(...seconds)).toBeGreaterThan(40.9)
    expect(Math.max(...seconds)).toBeLessThan(45)
  })

  it('starts where it is wanted', async () => {
    const { page } = await open('lobby')
    await page.evaluate(async () => {
      document.querySelector('rtsp-player')?.remove()
      const player = document.createElement('rtsp-player')
      Object.assign(player, { src: 'recording', muted: true, currentTime: 33 })
      document.body.append(player)
      await player.updateComplete
      await player.play()
    })
    const [first = 0] = shownSeconds(await readFrames(page, FRAME_NUMBER, 3))
    expect(first).toBeGreaterThanOrEqual(33)
    expect(first).toBeLessThan(34.5)
  })
})

it('a live stream has no end, no other place and no other pace', async () => {
  const { page } = await open('lobby')
  await readFrames(page, FRAME_NUMBER, 10)
  await page.evaluate(() => {
    Object.assign(document.querySelector('rtsp-player') ?? {}, { currentTime: 1000, playbackRate: 2 })
  })
  const now = await told(page)
  expect(now).toMatchObject({ duration: Number.POSITIVE_INFINITY, seekable: [], playbackRate: 1, seeking: false })
  expect(now.currentTime).toBeLessThan(100)
})
