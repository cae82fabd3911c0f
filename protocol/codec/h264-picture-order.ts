import type { SliceHeader } from './h264-slice.ts'
import type { PicOrderCntCoding } from './h264-sps.ts'

/** max_dec_frame_buffering, and so the reorder depth, is at most 16 (section A.3.1). */
const LARGEST_DEPTH = 16

interface Picture {
  readonly orderCount: number
  readonly time: number
}

/**
 * Finds out how far a stream reorders its pictures: counts their order (section 8.2.1) and compares.
 *
 * Order and time must agree that a picture is shown before one that was decoded earlier. So neither a timestamp that
 * steps back nor memory_management_control_operation 5, which begins a new count in mid-stream and stands too deep in
 * the slice header to be looked for, is taken for a B-frame.
 */
export class PictureOrder {
  /** How many pictures that were decoded before the last one are shown after it. The reorder depth is the largest of these. */
  depth = 0
  #last: Picture = { orderCount: 0, time: 0 }
  /** Where decoding began, if not at an IDR picture. */
  #start: Picture | undefined
  /** The pictures since decoding or the last IDR began that come last in output order, the last one first. */
  #latest: Picture[] = []
  #awaitsStart = true
  /** Of the reference picture before: prevPicOrderCntMsb and prevPicOrderCntLsb. */
  #msb = 0
  #lsb = 0
  /** Of the picture before: prevFrameNum and prevFrameNumOffset. */
  #frameNum = 0
  #frameNumOffset = 0

  /** Decoding begins anew with the next picture. */
  restart(): void {
    this.#awaitsStart = true
  }

  /**
   * Takes the pictures in decoding order, each by the header of its first slice.
   * @param time when it is shown, in any unit
   */
  next(header: SliceHeader, time: number): void {
    const starts = header.idr || this.#awaitsStart
    if (starts) this.#begin(header)
    const picture = { orderCount: this.#count(header), time }
    this.#last = picture
    if (starts) this.#start = header.idr ? undefined : picture
    this.#awaitsStart = false
    this.#compare(picture)
  }

  /** Only from the last picture on, in output order, are pictures known to be whole. */
  startHere(): void {
    this.#start = this.#last
  }

  /** The last picture is shown before the one that decoding began with, so that it may depend on what came before that. */
  get precedesStart(): boolean {
    const start = this.#start
    return start !== undefined && this.#last.orderCount < start.orderCount && this.#last.time < start.time
  }

  #begin({ frameNum, picOrderCntLsb, idr }: SliceHeader): void {
    this.#latest = []
    this.#msb = 0
    this.#lsb = idr ? 0 : picOrderCntLsb
    this.#frameNum = idr ? 0 : frameNum
    this.#frameNumOffset = 0
  }

  #compare(picture: Picture): void {
    const latest = this.#latest
    let at = 0
    this.depth = 0
    for (; (latest[at]?.orderCount ?? Number.NEGATIVE_INFINITY) > picture.orderCount; at++) {
      if ((latest[at]?.time ?? 0) > picture.time) this.depth++
    }
    latest.splice(at, 0, picture)
    if (latest.length > LARGEST_DEPTH) latest.pop()
  }

  /** PicOrderCnt of the picture, or of its first field. */
  #count(header: SliceHeader): number {
    const { picOrderCnt, frameNumBits } = header.sps
    if (picOrderCnt.type === 0) return this.#countByLsb(header, 2 ** picOrderCnt.lsbBits)
    if (header.frameNum < this.#frameNum) this.#frameNumOffset += 2 ** frameNumBits
    this.#frameNum = header.frameNum
    const frames = this.#frameNumOffset + header.frameNum
    // Section 8.2.1.3, where output order is decoding order.
    if (picOrderCnt.type === 2) return header.idr ? 0 : 2 * frames - (header.reference ? 0 : 1)
    return countByCycle(header, picOrderCnt, frames)
  }

  /** Section 8.2.1.1. */
  #countByLsb({ picOrderCntLsb, deltaPicOrderCntBottom, reference }: SliceHeader, maximumLsb: number): number {
    const step = picOrderCntLsb - this.#lsb
    let msb = this.#msb
    if (step <= -maximumLsb / 2) msb += maximumLsb
    else if (step > maximumLsb / 2) msb -= maximumLsb
    if (reference) {
      this.#msb = msb
      this.#lsb = picOrderCntLsb
    }
    return msb + picOrderCntLsb + Math.min(0, deltaPicOrderCntBottom)
  }
}

type Cycle = Extract<PicOrderCntCoding, { readonly type: 1 }>

/** Section 8.2.1.2. */
function countByCycle(header: SliceHeader, coding: Cycle, frames: number): number {
  const { offsetsForRefFrame: offsets, offsetForNonRefPic, offsetForTopToBottomField } = coding
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  // absFrameNum
  const position = offsets.length === 0 ? 0 : frames - (header.reference || frames === 0 ? 0 : 1)
  let expected = header.reference ? 0 : offsetForNonRefPic
  if (position > 0) {
    const cycles = Math.floor((position - 1) / offsets.length)
    expected += cycles * sum(offsets) + sum(offsets.slice(0, ((position - 1) % offsets.length) + 1))
  }
  const [first, second] = header.deltaPicOrderCnt
  const top = expected + first
  const bottom = expected + offsetForTopToBottomField + (header.structure === 'frame' ? first + second : first)
  return header.structure === 'frame' ? Math.min(top, bottom) : header.structure === 'top' ? top : bottom
}
