import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import type { JpegHeader, QuantizationTables } from '../../../protocol/codec/jpeg.ts'
import { mcuCount } from '../../../protocol/codec/jpeg.ts'
import { writeJpegHeader } from '../../../protocol/codec/jpeg-header.ts'
import { STANDARD_HUFFMAN_TABLES, scaledQuantizationTables } from '../../../protocol/codec/jpeg-tables.ts'

export interface JpegOptions {
  readonly width: number
  readonly height: number
  /** Default `4:2:0`. */
  readonly sampling?: '4:2:0' | '4:2:2' | '4:4:4' | 'grey'
  /** MCUs between restart markers; none by default. */
  readonly restartInterval?: number
  /** Default those of Q 50. */
  readonly quantization?: QuantizationTables
  /** What makes pictures differ. Default 0. */
  readonly seed?: number
}

const LUMINANCE = { '4:2:0': [2, 2], '4:2:2': [2, 1], '4:4:4': [1, 1], grey: [1, 1] } as const

export function jpegHeader(options: JpegOptions): JpegHeader {
  const { width, height, sampling = '4:2:0', restartInterval = 0 } = options
  const [horizontal, vertical] = LUMINANCE[sampling]
  const ids = sampling === 'grey' ? [1] : [1, 2, 3]
  return {
    quantization: options.quantization ?? scaledQuantizationTables(50),
    huffman: STANDARD_HUFFMAN_TABLES,
    frame: {
      width,
      height,
      components: ids.map((id) => ({
        id,
        horizontal: id === 1 ? horizontal : 1,
        vertical: id === 1 ? vertical : 1,
        quantization: id === 1 ? 0 : 1,
      })),
    },
    scan: ids.map((id) => ({ id, dc: id === 1 ? 0 : 1, ac: id === 1 ? 0 : 1 })),
    restartInterval,
  }
}

/** A whole JPEG file of flat blocks: DC coefficients alone, each a little different from the one before. */
export function jpegFile(options: JpegOptions): Uint8Array {
  const header = jpegHeader(options)
  const writer = new ByteWriter(4096)
  writeJpegHeader(writer, header)
  writer.write(jpegScan(options)).u16(0xffd9)
  return writer.toBytes()
}

/** The entropy-coded data of `jpegFile`, without EOI. */
export function jpegScan(options: JpegOptions): Uint8Array {
  const { frame, restartInterval } = jpegHeader(options)
  const bits = new ScanWriter()
  let random = (options.seed ?? 0) * 7919 + 1
  const mcus = mcuCount(frame)
  for (let mcu = 0; mcu < mcus; mcu++) {
    if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) {
      bits.restart((mcu / restartInterval - 1) % 8)
    }
    for (const [index, { horizontal, vertical }] of frame.components.entries()) {
      for (let block = horizontal * vertical; block > 0; block--) {
        random = (random * 48_271) % 0x7fff_ffff
        bits.flatBlock((random % 13) - 6, index === 0 ? 0 : 1)
      }
    }
  }
  return bits.end()
}

class ScanWriter {
  readonly #writer = new ByteWriter(4096)
  #bits = 0
  #bitCount = 0

  /** @param difference of its DC coefficient to that of the block before */
  flatBlock(difference: number, table: 0 | 1): void {
    const size = 32 - Math.clz32(Math.abs(difference))
    this.#code(table, size)
    this.#put(difference < 0 ? difference + 2 ** size - 1 : difference, size)
    this.#code(4 + table, 0)
  }

  restart(number: number): void {
    this.#pad()
    this.#writer.u16(0xffd0 + number)
  }

  end(): Uint8Array {
    this.#pad()
    return this.#writer.toBytes()
  }

  #pad(): void {
    const missing = (8 - this.#bitCount) % 8
    this.#put(2 ** missing - 1, missing)
  }

  #code(table: number, value: number): void {
    const [code, length] = CODES[table]?.get(value) ?? [0, 0]
    this.#put(code, length)
  }

  #put(value: number, count: number): void {
    this.#bits = (this.#bits << count) | value
    this.#bitCount += count
    while (this.#bitCount >= 8) {
      this.#bitCount -= 8
      const byte = (this.#bits >> this.#bitCount) & 0xff
      this.#writer.u8(byte)
      if (byte === 0xff) this.#writer.u8(0)
    }
    this.#bits &= 2 ** this.#bitCount - 1
  }
}

/** Codes and their lengths by value (ITU-T T.81 section C.2). */
const CODES = STANDARD_HUFFMAN_TABLES.map((table) => {
  const codes = new Map<number, readonly [code: number, length: number]>()
  let code = 0
  let at = 16
  for (let length = 1; length <= 16; length++) {
    for (let left = table?.[length - 1] ?? 0; left > 0; left--) codes.set(table?.[at++] ?? 0, [code++, length])
    code *= 2
  }
  return codes
})
