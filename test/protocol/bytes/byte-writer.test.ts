import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'

describe('a byte writer', () => {
  it('writes what a reader reads, growing from any size', () => {
    const writer = new ByteWriter(1)
    writer
      .u8(1)
      .u16(2)
      .u24(3)
      .u32(0xffff_ffff)
      .u64(2 ** 32 + 5)
      .ascii('moov')
      .write(Uint8Array.of(9))
    expect([...writer.toBytes()]).toEqual([
      1, 0, 2, 0, 0, 3, 255, 255, 255, 255, 0, 0, 0, 1, 0, 0, 0, 5, 0x6d, 0x6f, 0x6f, 0x76, 9,
    ])
    expect(writer.length).toBe(23)
  })

  it('overwrites what was written before', () => {
    const writer = new ByteWriter().u32(0).u16(0)
    writer.patchU32(0, 7)
    writer.patchU16(4, 8)
    expect([...writer.view()]).toEqual([0, 0, 0, 7, 0, 8])
  })

  it('begins anew in the same buffer', () => {
    const writer = new ByteWriter().u32(1)
    writer.clear()
    expect([...writer.u8(2).toBytes()]).toEqual([2])
  })
})
