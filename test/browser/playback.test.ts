import { describe, expect, it } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { ARRANGEMENTS, arrangementOf } from '../support/arrangements.ts'
import { clickControl, launchChromium, playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startGstServer } from '../support/gst-server.ts'
import { FRAME_NUMBER, readFrames, WALL_CLOCK } from '../support/painted-frames.ts'

const stage = browserStage({ camera: startCamera, gstreamer: startGstServer }, ({ camera, gstreamer }) => ({
  allow: [`127.0.0.1:${camera.port}`, `127.0.0.1:${gstreamer.port}`],
  streams: { lobby: { url: camera.url } },
}))

describe.each(ARRANGEMENTS)('$name', ({ prepare, workers, source }) => {
  const open = (src: string, renderer = 'auto') =>
    stage.open(`?renderer=${renderer}&src=${encodeURIComponent(src)}`, prepare)

  describe('the demo page', () => {
    it('plays the simulated camera by itself, every frame in its turn', async () => {
      const { page, errors } = await stage.open('', prepare)
      await playerIs(page, 'playing')
      expect(await arrangementOf(page)).toEqual({ workers, source })
      const frames = await readFrames(page, FRAME_NUMBER, 60)
      const numbers = frames.map((frame) => frame.value)
      const steps = numbers.slice(1).map((number, i) => (number - (numbers[i] ?? 0) + 1500) % 1500)
      expect(Math.max(...numbers)).toBeLessThan(1500)
      // On a busy machine the browser may skip one, but never goes back and never stands still.
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(1)
      expect(steps.reduce((sum, step) => sum + step, 0)).toBeLessThan(90)
      expect(errors).toEqual([])
    })

    it('shows GStreamer’s pictures as they were painted', async () => {
      const { page, errors } = await open(stage.gstreamer.url('/clock'))
      await playerIs(page, 'playing')
      await page.waitForTimeout(2_000)
      const delays = (await readFrames(page, WALL_CLOCK, 60)).map((frame) => frame.shownAt - frame.value)
      delays.sort((a, b) => a - b)
      // A wrong bit would be off by years, or land before the capture. How small the delay is, the benchmarks tell.
      expect(delays[0]).toBeGreaterThan(0)
      expect(delays[30]).toBeLessThan(5_000)
      expect(errors).toEqual([])
    })

    it('tells codec, size, frame rate, bitrate and delay', async () => {
      const { page } = await open(stage.gstreamer.url('/clock'))
      await page.waitForFunction(() => document.getElementById('bitrate')?.textContent?.includes('bit/s'))
      await page.waitForFunction(() => document.getElementById('delay')?.textContent?.includes('ms'))
      expect(await page.textContent('#codec')).toMatch(/^avc1\.[0-9A-F]{6}$/)
      expect(await page.textContent('#size')).toBe('640×360')
      expect(Number.parseFloat((await page.textContent('#frame-rate')) ?? '')).toBeGreaterThan(20)
    })

    it('plays 1080p', async () => {
      const { page } = await open(stage.gstreamer.url('/h264-1080'))
      await playerIs(page, 'playing')
      const size = await page.evaluate(() => {
        const player = document.querySelector('rtsp-player')
        return [player?.videoWidth, player?.videoHeight]
      })
      expect(size).toEqual([1920, 1080])
    })
  })

  describe('sound', () => {
    /** Energy of what the video element plays, over two ticks of the test source. */
    const loudness = (page: Awaited<ReturnType<typeof open>>['page']) =>
      page.evaluate(async () => {
        const video = document.querySelector('rtsp-player')?.video
        if (!video) return 0
        const context = new AudioContext()
        const analyser = context.createAnalyser()
        context.createMediaElementSource(video).connect(analyser)
        const samples = new Float32Array(analyser.fftSize)
        let peak = 0
        const end = performance.now() + 4_500
        while (performance.now() < end) {
          analyser.getFloatTimeDomainData(samples)
          for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        return peak
      })

    const decodedSound = () =>
      (document.querySelector('rtsp-player')?.video as { webkitAudioDecodedByteCount?: number } | null)
        ?.webkitAudioDecodedByteCount ?? 0

    it('is not even decoded while muted, and is heard once it is switched on', async () => {
      const { page, errors } = await open(stage.gstreamer.url('/h264-aac'), 'media-source')
      await playerIs(page, 'playing')
      await page.waitForTimeout(1_000)
      expect(await page.evaluate(decodedSound)).toBe(0)

      await page.evaluate(async () => {
        const player = document.querySelector('rtsp-player')
        if (!player) return
        player.muted = false
        await player.updateComplete
        await new Promise((resolve) => player.video?.requestVideoFrameCallback(resolve))
      })
      expect(await loudness(page)).toBeGreaterThan(0.01)
      expect(await page.evaluate(decodedSound)).toBeGreaterThan(0)
      expect(await page.evaluate(() => document.querySelector('rtsp-player')?.state)).toBe('playing')
      expect(errors).toEqual([])
    })

    it('plays without a picture', async () => {
      const { page } = await open(stage.gstreamer.url('/audio-only'))
      await playerIs(page, 'playing')
      await clickControl(page, 'Unmute')
      expect(await loudness(page)).toBeGreaterThan(0.01)
    })

    it('goes on without the picture standing still when it is muted again', async () => {
      const { page } = await open(stage.gstreamer.url('/clock-aac'))
      await playerIs(page, 'playing')
      await clickControl(page, 'Unmute')
      await readFrames(page, WALL_CLOCK, 30)
      await clickControl(page, 'Mute')
      const frames = await readFrames(page, WALL_CLOCK, 30)
      expect(new Set(frames.map((frame) => frame.value)).size).toBeGreaterThan(20)
    })
  })

  describe('the element', () => {
    it('pauses by ending the stream, keeps the picture, and plays on at the live edge', async () => {
      const { page } = await open(stage.gstreamer.url('/clock'))
      await playerIs(page, 'playing')
      await clickControl(page, 'Pause')
      await playerIs(page, 'paused')
      await expect.poll(() => stage.bridge.viewers).toBe(0)
      expect(await page.evaluate(() => document.querySelector('rtsp-player')?.readyState)).toBeGreaterThanOrEqual(2)
      await page.waitForTimeout(1_500)
      await clickControl(page, 'Play')
      await playerIs(page, 'playing')
      await page.waitForTimeout(1_500)
      const delays = (await readFrames(page, WALL_CLOCK, 20)).map((frame) => frame.shownAt - frame.value)
      expect(Math.min(...delays)).toBeLessThan(400)
    })

    it('closes its connection when it is taken from the document', async () => {
      const { page } = await open('lobby')
      await playerIs(page, 'playing')
      expect(stage.bridge.viewers).toBe(1)
      await page.evaluate(() => document.querySelector('rtsp-player')?.remove())
      await expect.poll(() => stage.bridge.viewers).toBe(0)
    })

    it('plays on when it is moved within the document', async () => {
      const { page } = await open('lobby')
      await playerIs(page, 'playing')
      await page.evaluate(() => {
        const player = document.querySelector('rtsp-player')
        if (player) document.body.append(player)
      })
      await readFrames(page, FRAME_NUMBER, 20)
      expect(await page.evaluate(() => document.querySelector('rtsp-player')?.state)).toBe('playing')
    })
  })
})

describe('the element', () => {
  it('asks for a click where the browser wants one before sound, and plays then', async () => {
    const strict = await launchChromium('document-user-activation-required')
    try {
      const page = await strict.newPage()
      // Before the page's own script, and heard by its log: every look into the page from here counts as a click in it.
      await page.addInitScript(() => {
        document.addEventListener('readystatechange', () => {
          const player = document.querySelector('rtsp-player')
          player?.removeAttribute('muted')
          player?.addEventListener('statechange', ({ detail }) => console.log(detail.name))
        })
      })
      const blocked = page.waitForEvent('console', (message) => message.text() === 'autoplay-blocked')
      await page.goto(stage.url)
      await blocked
      await expect.poll(() => stage.bridge.viewers).toBe(0)
      await page.getByRole('button', { name: 'Play', exact: true }).first().click()
      await playerIs(page, 'playing')
    } finally {
      await strict.close()
    }
  })

  it('runs in the page where the worker cannot be had', async () => {
    const page = await stage.browser.newPage()
    await page.route('**/stream-worker*', (route) => route.abort())
    await page.goto(stage.url)
    await playerIs(page, 'playing', 4_000)
    expect(page.workers()).toHaveLength(0)
    await readFrames(page, FRAME_NUMBER, 20)
  })

  it('plays on in another worker where the first hangs and says nothing', async () => {
    const { page } = await stage.open()
    await playerIs(page, 'playing')
    const [worker] = page.workers()
    worker
      ?.evaluate(() => {
        for (;;);
      })
      .catch(() => undefined)
    await playerIs(page, 'stalled')
    await playerIs(page, 'reconnecting')
    await playerIs(page, 'playing')
    await readFrames(page, FRAME_NUMBER, 20)
  })

  it('shares one worker among the players of a page', async () => {
    const { page } = await stage.open()
    await playerIs(page, 'playing')
    await page.evaluate(async () => {
      const second = document.createElement('rtsp-player')
      Object.assign(second, { src: 'lobby', muted: true })
      document.body.append(second)
      await second.updateComplete
      await second.play()
    })
    expect(page.workers()).toHaveLength(1)
    expect(stage.bridge.viewers).toBe(2)
  })
})
