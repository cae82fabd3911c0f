import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ProtocolError } from '../../../protocol/errors.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { RtspHeaders, type RtspMessage } from '../../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import { serializeRequest } from '../../../protocol/rtsp/message-serializer.ts'
import { serializeResponse } from '../../../protocol/rtsp/response-serializer.ts'

type Found =
  | { message: string; headers: [string, string][]; body: string }
  | { channel: number; payload: string }
  | { skipped: number }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const startLine = (message: RtspMessage): string =>
  message.kind === 'request' ? `${message.method} ${message.uri}` : `${message.status} ${message.reason}`

function parserInto(found: Found[]): RtspMessageParser {
  return new RtspMessageParser({
    message: (message) =>
      found.push({ message: startLine(message), headers: [...message.headers], body: hex(message.body) }),
    interleaved: (channel, bytes, start, end) => found.push({ channel, payload: hex(bytes.subarray(start, end)) }),
    skipped: (skipped) => found.push({ skipped }),
  })
}

function parse(...chunks: Uint8Array[]): Found[] {
  const found: Found[] = []
  const parser = parserInto(found)
  for (const chunk of chunks) parser.push(chunk)
  return found
}

/** Skipped bytes add up: how they are grouped depends on the split. */
function withoutGrouping(found: Found[]): Found[] {
  const joined: Found[] = []
  for (const item of found) {
    const last = joined.at(-1)
    if ('skipped' in item && last && 'skipped' in last) last.skipped += item.skipped
    else joined.push({ ...item })
  }
  return joined
}

const frame = (channel: number, payload: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.of(0x24, channel, payload.length >> 8, payload.length & 0xff), payload])
const rtp = (...rest: number[]): Uint8Array => Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, ...rest)
const describeAnswer = ascii(
  'RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n',
)

describe('an RTSP message parser', () => {
  it('gives a response with its headers and its body', () => {
    expect(parse(describeAnswer)).toEqual([
      {
        message: '200 OK',
        headers: [
          ['CSeq', '2'],
          ['Content-Type', 'application/sdp'],
          ['Content-Length', '5'],
        ],
        body: hex(ascii('v=0\r\n')),
      },
    ])
  })

  it('gives a request', () => {
    expect(parse(ascii('OPTIONS rtsp://camera/live RTSP/1.0\r\nCSeq: 1\r\n\r\n'))).toEqual([
      { message: 'OPTIONS rtsp://camera/live', headers: [['CSeq', '1']], body: '' },
    ])
  })

  it('takes as body what Content-Length says, so that the frame behind it is not swallowed', () => {
    const found = parse(Buffer.concat([describeAnswer, frame(0, rtp(7))]))
    expect(found).toHaveLength(2)
    expect(found[1]).toEqual({ channel: 0, payload: hex(rtp(7)) })
  })

  it('gives the same for every split of the bytes in two', () => {
    const bytes = Buffer.concat([
      frame(0, rtp(1, 2, 3)),
      describeAnswer,
      frame(1, rtp()),
      ascii('\r\nANNOUNCE * RTSP/1.0\r\nCSeq: 9\r\n\r\n'),
      ascii('stray text\r\n'),
      frame(2, rtp(0x24, 0x0a, 0x0d, 0x0a)),
      frame(3, new Uint8Array(0)),
    ])
    const whole = withoutGrouping(parse(bytes))
    expect(whole.length).toBeGreaterThan(6)
    for (let at = 1; at < bytes.length; at++) {
      expect(withoutGrouping(parse(bytes.subarray(0, at), bytes.subarray(at))), `split at ${at}`).toEqual(whole)
    }
    expect(withoutGrouping(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual(whole)
  })

  it('gives the same for any messages, frames and garbage at any splits', () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/).filter((name) => !/^content-length$/i.test(name))
    const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
    const headers = fc.array(fc.tuple(token, value), { maxLength: 6 }).map((fields) => new RtspHeaders(fields))
    const body = fc.uint8Array({ maxLength: 200 })
    const item = fc.oneof(
      fc
        .record({ status: fc.constantFrom(100, 200, 401, 454), headers, body })
        .map((response) => serializeResponse(response)),
      fc
        .record({ method: fc.constantFrom('PLAY', 'GET_PARAMETER'), headers, body })
        .map((request) => serializeRequest({ ...request, uri: 'rtsp://h/p' })),
      fc
        .tuple(fc.nat(255), fc.uint8Array({ maxLength: 300 }))
        .map(([channel, payload]) => frame(channel, rtp(...payload))),
      fc.uint8Array({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (items, cuts) => {
        const bytes = Buffer.concat(items)
        const places = [...new Set(cuts.map((cut) => (bytes.length === 0 ? 0 : cut % bytes.length)))].sort(
          (a, b) => a - b,
        )
        const chunks = [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length))
        const outcome = (parts: Uint8Array[]) => {
          try {
            return withoutGrouping(parse(...parts))
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError)
            return (error as ProtocolError).code
          }
        }
        expect(outcome(chunks)).toEqual(outcome([bytes]))
      }),
      { numRuns: 500 },
    )
  })

  it('reads back what the serializer wrote', () => {
    const headers = new RtspHeaders([
      ['CSeq', '3'],
      ['Session', 'a b;timeout=60'],
    ])
    const body = ascii('position\r\n')
    const [request] = parse(serializeRequest({ method: 'GET_PARAMETER', uri: 'rtsp://h/p', headers, body }))
    expect(request).toMatchObject({ message: 'GET_PARAMETER rtsp://h/p', body: hex(body) })
    const [response] = parse(serializeResponse({ status: 454, headers }))
    expect(response).toMatchObject({ message: '454 Session Not Found', headers: [...headers], body: '' })
  })

  it('takes lines that end with a line feed alone, and leading empty lines', () => {
    expect(parse(ascii('\r\n\nRTSP/1.0 200 OK\nCSeq: 1\n\n'))).toMatchObject([{ message: '200 OK' }])
  })

  it('takes lines that end with two carriage returns', () => {
    expect(parse(ascii('RTSP/1.0 200 OK\r\r\nCSeq: 1\r\r\n\r\r\n'), frame(0, rtp()))).toMatchObject([
      { message: '200 OK', headers: [['CSeq', '1']] },
      { channel: 0 },
    ])
  })

  it('joins a header that goes on in the next line, and passes over a line without a colon', () => {
    const [response] = parse(
      ascii('RTSP/1.0 200 OK\r\nno colon here\r\nRTP-Info: url=a;seq=1,\r\n url=b;seq=2\r\n\r\n'),
    )
    expect(response).toMatchObject({ headers: [['RTP-Info', 'url=a;seq=1, url=b;seq=2']] })
  })

  it('finds its place again behind text between messages, and counts what it passed over', () => {
    const found = withoutGrouping(parse(Buffer.concat([ascii('<html>oops</html>'), describeAnswer, frame(0, rtp())])))
    expect(found).toMatchObject([{ skipped: 17 }, { message: '200 OK' }, { channel: 0 }])
  })

  it('finds its place again at a frame that stands in binary garbage', () => {
    const garbage = Uint8Array.of(0x24, 0x41, 0xff, 0xfe, 0x01, 0x52, 0x54, 0x53, 0x50, 0x2f, 0x00, 0x24)
    const found = withoutGrouping(parse(ascii('x'), garbage, frame(1, rtp(9)), frame(0, rtp(8))))
    expect(found).toEqual([{ skipped: 13 }, { channel: 1, payload: hex(rtp(9)) }, { channel: 0, payload: hex(rtp(8)) }])
  })

  it('believes a frame behind garbage only on a channel that is in use', () => {
    const found: Found[] = []
    const parser = new RtspMessageParser(
      {
        message: () => undefined,
        interleaved: (channel, bytes, start, end) => found.push({ channel, payload: hex(bytes.subarray(start, end)) }),
        skipped: () => undefined,
      },
      { isExpectedChannel: (channel) => channel < 2 },
    )
    parser.push(Buffer.concat([ascii('x'), frame(9, rtp(1)), frame(1, rtp(2))]))
    expect(found).toEqual([{ channel: 1, payload: hex(rtp(2)) }])
  })

  it('tells a web server from an RTSP server', () => {
    expect(() => parse(ascii('HTTP/1.1 400 Bad Request\r\n\r\n'))).toThrow(
      expect.objectContaining({ code: 'not-rtsp' }),
    )
  })

  it('takes a body as complete when asked to, and what follows as the next message', () => {
    const found: Found[] = []
    const parser = parserInto(found)
    parser.push(ascii('RTSP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nv=0\r\n'))
    expect(found).toEqual([])
    expect(parser.missingBodyBytes).toBe(4)
    parser.acceptShortBody()
    parser.push(ascii('RTSP/1.0 454 Session Not Found\r\n\r\n'))
    expect(found).toMatchObject([{ body: hex(ascii('v=0\r\n')) }, { message: '454 Session Not Found' }])
  })

  it.each([
    ['a head without end', `RTSP/1.0 200 OK\r\nX: ${'a'.repeat(LIMITS.rtspHeadBytes)}`, 'rtsp-head-too-large'],
    ['too many headers', `RTSP/1.0 200 OK\r\n${'X: 1\r\n'.repeat(LIMITS.rtspHeaders + 1)}\r\n`, 'rtsp-head-too-large'],
    [
      'a body beyond the bound',
      `RTSP/1.0 200 OK\r\nContent-Length: ${LIMITS.rtspBodyBytes + 1}\r\n\r\n`,
      'rtsp-body-too-large',
    ],
    ['garbage without end', '\x01'.repeat(LIMITS.rtspGarbageBytes + 2), 'not-rtsp'],
  ])('ends with a typed error at %s', (_, text, code) => {
    expect(() => parse(ascii(text))).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
  })

  it('says at which byte of the connection it failed', () => {
    const error = (() => {
      try {
        return parse(describeAnswer, ascii(`RTSP/1.0 200 OK\r\n${'X: 1\r\n'.repeat(LIMITS.rtspHeaders + 1)}\r\n`))
      } catch (thrown) {
        return thrown as ProtocolError
      }
    })()
    expect(error).toMatchObject({ place: { byte: describeAnswer.length } })
  })

  it('copies each byte a bounded number of times, however small the chunks', () => {
    // Bytes copied are counted, not seconds: a parser that joins its whole buffer anew for each chunk copies thousands
    // of times as many.
    const copiedFor = (chunkSize: number): number => {
      const bytes = Buffer.concat([frame(0, rtp(...new Array(60_000).fill(1))), describeAnswer, frame(1, rtp())])
      let copied = 0
      const set = vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (this: Uint8Array, source, offset) {
        copied += source.length
        for (let i = 0; i < source.length; i++) this[i + (offset ?? 0)] = source[i] ?? 0
      })
      const copyWithin = vi.spyOn(Uint8Array.prototype, 'copyWithin').mockImplementation(function (
        this: Uint8Array,
        target,
        start,
        end,
      ) {
        copied += (end ?? this.length) - start
        for (let i = start; i < (end ?? this.length); i++) this[target + i - start] = this[i] ?? 0
        return this
      })
      try {
        const found: Found[] = []
        const parser = parserInto(found)
        for (let at = 0; at < bytes.length; at += chunkSize) parser.push(bytes.subarray(at, at + chunkSize))
        expect(found).toHaveLength(3)
      } finally {
        set.mockRestore()
        copyWithin.mockRestore()
      }
      return copied / bytes.length
    }
    for (const chunkSize of [1, 7, 256, 1400, 70_000])
      expect(copiedFor(chunkSize), `chunks of ${chunkSize}`).toBeLessThan(4)
  })
})
