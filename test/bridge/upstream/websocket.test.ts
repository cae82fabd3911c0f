import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { dial } from '../../../bridge/upstream/tcp.ts'
import { openWebSocket, type WebSocketOptions } from '../../../bridge/upstream/websocket.ts'
import type { ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { startScriptedServer } from '../../support/scripted-server.ts'

let port: number
let upgrades: IncomingMessage[]
let peers: WebSocket[]
/** What is answered in place of the upgrade. */
let refusal: (request: IncomingMessage) => string | undefined
let protocol: string | false
let close: () => void
const transports: ByteTransport[] = []

beforeEach(async () => {
  upgrades = []
  peers = []
  refusal = () => undefined
  protocol = 'rtsp.onvif.org'
  const http = createServer()
  const webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocol })
  http.on('upgrade', (request, socket, head) => {
    upgrades.push(request)
    const answer = refusal(request)
    if (answer !== undefined) socket.end(answer)
    else webSockets.handleUpgrade(request, socket, head, (ws) => peers.push(ws))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  port = (http.address() as AddressInfo).port
  close = () => {
    for (const peer of peers) peer.terminate()
    http.closeAllConnections()
    http.close()
  }
})
afterEach(() => {
  for (const transport of transports.splice(0)) transport.close()
  close()
})

async function open(options: Partial<WebSocketOptions> = {}, to = port) {
  const transport = await openWebSocket({
    authority: 'camera.test',
    path: '/rtsp?stream=lobby',
    ticket: undefined,
    credentials: undefined,
    dial: () => dial({ host: '127.0.0.1', port: to, tls: false, addresses: ['127.0.0.1'] }),
    timeout: 1000,
    ...options,
  })
  transports.push(transport)
  return transport
}

function receive(transport: ByteTransport) {
  const chunks: Buffer[] = []
  const looks: (() => void)[] = []
  const closed = new Promise((resolve) =>
    transport.start({
      bytes: (chunk) => {
        chunks.push(Buffer.from(chunk))
        for (const look of looks.splice(0)) look()
      },
      closed: resolve,
    }),
  )
  const text = async (length: number) => {
    while (Buffer.concat(chunks).length < length) await new Promise<void>((resolve) => looks.push(resolve))
    return Buffer.concat(chunks).toString()
  }
  return { closed, text }
}

const peer = (): WebSocket => {
  const one = peers.at(-1)
  if (!one) throw new Error('Nobody connected')
  return one
}

const USER = { username: 'admin', password: 'hunter2' }

describe('a WebSocket that the bridge opens', () => {
  it('is asked for with the subprotocol, the path and nothing else', async () => {
    await open()
    expect(upgrades[0]?.url).toBe('/rtsp?stream=lobby')
    expect(upgrades[0]?.headers).toMatchObject({ host: 'camera.test', 'sec-websocket-protocol': 'rtsp.onvif.org' })
    expect(upgrades[0]?.headers).not.toHaveProperty('authorization')
    expect(upgrades[0]?.headers).not.toHaveProperty('origin')
    expect(upgrades[0]?.headers).not.toHaveProperty('sec-websocket-extensions')
  })

  it('carries bytes both ways, also those that came before it was started', async () => {
    const transport = await open()
    peer().send(Buffer.from('early'))
    const got = once(peer(), 'message')
    const bytes = Buffer.from('hello')
    transport.send(bytes)
    bytes.fill(0)
    expect(String((await got)[0])).toBe('hello')
    const { text, closed } = receive(transport)
    peer().send(Buffer.from(' late'))
    expect(await text(10)).toBe('early late')
    transport.close()
    expect(await closed).toBeNull()
  })

  it('delivers nothing while it is paused', async () => {
    const transport = await open()
    const { text } = receive(transport)
    transport.pause()
    const pong = once(peer(), 'message')
    peer().send(Buffer.from('abc'))
    transport.send(Buffer.from('x'))
    await pong
    let arrived = false
    const came = text(3).then(() => {
      arrived = true
    })
    await new Promise(setImmediate)
    expect(arrived).toBe(false)
    transport.resume()
    await came
  })

  it('shows a ticket as the bearer of it', async () => {
    await open({ ticket: 'a.b.c' })
    expect(upgrades[0]?.headers.authorization).toBe('Bearer a.b.c')
  })

  it('shows a new ticket on the connection that is open', async () => {
    const transport = await open({ ticket: 'a.b.c' })
    const got = once(peer(), 'message')
    transport.renew('d.e.f')
    const [data, isBinary] = await got
    expect([String(data), isBinary]).toEqual(['d.e.f', false])
  })

  it('answers a challenge to the upgrade, once', async () => {
    const challenge = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="c", nonce="1", qop="auth"\r\n\r\n'
    refusal = ({ headers }) => (headers.authorization?.startsWith('Digest username="admin"') ? undefined : challenge)
    await open({ credentials: USER })
    expect(upgrades).toHaveLength(2)
    refusal = () => challenge
    await expect(open({ credentials: USER })).rejects.toMatchObject({ code: 'unauthorized' })
    expect(upgrades).toHaveLength(4)
    await expect(open()).rejects.toMatchObject({ code: 'unauthorized' })
    expect(upgrades).toHaveLength(5)
  })

  it.each([
    [4401, 'ticket-required'],
    [4403, 'target-not-allowed'],
    [4404, 'stream-not-found'],
    [4429, 'bridge-too-many'],
    [4503, 'bridge-draining'],
    [4504, 'connection-timeout'],
    [1011, 'connection-lost'],
  ])('tells by close code %i what another bridge says, and not in its words', async (code, expected) => {
    const { closed } = receive(await open())
    peer().close(code, 'not allowed: start the bridge with --allow 10.0.0.5:554')
    const error = await closed
    expect(error).toMatchObject({ code: expected, place: { closeCode: code } })
    expect(JSON.stringify(error)).not.toContain('10.0.0.5')
  })

  it('ends without an error when the peer ends, with one when it breaks, also before it was started', async () => {
    const first = receive(await open())
    peer().close(1000)
    expect(await first.closed).toBeNull()
    const second = await open()
    const gone = new Promise<void>((resolve) => second.whenClosed(resolve))
    peer().terminate()
    second.resume()
    const { closed } = receive(second)
    await gone
    expect(await closed).toMatchObject({ code: 'connection-lost' })
  })

  it('does not take text for RTSP', async () => {
    const { closed } = receive(await open())
    peer().send('hello')
    expect(await closed).toMatchObject({ code: 'not-rtsp' })
  })

  it('gives up a peer that does not read', async () => {
    const transport = await open()
    const { closed } = receive(transport)
    peer().pause()
    let over = false
    closed.then(() => {
      over = true
    })
    while (!over) {
      transport.send(new Uint8Array(256 * 1024))
      expect(transport.bufferedAmount).toBeLessThan(4.1 * 1024 * 1024)
      await new Promise(setImmediate)
    }
    expect(await closed).toMatchObject({ code: 'connection-lost' })
  })

  it.each([
    ['a path without one', 'HTTP/1.1 404 Not Found\r\n\r\n', {}, 'unsupported-transport'],
    ['a move elsewhere', 'HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n', {}, 'unsupported-transport'],
    ['a ban', 'HTTP/1.1 403 Forbidden\r\n\r\n', {}, 'forbidden'],
    ['a ticket that is refused', 'HTTP/1.1 401 Unauthorized\r\n\r\n', { ticket: 'a.b.c' }, 'ticket-required'],
    ['bridges that are drained', 'HTTP/1.1 503 Service Unavailable\r\n\r\n', {}, 'connection-refused'],
    ['RTSP', 'RTSP/1.0 400 Bad Request\r\n\r\n', {}, 'unsupported-transport'],
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', {}, 'not-rtsp'],
    ['a head without end', `HTTP/1.1 404 No\r\n${'X-A: bbbbbbbb\r\n'.repeat(4000)}`, {}, 'not-rtsp'],
    ['nothing', '', {}, 'connection-lost'],
  ])('says in words that it met %s', async (_what, answer, options, code) => {
    refusal = () => answer
    const error = await open(options).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code })
    expect(JSON.stringify(error)).not.toMatch(/127\.0\.0\.1|10\.0\.0\.1|camera\.test/)
  })

  it('does not speak to a server without the subprotocol', async () => {
    protocol = false
    await expect(open()).rejects.toMatchObject({ code: 'unsupported-transport' })
  })

  it('gives up a server that does not answer the upgrade', async () => {
    const silent = await startScriptedServer()
    await expect(open({ timeout: 30 }, silent.port)).rejects.toMatchObject({ code: 'connection-timeout' })
    await silent.close()
  })
})
