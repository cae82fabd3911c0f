import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../bridge/limits.ts'
import { Listener } from '../../bridge/listener.ts'
import { logOf } from '../../bridge/log.ts'

/** What a client is told when Node reports that error of its connection. */
const answerTo = (code: string | undefined): string => {
  const listener = new Listener({ limits: DEFAULT_LIMITS, maxConnections: 1, log: logOf(() => undefined) })
  const socket = new PassThrough()
  listener.server.emit(
    'clientError',
    Object.assign(new Error('no request'), code === undefined ? {} : { code }),
    socket,
  )
  return String(socket.read()).split('\r\n', 1)[0] ?? ''
}

describe('a connection that brings no request', () => {
  it.each([
    [
      'is told that it was too late, which a browser that opened it in advance takes for no answer',
      'ERR_HTTP_REQUEST_TIMEOUT',
      408,
    ],
    ['is told that its head is too large', 'HPE_HEADER_OVERFLOW', 431],
    ['is told that it cannot be understood', 'HPE_INVALID_METHOD', 400],
    ['is told so for any other error', undefined, 400],
  ])('%s', (_, code, status) => {
    expect(answerTo(code)).toContain(`HTTP/1.1 ${status} `)
  })
})
