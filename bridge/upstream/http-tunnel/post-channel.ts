import type { Socket } from 'node:net'
import { ProtocolError } from '../../../protocol/errors.ts'
import { socketError } from '../tcp.ts'
import { HttpHeadReader } from './http-head.ts'
import type { TunnelHandshake } from './tunnel-handshake.ts'

export interface PostChannelOptions {
  /** Connects to where the other half of the tunnel goes. */
  readonly dial: () => Promise<Socket>
  readonly handshake: TunnelHandshake
  /** Bytes of the body that a POST announces. */
  readonly contentLength: number
  /** Told once: nothing can be said any more. */
  readonly failed: (error: ProtocolError) => void
}

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'opening' }
  | {
      readonly name: 'open'
      readonly socket: Socket
      /** Bytes of its body that are left. */
      left: number
      /** The body so far: sent again where the camera challenges the POST. */
      readonly sent: Buffer[]
    }
  /** Its body is complete. The next must not begin before the camera has seen the end of it. */
  | { readonly name: 'ending'; readonly socket: Socket }
  | { readonly name: 'closed' }

/** Bytes in base64 that a camera may leave unread. */
const MAX_UNSENT_BYTES = 1024 * 1024
/** Milliseconds for a camera to end its half of a POST that is over. */
const END_TIMEOUT = 1_000

/**
 * What the client says in a tunnel: the body of a POST, in base64. It ends where its Content-Length says, and another
 * follows; that is also what happens where the camera ends it in between.
 */
export class PostChannel {
  readonly #options: PostChannelOptions
  #state: State = { name: 'idle' }
  #queue: Buffer[] = []
  #queued = 0

  constructor(options: PostChannelOptions) {
    this.#options = options
  }

  /** Bytes on their way, in base64. */
  get bufferedAmount(): number {
    return this.#queued + (this.#state.name === 'open' ? this.#state.socket.writableLength : 0)
  }

  send(bytes: Uint8Array): void {
    if (this.#state.name === 'closed') return
    // Each piece padded by itself, as all clients do: decoders work in groups of four.
    const piece = Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'), 'latin1')
    if (this.bufferedAmount + piece.length > MAX_UNSENT_BYTES) {
      this.#fail(new ProtocolError('connection-lost', 'the camera stopped reading'))
      return
    }
    this.#queue.push(piece)
    this.#queued += piece.length
    this.#pump()
  }

  /** What was sent still goes out. */
  close(): void {
    const state = this.#state
    this.#state = { name: 'closed' }
    if (state.name === 'open') endSoon(state.socket)
    else if (state.name === 'ending') state.socket.destroy()
  }

  #pump(): void {
    const state = this.#state
    if (state.name === 'idle' && this.#queue.length > 0) void this.#open()
    if (state.name !== 'open') return
    for (let piece = this.#queue[0]; piece; piece = this.#queue[0]) {
      if (piece.length > state.left) {
        this.#state = { name: 'ending', socket: state.socket }
        endSoon(state.socket)
        return
      }
      this.#queue.shift()
      this.#queued -= piece.length
      state.left -= piece.length
      state.sent.push(piece)
      state.socket.write(piece)
    }
  }

  async #open(): Promise<void> {
    this.#state = { name: 'opening' }
    let socket: Socket
    try {
      socket = await this.#options.dial()
    } catch (error) {
      this.#fail(error instanceof ProtocolError ? error : socketError(error as Error))
      return
    }
    if (this.#isClosed()) {
      socket.destroy()
      return
    }
    // Never more than it announces, and a piece is never torn apart.
    const left = Math.max(this.#options.contentLength, this.#queue[0]?.length ?? 0)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#ended(socket))
    this.#state = { name: 'open', socket, left, sent: [] }
    socket.write(this.#options.handshake.post(left))
    this.#listen(socket)
    this.#pump()
  }

  /** Most cameras never answer a POST. What is of interest is a refusal. */
  #listen(socket: Socket): void {
    const reader = new HttpHeadReader()
    const onData = (chunk: Buffer) => {
      try {
        const answer = reader.push(chunk)
        if (!answer) return
        // Read on, into nothing.
        socket.off('data', onData).resume()
        if (this.#options.handshake.answered('POST', answer.head) === 'again') this.#again(socket)
      } catch (error) {
        socket.off('data', onData).resume()
        if ('socket' in this.#state && this.#state.socket === socket) this.#fail(error as ProtocolError)
      }
    }
    socket.on('data', onData)
    socket.resume()
  }

  /** The camera challenged it, and took nothing of its body. */
  #again(socket: Socket): void {
    const state = this.#state
    if (state.name !== 'open' || state.socket !== socket) return
    this.#queue.unshift(...state.sent)
    this.#queued = this.#queue.reduce((sum, piece) => sum + piece.length, 0)
    this.#state = { name: 'idle' }
    socket.destroy()
    this.#pump()
  }

  /** A camera may end a POST at any time; the next is made when there is something to say. */
  #ended(socket: Socket): void {
    const state = this.#state
    if (!('socket' in state) || state.socket !== socket) return
    this.#state = { name: 'idle' }
    this.#pump()
  }

  #fail(error: ProtocolError): void {
    const state = this.#state
    if (state.name === 'closed') return
    this.#state = { name: 'closed' }
    this.#queue = []
    this.#queued = 0
    if ('socket' in state) state.socket.destroy()
    this.#options.failed(error)
  }

  // A method of its own: across an `await` the compiler would still believe what it knew of the field.
  #isClosed(): boolean {
    return this.#state.name === 'closed'
  }
}

function endSoon(socket: Socket): void {
  socket.end()
  const timer = setTimeout(() => socket.destroy(), END_TIMEOUT)
  socket.once('close', () => clearTimeout(timer))
}
