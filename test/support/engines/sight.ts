import type { PaintedNumber } from '../painted-frames.ts'
import type { BrowserPage } from './browser-driver.ts'

/** A number that was read from the pixels of the player, whichever way they came there. */
export interface SeenNumber {
  readonly value: number
  /** Milliseconds since 1970 when it was first seen. */
  readonly at: number
  /** What showed it. */
  readonly surface: 'video' | 'canvas'
}

/**
 * Watches the player's picture and reads the number in it, until it has changed `count` times or the time is over.
 * Looks at each frame of the display, so it works for a `<video>` as for a canvas, in every engine.
 *
 * @param milliseconds how long to watch at most
 */
export const watchNumbers = (
  page: BrowserPage,
  { bits, left, pitch, row }: PaintedNumber,
  count: number,
  milliseconds = 25_000,
): Promise<SeenNumber[]> =>
  page.evaluate(
    async (bits: number, left: number, pitch: number, row: number, count: number, milliseconds: number) => {
      const canvas = document.createElement('canvas')
      canvas.width = 640
      canvas.height = 360
      const context = canvas.getContext('2d', { willReadFrequently: true })
      if (!context) throw new Error('There is no canvas')
      context.imageSmoothingEnabled = false

      /**
       * Undefined where nothing is painted yet: some engines have a first picture before they can hand it out, and hand out
       * a black one, which reads as 0.
       */
      const read = (from: HTMLVideoElement | HTMLCanvasElement): number | undefined => {
        context.clearRect(0, 0, 640, 360)
        context.drawImage(from, 0, 0, 640, 360)
        const { data } = context.getImageData(0, row, 640, 1)
        if (data[3] === 0) return undefined
        let value = 0
        for (let bit = 0; bit < bits; bit++) {
          value = value * 2 + ((data[(left + bit * pitch) * 4 + 1] ?? 0) > 128 ? 1 : 0)
        }
        return value || undefined
      }

      const seen: { value: number; at: number; surface: 'video' | 'canvas' }[] = []
      const end = performance.now() + milliseconds
      while (seen.length < count && performance.now() < end) {
        await new Promise(requestAnimationFrame)
        const from = document.querySelector('rtsp-player')?.picture
        if (!from || (from instanceof HTMLVideoElement ? from.readyState < 2 : from.width <= 1)) continue
        const value = read(from)
        if (value === undefined || value === seen.at(-1)?.value) continue
        seen.push({ value, at: Date.now(), surface: from instanceof HTMLVideoElement ? 'video' : 'canvas' })
      }
      return seen
    },
    ...[bits, left, pitch, row, count, milliseconds],
  )
