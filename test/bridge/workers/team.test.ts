import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Bridge } from '../../../bridge/index.ts'
import { logThrough } from '../../../bridge/log.ts'
import { startBridge } from '../../../bridge/server.ts'
import { startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { cameraOwner } from '../../../bridge/workers/camera-owner.ts'
import { Conversation } from '../../../bridge/workers/conversation.ts'
import type { PrimaryTasks, WorkerBridgeOptions } from '../../../bridge/workers/tasks.ts'
import { Team } from '../../../bridge/workers/team.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { CAMERA_SDP, rtpPacket, startGuardedCamera } from '../../support/guarded-camera.ts'
import { RtspViewer } from '../../support/rtsp-viewer.ts'

// Eight megabytes go through two bridges.
vi.setConfig({ testTimeout: 20_000 })

const closing: (() => Promise<unknown>)[] = []
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'team-'))
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  rmSync(directory, { recursive: true })
})

/** Two workers in one process, each at a port of its own: the one that has the camera of "lobby", and the other. */
async function startTwo(options: WorkerBridgeOptions): Promise<{ owner: Bridge; other: Bridge; log: string[] }> {
  const number = cameraOwner('lobby', 2)
  const log: string[] = []
  const nobody = new Conversation<PrimaryTasks>({ send: () => undefined, onMessage: () => undefined }, {})
  const start = async (worker: number, lines: string[]) => {
    const ownLog = logThrough((_level, _fields, message) => lines.push(message), 'debug')
    const assignment = {
      number: worker,
      count: 2,
      directory,
      bridge: options,
      log: { level: 'info', format: 'json', colours: false },
    } as const
    const bridge = await startBridge({ ...options, log: ownLog }, new Team(assignment, nobody, ownLog))
    closing.push(() => bridge.close())
    return bridge
  }
  const owner = await start(number, [])
  return { owner, other: await start(3 - number, log), log }
}

async function watch(bridge: Bridge): Promise<BridgePlayer> {
  const player = await BridgePlayer.open(bridge, 'lobby')
  closing.push(() => player.pipeline.close())
  return player
}

describe('a worker that has a stream from another', () => {
  it('takes pictures and sound at once, so that who wants more later disturbs nobody', async () => {
    const camera = await startCamera()
    closing.push(() => camera.close())
    const { other, log } = await startTwo({ streams: { lobby: { url: camera.url, mode: 'hub' } } })
    const silent = await RtspViewer.open(other, 'lobby')
    closing.push(async () => silent.ws.terminate())
    await silent.play()
    await silent.until(() => silent.frames.find(({ channel }) => channel === 0))
    const player = await watch(other)
    await player.until(({ pictures, segments }) => pictures.length >= 5 && segments.length > pictures.length + 5)
    expect(log.filter((line) => line.startsWith('the camera plays'))).toEqual(['the camera plays H264, MPEG4-GENERIC'])
    expect(new Set(silent.frames.map(({ channel }) => channel))).toEqual(new Set([0, 1]))
  })

  it('keeps its viewers while the camera is away, who go on when it is back', async () => {
    let camera = await startCamera()
    closing.push(() => camera.close())
    const { port } = camera
    const { other, log } = await startTwo({ streams: { lobby: { url: camera.url, mode: 'hub' } } })
    const player = await watch(other)
    await player.until(({ pictures }) => pictures.length >= 5)
    await camera.close()
    camera = await startCamera({ port })
    const { length } = player.pictures
    await player.until(({ pictures }) => pictures.length >= length + 10)
    // It is the other worker that lost it.
    expect(log.join('\n')).not.toContain('was lost')
    expect(player.pipeline.statistics().tracks[0]).toMatchObject({ restarts: 0, malformed: 0 })
  })

  it('gets a group of pictures at once that is larger than what a camera may leave unread', async () => {
    const PACKETS = 6_000
    const camera = await startGuardedCamera((request, connection) => {
      if (request.method === 'PLAY' && request.headers.has('Authorization')) {
        setImmediate(() => {
          for (let number = 0; number < PACKETS; number++) {
            connection.sendFrame(0, rtpPacket(number, { payload: 1_400, keyframe: number === 0 }))
          }
        })
      }
      return request.method === 'DESCRIBE' && request.headers.has('Authorization') ? { body: CAMERA_SDP } : undefined
    })
    closing.push(() => camera.close())
    const { owner, other } = await startTwo({
      streams: { lobby: { ...camera.stream, mode: 'hub' } },
      hubLimits: { cacheBytes: 32 * 1024 * 1024, viewerBytes: 16 * 1024 * 1024 },
    })
    const received = async (bridge: Bridge) => {
      const viewer = await RtspViewer.open(bridge, 'lobby')
      closing.push(async () => viewer.ws.terminate())
      await viewer.play()
      await viewer.until(() => (viewer.frames.length >= PACKETS ? true : undefined))
      return viewer.frames.reduce((sum, { length }) => sum + length, 0)
    }
    const there = await received(owner)
    expect(there).toBeGreaterThan(8_000_000)
    expect(await received(other)).toBe(there)
  })
})
