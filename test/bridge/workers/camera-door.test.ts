import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Hub } from '../../../bridge/hub/hub.ts'
import { DEFAULT_HUB_LIMITS } from '../../../bridge/hub/hub-limits.ts'
import { logOf } from '../../../bridge/log.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { TargetPolicy } from '../../../bridge/targets.ts'
import { SocketTransport } from '../../../bridge/upstream/socket-transport.ts'
import { dial } from '../../../bridge/upstream/tcp.ts'
import { CameraDoor, DOOR_STREAM, doorPath } from '../../../bridge/workers/camera-door.ts'
import { visitCamera } from '../../../bridge/workers/camera-visit.ts'
import { Pipeline } from '../../../protocol/index.ts'
import type { RtspRefusal } from '../../../protocol/rtsp/server-stream.ts'

const log = logOf(undefined)
const never = new AbortController().signal

let directory: string
let camera: SimulatedCamera
let hub: Hub
let door: CameraDoor
let path: string

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'door-'))
  camera = await startCamera()
  const connectTcp = async ({ port }: { port: number }) =>
    new SocketTransport(await dial({ host: '127.0.0.1', port, tls: false, addresses: ['127.0.0.1'] }))
  hub = new Hub({ connect: (_name, uri) => connectTcp(uri), log, limits: { graceMilliseconds: 50 } })
  const streams = {
    lobby: { url: camera.url, mode: 'hub' },
    dead: { url: 'rtsp://127.0.0.1:9/', mode: 'hub' },
  } as const
  await hub.update(new TargetPolicy({ streams }).camerasOf('hub'))
  path = doorPath(directory, 1)
  door = newDoor()
  await door.open()
})
afterEach(async () => {
  await hub.close()
  await door.close()
  await camera.close()
  rmSync(directory, { recursive: true })
})

const newDoor = () =>
  new CameraDoor({
    path,
    streams: (name) => hub.streamWithCamera(name),
    bufferBytes: DEFAULT_HUB_LIMITS.cacheBytes,
    log,
  })

async function watch(name: string) {
  const transport = await visitCamera(path, name, never)
  let pictures = 0
  const shown = { tell: () => undefined as unknown }
  const pipeline = new Pipeline(
    transport,
    { uri: `rtsp://127.0.0.1${DOOR_STREAM}` },
    {
      initializationSegment: () => undefined,
      mediaSegment: ({ kind }) => {
        if (kind === 'video' && ++pictures === 3) shown.tell()
      },
      accessUnit: () => undefined,
      closed: () => undefined,
    },
  )
  const three = new Promise((resolve) => {
    shown.tell = () => resolve(undefined)
  })
  await pipeline.open()
  return { pipeline, three }
}

describe('the door to a worker’s cameras', () => {
  it('gives out a stream to whoever is in the folder', async () => {
    const viewers = await Promise.all([watch('lobby'), watch('lobby')])
    await Promise.all(viewers.map(({ three }) => three))
    expect(hub.stream('lobby')?.viewers).toBe(2)
    await Promise.all(viewers.map(({ pipeline }) => pipeline.close()))
    await expect.poll(() => hub.stream('lobby')?.viewers).toBe(0)
    await expect.poll(() => hub.stream('lobby')?.state).toBe('idle')
  })

  it('says what viewers are told here where there is no picture', async () => {
    const told = await hub
      .stream('dead')
      ?.describe()
      .catch((error: unknown) => error)
    const dead = await visitCamera(path, 'dead', never).catch((error: unknown) => error)
    expect(told).toMatchObject({ status: 503, reason: expect.stringContaining('The camera') })
    const { status, reason } = told as RtspRefusal
    expect(dead).toMatchObject({ status, reason })
    const none = await visitCamera(path, 'none', never).catch((error: unknown) => error)
    expect(none).toMatchObject({ status: 503 })
  })

  it('waits for a worker that is being started, and for its own socket that a dead one left', async () => {
    await door.close()
    const visit = visitCamera(path, 'lobby', never)
    door = newDoor()
    await door.open()
    const transport = await visit
    transport.close()
    const another = newDoor()
    await another.open()
    await another.close()
  })

  it('is left at once by who does not want the camera any more', async () => {
    await door.close()
    const abort = new AbortController()
    const visit = visitCamera(path, 'lobby', abort.signal)
    abort.abort()
    await expect(visit).rejects.toMatchObject({ code: 'aborted' })
  })

  it('closes what sends a line without an end', async () => {
    const socket = connect({ path })
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(Buffer.alloc(16_384, 'x'))
    await closed
    const { pipeline, three } = await watch('lobby')
    await three
    await pipeline.close()
  })

  it('is a socket, and says so where it cannot be made', async () => {
    expect(statSync(path).isSocket()).toBe(true)
    const nowhere = new CameraDoor({
      path: join(directory, 'none', 'x'),
      streams: () => undefined,
      bufferBytes: 1,
      log,
    })
    await expect(nowhere.open()).rejects.toMatchObject({ advice: expect.stringContaining('RUNTIME_DIRECTORY') })
  })
})
