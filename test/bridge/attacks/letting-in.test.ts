import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../../bridge/index.ts'
import { startPortal } from '../../support/portal.ts'
import { RtspViewer } from '../../support/rtsp-viewer.ts'
import { keep, startScene, WAYS } from './three-ways.ts'

const SECRET = 'a secret of at least thirty-two bytes'
const encoder = new TextEncoder()
const ticket = (streams: string[], exp: string | number = '1m', secret = SECRET): Promise<string> =>
  new SignJWT({ streams }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(exp).sign(encoder.encode(secret))

const ticketed = () => startScene({ auth: { tickets: { keys: [{ secret: SECRET }] } } })

describe.each(WAYS)('a stream of the %s', (way) => {
  it.each([
    ['without a ticket', async () => '', CLOSE.ticket],
    ['with one that has expired', () => ticket([way], Math.floor(Date.now() / 1000) - 60), CLOSE.ticket],
    ['with one of another key', () => ticket([way], '1m', 'another secret of thirty-two bytes!!'), CLOSE.ticket],
    [
      'with one whose algorithm is none',
      async () => new UnsecuredJWT({ streams: [way] }).setExpirationTime('1m').encode(),
      CLOSE.ticket,
    ],
    ['with one for another stream', () => ticket(['other']), CLOSE.notAllowed],
  ])('is not dialled for who comes %s', async (_what, make, code) => {
    const { bridge, camera } = await ticketed()
    const text = await make()
    const viewer = new RtspViewer(bridge, way, {}, text === '' ? '' : `&access_token=${text}`)
    viewer.ws.on('open', () => viewer.say(viewer.request('DESCRIBE')))
    expect((await viewer.ended).code).toBe(code)
    expect(camera.connections).toHaveLength(0)
    expect(viewer.receivedLength).toBe(0)
  })

  it.each([401, 403, 500])('is not dialled for whom the portal answers %i', async (status) => {
    const portal = keep(await startPortal((_asked, response) => response.writeHead(status).end()))
    const { bridge, camera } = await startScene({ auth: { hook: { url: portal.url } } })
    const viewer = new RtspViewer(bridge, way, {}, '&access_token=a.b.c')
    viewer.ws.on('open', () => viewer.say(viewer.request('DESCRIBE')))
    expect((await viewer.ended).code).toBe(status === 500 ? CLOSE.undecided : 4000 + status)
    expect(portal.asked).toHaveLength(1)
    expect(camera.connections).toHaveLength(0)
    expect(viewer.receivedLength).toBe(0)
  })

  it('is shown to who has a ticket for it', async () => {
    const { bridge } = await ticketed()
    const viewer = new RtspViewer(bridge, way, {}, `&access_token=${await ticket([way])}`)
    expect((await (await viewer.opened()).ask('OPTIONS')).headers.get('Public') ?? '').toMatch(
      way === 'relay' ? '' : /PLAY/,
    )
  })

  it('is not dialled for a page of a foreign origin', async () => {
    const { bridge, camera } = await startScene()
    const viewer = new RtspViewer(bridge, way, { origin: 'https://evil.example' })
    expect((await viewer.ended).code).toBe(CLOSE.notAllowed)
    expect(camera.connections).toHaveLength(0)
  })

  it('is not dialled for who was sent away while his ticket was looked at', async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true })
    const asked: ServerResponse[] = []
    const portal = createServer((_, response) => asked.push(response)).listen(0, '127.0.0.1')
    await once(portal, 'listening')
    const jwks = `http://127.0.0.1:${(portal.address() as AddressInfo).port}/`
    const { bridge, camera } = await startScene({
      auth: { tickets: { keys: [{ jwks }] } },
      limits: { requestTimeout: 200 },
    })
    const text = await new SignJWT({ streams: [way] })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .setExpirationTime('1m')
      .sign(privateKey)
    const viewer = new RtspViewer(bridge, way, {}, `&access_token=${text}`)
    expect(await viewer.ended).toEqual({ code: CLOSE.undecided, reason: 'who may watch was not found out in time' })
    asked[0]?.end(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'EdDSA' }] }))
    // By the same keys this one is let in, so that they are known by now.
    const next = new RtspViewer(bridge, way, {}, `&access_token=${text}`)
    await next.opened()
    expect((await next.ask('OPTIONS')).status).toBeLessThan(500)
    expect(camera.connections).toHaveLength(way === 'relay' ? 1 : 0)
    portal.closeAllConnections()
    portal.close()
  })
})
