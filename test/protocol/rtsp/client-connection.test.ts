import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProtocolError } from '../../../protocol/errors.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { ClientConnection, type ClientConnectionEvents } from '../../../protocol/rtsp/client-connection.ts'
import { type Script, ScriptedRtspServer } from '../../support/scripted-rtsp-server.ts'

function connect(script: Script, events: Partial<ClientConnectionEvents> = {}) {
  const server = new ScriptedRtspServer(script)
  const closed = vi.fn<(error: ProtocolError | null) => void>()
  const connection = new ClientConnection(
    server.client,
    { interleaved: () => undefined, closed, ...events },
    { requestTimeout: 10_000, shortBodyTimeout: 2_000, userAgent: 'test' },
  )
  return { server, connection, closed }
}

const ask = (connection: ClientConnection, method = 'OPTIONS') => connection.request({ method, uri: 'rtsp://camera/' })
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it should have been rejected'),
    (error: ProtocolError) => error,
  )

describe('a client connection', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('numbers its requests and gives each its answer', async () => {
    const { server, connection } = connect((request) => ({ headers: { 'X-Echo': request.method } }))
    const answers = await Promise.all([ask(connection, 'OPTIONS'), ask(connection, 'DESCRIBE')])
    expect(answers.map((answer) => answer.headers.get('X-Echo'))).toEqual(['OPTIONS', 'DESCRIBE'])
    expect(server.requests.map((request) => request.headers.get('CSeq'))).toEqual(['1', '2'])
    expect(server.requests[0]?.headers.get('User-Agent')).toBe('test')
  })

  it('sends a request only when the one before is answered', async () => {
    const { server, connection } = connect(() => null)
    const first = ask(connection)
    void ask(connection, 'DESCRIBE').catch(() => undefined)
    await vi.advanceTimersByTimeAsync(100)
    expect(server.methods).toEqual(['OPTIONS'])
    server.send('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')
    await first
    await vi.advanceTimersByTimeAsync(1)
    expect(server.methods).toEqual(['OPTIONS', 'DESCRIBE'])
  })

  it.each([
    ['without CSeq', null],
    ['with an old CSeq', '0'],
  ])('takes an answer %s for the one request that is outstanding', async (_, cseq) => {
    const { connection } = connect(() => ({ cseq }))
    expect((await ask(connection)).status).toBe(200)
  })

  it('gives up a request without an answer, and does not take its late answer for the next one', async () => {
    const { server, connection } = connect((_, index) => (index === 0 ? null : { status: 404 }))
    const error = failure(ask(connection))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await error).toMatchObject({ code: 'request-timeout', place: { method: 'OPTIONS' } })
    const second = ask(connection, 'DESCRIBE')
    server.send('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')
    expect((await second).status).toBe(404)
  })

  it('waits on when the server says 100 Continue', async () => {
    const { server, connection } = connect(() => ({ status: 100 }))
    const answer = ask(connection)
    await vi.advanceTimersByTimeAsync(9_000)
    server.send('RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n')
    await vi.advanceTimersByTimeAsync(9_000)
    server.send('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')
    expect((await answer).status).toBe(200)
  })

  it('rejects every waiting request when the connection ends', async () => {
    const { server, connection, closed } = connect(() => null)
    const errors = [failure(ask(connection)), failure(ask(connection, 'DESCRIBE'))]
    await vi.advanceTimersByTimeAsync(1)
    server.hangUp()
    expect((await Promise.all(errors)).map((error) => error.code)).toEqual(['connection-lost', 'connection-lost'])
    expect(closed).toHaveBeenCalledExactlyOnceWith(null)
    expect((await failure(ask(connection))).code).toBe('connection-lost')
  })

  it('refuses requests beyond the bound of its queue', async () => {
    const { connection } = connect(() => null)
    const many = Array.from({ length: LIMITS.rtspQueuedRequests + 1 }, () => ask(connection).catch(() => undefined))
    expect((await failure(ask(connection))).code).toBe('too-many-requests')
    connection.close()
    await Promise.all(many)
  })

  it('says that the server does not speak RTSP where it sent something else, and fell silent or closed', async () => {
    const silent = connect(() => '220 mail.example ESMTP\r\n')
    const error = failure(ask(silent.connection))
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await error).code).toBe('not-rtsp')

    const closing = connect(() => 'SSH-2.0-OpenSSH_9.2\r\n')
    const lost = failure(ask(closing.connection))
    await vi.advanceTimersByTimeAsync(1)
    closing.server.hangUp()
    expect((await lost).code).toBe('not-rtsp')
  })

  it('ends the connection with the error of a web server', async () => {
    const { connection, closed, server } = connect(() => 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
    expect((await failure(ask(connection))).code).toBe('not-rtsp')
    expect(closed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'not-rtsp' }))
    await vi.advanceTimersByTimeAsync(1)
    expect(server.closed).toBe(true)
  })

  it('takes a body that is shorter than announced when nothing more comes', async () => {
    const { connection } = connect(() => 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 8\r\n\r\nv=0\r\n')
    const answer = ask(connection)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(new TextDecoder().decode((await answer).body)).toBe('v=0\r\n')
  })

  it.each([
    ['falls silent', false],
    ['closes', true],
  ])('takes a description of unknown length as complete when the server %s', async (_, closes) => {
    const { server, connection } = connect(
      () => 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=video 0 RTP/AVP 96\r\n',
    )
    const answer = ask(connection)
    await vi.advanceTimersByTimeAsync(1)
    if (closes) server.hangUp()
    await vi.advanceTimersByTimeAsync(500)
    expect(new TextDecoder().decode((await answer).body)).toBe('v=0\r\nm=video 0 RTP/AVP 96\r\n')
  })

  it('answers what the server asks', async () => {
    const { server, connection } = connect(() => null)
    server.send('OPTIONS * RTSP/1.0\r\nCSeq: 7\r\nSession: 5\r\n\r\nFLY * RTSP/1.0\r\nCSeq: 8\r\n\r\n')
    await vi.advanceTimersByTimeAsync(1)
    expect(server.responses.map((one) => [one.status, one.headers.get('CSeq'), one.headers.get('Session')])).toEqual([
      [200, '7', '5'],
      [501, '8', undefined],
    ])
    connection.close()
  })

  it('hands on frames, and sends them', async () => {
    const frames: string[] = []
    const { server, connection } = connect(() => null, {
      interleaved: (channel, bytes, start, end) => frames.push(`${channel}:${bytes.subarray(start, end).join()}`),
    })
    server.sendFrame(2, Uint8Array.of(1, 2, 3))
    connection.sendInterleaved(1, Uint8Array.of(9))
    await vi.advanceTimersByTimeAsync(1)
    expect(frames).toEqual(['2:1,2,3'])
    expect(server.frames).toEqual([{ channel: 1, payload: Uint8Array.of(9) }])
  })

  it('refuses to send what would inject a header', async () => {
    const { server, connection } = connect(() => ({}))
    const error = await failure(connection.request({ method: 'OPTIONS', uri: 'rtsp://h/\r\nX: 1' }))
    expect(error.code).toBe('rtsp-syntax')
    expect((await ask(connection)).status).toBe(200)
    expect(server.requests).toHaveLength(1)
  })
})
