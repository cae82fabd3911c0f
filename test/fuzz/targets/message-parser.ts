import { LIMITS } from '../../../protocol/limits.ts'
import { RtspHeaders, type RtspMessage } from '../../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import { serializeRequest } from '../../../protocol/rtsp/message-serializer.ts'
import { serializeResponse } from '../../../protocol/rtsp/response-serializer.ts'
import type { Random } from '../random.ts'
import { accepted, chunksOf, concat, type FuzzTarget, latin1, outcomeOf, same, utf8 } from '../target.ts'
import { frame, RTP_PACKETS } from './rtp-material.ts'
import { RTSP_WORDS, SDP } from './rtsp-material.ts'

type Item =
  | { readonly message: RtspMessage; readonly fields: readonly [string, string][] }
  | { readonly channel: number; readonly payload: Uint8Array }
  | { skipped: number }

interface Parsed {
  readonly items: readonly Item[]
  readonly error: string | undefined
}

/** Which channels are believed after garbage. */
type Expected = (channel: number) => boolean

function parse(chunks: readonly Uint8Array[], isExpectedChannel: Expected): Parsed {
  const items: Item[] = []
  const parser = new RtspMessageParser(
    {
      message: (message) => items.push({ message, fields: [...message.headers] }),
      interleaved: (channel, bytes, start, end) => items.push({ channel, payload: bytes.slice(start, end) }),
      skipped: (skipped) => {
        // How skipped bytes are grouped depends on the split; their number does not.
        const last = items.at(-1)
        if (last && 'skipped' in last) last.skipped += skipped
        else items.push({ skipped })
      },
    },
    { isExpectedChannel },
  )
  const outcome = outcomeOf(() => {
    for (const chunk of chunks) parser.push(chunk)
  })
  return { items, error: 'error' in outcome ? outcome.error : undefined }
}

function check(input: Uint8Array, random: Random): void {
  const expected: Expected = random.chance(0.5) ? () => true : (channel) => channel < 4
  const whole = parse([input], expected)
  same(parse(chunksOf(input, random), expected), whole, 'any split gives the same')
  if (input.length < 2000 && random.chance(0.25)) {
    const single = Array.from(input, (_, index) => input.slice(index, index + 1))
    same(parse(single, expected), whole, 'byte by byte gives the same')
  }
  for (const item of whole.items) if ('message' in item) checkSerializer(item.message)
}

/** What was read and written is read as the same. A value that could end its line is not written at all. */
function checkSerializer(message: RtspMessage): void {
  const bytes = accepted(() =>
    message.kind === 'request'
      ? serializeRequest({ ...message, version: message.version })
      : serializeResponse({ ...message, version: message.version }),
  )
  // What was no UTF-8 is written as three bytes for each.
  if (!bytes || bytes.length - message.body.length > LIMITS.rtspHeadBytes) return
  const again = parse([bytes], () => true)
  same(again.items.map(comparable), [comparable({ message, fields: [...message.headers] })], 'parse∘serialize')
}

/** Content-Length is the serializer's own business. */
function comparable(item: Item): unknown {
  if (!('message' in item)) return item
  const fields = item.fields.filter(([name]) => name.toLowerCase() !== 'content-length')
  return { ...item.message, headers: fields }
}

const request = (method: string, headers: [string, string][], body?: Uint8Array): Uint8Array =>
  serializeRequest({ method, uri: 'rtsp://camera/live', headers: new RtspHeaders([['CSeq', '1'], ...headers]), body })
const response = (status: number, headers: [string, string][], body?: Uint8Array): Uint8Array =>
  serializeResponse({ status, headers: new RtspHeaders([['CSeq', '1'], ...headers]), body })

const describeAnswer = response(200, [['Content-Type', 'application/sdp']], utf8(SDP))
const playAnswer = response(200, [
  ['Session', '12345678;timeout=60'],
  ['RTP-Info', 'url=rtsp://camera/live/1;seq=5;rtptime=7'],
])
const frames = RTP_PACKETS.map((packet, index) => frame(index % 4, packet))

export const messageParser: FuzzTarget = {
  name: 'message-parser',
  shapes: ['bytes', 'lines'],
  seeds: [
    describeAnswer,
    concat(playAnswer, ...frames),
    concat(...frames.slice(0, 3), playAnswer, ...frames.slice(3), describeAnswer),
    concat(request('OPTIONS', []), request('SET_PARAMETER', [['Session', '1']], utf8('a: b\r\n'))),
    concat(response(401, [['WWW-Authenticate', 'Digest realm="a", nonce="b"']]), latin1('\r\n\r\n'), describeAnswer),
    concat(latin1('noise\0noise'), ...frames.slice(0, 2), latin1('RTSP/1.0 200 OK\nCSeq: 3\n folded\n\n'), playAnswer),
    concat(response(200, []), latin1('RTSP/1.0 x'), frame(0, new Uint8Array(2000)), playAnswer),
  ],
  dictionary: [
    ...RTSP_WORDS,
    ...['RTSP/1.0', 'RTSP/1.0 200 OK\r\n', '\r\n', '\r\n\r\n', '\n', '\r', ' ', '\t', ':', 'Content-Length: ', '$'].map(
      latin1,
    ),
    ...['OPTIONS ', 'PLAY rtsp://a RTSP/1.0\r\n', 'HTTP/1.1', '\u2028', '\ufeff', '\0'].map(utf8),
    ...['PLAY PLAY PLAY ', 'PLAY x RTSP/1.0 200 OK\r\n\r\n', 'RTSP/1.0 200 x\0', 'RTSP/RTSP/'].map(latin1),
    Uint8Array.of(0x24, 0, 0, 12, 0x80),
    Uint8Array.of(0x24, 0, 0xff, 0xff, 0x80),
    Uint8Array.of(0x24, 0, 0, 0),
  ],
  check,
}
