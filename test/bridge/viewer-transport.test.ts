import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ViewerTransport } from '../../bridge/viewer-transport.ts'
import { MESSAGE_HEAD_ROOM } from '../../bridge/websocket-message.ts'

const MAX_UNSENT = 1_000_000
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** Both ends of a connection. */
async function connection() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  closers.push(() => server.close())
  await once(server, 'listening')
  const viewer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  closers.push(() => viewer.terminate())
  const messages: Buffer[] = []
  viewer.on('message', (data: Buffer) => messages.push(data))
  const [[ws, request]] = await Promise.all([once(server, 'connection'), once(viewer, 'open')])
  const socket: Duplex = request.socket
  const closed = vi.fn()
  const transport = new ViewerTransport(ws, socket, MAX_UNSENT, closed)
  return { transport, ws: ws as WebSocket, socket, viewer, messages, closed }
}

/** `length` bytes behind room for a head. */
function shared(length: number, value: number): Uint8Array {
  return new Uint8Array(MESSAGE_HEAD_ROOM + length).fill(value).subarray(MESSAGE_HEAD_ROOM)
}

describe('what many viewers are sent', () => {
  it('comes as messages, in order with those that ws sends', async () => {
    const { transport, viewer, messages } = await connection()
    const sizes = [1, 125, 126, 65_535, 65_536, 200_000]
    for (const [index, size] of sizes.entries()) {
      transport.sendShared(shared(size, index), MESSAGE_HEAD_ROOM)
      transport.send(Uint8Array.of(100 + index))
    }
    while (messages.length < 2 * sizes.length) await once(viewer, 'message')
    const expected = sizes.flatMap((size, index) => [[size, index] as const, [1, 100 + index] as const])
    expect(messages.map((message) => [message.length, message[0]])).toEqual(expected)
    expect(messages.every((message) => message.every((byte) => byte === message[0]))).toBe(true)
  })

  it('is written from the memory that all share, and leaves it as it was', async () => {
    const { transport, socket } = await connection()
    const write = vi.spyOn(socket, 'write')
    const bytes = shared(1_000, 7)
    transport.sendShared(bytes, MESSAGE_HEAD_ROOM)
    transport.sendShared(bytes, MESSAGE_HEAD_ROOM)
    expect(write).toHaveBeenCalledTimes(2)
    for (const [message] of write.mock.calls) expect((message as Buffer).buffer).toBe(bytes.buffer)
    expect(bytes.every((byte) => byte === 7)).toBe(true)
  })

  it('needs no room in front', async () => {
    const { transport, viewer, messages } = await connection()
    transport.sendShared(Uint8Array.of(1, 2, 3))
    while (messages.length < 1) await once(viewer, 'message')
    expect(messages).toEqual([Buffer.of(1, 2, 3)])
  })

  it('does not follow the farewell', async () => {
    const { transport, ws, socket, viewer, messages } = await connection()
    ws.close(1000)
    const write = vi.spyOn(socket, 'write')
    transport.sendShared(shared(10, 1), MESSAGE_HEAD_ROOM)
    expect(write).not.toHaveBeenCalled()
    const [code] = await once(viewer, 'close')
    expect(code).toBe(1000)
    expect(messages).toEqual([])
  })

  it('is bounded: a viewer that does not read is given up', async () => {
    const { transport, viewer, closed } = await connection()
    viewer.pause()
    const bytes = shared(100_000, 1)
    for (let sent = 0; sent < 1_000 && closed.mock.calls.length === 0; sent++) {
      transport.sendShared(bytes, MESSAGE_HEAD_ROOM)
      expect(transport.bufferedAmount).toBeLessThanOrEqual(MAX_UNSENT + 100)
    }
    expect(closed).toHaveBeenCalledOnce()
  })
})
