import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProtocolError } from '../../../protocol/errors.ts'
import { ClientConnection } from '../../../protocol/rtsp/client-connection.ts'
import { ClientSession } from '../../../protocol/rtsp/client-session.ts'
import { parseWwwAuthenticate } from '../../../protocol/rtsp/headers/www-authenticate.ts'
import { formatRtspUri, parseRtspUri } from '../../../protocol/rtsp/uri.ts'
import { type Answer, type Script, ScriptedRtspServer } from '../../support/scripted-rtsp-server.ts'

function open(script: Script, uri = 'rtsp://camera/live') {
  const server = new ScriptedRtspServer(script)
  const connection = new ClientConnection(server.client, { interleaved: () => undefined, closed: () => undefined })
  return { server, connection, session: new ClientSession(connection, uri) }
}

const byMethod =
  (answers: Record<string, Answer>): Script =>
  (request) =>
    request.method in answers ? (answers[request.method] ?? null) : {}
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it should have been rejected'),
    (error: ProtocolError) => error,
  )
const track = (path: string) => parseRtspUri(`rtsp://camera${path}`)
const CHANNELS = { rtp: 0, rtcp: 1 }

describe('a client session', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('goes from OPTIONS to TEARDOWN with the session of the server', async () => {
    const { server, session } = open(
      byMethod({
        OPTIONS: { headers: { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY' } },
        DESCRIBE: { headers: { 'Content-Base': 'rtsp://camera/live/' }, body: 'v=0\r\n' },
        SETUP: { headers: { Session: '42;timeout=30', Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=1A' } },
        PLAY: { headers: { Range: 'npt=0.000-', 'RTP-Info': 'url=x;seq=5;rtptime=6' } },
      }),
    )
    await session.options()
    expect([...session.methods]).toContain('PLAY')
    const { body, base } = await session.describe()
    expect(new TextDecoder().decode(body)).toBe('v=0\r\n')
    expect(formatRtspUri(base)).toBe('rtsp://camera/live/')
    expect(await session.setup(track('/live/1'), CHANNELS)).toEqual({ channels: CHANNELS, ssrc: 0x1a })
    expect(await session.play({ unit: 'npt', start: 0 })).toEqual({
      range: { unit: 'npt', start: 0, end: undefined },
      rtpInfo: [{ url: 'x', sequence: 5, rtpTime: 6 }],
    })
    await session.pause()
    await session.teardown()
    expect(server.requests.map((one) => [one.method, one.uri, one.headers.get('Session')])).toEqual([
      ['OPTIONS', 'rtsp://camera/live', undefined],
      ['DESCRIBE', 'rtsp://camera/live', undefined],
      ['SETUP', 'rtsp://camera/live/1', undefined],
      ['PLAY', 'rtsp://camera/live/', '42'],
      ['PAUSE', 'rtsp://camera/live/', '42'],
      ['TEARDOWN', 'rtsp://camera/live/', '42'],
    ])
    expect(server.requests[2]?.headers.get('Transport')).toBe('RTP/AVP/TCP;unicast;interleaved=0-1')
  })

  it('goes on without a session id where the server gives none', async () => {
    const { server, session } = open(byMethod({}))
    await session.setup(track('/1'), CHANNELS)
    await session.play()
    expect(server.requests.at(-1)?.headers.has('Session')).toBe(false)
  })

  it.each([
    ['other channels than asked', 'RTP/AVP/TCP;interleaved=4-5', { rtp: 4, rtcp: 5 }],
    ['only one channel', 'RTP/AVP/TCP;interleaved=6', { rtp: 6, rtcp: 7 }],
    ['no channels', 'RTP/AVP/TCP;unicast', CHANNELS],
    ['no Transport at all', '', CHANNELS],
    ['interleaved without TCP', 'RTP/AVP;unicast;interleaved=2-3', { rtp: 2, rtcp: 3 }],
  ])('takes the answer of SETUP with %s', async (_, transport, channels) => {
    const { session } = open(byMethod({ SETUP: { headers: transport ? { Transport: transport } : {} } }))
    expect((await session.setup(track('/1'), CHANNELS)).channels).toEqual(channels)
  })

  it('says so where the server answers with UDP', async () => {
    const { session } = open(
      byMethod({ SETUP: { headers: { Transport: 'RTP/AVP;unicast;client_port=0-1;server_port=2-3' } } }),
    )
    expect((await failure(session.setup(track('/1'), CHANNELS))).code).toBe('unsupported-transport')
  })

  it('plays without Range where the server refuses it', async () => {
    const { server, session } = open((request) =>
      request.method === 'PLAY' && request.headers.has('Range') ? { status: 457 } : {},
    )
    await session.setup(track('/1'), CHANNELS)
    await session.play({ unit: 'npt', start: 'now' })
    expect(server.methods).toEqual(['SETUP', 'PLAY', 'PLAY'])
  })

  it('refuses PLAY before SETUP', async () => {
    const { session } = open(byMethod({}))
    expect((await failure(session.play())).code).toBe('invalid-state')
  })

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [453, 'not-enough-bandwidth'],
    [461, 'unsupported-transport'],
    [406, 'rtsp-status'],
    [500, 'server-error'],
    [551, 'server-error'],
  ])('turns %i into the typed error %s that says what to do', async (status, code) => {
    const { session } = open(byMethod({ DESCRIBE: { status } }))
    const error = await failure(session.describe())
    expect(error).toMatchObject({ code, place: { method: 'DESCRIBE', status } })
    expect(error.advice).not.toBe('')
  })

  it('goes on where OPTIONS is refused', async () => {
    const { session } = open(byMethod({ OPTIONS: { status: 501 } }))
    await expect(session.options()).resolves.toBeUndefined()
  })

  it('follows redirects on the same server, up to a bound', async () => {
    const { server, session } = open((request) =>
      request.uri.endsWith('/live')
        ? { status: 302, headers: { Location: 'rtsp://camera/moved' } }
        : { body: 'v=0\r\n' },
    )
    expect(formatRtspUri((await session.describe()).base)).toBe('rtsp://camera/moved')
    expect(server.methods).toEqual(['DESCRIBE', 'DESCRIBE'])
    const loop = open(byMethod({ DESCRIBE: { status: 301, headers: { Location: '/live' } } }))
    expect((await failure(loop.session.describe())).code).toBe('redirected')
    expect(loop.server.requests).toHaveLength(6)
  })

  it('does not take credentials to another host, and names the new address without them', async () => {
    const { session } = open(
      byMethod({ DESCRIBE: { status: 302, headers: { Location: 'rtsp://user:secret@other/x' } } }),
      'rtsp://admin:mine@camera/live',
    )
    const error = await failure(session.describe())
    expect(error).toMatchObject({ code: 'redirected', message: expect.stringContaining('rtsp://other/x') })
    expect(error.message).not.toContain('secret')
  })

  describe('that must authenticate', () => {
    const guarded: Script = (request) => {
      const authorization = parseWwwAuthenticate(request.headers.get('Authorization') ?? '')[0]
      return authorization
        ? { body: 'v=0\r\n' }
        : { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' } }
    }

    it('sends what stands in the request line as digest uri, and never the password', async () => {
      const { server, session } = open(guarded, 'rtsp://admin:s%40cret@camera/live')
      await session.describe()
      await session.setup(track('/live/1'), CHANNELS)
      expect(server.methods).toEqual(['DESCRIBE', 'DESCRIBE', 'SETUP'])
      for (const request of server.requests.slice(1)) {
        const sent = parseWwwAuthenticate(request.headers.get('Authorization') ?? '')[0]?.parameters
        expect(sent?.get('uri')).toBe(request.uri)
        expect([...request.headers].flat().join() + request.uri).not.toContain('s@cret')
      }
    })

    it('says that credentials are wanted where there are none', async () => {
      const { session } = open(guarded)
      expect(await failure(session.describe())).toMatchObject({
        code: 'unauthorized',
        message: 'The camera asks for a user name and a password',
      })
    })

    it('tries a wrong password once, whatever nonces the server gives', async () => {
      let nonce = 0
      const { server, session } = open(
        () => ({ status: 401, headers: { 'WWW-Authenticate': `Digest realm="r", nonce="${nonce++}"` } }),
        'rtsp://admin:wrong@camera/live',
      )
      expect((await failure(session.describe())).code).toBe('unauthorized')
      expect(server.requests).toHaveLength(2)
    })

    it('never loops where every nonce is called stale', async () => {
      let nonce = 0
      const { server, session } = open(
        () => ({ status: 401, headers: { 'WWW-Authenticate': `Digest realm="r", nonce="${nonce++}", stale=true` } }),
        'rtsp://admin:p@camera/live',
      )
      expect((await failure(session.describe())).code).toBe('unauthorized')
      expect(server.requests.length).toBeLessThanOrEqual(3)
    })
  })

  describe('that is kept alive', () => {
    it.each([
      ['GET_PARAMETER where the server has it', 'OPTIONS, GET_PARAMETER', '60', 55, 'GET_PARAMETER'],
      ['OPTIONS where it has not', 'OPTIONS, PLAY', '60', 55, 'OPTIONS'],
      ['half of a short time-out', 'OPTIONS', '8', 4, 'OPTIONS'],
    ])('by %s', async (_, methods, timeout, seconds, method) => {
      const { server, session } = open(
        byMethod({
          OPTIONS: { headers: { Public: methods } },
          GET_PARAMETER: { status: 451 },
          SETUP: { headers: { Session: `1;timeout=${timeout}` } },
        }),
      )
      await session.options()
      await session.setup(track('/1'), CHANNELS)
      await session.play()
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 1)
      expect(server.methods).toEqual(['OPTIONS', 'SETUP', 'PLAY'])
      await vi.advanceTimersByTimeAsync(2)
      expect(server.requests.at(-1)?.method).toBe(method)
      // An error answer is a sign of life: it goes on.
      await vi.advanceTimersByTimeAsync(seconds * 1000)
      expect(server.methods.slice(3)).toEqual([method, method])
      expect(server.requests.at(-1)?.headers.get('Session')).toBe('1')
    })

    it('no longer after TEARDOWN, which waits a second for a server that does not answer', async () => {
      const { server, session } = open(byMethod({ TEARDOWN: null, SETUP: { headers: { Session: '1' } } }))
      await session.setup(track('/1'), CHANNELS)
      const done = session.teardown()
      await vi.advanceTimersByTimeAsync(1_000)
      await done
      await vi.advanceTimersByTimeAsync(120_000)
      expect(server.methods).toEqual(['SETUP', 'TEARDOWN'])
    })
  })
})
