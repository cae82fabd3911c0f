import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Bridge, type BridgeOptions, CLOSE, createBridge } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { TestViewer } from '../../support/viewer.ts'

const SECRET = 'a secret of at least thirty-two bytes'
const encoder = new TextEncoder()
let camera: SimulatedCamera
let bridge: Bridge | undefined
let folder: string
let rsa: { privateKey: CryptoKey; publicKey: CryptoKey }
let edwards: { privateKey: CryptoKey; publicKey: CryptoKey }
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-tickets-'))
  camera = await startCamera()
  rsa = await generateKeyPair('RS256', { extractable: true })
  edwards = await generateKeyPair('EdDSA', { extractable: true })
})
afterEach(() => bridge?.close())
afterAll(async () => {
  await camera.close()
  rmSync(folder, { recursive: true })
})

const ticket = (claims: object = {}, exp: string | number = '1m', secret = SECRET): Promise<string> =>
  new SignJWT({ streams: ['lobby'], ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(exp)
    .sign(encoder.encode(secret))

type Keys = Extract<BridgeOptions['auth'], { tickets: unknown }>['tickets']
async function start(tickets: Keys = { keys: [{ secret: SECRET }] }, log: string[] = []): Promise<Bridge> {
  const stream = { url: camera.url, mode: 'hub' } as const
  bridge = await createBridge({
    auth: { tickets },
    streams: { lobby: stream, 'warehouse/dock': stream, other: stream },
    allow: ['127.0.0.1:*'],
    log: (line) => log.push(line),
  })
  return bridge
}

const token = (text: string, stream = 'lobby') => `?stream=${stream}&access_token=${text}`
/** How the bridge ended a connection with this query. */
const ending = async (query: string): Promise<{ code: number; reason: string }> =>
  new TestViewer(bridge as Bridge, query).ended
/** Whether a viewer with this query is served. */
async function isServed(query: string, options = {}, protocols?: string[]): Promise<boolean> {
  const viewer = new TestViewer(bridge as Bridge, query, options, protocols)
  await viewer.opened()
  viewer.ws.send(Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'))
  const served = await Promise.race([viewer.receives(1).then(() => true), viewer.ended.then(() => false)])
  viewer.ws.terminate()
  return served
}

describe('a bridge that asks for tickets', () => {
  it.each([
    ['no ticket', async () => '', 'no ticket came'],
    ['one that has expired', () => ticket({}, Math.floor(Date.now() / 1000) - 60), 'the ticket has expired'],
    [
      'one without an end',
      () => new SignJWT({ streams: ['lobby'] }).setProtectedHeader({ alg: 'HS256' }).sign(encoder.encode(SECRET)),
      'claim "exp"',
    ],
    ['one for nothing', () => ticket({ streams: undefined }), 'claim "streams"'],
    ['one whose streams are no texts', () => ticket({ streams: [1] }), 'is not a list of texts'],
    [
      'one of another key',
      () => ticket({}, '1m', 'another secret of thirty-two bytes!!'),
      'not signed with a key that is known',
    ],
    [
      'one without a signature',
      async () => new UnsecuredJWT({ streams: ['lobby'] }).setExpirationTime('1m').encode(),
      'not signed with a key',
    ],
    ['nonsense', async () => 'a.b.c', 'not signed with a key'],
  ])('sends away who has %s', async (_what, make, reason) => {
    await start()
    const text = await make()
    const { code, reason: told } = await ending(text === '' ? '?stream=lobby' : token(text))
    expect(code).toBe(CLOSE.ticket)
    expect(told).toContain(reason)
  })

  it('sends away who has one that is too large', async () => {
    await start()
    const { code, reason } = await new TestViewer(bridge as Bridge, '?stream=lobby', {
      headers: { Authorization: `Bearer ${'x'.repeat(9_000)}` },
    }).ended
    expect({ code, reason }).toEqual({ code: CLOSE.ticket, reason: 'the ticket is too large' })
  })

  it('is not fooled by its own public key used as a secret', async () => {
    const publicKey = await exportSPKI(rsa.publicKey)
    await start({ keys: [{ publicKey }] })
    expect((await ending(token(await ticket({}, '1m', publicKey)))).code).toBe(CLOSE.ticket)
  })

  it('shows only the streams of the ticket', async () => {
    await start()
    const own = await ticket({ streams: ['lobby', 'warehouse/*'] })
    expect(await isServed(token(own))).toBe(true)
    expect(await isServed(token(own, 'warehouse/dock'))).toBe(true)
    for (const query of [token(own, 'other'), `?url=${encodeURIComponent(camera.url)}&access_token=${own}`]) {
      expect(await ending(query)).toEqual({ code: CLOSE.notAllowed, reason: 'you may not watch this stream' })
    }
    const page = await fetch(`${bridge?.url}api/streams`, { headers: { Authorization: `Bearer ${own}` } })
    expect(await page.json()).toMatchObject({ streams: [{ name: 'lobby' }, { name: 'warehouse/dock' }] })
    expect((await fetch(`${bridge?.url}api/streams`)).status).toBe(401)
  })

  it('is not fooled by a stream that is named in the first request alone', async () => {
    await start()
    const viewer = await new TestViewer(bridge as Bridge, `?access_token=${await ticket()}`).opened()
    viewer.ws.send(Buffer.from(`OPTIONS rtsp://127.0.0.1:${bridge?.port}/other RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    expect((await viewer.ended).code).toBe(CLOSE.notAllowed)
  })

  it('wants the right to watch', async () => {
    await start()
    expect((await ending(token(await ticket({ rights: ['publish'] })))).code).toBe(CLOSE.notAllowed)
  })

  it('takes the ticket as a subprotocol, a cookie, or a header too', async () => {
    await start()
    const text = await ticket()
    expect(await isServed('?stream=lobby', {}, ['rtsp.onvif.org', text])).toBe(true)
    expect(await isServed('?stream=lobby', { headers: { Cookie: `a=b; rtsp_ticket=${text}` } })).toBe(true)
    expect(await isServed('?stream=lobby', { headers: { Authorization: `Bearer ${text}` } })).toBe(true)
  })

  it('ends the connection when the ticket does', async () => {
    await start()
    const viewer = new TestViewer(bridge as Bridge, token(await ticket({}, Math.floor(Date.now() / 1000) + 1)))
    expect(await viewer.ended).toEqual({ code: CLOSE.ticket, reason: 'the ticket has expired' })
  })

  it('goes on with a new ticket that comes in time, and ends with one that is no good', async () => {
    await start()
    const viewer = await new TestViewer(bridge as Bridge, token(await ticket({}, '1s'))).opened()
    viewer.ws.send(await ticket({}, '1h'))
    const outcome = await Promise.race([viewer.ended, new Promise((resolve) => setTimeout(resolve, 2_500, 'open'))])
    expect(outcome).toBe('open')
    viewer.ws.send(await ticket({ streams: ['other'] }, '1h'))
    expect((await viewer.ended).code).toBe(CLOSE.notAllowed)
  })

  it('plays with a ticket, and writes it nowhere', async () => {
    const log: string[] = []
    await start(undefined, log)
    const text = await ticket()
    const player = await BridgePlayer.open(bridge as Bridge, 'lobby', text)
    await player.until(({ pictures }) => pictures.length >= 3)
    await player.pipeline.close()
    await expect.poll(() => log.some((line) => line.includes('a viewer is gone'))).toBe(true)
    expect(log.join('\n')).not.toContain(text.slice(0, 30))
  })

  it.each(['RS256', 'EdDSA'])('takes what is signed with %s', async (alg) => {
    const { privateKey, publicKey } = alg === 'RS256' ? rsa : edwards
    await start({ keys: [{ secret: SECRET }, { publicKey: await exportSPKI(publicKey) }], issuer: 'portal' })
    const sign = (issuer: string) =>
      new SignJWT({ streams: 'lobby' })
        .setProtectedHeader({ alg })
        .setExpirationTime('1m')
        .setIssuer(issuer)
        .sign(privateKey)
    expect(await isServed(token(await sign('portal')))).toBe(true)
    expect((await ending(token(await sign('elsewhere')))).reason).toContain('claim "iss"')
  })

  it.each(['secret', 'publicKey', 'jwks'] as const)('does not start with a %s that is none', async (kind) => {
    await expect(start({ keys: [{ [kind]: '/nowhere' } as unknown as Keys['keys'][number]] })).rejects.toThrow(
      TypeError,
    )
  })
})

describe('keys for tickets that change', () => {
  const sign = (kid: string, key: CryptoKey, alg: string) =>
    new SignJWT({ streams: 'lobby' }).setProtectedHeader({ alg, kid }).setExpirationTime('1m').sign(key)
  const jwk = async (kid: string, key: CryptoKey, alg: string): Promise<JWK> => ({
    ...(await exportJWK(key)),
    kid,
    alg,
  })

  it('are read again from their file', async () => {
    const file = join(folder, 'keys.json')
    writeFileSync(file, JSON.stringify({ keys: [await jwk('one', rsa.publicKey, 'RS256')] }))
    await start({ keys: [{ jwks: file }] })
    expect(await isServed(token(await sign('one', rsa.privateKey, 'RS256')))).toBe(true)
    const next = await sign('two', edwards.privateKey, 'EdDSA')
    expect((await ending(token(next))).code).toBe(CLOSE.ticket)
    writeFileSync(file, JSON.stringify({ keys: [await jwk('two', edwards.publicKey, 'EdDSA')] }))
    expect(await isServed(token(next))).toBe(true)
    expect((await ending(token(await sign('one', rsa.privateKey, 'RS256')))).code).toBe(CLOSE.ticket)
  })

  it('are got from their server', async () => {
    const keys = [await jwk('one', rsa.publicKey, 'RS256')]
    const server: Server = createServer((_, response) => response.end(JSON.stringify({ keys })))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await start({ keys: [{ jwks: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }] })
    expect(await isServed(token(await sign('one', rsa.privateKey, 'RS256')))).toBe(true)
    server.closeAllConnections()
    server.close()
  })
})

it('a text that is no ticket ends the connection', async () => {
  await start()
  const viewer = await new TestViewer(bridge as Bridge, token(await ticket())).opened()
  viewer.ws.send('hello')
  expect((await viewer.ended).code).toBe(CLOSE.badRequest)
  expect(viewer.ws.readyState).toBe(WebSocket.CLOSED)
})
