import { type JpegHeader, mcuCount } from '../codec/jpeg.ts'
import { countMcus } from '../codec/jpeg-scan.ts'
import type { ReportDeviation } from '../deviation.ts'

export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** RFC 2435 section 3.1.5: eight bits, in units of 8 pixels. Some senders let larger sizes wrap in them. */
const UNIT = 8
const WRAP = 256 * UNIT
/** The largest side of a JPEG (ITU-T T.81 section B.2.2). */
const LARGEST = 0xffff

/** Sizes that cameras have beyond 2040 pixels, for pictures of which nothing is stated. No two have as many MCUs. */
export const LARGE_SIZES: readonly (readonly [number, number])[] = [
  ...([
    [2048, 1080],
    [2048, 1152],
    [2048, 1536],
    [2048, 2048],
    [2304, 1296],
    [2304, 1728],
    [2432, 1824],
  ] as const),
  ...([
    [2560, 1440],
    [2560, 1600],
    [2560, 1920],
    [2560, 2048],
    [2592, 1520],
    [2592, 1944],
    [2688, 1520],
  ] as const),
  ...([
    [2880, 1620],
    [2944, 1656],
    [3008, 1692],
    [3072, 1728],
    [3072, 2048],
    [3200, 1800],
    [3264, 2448],
  ] as const),
  ...([
    [3648, 2736],
    [3840, 2160],
    [4000, 3000],
    [4096, 2160],
    [4096, 2304],
    [4096, 3072],
    [4608, 2592],
  ] as const),
  ...([
    [5120, 2880],
    [5472, 3648],
    [7680, 4320],
  ] as const),
]

/**
 * Finds out how large the pictures of a stream are, where the payload header cannot say it: more than 2040 pixels are
 * stated as 0, or modulo 2048. The SDP may say it; and the entropy-coded data have one MCU after the other, so that a
 * size with another number of them is wrong. They are counted once for each size that the payload headers state.
 */
export class JpegSize {
  readonly #described: PictureSize | null
  readonly #report: ReportDeviation
  #announced: PictureSize = { width: -1, height: -1 }
  #found: PictureSize | null = null

  /**
   * @param described what the SDP says; null where it says nothing
   * @param report told where a size is used that neither says
   */
  constructor(described: PictureSize | null, report: ReportDeviation) {
    this.#described = described
    this.#report = report
  }

  /**
   * The size of the picture whose entropy-coded data are `bytes[start … end)`; null where nothing tells.
   *
   * @param announced what its payload headers say; 0 for what they do not say
   */
  find(announced: PictureSize, header: JpegHeader, bytes: Uint8Array, start: number, end: number): PictureSize | null {
    const { width, height } = announced
    if (this.#found && width === this.#announced.width && height === this.#announced.height) return this.#found
    const count = countMcus(bytes, start, end, header)
    const fits = (size: PictureSize) => mcuCount({ ...header.frame, ...size }) === count
    this.#announced = { width, height }
    const proven = this.#candidates(announced, header, count).find(fits)
    if (proven && !this.#stated(announced).includes(proven)) this.#report('jpeg-size-guessed')
    this.#found = proven ?? this.#unproven(announced, count)
    return this.#found
  }

  /** From the best to the worst. */
  #candidates(announced: PictureSize, header: JpegHeader, count: number | null): PictureSize[] {
    if (count === null) return []
    const { width, height } = announced
    const stated = this.#stated(announced)
    if (width > 0 && height > 0) return [...stated, ...larger(width, height)]
    if (width === 0 && height === 0) return [...stated, ...LARGE_SIZES.map(([width, height]) => ({ width, height }))]
    const { horizontal = 1, vertical = 1 } = header.frame.components[0] ?? {}
    const lines = Math.ceil(height / (UNIT * vertical))
    const columns = Math.ceil(width / (UNIT * horizontal))
    // One side is known, so the number of MCUs gives the other to a whole MCU.
    const side = width === 0 ? (count / lines) * UNIT * horizontal : (count / columns) * UNIT * vertical
    if (!Number.isInteger(side) || side > LARGEST) return stated
    return [...stated, width === 0 ? { width: side, height } : { width, height: side }]
  }

  /** What payload header and SDP say. The header has units of 8, where the SDP may be exact. */
  #stated(announced: PictureSize): PictureSize[] {
    const described = this.#described
    const known = described ? [described] : []
    if (announced.width === 0 || announced.height === 0) return known
    const exact =
      described && inUnits(described.width) === announced.width && inUnits(described.height) === announced.height
    return exact ? known : [announced, ...known]
  }

  /** The data could not be counted, or count for nothing that is known. */
  #unproven(announced: PictureSize, count: number | null): PictureSize | null {
    if (announced.width > 0 && announced.height > 0) return this.#stated(announced)[0] ?? null
    return count === null ? this.#described : null
  }
}

const inUnits = (side: number): number => Math.ceil(side / UNIT) * UNIT

/** What a size may have been before it wrapped. */
function larger(width: number, height: number): PictureSize[] {
  const sizes: PictureSize[] = []
  for (let w = width; w <= LARGEST; w += WRAP) {
    for (let h = height; h <= LARGEST; h += WRAP) if (w > width || h > height) sizes.push({ width: w, height: h })
  }
  return sizes.sort((a, b) => a.width * a.height - b.width * b.height)
}
