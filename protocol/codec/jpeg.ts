import type { ByteReader } from '../bytes/byte-reader.ts'
import { ProtocolError } from '../errors.ts'
import type { VideoConfiguration } from './configuration.ts'

/** ITU-T T.81 Table B.1: the second byte of a marker, behind 0xFF. */
export const JpegMarker = {
  /** Baseline. */
  StartOfFrame0: 0xc0,
  /** Extended sequential, which alone may have quantization tables of 16 bits (section B.2.4.1). */
  StartOfFrame1: 0xc1,
  DefineHuffmanTables: 0xc4,
  /** The first of eight. */
  Restart0: 0xd0,
  StartOfImage: 0xd8,
  EndOfImage: 0xd9,
  StartOfScan: 0xda,
  DefineQuantizationTables: 0xdb,
  DefineRestartInterval: 0xdd,
  Application0: 0xe0,
} as const

/** A component of the frame header (section B.2.2). */
export interface JpegComponent {
  readonly id: number
  /** Sampling factors, 1 to 4. */
  readonly horizontal: number
  readonly vertical: number
  /** Destination of its quantization table, 0 to 3. */
  readonly quantization: number
}

/** Frame header, SOF0 or SOF1 (section B.2.2), with samples of 8 bits. */
export interface JpegFrame {
  readonly width: number
  readonly height: number
  readonly components: readonly JpegComponent[]
}

/** A component in the scan header (section B.2.3): the destinations of its Huffman tables. */
export interface JpegScanComponent {
  readonly id: number
  readonly dc: number
  readonly ac: number
}

/** A quantization table in zig-zag order: 64 bytes, or 128 where its values have 16 bits. By destination, 0 to 3. */
export type QuantizationTables = readonly (Uint8Array | undefined)[]

/** Huffman tables as 16 numbers of codes and then their values (section B.2.4.2). By 4 × class (DC, AC) + destination. */
export type HuffmanTables = readonly (Uint8Array | undefined)[]

/** What stands before the entropy-coded data of a picture with one scan. */
export interface JpegHeader {
  readonly quantization: QuantizationTables
  readonly huffman: HuffmanTables
  readonly frame: JpegFrame
  readonly scan: readonly JpegScanComponent[]
  /** MCUs between two restart markers; 0 where there are none. */
  readonly restartInterval: number
}

/** Code for each fault of a JPEG. */
export const invalidJpeg = (message: string, byte: number): ProtocolError =>
  new ProtocolError('payload-syntax', message, { place: { byte } })

/** What a renderer must know: the pictures bring everything else with them. */
export const jpegConfiguration = (
  width: number,
  height: number,
  shape: { readonly pixelAspectRatio?: number; readonly interlaced?: boolean } = {},
): VideoConfiguration => ({
  kind: 'video',
  codec: 'jpeg',
  description: new Uint8Array(0),
  width,
  height,
  pixelAspectRatio: shape.pixelAspectRatio ?? 1,
  reorderDepth: 0,
  ...(shape.interlaced ? { interlaced: true } : {}),
})

/** MCUs of a picture with interleaved components (section A.2.3): each covers the largest sampling factors × 8. */
export function mcuCount({ width, height, components }: JpegFrame): number {
  const { horizontal, vertical } = largestSampling(components)
  // One component alone is not interleaved: its MCU is one block, whatever its factors (section A.2.2).
  const [h, v] = components.length === 1 ? [1, 1] : [horizontal, vertical]
  return Math.ceil(width / (8 * h)) * Math.ceil(height / (8 * v))
}

const largestSampling = (components: readonly JpegComponent[]) => ({
  horizontal: Math.max(...components.map((component) => component.horizontal)),
  vertical: Math.max(...components.map((component) => component.vertical)),
})

/** @param reader on the content of SOF0 or SOF1, behind its length */
export function readFrame(reader: ByteReader): JpegFrame {
  const at = reader.position
  const precision = reader.u8()
  if (precision !== 8) throw invalidJpeg(`samples of ${precision} bits`, at)
  const height = reader.u16()
  const width = reader.u16()
  const components: JpegComponent[] = []
  for (let left = reader.u8(); left > 0; left--) {
    const id = reader.u8()
    const sampling = reader.u8()
    const component = { id, horizontal: sampling >> 4, vertical: sampling & 0x0f, quantization: reader.u8() }
    const { horizontal, vertical, quantization } = component
    if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4 || quantization > 3) {
      throw invalidJpeg(`component ${id} has sampling factors or a table that do not exist`, at)
    }
    components.push(component)
  }
  if (components.length < 1 || components.length > 4) throw invalidJpeg(`${components.length} components`, at)
  return { width, height, components }
}

/** @param reader on the content of SOS, behind its length */
export function readScan(reader: ByteReader): JpegScanComponent[] {
  const at = reader.position
  const components: JpegScanComponent[] = []
  for (let left = reader.u8(); left > 0; left--) {
    const id = reader.u8()
    const tables = reader.u8()
    if (tables >> 4 > 3 || (tables & 0x0f) > 3) throw invalidJpeg(`component ${id} has a table that does not exist`, at)
    components.push({ id, dc: tables >> 4, ac: tables & 0x0f })
  }
  return components
}

/** @param reader on the content of DQT (section B.2.4.1), behind its length */
export function readQuantizationTables(reader: ByteReader, into: (Uint8Array | undefined)[]): void {
  while (reader.remaining > 0) {
    const at = reader.position
    const head = reader.u8()
    if (head >> 4 > 1 || (head & 0x0f) > 3) throw invalidJpeg('a quantization table that does not exist', at)
    into[head & 0x0f] = reader.take(head >> 4 === 1 ? 128 : 64).slice()
  }
}

/** @param reader on the content of DHT (section B.2.4.2), behind its length */
export function readHuffmanTables(reader: ByteReader, into: (Uint8Array | undefined)[]): void {
  while (reader.remaining > 0) {
    const at = reader.position
    const head = reader.u8()
    if (head >> 4 > 1 || (head & 0x0f) > 3) throw invalidJpeg('a Huffman table that does not exist', at)
    let codes = 0
    for (let length = 0; length < 16; length++) codes += reader.u8()
    if (codes > 256) throw invalidJpeg(`a Huffman table with ${codes} codes`, at)
    reader.position -= 16
    into[(head >> 4) * 4 + (head & 0x0f)] = reader.take(16 + codes).slice()
  }
}
