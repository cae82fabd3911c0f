import { describe, expect, it } from 'vitest'
import { BitReader } from '../../../protocol/bytes/bit-reader.ts'
import { ProtocolError } from '../../../protocol/errors.ts'

/** A reader of a text of zeros and ones; blanks are for the eye. */
const reading = (bits: string) => {
  const digits = bits.replaceAll(' ', '')
  const padded = digits.padEnd(Math.ceil(digits.length / 8) * 8, '0')
  return new BitReader(Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2)))
}

describe('a bit reader', () => {
  it('reads numbers of any width over the borders of bytes', () => {
    const reader = reading('1 0110 10101010101 11111111111111111111111111111111')
    expect([reader.flag(), reader.bits(4), reader.bits(11), reader.bits(32)]).toEqual([true, 6, 0x555, 0xffff_ffff])
    expect(reader.position).toBe(48)
    expect(reader.bits(0)).toBe(0)
  })

  it('looks ahead, and skips as far as there is something', () => {
    const reader = reading('0101 1100')
    expect([reader.peek(4), reader.bits(4), reader.position]).toEqual([5, 5, 4])
    expect(() => reader.skip(5)).toThrow(ProtocolError)
    expect(() => reader.peek(5)).toThrow(ProtocolError)
    reader.skip(3)
    expect([reader.remaining, reader.bits(1)]).toEqual([1, 0])
  })

  // ITU-T H.264 table 9-2.
  it.each([
    ['1', 0],
    ['010', 1],
    ['011', 2],
    ['00100', 3],
    ['00111', 6],
    ['0001010', 9],
    [`${'0'.repeat(32)}1${'1'.repeat(32)}`, 2 ** 33 - 2],
  ])('reads the Exp-Golomb code %s as %d', (bits, value) => {
    expect(reading(bits).ue()).toBe(value)
  })

  // Table 9-3.
  it('reads signed Exp-Golomb codes', () => {
    const reader = reading('1 010 011 00100 00101')
    expect(Array.from({ length: 5 }, () => reader.se())).toEqual([0, 1, -1, 2, -2])
  })

  it('fails at the end, and at a code that never ends, with the byte', () => {
    expect(() => reading('1').bits(9)).toThrow(expect.objectContaining({ code: 'out-of-range', place: { byte: 0 } }))
    expect(() => reading('0'.repeat(64)).ue()).toThrow(expect.objectContaining({ code: 'out-of-range' }))
    expect(() => reading('1').skip(100)).toThrow(expect.objectContaining({ code: 'out-of-range' }))
  })
})
