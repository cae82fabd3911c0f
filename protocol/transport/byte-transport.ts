import type { ProtocolError } from '../errors.ts'

/** What a transport tells the one who uses it. */
export interface ByteReceiver {
  /**
   * Bytes of the stream, split anywhere. The view is good only during the call: the transport may reuse its buffer,
   * so what is kept must be copied.
   */
  bytes(chunk: Uint8Array): void
  /** The stream ended: by the peer or by `close()` (null), or by a fault. Told once; nothing follows. */
  closed(error: ProtocolError | null): void
}

/**
 * A connected, ordered, reliable stream of bytes both ways: a TCP or TLS socket, a WebSocket, or a pair in memory.
 * The stage above knows nothing else of the network.
 */
export interface ByteTransport {
  /** Begins delivery; bytes that came earlier are kept, within the transport's bound, until then. Call once. */
  start(receiver: ByteReceiver): void
  /** Queues bytes for sending. The caller may reuse them as soon as this returns. No-op after the end. */
  send(bytes: Uint8Array): void
  /**
   * The same for bytes that never change again: they need not be copied. Where it is missing `send` does.
   *
   * @param headRoom bytes in front of them, in the same memory, that are for the head of whatever carries them. Default 0.
   */
  sendShared?(bytes: Uint8Array, headRoom?: number): void
  /** Bytes that `send` took and the network did not yet: what a sender looks at for backpressure. */
  readonly bufferedAmount: number
  /** Stops and restarts delivery, where the platform can (a browser's WebSocket cannot: there it does nothing). */
  pause(): void
  resume(): void
  /** Ends the stream both ways; `closed(null)` follows. Safe to call twice. */
  close(): void
}
