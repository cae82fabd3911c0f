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
/** Of the display, in milliseconds. */
const REFRESH = 1000 / 60

/** A picture on the screen. */
export interface PictureSeen {
  /** When the camera painted it, in milliseconds since 1970. */
  readonly value: number
  /** When it was first seen. */
  readonly at: number
}

/** What `openEyes` leaves in the page. */
export interface Eyes {
  /** The clock in a picture; 0 where there is none yet. */
  readClock(picture: HTMLVideoElement | HTMLCanvasElement | null | undefined): number
  /** By the number of the player in the page; no entry where nobody looks. */
  readonly seen: Record<number, PictureSeen[]>
}

/** From now on what runs in the page can read the camera's clock: see `Eyes`. */
export const openEyes = (page: BrowserPage): Promise<void> =>
  page.evaluate(
    (bits: number, left: number, pitch: number, row: number) => {
      const scope = globalThis as unknown as { eyes?: Eyes }
      if (scope.eyes) return
      const canvas = document.createElement('canvas')
      canvas.width = 640
      canvas.height = 1
      const context = canvas.getContext('2d', { willReadFrequently: true })
      if (!context) throw new Error('There is no canvas')
      const readClock: Eyes['readClock'] = (picture) => {
        if (!picture || (picture instanceof HTMLVideoElement ? picture.readyState < 2 : picture.width <= 1)) return 0
        // Whatever its size is: the clock is as wide as the picture.
        context.drawImage(picture, 0, -row, 640, 360)
        const { data } = context.getImageData(0, 0, 640, 1)
        let value = 0
        for (let bit = 0; bit < bits; bit++) {
          value = value * 2 + ((data[(left + bit * pitch) * 4 + 1] ?? 0) > 128 ? 1 : 0)
        }
        return value
      }
      scope.eyes = { readClock, seen: {} }
    },
    ...[WALL_CLOCK.bits, WALL_CLOCK.left, WALL_CLOCK.pitch, WALL_CLOCK.row],
  )

/**
 * From now on the page looks at each picture of a `<video>` or canvas, whichever player it belongs to. It was seen when the
 * browser expects it on the display; on a canvas, at the frame that shows it.
 * @param player its number in the page, from 0
 */
export async function startWatching(page: BrowserPage, player = 0): Promise<void> {
  await openEyes(page)
  await page.evaluate(
    (player: number, refresh: number) => {
      const { eyes } = globalThis as unknown as { eyes: Eyes }
      const isRunning = eyes.seen[player] !== undefined
      eyes.seen[player] = []
      if (isRunning) return
      let last = 0
      const look = (from: HTMLVideoElement | HTMLCanvasElement, at: number) => {
        const value = eyes.readClock(from)
        if (value === 0 || value === last) return
        last = value
        eyes.seen[player]?.push({ value, at: performance.timeOrigin + at })
      }
      let looking: HTMLVideoElement | HTMLCanvasElement | undefined
      const frame = () => {
        if (!eyes.seen[player]) {
          looking = undefined
          return
        }
        requestAnimationFrame(frame)
        const from =
          document.querySelectorAll('rtsp-player')[player]?.picture ?? document.querySelectorAll('video')[player]
        if (from instanceof HTMLCanvasElement) look(from, performance.now())
        if (from === looking) return
        looking = from
        if (!(from instanceof HTMLVideoElement)) return
        // It tells of a picture when it is about to be shown, and of when that will be. Of one that it paints while the
        // element's clock stands, Chromium says `at once`: on the display it is a refresh later, as all others are.
        const next = (_: number, { presentationTime, expectedDisplayTime }: VideoFrameCallbackMetadata) => {
          if (from !== looking) return
          look(from, Math.max(expectedDisplayTime, presentationTime + refresh))
          from.requestVideoFrameCallback(next)
        }
        from.requestVideoFrameCallback(next)
      }
      requestAnimationFrame(frame)
    },
    player,
    REFRESH,
  )
}

/** Nobody looks at that player any more. */
export const stopWatching = (page: BrowserPage, player = 0): Promise<void> =>
  page.evaluate((player: number) => {
    const { eyes } = globalThis as unknown as { eyes: Eyes }
    delete eyes.seen[player]
  }, player)

/** What was seen since it was asked for the last time. */
export async function takeSeen(page: BrowserPage, player = 0): Promise<readonly PictureSeen[]> {
  const seen = await page.evaluate((player: number) => {
    const { eyes } = globalThis as unknown as { eyes: Eyes }
    const taken = eyes.seen[player] ?? []
    eyes.seen[player] = []
    return taken.map(({ value, at }) => [value, at])
  }, player)
  // A picture that is decoded badly has a clock far off.
  return seen.flatMap(([value = 0, at = 0]) => (Math.abs(at - value) < 60_000 ? [{ value, at }] : []))
}

/** Looks at the page for that long. */
export async function watch(page: BrowserPage, milliseconds: number, player = 0): Promise<Seen> {
  await startWatching(page, player)
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  const seen = await takeSeen(page, player)
  const seconds = ((seen.at(-1)?.value ?? 0) - (seen[0]?.value ?? 0)) / 1000
  return { delays: seen.map(delayOf), shown: (seen.length - 1) / (seconds * FRAME_RATE) }
}

/** Milliseconds from the camera's clock to the screen. */
export const delayOf = ({ value, at }: PictureSeen): number => at - value

/** Waits until a picture is there. @throws Error after that many milliseconds */
export async function pictureIsThere(page: BrowserPage, milliseconds = 20_000): Promise<void> {
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    if ((await watch(page, 300)).delays.length > 0) return
  }
  const state = await page.evaluate(() => {
    const player = document.querySelector('rtsp-player')
    return player ? `${player.state}, ${player.error?.message ?? 'no error'}` : 'not ours'
  })
  throw new Error(`No picture came. The player: ${state}; the page: ${listed(await page.errors())}`)
}

const listed = (errors: readonly string[]): string => errors.join('; ') || 'no errors'

/** The median delay of one player after the other, so that the looking does not add up; Infinity of one without pictures. */
export async function delaysInTurn(page: BrowserPage, players: number, milliseconds: number): Promise<number[]> {
  const delays: number[] = []
  for (let player = 0; player < players; player++) {
    const seen = (await watch(page, milliseconds, player)).delays
    await stopWatching(page, player)
    delays.push(seen.length === 0 ? Number.POSITIVE_INFINITY : quantile(seen, 0.5))
  }
  return delays
}

/** Browsers want a click before sound, wherever in the page it is. */
export async function unmute(page: BrowserPage): Promise<void> {
  await page.click('#state')
  await page.evaluate(() => {
    const player = document.querySelector('rtsp-player')
    if (player) player.muted = false
  })
}
