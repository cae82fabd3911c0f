import type { RawData, WebSocket } from 'ws'
import { ProtocolError } from '../../protocol/errors.ts'
import type { ByteReceiver, ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { faultOfClose } from './close-fault.ts'

/** Bytes that a peer which does not read may leave behind before the connection is given up. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024

/** A WebSocket that the bridge opened, as the protocol package wants it. It must be paused. */
export class WebSocketTransport implements ByteTransport {
  readonly #ws: WebSocket
  #receiver: ByteReceiver | undefined
  #error: ProtocolError | null = null
  #state: 'open' | 'closing' | 'closed' = 'open'
  #paused = false
  #whenClosed: (() => void) | undefined

  constructor(ws: WebSocket) {
    this.#ws = ws
    ws.on('message', (data, isBinary) => this.#message(data, isBinary))
    // What is no WebSocket's, or too large. ws closes it by itself.
    ws.on('error', (cause) => {
      this.#error ??= new ProtocolError('connection-lost', 'the connection to the camera broke', { cause })
    })
    ws.on('close', (code) => {
      if (this.#state === 'open') this.#error ??= faultOfClose(code)
      this.#finish()
    })
  }

  /** Calls back once the connection is gone. */
  whenClosed(callback: () => void): void {
    if (this.#state === 'closed') callback()
    else this.#whenClosed = callback
  }

  start(receiver: ByteReceiver): void {
    if (this.#receiver) throw new ProtocolError('invalid-state', 'the transport was started before')
    this.#receiver = receiver
    if (this.#state === 'closed') queueMicrotask(() => receiver.closed(this.#error))
    else if (!this.#paused) this.#ws.resume()
  }

  send(bytes: Uint8Array): void {
    // The WebSocket keeps what the system does not take at once, and the caller may reuse its bytes.
    this.sendShared(bytes.slice())
  }

  sendShared(bytes: Uint8Array): void {
    if (this.#state !== 'open' || bytes.length === 0) return
    if (this.bufferedAmount + bytes.length > MAX_UNSENT_BYTES) {
      this.#error ??= new ProtocolError('connection-lost', 'the peer stopped reading')
      this.#ws.terminate()
      return
    }
    this.#ws.send(bytes, BINARY)
  }

  /** Shows another bridge a new ticket, in place of the one that this connection was opened with. */
  renew(ticket: string): void {
    if (this.#state === 'open') this.#ws.send(ticket)
  }

  get bufferedAmount(): number {
    return this.#ws.bufferedAmount
  }

  pause(): void {
    this.#paused = true
    this.#ws.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#receiver) this.#ws.resume()
  }

  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#ws.close(1000)
    // The peer's half of the closing handshake must be read.
    this.#ws.resume()
  }

  #message(data: RawData, isBinary: boolean): void {
    if (this.#state !== 'open') return
    if (!isBinary) {
      this.#error ??= new ProtocolError('not-rtsp', 'the WebSocket sent text where the bytes of RTSP were expected')
      this.#ws.terminate()
      return
    }
    // Messages come as one Buffer each: `binaryType` is left at "nodebuffer".
    this.#receiver?.bytes(data as Buffer)
  }

  #finish(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#receiver?.closed(this.#error)
    this.#whenClosed?.()
  }
}

const BINARY = { binary: true, compress: false } as const
