import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Bridge, createBridge } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { Seconds } from '../../../protocol/index.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'

const closing: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})

async function bridgeTo(url: string, log: string[] = []): Promise<Bridge> {
  const stream = { url, mode: 'proxy', user: 'admin', password: 'hunter2' } as const
  const bridge = await createBridge({ streams: { archive: stream }, log: (line) => log.push(line) })
  closing.push(bridge)
  return bridge
}

async function camera(): Promise<SimulatedCamera> {
  const started = await startCamera()
  closing.push(started)
  return started
}

async function watch(bridge: Bridge): Promise<BridgePlayer> {
  const player = await BridgePlayer.open(bridge, 'archive')
  closing.push(player.pipeline)
  return player
}

/** Sends one request through the bridge, and gives what comes until `enough`. */
async function ask(bridge: Bridge, text: string, enough: RegExp): Promise<string> {
  const ws = new WebSocket(`ws://127.0.0.1:${bridge.port}/rtsp?stream=archive`, ['rtsp.onvif.org'])
  await once(ws, 'open')
  ws.send(Buffer.from(text))
  let received = ''
  while (!enough.test(received)) received += String((await once(ws, 'message'))[0])
  ws.close()
  return received
}

describe('a recording through the proxy', () => {
  it('has its duration, and is sought in', async () => {
    const bridge = await bridgeTo((await camera()).recordingUrl)
    const player = await watch(bridge)
    await player.until(({ pictures }) => pictures.length >= 5)
    expect(player.received()).toContain('a=range:npt=0-60')
    const before = player.pictures.length
    await player.pipeline.seek(Seconds(30))
    await player.until(({ pictures }) => pictures.length >= before + 5)
    expect(player.pictures.at(-5)?.start).toBeCloseTo(30, 1)
    expect(player.pipeline.statistics().tracks[0]).toMatchObject({ lost: 0, malformed: 0, dropped: 0 })
  })

  it('is a session of its own for each viewer', async () => {
    const bridge = await bridgeTo((await camera()).recordingUrl)
    const [one, other] = [await watch(bridge), await watch(bridge)]
    await one.pipeline.seek(Seconds(40))
    await one.until(({ pictures }) => (pictures.at(-1)?.start ?? 0) > 40)
    await other.until(({ pictures }) => pictures.length >= 5)
    expect(other.pictures.at(-1)?.start).toBeLessThan(20)
  })
})

describe('what the proxy lets through', () => {
  const scripted = async (): Promise<ScriptedRtspListener> => {
    const server = await startScriptedRtspListener(() => (request) => {
      if (!request.headers.has('Authorization')) {
        return { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' } }
      }
      const answers: Record<string, object> = {
        DESCRIBE: {
          headers: { 'Content-Base': 'rtsp://10.1.2.3/secret/path/', Server: 'Camera 10.1.2.3' },
          body: 'v=0\r\no=- 1 1 IN IP4 10.1.2.3\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:rtsp://10.1.2.3/secret/path/track1\r\n',
        },
        SETUP: {
          headers: { Session: '7', Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1;source=10.1.2.3;ssrc=0000ABCD' },
        },
        PLAY: { headers: { Session: '7', 'RTP-Info': 'url=rtsp://10.1.2.3/secret/path/track1;seq=5;rtptime=9' } },
      }
      return answers[request.method] ?? {}
    })
    closing.push(server)
    return server
  }
  const requestsOf = (server: ScriptedRtspListener) => server.connections.flatMap(({ requests }) => requests)

  it('is the stream in the viewer’s own terms, and nothing of where the camera is', async () => {
    const server = await scripted()
    const log: string[] = []
    const bridge = await bridgeTo(`rtsp://127.0.0.1:${server.port}/live`, log)
    const base = `rtsp://127.0.0.1:${bridge.port}/archive`
    const text = [
      `DESCRIBE ${base} RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic dmlld2VyOnB3\r\nCookie: a=b\r\n\r\n`,
      `SETUP ${base}/trackID=0 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP;unicast;client_port=5-6,RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`,
      `PLAY ${base} RTSP/1.0\r\nCSeq: 3\r\nSession: 7\r\nRange: npt=now-\r\n\r\n`,
    ]
    const received = await ask(bridge, text.join(''), /RTP-Info/)
    expect(received).toContain(`Content-Base: ${base}/`)
    expect(received).toContain('a=control:trackID=0')
    expect(received).toContain('Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0000ABCD')
    expect(received).toContain(`RTP-Info: url=${base}/trackID=0;seq=5;rtptime=9`)
    for (const secret of ['10.1.2.3', 'secret', String(server.port), 'hunter2']) {
      expect(received).not.toContain(secret)
      expect(log.join('\n')).not.toContain(secret)
    }
    const asked = requestsOf(server).filter(({ headers }) => headers.get('Authorization')?.startsWith('Digest'))
    expect(asked.map(({ method }) => method)).toEqual(expect.arrayContaining(['DESCRIBE', 'SETUP', 'PLAY']))
    const setup = asked.find(({ method }) => method === 'SETUP')
    // The host that was dialled, with the path that the camera states.
    expect(setup?.uri).toBe(`rtsp://127.0.0.1:${server.port}/secret/path/track1`)
    expect(setup?.headers.get('Transport')).toBe('RTP/AVP/TCP;unicast;interleaved=0-1')
    expect(asked.some(({ headers }) => headers.has('Cookie'))).toBe(false)
  })

  it.each(['ANNOUNCE', 'RECORD', 'SET_PARAMETER', 'REDIRECT', 'PLAY_NOTIFY'])('is no %s', async (method) => {
    const server = await scripted()
    const bridge = await bridgeTo(`rtsp://127.0.0.1:${server.port}/live`)
    const uri = `rtsp://127.0.0.1:${bridge.port}/archive`
    expect(await ask(bridge, `${method} ${uri} RTSP/1.0\r\nCSeq: 1\r\n\r\n`, /\r\n\r\n/)).toContain('RTSP/1.0 405')
    expect(requestsOf(server)).toEqual([])
  })

  it('is no path beside the stream', async () => {
    const server = await scripted()
    const bridge = await bridgeTo(`rtsp://127.0.0.1:${server.port}/live`)
    for (const path of ['/other', '/archive/../other', '/archive/trackID=9', '/']) {
      const request = `SETUP rtsp://127.0.0.1:${bridge.port}${path} RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n`
      expect(await ask(bridge, request, /\r\n\r\n/)).toContain('RTSP/1.0 404')
    }
    expect(requestsOf(server).some(({ method }) => method === 'SETUP')).toBe(false)
  })

  it('ends with the camera’s connection', async () => {
    const server = await scripted()
    const bridge = await bridgeTo(`rtsp://127.0.0.1:${server.port}/live`)
    const ws = new WebSocket(`ws://127.0.0.1:${bridge.port}/rtsp?stream=archive`, ['rtsp.onvif.org'])
    await once(ws, 'open')
    ws.send(Buffer.from(`DESCRIBE rtsp://127.0.0.1:${bridge.port}/archive RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    await once(ws, 'message')
    for (const connection of server.connections) connection.hangUp()
    await once(ws, 'close')
  })
})
