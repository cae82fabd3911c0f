import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startGstServer } from '../support/gst-server.ts'

const stage = browserStage({ camera: startCamera, gstreamer: startGstServer }, ({ camera, gstreamer }) => ({
  allow: [`127.0.0.1:${gstreamer.port}`],
  streams: { lobby: { url: camera.url } },
}))

/** Where a picture turns white (or flips) at the moment of a tick, in pixels of the video. */
interface Flash {
  readonly x: number
  readonly y: number
  readonly edges: 'rising' | 'both'
}

/**
 * Milliseconds from a flash on the screen to its tick in the loudspeaker, for each of `count` ticks. Both are the
 * browser's own times of presentation, so that a busy machine disturbs neither.
 */
const soundAfterPicture = (page: Page, flash: Flash, count: number): Promise<number[]> =>
  page.evaluate(
    async ({ flash, count }) => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      player.muted = false
      await player.updateComplete
      const { video } = player
      if (!video) throw new Error('There is no video')
      const audio = new AudioContext()
      const tap = audio.createScriptProcessor(256, 1, 1)
      audio.createMediaElementSource(video).connect(tap)
      tap.connect(audio.destination)
      const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
      if (!pixel) throw new Error('There is no canvas')

      const flashes: number[] = []
      let before: boolean | undefined
      const look = (_now: number, frame: VideoFrameCallbackMetadata) => {
        pixel.drawImage(video, flash.x, flash.y, 1, 1, 0, 0, 1, 1)
        const white = (pixel.getImageData(0, 0, 1, 1).data[0] ?? 0) > 128
        if (before !== undefined && white !== before && (white || flash.edges === 'both')) {
          flashes.push(frame.expectedDisplayTime)
        }
        before = white
        video.requestVideoFrameCallback(look)
      }
      video.requestVideoFrameCallback(look)

      const ticks: number[] = []
      let loudAt = Number.NEGATIVE_INFINITY
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`Only ${ticks.length} ticks were heard`)), 30_000)
        tap.onaudioprocess = ({ inputBuffer, playbackTime }) => {
          const { contextTime = 0, performanceTime = 0 } = audio.getOutputTimestamp()
          for (const [index, sample] of inputBuffer.getChannelData(0).entries()) {
            if (Math.abs(sample) < 0.05) continue
            const at = playbackTime + index / audio.sampleRate
            if (at - loudAt > 0.5) ticks.push(performanceTime + (at - contextTime) * 1000)
            loudAt = at
          }
          if (ticks.length < count + 1) return
          clearTimeout(timer)
          resolve()
        }
      })
      // The first tick may have been heard while the picture was still being built anew.
      return ticks.slice(1).map((tick) => {
        const offsets = flashes.map((shown) => tick - shown)
        return offsets.reduce((nearest, one) => (Math.abs(one) < Math.abs(nearest) ? one : nearest), Number.MAX_VALUE)
      })
    },
    { flash, count },
  )

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

// Apart from each other they are in `renderers-sound.test.ts`.
describe('sound and picture in one media element', () => {
  // The tap itself makes the sound some 50 ms late; what goes wrong with an alignment is several times that.
  it.each([
    ['of the simulated camera', () => 'lobby', { x: 604, y: 36, edges: 'rising' as const }],
    ['of GStreamer', () => stage.gstreamer.url('/h264-aac'), { x: 10, y: 10, edges: 'both' as const }],
  ])('%s come together', async (_, src, flash) => {
    const { page, errors } = await stage.open(`?renderer=media-source&src=${encodeURIComponent(src())}`)
    await playerIs(page, 'playing')
    const offset = median(await soundAfterPicture(page, flash, 5))
    expect(offset).toBeGreaterThan(-120)
    expect(offset).toBeLessThan(160)
    expect(errors).toEqual([])
  })
})
