import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { ProtocolError } from '../protocol/errors.ts'
import type { ByteReceiver, ByteTransport } from '../protocol/transport/byte-transport.ts'
import { messageHeadBytes, writeMessageHead } from './websocket-message.ts'

/** A viewer's WebSocket as the protocol package wants it: messages in both directions are pieces of one stream of bytes. */
export class ViewerTransport implements ByteTransport {
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #maxUnsentBytes: number
  readonly #onClose: () => void
  #receiver: ByteReceiver | undefined
  #early: Uint8Array[] = []
  #closed = false

  /**
   * @param socket below `ws`
   * @param maxUnsentBytes that a viewer may leave behind before it is given up: whoever sends media sends less by itself
   * @param onClose called once when the side of the bridge closes it, after the receiver
   */
  constructor(ws: WebSocket, socket: Duplex, maxUnsentBytes: number, onClose: () => void) {
    this.#ws = ws
    this.#socket = socket
    this.#maxUnsentBytes = maxUnsentBytes
    this.#onClose = onClose
  }

  start(receiver: ByteReceiver): void {
    this.#receiver = receiver
    for (const bytes of this.#early.splice(0)) receiver.bytes(bytes)
  }

  /** A message of the viewer. Whoever hands it over bounds what comes before `start`. */
  received(bytes: Uint8Array): void {
    if (this.#closed) return
    if (this.#receiver) this.#receiver.bytes(bytes)
    else this.#early.push(bytes)
  }

  /** The WebSocket is gone. */
  gone(): void {
    if (this.#closed) return
    this.#closed = true
    this.#receiver?.closed(null)
  }

  send(bytes: Uint8Array): void {
    // The WebSocket keeps what the system does not take at once, and the caller may reuse its bytes.
    this.sendShared(bytes.slice())
  }

  sendShared(bytes: Uint8Array, headRoom = 0): void {
    if (this.#closed || bytes.length === 0) return
    if (this.bufferedAmount + bytes.length > this.#maxUnsentBytes) {
      this.#end(new ProtocolError('connection-lost', 'the viewer stopped reading'))
      return
    }
    if (headRoom < messageHeadBytes(bytes.length)) this.#ws.send(bytes, SEND_OPTIONS)
    else this.#sendWithHead(bytes)
  }

  get bufferedAmount(): number {
    return this.#ws.bufferedAmount
  }

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    this.#ws.resume()
  }

  close(): void {
    this.#end(null)
  }

  /**
   * One write of one piece, past ws, which would make head and payload two of each for each viewer. The head is the same
   * for all, so that it does no harm to write it again while others are still being sent it.
   */
  #sendWithHead(bytes: Uint8Array): void {
    // ws has said goodbye: nothing may follow.
    if (this.#ws.readyState !== this.#ws.OPEN) return
    const { buffer, byteOffset, length } = bytes
    const head = messageHeadBytes(length)
    const message = Buffer.from(buffer, byteOffset - head, head + length)
    writeMessageHead(message, 0, length)
    this.#socket.write(message)
  }

  #end(error: ProtocolError | null): void {
    if (this.#closed) return
    this.#closed = true
    this.#receiver?.closed(error)
    this.#onClose()
  }
}

const SEND_OPTIONS = { binary: true, compress: false } as const
