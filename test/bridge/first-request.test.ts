import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../bridge/close-code.ts'
import { FirstRequest } from '../../bridge/first-request.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const push = (text: string, max = 100) => new FirstRequest(max).push(bytes(text))

describe('FirstRequest', () => {
  it('finds the URI at any split of the bytes', () => {
    const text = 'DESCRIBE rtsp://10.0.0.5/a RTSP/1.0\r\nCSeq: 1\r\n\r\n'
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 40 }), (sizes) => {
        const request = new FirstRequest(100)
        let uri: string | undefined
        let at = 0
        for (const size of [...sizes, text.length]) {
          uri = request.push(bytes(text.slice(at, at + size)))
          if (uri !== undefined) break
          at += size
        }
        expect(uri).toBe('rtsp://10.0.0.5/a')
      }),
    )
  })

  it('takes a line that ends in LF alone', () => {
    expect(push('OPTIONS rtsp://h RTSP/2.0\n')).toBe('rtsp://h')
  })

  it.each(['GET / HTTP/1.1\r\n', '\r\n', '$\0\0\x04abcd\n', 'OPTIONS * RTSP/1.0\r\n', 'DESCRIBE rtsp://h\r\n'])(
    'refuses %j',
    (text) => {
      expect(() => push(text)).toThrow(expect.objectContaining({ closeCode: CLOSE.badRequest }))
    },
  )

  it('refuses a line beyond its bound, whether it ends or not', () => {
    const tooLarge = expect.objectContaining({ closeCode: CLOSE.tooLarge })
    expect(() => push('x'.repeat(101))).toThrow(tooLarge)
    expect(() => push(`OPTIONS rtsp://${'x'.repeat(100)} RTSP/1.0\r\n`)).toThrow(tooLarge)
  })
})
