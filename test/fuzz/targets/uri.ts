import { formatRtspUri, parseRtspUri, resolveBase, resolveControl } from '../../../protocol/rtsp/uri.ts'
import { accepted, type FuzzTarget, holds, same, textOf, utf8 } from '../target.ts'

const REQUEST = parseRtspUri('rtsp://dialled:8554/live?x=1')

function check(input: Uint8Array): void {
  const text = textOf(input)
  const uri = accepted(() => parseRtspUri(text))
  if (uri) {
    holds(uri.host !== '' && uri.port >= 1 && uri.port <= 65535, 'an address has a host and a port')
    const written = formatRtspUri(uri)
    const again = accepted(() => parseRtspUri(written))
    same([again?.scheme, again?.host, again?.port], [uri.scheme, uri.host, uri.port], 'the same server')
    same(again && formatRtspUri(again), written, 'parse∘format is the identity on what format gives')
    holds(again?.credentials === undefined, 'no password is shown')
  }
  // A camera states these two; whatever it says, the host that was dialled stays.
  const base = resolveBase(REQUEST, [text, undefined])
  const control = resolveControl(base, text)
  for (const resolved of [base, control]) {
    same(
      [resolved.scheme, resolved.host, resolved.port],
      ['rtsp', 'dialled', 8554],
      'the host that was dialled is kept',
    )
  }
}

export const uri: FuzzTarget = {
  name: 'uri',
  shapes: ['bytes'],
  seeds: [
    'rtsp://camera/live',
    'rtsps://user:pass@[2001:db8::1]:322/a/b?c=d&e=f',
    'rtsp://admin:p@ss:w/rd@192.0.2.1:554/Streaming/Channels/101?transportmode=unicast',
    'rtsp://rtsp://camera:8554/live/trackID=1',
    'rtsp://2001:db8::1/live',
    'rtsp://user%40home:100%@camera',
    '192.0.2.1/live/',
    '//camera/live/',
    '/live/trackID=1?ctype=video',
    'trackID=1',
    '?ctype=video',
    '*',
  ].map(utf8),
  dictionary: [
    'rtsp://',
    'rtsps://',
    'rtspu://',
    '@',
    ':',
    '/',
    '?',
    '#',
    '[',
    ']',
    '%',
    '%40',
    '::',
    '..',
    ' ',
    '\u2028',
  ]
    .concat(['user:pw@', ':554', ':0', ':65536', '0x7f.1', '127.0.0.1'])
    .map(utf8),
  check,
}
