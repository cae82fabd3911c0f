import { type JpegComponent, type JpegHeader, JpegMarker, type QuantizationTables } from '../codec/jpeg.ts'
import { readJpegHeader } from '../codec/jpeg-header.ts'
import { STANDARD_HUFFMAN_TABLES, scaledQuantizationTables } from '../codec/jpeg-tables.ts'
import { ProtocolError } from '../errors.ts'
import { DEFAULT_MAXIMUM_PAYLOAD, type Packetizer, type RtpPayload } from './packetizer.ts'

const MAIN_BYTES = 8
const RESTART_BYTES = 4
const TABLES_BYTES = 4
const RESTART_TYPES = 64
/** RFC 2435 section 4.2: the tables are in each picture. */
const TABLES_IN_BAND = 255
const LARGEST_OFFSET = 0xffffff
/** Sides that the payload header has room for: 8 bits, in units of 8 (section 3.1.5). */
const UNIT = 8
const LARGEST_SIDE = 255 * UNIT

export interface JpegPacketizerOptions {
  /** Bytes of the largest payload, from 269: tables of 16 bits and a byte of the picture. Default 1400. */
  readonly maximumPayload?: number
}

/**
 * JPEG files by RFC 2435: types 0 (4:2:2) and 1 (4:2:0), and with restart markers 64 and 65.
 *
 * Quantization tables that are the standard's, scaled, are told by their Q; others go with each picture. Sides of more
 * than 2040 pixels are stated as 0, as is usual, and the session description must tell them (`a=x-dimensions`).
 *
 * It refuses what the format cannot carry: another process than sequential Huffman coding of 8 bits, other components or
 * sampling, Huffman tables that are not the standard's, several scans, and sides that are no multiples of 8.
 */
export class JpegPacketizer implements Packetizer {
  readonly #maximumPayload: number
  /** Of the tables of the picture before, which most often are the same. */
  #tables: QuantizationTables = []
  #q = 0

  constructor(options: JpegPacketizerOptions = {}) {
    const least = MAIN_BYTES + RESTART_BYTES + TABLES_BYTES + 2 * 128 + 1
    this.#maximumPayload = Math.max(options.maximumPayload ?? DEFAULT_MAXIMUM_PAYLOAD, least)
  }

  /** @param unit a JPEG file */
  packetize(unit: Uint8Array): RtpPayload[] {
    const { header, scanStart } = readJpegHeader(unit)
    const scanEnd = endOfScan(unit, scanStart)
    if (scanEnd === scanStart) throw new ProtocolError('payload-syntax', 'the JPEG has no entropy-coded data')
    if (scanEnd - scanStart > LARGEST_OFFSET) throw refused(`a scan of ${scanEnd - scanStart} bytes`)
    const head = this.#head(header)
    const tables = this.#q === TABLES_IN_BAND ? tablesHeader(header) : NOTHING

    const payloads: RtpPayload[] = []
    for (let at = scanStart; at < scanEnd; ) {
      const first = at === scanStart ? tables : NOTHING
      const end = Math.min(scanEnd, at + this.#maximumPayload - head.length - first.length)
      const payload = new Uint8Array(head.length + first.length + end - at)
      payload.set(head)
      payload[1] = (at - scanStart) >> 16
      payload[2] = (at - scanStart) >> 8
      payload[3] = at - scanStart
      payload.set(first, head.length)
      payload.set(unit.subarray(at, end), head.length + first.length)
      payloads.push({ payload, marker: end === scanEnd })
      at = end
    }
    return payloads
  }

  /** Main header and restart marker header; the fragment offset is 0. */
  #head(header: JpegHeader): Uint8Array {
    const { restartInterval, frame } = header
    const type = typeOf(header)
    this.#learnQ(header)
    const sides = [sideOf(frame.width), sideOf(frame.height)] as const
    const main = [0, 0, 0, 0, restartInterval > 0 ? type + RESTART_TYPES : type, this.#q, ...sides]
    // Section 3.1.7: F, L and the largest count, for fragments do not keep to restart intervals.
    const restart = restartInterval > 0 ? [restartInterval >> 8, restartInterval & 0xff, 0xff, 0xff] : []
    return Uint8Array.of(...main, ...restart)
  }

  #learnQ({ frame, quantization }: JpegHeader): void {
    const tables = usedTables(frame.components, quantization)
    if (tables.length === this.#tables.length && tables.every((table, index) => equal(table, this.#tables[index])))
      return
    this.#tables = tables
    this.#q = TABLES_IN_BAND
    for (let q = 1; q < 100; q++) {
      if (scaledQuantizationTables(q).every((table, index) => equal(table, tables[index]))) this.#q = q
    }
  }
}

const NOTHING = new Uint8Array(0)

const refused = (what: string): ProtocolError =>
  new ProtocolError('payload-syntax', `RFC 2435 cannot carry a JPEG with ${what}`)

/** Section 4.1. */
function typeOf({ frame, scan, huffman }: JpegHeader): 0 | 1 {
  const [y, cb, cr] = frame.components
  if (!y || !cb || !cr || frame.components.length > 3) throw refused(`${frame.components.length} components`)
  const sampling = frame.components.map(({ horizontal, vertical }) => `${horizontal}x${vertical}`).join(' ')
  if (!/^2x[12] 1x1 1x1$/.test(sampling)) throw refused(`sampling factors of ${sampling}`)
  if (cb.quantization !== cr.quantization) throw refused('three quantization tables')
  const inOrder = scan.length === 3 && scan.every(({ id }, index) => id === frame.components[index]?.id)
  if (!inOrder) throw refused('several scans')
  for (const [index, { dc, ac }] of scan.entries()) {
    const standard = index === 0 ? 0 : 1
    const same = (table: number, of: number) => equal(huffman[table], STANDARD_HUFFMAN_TABLES[of])
    if (!same(dc, standard) || !same(4 + ac, 4 + standard)) throw refused('Huffman tables of its own')
  }
  return y.vertical === 1 ? 0 : 1
}

/** The tables of luminance and chrominance, whatever their destinations are. */
function usedTables([y, cb]: readonly JpegComponent[], tables: QuantizationTables): Uint8Array[] {
  const luminance = y && tables[y.quantization]
  const chrominance = cb && tables[cb.quantization]
  if (!luminance || !chrominance) throw new ProtocolError('payload-syntax', 'the JPEG lacks a quantization table')
  return [luminance, chrominance]
}

/** Section 3.1.8. */
function tablesHeader({ frame, quantization }: JpegHeader): Uint8Array {
  const tables = usedTables(frame.components, quantization)
  const length = tables.reduce((sum, table) => sum + table.length, 0)
  const precision = tables.reduce((bits, table, index) => bits | (table.length > 64 ? 1 << index : 0), 0)
  return Uint8Array.of(0, precision, length >> 8, length & 0xff, ...tables.flatMap((table) => [...table]))
}

function sideOf(pixels: number): number {
  if (pixels === 0 || pixels % UNIT !== 0) throw refused(`a side of ${pixels} pixels, which is no multiple of 8`)
  return pixels > LARGEST_SIDE ? 0 : pixels / UNIT
}

/** Up to the first marker that is none of restarts: EOI, which is not sent, or the end of the file where it is missing. */
function endOfScan(file: Uint8Array, start: number): number {
  for (let at = file.indexOf(0xff, start); at >= 0 && at + 1 < file.length; at = file.indexOf(0xff, at + 1)) {
    const marker = file[at + 1] ?? 0
    const within =
      marker === 0 || marker === 0xff || (marker >= JpegMarker.Restart0 && marker < JpegMarker.StartOfImage)
    if (within) continue
    if (marker !== JpegMarker.EndOfImage) throw refused('several scans')
    return at
  }
  return file.length
}

const equal = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index])
