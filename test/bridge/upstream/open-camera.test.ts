import { X509Certificate } from 'node:crypto'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge, type StreamOptions } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'
import { startScriptedServer } from '../../support/scripted-server.ts'
import { TEST_CERTIFICATE, TEST_KEY } from '../../support/test-certificate.ts'
import { startTunnelServer } from '../../support/tunnel-server.ts'
import { TestViewer } from '../../support/viewer.ts'

const TLS = { cert: TEST_CERTIFICATE, key: TEST_KEY }
const FINGERPRINT = new X509Certificate(TEST_CERTIFICATE).fingerprint256
const OTHER_FINGERPRINT = FINGERPRINT.replace(/^../, (first) => (first === '00' ? '01' : '00'))

let camera: SimulatedCamera
let sessions: string[]
let log: string[]
const closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  sessions = []
  log = []
  camera = await startCamera({ log: (line) => line.includes(' plays ') && sessions.push(line) })
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await camera.close()
})

async function start(streams: Record<string, StreamOptions>, options: BridgeOptions = {}): Promise<Bridge> {
  const bridge = await createBridge({
    streams,
    resolveHost: async () => ['127.0.0.1'],
    log: (line) => log.push(line),
    ...options,
  })
  closing.push(() => bridge.close())
  return bridge
}

async function watch(bridge: Bridge, stream = 'lobby', ticket?: string): Promise<BridgePlayer> {
  const player = await BridgePlayer.open(bridge, stream, ticket)
  closing.push(() => player.pipeline.close())
  return player
}

const lost = (player: BridgePlayer) =>
  player.pipeline.statistics().tracks.map(({ lost, malformed, restarts }) => [lost, malformed, restarts])

/** The path of the simulated camera's stream. */
const path = () => new URL(camera.url).pathname

/** The simulated camera behind TLS. */
async function secured(): Promise<number> {
  const server = await startScriptedServer({
    tls: TLS,
    onConnection: (socket) => {
      const inner = connect(camera.port, '127.0.0.1')
      inner.on('error', () => socket.destroy())
      socket.pipe(inner).pipe(socket)
    },
  })
  closing.push(() => server.close())
  return server.port
}

describe('a camera in a tunnel through HTTP', () => {
  it.each(['hub', 'proxy'] as const)('plays in mode %s', async (mode) => {
    const tunnel = await startTunnelServer({ rtspPort: camera.port })
    closing.push(() => tunnel.close())
    const url = `rtsp://camera.test:${tunnel.port}${path()}`
    const bridge = await start({ lobby: { url, mode, transport: 'http' } })
    const player = await watch(bridge)
    await player.until(({ pictures, segments }) => pictures.length >= 10 && segments.length > pictures.length + 5)
    expect(lost(player)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(tunnel.requests.map((one) => [one.method, one.path, one.headers.get('host')])).toEqual([
      ['GET', path(), `camera.test:${tunnel.port}`],
      ['POST', path(), `camera.test:${tunnel.port}`],
    ])
    expect(player.received()).not.toContain(String(tunnel.port))
    expect(log.join()).not.toContain(String(tunnel.port))
  })

  it('is secured by TLS where the address is, and known by its fingerprint', async () => {
    const tunnel = await startTunnelServer({ rtspPort: camera.port, tls: TLS })
    closing.push(() => tunnel.close())
    const url = `rtsps://camera.test:${tunnel.port}${path()}`
    const stream = { url, mode: 'hub', transport: 'http' } as const
    const bridge = await start({
      lobby: { ...stream, tls: { fingerprint: FINGERPRINT } },
      other: { ...stream, tls: { fingerprint: OTHER_FINGERPRINT } },
    })
    const player = await watch(bridge)
    await player.until(({ pictures }) => pictures.length >= 3)
    const before = tunnel.requests.length
    await expect(watch(bridge, 'other')).rejects.toMatchObject({ place: { status: 503 } })
    // Nothing was said to it.
    expect(tunnel.requests).toHaveLength(before)
  })
})

describe('a camera that speaks TLS', () => {
  const colons = FINGERPRINT
  const plain = FINGERPRINT.replaceAll(':', '').toLowerCase()

  it.each([
    ['its fingerprint', { fingerprint: colons }],
    ['its fingerprint without colons', { fingerprint: plain }],
    ['insecure, which takes anybody', 'insecure'],
  ] as const)('is taken for itself with %s', async (_what, tls) => {
    // Whatever its name is.
    const url = `rtsps://127.0.0.1:${await secured()}${path()}`
    const bridge = await start({ lobby: { url, tls, mode: 'hub' } })
    const player = await watch(bridge)
    await player.until(({ pictures }) => pictures.length >= 3)
  })

  it('is verified by its authority and its name otherwise', async () => {
    const port = await secured()
    const stream = (host: string) => ({ url: `rtsps://${host}:${port}${path()}`, mode: 'hub' }) as const
    const streams = { lobby: stream('camera.test'), other: stream('other.test'), address: stream('127.0.0.1') }
    const trusting = await start(streams, { ca: TEST_CERTIFICATE })
    const player = await watch(trusting)
    await player.until(({ pictures }) => pictures.length >= 3)
    await expect(watch(trusting, 'other')).rejects.toMatchObject({ place: { status: 503 } })
    await expect(watch(trusting, 'address')).rejects.toMatchObject({ place: { status: 503 } })
    await expect(watch(await start(streams))).rejects.toMatchObject({ place: { status: 503 } })
    expect(log.join('\n')).toMatch(/no secure connection to the camera \(DEPTH_ZERO_SELF_SIGNED_CERT\)/)
  })

  it('is known by its fingerprint to a relay, too', async () => {
    const url = `rtsps://127.0.0.1:${await secured()}${path()}`
    const stream = { url, mode: 'relay' } as const
    const bridge = await start({
      lobby: { ...stream, tls: { fingerprint: plain } },
      other: { ...stream, tls: { fingerprint: OTHER_FINGERPRINT } },
    })
    const viewer = await new TestViewer(bridge, '?stream=lobby').opened()
    viewer.ws.send(Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'))
    expect(String(await viewer.receives(12))).toContain('RTSP/1.0 200')
    viewer.ws.close()
    const { code, reason } = await new TestViewer(bridge, '?stream=other').ended
    expect(code).toBe(4502)
    expect(reason).toBe('the certificate of the camera is not the one that the bridge knows')
  })
})

describe('a stream whose settings do not fit together', () => {
  it.each([
    [{ url: 'rtsp://camera.test/', tls: 'insecure' }, /tls: the connection is not secured/],
    [{ url: 'rtsps://camera.test/', tls: { fingerprint: 'AB' } }, /tls: fingerprint must be/],
    [{ url: 'ws://camera.test/', mode: 'relay' }, /mode: viewers of a relay/],
    [{ url: 'rtsp://camera.test/', mode: 'hub', ticket: 'a.b.c' }, /ticket: tickets are for other bridges/],
    [{ url: 'ws://camera.test/', mode: 'hub', ticket: 'a\r\nb' }, /ticket: a ticket is three parts/],
  ] as const)('%j is refused at the start', async (stream, words) => {
    await expect(start({ lobby: stream })).rejects.toThrow(words)
  })
})

describe('a camera that sends the bridge elsewhere', () => {
  /** Two tunnels: the first leads to a camera that redirects to the second, which wants a password. */
  async function twoCameras() {
    const other = await startTunnelServer({
      rtspPort: camera.port,
      refuse: () => 'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="other"\r\n\r\n',
    })
    const redirecting = await startScriptedRtspListener(() => ({ method }) => {
      if (method !== 'DESCRIBE') return {}
      return { status: 302, headers: { Location: `rtsp://127.0.0.1:${other.port}/live` } }
    })
    const tunnel = await startTunnelServer({ rtspPort: redirecting.port })
    closing.push(other.close, redirecting.close, tunnel.close)
    const url = `rtsp://camera.test:${tunnel.port}/live`
    return { other, lobby: { url, mode: 'hub', transport: 'http', user: 'admin', password: 'hunter2' } as const }
  }

  it('is followed in the same way where that is allowed, but its password is not told there', async () => {
    const { other, lobby } = await twoCameras()
    await expect(watch(await start({ lobby }, { allow: ['127.0.0.1:*'] }))).rejects.toMatchObject({
      place: { status: 502 },
    })
    expect(other.requests.map(({ method, path }) => [method, path])).toEqual([['GET', '/live']])
    expect(other.requests.some(({ headers }) => headers.has('authorization'))).toBe(false)
  })

  it('is not followed where that is not allowed', async () => {
    const { other, lobby } = await twoCameras()
    await expect(watch(await start({ lobby }))).rejects.toMatchObject({ place: { status: 502 } })
    expect(other.requests).toEqual([])
  })
})
