import { afterEach, describe, expect, it } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'
import { refusedPort } from '../../support/scripted-server.ts'

let camera: SimulatedCamera | undefined
let bridge: Bridge | undefined
const players: BridgePlayer[] = []
let log: string[] = []
afterEach(async () => {
  await Promise.all(players.splice(0).map((player) => player.pipeline.close()))
  await bridge?.close()
  await camera?.close()
  log = []
})

async function start(url: string, options: BridgeOptions = {}): Promise<Bridge> {
  bridge = await createBridge({
    streams: { lobby: { url, mode: 'hub', start: 'always' } },
    hubLimits: { graceMilliseconds: 0 },
    log: (line) => log.push(line),
    ...options,
  })
  return bridge
}

const plays = () => log.filter((line) => line.includes('the camera plays')).length

interface Shown {
  readonly streams: readonly { readonly state: string; readonly viewers: number }[]
}
const state = async () => {
  const answer = await fetch(`${bridge?.url}api/streams`)
  return ((await answer.json()) as Shown).streams[0]?.state
}

describe('a camera that is kept open', () => {
  it('is opened with the bridge, with all its tracks, and has a picture at once for the first viewer', async () => {
    camera = await startCamera()
    const running = await start(camera.url)
    await expect.poll(() => log.join()).toContain('the camera plays H264, MPEG4-GENERIC')
    // A picture is there, and well into its group.
    await expect.poll(state).toBe('live')
    await expect
      .poll(async () =>
        Number(/group_of_pictures_bytes{[^}]*} (\d+)/.exec(await (await fetch(`${running.url}metrics`)).text())?.[1]),
      )
      .toBeGreaterThan(10_000)
    const player = await BridgePlayer.open(running, 'lobby')
    players.push(player)
    await player.until(({ pictures }) => pictures.length >= 1)
    expect(player.pictures[0]?.randomAccess).toBe(true)
    expect(plays()).toBe(1)
  })

  it('is kept when the last viewer has left, and when the bridge closes it is let go', async () => {
    const sessions: string[] = []
    camera = await startCamera({ log: (line) => line.includes(' plays ') && sessions.push(line) })
    const running = await start(camera.url)
    for (let visit = 0; visit < 2; visit++) {
      const player = await BridgePlayer.open(running, 'lobby')
      await player.until(({ pictures }) => pictures.length >= 1)
      await player.pipeline.close()
      await expect.poll(() => running.viewers).toBe(0)
    }
    expect(await state()).toBe('live')
    expect(sessions).toHaveLength(1)
    await running.close()
    expect(log.join()).toContain('the camera is released')
  })

  it('is tried again without viewers when it is lost, and when it was not there at the start', {
    timeout: 15_000,
  }, async () => {
    const port = await refusedPort()
    await start(`rtsp://127.0.0.1:${port}/lobby`)
    await expect.poll(() => log.filter((line) => line.includes('nextTry')).length, { timeout: 3_000 }).toBe(2)
    camera = await startCamera({ port })
    await expect.poll(plays, { timeout: 5_000 }).toBe(1)
    await camera.close()
    await expect.poll(state).toBe('lost')
    camera = await startCamera({ port })
    await expect.poll(plays, { timeout: 5_000 }).toBe(2)
  })

  it('is asked once with a password that it refuses', async () => {
    const guarded = await startScriptedRtspListener(() => () => ({
      status: 401,
      headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' },
    }))
    const url = `rtsp://127.0.0.1:${guarded.port}/lobby`
    await start(url, { streams: { lobby: { url, user: 'a', password: 'b', mode: 'hub', start: 'always' } } })
    await expect.poll(() => log.join()).toMatch(/error=unauthorized nextTry="60\.0 s"/)
    const requests = guarded.connections.flatMap((connection) => connection.requests)
    expect(requests.filter(({ headers }) => headers.has('Authorization'))).toHaveLength(1)
    await guarded.close()
  })

  it('is let go, and opened, as the configuration says from now on', async () => {
    camera = await startCamera()
    const { url } = camera
    const running = await start(url)
    await expect.poll(plays).toBe(1)
    await running.reconfigure({ streams: { lobby: { url, mode: 'hub' } } })
    await expect.poll(() => log.join()).toContain('the camera is released')
    expect(await state()).toBe('idle')
    await running.reconfigure({ streams: { lobby: { url, mode: 'hub', start: 'always' } } })
    await expect.poll(plays).toBe(2)
  })
})
