import { lookup } from 'node:dns/promises'
import { isIP, type Socket } from 'node:net'
import { ProtocolError } from '../../protocol/errors.ts'
import { parseRtspUri } from '../../protocol/rtsp/uri.ts'
import type { ByteReceiver, ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { type DialOptions, dial, socketError } from './tcp.ts'

/** Bytes that a peer which does not read may leave behind before the connection is given up. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024
/** Milliseconds for the last bytes (a TEARDOWN) to leave after `close()`. */
const CLOSE_TIMEOUT = 1_000

/**
 * A connected Node socket as the protocol package wants it. With it the client that runs in the browser runs in Node.
 * The socket must be paused, as `dial` gives it.
 */
export class SocketTransport implements ByteTransport {
  readonly #socket: Socket
  readonly #maxUnsentBytes: number
  #state: 'new' | 'open' | 'closing' | 'closed' = 'new'
  #error: ProtocolError | null = null
  #paused = false

  /** @param options.maxUnsentBytes that a peer which does not read may leave behind. Default 4 MiB. */
  constructor(socket: Socket, { maxUnsentBytes = MAX_UNSENT_BYTES }: { readonly maxUnsentBytes?: number } = {}) {
    this.#socket = socket
    this.#maxUnsentBytes = maxUnsentBytes
    socket.on('error', (error) => this.#fail(socketError(error)))
  }

  start(receiver: ByteReceiver): void {
    if (this.#state === 'open') throw new ProtocolError('invalid-state', 'the transport was started before')
    const socket = this.#socket
    const tellClosed = () => {
      if (this.#state === 'closed') return
      this.#state = 'closed'
      receiver.closed(this.#error)
    }
    if (socket.destroyed) {
      queueMicrotask(tellClosed)
      return
    }
    if (this.#state === 'new') this.#state = 'open'
    socket.on('data', (chunk: Buffer) => {
      if (this.#state === 'open') receiver.bytes(chunk)
    })
    // Only the end of writing is left to do, and the peer gets no longer for it than after our own `close()`.
    socket.once('end', () => this.close())
    socket.once('close', tellClosed)
    if (!this.#paused) socket.resume()
  }

  send(bytes: Uint8Array): void {
    // The socket keeps what the system does not take at once, and the caller may reuse its bytes.
    this.sendShared(Buffer.from(bytes))
  }

  sendShared(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#state === 'closing' || !this.#socket.writable) return
    if (this.bufferedAmount + bytes.length > this.#maxUnsentBytes) {
      this.#fail(new ProtocolError('connection-lost', 'the peer stopped reading'))
      return
    }
    this.#socket.write(bytes)
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#state === 'open') this.#socket.resume()
  }

  close(): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#state = 'closing'
    const socket = this.#socket
    socket.end()
    // Read on, into nothing, so that the peer's end is seen and no reset cuts off what was sent last.
    socket.resume()
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT)
    socket.once('close', () => clearTimeout(timer))
  }

  #fail(error: ProtocolError): void {
    // Faults after our own `close()` are of no interest: it was the end that was asked for.
    if (this.#state !== 'closing') this.#error ??= error
    this.#socket.destroy()
  }
}

/**
 * Dials the host of an RTSP URL without asking any policy: for programs of the operator, not for viewers.
 * @throws ProtocolError invalid-url, host-not-found, connection-refused, connection-timeout, connection-lost, aborted
 */
export async function openTransport(url: string, options: DialOptions = {}): Promise<ByteTransport> {
  const { scheme, host, port } = parseRtspUri(url)
  return new SocketTransport(
    await dial({ host, port, tls: scheme === 'rtsps', addresses: await resolve(host) }, options),
  )
}

async function resolve(host: string): Promise<string[]> {
  if (isIP(host)) return [host]
  try {
    return (await lookup(host, { all: true, verbatim: true })).map((answer) => answer.address)
  } catch (error) {
    throw socketError(error as Error)
  }
}
