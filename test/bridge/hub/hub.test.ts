import { afterEach, describe, expect, it } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import type { ProtocolError } from '../../../protocol/index.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'

const players: BridgePlayer[] = []
let bridge: Bridge | undefined
let camera: SimulatedCamera | undefined
let sessions: string[] = []

afterEach(async () => {
  await Promise.all(players.splice(0).map((player) => player.pipeline.close()))
  await bridge?.close()
  await camera?.close()
  sessions = []
})

/** A camera that plays, and a bridge that has it as "lobby". */
async function start(options: BridgeOptions = {}): Promise<string[]> {
  const log: string[] = []
  camera = await startCamera({ log: (line) => line.includes(' plays ') && sessions.push(line) })
  bridge = await createBridge({
    streams: { lobby: { url: camera.url, mode: 'hub' } },
    log: (line) => log.push(line),
    ...options,
  })
  return log
}

async function watch(stream = 'lobby'): Promise<BridgePlayer> {
  if (!bridge) throw new Error('There is no bridge')
  const player = await BridgePlayer.open(bridge, stream)
  players.push(player)
  return player
}

describe('a camera in the hub', () => {
  it('has one session for all who watch, and each sees and hears it', async () => {
    await start()
    const both = [await watch(), await watch(), await watch()]
    for (const player of both) {
      await player.until(({ pictures, segments }) => pictures.length >= 10 && segments.length > pictures.length + 5)
      expect(player.pictures[0]).toMatchObject({ start: 0, randomAccess: true })
      expect(player.pipeline.statistics().tracks.map(({ lost, malformed }) => [lost, malformed])).toEqual([
        [0, 0],
        [0, 0],
      ])
    }
    expect(sessions).toHaveLength(1)
  })

  it('starts whoever comes later with the keyframe that has been, at once', async () => {
    await start()
    const first = await watch()
    // Well into a group of pictures, which lasts a second.
    await first.until(({ pictures }) => pictures.findLastIndex((one) => one.randomAccess) === pictures.length - 13)
    const second = await watch()
    await second.until(({ pictures }) => pictures.length >= 12)
    // All that has been since the keyframe came in one piece.
    expect(second.pictures[0]?.randomAccess).toBe(true)
    expect((second.pictures[11]?.arrival ?? 0) - (second.pictures[0]?.arrival ?? 0)).toBeLessThan(100)
  })

  it('tells viewers neither the address nor the port of the camera', async () => {
    const log = await start()
    const player = await watch()
    await player.until(({ pictures }) => pictures.length >= 3)
    const address = `127.0.0.1:${camera?.port}`
    expect(player.received()).toContain('m=video')
    expect(player.received()).not.toContain(String(camera?.port))
    expect(log.join('\n')).not.toContain(address)
  })

  it('keeps viewers while the camera restarts, and goes on with the time that has passed', async () => {
    await start()
    const player = await watch()
    await player.until(({ pictures }) => pictures.length >= 5)
    const port = camera?.port ?? 0
    await camera?.close()
    camera = await startCamera({ port })
    const before = player.pictures.length
    const last = player.pictures.at(-1)
    await player.until(({ pictures }) => pictures.length >= before + 5)
    const next = player.pictures[before]
    expect(next?.randomAccess).toBe(true)
    const passed = ((next?.arrival ?? 0) - (last?.arrival ?? 0)) / 1000
    expect(Math.abs((next?.start ?? 0) - (last?.start ?? 0) - passed)).toBeLessThan(0.3)
    expect(player.pipeline.statistics().tracks[0]).toMatchObject({ restarts: 0, jumps: 0 })
  })

  it('is released some time after the last viewer has left, and opened again for the next', async () => {
    const log = await start({ hubLimits: { graceMilliseconds: 50 } })
    const player = await watch()
    await player.until(({ pictures }) => pictures.length >= 1)
    await player.pipeline.close()
    await expect.poll(() => log.some((line) => line.includes('released'))).toBe(true)
    const next = await watch()
    await next.until(({ pictures }) => pictures.length >= 1)
    expect(sessions).toHaveLength(2)
  })

  it('says in words why it cannot be had, and not where it is', async () => {
    await start({ streams: { lobby: { url: 'rtsp://127.0.0.1:9/lobby', mode: 'hub' } } })
    const error = await watch().catch((reason: ProtocolError) => reason)
    expect(error).toMatchObject({ place: { status: 503 } })
    expect(String(error)).not.toContain('127.0.0.1:9')
  })

  it('is asked once with a password that it refuses, however many want to watch', async () => {
    const guarded = await startScriptedRtspListener(() => () => ({
      status: 401,
      headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' },
    }))
    const url = `rtsp://127.0.0.1:${guarded.port}/lobby`
    const log = await start({ streams: { lobby: { url, user: 'admin', password: 'hunter2', mode: 'hub' } } })
    for (let viewer = 0; viewer < 5; viewer++) {
      const error = await watch().catch((reason: ProtocolError) => reason)
      expect(error).toMatchObject({ place: { status: 502 } })
    }
    const requests = guarded.connections.flatMap((connection) => connection.requests)
    expect(requests.filter((request) => request.headers.has('Authorization'))).toHaveLength(1)
    expect(log.join('\n')).not.toContain('hunter2')
    await guarded.close()
  })
})
