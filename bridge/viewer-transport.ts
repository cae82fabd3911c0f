import type { WebSocket } from 'ws'
import { ProtocolError } from '../protocol/errors.ts'
import type { ByteReceiver, ByteTransport } from '../protocol/transport/byte-transport.ts'

/** Bytes of answers that a viewer may leave behind before it is given up; of media the hub sends less by itself. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024

/** A viewer's WebSocket as the protocol package wants it: messages in both directions are pieces of one stream of bytes. */
export class ViewerTransport implements ByteTransport {
  readonly #ws: WebSocket
  readonly #onClose: () => void
  #receiver: ByteReceiver | undefined
  #early: Uint8Array[] = []
  #closed = false

  /** @param onClose called once when the side of the bridge closes it, after the receiver */
  constructor(ws: WebSocket, onClose: () => void) {
    this.#ws = ws
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

  sendShared(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return
    if (this.bufferedAmount + bytes.length > MAX_UNSENT_BYTES) {
      this.#end(new ProtocolError('connection-lost', 'the viewer stopped reading'))
      return
    }
    this.#ws.send(bytes, SEND_OPTIONS)
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

  #end(error: ProtocolError | null): void {
    if (this.#closed) return
    this.#closed = true
    this.#receiver?.closed(error)
    this.#onClose()
  }
}

const SEND_OPTIONS = { binary: true, compress: false } as const
