import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { WALL_CLOCK } from '../../support/painted-frames.ts'
import { quantile } from '../samples.ts'

/** What a page showed for a while, read from its pixels. */
export interface Seen {
  /** Milliseconds from the painting of a picture by the camera to the first frame of the display that shows it; of each. */
  readonly delays: readonly number[]
  /** Pictures that were shown, of those that the camera painted between the first and the last of them. */
  readonly shown: number
}

/** The camera paints so many pictures a second. */
const FRAME_RATE = 30

/** Looks at the `<video>` or canvas of the page, whichever player it belongs to, at each frame of the display. */
export async function watch(page: BrowserPage, milliseconds: number): Promise<Seen> {
  const seen = await page.evaluate(
    async (bits: number, left: number, pitch: number, row: number, milliseconds: number) => {
      const canvas = document.createElement('canvas')
      canvas.width = 640
      canvas.height = 1
      const context = canvas.getContext('2d', { willReadFrequently: true })
      if (!context) throw new Error('There is no canvas')
      const found: [value: number, at: number][] = []
      const end = performance.now() + milliseconds
      while (performance.now() < end) {
        await new Promise(requestAnimationFrame)
        const from = document.querySelector('rtsp-player')?.picture ?? document.querySelector('video')
        if (!from || (from instanceof HTMLVideoElement ? from.readyState < 2 : from.width <= 1)) continue
        context.drawImage(from, 0, -row)
        const { data } = context.getImageData(0, 0, 640, 1)
        let value = 0
        for (let bit = 0; bit < bits; bit++) {
          value = value * 2 + ((data[(left + bit * pitch) * 4 + 1] ?? 0) > 128 ? 1 : 0)
        }
        if (value > 0 && value !== found.at(-1)?.[0]) found.push([value, performance.timeOrigin + performance.now()])
      }
      return found
    },
    ...[WALL_CLOCK.bits, WALL_CLOCK.left, WALL_CLOCK.pitch, WALL_CLOCK.row, milliseconds],
  )
  // A picture that is decoded badly has a clock far off.
  const good = seen.filter(([value, at]) => Math.abs(at - value) < 60_000)
  const seconds = ((good.at(-1)?.[0] ?? 0) - (good[0]?.[0] ?? 0)) / 1000
  return { delays: good.map(([value, at]) => at - value), shown: (good.length - 1) / (seconds * FRAME_RATE) }
}

/** The figures of a watched page, by the names that tables use. */
export const figuresOf = ({ delays, shown }: Seen) => ({
  p50: quantile(delays, 0.5),
  p95: quantile(delays, 0.95),
  shown: shown * 100,
})

/** Waits until a picture is there. @throws Error after that many milliseconds */
export async function pictureIsThere(page: BrowserPage, milliseconds = 20_000): Promise<void> {
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    if ((await watch(page, 300)).delays.length > 0) return
  }
  throw new Error('No picture came.')
}
