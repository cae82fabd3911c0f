import { formatPublic, parsePublic } from '../../../protocol/rtsp/headers/public.ts'
import { formatRange, parseRange } from '../../../protocol/rtsp/headers/range.ts'
import { formatRtpInfo, parseRtpInfo } from '../../../protocol/rtsp/headers/rtp-info.ts'
import { formatSession, parseSession } from '../../../protocol/rtsp/headers/session.ts'
import { formatTransport, parseTransport } from '../../../protocol/rtsp/headers/transport.ts'
import { parseWwwAuthenticate } from '../../../protocol/rtsp/headers/www-authenticate.ts'
import { accepted, type FuzzTarget, holds, same, textOf, utf8 } from '../target.ts'

interface HeaderCase<T> {
  /** The file in `protocol/rtsp/headers/`. */
  readonly file: string
  readonly values: readonly string[]
  readonly parse: (value: string) => T
  /** Undefined for headers that only servers send. */
  readonly format?: (value: NonNullable<T>) => string
  readonly words?: readonly string[]
}

const BLANKS = [' ', '\t', '    ', '\u00a0', '\u2028', '\r', '"', '\\', ';', ',', '=', '-', '\0']

function headerTarget<T>({ file, values, parse, format, words = [] }: HeaderCase<T>): FuzzTarget {
  return {
    name: `header-${file}`,
    shapes: ['bytes'],
    seeds: values.map(utf8),
    dictionary: [...BLANKS, ...words].map(utf8),
    check(input) {
      const value = accepted(() => parse(textOf(input)))
      if (value === null || value === undefined) return
      holds(countOf(value) <= input.length, 'no more is read than was written')
      if (!format) return
      // What was read loosely is written strictly; that form is read as it is meant.
      const written = accepted(() => format(value))
      if (written === undefined) return
      const again = parse(written)
      holds(again !== null && again !== undefined, 'what was formatted can be parsed')
      same(format(again), written, 'parse∘format is the identity on what format gives')
    },
  }
}

const countOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : value instanceof Set || value instanceof Map ? value.size : 0

export const headers: readonly FuzzTarget[] = [
  headerTarget({
    file: 'public',
    values: ['OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY, PAUSE, GET_PARAMETER', 'OPTIONS DESCRIBE'],
    parse: parsePublic,
    format: formatPublic,
  }),
  headerTarget({
    file: 'range',
    values: ['npt=0.000-', 'npt=now-', 'npt=10:02:03.5-12', 'clock=19961108T142300Z-19961108T143520.25Z', 'npt=-5'],
    parse: parseRange,
    format: formatRange,
    words: ['npt', 'clock', 'smpte', 'smpte-30-drop', 'now', '00000101T000000Z', '99991231T235959Z', ';time='],
  }),
  headerTarget({
    file: 'rtp-info',
    values: [
      'url=rtsp://camera/live/trackID=0;seq=5;rtptime=7,url=rtsp://camera/live/trackID=1;seq=6;rtptime=8',
      'url="trackID=0";seq=65535 ; rtptime=4294967295',
      'rtptime=1',
    ],
    parse: parseRtpInfo,
    format: formatRtpInfo,
    words: ['url=', 'seq=', 'rtptime=', ',url='],
  }),
  headerTarget({
    file: 'session',
    values: ['12345678;timeout=60', 'a1;timeout="30";x', '4711 ; timeout = 5'],
    parse: parseSession,
    format: formatSession,
    words: ['timeout=', ';timeout=0', ';timeout=999999999'],
  }),
  headerTarget({
    file: 'transport',
    values: [
      'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=1234ABCD;mode="PLAY"',
      'RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;source=192.0.2.1;destination=192.0.2.2',
      'RTP/AVP;multicast;destination=239.0.0.1;port=5000-5001;ttl=16,RTP/AVP/TCP;interleaved=2',
    ],
    parse: parseTransport,
    // One without a protocol is what a camera may write, not what is written here.
    format: (specs) =>
      specs
        .filter(({ protocol }) => protocol !== '')
        .map(formatTransport)
        .join(','),
    words: ['interleaved=', 'client_port=', 'ssrc=', 'mode=', 'ttl=', 'source=', 'RECORD', '255-256', '0x'],
  }),
  headerTarget({
    file: 'www-authenticate',
    values: [
      'Digest realm="camera", nonce="abc\\"d", qop="auth,auth-int", algorithm=SHA-256, opaque="x", stale=true',
      'Basic realm="a", Digest realm=b, nonce=c',
      'Negotiate abc==',
    ],
    parse: parseWwwAuthenticate,
    words: ['Basic', 'Digest', 'realm=', 'nonce=', '="', '\\"', '\\\\'],
  }),
]
