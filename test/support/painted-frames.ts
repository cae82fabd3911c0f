import type { Page } from 'playwright-core'
import type {} from '../../web/rtsp-player.ts'

/** Where a number is painted into the picture as black and white blocks, most significant bit first (pixels of the video). */
export interface PaintedNumber {
  readonly bits: number
  readonly left: number
  readonly pitch: number
  readonly row: number
}

/** The wall clock in milliseconds, as `gst-server.py` paints it into `/clock`. */
export const WALL_CLOCK: PaintedNumber = { bits: 48, left: 6, pitch: 13, row: 16 }
/** The number of the frame in the clip of the simulated camera (see `make-clip.sh`). */
export const FRAME_NUMBER: PaintedNumber = { bits: 16, left: 200, pitch: 16, row: 344 }

export interface PaintedFrame {
  readonly value: number
  /** When the browser shows it, milliseconds since 1970. */
  readonly shownAt: number
}

/** Reads the number from the pixels of the frames that the player shows, on a video element or on a canvas, one after the other. */
export const readFrames = (page: Page, place: PaintedNumber, count: number): Promise<PaintedFrame[]> =>
  page.evaluate(
    async ({ place, count }) => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      const canvas = new OffscreenCanvas(640, 1)
      const context = canvas.getContext('2d', { willReadFrequently: true })
      if (!context) throw new Error('There is no canvas')
      const frames: { value: number; shownAt: number }[] = []
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`Only ${frames.length} of ${count} frames were shown`)), 15_000)
        const read = (_now: number, frame: VideoFrameCallbackMetadata) => {
          if (player.picture) context.drawImage(player.picture, 0, -place.row)
          const { data } = context.getImageData(0, 0, 640, 1)
          let value = 0
          for (let bit = 0; bit < place.bits; bit++) {
            value = value * 2 + ((data[(place.left + bit * place.pitch) * 4] ?? 0) > 128 ? 1 : 0)
          }
          frames.push({ value, shownAt: performance.timeOrigin + frame.expectedDisplayTime })
          if (frames.length < count) player.requestVideoFrameCallback(read)
          else {
            clearTimeout(timer)
            resolve()
          }
        }
        player.requestVideoFrameCallback(read)
      })
      return frames
    },
    { place, count },
  )
