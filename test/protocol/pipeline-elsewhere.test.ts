import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProtocolError } from '../../protocol/errors.ts'
import { formatRtspUri, type RtspUri } from '../../protocol/rtsp/uri.ts'
import { passes } from '../support/passing-time.ts'
import { camera, forgetSequences, picture, play } from '../support/scripted-camera.ts'
import { type Script, ScriptedRtspServer } from '../support/scripted-rtsp-server.ts'

/** Servers that a pipeline may be sent to, by `host:port`, and what was dialled. */
function network(servers: Record<string, Script>) {
  const dialled: string[] = []
  const reached: ScriptedRtspServer[] = []
  const connect = async (uri: RtspUri) => {
    dialled.push(formatRtspUri(uri))
    const server = new ScriptedRtspServer(servers[uri.host] ?? (() => null))
    reached.push(server)
    return server.client
  }
  return { connect, dialled, reached }
}

const to = (location: string): Script => camera({ DESCRIBE: { status: 302, headers: { Location: location } } })
const settled = () => passes(1)

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it should have been rejected'),
    (error: ProtocolError) => error,
  )

describe('a pipeline that is sent elsewhere', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    forgetSequences()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('follows a redirect to another server, and plays there', async () => {
    const { connect, dialled, reached } = network({ other: camera() })
    const { pipeline, events, server } = play(to('rtsp://other:8554/moved'), { connect })
    await pipeline.open()
    expect(dialled).toEqual(['rtsp://other:8554/moved'])
    expect(server.closed).toBe(true)
    const [other] = reached
    if (!other) return expect.fail('nothing was dialled')
    expect(other.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'PLAY'])
    picture(other, 0)
    await settled()
    expect(events.mediaSegment).toHaveBeenCalledOnce()
    expect(events.closed).not.toHaveBeenCalled()
    await pipeline.close()
  })

  it('does not give its password to another server', async () => {
    const asking: Script = (request, index) =>
      request.headers.has('Authorization')
        ? camera()(request, index)
        : { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="r"' } }
    const { connect, reached } = network({ other: asking })
    const credentials = { username: 'u', password: 'p' }
    const { pipeline } = play(to('rtsp://other/x'), { connect, credentials })
    expect((await failure(pipeline.open())).code).toBe('unauthorized')
    expect(reached[0]?.requests.every((request) => !request.headers.has('Authorization'))).toBe(true)
  })

  it.each([
    ['from rtsps to rtsp', 'rtsps://camera/live', 'rtsp://camera/live'],
    ['in circles', 'rtsp://camera/live', 'rtsp://circle/live'],
  ])('is not sent %s', async (_, uri, location) => {
    const { connect, dialled } = network({ circle: to('rtsp://circle2/live'), circle2: to('rtsp://circle/live') })
    const { pipeline, events } = play(to(location), { connect, uri })
    expect((await failure(pipeline.open())).code).toBe('redirected')
    expect(dialled.length).toBeLessThanOrEqual(5)
    expect(events.closed).toHaveBeenCalledOnce()
  })

  it('follows a redirect of SETUP too', async () => {
    const { connect, dialled } = network({ other: camera() })
    const { pipeline } = play(camera({ SETUP: { status: 301, headers: { Location: 'rtsp://other/live' } } }), {
      connect,
    })
    await pipeline.open()
    expect(dialled).toEqual(['rtsp://other/live'])
    await pipeline.close()
  })

  it('moves when the server says REDIRECT while it plays, after it has answered', async () => {
    const { connect, reached } = network({ other: camera() })
    const { pipeline, events, server } = play(camera(), { connect })
    await pipeline.open()
    server.send('REDIRECT rtsp://camera/live RTSP/1.0\r\nCSeq: 732\r\nLocation: rtsp://other/live\r\n\r\n')
    await passes(10)
    expect(server.responses.map((one) => [one.status, one.headers.get('CSeq')])).toEqual([[200, '732']])
    expect(server.methods.at(-1)).toBe('TEARDOWN')
    expect(reached[0]?.methods.at(-1)).toBe('PLAY')
    expect(events.tracks).toHaveBeenCalledTimes(2)
    expect(events.closed).not.toHaveBeenCalled()
    await pipeline.close()
  })

  it('ends with the new address where it has no way to get there', async () => {
    const { pipeline, server, events } = play(camera())
    await pipeline.open()
    server.send('REDIRECT rtsp://camera/live RTSP/1.0\r\nCSeq: 1\r\nLocation: rtsp://u:secret@other/live\r\n\r\n')
    await passes(10)
    expect(events.closed).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'redirected', message: expect.stringContaining('rtsp://other/live') }),
    )
  })

  it('connects again to a camera that closes after it asked for a password, once', async () => {
    const asking: Script = (request, index) =>
      request.headers.has('Authorization')
        ? camera()(request, index)
        : { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' } }
    const { connect, dialled, reached } = network({ camera: asking })
    const options = { connect, credentials: { username: 'u', password: 'p' } }
    const first: Script = (request, index) => {
      if (request.headers.has('Authorization')) server.hangUp()
      return request.headers.has('Authorization') ? null : asking(request, index)
    }
    const { pipeline, server } = play(first, options)
    await pipeline.open()
    expect(dialled).toEqual(['rtsp://camera/live'])
    expect(reached[0]?.requests[0]?.headers.get('Authorization')).toMatch(/^Digest /)
    await pipeline.close()
  })
})

it('a pipeline describes again where a camera refuses a second SETUP without it', async () => {
  let described = 0
  const { server, pipeline, events } = play((request, index) => {
    if (request.method === 'DESCRIBE') described++
    return request.uri.endsWith('trackID=1') && described < 2 ? { status: 455 } : camera()(request, index)
  })
  await pipeline.open()
  expect(server.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'DESCRIBE', 'SETUP', 'PLAY'])
  expect(events.tracks.mock.calls[0]?.[0]).toHaveLength(2)
  await pipeline.close()
})
