/** Of segments that cannot be read: none of ours. */
const NOT_FOUND = -1

/** A SourceBuffer that decodes nothing: it knows what would be buffered, by the times in the segments. */
class KeptSourceBuffer extends EventTarget {
  updating = false
  timestampOffset = 0
  #ranges: { start: number; end: number }[] = []
  #timescale = 1

  get buffered(): TimeRanges {
    const ranges = this.#ranges
    return {
      length: ranges.length,
      start: (index) => ranges[index]?.start ?? Number.NaN,
      end: (index) => ranges[index]?.end ?? Number.NaN,
    }
  }

  appendBuffer(data: Uint8Array): void {
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    const [mdhd, tfdt, trun] = ['mdhd', 'tfdt', 'trun'].map((type) => boxAt(data, type)) as [number, number, number]
    if (mdhd !== NOT_FOUND) this.#timescale = view.getUint32(mdhd + (data[mdhd + 4] === 1 ? 24 : 16))
    if (tfdt !== NOT_FOUND && trun !== NOT_FOUND) {
      // Version 1 of tfdt (ISO/IEC 14496-12 section 8.8.12); the first field of the only sample is its duration.
      const start = Number(view.getBigUint64(tfdt + 8)) / this.#timescale + this.timestampOffset
      this.#add(start, start + view.getUint32(trun + 16) / this.#timescale)
    }
    this.#done()
  }

  remove(from: number, to: number): void {
    this.#ranges = this.#ranges.flatMap(({ start, end }) =>
      [
        { start, end: Math.min(end, from) },
        { start: Math.max(start, to), end },
      ].filter((range) => range.end > range.start),
    )
    this.#done()
  }

  #add(start: number, end: number): void {
    const last = this.#ranges.at(-1)
    // Twice a picture's distance is still one range in Chromium.
    if (last && start - last.end < 2 * (end - start)) last.end = Math.max(last.end, end)
    else this.#ranges.push({ start, end })
  }

  #done(): void {
    this.updating = true
    queueMicrotask(() => {
      this.updating = false
      this.dispatchEvent(new Event('updateend'))
    })
  }
}

/** Where the type of a box stands. */
const boxAt = (data: Uint8Array, type: string): number =>
  Buffer.from(data.buffer, data.byteOffset, Math.min(data.length, 1024)).indexOf(type, 0, 'latin1')

/** A MediaSource in Node: what the feed of the player puts there and throws away. */
export class KeptMediaSource extends EventTarget {
  static newest: KeptMediaSource | undefined
  readonly buffers: KeptSourceBuffer[] = []
  readyState = 'closed'
  duration = Number.NaN

  constructor() {
    super()
    KeptMediaSource.newest = this
    queueMicrotask(() => {
      this.readyState = 'open'
      this.dispatchEvent(new Event('sourceopen'))
    })
  }

  addSourceBuffer(): KeptSourceBuffer {
    const buffer = new KeptSourceBuffer()
    this.buffers.push(buffer)
    return buffer
  }
}
