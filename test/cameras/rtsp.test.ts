import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type Answers,
  described,
  meet,
  ok,
  refusal,
  type Say,
  SDP,
  scriptedCamera,
  settled,
} from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the session', () => {
  it('a camera that answers SETUP without Session', async () => {
    const camera = await meet({ SETUP: ok('Transport: {transport}'), PLAY: ok('RTP-Info: url=trackID=0') }).plays()
    expect(camera.server.requests.filter((request) => request.headers.has('Session'))).toEqual([])
    expect(camera.tolerated).toContain('session-missing')
    await camera.ends()
  })

  it('a camera that names the Session only in its second SETUP', async () => {
    const setups: Say = (_, index) => ok('Transport: {transport}', ...(index > 2 ? ['Session: 77'] : []))
    const camera = await meet({ SETUP: setups }).plays({ video: 0, audio: 2 })
    expect(camera.server.requests.at(-1)?.headers.get('Session')).toBe('77')
    await camera.ends()
  })

  it.each([
    ['Session: 123;timeout=60;x', 55],
    ['Session: 123 ;timeout=60', 55],
    ['Session:  123 ; Timeout = "30" ', 25],
    ['Session: 123, timeout=30', 25],
    ['Session: 123 timeout=30', 25],
    ['session: 123', 55],
    ['SESSION: 123;', 55],
    ['Session: 123;timeout', 55],
    ['Session: 123;timeout=', 55],
    ['Session: 123;timeout=0', 55],
    ['Session: 123;timeout=-1', 55],
    ['Session: 123;timeout=10', 5],
    // Beyond what a timer takes: it would fire at once, again and again.
    ['Session: 123;timeout=2147483647', 3595],
    ['Session: 123;timeout=99999999999999999999', 3595],
  ])('a camera whose SETUP says %j', async (line, seconds) => {
    const camera = await meet({ SETUP: ok(line, 'Transport: {transport}'), PLAY: ok() }).opens()
    expect(camera.server.requests.at(-1)?.headers.get('Session')).toBe('123')
    const keptAlive = () => camera.server.methods.filter((method) => method === 'GET_PARAMETER').length
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1_000)
    expect(keptAlive()).toBe(0)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(keptAlive()).toBe(1)
    await camera.ends()
  })
})

describe('the keep-alive', () => {
  const PUBLIC = 'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN'
  const keptAliveBy = async (answers: Answers) => {
    const camera = await meet(answers).plays()
    const before = camera.server.requests.length
    await vi.advanceTimersByTimeAsync(56_000)
    const first = camera.server.methods.slice(before)
    await vi.advanceTimersByTimeAsync(56_000)
    expect(camera.server.methods.length).toBeGreaterThan(before + first.length)
    await camera.shows()
    expect(camera.events.closed).not.toHaveBeenCalled()
    await camera.ends()
    return first
  }

  it('a camera that is kept alive by GET_PARAMETER', async () => {
    expect(await keptAliveBy({})).toEqual(['GET_PARAMETER'])
    expect(await keptAliveBy({ OPTIONS: ok('Public: describe,setup,play,get_parameter') })).toEqual(['GET_PARAMETER'])
  })

  it('a camera that knows only OPTIONS', async () => {
    expect(await keptAliveBy({ OPTIONS: ok(PUBLIC), GET_PARAMETER: refusal(501) })).toEqual(['OPTIONS'])
  })

  it('a camera that never lists its methods', async () => {
    expect(await keptAliveBy({ OPTIONS: ok() })).toEqual(['OPTIONS'])
    expect(await keptAliveBy({ OPTIONS: refusal(404) })).toEqual(['OPTIONS'])
  })

  it('a camera that lists its methods only in later answers', async () => {
    const setup = ok('Session: 1', 'Transport: {transport}', 'Public: GET_PARAMETER SET_PARAMETER')
    expect(await keptAliveBy({ OPTIONS: ok(), SETUP: setup })).toEqual(['GET_PARAMETER'])
  })

  it.each([400, 404, 405, 451, 500, 501])('a camera that answers the keep-alive with %i', async (status) => {
    expect((await keptAliveBy({ GET_PARAMETER: refusal(status) }))[0]).toBe('GET_PARAMETER')
  })
})

describe('requests of the camera', () => {
  it.each(['OPTIONS', 'ANNOUNCE', 'SET_PARAMETER', 'GET_PARAMETER', 'PLAY_NOTIFY'])(
    'a camera that sends %s itself',
    async (method) => {
      const camera = await meet().plays()
      const body = method === 'OPTIONS' ? '' : 'Content-Type: text/parameters\r\nContent-Length: 7\r\n\r\nvolume='
      camera.server.send(
        `${method} rtsp://192.168.7.20/live RTSP/1.0\r\nCSeq: 71\r\nSession: 5A3C11\r\n${body || '\r\n'}`,
      )
      await camera.shows()
      const [answer] = camera.server.responses
      expect(answer?.headers.get('CSeq')).toBe('71')
      expect(answer?.status).toBeLessThan(502)
      expect(camera.events.closed).not.toHaveBeenCalled()
      await camera.ends()
    },
  )

  it('a camera that ends the session itself, and keeps the connection', async () => {
    const camera = await meet().plays()
    camera.server.send('TEARDOWN rtsp://192.168.7.20/live RTSP/1.0\r\nCSeq: 71\r\nSession: 5A3C11\r\n\r\n')
    await settled()
    expect(camera.server.responses[0]?.status).toBe(200)
    expect(camera.events.closed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'connection-lost' }))
    await camera.ends()
  })

  it('a camera that sends a method nobody knows', async () => {
    const camera = await meet().plays()
    camera.server.send('SELF_TEST * RTSP/1.0\r\nCSeq: 5\r\n\r\n')
    await camera.shows()
    expect([405, 501]).toContain(camera.server.responses[0]?.status)
    await camera.ends()
  })

  it('a camera that asks before it answers', async () => {
    const asks: Say = () => 'OPTIONS * RTSP/1.0\nCSeq: 1\n'
    const camera = meet({ PLAY: asks })
    const opened = camera.pipeline.open()
    await settled()
    camera.server.send('RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n')
    await opened
    await camera.shows()
    await camera.ends()
  })

  it('a camera that moves by REDIRECT', async () => {
    const second = scriptedCamera()
    const camera = await meet({}, { next: [second] }).plays()
    camera.server.send(
      'REDIRECT rtsp://192.168.7.20/live RTSP/1.0\r\nCSeq: 9\r\nLocation: rtsp://192.168.7.21/live\r\n\r\n',
    )
    await vi.advanceTimersByTimeAsync(2_000)
    expect(camera.server.responses[0]?.status).toBe(200)
    expect(second.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'PLAY'])
    expect(second.requests[1]?.uri).toBe('rtsp://192.168.7.21/live')
    await camera.ends()
  })
})

describe('CSeq', () => {
  const answersWith = (line: string): Answers =>
    Object.fromEntries(
      ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY'].map((method) => [
        method,
        method === 'DESCRIBE'
          ? described(SDP).replace('CSeq: {cseq}\n', line)
          : `RTSP/1.0 200 OK\n${line}Session: 1\nTransport: {transport}\n`,
      ]),
    )

  it.each(['Cseq: {cseq}\n', 'CSEQ: {cseq}\n', 'cseq:{cseq}\n', 'CSeq : {cseq}\n'])(
    'a camera that writes %j',
    async (line) => {
      await (await meet(answersWith(line)).plays()).ends()
    },
  )

  it('a camera whose answers have no CSeq', async () => {
    const camera = await meet(answersWith('')).plays()
    expect(camera.tolerated).toContain('cseq-missing')
    await camera.ends()
  })

  it.each(['CSeq: 0\n', 'CSeq: 99\n', 'CSeq: none\n', 'CSeq: \n'])('a camera that always answers %j', async (line) => {
    const camera = await meet(answersWith(line)).plays()
    await camera.ends()
  })
})

describe('redirects', () => {
  const moved = (status: number, location: string) => refusal(status, `Location: ${location}`)
  const once = (answer: string, then = described(SDP)): Say => {
    let asked = 0
    return () => (asked++ === 0 ? answer : then)
  }

  it.each([301, 302, 303, 307])('a camera that redirects DESCRIBE by %i to another path', async (status) => {
    const camera = await meet({ DESCRIBE: once(moved(status, 'rtsp://192.168.7.20:554/stream/1')) }).plays()
    expect(camera.addresses('DESCRIBE')).toEqual(['rtsp://192.168.7.20/live', 'rtsp://192.168.7.20/stream/1'])
    await camera.ends()
  })

  it.each([
    ['/stream/1?fast=1', 'stream/1?fast=1'],
    ['stream/1', 'stream/1'],
    ['"rtsp://192.168.7.20/stream/1"', 'stream/1'],
    ['<rtsp://192.168.7.20/stream/1>', 'stream/1'],
    ['RTSP://192.168.7.20/stream/1', 'stream/1'],
  ])('a camera whose Location is %j', async (location, target) => {
    const camera = await meet({ DESCRIBE: once(moved(302, location)) }).plays()
    expect(camera.addresses('DESCRIBE')[1]).toBe(`rtsp://192.168.7.20/${target}`)
    await camera.ends()
  })

  it('a camera whose Location is no address of this kind', async () => {
    expect((await meet({ DESCRIBE: moved(302, 'http://192.168.7.20/') }).fails()).code).toBe('invalid-url')
  })

  it('a camera that redirects in a circle', async () => {
    const circle = { DESCRIBE: moved(302, 'rtsp://192.168.7.20/live') }
    const next = Array.from({ length: 5 }, () => scriptedCamera(circle))
    const camera = meet(circle, { next })
    expect((await camera.fails()).code).toBe('redirected')
    const asked = [camera.server, ...next].flatMap((server) => server.methods)
    expect(asked.filter((method) => method === 'DESCRIBE').length).toBeLessThanOrEqual(6)
  })

  it('a camera that redirects without saying where', async () => {
    expect((await meet({ DESCRIBE: refusal(302) }).fails()).code).toBe('redirected')
  })

  it('a camera that redirects to another host, which gets no credentials', async () => {
    const second = scriptedCamera({
      DESCRIBE: (request) =>
        request.headers.has('Authorization') ? described(SDP) : refusal(401, 'WWW-Authenticate: Basic realm="Other"'),
    })
    const camera = meet(
      { DESCRIBE: moved(302, 'rtsp://192.168.7.99/live') },
      { credentials: { username: 'viewer', password: 'secret' }, next: [second] },
    )
    expect((await camera.fails()).code).toBe('unauthorized')
    expect(second.requests.some((request) => request.headers.has('Authorization'))).toBe(false)
  })

  it('a camera that redirects to another port of its own, which gets the credentials', async () => {
    const guarded: Say = (request) =>
      request.headers.has('Authorization') ? described(SDP) : refusal(401, 'WWW-Authenticate: Basic realm="Yard"')
    const second = scriptedCamera({ DESCRIBE: guarded })
    const camera = meet(
      { DESCRIBE: moved(302, 'rtsp://192.168.7.20:8554/live') },
      { credentials: { username: 'viewer', password: 'secret' }, next: [second] },
    )
    await camera.opens()
    expect(second.methods.at(-1)).toBe('PLAY')
    await camera.ends()
  })

  it('a camera that redirects from rtsps to rtsp', async () => {
    const camera = meet(
      { DESCRIBE: moved(302, 'rtsp://192.168.7.20/live') },
      { uri: 'rtsps://192.168.7.20/live', next: [] },
    )
    expect((await camera.fails()).code).toBe('redirected')
  })

  it.each(['SETUP', 'PLAY'])('a camera that redirects only %s', async (method) => {
    const second = scriptedCamera()
    const camera = meet({ [method]: moved(302, 'rtsp://192.168.7.21/live') }, { next: [second] })
    await camera.opens()
    expect(second.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'PLAY'])
    await camera.ends()
  })
})
