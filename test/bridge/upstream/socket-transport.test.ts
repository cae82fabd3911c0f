import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialOptions, openTransport } from '../../../bridge/index.ts'
import { dial, type Endpoint } from '../../../bridge/upstream/tcp.ts'
import type { ProtocolError } from '../../../protocol/errors.ts'
import type { ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { readBytes, refusedPort, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts'
import { TEST_CERTIFICATE, TEST_KEY } from '../../support/test-certificate.ts'

let server: ScriptedServer

beforeAll(async () => {
  server = await startScriptedServer()
})
afterAll(() => server.close())

/** A transport and the server's end of its connection. */
async function connect() {
  const transport = await openTransport(`rtsp://127.0.0.1:${server.port}/`)
  return { transport, socket: await server.connection() }
}

/** Starts the transport and collects what it delivers. */
function receive(transport: ByteTransport) {
  const chunks: Buffer[] = []
  let wake: () => void = () => undefined
  const closed = new Promise<ProtocolError | null>((resolve) => {
    transport.start({
      bytes(chunk) {
        chunks.push(Buffer.from(chunk))
        wake()
      },
      closed: resolve,
    })
  })
  return {
    closed,
    async text(length: number) {
      while (Buffer.concat(chunks).length < length) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return Buffer.concat(chunks).toString()
    },
  }
}

describe('a transport over a socket', () => {
  it('carries bytes both ways, also those that came before it was started', async () => {
    const { transport, socket } = await connect()
    socket.write('early')
    const bytes = new TextEncoder().encode('hello')
    transport.send(bytes)
    bytes.fill(0)
    expect((await readBytes(socket, 5)).toString()).toBe('hello')
    const received = receive(transport)
    socket.write(' late')
    expect(await received.text(10)).toBe('early late')
    transport.close()
    expect(await received.closed).toBeNull()
  })

  it('delivers nothing while it is paused', async () => {
    const { transport, socket } = await connect()
    transport.pause()
    const received = receive(transport)
    socket.write('abc')
    // The answer to this goes the other way, so the first write has come by then.
    transport.send(new Uint8Array(1))
    await readBytes(socket, 1)
    let arrived = false
    const text = received.text(3).then((value) => {
      arrived = true
      return value
    })
    await new Promise(setImmediate)
    expect(arrived).toBe(false)
    transport.resume()
    expect(await text).toBe('abc')
    transport.close()
  })

  it('ends without an error when the peer ends', async () => {
    const { transport, socket } = await connect()
    const received = receive(transport)
    socket.end('bye')
    expect(await received.closed).toBeNull()
    expect(await received.text(3)).toBe('bye')
  })

  it('ends with connection-lost when the connection breaks, also before it was started', async () => {
    const first = await connect()
    const received = receive(first.transport)
    first.socket.resetAndDestroy()
    expect(await received.closed).toMatchObject({ code: 'connection-lost' })

    const second = await connect()
    second.socket.resetAndDestroy()
    expect(await receive(second.transport).closed).toMatchObject({ code: 'connection-lost' })
  })

  it('gives up a peer that does not read', async () => {
    const { transport } = await connect()
    const received = receive(transport)
    const chunk = new Uint8Array(1024 * 1024)
    let over = false
    received.closed.then(() => {
      over = true
    })
    while (!over) {
      transport.send(chunk)
      expect(transport.bufferedAmount).toBeLessThanOrEqual(4 * 1024 * 1024)
      await new Promise(setImmediate)
    }
    expect(await received.closed).toMatchObject({ code: 'connection-lost' })
  })

  it('closes within a second, also when the peer does not', async () => {
    const stubborn = await startScriptedServer({ allowHalfOpen: true })
    const transport = await openTransport(`rtsp://127.0.0.1:${stubborn.port}/`)
    const received = receive(transport)
    transport.close()
    transport.close()
    transport.send(new Uint8Array(1))
    expect(await received.closed).toBeNull()
    await stubborn.close()
  })

  it('keeps what the network does not take at once, though the caller reuses its bytes', async () => {
    const { transport, socket } = await connect()
    const bytes = new Uint8Array(512 * 1024)
    let sent = 0
    while (transport.bufferedAmount === 0) {
      transport.send(bytes.fill(1))
      bytes.fill(0)
      sent += bytes.length
      await new Promise(setImmediate)
    }
    const received = await readBytes(socket, sent)
    expect(received.indexOf(0)).toBe(-1)
    transport.close()
  })
})

describe('dialling', () => {
  const endpoint = (port: number, more: Partial<Endpoint> = {}): Endpoint => ({
    host: 'camera.test',
    port,
    tls: false,
    addresses: ['127.0.0.1'],
    ...more,
  })
  const fails = (target: Endpoint, options?: DialOptions) =>
    dial(target, options).then(
      () => 'connected',
      (error: ProtocolError) => error.code,
    )

  it('tells why it failed', async () => {
    expect(await fails(endpoint(await refusedPort()))).toBe('connection-refused')
    await expect(openTransport('rtsp://no-such-host.invalid/')).rejects.toMatchObject({ code: 'host-not-found' })
    await expect(openTransport('http://h/')).rejects.toMatchObject({ code: 'invalid-url' })
  })

  it('tries the next address when one refuses', async () => {
    const socket = await dial(endpoint(server.port, { addresses: ['127.0.0.3', '::1', '127.0.0.1'] }))
    expect(socket.remoteAddress).toBe('127.0.0.1')
    await server.connection()
    socket.destroy()
  })

  it('never resolves a name again', async () => {
    const socket = await dial(endpoint(server.port, { host: 'no-such-host.invalid', addresses: ['127.0.0.1', '::1'] }))
    await server.connection()
    socket.destroy()
  })

  it('ends by its time-out and by its signal', async () => {
    // A TLS server that accepts and says nothing is as silent as a host that drops packets.
    const silent = endpoint(server.port, { tls: true })
    expect(await fails(silent, { timeout: 30 })).toBe('connection-timeout')
    expect(await fails(silent, { signal: AbortSignal.abort() })).toBe('aborted')
    const controller = new AbortController()
    const failed = fails(silent, { signal: controller.signal })
    controller.abort()
    expect(await failed).toBe('aborted')
  })

  it('speaks TLS to those it trusts, and to no other', async () => {
    const tls = await startScriptedServer({ tls: { cert: TEST_CERTIFICATE, key: TEST_KEY } })
    const target = endpoint(tls.port, { tls: true })
    const socket = await dial(target, { ca: TEST_CERTIFICATE })
    socket.write('hello')
    expect((await readBytes(await tls.connection(), 5)).toString()).toBe('hello')
    socket.destroy()

    const error = await dial(target).catch((reason: ProtocolError) => reason)
    expect(error).toMatchObject({ code: 'tls-failed', advice: expect.stringContaining('certificate') })
    const otherName = endpoint(tls.port, { tls: true, host: 'other.test' })
    expect(await fails(otherName, { ca: TEST_CERTIFICATE })).toBe('tls-failed')
    await tls.close()
  })

  it('tells a port that does not speak TLS', async () => {
    const plain = await startScriptedServer({
      onConnection: (socket) => socket.write('RTSP/1.0 400 Bad Request\r\n\r\n'),
    })
    const error = await dial(endpoint(plain.port, { tls: true })).catch((reason: ProtocolError) => reason)
    expect(error).toMatchObject({ code: 'tls-failed', message: expect.stringContaining('no secure connection') })
    await plain.close()
  })

  it('holds no address in what it tells', async () => {
    const error = await dial(endpoint(await refusedPort())).catch((reason: ProtocolError) => reason)
    expect(JSON.stringify(error)).not.toContain('127.0.0.1')
  })

  it('leaves no connection behind when it was cancelled', async () => {
    const own = await startScriptedServer()
    const controller = new AbortController()
    const failed = fails(endpoint(own.port, { tls: true }), { signal: controller.signal })
    const socket = await own.connection()
    controller.abort()
    await failed
    socket.resume()
    if (!socket.closed) await once(socket, 'close')
    await own.close()
  })
})
