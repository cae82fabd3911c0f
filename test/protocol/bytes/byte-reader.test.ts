import { describe, expect, it } from 'vitest'
import { ByteReader } from '../../../protocol/bytes/byte-reader.ts'

describe('a byte reader', () => {
  it('reads big-endian numbers and views', () => {
    const reader = new ByteReader(Uint8Array.of(1, 0, 2, 0, 0, 3, 0xff, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 5, 8, 9))
    expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u64()]).toEqual([
      1,
      2,
      3,
      0xff00_0004,
      2 ** 32 + 5,
    ])
    expect([...reader.take(1)]).toEqual([8])
    reader.skip(1)
    expect(reader.remaining).toBe(0)
  })

  it('stays within its range of a larger buffer', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4), 1, 3)
    expect(reader.u16()).toBe(0x0203)
    expect(() => reader.u8()).toThrow(expect.objectContaining({ code: 'out-of-range', place: { byte: 3 } }))
  })

  it('fails with the code that it was made with, and does not move', () => {
    const reader = new ByteReader(Uint8Array.of(1), 0, 1, 'file-invalid')
    expect(() => reader.u32()).toThrow(expect.objectContaining({ code: 'file-invalid' }))
    expect(() => reader.skip(-1)).toThrow(expect.objectContaining({ code: 'file-invalid' }))
    expect(reader.u8()).toBe(1)
  })
})
