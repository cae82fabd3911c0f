import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../protocol/errors.ts'
import { Client, LAST_MODIFIED, SDP, TCP, URI } from './server-client.ts'

let client: Client
beforeEach(() => {
  client = new Client()
})
afterEach(() => {
  client.connection.close()
})

describe('a server session', () => {
  it('lists its methods and echoes CSeq', async () => {
    const answer = await client.request('OPTIONS', '*')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('CSeq')).toBe('1')
    expect(answer.headers.get('Public')).toBe(
      'OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER',
    )
  })

  it('describes a stream below a Content-Base that ends with a slash, with the host as the client wrote it', async () => {
    const answer = await client.request('DESCRIBE', `${URI}?token=x`, { Accept: 'application/sdp' })
    expect(answer.headers.get('Content-Base')).toBe(`${URI}/`)
    expect(answer.headers.get('Content-Type')).toBe('application/sdp')
    expect(answer.body).toEqual(SDP)
    expect((await client.request('DESCRIBE', URI, { Accept: 'text/plain' })).status).toBe(406)
  })

  it('goes from Init over Ready to Playing and back, and sends no media before the answer to PLAY', async () => {
    const session = await client.ready()
    expect(session).toMatch(/^[0-9a-f]{32}$/)
    expect(client.answers[0]?.headers.get('Session')).toBe(`${session};timeout=60`)
    expect(client.answers[0]?.headers.get('Transport')).toBe(
      'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=00C0FFEE;mode="PLAY"',
    )
    const play = await client.request('PLAY', `${URI}/`, { Session: session, Range: 'npt=now-' })
    expect(play.headers.get('Range')).toBe('npt=now-')
    expect(play.headers.get('RTP-Info')).toBe(`url=${URI}/video;seq=7;rtptime=90000`)
    expect((await client.request('PAUSE', URI, { Session: session })).status).toBe(200)
    expect((await client.request('TEARDOWN', URI, { Session: session })).status).toBe(200)
    expect(client.streams.calls).toEqual([
      'setup video 0-1',
      'setup audio 2-3',
      'prepare {"unit":"npt","start":"now"} 1x1',
      'start',
      'pause',
      'close',
    ])
    expect(client.order).toEqual(['answer 200', 'answer 200', 'answer 200', 'frame 0 1', 'answer 200', 'answer 200'])
  })

  it('takes a bare PLAY while playing for a sign of life', async () => {
    const session = await client.playing()
    expect((await client.request('PLAY', URI, { Session: session })).status).toBe(200)
    expect(client.streams.calls.filter((call) => call === 'start')).toHaveLength(1)
  })

  it('seeks while it plays, and plays on where it was when the place is refused', async () => {
    const session = await client.playing()
    const seek = await client.request('PLAY', URI, { Session: session, Range: 'npt=0:01:30.5-' })
    expect(seek.status).toBe(200)
    expect(seek.headers.get('RTP-Info')).toContain('seq=7')
    expect((await client.request('PLAY', URI, { Session: session, Range: 'npt=1000-' })).status).toBe(457)
    expect(client.streams.calls.slice(-3)).toEqual([
      'prepare {"unit":"npt","start":90.5} 1x1',
      'start',
      'prepare {"unit":"npt","start":1000} 1x1',
    ])
    expect((await client.request('PAUSE', URI, { Session: session })).status).toBe(200)
  })

  it('goes on after PAUSE where no Range says otherwise', async () => {
    const session = await client.playing()
    await client.request('PAUSE', URI, { Session: session, Range: 'npt=now-' })
    await client.request('PLAY', URI, { Session: session })
    expect(client.streams.calls.slice(-3)).toEqual(['pause', 'prepare null 1x1', 'start'])
  })

  it('takes ranges in each unit, and open at either end', async () => {
    const session = await client.playing()
    for (const range of [
      'clock=20300101T120000Z-',
      'smpte-25=0:10:07:05-',
      'npt=-20',
      'npt=5-7.25;time=19970123T143720Z',
    ]) {
      expect((await client.request('PLAY', URI, { Session: session, Range: range })).status).toBe(200)
    }
    expect(client.streams.calls.filter((call) => call.startsWith('prepare {'))).toEqual([
      'prepare {"unit":"clock","start":1893499200000} 1x1',
      'prepare {"unit":"smpte-25","start":607.2} 1x1',
      'prepare {"unit":"npt","end":20} 1x1',
      'prepare {"unit":"npt","start":5,"end":7.25} 1x1',
    ])
  })

  it('answers Scale and Speed with what is used, also where that is not what was asked for', async () => {
    const session = await client.ready()
    const quick = await client.request('PLAY', URI, { Session: session, Scale: '8', Speed: '2.5' })
    expect(quick.headers.get('Scale')).toBe('4')
    expect(quick.headers.get('Speed')).toBe('1')
    expect(client.streams.calls.at(-2)).toBe('prepare null 8x2.5')
    // Another pace is asked for without another place: more than a sign of life.
    const usual = await client.request('PLAY', URI, { Session: session, Scale: '1' })
    expect(usual.headers.get('Scale')).toBe('1')
    expect(usual.headers.has('Speed')).toBe(false)
    expect((await client.request('PLAY', URI, { Session: session, Range: 'npt=0-' })).headers.has('Scale')).toBe(false)
  })

  it('is Ready again when the range has been played', async () => {
    const session = await client.playing()
    client.streams.playbacks[0]?.sink.finished()
    expect((await client.request('PAUSE', URI, { Session: session })).status).toBe(455)
    expect((await client.request('PLAY', URI, { Session: session })).status).toBe(200)
    expect(client.streams.calls.at(-1)).toBe('start')
  })

  it('answers keep-alives', async () => {
    const session = await client.playing()
    expect((await client.request('GET_PARAMETER', URI, { Session: session })).status).toBe(200)
    expect((await client.request('SET_PARAMETER', URI, { Session: session })).headers.get('Session')).toContain(session)
    expect((await client.request('OPTIONS', URI, { Session: session })).status).toBe(200)
  })

  it('tells parameters, and names those that it does not know or does not let be set', async () => {
    const session = await client.playing()
    const parameters = async (method: string, body: string, type = 'text/parameters') => {
      const answer = await client.request(method, URI, { Session: session, 'Content-Type': type }, '1.0', body)
      return [answer.status, new TextDecoder().decode(answer.body)]
    }
    expect(await parameters('GET_PARAMETER', 'position\r\n')).toEqual([200, 'position: npt=5\r\n'])
    expect(await parameters('GET_PARAMETER', 'position\r\njitter\r\n')).toEqual([451, 'jitter\r\n'])
    expect(await parameters('SET_PARAMETER', 'position: npt=7\r\n')).toEqual([458, 'position\r\n'])
    expect(await parameters('SET_PARAMETER', 'barparam: barstuff')).toEqual([451, 'barparam\r\n'])
    expect(await parameters('GET_PARAMETER', '<position/>', 'text/xml')).toEqual([415, ''])
    expect(await parameters('GET_PARAMETER', 'x\n'.repeat(65))).toEqual([413, ''])
  })

  it('says that a description has not changed', async () => {
    const describe = async (since: number) => {
      const answer = await client.request('DESCRIBE', URI, { 'If-Modified-Since': new Date(since).toUTCString() })
      return [answer.status, answer.body.length]
    }
    expect(await describe(LAST_MODIFIED)).toEqual([304, 0])
    expect(await describe(LAST_MODIFIED - 1000)).toEqual([200, SDP.length])
    expect((await client.request('DESCRIBE', URI, { 'If-Modified-Since': 'yesterday' })).status).toBe(200)
  })

  it('asks the client to come to another address', async () => {
    const session = await client.playing()
    client.connection.redirect('rtsp://other/lobby')
    client.send('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')
    expect((await client.request('OPTIONS')).status).toBe(200)
    const [redirect] = client.asked
    expect([redirect?.method, redirect?.uri]).toEqual(['REDIRECT', URI])
    expect(redirect?.headers.get('Location')).toBe('rtsp://other/lobby')
    expect(redirect?.headers.get('Session')).toBe(session)
    expect(() => client.connection.redirect('rtsp://other/\r\nEvil: 1')).toThrow(ProtocolError)
  })

  it('uses the channels that were asked for, and others where those are taken', async () => {
    const first = await client.request('SETUP', `${URI}/video`, { Transport: 'RTP/AVP/TCP;interleaved=8-9' })
    expect(first.headers.get('Transport')).toContain('interleaved=8-9')
    const session = first.headers.get('Session') ?? ''
    const fields = { Transport: 'RTP/AVP/TCP;interleaved=9-10', Session: session }
    const second = await client.request('SETUP', `${URI}/audio`, fields)
    expect(second.headers.get('Transport')).toContain('interleaved=0-1')
  })

  it('chooses TCP among alternatives', async () => {
    const offer = 'RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;unicast;interleaved=2-3'
    const answer = await client.request('SETUP', `${URI}/video`, { Transport: offer })
    expect(answer.headers.get('Transport')).toContain('interleaved=2-3')
  })

  it('sets up the only track of a stream by the address of the stream', async () => {
    expect((await client.request('SETUP', 'rtsp://camera/picture', TCP)).status).toBe(200)
  })

  it('hands on what the viewer sends on the channels of its tracks, and nothing else', async () => {
    await client.playing()
    client.send(Uint8Array.of(0x24, 3, 0, 2, 1, 2, 0x24, 77, 0, 1, 3))
    await client.request('OPTIONS')
    expect(client.streams.calls.slice(-1)).toEqual(['audio rtcp 1 2'])
  })

  it('answers pipelined requests in their order', async () => {
    const request = (cseq: number) => `DESCRIBE ${URI} RTSP/1.0\r\nCSeq: ${cseq}\r\n\r\n`
    client.send(request(5) + request(6) + request(7))
    await client.answer(3)
    expect(client.answers.map((answer) => answer.headers.get('CSeq'))).toEqual(['5', '6', '7'])
  })

  it('closes when the client says so', async () => {
    await client.request('OPTIONS', '*', { Connection: 'close' })
    await client.closed()
    expect(client.ended).toBeNull()
  })
})

describe('a server session refuses', () => {
  const status = async (method: string, uri?: string, fields?: Record<string, string>, version?: string) =>
    (await client.request(method, uri, fields, version)).status

  it('a missing or strange CSeq with 400', async () => {
    client.send(`OPTIONS * RTSP/1.0\r\n\r\nOPTIONS * RTSP/1.0\r\nCSeq: one\r\n\r\n`)
    await client.answer(2)
    expect(client.answers.map((answer) => answer.status)).toEqual([400, 400])
  })

  it('an address that is none with 400, an unknown stream or track with 404', async () => {
    expect(await status('DESCRIBE', '/lobby')).toBe(400)
    expect(await status('DESCRIBE', 'rtsp://camera/attic')).toBe(404)
    expect(await status('SETUP', `${URI}/smell`, TCP)).toBe(404)
    expect(await status('SETUP', 'rtsp://camera', TCP)).toBe(404)
  })

  it('methods it does not have with 405 and Allow, unknown ones with 501, other versions with 505', async () => {
    for (const method of ['ANNOUNCE', 'RECORD', 'REDIRECT', 'PLAY_NOTIFY']) {
      const answer = await client.request(method)
      expect(answer.status).toBe(405)
      expect(answer.headers.get('Allow')).toContain('DESCRIBE')
    }
    expect(await status('BREW')).toBe(501)
    expect(await status('OPTIONS', URI, {}, '2.0')).toBe(505)
  })

  it('unknown sessions with 454', async () => {
    expect(await status('PLAY', URI, { Session: 'nobody' })).toBe(454)
    await client.ready()
    expect(await status('PLAY', URI, { Session: 'nobody' })).toBe(454)
    expect(await status('GET_PARAMETER', URI, { Session: 'nobody' })).toBe(454)
    expect(await status('PLAY', URI)).toBe(454)
  })

  it('what the state does not allow with 455 and what it allows', async () => {
    const early = await client.request('PLAY')
    expect(early.status).toBe(455)
    expect(early.headers.get('Allow')).toContain('SETUP')
    expect(early.headers.get('Allow')).not.toContain('PLAY')
    const session = await client.ready()
    expect(await status('PAUSE', URI, { Session: session })).toBe(455)
    expect(await status('SETUP', `${URI}/audio`, TCP)).toBe(455)
    await client.request('PLAY', URI, { Session: session })
    expect(await status('SETUP', `${URI}/audio`, { ...TCP, Session: session })).toBe(455)
  })

  it('a session that has been torn down with 454, while TEARDOWN of nothing is no fault', async () => {
    const session = await client.playing()
    await client.request('TEARDOWN', URI, { Session: session })
    expect(await status('PLAY', URI, { Session: session })).toBe(454)
    expect(await status('TEARDOWN', URI)).toBe(200)
  })

  it('a range, scale or speed it cannot read with 457 and 456', async () => {
    const session = await client.ready()
    for (const range of [
      'npt',
      'npt=-',
      'npt=soon-',
      'npt=soon-20',
      'npt=5-late',
      'clock=yesterday-',
      'smpte=noon-',
      'furlongs=3-',
    ]) {
      expect(await status('PLAY', URI, { Session: session, Range: range }), range).toBe(457)
    }
    expect(await status('PLAY', URI, { Session: session, Scale: 'fast' })).toBe(456)
    expect(await status('PLAY', URI, { Session: session, Scale: '0' })).toBe(456)
    expect(await status('PLAY', URI, { Session: session, Speed: '-1' })).toBe(456)
    expect(client.streams.calls.some((call) => call.startsWith('prepare'))).toBe(false)
    expect(await status('PLAY', URI, { Session: session, Range: 'npt=0-', Scale: '-2' })).toBe(200)
    expect(client.streams.calls).toContain('prepare {"unit":"npt","start":0} -2x1')
    expect(await status('PAUSE', URI, { Session: session, Range: 'npt=30-' })).toBe(457)
    expect(await status('PAUSE', URI, { Session: session })).toBe(200)
  })

  it('SETUP of several tracks at once with 459, control of one of several with 460', async () => {
    expect(await status('SETUP', URI, TCP)).toBe(459)
    const session = await client.ready()
    expect(await status('PLAY', `${URI}/video`, { Session: session })).toBe(460)
    expect(await status('PLAY', 'rtsp://camera/picture', { Session: session })).toBe(404)
    expect(await status('SETUP', 'rtsp://camera/picture', { ...TCP, Session: session })).toBe(459)
  })

  it('any transport but TCP interleaved with 461 that names it, and none with 400', async () => {
    const udp = await client.request('SETUP', `${URI}/video`, { Transport: 'RTP/AVP;unicast;client_port=5000-5001' })
    expect(udp.status).toBe(461)
    expect(udp.reason).toContain('RTP/AVP/TCP')
    expect(await status('SETUP', `${URI}/video`, { Transport: 'RTP/AVP/TCP;multicast' })).toBe(461)
    expect(await status('SETUP', `${URI}/video`, { Transport: 'RTP/AVP/TCP;mode="RECORD"' })).toBe(461)
    expect(await status('SETUP', `${URI}/video`)).toBe(400)
    expect(client.streams.playbacks).toHaveLength(0)
  })

  it('features that it does not have with 551 and their names', async () => {
    const answer = await client.request('SETUP', `${URI}/video`, { ...TCP, Require: 'www.onvif.org/ver20/backchannel' })
    expect(answer.status).toBe(551)
    expect(answer.headers.get('Unsupported')).toBe('www.onvif.org/ver20/backchannel')
  })

  it('with the status that the stream chose, and with 500 for a fault of its own, and goes on', async () => {
    expect(await status('DESCRIBE', 'rtsp://camera/full')).toBe(453)
    expect(await status('DESCRIBE', 'rtsp://camera/broken')).toBe(500)
    expect(client.faults).toEqual([expect.any(TypeError)])
    expect(await status('OPTIONS')).toBe(200)
  })
})
