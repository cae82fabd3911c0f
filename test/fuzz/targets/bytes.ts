import { decodeBase64, decodeHex } from '../../../protocol/bytes/base64.ts'
import { BitReader } from '../../../protocol/bytes/bit-reader.ts'
import { ByteReader } from '../../../protocol/bytes/byte-reader.ts'
import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { accepted, type FuzzTarget, fromHex, holds, outcomeOf, same, textOf, utf8 } from '../target.ts'

export const base64: FuzzTarget = {
  name: 'base64',
  shapes: ['bytes'],
  seeds: ['Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==', 'aM4PyA', 'aM4 PyA=====', '1188', 'ff00FF', ''].map(utf8),
  dictionary: ['=', '====', ' ', '\n', '-', '_', 'AA', '\u2028'].map(utf8),
  check(input) {
    const text = textOf(input)
    const bytes = decodeBase64(text)
    if (bytes) {
      const digits = text.replace(/[\s=]/g, '')
      // The bits that the last digit has too many may be anything; what they are not is data.
      const written = Buffer.from(bytes).toString('base64').replace(/=/g, '')
      same(written.length, digits.length, 'as many digits as were read')
      same(written.slice(0, -1), digits.slice(0, -1), 'encode∘decode')
    }
    const hex = decodeHex(text)
    if (hex) same(Buffer.from(hex).toString('hex'), text.toLowerCase(), 'encode∘decode')
  },
}

/** The input is a program: each byte says what is read next, from the input itself. */
export const readers: FuzzTarget = {
  name: 'readers',
  shapes: ['bytes'],
  maximumBytes: 2048,
  seeds: [fromHex('0102030405060708090a0b0c0d0e0f10'), fromHex('80402010080402010000000001ffffffffff')],
  dictionary: ['00000000', 'ffffffff', '00000001'].map(fromHex),
  check(input) {
    checkBits(input)
    checkBytes(input)
  },
}

function checkBits(input: Uint8Array): void {
  const reader = new BitReader(input)
  const digits = Array.from(input.subarray(0, 64), (byte) => byte.toString(2).padStart(8, '0')).join('')
  for (const byte of input.subarray(0, 64)) {
    const before = reader.position
    const count = byte % 33
    const outcome = outcomeOf(() => (byte & 0x40 ? reader.ue() : byte & 0x80 ? reader.se() : reader.bits(count)))
    holds(reader.position >= before && reader.position <= input.length * 8, 'a reader stays within its bytes')
    if ('error' in outcome) return
    holds(Number.isSafeInteger(outcome.value), 'an exact number')
    if (byte < 0x40 && before + count <= digits.length) {
      const expected = count === 0 ? 0 : Number.parseInt(digits.slice(before, before + count), 2)
      same(outcome.value, expected, 'the bits as they stand')
    }
  }
}

function checkBytes(input: Uint8Array): void {
  const reader = new ByteReader(input)
  const writer = new ByteWriter(1)
  for (const byte of input) {
    const start = reader.position
    const done = accepted(() => {
      if (byte % 6 === 0) writer.u8(reader.u8())
      else if (byte % 6 === 1) writer.u16(reader.u16())
      else if (byte % 6 === 2) writer.u24(reader.u24())
      else if (byte % 6 === 3) writer.u32(reader.u32())
      else if (byte % 6 === 4) writer.write(reader.take(byte % 11))
      else {
        // Exact up to 2^53 only.
        const number = reader.u64()
        writer.u64(number)
        if (number > Number.MAX_SAFE_INTEGER) return false
      }
      return true
    })
    if (done === undefined) {
      same(reader.position, start, 'what was refused was not read')
      return
    }
    if (done) same(writer.view().subarray(start), input.subarray(start, reader.position), 'write∘read')
  }
}
