import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../../bridge/index.ts'
import { looksLikeRtcp } from '../../../protocol/rtcp/packet.ts'
import { writeInterleavedHeader } from '../../../protocol/rtsp/message-serializer.ts'
import { RtspViewer } from '../../support/rtsp-viewer.ts'
import { startScene, WAYS } from './three-ways.ts'

const SPOKEN_FOR = ['proxy', 'hub'] as const

/** An interleaved frame; the payload looks like a receiver report. */
function frame(channel: number, length: number): Uint8Array {
  const bytes = new Uint8Array(4 + length)
  writeInterleavedHeader(bytes, 0, channel, length)
  bytes.set([0x80, 201, 0, 1], 4)
  return bytes
}

describe('a viewer of a stream', () => {
  it.each(SPOKEN_FOR)('of the %s does nothing to a camera but watch', async (way) => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    for (const method of ['ANNOUNCE', 'RECORD', 'REDIRECT', 'PLAY_NOTIFY', 'ERASE']) {
      expect((await viewer.ask(method)).status).toBeGreaterThanOrEqual(400)
    }
    const parameter = ['Content-Type: text/parameters']
    expect((await viewer.ask('SET_PARAMETER', '', parameter, 'reboot: 1\r\n')).status).toBeGreaterThanOrEqual(400)
    expect(camera.requests.filter(({ method }) => !/^(OPTIONS|DESCRIBE)$/.test(method))).toEqual([])
  })

  it.each(SPOKEN_FOR)('of the %s reaches no other stream by the address of a request', async (way) => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    const other = way === 'hub' ? 'proxy' : 'hub'
    for (const path of [`/${other}`, `/${way}/../${other}`, `/${way}%2f..%2f${other}`, `//${other}`, '/', '/*']) {
      viewer.say(`DESCRIBE rtsp://127.0.0.1:${bridge.port}${path} RTSP/1.0\r\nCSeq: 1\r\n\r\n`)
    }
    await viewer.until(() => viewer.responses.length === 6 || undefined)
    expect(viewer.responses.map(({ status }) => status)).toEqual(Array(6).fill(404))
    expect(camera.requests.filter(({ method }) => method === 'SETUP')).toEqual([])
  })

  it.each(SPOKEN_FOR)('of the %s ends no line at the camera with what it writes', async (way) => {
    const { bridge, camera } = await startScene()
    const injected = ['x\rX-Evil: 1', 'x\0X-Evil: 1', 'x\r\rX-Evil: 1', 'x\n\tX-Evil: 1', 'x%0d%0aX-Evil: 1']
    const requests = injected.flatMap((text) => [
      `DESCRIBE rtsp://h/${way}?${text} RTSP/1.0\r\nCSeq: 1\r\n\r\n`,
      `SETUP rtsp://h/${way}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1;mode=${text}\r\n\r\n`,
      `PLAY rtsp://h/${way} RTSP/1.0\r\nCSeq: 1\r\nRange: npt=0-${text}\r\nScale: ${text}\r\n\r\n`,
      `GET_PARAMETER rtsp://h/${way} RTSP/1.0\r\nCSeq: 1\r\nSession: ${text}\r\nAccept: ${text}\r\n\r\n`,
      `OPTIONS rtsp://h/${way} RTSP/1.0\r\nCSeq: ${text}\r\nRequire: ${text}\r\n\r\n`,
    ])
    for (const request of requests) {
      const viewer = await RtspViewer.open(bridge, way)
      viewer.say(request)
      await Promise.race([viewer.ended, viewer.until(() => viewer.responses[0])])
      for (const { headers } of viewer.responses) expect(headers.has('X-Evil')).toBe(false)
      viewer.ws.terminate()
    }
    expect(camera.requests.filter(({ headers }) => headers.has('X-Evil'))).toEqual([])
    const texts = camera.requests.flatMap(({ uri, headers }) => [uri, ...[...headers].map(([, value]) => value)])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(texts.filter((text) => /[\0-\x08\x0a-\x1f]/.test(text))).toEqual([])
  })

  it('of the relay ends no line but its own, for the bridge writes none', async () => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, 'relay')
    viewer.say('OPTIONS rtsp://h/relay RTSP/1.0\r\nCSeq: 1\r\nX: a\rb\r\n\r\n')
    await viewer.until(() => viewer.responses[0])
    expect(camera.requests[0]?.headers.get('User-Agent')).toBeUndefined()
    expect(camera.requests[0]?.headers.get('Authorization')).toBeUndefined()
  })

  it.each([
    ['an address that is named', '?url=rtsp://127.0.0.1/a%0d%0aX-Evil:%201'],
    ['a name of a stream', '?stream=hub%0d%0aX-Evil:%201'],
    ['a name of a stream with NUL', '?stream=hub%00'],
  ])('writes no line of the log with %s', async (_what, query) => {
    const { bridge, log } = await startScene({ allow: ['127.0.0.1'] })
    const { code } = await new RtspViewer(bridge, '', {}, `&${query.slice(1)}`).ended
    expect(code).toBe(CLOSE.badRequest)
    await expect.poll(() => log.length).toBeGreaterThan(0)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(log.join(' ')).not.toMatch(/[\0-\x1f]|X-Evil/)
  })
})

describe('too much of', () => {
  it.each(SPOKEN_FOR)('a head ends the connection to the %s long before a gigabyte', async (way) => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    const piece = `X: ${'y'.repeat(16 * 1024)}\r\n`
    viewer.say(`OPTIONS rtsp://h/${way} RTSP/1.0\r\nCSeq: 1\r\n`)
    let sent = 0
    const send = () => {
      for (
        ;
        sent < 2 ** 30 && viewer.ws.readyState === viewer.ws.OPEN && viewer.ws.bufferedAmount < 2 ** 20;
        sent += piece.length
      ) {
        viewer.say(piece)
      }
    }
    const timer = setInterval(send, 1)
    expect((await viewer.ended).code).toBe(CLOSE.tooLarge)
    clearInterval(timer)
    expect(sent).toBeLessThan(16 * 2 ** 20)
    expect(camera.requests.filter(({ headers }) => headers.has('X'))).toEqual([])
  })

  it.each(SPOKEN_FOR)('a body ends the connection to the %s when it is announced', async (way) => {
    const { bridge } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    viewer.say(`GET_PARAMETER rtsp://h/${way} RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 1073741824\r\n\r\n`)
    expect((await viewer.ended).code).toBe(CLOSE.tooLarge)
  })

  it.each(SPOKEN_FOR)('garbage ends the connection to the %s, and no other', async (way) => {
    const { bridge } = await startScene()
    const other = await RtspViewer.open(bridge, way)
    const viewer = await RtspViewer.open(bridge, way)
    viewer.say('\x01\x02\x03 nothing of this is RTSP \xff\xfe')
    expect((await viewer.ended).code).toBe(CLOSE.badRequest)
    expect((await other.ask('OPTIONS')).status).toBe(200)
  })

  it.each(SPOKEN_FOR)('asking without reading ends the connection to the %s', async (way) => {
    const { bridge } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    const storm = Array.from({ length: 200 }, () => viewer.request('DESCRIBE')).join('')
    for (let i = 0; i < 20; i++) viewer.say(storm)
    expect((await viewer.ended).code).toBe(CLOSE.tooMany)
  })

  it('bodies in a queue ends the connection to the proxy, before they are 32 megabytes', async () => {
    // The camera never answers what the viewer asks.
    const { bridge } = await startScene({}, ({ method }) => (method === 'GET_PARAMETER' ? null : undefined))
    const viewer = await RtspViewer.open(bridge, 'proxy')
    await viewer.ask('DESCRIBE')
    const body = 'x'.repeat(600 * 1024)
    for (let i = 0; i < 3; i++) viewer.say(viewer.request('GET_PARAMETER', '', [], body))
    expect((await viewer.ended).code).toBe(CLOSE.tooMany)
  })
})

describe('frames that a viewer sends', () => {
  it.each(SPOKEN_FOR)('on any channel of the %s reach no camera, whatever their length', async (way) => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    expect((await viewer.play()).status).toBe(200)
    for (let channel = 0; channel < 256; channel++) if (channel !== 1) viewer.say(frame(channel, 65_535))
    expect((await viewer.ask('GET_PARAMETER')).status).toBe(200)
    // What the hub itself reports of the camera's media is not the viewer's.
    const frames = camera.connections.flatMap((connection) => connection.frames)
    expect(frames.filter(({ payload }) => payload.length > 1_000)).toEqual([])
    expect((await viewer.ask('OPTIONS')).status).toBe(200)
  })

  it('that report what was received reach the camera through the proxy', async () => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, 'proxy')
    await viewer.play()
    viewer.say(frame(1, 8))
    await viewer.ask('GET_PARAMETER')
    const [report] = camera.connections.flatMap((connection) => connection.frames)
    expect(report?.channel).toBe(1)
    expect(looksLikeRtcp(report?.payload ?? new Uint8Array(0), 0, 8)).toBe(true)
  })

  it('are bytes like others to the relay, which knows no channels', async () => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, 'relay')
    viewer.say(frame(200, 65_535))
    await viewer.ask('OPTIONS')
    expect(camera.connections[0]?.frames).toHaveLength(1)
  })
})

describe('a session', () => {
  it.each(SPOKEN_FOR)('of the %s is one, however often a viewer asks for it', async (way) => {
    const { bridge, camera } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    await viewer.ask('DESCRIBE')
    const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1'
    const uri = `rtsp://127.0.0.1:${bridge.port}/${way}/trackID=0`
    const statuses = new Set<number>()
    for (let i = 0; i < 1_000; i++) {
      viewer.say(`SETUP ${uri} RTSP/1.0\r\nCSeq: ${i + 10}\r\n${transport}\r\n\r\n`)
      await viewer.until(() => viewer.responses[i + 1])
      statuses.add(viewer.responses.at(-1)?.status ?? 0)
    }
    expect([...statuses]).toEqual([200, 455])
    // The hub sets up nothing before somebody plays.
    const setups = camera.requests.filter(({ method }) => method === 'SETUP')
    expect(setups.length).toBeLessThanOrEqual(1)
  })

  it.each(SPOKEN_FOR)('of another viewer of the %s cannot be named', async (way) => {
    const { bridge, camera } = await startScene()
    const victim = await RtspViewer.open(bridge, way)
    await victim.play()
    const session = victim.responses.at(-1)?.headers.get('Session')?.split(';')[0]
    expect(session).toBeDefined()
    const attacker = await RtspViewer.open(bridge, way)
    await attacker.play()
    const stated = way === 'hub' ? session : 'another'
    for (const method of ['TEARDOWN', 'PAUSE']) {
      attacker.say(`${method} rtsp://h/${way} RTSP/1.0\r\nCSeq: 99\r\nSession: ${stated}\r\n\r\n`)
    }
    await attacker.until(() => attacker.responses.length === 5 || undefined)
    expect(attacker.responses.slice(3).map(({ status }) => status)).toEqual([454, 454])
    expect(camera.requests.some(({ method }) => /TEARDOWN|PAUSE/.test(method))).toBe(false)
  })
})

it.each(WAYS)('a viewer who asks and leaves at once leaves nothing behind in the %s', async (way) => {
  const { bridge, camera } = await startScene({ hubLimits: { graceMilliseconds: 0 } })
  for (let i = 0; i < 30; i++) {
    const viewer = await RtspViewer.open(bridge, way)
    viewer.say(viewer.request('DESCRIBE'))
    viewer.ws.terminate()
  }
  await expect.poll(() => [bridge.viewers, camera.open], { timeout: 5_000 }).toEqual([0, 0])
})
