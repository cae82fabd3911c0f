import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BitReader } from '../../../protocol/bytes/bit-reader.ts'
import { BitWriter } from '../../../protocol/bytes/bit-writer.ts'

describe('a bit writer', () => {
  it('writes what a bit reader reads', () => {
    const number = fc.integer({ min: 0, max: 2 ** 32 - 2 })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 32 }), number, fc.boolean())), (parts) => {
        const writer = new BitWriter()
        for (const [count, value, flag] of parts) writer.bits(count, value).ue(value).flag(flag)
        const reader = new BitReader(writer.toBytes())
        for (const [count, value, flag] of parts) {
          expect([reader.bits(count), reader.ue(), reader.flag()]).toEqual([value % 2 ** count, value, flag])
        }
        expect(reader.remaining).toBeLessThan(8)
      }),
    )
  })

  it('copies the first bits of bytes', () => {
    expect([...new BitWriter().flag(true).copy(Uint8Array.of(0xa5, 0xff), 11).toBytes()]).toEqual([0xd2, 0xf0])
  })
})
