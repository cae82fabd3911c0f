import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { described, meet, ok, refusal, type Say, SDP, settled, transcript } from './scripted-camera.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Answers of a camera to its SETUPs, in order: the Transport line, or null for none. */
const transports = (...lines: (string | null)[]): Say => {
  let asked = 0
  return () => {
    const line = lines[Math.min(asked++, lines.length - 1)]
    return ok('Session: 1', ...(line == null ? [] : [`Transport: ${line}`]))
  }
}

describe('the answer to SETUP', () => {
  it.each<[lines: (string | null)[], video: number, audio: number]>([
    [['RTP/AVP/TCP;unicast;interleaved=0-1', 'RTP/AVP/TCP;unicast;interleaved=2-3'], 0, 2],
    [['RTP/AVP/TCP;unicast;interleaved=4-5', 'RTP/AVP/TCP;unicast;interleaved=6-7'], 4, 6],
    [['RTP/AVP/TCP;unicast;interleaved=1-0', 'RTP/AVP/TCP;unicast;interleaved=3-2'], 1, 3],
    [['RTP/AVP/TCP;unicast;interleaved=2-3', 'RTP/AVP/TCP;unicast;interleaved=0-1'], 2, 0],
    [['RTP/AVP/TCP;unicast;interleaved=0', 'RTP/AVP/TCP;unicast;interleaved=1'], 0, 1],
    [['RTP/AVP/TCP;interleaved=4-', 'RTP/AVP/TCP;interleaved=8-'], 4, 8],
    [['RTP/AVP/TCP;unicast', 'RTP/AVP/TCP;unicast'], 0, 2],
    [[null], 0, 2],
    [[''], 0, 2],
    [['RTP/AVP;unicast;interleaved=0-1', 'RTP/AVP;unicast;interleaved=2-3'], 0, 2],
    [['rtp/avp/tcp; unicast; interleaved = 0 - 1', 'rtp/avp/tcp; unicast; interleaved = 2 - 3'], 0, 2],
    [['RTP/AVP/TCP;interleaved="0-1"', 'RTP/AVP/TCP;interleaved="2-3"'], 0, 2],
    [['RTP/AVP/TCP;unicast;destination=10.0.0.1;source=;interleaved=0-1;mode=PLAY', null], 0, 2],
    [['RTP/AVP/TCP;interleaved=0-1;ssrc= 1A2B', 'RTP/AVP/TCP;interleaved=2-3;ssrc=1A 2B 3C 4E'], 0, 2],
    [['RTP/AVP/TCP;interleaved=0-1;ssrc=', 'RTP/AVP/TCP;interleaved=2-3;ssrc=not-hex'], 0, 2],
    [['RTP/AVP/TCP;interleaved=254-255', 'RTP/AVP/TCP;interleaved=2-3'], 254, 2],
    [
      [
        'RTP/AVP/TCP;mode="PLAY,RECORD";interleaved=4-5',
        'RTP/AVP;unicast;client_port=5000-5001, RTP/AVP/TCP;unicast;interleaved=6-7',
      ],
      4,
      6,
    ],
    [['RTP/AVP/TCP;unicast;client_port=5000-5001;server_port=6000-6001', 'RTP/AVP/TCP;unicast;server_port=1-2'], 0, 2],
    [['RTP/AVP/TCP;multicast;destination=239.1.2.3;port=5000-5001', null], 0, 2],
    [['RTP/AVP/TCP;interleaved=256-257', 'RTP/AVP/TCP;interleaved=2-3'], 0, 2],
  ])('a camera that answers SETUP with %j', async (lines, video, audio) => {
    const camera = await meet({ SETUP: transports(...lines) }).plays({ video, audio })
    expect(camera.events.tracks.mock.calls[0]?.[0].map((track) => track.kind)).toEqual(['video', 'audio'])
    await camera.ends()
  })

  it('a camera that answers SETUP with a field for each of its transports', async () => {
    const udp = 'Transport: RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001'
    const setUp = ok('Session: 1', udp, 'Transport: RTP/AVP/TCP;unicast;interleaved=4-5')
    const camera = await meet({ SETUP: setUp }, { audio: false }).plays({ video: 4 })
    await camera.ends()
  })

  it('a camera that gives both tracks the same channels', async () => {
    const camera = await meet({ SETUP: transports('RTP/AVP/TCP;interleaved=0-1') }).plays({ video: 0, audio: 0 })
    expect(camera.tolerated).toContain('transport-channels-collide')
    await camera.ends()
  })

  it('a camera whose second channels overlap the first', async () => {
    const camera = meet({ SETUP: transports('RTP/AVP/TCP;interleaved=0-1', 'RTP/AVP/TCP;interleaved=1-2') })
    await camera.plays({ video: 0, audio: 1 })
    await camera.ends()
  })

  it('a camera that answers other channels and uses those that were asked for', async () => {
    const camera = meet({
      SETUP: transports('RTP/AVP/TCP;interleaved=4-5', 'RTP/AVP/TCP;interleaved=6-7'),
    })
    await camera.opens()
    camera.stream(0).picture(0)
    await settled()
    expect(camera.shown).toEqual([])
    expect(camera.pipeline.statistics().framesIgnored).toBeGreaterThan(0)
    await camera.ends()
  })

  it('a camera that takes SETUP only of the first track', async () => {
    let asked = 0
    const first: Say = () => (asked++ === 0 ? ok('Session: 1', 'Transport: {transport}') : refusal(459))
    const camera = await meet({ SETUP: first }).plays()
    expect(camera.events.tracks.mock.calls[0]?.[1]).toMatchObject([{ media: 'audio', encoding: 'MPEG4-GENERIC' }])
    await camera.ends()
  })

  it('a camera that never answers SETUP of its sound', async () => {
    const setUp: Say = ({ uri }) => (uri.endsWith('1') ? null : ok('Session: 1', 'Transport: {transport}'))
    const camera = await meet({ SETUP: setUp }).plays()
    expect(camera.events.tracks.mock.calls[0]?.[1]).toMatchObject([{ media: 'audio' }])
    await camera.ends()
  })

  it.each([
    [400, 'rtsp-status'],
    [404, 'not-found'],
    [454, 'session-not-found'],
    [461, 'unsupported-transport'],
    [500, 'server-error'],
  ])('a camera that refuses SETUP of its picture with %i, and gives its sound', async (status, code) => {
    const setUp: Say = ({ uri }) => (uri.endsWith('0') ? refusal(status) : ok('Session: 1', 'Transport: {transport}'))
    const camera = await meet({ SETUP: setUp }).plays({ audio: 0 })
    const [tracks, skipped] = camera.events.tracks.mock.calls[0] ?? []
    expect(tracks?.map((track) => track.kind)).toEqual(['audio'])
    expect(skipped).toMatchObject([{ media: 'video', encoding: 'H264' }])
    expect(camera.warned).toEqual([expect.stringContaining(`${code}: The picture is left out. `)])
    await camera.ends()
  })

  it.each([401, 403, 453, 503])(
    'a camera that refuses SETUP of its picture with %i, as it would all',
    async (status) => {
      const camera = meet({ SETUP: refusal(status) }, { credentials: { username: 'a', password: 'b' } })
      await camera.fails()
      // Neither another password is tried on it, nor is the picture given up for a moment's want.
      expect(camera.addresses('SETUP').filter((address) => address.endsWith('1'))).toEqual([])
    },
  )

  it('a camera that refuses SETUP of its sound, and gives its picture', async () => {
    const setUp: Say = ({ uri }) => (uri.endsWith('1') ? refusal(500) : ok('Session: 1', 'Transport: {transport}'))
    const camera = await meet({ SETUP: setUp }).plays()
    expect(camera.warned).toEqual([expect.stringContaining('server-error: The sound is left out. ')])
    await camera.ends()
  })

  it('a camera that refuses TCP with 461', async () => {
    expect((await meet({ SETUP: refusal(461) }).fails()).code).toBe('unsupported-transport')
  })

  it.each([
    'RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001',
    'RTP/AVP/UDP;unicast;client_port=0-1;server_port=6000',
    'RTP/AVP;multicast;destination=239.1.2.3;port=5000-5001;ttl=16',
  ])('a camera that answers UDP though TCP was asked: %s', async (line) => {
    expect((await meet({ SETUP: transports(line) }).fails()).code).toBe('unsupported-transport')
  })

  it('a camera that answers UDP without server_port', async () => {
    // Nothing says that it will not send over TCP, and where would it send else.
    const camera = await meet({ SETUP: transports('RTP/AVP;unicast;client_port=0-1', null) }).plays()
    await camera.ends()
  })
})

describe('PLAY', () => {
  it('a camera that refuses PLAY without Range', async () => {
    const camera = await meet({ PLAY: (request) => (request.headers.has('Range') ? ok() : refusal(457)) }).plays()
    await camera.ends()
  })

  it.each([400, 406, 451, 455, 456, 457, 500, 501])('a camera that refuses PLAY with Range by %i', async (status) => {
    const camera = await meet({ PLAY: (request) => (request.headers.has('Range') ? refusal(status) : ok()) }).plays()
    await camera.ends()
  })

  it.each([
    ['a=range:npt=now-', 'npt=now-'],
    ['a=range:npt=0-', 'npt=0.000-'],
    ['a=range:npt=-', 'npt=0.000-'],
    ['a=range:clock=20240626T080000Z-', 'npt='],
    ['a=range:npt=0-0', 'npt='],
    ['a=x:1', 'npt='],
  ])('a live camera that says %j', async (line, range) => {
    const camera = await meet({ DESCRIBE: described(SDP.replace('a=control:*', `${line}\na=control:*`)) }).plays()
    const play = camera.server.requests.find((request) => request.method === 'PLAY')
    expect(play?.headers.get('Range')).toContain(range)
    await camera.ends()
  })

  it.each([
    'RTP-Info: url=rtsp://192.168.7.20/live/trackID=0;seq=1;rtptime=4294967295,url=rtsp://192.168.7.20/live/trackID=1;seq=2',
    'RTP-Info: url=trackID=1;seq=1;rtptime=12345678',
    'RTP-Info: url=rtsp://10.8.0.3/other;seq=70000;rtptime=-1',
    'RTP-Info: seq=1,seq=2',
    'RTP-Info: url=rtsp://192.168.7.20/a,b?c=1;rtptime=0;seq=0, url="x";seq=;rtptime=',
    'RTP-Info:',
    'X-None: 1',
  ])('a camera that answers PLAY with %j', async (line) => {
    const camera = await meet({ PLAY: ok('Session: 1', line) }).plays({ video: 0, audio: 2 })
    const starts = camera.events.mediaSegment.mock.calls.map(([segment]) => segment.start)
    for (const start of starts) expect(Math.abs(start)).toBeLessThan(1)
    await camera.ends()
  })

  it('a camera that sends before it answers PLAY', async () => {
    const camera = meet({ PLAY: null })
    const opened = camera.pipeline.open()
    await settled()
    camera.stream(0).picture(0)
    await settled()
    camera.server.send(transcript(ok('CSeq: 5', 'Session: 5A3C11')))
    await opened
    expect(camera.shown).toEqual(['video'])
    expect(camera.tolerated).toContain('rtp-before-play')
    await camera.ends()
  })
})

describe('one request at a time', () => {
  it('a camera that loses a request sent before its last answer', async () => {
    let outstanding = 0
    let most = 0
    const slow =
      (text: string): Say =>
      (request) => {
        most = Math.max(most, ++outstanding)
        setTimeout(() => {
          outstanding--
          camera.server.send(transcript(text, request))
        }, 300)
        return null
      }
    const camera = meet({
      OPTIONS: slow(ok()),
      DESCRIBE: slow(described(SDP)),
      SETUP: slow(ok('Session: 1', 'Transport: {transport}')),
      PLAY: slow(ok()),
    })
    await camera.plays()
    expect(most).toBe(1)
    await camera.ends()
  })

  it('a camera that closes after an error to DESCRIBE', async () => {
    const closes: Say = () => {
      queueMicrotask(() => camera.server.hangUp())
      return refusal(404)
    }
    const camera = meet({ DESCRIBE: closes })
    expect((await camera.fails()).code).toBe('not-found')
  })

  it('a camera that closes without an answer', async () => {
    const camera = meet({ DESCRIBE: () => hangUp() })
    const hangUp = () => {
      queueMicrotask(() => camera.server.hangUp())
      return null
    }
    expect((await camera.fails()).code).toBe('connection-lost')
  })

  it('a camera that closes instead of answering TEARDOWN', async () => {
    const camera = meet({ TEARDOWN: () => hangUp() })
    const hangUp = () => {
      queueMicrotask(() => camera.server.hangUp())
      return null
    }
    await camera.plays()
    await camera.ends()
    expect(camera.events.closed).toHaveBeenCalledExactlyOnceWith(null)
  })

  it('a camera that takes a second SETUP only after another DESCRIBE', async () => {
    let mayBeSetUp = 0
    const camera = meet({
      DESCRIBE: () => {
        mayBeSetUp++
        return described(SDP)
      },
      SETUP: () => (mayBeSetUp-- > 0 ? ok('Session: 1', 'Transport: {transport}') : refusal(455)),
    })
    await camera.plays()
    await camera.ends()
  })
})

describe('status lines', () => {
  it.each([
    'rtsp/1.0 200 ok',
    'RTSP/1.0 200',
    'RTSP/1.0  200  OK',
    'RTSP/1.0\t200\tOK',
    'RTSP/1.0 200OK',
    'RTSP/1 200 OK',
    'RTSP/2.0 200 OK',
  ])('a camera whose answers begin with %j', async (line) => {
    const began = (text: string) => text.trimStart().replace('RTSP/1.0 200 OK', line)
    const camera = meet({
      OPTIONS: began(ok('Public: OPTIONS')),
      DESCRIBE: began(described(SDP)),
      SETUP: began(ok('Session: 1', 'Transport: {transport}')),
      PLAY: began(ok()),
    })
    await camera.plays({ video: 0, audio: 2 })
    expect(camera.tolerated).not.toContain('garbage-between-messages')
    await camera.ends()
  })
})

describe('bytes that are no RTSP', () => {
  it.each([
    ['text', 'Yardcam firmware 2.1, stream watchdog ok\r\n'],
    ['padding', '\0\0\0\0\0\0\0\0'],
    ['empty lines', '\r\n\r\n\n\n'],
    ['a dollar sign', 'price: $5\r\n'],
    ['dollar signs that look like frames', '$\x09\x00\x10hello, this is $\x00'],
    ['half a status line', 'RTSP/1.0 2'],
    ['a byte', 'R'],
  ])('a camera that puts %s between messages', async (_, noise) => {
    const camera = meet({ SETUP: (request) => transcript(ok('Session: 1', 'Transport: {transport}'), request) })
    await camera.opens()
    camera.stream(0).picture(0)
    camera.server.send(noise)
    camera.stream(0).picture(3_000)
    await settled()
    expect(camera.shown.length).toBeGreaterThanOrEqual(2)
    await camera.ends()
  })

  it('a camera that begins each answer with text and an empty line', async () => {
    const camera = meet({
      OPTIONS: ok('Public: OPTIONS'),
      PLAY: (request) => `\n\n${ok('CSeq: ', `X-Echo: ${request.method}`)}`,
    })
    camera.server.send('Welcome to Yardcam\r\n\r\n')
    await camera.plays()
    expect(camera.tolerated).toContain('garbage-between-messages')
    await camera.ends()
  })

  it('a camera that ends its lines with a line feed alone', async () => {
    const bare = (text: string): Say => {
      return (request) => {
        camera.server.send(transcript(text, request).replaceAll('\r\n', '\n'))
        return null
      }
    }
    const camera = meet({
      OPTIONS: bare(ok('Public: OPTIONS')),
      DESCRIBE: (request) => {
        const body = SDP.trimStart()
        camera.server.send(
          `RTSP/1.0 200 OK\nCSeq: ${request.headers.get('CSeq')}\nContent-Length: ${body.length}\n\n${body}`,
        )
        return null
      },
      SETUP: bare(ok('Session: 1', 'Transport: {transport}')),
      PLAY: bare(ok()),
    })
    await camera.plays()
    await camera.ends()
  })

  it.each([
    ['two bytes too many', 2],
    ['one byte too many', 1],
    ['two bytes too few', -2],
    ['as many bytes too many as it has lines', SDP.trim().split('\n').length],
    ['as many bytes too few as it has lines', -SDP.trim().split('\n').length],
  ])('a camera whose Content-Length is %s', async (_, wrong) => {
    const camera = meet({
      DESCRIBE: (request) => {
        const body = SDP.trimStart().replaceAll('\n', '\r\n')
        camera.server.send(
          `RTSP/1.0 200 OK\r\nCSeq: ${request.headers.get('CSeq')}\r\nContent-Length: ${body.length + wrong}\r\n\r\n${body}`,
        )
        return null
      },
    })
    await camera.plays()
    await camera.ends()
  })

  it.each([
    'Content-Length: "{length}"',
    'Content-Length: +{length}',
    'Content-Length: 000{length}',
    'Content-Length: {length} bytes',
    'Content-Length: {length};',
    'Content-Length: {length}, {length}',
    'Content-Length: -1',
    'Content-Length: 0x1ff',
    'Content-Length: (null)',
    'Content-Length:',
  ])('a camera that writes %j', async (line) => {
    const camera = await meet({ DESCRIBE: described(SDP).replace('Content-Length: {length}', line) }).plays({
      video: 0,
      audio: 2,
    })
    await camera.ends()
  })

  it('a camera that writes a Content-Length of -1 into each answer', async () => {
    const none = 'Content-Length: -1'
    const camera = await meet({
      OPTIONS: ok(none),
      SETUP: ok(none, 'Session: 1', 'Transport: {transport}'),
      PLAY: ok(none),
    }).plays()
    await camera.ends()
  })

  it('a camera that names no Content-Type', async () => {
    await (await meet({ DESCRIBE: described(SDP).replace('Content-Type: application/sdp\n', '') }).plays()).ends()
  })

  it('a camera that says no Content-Length for its SDP', async () => {
    const camera = meet({ DESCRIBE: described(SDP).replace('Content-Length: {length}\n', '') })
    await camera.plays()
    await camera.ends()
  })
})

describe('refusals', () => {
  it.each([
    ['SETUP', 453, 'not-enough-bandwidth'],
    ['PLAY', 453, 'not-enough-bandwidth'],
    ['DESCRIBE', 503, 'not-enough-bandwidth'],
    ['DESCRIBE', 500, 'server-error'],
    ['DESCRIBE', 404, 'not-found'],
    ['DESCRIBE', 403, 'forbidden'],
  ])('a camera that answers %s with %i', async (method, status, code) => {
    const error = await meet({ [method]: refusal(status) }).fails()
    expect(error).toMatchObject({ code, place: { method, status } })
    expect(error.advice).not.toBe('')
  })
})

describe('the backchannel', () => {
  const TALK = `${SDP}m=audio 0 RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=sendonly\na=control:trackID=2\n`

  it('a camera with a backchannel, which is left alone', async () => {
    const camera = await meet({ DESCRIBE: described(TALK) }).plays({ video: 0, audio: 2 })
    expect(camera.addresses('SETUP')).not.toContain('rtsp://192.168.7.20/live/trackID=2')
    expect(camera.server.requests.some((request) => request.headers.has('Require'))).toBe(false)
    await camera.ends()
  })

  it('a camera that refuses whatever requires a feature, with 551', async () => {
    const picky =
      (text: string): Say =>
      (request) =>
        request.headers.has('Require') ? refusal(551, 'Unsupported: www.onvif.org/ver20/backchannel') : text
    const camera = meet({
      OPTIONS: picky(ok()),
      DESCRIBE: picky(described(SDP)),
      SETUP: picky(ok('Session: 1', 'Transport: {transport}')),
    })
    await camera.plays()
    await camera.ends()
  })
})
