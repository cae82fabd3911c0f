import { describe, expect, it, vi } from 'vitest'
import type { ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { createMemoryTransportPair } from '../../../protocol/transport/memory-transport.ts'

const receive = (transport: ByteTransport) => {
  const received: number[] = []
  const closed = vi.fn()
  transport.start({ bytes: (chunk) => received.push(...chunk), closed })
  return { received, closed }
}
const delivered = () => new Promise((resolve) => setImmediate(resolve))

describe('a pair of transports in memory', () => {
  it('gives at one end what the other sends, also what came before the start, and lets the sender reuse its bytes', async () => {
    const [a, b] = createMemoryTransportPair()
    const bytes = Uint8Array.of(1, 2)
    a.send(bytes)
    bytes.fill(0)
    await delivered()
    const { received } = receive(b)
    a.send(Uint8Array.of(3))
    await delivered()
    expect(received).toEqual([1, 2, 3])
  })

  it('holds back while paused, and says how much waits', async () => {
    const [a, b] = createMemoryTransportPair()
    const { received } = receive(b)
    b.pause()
    a.send(Uint8Array.of(1, 2, 3))
    await delivered()
    expect([received.length, a.bufferedAmount]).toEqual([0, 3])
    b.resume()
    await delivered()
    expect([received.length, a.bufferedAmount]).toEqual([3, 0])
  })

  it('ends both ways, after what was sent, and says so once', async () => {
    const [a, b] = createMemoryTransportPair()
    const ends = [receive(a), receive(b)]
    a.send(Uint8Array.of(7))
    a.close()
    b.close()
    a.send(Uint8Array.of(8))
    await delivered()
    expect(ends[1]?.received).toEqual([7])
    for (const end of ends) expect(end.closed).toHaveBeenCalledExactlyOnceWith(null)
  })
})
