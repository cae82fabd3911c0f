import { decodeHex } from '../bytes/base64.ts'
import type { HuffmanTables } from './jpeg.ts'

/** ITU-T T.81 Tables K.1 and K.2, luminance and chrominance, in zig-zag order. */
const LUMINANCE = Uint8Array.of(
  ...[16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40],
  ...[26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51],
  ...[56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87],
  ...[95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99],
)
const CHROMINANCE = Uint8Array.of(
  ...[17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99],
  ...new Array<number>(48).fill(99),
)

/**
 * The quantization tables that a Q of 1 to 99 means (RFC 2435 section 4.2 and Appendix A): luminance and chrominance.
 * It is the formula of the Independent JPEG Group, in integers. As in the appendix, a Q beyond counts as the nearest.
 */
export function scaledQuantizationTables(q: number): readonly [Uint8Array, Uint8Array] {
  const factor = Math.min(99, Math.max(1, q))
  const scale = factor < 50 ? Math.floor(5000 / factor) : 200 - factor * 2
  const scaled = (table: Uint8Array) =>
    table.map((value) => Math.min(255, Math.max(1, Math.floor((value * scale + 50) / 100))))
  return [scaled(LUMINANCE), scaled(CHROMINANCE)]
}

/** ITU-T T.81 Tables K.3 and K.4: 16 numbers of codes, then the categories 0 to 11. */
const LUMINANCE_DC = Uint8Array.of(0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, ...range(12))
const CHROMINANCE_DC = Uint8Array.of(0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, ...range(12))

/** ITU-T T.81 Tables K.5 and K.6: 16 numbers of codes, then runs and sizes in the order of their codes. */
const LUMINANCE_AC = fromHex(`
  0002010303020403050504040000017d
  01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a
  434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9
  aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa`)
const CHROMINANCE_AC = fromHex(`
  00020102040403040705040400010277
  000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a3536373839
  3a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7
  a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa`)

/** The Huffman tables of RFC 2435 Appendix B, which every picture without tables of its own has. */
export const STANDARD_HUFFMAN_TABLES: HuffmanTables = [
  LUMINANCE_DC,
  CHROMINANCE_DC,
  undefined,
  undefined,
  LUMINANCE_AC,
  CHROMINANCE_AC,
]

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function fromHex(digits: string): Uint8Array {
  return decodeHex(digits.replace(/\s/g, '')) ?? new Uint8Array(0)
}
