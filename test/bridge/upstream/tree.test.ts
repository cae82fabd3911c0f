import { X509Certificate } from 'node:crypto'
import { connect } from 'node:net'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge, type StreamOptions } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { startScriptedServer } from '../../support/scripted-server.ts'
import { TEST_CERTIFICATE, TEST_KEY } from '../../support/test-certificate.ts'

const SECRET = 'a secret of at least thirty-two bytes'

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
  const bridge = await createBridge({ streams, log: (line) => log.push(line), ...options })
  closing.push(() => bridge.close())
  return bridge
}

const startHub = (options: BridgeOptions = {}) =>
  start({ lobby: { url: camera.url, mode: 'hub' } }, { auth: { tickets: { keys: [{ secret: SECRET }] } }, ...options })

const behind = (hub: Bridge, ticket: string, mode: 'hub' | 'proxy' = 'hub'): StreamOptions => ({
  url: `ws://127.0.0.1:${hub.port}/rtsp?stream=lobby`,
  ticket,
  mode,
})

/** @param exp seconds since 1970, or a span */
const ticketFor = (stream: string, exp: number | string = '1m') =>
  new SignJWT({ streams: [stream] })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(exp)
    .sign(new TextEncoder().encode(SECRET))

async function watch(bridge: Bridge, stream: string, ticket?: string): Promise<BridgePlayer> {
  const player = await BridgePlayer.open(bridge, stream, ticket)
  closing.push(() => player.pipeline.close())
  return player
}

const faults = (player: BridgePlayer) =>
  player.pipeline
    .statistics()
    .tracks.map(({ lost, dropped, malformed, restarts }) => lost + dropped + malformed + restarts)

describe('a bridge behind a bridge', () => {
  it('gives its viewers a stream whose camera has one session, without loss', async () => {
    const hub = await startHub()
    const ticket = await ticketFor('lobby')
    const edge = await start({ entrance: behind(hub, ticket) })
    const players = [await watch(edge, 'entrance'), await watch(hub, 'lobby', ticket), await watch(edge, 'entrance')]
    for (const player of players) {
      await player.until(({ pictures, segments }) => pictures.length >= 50 && segments.length > pictures.length + 20)
      expect(player.pictures[0]).toMatchObject({ start: 0, randomAccess: true })
      expect(faults(player)).toEqual([0, 0])
    }
    expect(sessions).toHaveLength(1)
    // The edge is one viewer of the hub, however many it has itself.
    expect([hub.viewers, edge.viewers]).toEqual([2, 2])
  })

  it('tells viewers neither where the other is nor its ticket', async () => {
    const hub = await startHub()
    const ticket = await ticketFor('lobby')
    const edge = await start({ entrance: behind(hub, ticket), archive: behind(hub, ticket, 'proxy') })
    for (const stream of ['entrance', 'archive']) {
      const player = await watch(edge, stream)
      await player.until(({ pictures }) => pictures.length >= 3)
      for (const secret of [String(hub.port), String(camera.port), ticket]) {
        expect(player.received()).not.toContain(secret)
      }
    }
    for (const secret of [`:${hub.port}`, `:${camera.port}`, ticket]) expect(log.join('\n')).not.toContain(secret)
  })

  it('shows a new ticket before the old one has expired, and no viewer notices', async () => {
    const hub = await startHub()
    const expiry = Math.floor(Date.now() / 1000) + 2
    const edge = await start({ entrance: behind(hub, await ticketFor('lobby', expiry)) })
    const player = await watch(edge, 'entrance')
    await player.until(({ pictures }) => pictures.length >= 3)
    await edge.reconfigure({ streams: { entrance: behind(hub, await ticketFor('lobby')) } })
    await player.until(() => Date.now() > expiry * 1000 + 1500)
    expect(faults(player)).toEqual([0, 0])
    expect(hub.viewers).toBe(1)
    expect(log.join('\n')).not.toContain('was lost')
  })

  it('is reached by a WebSocket over TLS, too', async () => {
    const hub = await startHub()
    const secured = await startScriptedServer({
      tls: { cert: TEST_CERTIFICATE, key: TEST_KEY },
      onConnection: (socket) => {
        const inner = connect(hub.port, '127.0.0.1')
        inner.on('error', () => socket.destroy())
        socket.pipe(inner).pipe(socket)
      },
    })
    closing.push(secured.close)
    const url = `wss://127.0.0.1:${secured.port}/rtsp?stream=lobby`
    const stream = { ...behind(hub, await ticketFor('lobby')), url }
    const { fingerprint256: fingerprint } = new X509Certificate(TEST_CERTIFICATE)
    const edge = await start({ entrance: { ...stream, tls: { fingerprint } }, verified: stream })
    const player = await watch(edge, 'entrance')
    await player.until(({ pictures }) => pictures.length >= 3)
    await expect(watch(edge, 'verified')).rejects.toMatchObject({ place: { status: 503 } })
  })

  it('says in words that its ticket is refused, or that the stream is not there', async () => {
    const hub = await startHub()
    const edge = await start({
      forged: behind(hub, 'a.b.c'),
      other: behind(hub, await ticketFor('other')),
      none: { ...behind(hub, await ticketFor('*')), url: `ws://127.0.0.1:${hub.port}/rtsp?stream=none` },
    })
    await expect(watch(edge, 'forged')).rejects.toMatchObject({ place: { status: 502 } })
    await expect(watch(edge, 'other')).rejects.toMatchObject({ place: { status: 503 } })
    await expect(watch(edge, 'none')).rejects.toMatchObject({ place: { status: 404 } })
    expect(log.join('\n')).toContain('the other bridge wants a valid ticket')
    expect(log.join('\n')).toContain('the other bridge does not allow this stream')
  })

  it('makes one viewer of ten, at one session with the camera, also after the other has restarted', async () => {
    const hub = await startHub()
    const edge = await start({ entrance: behind(hub, await ticketFor('lobby')) })
    const players = await Promise.all(Array.from({ length: 10 }, () => watch(edge, 'entrance')))
    await Promise.all(players.map((player) => player.until(({ pictures }) => pictures.length >= 5)))
    expect([sessions.length, hub.viewers, edge.viewers]).toEqual([1, 1, 10])

    await hub.close()
    const again = await startHub({ port: hub.port })
    const before = players.map((player) => player.pictures.length)
    await Promise.all(
      players.map((player, at) => player.until(({ pictures }) => pictures.length >= (before[at] ?? 0) + 5)),
    )
    expect([sessions.length, again.viewers, edge.viewers]).toEqual([2, 1, 10])
    for (const [at, player] of players.entries()) {
      // What was lost is not smeared over what comes, and nobody had to connect anew.
      expect(player.pictures[before[at] ?? 0]?.randomAccess).toBe(true)
      expect(player.pipeline.statistics().tracks[0]).toMatchObject({ restarts: 0, malformed: 0 })
    }
  }, 20_000)

  it('keeps its viewers while the other restarts', async () => {
    const hub = await startHub()
    const ticket = await ticketFor('lobby')
    const edge = await start({ entrance: behind(hub, ticket) })
    const player = await watch(edge, 'entrance')
    await player.until(({ pictures }) => pictures.length >= 3)
    await hub.close()
    await startHub({ port: hub.port })
    const before = player.pictures.length
    await player.until(({ pictures }) => pictures.length >= before + 5)
    expect(player.pictures[before]?.randomAccess).toBe(true)
    expect(player.pipeline.statistics().tracks[0]).toMatchObject({ restarts: 0, malformed: 0 })
  }, 20_000)
})
