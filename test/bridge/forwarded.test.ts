import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { TrustedProxies } from '../../bridge/forwarded.ts'
import { type Bridge, type BridgeOptions, CLOSE, createBridge, StartError } from '../../bridge/index.ts'
import { TestViewer } from '../support/viewer.ts'

const bridges: Bridge[] = []
afterEach(() => Promise.all(bridges.splice(0).map((bridge) => bridge.close())))

async function start(options: BridgeOptions): Promise<Bridge> {
  const bridge = await createBridge({ auth: 'none', limits: { sweepInterval: 10 }, ...options })
  bridges.push(bridge)
  return bridge
}

const arrivalOf = (trusted: string[], peer: string, headers: Record<string, string>, tls = false) =>
  new TrustedProxies(trusted, tls).arrival({ headers, socket: { remoteAddress: peer } } as unknown as IncomingMessage)

describe('the address of a client', () => {
  const chain = { host: 'bridge', 'x-forwarded-for': '203.0.113.9, 198.51.100.7, 10.0.0.2' }

  it.each([
    ['nobody is trusted', [], '10.0.0.1', '10.0.0.1'],
    ['another proxy is trusted', ['10.0.0.9'], '10.0.0.1', '10.0.0.1'],
    ['one proxy is', ['10.0.0.1'], '10.0.0.1', '10.0.0.2'],
    ['two are: the first that none of them added', ['10.0.0.0/8'], '10.0.0.1', '198.51.100.7'],
    ['all are', ['10.0.0.0/8', '198.51.100.0/24', '203.0.113.0/24'], '10.0.0.1', '203.0.113.9'],
    ['it comes over IPv6 sockets', ['10.0.0.0/8'], '::ffff:10.0.0.1', '198.51.100.7'],
  ])('where %s', (_what, trusted, peer, address) => {
    expect(arrivalOf(trusted, peer, chain).address).toBe(address)
  })

  it.each([
    ['198.51.100.7:4711', '198.51.100.7'],
    ['[2001:DB8::1]:4711', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['unknown', '10.0.0.1'],
    ['', '10.0.0.1'],
    ['203.0.113.9, <script>', '10.0.0.1'],
    [Array(10_000).fill('10.0.0.3').join(), '10.0.0.3'],
  ])('is read from %j', (header, address) => {
    expect(arrivalOf(['10.0.0.0/8'], '10.0.0.1', { 'x-forwarded-for': header }).address).toBe(address)
  })

  it('is read where the proxy is trusted alone, and so are scheme and host', () => {
    const headers = { host: 'inner:8080', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }
    expect(arrivalOf([], '10.0.0.1', headers)).toMatchObject({ authority: 'inner:8080', secure: undefined })
    expect(arrivalOf(['10.0.0.1'], '10.0.0.1', headers)).toMatchObject({ authority: 'evil.example:80', secure: true })
    // A proxy that adds in place of setting: what it added is the last.
    const added = { ...headers, 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'evil.example, portal.example' }
    expect(arrivalOf(['10.0.0.1'], '10.0.0.1', added)).toMatchObject({ authority: 'portal.example:80', secure: false })
    expect(arrivalOf([], '10.0.0.1', { host: 'a' }, true).secure).toBe(true)
  })

  it('has ranges that can be read', () => {
    expect(() => new TrustedProxies(['10.0.0.0/33'], false)).toThrow(TypeError)
    expect(() => new TrustedProxies(['proxy.example'], false)).toThrow('write 10.0.0.5 or 10.0.0.0/8')
  })
})

describe('a bridge behind a proxy', () => {
  const ended = async (bridge: Bridge, headers: Record<string, string>, origin?: string) =>
    (await new TestViewer(bridge, '?stream=nothing', { headers, ...(origin === undefined ? {} : { origin }) }).ended)
      .code
  const LET_IN = CLOSE.noSuchStream
  const portal = { origins: ['https://video.example'], trustProxy: ['127.0.0.1'] }
  const forwarded = { 'X-Forwarded-Host': 'video.example', 'X-Forwarded-Proto': 'https' }

  it('knows its own pages by the name and the scheme that the proxy was reached by', async () => {
    // Without the name among `origins` it could be anyone's that was pointed here.
    const bridge = await start({ trustProxy: ['127.0.0.1'] })
    const address = { 'X-Forwarded-Host': '192.0.2.1', 'X-Forwarded-Proto': 'https' }
    expect(await ended(bridge, address, 'https://192.0.2.1')).toBe(LET_IN)
    expect(await ended(bridge, address, 'http://192.0.2.1')).toBe(CLOSE.notAllowed)
    expect(await ended(bridge, { ...address, 'X-Forwarded-Proto': 'http' }, 'http://192.0.2.1')).toBe(LET_IN)
    expect(await ended(bridge, forwarded, 'https://video.example')).toBe(CLOSE.notAllowed)
    expect(await ended(await start(portal), forwarded, 'https://video.example')).toBe(LET_IN)
  })

  it('does not take these from a client that came by itself', async () => {
    const bridge = await start({ trustProxy: ['192.0.2.1'] })
    const lie = { 'X-Forwarded-Host': '192.0.2.9', 'X-Forwarded-Proto': 'https' }
    expect(await ended(bridge, lie, 'https://192.0.2.9')).toBe(CLOSE.notAllowed)
  })

  it('counts and logs viewers by their own addresses', async () => {
    const lines: string[] = []
    const bridge = await start({ ...portal, limits: { viewersPerAddress: 1 }, log: (line) => lines.push(line) })
    const from = (address: string) =>
      new TestViewer(bridge, '', {
        origin: 'https://video.example',
        headers: { 'X-Forwarded-For': `9.9.9.9, ${address}` },
      })
    await from('203.0.113.1').opened()
    await from('203.0.113.2').opened()
    expect((await from('203.0.113.1').ended).code).toBe(CLOSE.tooMany)
    await bridge.close()
    expect(lines.join('\n')).toContain('address=203.0.113.1')
    expect(lines.join('\n')).not.toMatch(/9\.9\.9\.9|127\.0\.0\.1/)
  })

  it('asks who may watch, and for an Origin, though it listens on loopback', async () => {
    await expect(createBridge({ trustProxy: ['127.0.0.1'] })).rejects.toThrow(StartError)
    expect(await ended(await start(portal), {})).toBe(CLOSE.notAllowed)
  })
})

describe('a base path', () => {
  it('is in front of all that is for pages', async () => {
    const bridge = await start({ basePath: '/video/cameras/', streams: { lobby: { url: 'rtsp://192.0.2.1/' } } })
    expect(bridge.url).toBe(`http://127.0.0.1:${bridge.port}/video/cameras/`)
    const status = async (path: string) =>
      (await fetch(`http://127.0.0.1:${bridge.port}${path}`, { redirect: 'manual' })).status
    expect(await status('/video/cameras/api/streams')).toBe(200)
    expect(await status('/video/cameras/rtsp')).toBe(426)
    expect(await status('/video/cameras')).toBe(308)
    expect(await status('/api/streams')).toBe(404)
    expect(await status('/video/camerasapi/streams')).toBe(404)
    expect(await status('/healthz')).toBe(200)
    const endpoint = `${bridge.url.replace('http', 'ws')}rtsp`
    const viewer = new TestViewer(bridge, '?stream=nothing', {}, undefined, endpoint)
    expect((await viewer.ended).code).toBe(CLOSE.noSuchStream)
    expect((await new TestViewer(bridge, '?stream=nothing').ended).code).toBe(1006)
  })

  it.each(['cameras', '/a b', '//', '/a?b', '/%2e'])('is not %j', async (basePath) => {
    await expect(createBridge({ basePath })).rejects.toThrow('is not a path')
  })
})
