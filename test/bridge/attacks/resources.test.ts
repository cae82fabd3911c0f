import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Bridge, CLOSE, createBridge } from '../../../bridge/index.ts'
import { startFloodingCamera } from '../../support/flooding-camera.ts'
import { rtpPacket } from '../../support/guarded-camera.ts'
import { RtspViewer } from '../../support/rtsp-viewer.ts'
import { usedMemory } from '../../support/used-memory.ts'
import { keep, startScene, WAYS } from './three-ways.ts'

const MB = 2 ** 20
const SPOKEN_FOR = ['proxy', 'hub'] as const

/** A bridge to a camera that sends as fast as it can. */
async function flooded(mode: 'proxy' | 'hub', hopelessMilliseconds = 2_000) {
  const camera = keep(await startFloodingCamera())
  const log: string[] = []
  const bridge = keep(
    await createBridge({
      streams: { flood: { url: camera.url, mode, transport: 'tcp' } },
      hubLimits: { viewerBytes: MB, cacheBytes: MB, hopelessMilliseconds },
      limits: { sweepInterval: 20, closeTimeout: 200 },
      log: (line) => log.push(line),
    }),
  )
  return { camera, bridge, log }
}

describe('a viewer who does not read', () => {
  it('makes the camera of the proxy wait, and costs a bounded buffer', async () => {
    const { bridge, camera } = await flooded('proxy')
    const viewer = await RtspViewer.open(bridge, 'flood')
    await viewer.play()
    viewer.ws.pause()
    let last = -1
    for (let quiet = 0; quiet < 10; quiet = camera.taken === last ? quiet + 1 : 0) {
      last = camera.taken
      await wait(20)
    }
    // Two loopback connections and what the system holds of them.
    expect(camera.taken).toBeLessThan(24 * MB)
    viewer.ws.resume()
    await viewer.until(() => viewer.receivedLength > last || undefined)
    await expect.poll(() => camera.taken).toBeGreaterThan(last + MB)
  })

  it('costs the others in the hub nothing, and is sent away', { timeout: 15_000 }, async () => {
    const { bridge, camera, log } = await flooded('hub')
    const stalled = await RtspViewer.open(bridge, 'flood')
    await stalled.play()
    stalled.ws.pause()
    const before = await usedMemory()
    const reading = await RtspViewer.open(bridge, 'flood')
    await reading.play()
    while (reading.frames.length < 2_000) await once(reading.ws, 'message')
    expect(camera.taken).toBeGreaterThan(50 * MB)
    // What is in use, without the garbage of 60 MB: what the test keeps, and what the stalled viewer is still owed.
    expect((await usedMemory()) - before - reading.receivedLength).toBeLessThan(32 * MB)
    await expect.poll(() => bridge.viewers, { timeout: 8_000 }).toBe(1)
    const gone = log.filter((line) => line.includes('a viewer is gone'))
    expect(gone).toEqual([expect.stringContaining(`code=${CLOSE.idle} reason="the viewer reads too slowly"`)])
  })
})

it('what waits for viewers who do not read is bounded for each of them', { timeout: 15_000 }, async () => {
  const { bridge } = await flooded('hub', 60_000)
  const reading = await RtspViewer.open(bridge, 'flood')
  await reading.play()
  const stalled = []
  for (let i = 0; i < 3; i++) {
    const viewer = await RtspViewer.open(bridge, 'flood')
    stalled.push(viewer)
    await viewer.play()
    viewer.ws.pause()
  }
  const figure = async (name: string) => {
    const text = await (await fetch(`${bridge.url}metrics`)).text()
    return Number(new RegExp(`^rtsp_bridge_${name}{[^}]*} (\\d+)`, 'm').exec(text)?.[1])
  }
  await expect.poll(() => figure('skips_total'), { timeout: 8_000 }).toBeGreaterThanOrEqual(3)
  let most = 0
  for (let i = 0; i < 20; i++) {
    await once(reading.ws, 'message')
    most = Math.max(most, await figure('viewer_buffered_bytes'))
  }
  // What he begins with, what comes meanwhile, and what goes out at once.
  expect(most).toBeGreaterThan(MB)
  expect(most).toBeLessThan(4 * (MB + MB + MB / 8))
})

describe('viewers with channels of their own', () => {
  it('do not multiply what is kept of a camera', { timeout: 15_000 }, async () => {
    const { bridge, camera } = await startScene({ limits: { viewersPerAddress: 1_000 } })
    const first = await RtspViewer.open(bridge, 'hub')
    await first.play()
    const connection = camera.connections.at(-1)
    for (let i = 1; i <= 64; i++) connection?.sendFrame(0, rtpPacket(i, { payload: 32_000, keyframe: i === 1 }))
    await first.until(() => first.frames.length >= 64 || undefined)
    const before = await usedMemory()
    let received = 0
    for (let channel = 0; channel < 60; channel += 2) {
      const viewer = await RtspViewer.open(bridge, 'hub')
      await viewer.ask('DESCRIBE')
      await viewer.setup('/trackID=0', `RTP/AVP/TCP;unicast;interleaved=${200 - channel}-${255 - channel}`)
      await viewer.ask('PLAY')
      await viewer.until(() => viewer.frames.length >= 64 || undefined)
      received += viewer.receivedLength
      viewer.ws.terminate()
    }
    // Each of them got 2 MB; what is kept for the next is 2 MB, and not 60.
    expect(received).toBeGreaterThan(55 * MB)
    await expect.poll(() => bridge.viewers).toBe(1)
    expect((await usedMemory()) - before).toBeLessThan(16 * MB)
  })
})

describe('a viewer who is slow to ask', () => {
  it.each(SPOKEN_FOR)('a byte at a time is served by the %s', async (way) => {
    const { bridge } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    for (const byte of viewer.request('OPTIONS')) viewer.say(byte)
    expect((await viewer.until(() => viewer.responses[0])).status).toBe(200)
  })

  it.each(SPOKEN_FOR)('and never ends asking loses his place at the %s', async (way) => {
    const { bridge, camera } = await startScene({ limits: { requestTimeout: 150 } })
    const viewer = await RtspViewer.open(bridge, way)
    const timer = setInterval(() => viewer.say('O'), 20)
    expect(await viewer.ended).toEqual({ code: CLOSE.idle, reason: 'no request came' })
    clearInterval(timer)
    expect(camera.connections).toHaveLength(0)
  })

  it.each(SPOKEN_FOR)('and asks once keeps his place at the %s', async (way) => {
    const { bridge } = await startScene({ limits: { requestTimeout: 100 } })
    const viewer = await RtspViewer.open(bridge, way)
    await viewer.ask('OPTIONS')
    await wait(300)
    expect((await viewer.ask('OPTIONS')).status).toBe(200)
  })
})

describe('a viewer who is gone without a word', () => {
  it.each(WAYS)('is given up by the %s, and the camera with him', async (way) => {
    const { bridge, camera } = await startScene({
      limits: { pingInterval: 40, closeTimeout: 50 },
      hubLimits: { graceMilliseconds: 0 },
    })
    const viewer = new RtspViewer(bridge, way, { autoPong: false })
    await viewer.opened()
    await viewer.ask('OPTIONS')
    if (way !== 'relay') await viewer.ask('DESCRIBE')
    await expect.poll(() => [bridge.viewers, camera.open], { timeout: 3_000 }).toEqual([0, 0])
    expect((await viewer.ended).code).toBe(CLOSE.idle)
  })
})

describe('a thousand connections', () => {
  /** 400 for a bridge that has room for 100: what a test can do in a second. */
  async function crowd(bridge: Bridge, way: string): Promise<RtspViewer[]> {
    const viewers: RtspViewer[] = []
    for (let group = 0; group < 8; group++) {
      const some = Array.from({ length: 50 }, () => new RtspViewer(bridge, way))
      viewers.push(...some)
      await Promise.all(some.map((viewer) => viewer.opened()))
    }
    return viewers
  }

  it.each(WAYS)(
    'to the %s are served up to the bound, the others are told, and all is free again',
    { timeout: 20_000 },
    async (way) => {
      const { bridge, camera } = await startScene({
        limits: { viewers: 100, viewersPerAddress: 100 },
        hubLimits: { graceMilliseconds: 0 },
      })
      const viewers = await crowd(bridge, way)
      const asked = await Promise.allSettled(viewers.slice(0, 100).map((viewer) => viewer.ask('OPTIONS')))
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
      const endings = await Promise.all(viewers.slice(100).map(({ ended }) => ended))
      expect(new Set(endings.map(({ code }) => code))).toEqual(new Set([CLOSE.tooMany]))
      if (way === 'hub') {
        await Promise.all(viewers.slice(0, 100).map((viewer) => viewer.play()))
        expect(camera.open).toBe(1)
      }
      for (const viewer of viewers) viewer.ws.terminate()
      await expect.poll(() => [bridge.viewers, camera.open], { timeout: 5_000 }).toEqual([0, 0])
      expect((await (await RtspViewer.open(bridge, way)).ask('OPTIONS')).status).toBeLessThan(500)
    },
  )

  it('that never become WebSockets keep nobody out', async () => {
    const { bridge } = await startScene({ limits: { viewers: 50 } })
    const sockets = Array.from({ length: 200 }, () => connect(bridge.port, '127.0.0.1').on('error', () => undefined))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const socket of sockets) socket.write('GET /rtsp?stream=hub HT')
    expect((await (await RtspViewer.open(bridge, 'hub')).ask('OPTIONS')).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })
})
