import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviationId } from '../../../protocol/deviation.ts'
import type { ProtocolError } from '../../../protocol/errors.ts'
import { AuthenticatorOnDemand } from '../../../protocol/rtsp/authenticator-on-demand.ts'
import { ClientConnection } from '../../../protocol/rtsp/client-connection.ts'
import { ClientSession } from '../../../protocol/rtsp/client-session.ts'
import { parseWwwAuthenticate } from '../../../protocol/rtsp/headers/www-authenticate.ts'
import { formatRtspUri, parseRtspUri } from '../../../protocol/rtsp/uri.ts'
import { type Answer, type Script, ScriptedRtspServer } from '../../support/scripted-rtsp-server.ts'

function open(script: Script, uri = 'rtsp://camera/live') {
  const server = new ScriptedRtspServer(script)
  const connection = new ClientConnection(server.client, { interleaved: () => undefined, closed: () => undefined })
  const address = parseRtspUri(uri)
  const authenticator = address.credentials && new AuthenticatorOnDemand(address.credentials)
  const deviations: DeviationId[] = []
  const session = new ClientSession(connection, address, { authenticator, report: (id) => deviations.push(id) })
  return { server, connection, session, deviations }
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
const TCP = { channels: CHANNELS }

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
    expect(await session.setup(track('/live/1'), TCP)).toEqual({ channels: CHANNELS, ssrc: 0x1a })
    expect(await session.play({ range: 'npt=0.000-' })).toEqual({
      range: 'npt=0.000-',
      scale: 1,
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
    const { server, session, deviations } = open(byMethod({}))
    await session.setup(track('/1'), TCP)
    await session.play()
    expect(server.requests.at(-1)?.headers.has('Session')).toBe(false)
    expect(deviations).toContain('session-missing')
  })

  it.each([
    ['other channels than asked', 'RTP/AVP/TCP;interleaved=4-5', { rtp: 4, rtcp: 5 }, 'transport-other-channels'],
    ['only one channel', 'RTP/AVP/TCP;interleaved=0', CHANNELS, 'transport-single-channel'],
    ['no channels', 'RTP/AVP/TCP;unicast', CHANNELS, 'transport-without-interleaved'],
    ['no Transport at all', '', CHANNELS, 'transport-missing'],
    ['interleaved without TCP', 'RTP/AVP;unicast;interleaved=0-1', CHANNELS, 'transport-not-tcp'],
  ])('takes the answer of SETUP with %s, and says so', async (_, transport, channels, deviation) => {
    const headers = { Session: '1', ...(transport ? { Transport: transport } : {}) }
    const { session, deviations } = open(byMethod({ SETUP: { headers } }))
    expect((await session.setup(track('/1'), TCP)).channels).toEqual(channels)
    expect(deviations).toEqual([deviation])
  })

  it('states what it wants of a track: features, sizes, the direction', async () => {
    const { server, session } = open(byMethod({}))
    await session.setup(track('/1'), {
      ...TCP,
      mode: 'RECORD',
      feature: 'x.feature',
      blocksize: 1400,
      bandwidth: 500_000,
    })
    const { headers } = server.requests[0] ?? {}
    expect(headers?.get('Transport')).toBe('RTP/AVP/TCP;unicast;interleaved=0-1;mode=record')
    expect(['Require', 'Blocksize', 'Bandwidth'].map((name) => headers?.get(name))).toEqual([
      'x.feature',
      '1400',
      '500000',
    ])
  })

  it('says so where the server answers with UDP', async () => {
    const { session } = open(
      byMethod({ SETUP: { headers: { Transport: 'RTP/AVP;unicast;client_port=0-1;server_port=2-3' } } }),
    )
    expect((await failure(session.setup(track('/1'), TCP))).code).toBe('unsupported-transport')
  })

  it('plays without Range where the server refuses it', async () => {
    const { server, session, deviations } = open((request) =>
      request.method === 'PLAY' && request.headers.has('Range') ? { status: 457 } : {},
    )
    await session.setup(track('/1'), TCP)
    await session.play({ range: 'npt=now-' })
    expect(server.methods).toEqual(['SETUP', 'PLAY', 'PLAY'])
    expect(deviations).toContain('range-refused')
  })

  it('plays with Range where the server refuses to do without', async () => {
    const { server, session, deviations } = open((request) =>
      request.method === 'PLAY' && !request.headers.has('Range') ? { status: 457 } : {},
    )
    await session.setup(track('/1'), TCP)
    await session.play()
    expect(server.requests.at(-1)?.headers.get('Range')).toBe('npt=now-')
    expect(deviations).toContain('range-required')
  })

  it('asks for each track where the server refuses to be asked for all', async () => {
    const { server, session } = open((request) =>
      request.method !== 'SETUP' && request.uri === 'rtsp://camera/live' ? { status: 459 } : {},
    )
    await session.setup(track('/1'), TCP)
    await session.setup(track('/2'), { channels: { rtp: 2, rtcp: 3 } })
    await session.play()
    await session.pause()
    expect(server.requests.slice(2).map((request) => `${request.method} ${request.uri}`)).toEqual([
      'PLAY rtsp://camera/live',
      'PLAY rtsp://camera/1',
      'PLAY rtsp://camera/2',
      'PAUSE rtsp://camera/1',
      'PAUSE rtsp://camera/2',
    ])
  })

  it('does without a feature that the server lacks', async () => {
    const { server, session } = open((request) =>
      request.headers.has('Require')
        ? { status: 551, headers: { Unsupported: 'www.onvif.org/ver20/backchannel' } }
        : { body: 'v=0\r\n' },
    )
    await session.describe('www.onvif.org/ver20/backchannel')
    expect(server.requests.map((request) => request.headers.get('Require'))).toEqual([
      'www.onvif.org/ver20/backchannel',
      undefined,
    ])
  })

  it('asks for a scale and a speed, and tells which scale it got', async () => {
    const { server, session } = open(byMethod({ PLAY: { headers: { Scale: '2.0' } } }))
    await session.setup(track('/1'), TCP)
    expect((await session.play({ scale: 3, speed: 1.5 })).scale).toBe(2)
    expect(['Scale', 'Speed'].map((name) => server.requests[1]?.headers.get(name))).toEqual(['3', '1.5'])
  })

  it('gets and sets parameters', async () => {
    const { server, session } = open(
      byMethod({ GET_PARAMETER: { body: 'zoom: 2\r\n' }, SET_PARAMETER: { status: 451 } }),
    )
    expect(new TextDecoder().decode(await session.getParameter(['zoom', 'focus']))).toBe('zoom: 2\r\n')
    expect(new TextDecoder().decode(server.requests[0]?.body)).toBe('zoom\r\nfocus\r\n')
    expect(await failure(session.setParameter('zoom', '3'))).toMatchObject({
      code: 'rtsp-status',
      place: { status: 451 },
    })
    expect(new TextDecoder().decode(server.requests[1]?.body)).toBe('zoom: 3\r\n')
  })

  it('announces and records what it sends itself', async () => {
    const { server, session } = open(byMethod({ SETUP: { headers: { Session: '7' } } }))
    await session.announce(new TextEncoder().encode('v=0\r\n'))
    await session.setup(track('/live/1'), { ...TCP, mode: 'RECORD' })
    await session.record('npt=now-')
    await session.pause()
    expect(server.requests.map((request) => [request.method, request.headers.get('Session')])).toEqual([
      ['ANNOUNCE', undefined],
      ['SETUP', undefined],
      ['RECORD', '7'],
      ['PAUSE', '7'],
    ])
    expect(server.requests[0]?.headers.get('Content-Type')).toBe('application/sdp')
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
    const { session, deviations } = open(byMethod({ OPTIONS: { status: 501 } }))
    await session.options()
    expect(deviations).toEqual(['options-refused'])
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

  it('authenticates with a proxy on the way too', async () => {
    const { server, session } = open(
      (request) =>
        request.headers.has('Proxy-Authorization')
          ? { body: 'v=0\r\n' }
          : { status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="p"' } },
      'rtsp://admin:p@camera/live',
    )
    await session.describe()
    expect(server.requests[1]?.headers.has('Authorization')).toBe(false)
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
      await session.setup(track('/live/1'), TCP)
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
      await session.setup(track('/1'), TCP)
      await session.play()
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 1)
      expect(server.methods).toEqual(['OPTIONS', 'SETUP', 'PLAY'])
      await vi.advanceTimersByTimeAsync(2)
      expect(server.requests.at(-1)?.method).toBe(method)
      // An error answer is a sign of life: it goes on, with the method that is least likely to be refused.
      await vi.advanceTimersByTimeAsync(seconds * 1000)
      expect(server.methods.slice(3)).toEqual([method, 'OPTIONS'])
      expect(server.requests.at(-1)?.headers.get('Session')).toBe('1')
    })

    it('no longer after TEARDOWN, which waits a second for a server that does not answer', async () => {
      const { server, session } = open(byMethod({ TEARDOWN: null, SETUP: { headers: { Session: '1' } } }))
      await session.setup(track('/1'), TCP)
      const done = session.teardown()
      await vi.advanceTimersByTimeAsync(1_000)
      await done
      await vi.advanceTimersByTimeAsync(120_000)
      expect(server.methods).toEqual(['SETUP', 'TEARDOWN'])
    })
  })
})
