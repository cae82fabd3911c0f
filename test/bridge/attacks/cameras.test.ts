import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../../bridge/index.ts'
import { CAMERA_SDP, type GuardedCamera, rtpPacket } from '../../support/guarded-camera.ts'
import { RtspViewer } from '../../support/rtsp-viewer.ts'
import type { Answer } from '../../support/scripted-rtsp-server.ts'
import { startScene } from './three-ways.ts'

const SPOKEN_FOR = ['proxy', 'hub'] as const
/** Answers one method in another way, once the password is there. */
const only =
  (wanted: string, answer: Answer) =>
  ({ method, headers }: { method: string; headers: Headers_ }) =>
    method === wanted && headers.has('Authorization') ? answer : undefined
type Headers_ = { has(name: string): boolean }

const describing = (...lines: string[]) => only('DESCRIBE', { body: `v=0\r\n${lines.join('\r\n')}\r\n` })
const VIDEO = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000']
const newest = ({ connections }: GuardedCamera) => {
  const connection = connections.at(-1)
  if (!connection) throw new Error('There is no connection')
  return connection
}

describe.each(SPOKEN_FOR)('a camera of the %s', (way) => {
  it.each([
    ['Session', '7\0x'],
    ['Session', '7\rX-Evil: 1'],
    ['Range', 'npt=0-\r\rX-Evil: 1'],
    ['Transport', 'RTP/AVP/TCP;interleaved=0-1;mode="PLAY\rX-Evil: 1"'],
    ['Transport', 'RTP\0/AVP/TCP;interleaved=0-1'],
    ['RTP-Info', 'url=rtsp://h/\rX-Evil: 1;seq=1'],
    ['Public', 'PLAY\rX-Evil: 1'],
    ['Allow', 'PLAY\0'],
  ])('ends no line at a viewer, nor the bridge, by %s: %j', async (name, value) => {
    const { bridge } = await startScene({}, ({ method, headers }) =>
      /SETUP|PLAY|PAUSE/.test(method) && headers.has('Authorization')
        ? `RTSP/1.0 200 OK\r\nCSeq: ${headers.get('CSeq')}\r\n${name}: ${value}\r\n\r\n`
        : undefined,
    )
    const viewer = await RtspViewer.open(bridge, way)
    await viewer.ask('DESCRIBE')
    const answers = [await viewer.setup(), await viewer.ask('PLAY'), await viewer.ask('PAUSE')]
    // The proxy leaves out that field, and no more.
    if (way === 'proxy') expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(viewer.received.toString('latin1')).not.toMatch(/[\0]|\r(?!\n)|\nX-Evil/)
    expect((await (await RtspViewer.open(bridge, way)).ask('OPTIONS')).status).toBe(200)
  })

  it.each([
    ['nothing that is RTSP', '\x00\x01\x02 garbage '.repeat(200_000)],
    ['a head without end', `RTSP/1.0 200 OK\r\nCSeq: 1\r\nX: ${'y'.repeat(100_000)}`],
    ['a body of a gigabyte', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 1073741824\r\n\r\n'],
    ['HTTP', 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('that answers with %s is an error for who asked, and for nobody else', async (_what, garbage) => {
    const { bridge } = await startScene({}, () => garbage)
    const viewer = await RtspViewer.open(bridge, way)
    expect((await viewer.ask('DESCRIBE')).status).toBe(503)
    expect((await viewer.ask('OPTIONS')).status).toBe(200)
  })

  it.each([
    ['no description', only('DESCRIBE', {})],
    ['one of no media', describing('s=x')],
    ['one of media that nobody plays', describing('m=text 0 RTP/AVP 98', 'a=rtpmap:98 t140/1000')],
    ['one of 65 media', describing(...Array(65).fill(VIDEO).flat())],
  ])('that gives %s is an error for who asked', async (_what, misbehave) => {
    const { bridge } = await startScene({}, misbehave)
    const viewer = await RtspViewer.open(bridge, way)
    expect((await viewer.ask('DESCRIBE')).status).toBeGreaterThanOrEqual(way === 'hub' ? 502 : 200)
    expect((await viewer.setup()).status).toBeGreaterThanOrEqual(404)
  })

  it('with 64 media has channels for them all', async () => {
    const media = Array.from({ length: 64 }, (_, at) => [...VIDEO, `a=control:t${at}`]).flat()
    const { bridge, camera } = await startScene({}, describing(...media))
    const viewer = await RtspViewer.open(bridge, way)
    await viewer.ask('DESCRIBE')
    for (let at = 0; at < 64; at++) {
      const channels = `${at * 2}-${at * 2 + 1}`
      expect((await viewer.setup(`/trackID=${at}`, `RTP/AVP/TCP;unicast;interleaved=${channels}`)).status).toBe(200)
    }
    expect((await viewer.ask('PLAY')).status).toBe(200)
    newest(camera).sendFrame(126, rtpPacket(1))
    await viewer.until(() => viewer.frames.find(({ channel }) => channel === 126))
  })

  it('that states controls with line ends is asked for nothing else by them', async () => {
    const controls = [
      'a=control:t1\rSETUP rtsp://h/x RTSP/1.0',
      'a=control:t2\0x',
      'a=control:t 3\tx',
      'a=control:\x0bt4',
    ]
    const media = controls.flatMap((control) => [...VIDEO, control])
    const { bridge, camera } = await startScene({}, describing(...media))
    const viewer = await RtspViewer.open(bridge, way)
    const described = await viewer.ask('DESCRIBE')
    expect(Buffer.from(described.body).toString()).not.toMatch(/SETUP|[\0\v]/)
    for (let at = 0; at < 4; at++)
      await viewer.setup(`/trackID=${at}`, `RTP/AVP/TCP;interleaved=${at * 2}-${at * 2 + 1}`)
    await viewer.ask('PLAY')
    for (const { uri } of camera.requests) expect(uri).toMatch(/^[\x21-\x7e]+$/)
  })

  it('that sends packets of 65,535 bytes is passed on, and they end nothing', async () => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    await viewer.play()
    for (let i = 1; i <= 20; i++) {
      newest(camera).sendFrame(0, rtpPacket(i, { payload: 65_523, keyframe: i === 1 }))
      // On a channel that nobody set up, and no RTP at all.
      newest(camera).sendFrame(99, new Uint8Array(65_535))
      newest(camera).sendFrame(0, new Uint8Array(65_535).fill(0xff))
    }
    await viewer.until(() => viewer.frames.filter(({ length }) => length === 65_535).length >= 20 || undefined)
    expect((await viewer.ask('OPTIONS')).status).toBe(200)
  })

  it('that ends in the middle of its answers costs nobody the bridge', async () => {
    for (const method of ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY']) {
      const { bridge } = await startScene({}, (request, connection) => {
        if (request.method !== method || !request.headers.has('Authorization')) return undefined
        connection.send('RTSP/1.0 200 OK\r\nCSeq: ')
        connection.hangUp()
        return null
      })
      const viewer = await RtspViewer.open(bridge, way)
      const outcome = await viewer.play().catch(() => undefined)
      expect(outcome?.status ?? 503).toBe(503)
      expect((await (await RtspViewer.open(bridge, way)).ask('OPTIONS')).status).toBe(200)
    }
  })

  it('that is down is not dialled more often because more ask', async () => {
    const { bridge, camera } = await startScene({}, (_request, connection) => {
      connection.hangUp()
      return null
    })
    const viewers = await Promise.all(Array.from({ length: 20 }, () => RtspViewer.open(bridge, way)))
    const until = performance.now() + 1_500
    let asked = 0
    await Promise.all(
      viewers.map(async (viewer) => {
        for (; performance.now() < until; asked++) {
          expect((await viewer.ask('DESCRIBE')).status).toBe(503)
        }
      }),
    )
    expect(asked).toBeGreaterThan(100)
    // At once, after 0.25 to 0.5 s, 0.5 to 1 s more, 1 to 2 s more.
    expect(camera.connections.length).toBeGreaterThanOrEqual(2)
    expect(camera.connections.length).toBeLessThanOrEqual(4)
  })
})

describe('a camera of the hub', () => {
  it('that plays and ends at once is not dialled at once, however often', async () => {
    const { bridge, camera } = await startScene({}, ({ method, headers }, connection) => {
      if (method === 'PLAY' && headers.has('Authorization')) setTimeout(() => connection.hangUp(), 5)
      return undefined
    })
    const viewer = await RtspViewer.open(bridge, 'hub')
    await viewer.play()
    await wait(2_000)
    expect(camera.connections.length).toBeLessThanOrEqual(4)
  })

  it('that floods with other sources and reports of them is followed by none of it', async () => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, 'hub')
    await viewer.play()
    const connection = newest(camera)
    const report = new Uint8Array(28)
    report.set([0x80, 200, 0, 6])
    for (let i = 1; i <= 2_000; i++) {
      connection.sendFrame(0, rtpPacket(i, { keyframe: i === 1 }))
      connection.sendFrame(0, rtpPacket(i * 7, { ssrc: 0x1000_0000 + i }))
      new DataView(report.buffer).setUint32(4, 0x2000_0000 + i)
      connection.sendFrame(1, report)
    }
    await viewer.until(() => viewer.frames.filter(({ channel }) => channel === 0).length >= 2_000 || undefined)
    expect(viewer.frames.filter(({ channel }) => channel === 1)).toEqual([])
    expect(viewer.frames.filter(({ channel }) => channel === 0)).toHaveLength(2_000)
  })

  it('that counts from the same number each time is shown at once each time', async () => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, 'hub')
    await viewer.play()
    for (let session = 1; session <= 2; session++) {
      const { length } = viewer.frames
      for (let i = 1; i <= 50; i++) newest(camera).sendFrame(0, rtpPacket(i, { keyframe: i === 1 }))
      await viewer.until(() => viewer.frames.length === length + 50 || undefined)
      newest(camera).hangUp()
      if (session === 2) break
      const plays = () =>
        camera.requests.filter(({ method, headers }) => method === 'PLAY' && headers.has('Authorization'))
      await expect.poll(() => plays().length, { timeout: 3_000 }).toBe(2)
    }
  })

  it('that gives its tracks other addresses after it restarted is asked for those', async () => {
    let generation = 0
    const { bridge, camera } = await startScene({}, ({ method, headers }) => {
      if (method !== 'DESCRIBE' || !headers.has('Authorization')) return undefined
      generation++
      return { body: CAMERA_SDP.replaceAll('/track', `/session${generation}/track`) }
    })
    const viewer = await RtspViewer.open(bridge, 'hub')
    await viewer.play()
    newest(camera).hangUp()
    const setups = () => camera.requests.filter(({ method }) => method === 'SETUP').map(({ uri }) => uri)
    await expect.poll(() => setups().length, { timeout: 3_000 }).toBe(2)
    expect(setups()[1]).toContain('/session2/track1')
  })

  it('that refuses a track goes on with the others, for whoever asks for it', async () => {
    const { bridge, camera } = await startScene({}, ({ method, uri, headers }) =>
      method === 'SETUP' && uri.endsWith('track2') && headers.has('Authorization') ? { status: 500 } : undefined,
    )
    const watching = await RtspViewer.open(bridge, 'hub')
    await watching.play()
    for (let i = 0; i < 5; i++) {
      const greedy = await RtspViewer.open(bridge, 'hub')
      await greedy.ask('DESCRIBE')
      // Once it is known, who asks is told at once, in the camera's words.
      expect((await greedy.setup('/trackID=1')).status).toBe(i === 0 ? 200 : 500)
      if (i === 0) expect((await greedy.ask('PLAY')).status).toBe(503)
      greedy.ws.terminate()
    }
    // The second one was to make sure that it does not give that track from the start either.
    expect(camera.connections).toHaveLength(2)
    newest(camera).sendFrame(0, rtpPacket(1, { keyframe: true }))
    await watching.until(() => watching.frames.find(({ channel }) => channel === 0))
    const both = await RtspViewer.open(bridge, 'hub')
    await both.ask('DESCRIBE')
    await both.setup()
    expect((await both.setup('/trackID=1', 'RTP/AVP/TCP;interleaved=2-3')).status).toBe(500)
    expect((await both.ask('PLAY')).status).toBe(200)
    expect(camera.connections).toHaveLength(2)
  })

  it('that falls silent without a word is given up, and its viewers stay', async () => {
    const { bridge, camera } = await startScene({ hubLimits: { silenceMilliseconds: 300 } }, (request, connection) =>
      connection.requests.some(({ method }) => method === 'PLAY') && request.method !== 'PLAY' ? null : undefined,
    )
    const viewer = await RtspViewer.open(bridge, 'hub')
    await viewer.play()
    await expect.poll(() => camera.connections.length, { timeout: 5_000 }).toBe(2)
    expect((await viewer.ask('OPTIONS')).status).toBe(200)
  })

  it('that is silent and answers is left alone', async () => {
    const { bridge, camera } = await startScene({ hubLimits: { silenceMilliseconds: 100 } })
    const viewer = await RtspViewer.open(bridge, 'hub')
    await viewer.play()
    const signs = () => camera.requests.filter(({ method }) => method === 'OPTIONS').length
    const before = signs()
    await expect.poll(() => signs(), { timeout: 5_000 }).toBeGreaterThan(before + 1)
    expect(camera.connections).toHaveLength(1)
  })

  it('that is removed while it is being opened leaves nothing behind', async () => {
    let described: () => void = () => undefined
    const asked = new Promise<void>((resolve) => {
      described = resolve
    })
    const { bridge, camera } = await startScene({}, ({ method }) => {
      if (method !== 'DESCRIBE') return undefined
      described()
      return null
    })
    const viewer = await RtspViewer.open(bridge, 'hub')
    viewer.say(viewer.request('DESCRIBE'))
    await asked
    await bridge.reconfigure({ streams: {} })
    expect((await viewer.ended).code).toBe(CLOSE.draining)
    await expect.poll(() => [bridge.viewers, camera.open]).toEqual([0, 0])
  })
})

describe('a camera of the proxy', () => {
  it('that accepts and says nothing keeps one connection, not one for each viewer that left', async () => {
    const { bridge, camera } = await startScene({}, () => null)
    for (let i = 0; i < 30; i++) {
      const viewer = await RtspViewer.open(bridge, 'proxy')
      viewer.say(viewer.request('DESCRIBE'))
      viewer.ws.close()
      await viewer.ended
    }
    expect(camera.open).toBeLessThanOrEqual(1)
    await bridge.close()
    await expect.poll(() => camera.open).toBe(0)
  })

  it('that answers no TEARDOWN is left within two seconds', async () => {
    const { bridge, camera } = await startScene({}, ({ method }) => (method === 'TEARDOWN' ? null : undefined))
    const viewer = await RtspViewer.open(bridge, 'proxy')
    await viewer.play()
    viewer.ws.close()
    await viewer.ended
    await expect.poll(() => camera.open, { timeout: 2_000 }).toBe(0)
    expect(camera.requests.some(({ method }) => method === 'TEARDOWN')).toBe(true)
  })

  it('that is lost is told by a code after which players come again', async () => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, 'proxy')
    await viewer.play()
    newest(camera).hangUp()
    expect(await viewer.ended).toEqual({ code: CLOSE.upstreamFailed, reason: 'The camera closed the connection' })
  })
})
