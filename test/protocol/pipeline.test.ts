import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ByteWriter } from '../../protocol/bytes/byte-writer.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { Pipeline } from '../../protocol/index.ts'
import { writeGoodbye } from '../../protocol/rtcp/goodbye.ts'
import { readCompound } from '../../protocol/rtcp/packet.ts'
import { passes } from '../support/passing-time.ts'
import {
  camera,
  forgetSequences,
  nextSequence,
  picture,
  play,
  rtp,
  SLICE,
  sdp,
  sound,
} from '../support/scripted-camera.ts'
import { type Script, ScriptedRtspServer } from '../support/scripted-rtsp-server.ts'

const settled = () => passes(1)

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it should have been rejected'),
    (error: ProtocolError) => error,
  )

describe('a pipeline', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    forgetSequences()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sets up the tracks, plays, and gives segments of both', async () => {
    const { server, pipeline, events } = play(camera())
    await pipeline.open()
    expect(server.requests.map((request) => `${request.method} ${request.uri}`)).toEqual([
      'OPTIONS rtsp://camera/live',
      'DESCRIBE rtsp://camera/live',
      'SETUP rtsp://camera/live/trackID=0',
      'SETUP rtsp://camera/live/trackID=1',
      'PLAY rtsp://camera/live/',
    ])
    picture(server, 1_000)
    server.sendFrame(2, sound(0))
    server.sendFrame(0, rtp(SLICE, 4_000))
    await settled()
    expect(events.tracks).toHaveBeenCalledExactlyOnceWith(
      [
        { id: 1, kind: 'video', encoding: 'H264', clockRate: 90_000 },
        { id: 2, kind: 'audio', encoding: 'MPEG4-GENERIC', clockRate: 48_000 },
      ],
      [],
    )
    expect(events.initializationSegment.mock.calls.map(([one]) => one.mimeType)).toEqual([
      'video/mp4; codecs="avc1.42C00C"',
      'audio/mp4; codecs="mp4a.40.2"',
    ])
    expect(events.mediaSegment.mock.calls.map(([one]) => [one.kind, one.randomAccess])).toEqual([
      ['video', true],
      ['audio', true],
      ['video', false],
    ])
    await pipeline.close()
    expect(server.methods.at(-1)).toBe('TEARDOWN')
    expect(server.closed).toBe(true)
    expect(events.closed).toHaveBeenCalledExactlyOnceWith(null)
  })

  it('keeps what the camera sends before it answers PLAY', async () => {
    const { server, pipeline, events } = play(camera({ PLAY: null }))
    const opened = pipeline.open()
    await settled()
    picture(server, 0)
    await settled()
    server.send('RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n')
    await opened
    expect(events.mediaSegment).toHaveBeenCalledOnce()
    expect(pipeline.statistics().deviations).toMatchObject({ 'rtp-before-play': 1 })
    await pipeline.close()
  })

  it('does not take for early what comes right behind the answer', async () => {
    const { server, pipeline, events } = play(camera({ PLAY: null }))
    const opened = pipeline.open()
    await settled()
    const answer = new TextEncoder().encode('RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n')
    const frame = rtp(SLICE, 0)
    server.send(Uint8Array.of(...answer, 0x24, 0, 0, frame.length, ...frame))
    await opened
    expect(events.deviation).not.toHaveBeenCalledWith('rtp-before-play')
    await pipeline.close()
  })

  it('plays the picture where SETUP of the sound is refused, and says so', async () => {
    const { server, pipeline, events } = play((request, index) =>
      request.uri.endsWith('trackID=1') ? { status: 500 } : camera()(request, index),
    )
    await pipeline.open()
    picture(server, 0)
    await settled()
    expect(events.tracks.mock.calls[0]?.[1]).toEqual([
      {
        media: 'audio',
        encoding: 'MPEG4-GENERIC',
        reason: 'The camera has a problem of its own. (SETUP: 500 Internal Server Error)',
      },
    ])
    expect(events.mediaSegment).toHaveBeenCalledOnce()
    await pipeline.close()
  })

  it('tells tracks apart by payload type where the server gave both the same channels', async () => {
    const { server, pipeline, events } = play(
      camera({ SETUP: { headers: { Session: '1', Transport: 'RTP/AVP/TCP;interleaved=0-1' } } }),
    )
    await pipeline.open()
    picture(server, 0)
    server.sendFrame(0, sound(0))
    await settled()
    expect(events.mediaSegment.mock.calls.map(([one]) => one.kind)).toEqual(['video', 'audio'])
    await pipeline.close()
  })

  it('takes RTP on the RTCP channel and the reverse', async () => {
    const { server, pipeline, events } = play(camera())
    await pipeline.open()
    picture(server, 0, 1)
    await settled()
    expect(events.mediaSegment).toHaveBeenCalledOnce()
    await pipeline.close()
  })

  it('drops the picture after a loss, and every one that depends on it', async () => {
    const { server, pipeline, events } = play(camera())
    await pipeline.open()
    picture(server, 0)
    nextSequence(96)
    server.sendFrame(0, rtp(SLICE, 3_000))
    server.sendFrame(0, rtp(SLICE, 6_000))
    picture(server, 9_000)
    await settled()
    expect(events.mediaSegment.mock.calls.map(([one]) => one.start)).toEqual([0, 0.1])
    expect(pipeline.statistics().tracks[0]).toMatchObject({ lost: 1, units: 2 })
    await pipeline.close()
  })

  it('reports reception to the camera, with a canonical name', async () => {
    const { server, pipeline } = play(camera())
    await pipeline.open()
    picture(server, 0)
    await passes(8_000)
    const reports = server.frames.map((frame) => [frame.channel, readCompound(frame.payload).packets] as const)
    expect(reports.find(([channel]) => channel === 1)).toMatchObject([
      1,
      [
        { type: 'RR', reports: [{ ssrc: 96, cumulativeLost: 0 }] },
        { type: 'SDES', sources: [{ cname: expect.stringMatching(/^viewer-/) }] },
      ],
    ])
    await pipeline.close()
    expect(readCompound(server.frames.at(-1)?.payload ?? new Uint8Array()).packets.map((one) => one.type)).toContain(
      'BYE',
    )
  })

  it.each([
    ['nack pli', 'PLI'],
    ['ccm fir', 'FIR'],
  ])(
    'asks a camera that offers %s for a keyframe when pictures were lost, and none that does not',
    async (offer, type) => {
      const lines = sdp().replace('a=control:trackID=0', `a=control:trackID=0\r\na=rtcp-fb:* ${offer}`)
      for (const [description, asked] of [
        [lines, [{ type }]],
        [sdp(), []],
      ] as const) {
        forgetSequences()
        const { server, pipeline } = play(camera({ DESCRIBE: { body: description } }))
        await pipeline.open()
        picture(server, 0)
        await settled()
        nextSequence(96)
        server.sendFrame(0, rtp(SLICE, 3_000))
        await passes(900)
        const feedback = server.frames
          .flatMap((frame) => readCompound(frame.payload).packets)
          .filter((packet) => packet.type === 'PLI' || packet.type === 'FIR')
        expect(feedback).toMatchObject(asked)
        await pipeline.close()
      }
    },
  )

  it('ends when the camera says BYE on every track', async () => {
    const { server, pipeline, events } = play(camera())
    await pipeline.open()
    for (const channel of [1, 3]) {
      expect(events.closed).not.toHaveBeenCalled()
      const writer = new ByteWriter()
      writeGoodbye(writer, [96])
      server.sendFrame(channel, writer.toBytes())
      await passes(2_000)
    }
    expect(events.closed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'connection-lost' }))
  })

  it('says that the connection was lost where the camera hangs up', async () => {
    const { server, pipeline, events } = play(camera())
    await pipeline.open()
    server.hangUp()
    await settled()
    expect(events.closed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'connection-lost' }))
    await pipeline.close()
    expect(events.closed).toHaveBeenCalledOnce()
  })

  it('refuses an address that is none, and does not repeat it', () => {
    const server = new ScriptedRtspServer(() => null)
    const events = { initializationSegment: () => undefined, mediaSegment: () => undefined, closed: () => undefined }
    expect(() => new Pipeline(server.client, { uri: 'http://user:secret@x' }, events)).toThrow(
      expect.objectContaining({ code: 'invalid-url', message: expect.not.stringContaining('secret') }),
    )
  })

  it.each<[what: string, code: string, script: Script]>([
    ['a silent camera', 'request-timeout', () => null],
    ['a camera that falls silent at DESCRIBE', 'request-timeout', camera({ DESCRIBE: null })],
    ['a camera that falls silent at PLAY', 'request-timeout', camera({ PLAY: null })],
    ['a wrong path', 'not-found', camera({ DESCRIBE: { status: 404 } })],
    ['a camera that wants a password', 'unauthorized', camera({ DESCRIBE: { status: 401 } })],
    ['UDP only', 'unsupported-transport', camera({ SETUP: { status: 461 } })],
    ['too many viewers', 'not-enough-bandwidth', camera({ PLAY: { status: 453 } })],
    ['no SDP', 'sdp-syntax', camera({ DESCRIBE: { body: 'hello' } })],
    ['nothing to play', 'no-playable-track', camera({ DESCRIBE: { body: 'm=video 0 RTP/AVP 31\r\n' } })],
    ['a web server', 'not-rtsp', () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a mail server', 'not-rtsp', () => '220 mail.example ESMTP\r\n'],
    ['a truncated answer', 'request-timeout', () => 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Le'],
  ])('opening %s ends with %s, within half a minute, and closes', async (_, code, script) => {
    const { server, pipeline, events } = play(script)
    const error = failure(pipeline.open())
    await passes(30_000)
    expect(await error).toBeInstanceOf(ProtocolError)
    expect((await error).code).toBe(code)
    expect((await error).advice).not.toBe('')
    expect(server.closed).toBe(true)
    expect(events.closed).toHaveBeenCalledOnce()
  })

  it('tells the end of a connection that ends right behind the answer to PLAY', async () => {
    const { server, pipeline, events } = play((request, index) => {
      if (request.method === 'PLAY') queueMicrotask(() => server.hangUp())
      return camera()(request, index)
    })
    await pipeline.open()
    await settled()
    expect(events.closed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'connection-lost' }))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is closed when close() is done, also where it was ending already', async () => {
    const { server, pipeline, events } = play(camera({ TEARDOWN: null }))
    await pipeline.open()
    void pipeline.close()
    const toldBySecond = pipeline.close().then(() => events.closed.mock.calls.length)
    await passes(1_500)
    expect(await toldBySecond).toBe(1)
    expect(server.methods.filter((method) => method === 'TEARDOWN')).toHaveLength(1)
  })

  it.each(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN'])(
    'leaves nothing behind when it is closed while %s is on its way',
    async (method) => {
      const { server, pipeline, events } = play((request, index) => {
        if (request.method === method) void pipeline.close()
        return camera()(request, index)
      })
      const opened = pipeline.open().catch((error: unknown) => expect(error).toBeInstanceOf(ProtocolError))
      await settled()
      if (method === 'TEARDOWN') void pipeline.close()
      await passes(1_500)
      await opened
      expect(events.closed).toHaveBeenCalledOnce()
      expect(server.closed).toBe(true)
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it('survives random bytes at any stage: it plays on, or ends with a typed error', async () => {
    vi.useRealTimers()
    const stages = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'frames'] as const
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...stages),
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        async (stage, garbage) => {
          const { server, pipeline, events } = play((request, index) => {
            if (request.method === stage) server.send(garbage)
            return camera()(request, index)
          })
          const opened = pipeline.open().catch((error: unknown) => expect(error).toBeInstanceOf(ProtocolError))
          // What is garbage may announce more bytes than will ever come: the end is forced, not waited for.
          const turn = () => new Promise((resolve) => setImmediate(resolve))
          for (let i = 0; i < 5; i++) await turn()
          if (stage === 'frames') {
            server.send(garbage)
            picture(server, 0)
          }
          await turn()
          server.hangUp()
          await opened
          await turn()
          expect(events.closed).toHaveBeenCalledOnce()
          const [error] = events.closed.mock.calls[0] ?? []
          if (error) expect(error).toBeInstanceOf(ProtocolError)
        },
      ),
      { numRuns: 200 },
    )
  })
})
