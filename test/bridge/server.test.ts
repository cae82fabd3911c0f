import { once } from 'node:events'
import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type Bridge,
  type BridgeOptions,
  CLOSE,
  createBridge,
  SECURITY_HEADERS,
  StartError,
} from '../../bridge/index.ts'
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts'
import { TestViewer } from '../support/viewer.ts'

let camera: ScriptedServer
let directory: string
const bridges: Bridge[] = []

beforeAll(async () => {
  camera = await startScriptedServer()
  directory = await mkdtemp(join(tmpdir(), 'rtsp-bridge-test-'))
  await mkdir(join(directory, 'page/assets'), { recursive: true })
  await writeFile(join(directory, 'secret.txt'), 'secret')
  await writeFile(join(directory, 'page/.env'), 'secret')
  await writeFile(join(directory, 'page/index.html'), '<!doctype html>the page')
  await writeFile(join(directory, 'page/assets/a-1.js'), 'export {}')
})
afterAll(async () => {
  await camera.close()
  await rm(directory, { recursive: true })
})
afterEach(() => Promise.all(bridges.splice(0).map((bridge) => bridge.close())))

async function startBridge(options: BridgeOptions = {}) {
  const bridge = await createBridge({
    pageDirectory: join(directory, 'page'),
    streams: { lobby: { url: `rtsp://127.0.0.1:${camera.port}/lobby`, description: 'The lobby' } },
    ...options,
    limits: { sweepInterval: 10, ...options.limits },
  })
  bridges.push(bridge)
  return bridge
}

/** Sends bytes as they are to the port, and gives all that comes back until the end. */
async function raw(bridge: Bridge, bytes: string): Promise<string> {
  const socket = connect(bridge.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(bytes, 'latin1')
  return await text(socket)
}

const get = (bridge: Bridge, path: string) =>
  raw(bridge, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)

describe('HTTP', () => {
  it('serves the page, and every answer carries the recommended headers', async () => {
    const bridge = await startBridge()
    for (const path of ['', 'assets/a-1.js', 'healthz', 'api/streams', 'rtsp', 'missing']) {
      const response = await fetch(bridge.url + path)
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(response.headers.get(name)).toBe(value)
      expect(response.headers.get('Content-Security-Policy')).not.toContain('unsafe')
      await response.arrayBuffer()
    }
    const page = await fetch(bridge.url)
    expect(await page.text()).toBe('<!doctype html>the page')
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('Cache-Control')).toBe('no-cache')
    const script = await fetch(`${bridge.url}assets/a-1.js?x=y`)
    expect(script.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('Cache-Control')).toContain('immutable')
  })

  it('answers 304 to what the browser has', async () => {
    const bridge = await startBridge()
    const tag = (await fetch(bridge.url)).headers.get('ETag') ?? ''
    expect((await fetch(bridge.url, { headers: { 'If-None-Match': tag } })).status).toBe(304)
  })

  it('is well, and lists streams without addresses', async () => {
    const bridge = await startBridge()
    const health = await fetch(`${bridge.url}healthz`)
    expect([health.status, await health.text()]).toEqual([200, 'ok\n'])
    const streams = await fetch(`${bridge.url}api/streams`)
    expect(await streams.json()).toEqual({
      streams: [{ name: 'lobby', description: 'The lobby', state: 'idle', viewers: 0 }],
    })
  })

  it('says what it does not serve', async () => {
    const bridge = await startBridge()
    expect((await fetch(`${bridge.url}missing`)).status).toBe(404)
    const post = await fetch(bridge.url, { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
    expect((await fetch(`${bridge.url}rtsp`)).status).toBe(426)
    expect((await fetch(`${bridge.url}%ff`)).status).toBe(400)
    expect((await fetch(`${bridge.url}${'x'.repeat(5_000)}`)).status).toBe(414)
    const head = await fetch(bridge.url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/..\\secret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/.env',
    '/secret.txt%00.html',
    'http://x/../secret.txt',
  ])('gives nothing but the page for %s', async (path) => {
    const answer = await get(await startBridge(), path)
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /)
    expect(answer).not.toMatch(/\r\n\r\n.*secret/s)
  })

  it('goes on when a file of the page is gone, and with any Range', async () => {
    const bridge = await startBridge()
    await unlink(join(directory, 'page/assets/a-1.js'))
    expect((await fetch(`${bridge.url}assets/a-1.js`)).status).toBe(200)
    await writeFile(join(directory, 'page/assets/a-1.js'), 'export {}')
    for (const range of ['bytes=5-2', 'bytes=-5', 'bytes=99-', 'x']) {
      expect((await fetch(bridge.url, { headers: { Range: range } })).status).toBe(200)
    }
  })

  it.each([
    // Node's HTTP parser knows RTSP.
    ['OPTIONS rtsp://10.0.0.5/ RTSP/1.0\r\nCSeq: 1\r\nConnection: close\r\n\r\n', 405],
    ['\0\x01\x02\xff\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['GET /other HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', 404],
    ['GET /rtsp HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', 400],
    ['GET /rtsp HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n', 400],
  ])('answers garbage by an end of that connection alone: %j', async (bytes, status) => {
    const bridge = await startBridge()
    const answer = await raw(bridge, bytes)
    expect(answer.startsWith(`HTTP/1.1 ${status} `)).toBe(true)
    expect((await fetch(`${bridge.url}healthz`)).status).toBe(200)
  })
})

describe('the upgrade', () => {
  it('chooses the subprotocol, and refuses others', async () => {
    const bridge = await startBridge()
    const viewer = await new TestViewer(bridge, '?stream=lobby', {}, ['other', 'rtsp.onvif.org']).opened()
    expect(viewer.ws.protocol).toBe('rtsp.onvif.org')
    expect(viewer.ws.extensions).toBe('')
    const answer = await raw(
      bridge,
      'GET /rtsp?stream=lobby HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: chat\r\n\r\n',
    )
    expect(answer).toContain('the subprotocol must be rtsp.onvif.org')
  })

  it.each([
    ['?stream=nothing', CLOSE.noSuchStream],
    ['?stream=__proto__', CLOSE.noSuchStream],
    ['?stream=', CLOSE.noSuchStream],
    ['?stream=a&stream=b', CLOSE.badRequest],
    ['?stream=lobby&url=rtsp://h/', CLOSE.badRequest],
    ['?url=rtsp://10.0.0.5/', CLOSE.notAllowed],
    ['?url=rtsps://10.0.0.5/', CLOSE.notAllowed],
    ['?url=rtsp://0x7f.1/', CLOSE.badRequest],
    ['?url=http://10.0.0.5/', CLOSE.badRequest],
    ['?url=%ff', CLOSE.badRequest],
    [`?url=rtsp://${'x'.repeat(5_000)}/`, CLOSE.tooLarge],
  ])('with %s ends with %i', async (query, code) => {
    expect(await new TestViewer(await startBridge(), query).ended).toMatchObject({ code })
  })

  it('refuses a password in the address without repeating it anywhere', async () => {
    const lines: string[] = []
    const bridge = await startBridge({ log: (line) => lines.push(line) })
    const ending = await TestViewer.url(bridge, 'rtsp://admin:hunter2@127.0.0.1/').ended
    expect(ending.code).toBe(CLOSE.badRequest)
    await bridge.close()
    expect(lines).toHaveLength(1)
    expect(ending.reason + lines).not.toMatch(/hunter2|admin/)
  })

  it('refuses a name that resolves to loopback', async () => {
    const bridge = await startBridge({
      allow: [`*.example:${camera.port}`, `*:${camera.port}`, `0.0.0.0/0:${camera.port}`],
      resolveHost: async () => ['127.0.0.1'],
    })
    const before = camera.accepted.length
    const viewer = TestViewer.url(bridge, `rtsp://cam1.example:${camera.port}/`)
    expect((await viewer.ended).code).toBe(CLOSE.notAllowed)
    expect(camera.accepted.length).toBe(before)
  })

  it('dials the address that was checked, not what the name says later', async () => {
    let asked = 0
    const bridge = await startBridge({
      allow: [`127.0.0.1:${camera.port}`],
      resolveHost: async () => [asked++ === 0 ? '127.0.0.1' : '10.255.255.1'],
    })
    const viewer = TestViewer.url(bridge, `rtsp://cam1.example:${camera.port}/`)
    await Promise.all([viewer.opened(), camera.connection()])
    expect(asked).toBe(1)
    viewer.ws.terminate()
  })
})

describe('the origin', () => {
  const ended = async (bridge: Bridge, origin: string, host = `127.0.0.1:${bridge.port}`) =>
    (await new TestViewer(bridge, '?stream=nothing', { origin, headers: { Host: host } }).ended).code
  const LET_IN = CLOSE.noSuchStream

  it('of the page that the bridge serves is let in, by address or as localhost', async () => {
    const bridge = await startBridge()
    expect(await ended(bridge, `http://127.0.0.1:${bridge.port}`)).toBe(LET_IN)
    expect(await ended(bridge, `http://localhost:${bridge.port}`, `localhost:${bridge.port}`)).toBe(LET_IN)
    expect(await ended(bridge, `http://[::1]:${bridge.port}`, `[::1]:${bridge.port}`)).toBe(LET_IN)
  })

  it.each(['https://evil.example', 'http://127.0.0.1', 'http://127.0.0.1:1', 'null', 'file://', 'x'])(
    'of another page is not: %j',
    async (origin) => {
      expect(await ended(await startBridge(), origin)).toBe(CLOSE.notAllowed)
    },
  )

  it('that is refused is told to the page, as what to add', async () => {
    const bridge = await startBridge()
    const reason = async (origin: string) => (await new TestViewer(bridge, '?stream=nothing', { origin }).ended).reason
    expect(await reason('http://localhost:5173')).toContain('--origin http://localhost:5173')
    // A file that was opened: no origin that could be listed.
    expect(await reason('null')).toBe('pages that are no website may not connect: serve them by http')
  })

  it('that is listed is let in, and nothing like it', async () => {
    const bridge = await startBridge({ origins: ['https://portal.example'] })
    expect(await ended(bridge, 'https://portal.example')).toBe(LET_IN)
    expect(await ended(bridge, 'https://portal.example', 'portal.example')).toBe(LET_IN)
    expect(await ended(bridge, 'http://portal.example')).toBe(CLOSE.notAllowed)
    expect(await ended(bridge, 'https://portal.example.evil.example')).toBe(CLOSE.notAllowed)
    expect(await ended(bridge, 'https://portal.example:8443')).toBe(CLOSE.notAllowed)
  })

  it('of a foreign name that was pointed at the bridge is not (DNS rebinding)', async () => {
    const bridge = await startBridge()
    const host = `evil.example:${bridge.port}`
    expect(await ended(bridge, `http://${host}`, host)).toBe(CLOSE.notAllowed)
  })

  it('may be missing on loopback, and nowhere else', async () => {
    const missing = async (bridge: Bridge) => (await new TestViewer(bridge, '?stream=nothing').ended).code
    expect(await missing(await startBridge())).toBe(LET_IN)
    expect(await missing(await startBridge({ host: '0.0.0.0', auth: 'none' }))).toBe(CLOSE.notAllowed)
  })

  it('must be written as one', async () => {
    await expect(startBridge({ origins: ['https://portal.example/path'] })).rejects.toThrow('not an origin')
  })
})

describe('many', () => {
  it('viewers are served up to the bound, and the next is told 4429', async () => {
    const bridge = await startBridge({ limits: { viewers: 3 } })
    const viewers = [1, 2, 3].map(() => new TestViewer(bridge, '?stream=lobby'))
    await Promise.all(viewers.map((viewer) => viewer.opened()))
    expect((await new TestViewer(bridge, '?stream=lobby').ended).code).toBe(CLOSE.tooMany)
    for (const viewer of viewers) expect(viewer.ws.readyState).toBe(viewer.ws.OPEN)
    // A place that was left is free again.
    viewers[0]?.ws.close()
    for (;;) {
      const next = new TestViewer(bridge, '?stream=nothing')
      if ((await next.ended).code === CLOSE.noSuchStream) break
    }
  })

  it('viewers of one address do not keep the others out', async () => {
    const bridge = await startBridge({ limits: { viewersPerAddress: 2 } })
    await Promise.all([1, 2].map(() => new TestViewer(bridge, '?stream=lobby').opened()))
    expect((await new TestViewer(bridge, '?stream=lobby').ended).code).toBe(CLOSE.tooMany)
    const elsewhere = new TestViewer(bridge, '?stream=nothing', { localAddress: '127.0.0.2' })
    expect((await elsewhere.ended).code).toBe(CLOSE.noSuchStream)
  })

  it('upgrades that nobody finishes disturb nobody', async () => {
    const bridge = await startBridge()
    const halfOpen = Array.from({ length: 200 }, () => connect(bridge.port, '127.0.0.1'))
    await Promise.all(halfOpen.map((socket) => once(socket, 'connect')))
    for (const socket of halfOpen) socket.write('GET /rtsp HTTP/1.1\r\nUpgrade:')
    await new TestViewer(bridge, '?stream=lobby').opened()
    for (const socket of halfOpen) socket.resetAndDestroy()
    expect((await fetch(`${bridge.url}healthz`)).status).toBe(200)
  })
})

describe('start and stop', () => {
  it('a stop sends viewers away with 4503, ends the cameras and frees the port', async () => {
    const bridge = await startBridge()
    const viewer = await new TestViewer(bridge, '?stream=lobby').opened()
    const upstream = camera.accepted.at(-1) ?? (await camera.connection())
    upstream.resume()
    const [ending] = await Promise.all([viewer.ended, bridge.close(), bridge.close()])
    expect(ending).toEqual({ code: CLOSE.draining, reason: 'the bridge is being restarted' })
    expect(bridge.viewers).toBe(0)
    const next = await startBridge({ port: bridge.port })
    expect(next.port).toBe(bridge.port)
  })

  it('a stop does not wait for those who do not listen', async () => {
    const bridge = await startBridge({ limits: { closeTimeout: 100 } })
    const viewer = await new TestViewer(bridge, '?stream=lobby').opened()
    viewer.ws.pause()
    const slow = connect(bridge.port, '127.0.0.1')
    await once(slow, 'connect')
    slow.on('error', () => undefined).write('GET / HT')
    const start = performance.now()
    await bridge.close()
    expect(performance.now() - start).toBeLessThan(1_500)
    expect(bridge.viewers).toBe(0)
  })

  it('a port that is taken is told with advice', async () => {
    const bridge = await startBridge()
    const error = await startBridge({ port: bridge.port }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StartError)
    expect(error).toMatchObject({
      message: `Port ${bridge.port} is taken: another program listens on 127.0.0.1:${bridge.port}.`,
      advice: expect.stringContaining(`--port ${bridge.port + 1}`),
    })
  })

  it.each(['0.0.0.0', '::', '192.0.2.1', 'bridge.example'])('listening on %s needs words', async (host) => {
    await expect(startBridge({ host })).rejects.toThrow('would let everyone')
  })

  it('an address that the machine does not have is told', async () => {
    await expect(startBridge({ host: '192.0.2.1', auth: 'none' })).rejects.toThrow('no address 192.0.2.1')
  })
})
