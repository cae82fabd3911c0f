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

/** A picture on the screen. */
export interface PictureSeen {
  /** When the camera painted it, in milliseconds since 1970. */
  readonly value: number
  /** When it was first seen. */
  readonly at: number
}

interface Watching {
  picturesSeen: PictureSeen[]
}

/**
 * From now on the page looks at each picture of its `<video>` or canvas, whichever player it belongs to. It was seen when the
 * browser expects it on the display; on a canvas, at the frame that shows it.
 */
export const startWatching = (page: BrowserPage): Promise<void> =>
  page.evaluate(
    (bits: number, left: number, pitch: number, row: number) => {
      const scope = globalThis as typeof globalThis & Partial<Watching>
      const isRunning = scope.picturesSeen !== undefined
      scope.picturesSeen = []
      if (isRunning) return
      const canvas = document.createElement('canvas')
      canvas.width = 640
      canvas.height = 1
      const context = canvas.getContext('2d', { willReadFrequently: true })
      if (!context) throw new Error('There is no canvas')
      let last = 0
      const look = (from: HTMLVideoElement | HTMLCanvasElement, at: number) => {
        context.drawImage(from, 0, -row)
        const { data } = context.getImageData(0, 0, 640, 1)
        let value = 0
        for (let bit = 0; bit < bits; bit++) {
          value = value * 2 + ((data[(left + bit * pitch) * 4 + 1] ?? 0) > 128 ? 1 : 0)
        }
        if (value === 0 || value === last) return
        last = value
        scope.picturesSeen?.push({ value, at: performance.timeOrigin + at })
      }
      let looking: HTMLVideoElement | HTMLCanvasElement | null | undefined
      const frame = () => {
        requestAnimationFrame(frame)
        const from = document.querySelector('rtsp-player')?.picture ?? document.querySelector('video')
        if (from instanceof HTMLCanvasElement && from.width > 1) look(from, performance.now())
        if (from === looking) return
        looking = from
        if (!(from instanceof HTMLVideoElement)) return
        // It tells of a picture when it is about to be shown, and of when that will be.
        const next = (_: number, { expectedDisplayTime }: VideoFrameCallbackMetadata) => {
          if (from !== looking) return
          look(from, expectedDisplayTime)
          from.requestVideoFrameCallback(next)
        }
        from.requestVideoFrameCallback(next)
      }
      requestAnimationFrame(frame)
    },
    ...[WALL_CLOCK.bits, WALL_CLOCK.left, WALL_CLOCK.pitch, WALL_CLOCK.row],
  )

/** What was seen since it was asked for the last time. */
export async function takeSeen(page: BrowserPage): Promise<readonly PictureSeen[]> {
  const seen = await page.evaluate(() => {
    const scope = globalThis as typeof globalThis & Partial<Watching>
    const taken = scope.picturesSeen ?? []
    scope.picturesSeen = []
    return taken.map(({ value, at }) => [value, at])
  })
  // A picture that is decoded badly has a clock far off.
  return seen.flatMap(([value = 0, at = 0]) => (Math.abs(at - value) < 60_000 ? [{ value, at }] : []))
}

/** Looks at the page for that long. */
export async function watch(page: BrowserPage, milliseconds: number): Promise<Seen> {
  await startWatching(page)
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  const seen = await takeSeen(page)
  const seconds = ((seen.at(-1)?.value ?? 0) - (seen[0]?.value ?? 0)) / 1000
  return { delays: seen.map(({ value, at }) => at - value), shown: (seen.length - 1) / (seconds * FRAME_RATE) }
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
