import { Refusal } from '../../../bridge/close-code.ts'
import { FirstRequest } from '../../../bridge/first-request.ts'
import { DEFAULT_LIMITS } from '../../../bridge/limits.ts'
import { hostPort, parseRtspUrl } from '../../../bridge/rtsp-url.ts'
import { chunksOf, type FuzzTarget, holds, type Outcome, same, textOf, utf8 } from '../target.ts'

/** The bridge refuses with close codes instead. */
function outcomeOfBridge<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof Refusal) return { error: `${error.closeCode} ${error.message}` }
    throw error
  }
}

function readFirst(chunks: readonly Uint8Array[]): string | undefined {
  const first = new FirstRequest(DEFAULT_LIMITS.requestLineBytes)
  for (const chunk of chunks) {
    const uri = first.push(chunk)
    if (uri !== undefined) return uri
  }
  return undefined
}

export const bridgeFirstRequest: FuzzTarget = {
  name: 'bridge-first-request',
  shapes: ['bytes'],
  seeds: [
    'OPTIONS rtsp://camera:554/live RTSP/1.0\r\nCSeq: 1\r\n\r\n',
    'DESCRIBE  rtsps://[::1]/a?b  RTSP/2.0\n',
    'OPTIONS * RTSP/1.0\r\n',
    `OPTIONS rtsp://camera/${'a'.repeat(4080)} RTSP/1.0\r\n`,
  ].map(utf8),
  dictionary: ['OPTIONS ', ' RTSP/1.0\r\n', '\r\n', '\n', '*', 'rtsp://', ' ', '\0', '\u00a0'].map(utf8),
  check(input, random) {
    const whole = outcomeOfBridge(() => readFirst([input]))
    same(
      outcomeOfBridge(() => readFirst(chunksOf(input, random))),
      whole,
      'any split gives the same',
    )
  },
}

export const bridgeRtspUrl: FuzzTarget = {
  name: 'bridge-rtsp-url',
  shapes: ['bytes'],
  maximumBytes: 16 * 1024,
  seeds: [
    'rtsp://camera.example/live',
    'rtsps://192.0.2.1:322/a/b?c=d#e',
    'RTSP://[2001:db8::1]:8554/',
    'rtsp://[::ffff:127.0.0.1]/x',
    'rtsp://bücher.example/',
  ].map(utf8),
  dictionary: [
    'rtsp://',
    '@',
    ':',
    '[',
    ']',
    '/',
    '?',
    '#',
    '%',
    '%2f',
    '\\',
    '127.1',
    '0x7f.1',
    '2130706433',
    '::1',
    '.',
  ]
    .concat(['localhost', '①②⑦.0.0.1', '\u3002', '\u00ad', ' ', '\n', '%00', 'fe80::1%25eth0'])
    .map(utf8),
  check(input) {
    const outcome = outcomeOfBridge(() => parseRtspUrl(textOf(input)))
    if ('error' in outcome) return
    const { tls, host, port, path } = outcome.value
    holds(port >= 1 && port <= 65535, `port ${port}`)
    holds(/^[a-z0-9._:-]+$/.test(host), `host ${host}`)
    // What is dialled is what was checked: the address in its plain spelling means the same again.
    const again = outcomeOfBridge(() => parseRtspUrl(`${tls ? 'rtsps' : 'rtsp'}://${hostPort(host, port)}${path}`))
    same(again, outcome, 'parse∘format is the identity')
  },
}
