import { closeSync, openSync, readSync } from 'node:fs'
import { WALL_CLOCK } from '../../support/painted-frames.ts'
import type { PictureSeen } from './sight.ts'

/** Offsets in the head of an X window dump (`XWDFile.h`): each is 32 bits, big-endian. */
const HEAD = { bytes: 100, length: 0, width: 16, height: 20, bytesPerLine: 48, colors: 76 } as const
/** Of an entry of the colour map behind it, and of a pixel. */
const COLOR_BYTES = 12
const PIXEL_BYTES = 4
const GREEN = 1

/** A clock that is this far off, in milliseconds, is none. */
const PLAUSIBLE = 60_000
const CLOCK_WIDTH = WALL_CLOCK.left + WALL_CLOCK.bits * WALL_CLOCK.pitch

const wallClock = (): number => performance.timeOrigin + performance.now()

/**
 * The pixels of an X server's screen, read from its memory: what a camera in front of a display would see, but for the display
 * itself. No browser is asked, and none notices.
 */
export class XScreen {
  readonly #file: number
  readonly #start: number
  readonly #line: number
  readonly #height: number
  readonly #row: Buffer
  /** Upper left corner of the painted clock, once it was found. */
  #place: { readonly x: number; readonly y: number } | undefined

  /** @param frameBuffer file of Xvfb's option `-fbdir`, with 32 bits a pixel */
  constructor(frameBuffer: string) {
    this.#file = openSync(frameBuffer, 'r')
    const head = Buffer.alloc(HEAD.bytes)
    readSync(this.#file, head, 0, head.length, 0)
    this.#line = head.readUInt32BE(HEAD.bytesPerLine)
    this.#height = head.readUInt32BE(HEAD.height)
    this.#start = head.readUInt32BE(HEAD.length) + head.readUInt32BE(HEAD.colors) * COLOR_BYTES
    this.#row = Buffer.alloc(this.#line)
  }

  /** Looks for the clock of a picture in its own size, wherever it is. @returns whether it is there */
  find(): boolean {
    this.#place = undefined
    for (let y = 0; y < this.#height; y++) {
      this.#read(y)
      for (let x = 0; (x + CLOCK_WIDTH) * PIXEL_BYTES <= this.#line; x++) {
        // Blocks are wider than a pixel: the middle of the first place that reads well.
        if (!this.#isClock(x) || !this.#isClock(x + 4)) continue
        this.#place = { x: x + 2, y: Math.min(this.#height - 1, y + 4) }
        return true
      }
    }
    return false
  }

  /** The pictures that come onto the screen in so many milliseconds. It is looked at about nine hundred times a second. */
  async watch(milliseconds: number): Promise<PictureSeen[]> {
    const { x, y } = this.#place ?? { x: 0, y: 0 }
    const seen: PictureSeen[] = []
    let last = 0
    for (const end = performance.now() + milliseconds; performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      this.#read(y)
      const at = wallClock()
      const value = this.#clockAt(x)
      if (value === last || Math.abs(at - value) > PLAUSIBLE) continue
      // The first was there before.
      if (last !== 0) seen.push({ value, at })
      last = value
    }
    return seen
  }

  close(): void {
    closeSync(this.#file)
  }

  #read(y: number): void {
    readSync(this.#file, this.#row, 0, this.#line, this.#start + y * this.#line)
  }

  #isClock = (x: number): boolean => Math.abs(wallClock() - this.#clockAt(x)) < PLAUSIBLE

  #clockAt(x: number): number {
    let value = 0
    for (let bit = 0; bit < WALL_CLOCK.bits; bit++) {
      const at = (x + WALL_CLOCK.left + bit * WALL_CLOCK.pitch) * PIXEL_BYTES + GREEN
      value = value * 2 + ((this.#row[at] ?? 0) > 128 ? 1 : 0)
    }
    return value
  }
}
