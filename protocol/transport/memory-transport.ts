import type { ByteReceiver, ByteTransport } from './byte-transport.ts'

/** One end of a pair in memory. Delivery is asynchronous, as on a real network. */
class MemoryTransport implements ByteTransport {
  peer: MemoryTransport | undefined
  #receiver: ByteReceiver | undefined
  #inbox: Uint8Array[] = []
  #paused = false
  #ended = false
  #closeTold = false
  #scheduled = false

  start(receiver: ByteReceiver): void {
    this.#receiver = receiver
    this.#schedule()
  }

  send(bytes: Uint8Array): void {
    if (!this.#ended && bytes.length > 0) this.peer?.accept(bytes.slice())
  }

  get bufferedAmount(): number {
    return this.peer?.waitingBytes ?? 0
  }

  get waitingBytes(): number {
    return this.#inbox.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  close(): void {
    this.finish()
    this.peer?.finish()
  }

  accept(bytes: Uint8Array): void {
    if (this.#ended) return
    this.#inbox.push(bytes)
    this.#schedule()
  }

  finish(): void {
    this.#ended = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    const receiver = this.#receiver
    if (!receiver) return
    while (!this.#paused) {
      const chunk = this.#inbox.shift()
      if (!chunk) break
      receiver.bytes(chunk)
    }
    if (this.#ended && !this.#closeTold && this.#inbox.length === 0) {
      this.#closeTold = true
      receiver.closed(null)
    }
  }
}

/** Two transports, each the other's peer: what one sends the other receives. For tests, and for servers in the same process. */
export function createMemoryTransportPair(): [ByteTransport, ByteTransport] {
  const a = new MemoryTransport()
  const b = new MemoryTransport()
  a.peer = b
  b.peer = a
  return [a, b]
}
