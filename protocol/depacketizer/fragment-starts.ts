/** So many first fragments without the start bit, and none with it: the camera never sets it. */
const OFTEN = 3

/**
 * Where fragmented NAL units begin, by the start bit of the FU header (RFC 6184 section 5.8, RFC 7798 section 4.4.3). Firmware
 * has been seen that never sets it; then a new timestamp begins one. Seen once, it is believed for good: a fragment without
 * it may be of a picture whose beginning was dropped.
 */
export class FragmentStarts {
  #missing = 0
  #timestamp = -1

  /** @param follows no packet is missing before it */
  isStart(fuHeader: number, timestamp: number, follows: boolean): boolean {
    const isStart = (fuHeader & 0x80) !== 0
    const mayBe = follows && timestamp !== this.#timestamp
    this.#timestamp = timestamp
    if (isStart) this.#missing = Number.NEGATIVE_INFINITY
    else if (mayBe) this.#missing++
    return isStart || (mayBe && this.#missing >= OFTEN)
  }
}
