import type { QuantizationTables } from '../codec/jpeg.ts'
import { scaledQuantizationTables } from '../codec/jpeg-tables.ts'
import type { JpegPayloadHeader } from './jpeg-payload-header.ts'

/** RFC 2435 section 4.2: its tables are in every picture, for they may change with each. */
const CHANGING_Q = 255
const FIRST_DYNAMIC_Q = 128

/** The quantization tables of a stream by their Q: scaled from the standard's, or as they were sent. */
export class JpegQuantization {
  /** At most 254. */
  readonly #known = new Map<number, QuantizationTables>()

  /**
   * The tables for the first packet of a picture; null where it neither has them nor had them before.
   *
   * @param bytes the packet that the header was read from
   */
  tables(header: JpegPayloadHeader, bytes: Uint8Array): QuantizationTables | null {
    const { q } = header
    if (q < FIRST_DYNAMIC_Q) {
      // 0 and 100 to 127 are reserved (section 3.1.4); what 0 means ONVIF says, and the caller knows.
      if (q === 0) return null
      const scaled = this.#known.get(q) ?? scaledQuantizationTables(q)
      this.#known.set(q, scaled)
      return scaled
    }
    if (header.tablesEnd === header.tablesStart) return this.#known.get(q) ?? null
    const sent = readTables(header, bytes)
    if (sent && q !== CHANGING_Q) this.#known.set(q, sent)
    return sent
  }
}

/** Section 3.1.8: the tables of luminance and chrominance; where there is but one, it is for both. */
function readTables({ precision, tablesStart, tablesEnd }: JpegPayloadHeader, bytes: Uint8Array) {
  const tables: Uint8Array[] = []
  let at = tablesStart
  for (let index = 0; index < 2 && at < tablesEnd; index++) {
    const length = precision & (1 << index) ? 128 : 64
    if (at + length > tablesEnd) return null
    tables.push(bytes.slice(at, at + length))
    at += length
  }
  const [luminance, chrominance = luminance] = tables
  return luminance && chrominance ? [luminance, chrominance] : null
}
