import { Refusal } from '../../../bridge/close-code.ts'
import { readCameraAddress } from '../../../bridge/upstream/camera-address.ts'
import { HttpHeadReader } from '../../../bridge/upstream/http-tunnel/http-head.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { chunksOf, type FuzzTarget, holds, type Outcome, same, textOf, utf8 } from '../target.ts'

/** Status, fields and what comes behind; undefined while it is not complete. */
function readHead(chunks: readonly Uint8Array[]): Outcome<unknown> {
  const reader = new HttpHeadReader()
  let read = 0
  try {
    for (const chunk of chunks) {
      read += chunk.length
      const answer = reader.push(chunk)
      if (answer) return { value: [answer.head.status, [...answer.head.headers], read - answer.rest.length] }
    }
    return { value: undefined }
  } catch (error) {
    if (error instanceof ProtocolError) return { error: error.code }
    throw error
  }
}

export const httpHead: FuzzTarget = {
  name: 'http-head',
  shapes: ['bytes'],
  maximumBytes: 20 * 1024,
  seeds: [
    'HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n$\0\0\x01x',
    'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="a", nonce="b"\r\n\r\n',
    'HTTP/1.1 200\n\n',
    'HTTP/1.0 200 OK\r\n\n',
    `HTTP/1.0 200 OK\r\n${'A: b\r\n'.repeat(3000)}\r\n`,
  ].map(utf8),
  dictionary: ['HTTP/1.', '\r\n', '\n', '\r\n\r\n', '\n\n', ':', ' 200', '\0'].map(utf8),
  check(input, random) {
    same(readHead(chunksOf(input, random)), readHead([input]), 'any split gives the same')
  },
}

export const cameraAddress: FuzzTarget = {
  name: 'camera-address',
  shapes: ['bytes'],
  maximumBytes: 16 * 1024,
  seeds: [
    'rtsp://camera.example/live',
    'rtsps://192.0.2.1:322/a/b?c=d',
    'ws://hub.example:8080/rtsp?stream=a/b',
    'wss://[2001:db8::1]/onvif#rtsp://192.0.2.1/live',
    'ws://hub/rtsp?url=rtsp%3A%2F%2Fcamera%2Flive',
  ].map(utf8),
  dictionary: [
    'ws://',
    'wss://',
    'rtsp://',
    '#',
    '?',
    '&',
    'stream=',
    'url=',
    '@',
    ':80',
    '[',
    ']',
    '%0d%0a',
    '\r\n',
    '/',
  ].map(utf8),
  check(input) {
    for (const transport of ['auto', 'http', 'ws'] as const) {
      try {
        const { url, target, wire } = readCameraAddress(textOf(input), transport)
        holds(/^rtsps?:\/\//i.test(url), 'RTSP is asked for')
        for (const { host, port } of [target, wire]) {
          holds(/^[a-z0-9._:-]+$/.test(host), `host ${host}`)
          holds(port >= 1 && port <= 65535, `port ${port}`)
        }
        // Both stand in heads of requests.
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        for (const text of [url, wire.path]) holds(!/[\u0000-\u0020\u007f]/.test(text), 'nothing ends a line')
        holds(wire.path.startsWith('/'), 'a path begins with a slash')
      } catch (error) {
        if (!(error instanceof Refusal) && !(error instanceof TypeError)) throw error
      }
    }
  },
}
