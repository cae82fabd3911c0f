import { afterEach, describe, expect, it } from 'vitest'
import { openHttpTunnel } from '../../../bridge/upstream/http-tunnel/http-tunnel.ts'
import { dial } from '../../../bridge/upstream/tcp.ts'
import { Authenticator, type Credentials } from '../../../protocol/rtsp/authentication.ts'
import { ClientConnection } from '../../../protocol/rtsp/client-connection.ts'
import { parseWwwAuthenticate } from '../../../protocol/rtsp/headers/www-authenticate.ts'
import { RtspHeaders } from '../../../protocol/rtsp/message.ts'
import type { ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'
import { refusedPort } from '../../support/scripted-server.ts'
import {
  startTunnelServer,
  TUNNEL_ANSWER,
  type TunnelRequest,
  type TunnelServer,
  type TunnelServerOptions,
} from '../../support/tunnel-server.ts'

let rtsp: ScriptedRtspListener
let server: TunnelServer
const transports: ByteTransport[] = []

afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close()
  await server.close()
  await rtsp.close()
})

async function start(options: Omit<TunnelServerOptions, 'rtspPort'> = {}): Promise<void> {
  rtsp = await startScriptedRtspListener(() => () => ({}))
  server = await startTunnelServer({ ...options, rtspPort: rtsp.port })
}

interface Client {
  readonly credentials?: Credentials
  readonly contentLength?: number
  readonly answerWait?: number
  readonly postPort?: number
}

async function openTunnel({ credentials, postPort, ...rest }: Client = {}): Promise<ByteTransport> {
  const to = (port: number) => dial({ host: '127.0.0.1', port, tls: false, addresses: ['127.0.0.1'] })
  const transport = await openHttpTunnel({
    address: { authority: 'camera.test', path: '/live?channel=1' },
    credentials,
    dial: () => to(server.port),
    dialAgain: () => to(postPort ?? server.port),
    ...rest,
  })
  transports.push(transport)
  return transport
}

/** An RTSP client in the tunnel. */
async function client(options: Client = {}) {
  let tell: (error: unknown) => void = () => undefined
  const closed = new Promise((resolve) => {
    tell = resolve
  })
  const frames: number[] = []
  const connection = new ClientConnection(await openTunnel(options), {
    interleaved: (channel) => frames.push(channel),
    closed: tell,
  })
  const ask = (method = 'OPTIONS', padding = 0) =>
    connection.request({
      method,
      uri: 'rtsp://camera.test/live',
      headers: new RtspHeaders([['X-Padding', 'p'.repeat(padding)]]),
    })
  return { connection, closed, frames, ask }
}

const posts = () => server.requests.filter(({ method }) => method === 'POST')
const gets = () => server.requests.filter(({ method }) => method === 'GET')

const USER = { username: 'admin', password: 'hunter2' }
const CHALLENGE = 'Digest realm="camera", nonce="1", qop="auth"'
const unauthorized = (challenge = CHALLENGE) => `HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: ${challenge}\r\n\r\n`

/** Without "qop" nothing in the answer to it is by chance. */
const CHALLENGE_OF_OLD = 'Digest realm="camera", nonce="1"'

/** Whether the user proved to know the password. */
function proves({ method, path, headers }: TunnelRequest): boolean {
  const digest = new Authenticator(USER)
  digest.challenged(parseWwwAuthenticate(CHALLENGE_OF_OLD), false)
  return [`Basic ${btoa('admin:hunter2')}`, digest.authorization(method, path)].includes(headers.get('authorization'))
}

describe('RTSP in a tunnel through HTTP', () => {
  it('is a GET and a POST of the same path and cookie', async () => {
    await start()
    const { ask } = await client()
    expect(await ask()).toMatchObject({ status: 200 })
    const [get, post] = server.requests
    expect([get?.method, post?.method]).toEqual(['GET', 'POST'])
    expect([get?.path, post?.path]).toEqual(['/live?channel=1', '/live?channel=1'])
    expect(get?.headers.get('x-sessioncookie')).toMatch(/^\w{22}$/)
    expect(post?.headers.get('x-sessioncookie')).toBe(get?.headers.get('x-sessioncookie'))
    expect(get?.headers.get('accept')).toBe('application/x-rtsp-tunnelled')
    expect(post?.headers.get('content-type')).toBe('application/x-rtsp-tunnelled')
    expect(post?.headers.get('content-length')).toBe('32767')
    expect(get?.headers.get('host')).toBe('camera.test')
  })

  it('carries frames both ways, of any length', async () => {
    await start()
    const { connection, ask, frames } = await client()
    await ask()
    for (const length of [1, 2, 3, 4, 1000]) connection.sendInterleaved(1, new Uint8Array(length).fill(length))
    rtsp.connections[0]?.sendFrame(0, Uint8Array.of(7))
    await ask()
    const [camera] = rtsp.connections
    expect(camera?.frames.map(({ payload }) => payload.length)).toEqual([1, 2, 3, 4, 1000])
    expect(camera?.frames.every(({ payload }) => payload.every((byte) => byte === payload.length % 256))).toBe(true)
    expect(frames).toEqual([0])
  })

  it('goes on in another POST before the one is longer than it announced', async () => {
    await start({ honoursLength: true })
    const { ask } = await client({ contentLength: 1000 })
    for (let request = 0; request < 10; request++) expect(await ask('OPTIONS', 300)).toMatchObject({ status: 200 })
    // One that is longer than any announces its own length.
    expect(await ask('OPTIONS', 4000)).toMatchObject({ status: 200 })
    expect(posts().length).toBeGreaterThan(5)
    expect(posts().at(-1)?.headers.get('content-length')).toMatch(/^5\d{3}$/)
    expect(gets()).toHaveLength(1)
  })

  it('loses nothing that is sent while one POST follows the other', async () => {
    await start({ honoursLength: true })
    const { connection, ask } = await client({ contentLength: 400 })
    for (let number = 0; number < 50; number++) connection.sendInterleaved(1, new Uint8Array(60).fill(number))
    await ask()
    expect(rtsp.connections[0]?.frames.map(({ payload }) => payload[0])).toEqual([...Array(50).keys()])
  })

  it('makes a new POST when there is something to say, where the camera ended the one before', async () => {
    await start()
    const { ask } = await client()
    await ask()
    posts()[0]?.socket.end()
    await expect.poll(() => posts()[0]?.socket.closed).toBe(true)
    expect(posts()).toHaveLength(1)
    expect(await ask()).toMatchObject({ status: 200 })
    expect(posts()).toHaveLength(2)
  })

  it('waits for no answer to the GET that comes only after the POST', async () => {
    await start({ answersLate: true })
    const { ask } = await client({ answerWait: 20 })
    expect(await ask()).toMatchObject({ status: 200 })
  })

  it('takes an answer that comes in pieces, with lines that end with LF alone', async () => {
    await start({ answer: 'HTTP/1.1 200' })
    const { ask } = await client({ answerWait: 20 })
    gets()[0]?.socket.write(' OK\nServer: x\n\n')
    expect(await ask()).toMatchObject({ status: 200 })
  })

  it('ends both halves when one ends', async () => {
    await start()
    const { ask, connection, closed } = await client()
    await ask()
    connection.close()
    await closed
    await expect.poll(() => server.requests.every(({ socket }) => socket.closed)).toBe(true)

    const other = await client()
    await other.ask()
    gets()[1]?.socket.destroy()
    await other.closed
    await expect.poll(() => server.requests.every(({ socket }) => socket.closed)).toBe(true)
  })

  it.each(['Basic realm="camera"', CHALLENGE_OF_OLD])('proves who it is to %s, at both halves', async (challenge) => {
    await start({ refuse: (request) => (proves(request) ? undefined : unauthorized(challenge)) })
    const { ask } = await client({ credentials: USER })
    expect(await ask()).toMatchObject({ status: 200 })
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST'])
  })

  it('says again what a camera did not take that challenges the POST alone', async () => {
    await start({
      refuse: (request) =>
        request.method === 'GET' || request.headers.has('authorization') ? undefined : unauthorized(),
    })
    const { ask } = await client({ credentials: USER })
    expect(await ask()).toMatchObject({ status: 200 })
    expect(rtsp.connections[0]?.methods).toEqual(['OPTIONS'])
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST'])
  })

  it('sends a wrong password once', async () => {
    await start({ refuse: () => unauthorized() })
    await expect(openTunnel({ credentials: USER })).rejects.toMatchObject({ code: 'unauthorized' })
    expect(server.requests.filter(({ headers }) => headers.has('authorization'))).toHaveLength(1)
    await expect(openTunnel()).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it.each([
    ['a path without a tunnel', 'HTTP/1.1 404 Not Found\r\n\r\n', 'unsupported-transport'],
    ['a web page', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>', 'unsupported-transport'],
    ['a proxy that cuts in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'unsupported-transport'],
    ['a move elsewhere', 'HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n', 'unsupported-transport'],
    ['RTSP', 'RTSP/1.0 400 Bad Request\r\n\r\n', 'not-rtsp'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(4000)}`, 'not-rtsp'],
    ['nothing', '', 'connection-lost'],
  ])('says in words that it met %s', async (_what, answer, code) => {
    await start({ refuse: () => answer })
    const error = await openTunnel().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code })
    expect(JSON.stringify(error)).not.toMatch(/127\.0\.0\.1|10\.0\.0\.1/)
  })

  it.each([
    ['a refusal of the GET', { answersLate: true, answer: 'HTTP/1.0 503 Busy\r\n\r\n' }, 'unsupported-transport'],
    [
      'a refusal of the POST',
      { refuse: ({ method }: TunnelRequest) => (method === 'POST' ? 'HTTP/1.0 405 No\r\n\r\n' : undefined) },
      'unsupported-transport',
    ],
  ])('tells %s though it comes late', async (_what, options, code) => {
    await start(options)
    const { ask, closed } = await client({ answerWait: 20 })
    await expect(ask()).rejects.toMatchObject({ code })
    expect(await closed).toMatchObject({ code })
  })

  it('tells that the POST cannot be made', async () => {
    await start()
    const { ask, closed } = await client({ postPort: await refusedPort() })
    await expect(ask()).rejects.toMatchObject({ code: 'connection-refused' })
    await closed
  })

  it('gives up a camera that does not read', async () => {
    await start()
    const transport = await openTunnel()
    const closed = new Promise((resolve) => transport.start({ bytes: () => undefined, closed: resolve }))
    transport.send(Uint8Array.of(0))
    await expect.poll(() => posts().length).toBe(1)
    posts()[0]?.socket.pause()
    let over = false
    closed.then(() => {
      over = true
    })
    while (!over) {
      transport.send(new Uint8Array(20_000))
      expect(transport.bufferedAmount).toBeLessThan(1024 * 1024 + 30_000)
      await new Promise(setImmediate)
    }
    expect(await closed).toMatchObject({ code: 'connection-lost' })
  })

  it('keeps what comes before it is started', async () => {
    await start({ answer: `${TUNNEL_ANSWER}early` })
    const transport = await openTunnel()
    const text = await new Promise((resolve) =>
      transport.start({ bytes: (chunk) => resolve(Buffer.from(chunk).toString()), closed: () => undefined }),
    )
    expect(text).toBe('early')
  })
})
