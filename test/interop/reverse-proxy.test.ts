import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Bridge, CLOSE, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { BRIDGE_CERTIFICATE } from '../support/bridge-certificate.ts'
import { freePort } from '../support/free-port.ts'
import { startHaproxy, startNginx } from '../support/load-balancers.ts'
import type { RunningProcess } from '../support/processes.ts'
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts'
import { TestViewer } from '../support/viewer.ts'

const folder = mkdtempSync(join(tmpdir(), 'bridge-proxies-'))

/** So many that chance does not put them all at one bridge: of 12 it did once in 1,700 times. */
const STREAMS = Array.from({ length: 24 }, (_, index) => `lobby${index}`)
const SECRET = 'a secret of thirty-two bytes, or more'
/** Loopback addresses: the proxy comes from the first, viewers from another, so that they can be told apart. */
const VIEWER = '127.0.0.7'

let camera: SimulatedCamera
let flood: ScriptedServer
const FLOOD = Buffer.alloc(8 * 1024 * 1024, 'media ')
beforeAll(async () => {
  camera = await startCamera()
  flood = await startScriptedServer({ onConnection: (socket) => void socket.write(FLOOD) })
})
afterAll(async () => {
  await camera.close()
  await flood.close()
  rmSync(folder, { recursive: true })
})

describe.each([
  ['nginx', startNginx],
  ['HAProxy', startHaproxy],
] as const)('two bridges behind %s', (name, startProxy) => {
  let bridges: Bridge[] = []
  let logs: string[][] = []
  let proxy: RunningProcess
  let port = 0
  let ticket = ''

  beforeAll(async () => {
    ticket = await new SignJWT({ streams: ['**'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(SECRET))
    logs = [[], []]
    port = await freePort()
    bridges = await Promise.all(
      logs.map((log) =>
        createBridge({
          trustProxy: ['127.0.0.1'],
          origins: [`https://localhost:${port}`],
          auth: { tickets: { keys: [{ secret: SECRET }] } },
          streams: Object.fromEntries([
            ...STREAMS.map((stream) => [stream, { url: camera.url, mode: 'hub' as const }] as const),
            ['raw', { url: `rtsp://127.0.0.1:${flood.port}/` }],
          ]),
          drain: { noticeMilliseconds: 4_000, spreadMilliseconds: 0 },
          log: (line) => log.push(line),
        }),
      ),
    )
    proxy = await startProxy({ port, bridges: bridges.map((bridge) => bridge.port), folder })
    await vi.waitFor(async () => expect(await status('/')).toBe(404), { timeout: 10_000, interval: 100 })
  })
  afterAll(async () => {
    await proxy.stop()
    await Promise.all(bridges.map((bridge) => bridge.close()))
  })
  const viewers: TestViewer[] = []
  afterEach(() => {
    for (const { ws } of viewers.splice(0)) ws.terminate()
  })

  const watch = (query: string, origin = `https://localhost:${port}`) => {
    const options = { ca: BRIDGE_CERTIFICATE, localAddress: VIEWER, origin }
    const viewer = new TestViewer({ port }, query, options, undefined, `wss://localhost:${port}/rtsp`)
    viewers.push(viewer)
    return viewer
  }
  const status = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asking = request({ host: 'localhost', port, path, ca: BRIDGE_CERTIFICATE }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      asking.once('error', reject).end()
    })
  /** Watches a stream of the hub as far as to its description. */
  const describeStream = async (stream: string) => {
    const viewer = await watch(`?stream=${stream}&access_token=${ticket}`).opened()
    viewer.ws.send(Buffer.from(`DESCRIBE rtsp://localhost:${port}/${stream} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    expect((await viewer.receives(12)).toString()).toMatch(/^RTSP\/1\.0 200/)
    return viewer
  }

  it('are reached by WSS, with the ticket, every byte in its place', async () => {
    await describeStream('lobby1')
    const viewer = await watch(`?stream=raw&access_token=${ticket}`).opened()
    expect((await viewer.receives(FLOOD.length)).equals(FLOOD)).toBe(true)
  })

  it('know the client’s address, and pages by scheme and name as the client sees them', async () => {
    const viewer = await describeStream('lobby1')
    viewer.ws.close()
    await viewer.ended
    await expect.poll(() => logs.flat().join('\n')).toContain(`address=${VIEWER}`)
    const query = `?stream=nothing&access_token=${ticket}`
    expect((await watch(query).ended).code).toBe(CLOSE.noSuchStream)
    expect((await watch(query, 'https://evil.example').ended).code).toBe(CLOSE.notAllowed)
    expect((await watch(query, `http://localhost:${port}`).ended).code).toBe(CLOSE.notAllowed)
    expect((await watch('?stream=lobby1').ended).code).toBe(CLOSE.ticket)
  })

  it('do not show their metrics and their health through it', async () => {
    for (const path of ['/metrics', '/healthz', '/readyz']) expect(await status(path)).toBe(404)
  })

  it('have all viewers of a stream at one of them, and both have some', async () => {
    await Promise.all(STREAMS.flatMap((stream) => [describeStream(stream), describeStream(stream)]))
    const lists = await Promise.all(
      bridges.map(async ({ url }) => {
        const response = await fetch(`${url}api/streams`, { headers: { Authorization: `Bearer ${ticket}` } })
        return ((await response.json()) as { streams: { viewers: number }[] }).streams.map((one) => one.viewers)
      }),
    )
    const [one = [], two = []] = lists
    for (const index of STREAMS.keys()) expect([one[index], two[index]].sort()).toEqual([0, 2])
    for (const list of lists) expect(list.some((count) => count > 0)).toBe(true)
  })

  it('write no ticket into the logs, of the proxy or their own', async () => {
    await (await describeStream('lobby1')).ws.close()
    const files = name === 'nginx' ? ['rtsp-bridge.log', 'rtsp-bridge.error.log', 'main.log'] : []
    const written = () => [...files.map((one) => readFileSync(join(folder, one), 'utf8')), proxy.output()].join('\n')
    await expect.poll(written).toContain('/rtsp')
    expect(written() + logs.flat().join('\n')).not.toContain(ticket.slice(0, 40))
  })

  it('take over from one that is drained', async () => {
    const first = await describeStream('lobby1')
    const index = bridges.findIndex((bridge) => bridge.viewers > 0)
    const drained = bridges[index]?.drain()
    expect((await first.ended).code).toBe(CLOSE.draining)
    // It comes back as a player does, and is served elsewhere.
    const again = await describeStream('lobby1')
    expect(bridges[1 - index]?.viewers).toBeGreaterThan(0)
    again.ws.close()
    await drained
    await describeStream('lobby1')
  })
})
