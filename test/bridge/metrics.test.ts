import { afterEach, describe, expect, it } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { BridgePlayer } from '../support/bridge-player.ts'
import { startScriptedServer } from '../support/scripted-server.ts'
import { TestViewer } from '../support/viewer.ts'

const SECRET = 'a secret of thirty-two bytes, or more'
let bridge: Bridge | undefined
let camera: SimulatedCamera | undefined
afterEach(async () => {
  await bridge?.close()
  await camera?.close()
})

async function start(options: BridgeOptions = {}): Promise<Bridge> {
  bridge = await createBridge({ limits: { sweepInterval: 10 }, ...options })
  return bridge
}

/** The figures, by name and labels as they stand in the text: `a{b="c"}`. */
async function figures(url = `${bridge?.url}metrics`): Promise<Map<string, number>> {
  const response = await fetch(url)
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, expect.stringContaining('text/plain')])
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

describe('the metrics', () => {
  it('tell of viewers and cameras, by stream', async () => {
    camera = await startCamera()
    const running = await start({
      streams: {
        lobby: { url: camera.url, mode: 'hub' },
        archive: { url: camera.recordingUrl, mode: 'proxy' },
        raw: { url: camera.url, mode: 'relay' },
        idle: { url: camera.url, mode: 'hub' },
      },
    })
    const players = await Promise.all(['lobby', 'lobby', 'archive'].map((name) => BridgePlayer.open(running, name)))
    for (const player of players) await player.until(({ pictures }) => pictures.length >= 5)
    const raw = await new TestViewer(running, '?stream=raw').opened()
    raw.ws.send(Buffer.from(`OPTIONS ${camera.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    await raw.receives(12)
    const found = await figures()
    const value = (name: string) => found.get(`rtsp_bridge_${name}`)
    expect(value('viewers{stream="lobby"}')).toBe(2)
    expect(value('viewers{stream="archive"}')).toBe(1)
    expect(value('viewers{stream="idle"}')).toBeUndefined()
    expect(value('viewer_bytes_total{stream="lobby",way="down"}')).toBeGreaterThan(10_000)
    expect(value('viewer_bytes_total{stream="lobby",way="up"}')).toBeGreaterThan(500)
    expect(value('viewer_bytes_total{stream="raw",way="down"}')).toBe(raw.receivedLength)
    expect(value('viewer_buffered_bytes{stream="lobby"}')).toBe(0)
    expect(value('cameras{state="live"}')).toBe(1)
    expect(value('cameras{state="idle"}')).toBe(1)
    expect(value('camera_up{stream="lobby"}')).toBe(1)
    expect(value('camera_up{stream="idle"}')).toBeUndefined()
    expect(value('camera_bytes_total{stream="lobby"}')).toBeGreaterThan(10_000)
    expect(value('camera_losses_total{stream="lobby"}')).toBe(0)
    expect(value('group_of_pictures_bytes{stream="lobby"}')).toBeGreaterThan(1_000)
    expect(value('group_of_pictures_age_seconds{stream="lobby"}')).toBeLessThan(3)
    expect(value('rtp_packets_total{stream="lobby",track="0",media="video"}')).toBeGreaterThan(5)
    expect(value('rtp_packets_lost_total{stream="lobby",track="0",media="video"}')).toBe(0)
    expect(value('rtp_jitter_seconds{stream="lobby",track="1",media="audio"}')).toBeLessThan(1)
    expect(value('skips_total{stream="lobby"}')).toBe(0)
    expect(value('ready')).toBe(1)
    expect(value('event_loop_delay_seconds{quantile="0.99"}')).toBeLessThan(5)
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    raw.ws.terminate()
    await Promise.all(players.map((player) => player.pipeline.close()))
  })

  it('go on counting where viewers leave, and count nobody twice', async () => {
    camera = await startCamera()
    const running = await start({ streams: { raw: { url: camera.url, mode: 'relay' } } })
    const down = 'rtsp_bridge_viewer_bytes_total{stream="raw",way="down"}'
    let sum = 0
    for (let round = 0; round < 3; round++) {
      const viewer = await new TestViewer(running, '?stream=raw').opened()
      viewer.ws.send(Buffer.from(`OPTIONS ${camera.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
      await viewer.receives(12)
      sum += viewer.receivedLength
      expect((await figures()).get(down)).toBe(sum)
      viewer.ws.close()
      await expect.poll(() => running.viewers).toBe(0)
      expect((await figures()).get(down)).toBe(sum)
    }
    expect((await figures()).get('rtsp_bridge_connections_ended_total{code="other"}')).toBe(3)
  })

  it('count refusals by their code, and tickets that are no good', async () => {
    const running = await start({ auth: { tickets: { keys: [{ secret: SECRET }] } } })
    for (const query of ['?stream=a', '?stream=a&access_token=a.b.c', '?stream=a&url=b']) {
      await new TestViewer(running, query).ended
    }
    expect((await fetch(`${running.url}api/streams`)).status).toBe(401)
    const found = await figures()
    expect(found.get('rtsp_bridge_connections_ended_total{code="4401"}')).toBe(2)
    expect(found.get('rtsp_bridge_connections_ended_total{code="4400"}')).toBe(1)
    expect(found.get('rtsp_bridge_tickets_refused_total')).toBe(3)
  })

  it('hold no address, not even of what viewers name by theirs, and no password', async () => {
    camera = await startCamera()
    const running = await start({
      allow: [`127.0.0.1:${camera.port}`],
      streams: { lobby: { url: camera.url, mode: 'hub', user: 'admin', password: 'hunter2' } },
    })
    const viewer = await TestViewer.url(running, camera.url).opened()
    viewer.ws.send(Buffer.from(`OPTIONS ${camera.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    await viewer.receives(12)
    const text = await (await fetch(`${running.url}metrics`)).text()
    expect(text).toContain('rtsp_bridge_viewers{stream=""} 1')
    expect(text).not.toMatch(/127\.0\.0\.1|hunter2|admin/)
    expect(text).not.toContain(String(camera.port))
    viewer.ws.terminate()
  })

  it('do not grow by what viewers give as their reason', async () => {
    const running = await start()
    for (let code = 4900; code < 4950; code++) {
      const viewer = await new TestViewer(running, '').opened()
      viewer.ws.close(code)
      await viewer.ended
    }
    await expect.poll(() => running.viewers).toBe(0)
    const codes = [...(await figures()).keys()].filter((name) => name.includes('connections_ended'))
    expect(codes).toEqual(['rtsp_bridge_connections_ended_total{code="other"}'])
  })
})

describe('who may have them', () => {
  const status = async (url: string, headers: Record<string, string> = {}) => (await fetch(url, { headers })).status

  it('is this machine alone, and not what a proxy on it hands on', async () => {
    const running = await start({ host: '0.0.0.0', auth: 'none' })
    const url = `http://127.0.0.1:${running.port}/metrics`
    expect(await status(url)).toBe(200)
    for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Via', 'Forwarded', 'X-Forwarded-Proto']) {
      expect(await status(url, { [name]: '127.0.0.1' })).toBe(404)
    }
    expect(await status(url.replace('/metrics', '/healthz'), { Via: 'x' })).toBe(200)
  })

  it('is no page whose name was pointed at this machine', async () => {
    const { request } = await import('node:http')
    const running = await start()
    const asked = new Promise((resolve) => {
      request(`${running.url}metrics`, { headers: { Host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end()
    })
    expect(await asked).toBe(404)
  })

  it('is who reaches the address that is for them, where they have one; then they are nowhere else', async () => {
    const running = await start({ operations: { port: 0 } })
    const own = running.operationsUrl ?? ''
    expect(own).not.toBe(running.url)
    for (const path of ['metrics', 'healthz', 'readyz']) {
      expect(await status(`${own}${path}`, { Via: 'x' })).toBe(200)
      expect(await status(`${running.url}${path}`)).toBe(404)
    }
    expect(await status(`${own}api/streams`)).toBe(404)
    expect((await fetch(`${own}metrics`, { method: 'POST' })).status).toBe(405)
    await running.close()
    await expect(fetch(`${own}healthz`)).rejects.toThrow()
  })
})

describe('/api/streams', () => {
  it('tells state, codecs and viewers, and no address', async () => {
    camera = await startCamera()
    const dead = { url: 'rtsp://127.0.0.1:9/', mode: 'hub' } as const
    const running = await start({
      streams: { dead, lobby: { url: camera.url, mode: 'hub' }, archive: { url: camera.recordingUrl, mode: 'proxy' } },
    })
    const states = async () => (await fetch(`${running.url}api/streams`)).text()
    expect(JSON.parse(await states()).streams).toEqual(
      ['dead', 'lobby', 'archive'].map((name) => ({ name, state: 'idle', viewers: 0 })),
    )
    const players = await Promise.all(['lobby', 'archive'].map((name) => BridgePlayer.open(running, name)))
    for (const player of players) await player.until(({ pictures }) => pictures.length >= 1)
    await BridgePlayer.open(running, 'dead').catch(() => undefined)
    await expect
      .poll(async () => JSON.parse(await states()).streams)
      .toEqual([
        { name: 'dead', state: 'lost', viewers: expect.any(Number) },
        { name: 'lobby', state: 'live', codecs: ['H264', 'MPEG4-GENERIC'], viewers: 1 },
        { name: 'archive', state: 'live', viewers: 1 },
      ])
    expect(await states()).not.toMatch(/127\.0\.0\.1|rtsp:/)
    expect(await states()).not.toContain(String(camera.port))
    await Promise.all(players.map((player) => player.pipeline.close()))
  })
})

describe('a slow viewer', () => {
  it('shows in what he missed, and in what he missed before he left', async () => {
    camera = await startCamera()
    const running = await start({
      streams: { lobby: { url: camera.url, mode: 'hub' } },
      // However fast he is.
      hubLimits: { viewerBytes: -1 },
    })
    const player = await BridgePlayer.open(running, 'lobby')
    const skips = async () => (await figures()).get('rtsp_bridge_skips_total{stream="lobby"}')
    await expect.poll(skips).toBe(1)
    await player.pipeline.close()
    await expect.poll(() => running.viewers).toBe(0)
    expect(await skips()).toBe(1)
  })

  it('shows in what waits for him', async () => {
    const flood = await startScriptedServer({
      onConnection: (socket) => {
        socket.write(Buffer.alloc(32 * 1024 * 1024))
      },
    })
    const running = await start({ streams: { raw: { url: `rtsp://127.0.0.1:${flood.port}/`, mode: 'relay' } } })
    const viewer = await new TestViewer(running, '?stream=raw').opened()
    viewer.ws.pause()
    await expect
      .poll(async () => (await figures()).get('rtsp_bridge_viewer_buffered_bytes{stream="raw"}'))
      .toBeGreaterThan(100_000)
    viewer.ws.terminate()
    await flood.close()
  })
})
