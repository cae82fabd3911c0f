import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { ProtocolError } from '../../../../protocol/errors.ts'
import type { ByteTransport } from '../../../../protocol/transport/byte-transport.ts'
import { connectWebSocket, errorOfClose } from '../../../../web/playback/stream/websocket-transport.ts'

let server: WebSocketServer | undefined

/** Node 20 has no WebSocket of its own; this one has the browser's interface, where errors that nobody hears are not thrown. */
class BrowserLikeWebSocket extends WebSocket {
  constructor(url: string, subprotocol: string) {
    super(url, subprotocol)
    this.on('error', () => undefined)
  }
}

beforeAll(() => vi.stubGlobal('WebSocket', BrowserLikeWebSocket))
afterAll(() => vi.unstubAllGlobals())
afterEach(async () => {
  for (const client of server?.clients ?? []) client.terminate()
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  server = undefined
})

const listen = async (connected: (socket: WebSocket) => void, subprotocol = true) => {
  server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (offered) => (subprotocol && offered.has('rtsp.onvif.org') ? 'rtsp.onvif.org' : false),
  })
  server.on('connection', connected)
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/rtsp`
}

const connect = (url: string, signal = new AbortController().signal) => connectWebSocket(url, signal)

const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'no error',
    (error: ProtocolError) => error.code,
  )

/** All that a transport tells, up to its end. */
const receive = (transport: ByteTransport) =>
  new Promise<{ text: string; error: ProtocolError | null }>((resolve) => {
    let text = ''
    transport.start({
      bytes: (chunk) => {
        text += new TextDecoder().decode(chunk)
      },
      closed: (error) => resolve({ text, error }),
    })
  })

describe('connectWebSocket', () => {
  it('carries bytes both ways, and keeps those that came before start', async () => {
    const url = await listen((socket) => {
      socket.send(Buffer.from('early '))
      socket.on('message', (data) => {
        socket.send(data)
        socket.close(1000)
      })
    })
    const transport = await connect(url)
    await new Promise((resolve) => setTimeout(resolve, 20))
    transport.send(new TextEncoder().encode('OPTIONS'))
    const { text, error } = await receive(transport)
    expect(text).toBe('early OPTIONS')
    expect(error).toBeNull()
  })

  it('tells the close code of the bridge with its reason, even where it came before start', async () => {
    const url = await listen((socket) => socket.close(4429, 'each address may watch 4 streams'))
    const transport = await connect(url)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const { error } = await receive(transport)
    expect(error).toMatchObject({ code: 'bridge-too-many', place: { closeCode: 4429 } })
    expect(error?.message).toContain('each address may watch 4 streams')
  })

  it('refuses text', async () => {
    const url = await listen((socket) => socket.send('hello'))
    const { error } = await receive(await connect(url))
    expect(error?.code).toBe('not-rtsp')
  })

  it('refuses a server that does not know the subprotocol', async () => {
    const url = await listen(() => undefined, false)
    expect(['not-rtsp', 'bridge-unreachable']).toContain(await codeOf(connect(url)))
  })

  it('tells when nobody listens', async () => {
    expect(await codeOf(connect('ws://127.0.0.1:1/rtsp'))).toBe('bridge-unreachable')
  })

  it('tells when the address is none that a browser opens', async () => {
    expect(await codeOf(connect('gopher://127.0.0.1/'))).toBe('bridge-unreachable')
  })

  it('gives up when it is told to', async () => {
    const url = await listen(() => undefined)
    const abort = new AbortController()
    const attempt = codeOf(connect(url, abort.signal))
    abort.abort()
    expect(await attempt).toBe('aborted')
    expect(await codeOf(connect(url, abort.signal))).toBe('aborted')
  })

  it('tells its end after close has returned, so that the caller can tell why first', async () => {
    const transport = await connect(await listen(() => undefined))
    const told: string[] = []
    transport.start({ bytes: () => undefined, closed: () => told.push('closed') })
    transport.close()
    told.push('returned')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(told).toEqual(['returned', 'closed'])
  })
})

describe('errorOfClose', () => {
  it.each([
    [4400, '', 'bridge-request-invalid'],
    [4401, '', 'ticket-required'],
    [4403, 'not allowed: start the bridge with --allow 10.0.0.5:554', 'target-not-allowed'],
    [4403, 'you may not watch this stream', 'ticket-required'],
    [4403, 'pages of this origin may not connect: --origin http://localhost:5173', 'origin-not-allowed'],
    [4404, '', 'stream-not-found'],
    [4408, '', 'bridge-idle'],
    [4413, '', 'bridge-too-large'],
    [4429, '', 'bridge-too-many'],
    [4502, 'the camera refused the connection', 'connection-refused'],
    [4502, 'the host name could not be resolved', 'host-not-found'],
    [4502, 'the camera closed the connection', 'connection-lost'],
    [4503, '', 'bridge-draining'],
    [4504, '', 'connection-timeout'],
    [1001, '', 'bridge-draining'],
    [1006, '', 'connection-lost'],
    [1011, 'boom', 'connection-lost'],
  ] as const)('of %i %j is %s', (code, reason, expected) => {
    const error = errorOfClose(code, reason, true)
    expect(error?.code).toBe(expected)
    expect(error?.place.closeCode).toBe(code)
  })

  it('says a reason that says the same only once', () => {
    expect(errorOfClose(4503, 'the bridge is being restarted', true)?.message).toBe('The bridge is being restarted')
    expect(errorOfClose(4503, 'connect again', true)?.message).toBe('The bridge is being restarted: connect again')
  })

  it('says that the bridge is out of reach where it was never reached', () => {
    expect(errorOfClose(1006, '', false)?.code).toBe('bridge-unreachable')
  })

  it('advises the very command that allows the target', () => {
    const error = errorOfClose(4403, 'not allowed: start the bridge with --allow 10.0.0.5:554', true)
    expect(error?.advice).toContain('npm start -- --allow 10.0.0.5:554')
  })

  it('advises what lets the page in', () => {
    const error = errorOfClose(4403, 'pages of this origin may not connect: --origin https://portal.example', true)
    expect(error?.message).toContain('pages of https://portal.example')
    expect(error?.advice).toContain('`origins`')
  })
})
