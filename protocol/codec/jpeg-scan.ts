import type { HuffmanTables, JpegFrame, JpegHeader } from './jpeg.ts'

/** A Huffman table prepared for decoding (ITU-T T.81 section F.2.2.3): by length of code, 1 to 16. */
interface HuffmanDecoder {
  /** The largest code of that length; -1 where there is none. */
  readonly maximum: Int32Array
  /** What to add to a code of that length for the index of its value. */
  readonly offset: Int32Array
  readonly values: Uint8Array
}

/** The tables of the blocks of one MCU, in their order. */
type BlockTables = readonly { readonly dc: HuffmanDecoder; readonly ac: HuffmanDecoder }[]

/**
 * Counts the MCUs of entropy-coded data, for a picture whose size nobody states: the only thing that they tell of it.
 * Takes time in proportion to their length.
 *
 * @returns null where they cannot be decoded to their end
 */
export function countMcus(bytes: Uint8Array, start: number, end: number, header: JpegHeader): number | null {
  const blocks = blockTables(header)
  if (!blocks) return null
  const data = new EntropyCodedData(bytes, start, end)
  let count = 0
  for (;;) {
    while (data.atPadding()) {
      const marker = data.nextMarker()
      if (marker === null) return count
      if (!isRestart(marker)) return marker === 0xd9 ? count : null
    }
    for (const tables of blocks) if (!data.skipBlock(tables.dc, tables.ac)) return null
    count++
  }
}

const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7

function blockTables({ frame, scan, huffman }: JpegHeader): BlockTables | null {
  const decoders = huffman.map((table) => table && huffmanDecoder(table))
  const blocks: BlockTables[number][] = []
  for (const { id, dc, ac } of scan) {
    const component = frame.components.find((one) => one.id === id)
    const tables = { dc: decoders[dc], ac: decoders[4 + ac] }
    if (!component || !tables.dc || !tables.ac) return null
    const { dc: dcTable, ac: acTable } = tables
    for (let left = blocksInMcu(component, scan.length); left > 0; left--) blocks.push({ dc: dcTable, ac: acTable })
  }
  return blocks.length > 0 ? blocks : null
}

/** Section A.2: one component alone has one block in its MCU. */
const blocksInMcu = (component: JpegFrame['components'][number], components: number): number =>
  components === 1 ? 1 : component.horizontal * component.vertical

function huffmanDecoder(table: NonNullable<HuffmanTables[number]>): HuffmanDecoder {
  const maximum = new Int32Array(17).fill(-1)
  const offset = new Int32Array(17)
  let code = 0
  let index = 0
  for (let length = 1; length <= 16; length++) {
    const count = table[length - 1] ?? 0
    offset[length] = index - code
    code += count
    index += count
    if (count > 0) maximum[length] = code - 1
    code <<= 1
  }
  return { maximum, offset, values: table.subarray(16) }
}

/** Bits of entropy-coded data, without the zero bytes that are stuffed behind 0xFF (section F.1.2.3). */
class EntropyCodedData {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number
  /** Up to 24 bits that are taken from the bytes and not read yet. */
  #bits = 0
  #bitCount = 0

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  /**
   * Nothing follows before the next marker but the padding of a byte with ones (section F.1.2.3): no MCU, for each
   * begins with a code, and no code is all ones.
   */
  atPadding(): boolean {
    this.#fill()
    if (this.#bitCount >= 8) return false
    const mask = (1 << this.#bitCount) - 1
    return (this.#bits & mask) === mask
  }

  /** Goes behind the next marker, which must be there; null at the end. */
  nextMarker(): number | null {
    this.#bitCount = 0
    let at = this.#at
    while (at + 1 < this.#end && this.#bytes[at] === 0xff && this.#bytes[at + 1] === 0xff) at++
    if (at + 1 >= this.#end) return null
    this.#at = at + 2
    return this.#bytes[at + 1] ?? null
  }

  /** Goes over one block: the DC difference and the AC coefficients (section F.2.2). False where it is none. */
  skipBlock(dc: HuffmanDecoder, ac: HuffmanDecoder): boolean {
    const category = this.#decode(dc)
    if (category < 0 || category > 11 || !this.#skip(category)) return false
    for (let coefficient = 1; coefficient < 64; coefficient++) {
      const value = this.#decode(ac)
      if (value < 0) return false
      const run = value >> 4
      const size = value & 0x0f
      if (size === 0 && run !== 15) return run === 0
      coefficient += run
      if (coefficient > 63 || !this.#skip(size)) return false
    }
    return true
  }

  #decode({ maximum, offset, values }: HuffmanDecoder): number {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      if (this.#bitCount === 0) this.#fill()
      if (this.#bitCount === 0) return -1
      this.#bitCount--
      code = code * 2 + ((this.#bits >> this.#bitCount) & 1)
      if (code <= (maximum[length] ?? -1)) return values[code + (offset[length] ?? 0)] ?? -1
    }
    return -1
  }

  #skip(count: number): boolean {
    if (this.#bitCount < count) this.#fill()
    this.#bitCount -= count
    return this.#bitCount >= 0
  }

  /** 17 to 24 bits, or all that is left before the next marker. */
  #fill(): void {
    while (this.#bitCount <= 16 && this.#at < this.#end) {
      const byte = this.#bytes[this.#at] ?? 0
      if (byte === 0xff) {
        if (this.#bytes[this.#at + 1] !== 0 || this.#at + 1 >= this.#end) return
        this.#at++
      }
      this.#at++
      this.#bits = ((this.#bits << 8) | byte) & 0xffffff
      this.#bitCount += 8
    }
  }
}
