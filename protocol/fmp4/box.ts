/**
 * Boxes of the ISO base media file format (ISO/IEC 14496-12 section 4.2), written as nested arrays of fields. They are
 * made a few times a stream; fragments have a path of their own (`media-segment.ts`).
 */

/** What a box holds: bytes, or more fields. */
export type Field = Uint8Array | readonly Field[]

/** A box: its size in 32 bits, its four-character type, its fields. */
export const box = (type: string, ...fields: Field[]): Field => [u32(8 + sizeOf(fields)), ascii(type), fields]

/** A box with a version and 24 flags (section 4.2.2). */
export const fullBox = (type: string, version: number, flags: number, ...fields: Field[]): Field =>
  box(type, u8(version), u24(flags), fields)

export const u8 = (value: number): Field => Uint8Array.of(value)
export const u16 = (value: number): Field => Uint8Array.of(value >>> 8, value)
export const u24 = (value: number): Field => Uint8Array.of(value >>> 16, value >>> 8, value)
export const u32 = (value: number): Field => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
/** 16.16, unsigned. */
export const fixed32 = (value: number): Field => u32(Math.round(value * 0x1_0000))
/** 8.8. */
export const fixed16 = (value: number): Field => u16(Math.round(value * 0x100))
export const zeros = (count: number): Field => new Uint8Array(count)
export const ascii = (text: string): Field => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** The fields one behind the other, in bytes of their own. */
export function concatenate(fields: Field): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeOf(fields))
  let at = 0
  const write = (field: Field): void => {
    if (field instanceof Uint8Array) {
      bytes.set(field, at)
      at += field.length
    } else for (const part of field) write(part)
  }
  write(fields)
  return bytes
}

function sizeOf(field: Field): number {
  if (field instanceof Uint8Array) return field.length
  let size = 0
  for (const part of field) size += sizeOf(part)
  return size
}
