import { describe, expect, it } from 'vitest'
import { MESSAGE_HEAD_ROOM, messageHeadBytes, writeMessageHead } from '../../bridge/websocket-message.ts'

describe('the head of a message (RFC 6455 section 5.2)', () => {
  it.each([
    [1, '82 01'],
    [125, '82 7d'],
    [126, '82 7e 00 7e'],
    [256, '82 7e 01 00'],
    [65_535, '82 7e ff ff'],
    [65_536, '82 7f 00 00 00 00 00 01 00 00'],
    [2 ** 32 + 1, '82 7f 00 00 00 01 00 00 00 01'],
  ])('of %i bytes is %s', (length, expected) => {
    const offset = 3
    const bytes = new Uint8Array(offset + messageHeadBytes(length))
    writeMessageHead(bytes, offset, length)
    expect(Buffer.from(bytes.subarray(offset)).toString('hex').match(/../g)?.join(' ')).toBe(expected)
    expect(messageHeadBytes(length)).toBeLessThanOrEqual(MESSAGE_HEAD_ROOM)
  })
})
