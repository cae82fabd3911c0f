import { connect, createServer, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** What goes wrong on one direction of a cable. */
export type Fault =
  | { readonly kind: 'none' }
  /** Every piece comes so much later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Nothing comes, and nothing is lost: it follows when the fault is over. */
  | { readonly kind: 'stall' }
  /** Each byte comes alone. */
  | { readonly kind: 'split' }
  /** One byte of so many is another. */
  | { readonly kind: 'corrupt'; readonly every: number }

const NONE: Fault = { kind: 'none' }

/** One direction: of all connections, for a cable has no others. */
class Direction {
  bytes = 0
  #fault: Fault = NONE
  #over: (() => void)[] = []

  set fault(fault: Fault) {
    this.#fault = fault
    for (const goOn of this.#over.splice(0)) goOn()
  }

  /** In order, and no faster than it is taken at the far end. */
  async carry(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (const piece of await this.#mistreat(chunk)) {
          this.bytes += piece.length
          if (!to.write(piece)) await new Promise<void>((resolve) => to.once('drain', resolve).once('close', resolve))
          if (piece.length === 1) await nextTurn()
        }
      }
      to.end()
    } catch {
      // Broken off: the other end is told by `close`.
    }
  }

  async #mistreat(chunk: Buffer): Promise<Buffer[]> {
    while (this.#fault.kind === 'stall') await new Promise<void>((resolve) => this.#over.push(resolve))
    const fault = this.#fault
    switch (fault.kind) {
      case 'delay':
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, fault.milliseconds)
          this.#over.push(() => {
            clearTimeout(timer)
            resolve()
          })
        })
        return [chunk]
      case 'split':
        return Array.from(chunk, (_, at) => chunk.subarray(at, at + 1))
      case 'corrupt': {
        const first = fault.every - (this.bytes % fault.every) - 1
        for (let at = first; at < chunk.length; at += fault.every) chunk[at] = (chunk[at] ?? 0) ^ 0x5a
        return [chunk]
      }
      default:
        return [chunk]
    }
  }
}

/** A cable to a server of this machine that can be pulled, and on which other things can go wrong. */
export class Cable {
  /** To the server, and from it. */
  readonly up = new Direction()
  readonly down = new Direction()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(serverPort: number) {
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (near) => {
      const far = connect({ port: serverPort, host: '127.0.0.1', noDelay: true })
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on('error', () => socket.destroy())
        socket.on('close', () => {
          this.#sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      void this.up.carry(near, far)
      void this.down.carry(far, near)
    })
  }

  /** Connections that go through it. */
  get connections(): number {
    return Math.ceil(this.#sockets.size / 2)
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
  }

  /** Without a word: both ends are told of a reset. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** All is well again. */
  mend(): void {
    this.up.fault = NONE
    this.down.fault = NONE
  }

  close(): void {
    this.mend()
    this.cut()
    this.#server.close()
  }
}
