import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { createBridge } from '../../bridge/index.ts'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { buildVisualConfig, I_VOP } from '../protocol/codec/mpeg4-visual-builder.ts'
import { clickControl, launchChromium, openTab, playerIs, shownText } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startGstServer } from '../support/gst-server.ts'
import { FRAME_NUMBER, readFrames, WALL_CLOCK } from '../support/painted-frames.ts'
import { rtp } from '../support/scripted-camera.ts'
import { startScriptedRtspListener } from '../support/scripted-rtsp-listener.ts'

const stage = browserStage({ camera: startCamera, gstreamer: startGstServer }, ({ camera, gstreamer }) => ({
  allow: [`127.0.0.1:${gstreamer.port}`],
  streams: { lobby: { url: camera.url }, recording: { url: camera.recordingUrl } },
}))

const open = async (src: string, renderer = 'auto') => {
  const query = `src=${encodeURIComponent(src)}&renderer=${renderer}`
  const tab = await stage.open(`?${query}`)
  await playerIs(tab.page, 'playing')
  return tab
}

/** What the element tells of who shows what. */
const told = (page: Page) =>
  page.evaluate(() => {
    const player = document.querySelector('rtsp-player')
    if (!player) throw new Error('There is no player')
    const { statistics, picture, videoWidth, videoHeight, readyState } = player
    return {
      video: statistics?.video,
      audio: statistics?.audio,
      restarts: statistics?.decoderRestarts,
      shownBy: picture?.tagName,
      videoWidth,
      videoHeight,
      readyState,
    }
  })

/** Frame numbers of the clip, which begins anew after 1500, as steps from one picture to the next. */
const steps = (numbers: number[]) => numbers.slice(1).map((number, i) => (number - (numbers[i] ?? 0) + 1500) % 1500)

/** The pictures of the simulated camera are shown, each but a few, and in their order. */
const advances = async (page: Page, count = 40) => {
  const forward = steps((await readFrames(page, FRAME_NUMBER, count)).map(({ value }) => value))
  // The page may look at a canvas between two pictures, and see one of them twice.
  expect(Math.max(...forward)).toBeLessThan(10)
  expect(forward.filter((step) => step > 0).length).toBeGreaterThan(count * 0.7)
  expect(forward.reduce((sum, step) => sum + step, 0)).toBeLessThan(count * 1.6)
}

describe('H.264 by WebCodecs', () => {
  it('shows every picture in its turn on a canvas that a worker paints', async () => {
    const { page, errors } = await open('lobby', 'webcodecs')
    await advances(page, 60)
    expect(await told(page)).toMatchObject({
      video: { codec: 'avc1.4D401E', renderer: 'webcodecs', reason: 'H.264 by WebCodecs: it was asked for' },
      restarts: 0,
      shownBy: 'CANVAS',
      videoWidth: 640,
      videoHeight: 360,
      readyState: 4,
    })
    expect(page.workers()).toHaveLength(1)
    expect(errors).toEqual([])
  })

  it('shows a picture soon after it was captured', async () => {
    const { page } = await open(stage.gstreamer.url('/clock'), 'webcodecs')
    const delays = (await readFrames(page, WALL_CLOCK, 60)).map(({ shownAt, value }) => shownAt - value)
    delays.sort((a, b) => a - b)
    expect(delays[0]).toBeGreaterThan(0)
    expect(delays[30]).toBeLessThan(1_000)
  })

  it('tells of each picture when it was captured, received and shown', async () => {
    const { page } = await open('lobby', 'webcodecs')
    const frames = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const frames: VideoFrameCallbackMetadata[] = []
      while (player && frames.length < 30) {
        frames.push(await new Promise((resolve) => player.requestVideoFrameCallback((_, frame) => resolve(frame))))
      }
      return frames
    })
    for (const [i, frame] of frames.entries()) {
      expect(frame).toMatchObject({ width: 640, height: 360 })
      expect(frame.expectedDisplayTime).toBeGreaterThan(frame.receiveTime ?? Number.NaN)
      expect(frame.expectedDisplayTime - (frame.receiveTime ?? 0)).toBeLessThan(1_000)
      const before = frames[i - 1]
      if (!before) continue
      expect(frame.mediaTime).toBeGreaterThan(before.mediaTime)
      expect(frame.presentedFrames).toBeGreaterThan(before.presentedFrames)
    }
    // By the camera's clock, which is that of this machine.
    const { captureTime = Number.NaN, expectedDisplayTime = 0 } = frames.at(-1) ?? {}
    expect(Math.abs(expectedDisplayTime - captureTime)).toBeLessThan(2_000)
  })

  it('shows pictures that come in another order than they are seen in in the order of their times', async () => {
    const { page, errors } = await open(stage.gstreamer.url('/h264-b'), 'webcodecs')
    const times = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const times: number[] = []
      while (player && times.length < 60) {
        times.push(
          await new Promise((resolve) => player.requestVideoFrameCallback((_, frame) => resolve(frame.mediaTime))),
        )
      }
      return times
    })
    const forward = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    expect(Math.min(...forward)).toBeGreaterThan(0)
    expect(errors).toEqual([])
  })

  it('runs in the page where the worker cannot be had', async () => {
    const page = await stage.browser.newPage()
    await page.route('**/stream-worker*', (route) => route.abort())
    await page.goto(`${stage.url}?renderer=webcodecs`)
    await playerIs(page, 'playing')
    expect(page.workers()).toHaveLength(0)
    await advances(page)
  })

  it('goes on with another decoder when one gives up', async () => {
    const page = await stage.browser.newPage()
    // The page's own decoder can be made to fail; that of a worker is out of reach.
    await page.route('**/stream-worker*', (route) => route.abort())
    await page.addInitScript(() => {
      const { VideoDecoder: Original } = globalThis
      let decoders = 0
      globalThis.VideoDecoder = class extends Original {
        constructor(init: VideoDecoderInit) {
          super(init)
          decoders += 1
          if (decoders > 1) return
          setTimeout(() => {
            this.close()
            init.error(new DOMException('It broke', 'EncodingError'))
          }, 1_500)
        }
      }
    })
    await page.goto(`${stage.url}?renderer=webcodecs`)
    await playerIs(page, 'playing')
    await page.waitForFunction(() => document.querySelector('rtsp-player')?.statistics?.decoderRestarts === 1)
    await advances(page)
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.reconnects)).toBe(0)
  })

  it('comes back with another canvas when the worker breaks, and the last picture stays meanwhile', async () => {
    const { page } = await open('lobby', 'webcodecs')
    await readFrames(page, FRAME_NUMBER, 10)
    await page.workers()[0]?.evaluate(() => {
      setTimeout(() => {
        throw new Error('It broke')
      })
    })
    await playerIs(page, 'reconnecting')
    const canvases = () => document.querySelector('rtsp-player')?.shadowRoot?.querySelectorAll('[part=picture]').length
    expect(await page.evaluate(canvases)).toBeGreaterThan(0)
    await playerIs(page, 'playing')
    await advances(page)
    expect(await page.evaluate(canvases)).toBe(1)
  })

  it('keeps the picture while it is paused, and plays on at the live edge', async () => {
    const { page } = await open(stage.gstreamer.url('/clock'), 'webcodecs')
    await clickControl(page, 'Pause')
    await playerIs(page, 'paused')
    await expect.poll(() => stage.bridge.viewers).toBe(0)
    const isBlack = await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      const context = new OffscreenCanvas(640, 360).getContext('2d')
      if (!context || !player?.picture) return true
      context.drawImage(player.picture, 0, 0)
      return context.getImageData(0, 0, 640, 360).data.every((value, i) => i % 4 === 3 || value < 40)
    })
    expect(isBlack).toBe(false)
    await clickControl(page, 'Play')
    await playerIs(page, 'playing')
    const delays = (await readFrames(page, WALL_CLOCK, 20)).map(({ shownAt, value }) => shownAt - value)
    expect(Math.min(...delays)).toBeLessThan(400)
  })
})

describe('the renderer', () => {
  it('is Media Source Extensions for H.264, and the page says why', async () => {
    const { page } = await open('lobby')
    expect(await told(page)).toMatchObject({
      video: { renderer: 'media-source', reason: 'H.264 by Media Source Extensions' },
      shownBy: 'VIDEO',
    })
  })

  it('is another where the one that was asked for cannot, with a warning', async () => {
    const page = await stage.browser.newPage()
    const warning = page.waitForEvent('console', (message) => message.text().startsWith('warning'))
    await page.addInitScript(() =>
      document.addEventListener('readystatechange', () => {
        const player = document.querySelector('rtsp-player')
        player?.addEventListener('streamwarning', ({ detail }) => console.log('warning', detail.message))
      }),
    )
    await page.goto(`${stage.url}?renderer=jpeg`)
    expect((await warning).text()).toContain('H.264 is no series of images')
    await playerIs(page, 'playing')
    expect(await told(page)).toMatchObject({ video: { renderer: 'media-source' } })
    await advances(page)
  })

  it('is changed while it plays, and there is a picture all the time', async () => {
    const { page, errors } = await open('lobby')
    await readFrames(page, FRAME_NUMBER, 5)
    for (const [renderer, shownBy] of [
      ['webcodecs', 'CANVAS'],
      ['media-source', 'VIDEO'],
    ] as const) {
      const dark = await page.evaluate(
        async ({ renderer, shownBy }) => {
          const player = document.querySelector('rtsp-player')
          const context = new OffscreenCanvas(64, 36).getContext('2d', { willReadFrequently: true })
          if (!player || !context) throw new Error('There is no player')
          player.renderer = renderer
          let dark = 0
          let after = 0
          while (after < 30) {
            await new Promise(requestAnimationFrame)
            if (player.picture?.tagName === shownBy && player.state === 'playing') after += 1
            // What lies on the screen, from the bottom to the top.
            context.clearRect(0, 0, 64, 36)
            for (const layer of player.shadowRoot?.querySelectorAll<HTMLVideoElement | HTMLCanvasElement>(
              'canvas, video',
            ) ?? []) {
              if (!layer.hidden && layer.clientWidth > 0) context.drawImage(layer, 0, 0, 64, 36)
            }
            const { data } = context.getImageData(0, 0, 64, 36)
            if (data.every((value, i) => i % 4 === 3 || value < 24)) dark += 1
          }
          return dark
        },
        { renderer, shownBy },
      )
      expect(dark).toBe(0)
      expect(await told(page)).toMatchObject({ shownBy, video: { renderer } })
      await advances(page)
    }
    expect(
      await page.evaluate(() => document.querySelector('rtsp-player')?.shadowRoot?.querySelectorAll('canvas').length),
    ).toBe(1)
    expect(errors).toEqual([])
  })

  it.each([
    ['JPEG', '/mjpeg', { codec: 'jpeg', renderer: 'jpeg' }],
    ['VP8, which MP4 holds for no browser', '/vp8', { renderer: 'webcodecs' }],
  ] as const)('is a canvas for %s', async (_, mount, video) => {
    const { page, errors } = await open(stage.gstreamer.url(mount))
    await page.waitForTimeout(1_000)
    const frames = await readFrames(page, WALL_CLOCK, 40)
    const delays = frames.map(({ shownAt, value }) => shownAt - value).sort((a, b) => a - b)
    expect(delays[0]).toBeGreaterThan(0)
    expect(delays[20]).toBeLessThan(1_000)
    expect(new Set(frames.map(({ value }) => value)).size).toBeGreaterThan(25)
    const now = await told(page)
    expect(now).toMatchObject({ video, shownBy: 'CANVAS', videoWidth: 640, videoHeight: 360 })
    expect(now.video?.reason).toMatch(/ by .*: .*Media Source Extensions|: MP4 cannot hold JPEG/)
    expect(errors).toEqual([])
  })
})

describe('a track that no browser plays', () => {
  const CONFIG = buildVisualConfig({ lowDelay: true })
  /** MPEG-4 Visual, and beside it G.711 where it is wanted. Nothing of the pictures has to be decodable. */
  const listen = (withSound: boolean) =>
    startScriptedRtspListener((connection) => {
      const video = [
        'm=video 0 RTP/AVP 96',
        'a=rtpmap:96 MP4V-ES/90000',
        `a=fmtp:96 profile-level-id=1; config=${Buffer.from(CONFIG).toString('hex')}`,
        'a=control:trackID=0',
      ]
      const audio = ['m=audio 0 RTP/AVP 0', 'a=control:trackID=1']
      let ticks = 0
      const send = () => {
        if (connection.closed) return
        connection.sendFrame(0, rtp(Uint8Array.from(I_VOP), ticks * 1800))
        if (withSound) connection.sendFrame(2, rtp(new Uint8Array(160).fill(0xff), ticks * 160, false, 0))
        ticks += 1
        setTimeout(send, 20)
      }
      return ({ method, uri }) => {
        if (method === 'DESCRIBE') return { body: ['v=0', ...video, ...(withSound ? audio : [])].join('\r\n') }
        if (method === 'PLAY') setTimeout(send, 10)
        const channels = uri.endsWith('1') ? '2-3' : '0-1'
        const transport = { Transport: `RTP/AVP/TCP;unicast;interleaved=${channels}` }
        return { headers: { Session: '1', ...(method === 'SETUP' ? transport : {}) } }
      }
    })

  it('is told with what helps, where there is nothing else to play', async () => {
    const server = await listen(false)
    const other = await createBridge({ pageDirectory: stage.directory, allow: [`127.0.0.1:${server.port}`] })
    const { page } = await openTab(stage.browser, `${other.url}?src=rtsp://127.0.0.1:${server.port}/live`)
    await playerIs(page, 'failed')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.error?.code)).toBe('codec-unsupported')
    expect(await shownText(page)).toMatch(/^\s*No browser plays MPEG-4 Visual\s+Set the camera to H\.264\.\s+Try again/)
    await page.close()
    await Promise.all([other.close(), server.close()])
  })

  it('does not stop the other', async () => {
    const server = await listen(true)
    const other = await createBridge({ pageDirectory: stage.directory, allow: [`127.0.0.1:${server.port}`] })
    const page = await stage.browser.newPage()
    await page.addInitScript(() =>
      document.addEventListener('readystatechange', () => {
        const player = document.querySelector('rtsp-player')
        player?.addEventListener('streamwarning', ({ detail }) => console.log('warning', detail.message, detail.advice))
      }),
    )
    const warning = page.waitForEvent('console', (message) => message.text().startsWith('warning'))
    await page.goto(`${other.url}?src=rtsp://127.0.0.1:${server.port}/live`)
    expect((await warning).text()).toContain('Set the camera to H.264')
    await playerIs(page, 'playing')
    expect(await told(page)).toMatchObject({ video: { renderer: 'none' }, audio: { renderer: 'media-source' } })
    await page.close()
    await Promise.all([other.close(), server.close()])
  })
})

describe('a renderer whose code does not come', () => {
  it('is told as that, and tried again', async () => {
    const page = await stage.browser.newPage()
    await page.route('**/canvas-renderer-*.js', (route) => route.abort())
    await page.goto(`${stage.url}?renderer=webcodecs`)
    await playerIs(page, 'reconnecting')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.error?.code)).toBe('part-not-loaded')
    await page.unroute('**/canvas-renderer-*.js')
    await playerIs(page, 'playing')
    await advances(page)
  })
})

describe('a page that was not opened by HTTPS', () => {
  it('plays JPEG, and says of VP8 what it would take', async () => {
    const chromium = await launchChromium()
    try {
      const page = await chromium.newPage()
      // Not the loopback's name, which counts as secure.
      await page.addInitScript(() => {
        Object.defineProperty(globalThis, 'isSecureContext', { value: false })
        for (const name of ['VideoDecoder', 'AudioDecoder', 'AudioWorkletNode'])
          Reflect.deleteProperty(globalThis, name)
      })
      await page.route('**/stream-worker*', (route) => route.abort())
      await page.goto(`${stage.url}?src=${encodeURIComponent(stage.gstreamer.url('/mjpeg'))}`)
      await playerIs(page, 'playing')
      expect(await told(page)).toMatchObject({ video: { renderer: 'jpeg' } })
      await page.goto(`${stage.url}?src=${encodeURIComponent(stage.gstreamer.url('/vp8'))}`)
      await playerIs(page, 'failed')
      expect(await shownText(page)).toContain('needs a page that was opened by HTTPS')
    } finally {
      await chromium.close()
    }
  })
})

describe('a recording on a canvas', () => {
  const second = async (page: Page) => ((await readFrames(page, FRAME_NUMBER, 1))[0]?.value ?? Number.NaN) / 25

  it('plays from its beginning, pauses, is sought in, and ends', async () => {
    const { page, errors } = await open('recording', 'webcodecs')
    const numbers = (await readFrames(page, FRAME_NUMBER, 40)).map(({ value }) => value)
    expect((numbers[0] ?? Number.NaN) / 25).toBeLessThan(3)
    expect(Math.max(...steps(numbers))).toBeLessThan(10)

    await clickControl(page, 'Pause')
    await playerIs(page, 'paused')
    const place = () => page.evaluate(() => document.querySelector('rtsp-player')?.currentTime ?? Number.NaN)
    const paused = await place()
    await page.waitForTimeout(700)
    expect(await place()).toBe(paused)
    await clickControl(page, 'Play')
    await playerIs(page, 'playing')
    expect(await second(page)).toBeGreaterThan(paused - 0.2)

    for (const wanted of [40, 12]) {
      await page.evaluate(async (wanted) => {
        const player = document.querySelector('rtsp-player')
        const sought = new Promise((resolve) => player?.addEventListener('seeked', resolve, { once: true }))
        if (player) player.currentTime = wanted
        await sought
      }, wanted)
      await readFrames(page, FRAME_NUMBER, 20)
      const shown = await second(page)
      expect(shown).toBeGreaterThan(wanted)
      expect(shown).toBeLessThan(wanted + 3)
      expect(Math.abs((await place()) - shown)).toBeLessThan(0.5)
    }
    await page.evaluate(() => Object.assign(document.querySelector('rtsp-player') ?? {}, { currentTime: 58.5 }))
    await playerIs(page, 'ended')
    expect(errors).toEqual([])
  })
})
