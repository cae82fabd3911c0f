import { ByteReader } from '../bytes/byte-reader.ts'
import type { ByteWriter } from '../bytes/byte-writer.ts'
import {
  type HuffmanTables,
  invalidJpeg,
  type JpegFrame,
  type JpegHeader,
  JpegMarker,
  type JpegScanComponent,
  type QuantizationTables,
  readFrame,
  readHuffmanTables,
  readQuantizationTables,
  readScan,
} from './jpeg.ts'

/** What marker segments say, one after the other: later ones replace earlier ones (ITU-T T.81 section B.2.4). */
export class JpegSegments {
  readonly quantization: (Uint8Array | undefined)[]
  readonly huffman: (Uint8Array | undefined)[]
  restartInterval: number | undefined
  frame: JpegFrame | undefined
  scan: readonly JpegScanComponent[] | undefined

  /** @param quantization what is known before, as `huffman` */
  constructor(quantization: QuantizationTables = [], huffman: HuffmanTables = []) {
    this.quantization = [...quantization]
    this.huffman = [...huffman]
  }

  /**
   * Reads marker segments up to a scan header, if there is one, or to the end. What says nothing about decoding
   * (APPn, COM) is passed over.
   *
   * @returns the index behind the last segment: behind SOS, it is where the entropy-coded data begin
   * @throws ProtocolError `payload-syntax` where they are malformed, or those of another process than sequential
   */
  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    // Any number of 0xFF may stand before a marker (section B.1.1.2), and be all there is at the end.
    while (at < end) {
      if (bytes[at] !== 0xff) throw invalidJpeg(`no marker at byte ${at}`, at)
      const marker = at + 1 < end ? bytes[at + 1] : 0xff
      if (marker === undefined || marker === 0xff) {
        at++
        continue
      }
      const reader = new ByteReader(bytes, at + 2, end, 'payload-syntax')
      const length = reader.u16()
      if (length < 2) throw invalidJpeg(`a segment of ${length} bytes`, at)
      reader.skip(length - 2)
      this.#segment(marker, new ByteReader(bytes, at + 4, reader.position, 'payload-syntax'))
      at = reader.position
      if (marker === JpegMarker.StartOfScan) return at
    }
    return at
  }

  #segment(marker: number, content: ByteReader): void {
    switch (marker) {
      case JpegMarker.StartOfFrame0:
      case JpegMarker.StartOfFrame1:
        this.frame = readFrame(content)
        break
      case JpegMarker.DefineHuffmanTables:
        readHuffmanTables(content, this.huffman)
        break
      case JpegMarker.DefineQuantizationTables:
        readQuantizationTables(content, this.quantization)
        break
      case JpegMarker.DefineRestartInterval:
        this.restartInterval = content.u16()
        break
      case JpegMarker.StartOfScan:
        this.scan = readScan(content)
        break
      default:
        // 0xC0 to 0xCF are the frames of other processes and what arithmetic coding needs; below and 0xD0 to 0xD9
        // stand alone and have no place here.
        if (marker < 0xda || marker === DEFINE_NUMBER_OF_LINES) {
          throw invalidJpeg(`marker ${marker.toString(16)} is not of a sequential picture`, content.position - 4)
        }
    }
  }
}

const DEFINE_NUMBER_OF_LINES = 0xdc

/**
 * Reads the head of a JPEG file with one scan.
 *
 * @returns the header and where the entropy-coded data begin
 * @throws ProtocolError `payload-syntax` where it is not one, or not of a sequential process with Huffman coding
 */
export function readJpegHeader(bytes: Uint8Array): { readonly header: JpegHeader; readonly scanStart: number } {
  if (bytes[0] !== 0xff || bytes[1] !== JpegMarker.StartOfImage) throw invalidJpeg('it does not begin with SOI', 0)
  const segments = new JpegSegments()
  const scanStart = segments.read(bytes, 2, bytes.length)
  const { quantization, huffman, frame, scan, restartInterval = 0 } = segments
  if (!frame || !scan) throw invalidJpeg('it has no frame or no scan', scanStart)
  return { header: { quantization, huffman, frame, scan, restartInterval }, scanStart }
}

/**
 * The size of a JPEG file of any process; its first frame header tells.
 *
 * @throws ProtocolError `payload-syntax` where it has none
 */
export function readPictureSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const reader = new ByteReader(bytes, 0, bytes.length, 'payload-syntax')
  if (reader.u16() !== (0xff00 | JpegMarker.StartOfImage)) throw invalidJpeg('it does not begin with SOI', 0)
  for (;;) {
    if (reader.u8() !== 0xff) throw invalidJpeg('no marker', reader.position - 1)
    let marker = reader.u8()
    while (marker === 0xff) marker = reader.u8()
    const length = reader.u16()
    if (isFrame(marker)) {
      reader.skip(1)
      const height = reader.u16()
      return { width: reader.u16(), height }
    }
    // Behind a scan header come entropy-coded data.
    if (length < 2 || marker === JpegMarker.StartOfScan) throw invalidJpeg('no frame header', reader.position)
    reader.skip(length - 2)
  }
}

/** ITU-T T.81 Table B.1: SOF0 to SOF15, but DHT, JPG and DAC. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/**
 * Writes SOI and all segments up to the entropy-coded data, as RFC 2435 Appendix B does; what the tables lack is left
 * out.
 *
 * @returns where height and width stand, of 16 bits each, for who learns them later
 */
export function writeJpegHeader(writer: ByteWriter, header: JpegHeader): number {
  writer.u16(0xff00 | JpegMarker.StartOfImage)
  writeJfif(writer)
  writeQuantizationTables(writer, header.quantization)
  if (header.restartInterval > 0) {
    writer.u16(0xff00 | JpegMarker.DefineRestartInterval).u16(4)
    writer.u16(header.restartInterval)
  }
  const sizeAt = writeFrame(writer, header)
  writeHuffmanTables(writer, header.huffman)
  writer.u16(0xff00 | JpegMarker.StartOfScan).u16(6 + 2 * header.scan.length)
  writer.u8(header.scan.length)
  for (const { id, dc, ac } of header.scan) writer.u8(id).u8((dc << 4) | ac)
  // Ss, Se, Ah and Al of a sequential scan (ITU-T T.81 section B.2.3).
  writer.u8(0).u8(63).u8(0)
  return sizeAt
}

/** Appendix B writes none, but with it no decoder needs to guess that the components are Y, Cb and Cr. */
const writeJfif = (writer: ByteWriter): void => {
  writer.u16(0xff00 | JpegMarker.Application0).u16(16)
  // Version 1.2, density 1:1 without unit, no thumbnail.
  writer.ascii('JFIF\0').u16(0x0102).u8(0).u16(1).u16(1).u16(0)
}

function writeQuantizationTables(writer: ByteWriter, tables: QuantizationTables): void {
  for (const [destination, table] of tables.entries()) {
    if (!table) continue
    writer.u16(0xff00 | JpegMarker.DefineQuantizationTables).u16(3 + table.length)
    writer.u8((table.length > 64 ? 0x10 : 0) | destination).write(table)
  }
}

function writeFrame(writer: ByteWriter, { frame, quantization }: JpegHeader): number {
  const wide = quantization.some((table) => table && table.length > 64)
  writer.u16(0xff00 | (wide ? JpegMarker.StartOfFrame1 : JpegMarker.StartOfFrame0)).u16(8 + 3 * frame.components.length)
  writer.u8(8)
  const sizeAt = writer.length
  writer.u16(frame.height).u16(frame.width).u8(frame.components.length)
  for (const { id, horizontal, vertical, quantization } of frame.components) {
    writer.u8(id).u8((horizontal << 4) | vertical)
    writer.u8(quantization)
  }
  return sizeAt
}

function writeHuffmanTables(writer: ByteWriter, tables: HuffmanTables): void {
  for (const [index, table] of tables.entries()) {
    if (!table) continue
    writer.u16(0xff00 | JpegMarker.DefineHuffmanTables).u16(3 + table.length)
    writer.u8(((index >> 2) << 4) | (index & 3)).write(table)
  }
}
