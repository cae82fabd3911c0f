import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { WebSocket } from 'ws'
import type { ProtocolError } from '../protocol/errors.ts'
import { CLOSE, type CloseCode } from './close-code.ts'
import type { BridgeLimits } from './limits.ts'
import type { RelayBuffer } from './relay-buffer.ts'
import { socketError } from './upstream/tcp.ts'
import { messageHeadBytes, writeMessageHead } from './websocket-message.ts'

export type RelayLimits = Pick<BridgeLimits, 'viewerBufferBytes' | 'answerTimeout' | 'idleTimeout' | 'closeTimeout'>

/** Why the relay wants the viewer's connection closed. */
export type RelayEnd = (code: CloseCode, reason: string) => void

/**
 * Raw bytes both ways between a viewer's WebSocket and a camera. Nothing is looked at, and there is no timer: `tick`
 * compares counters. One read of the camera, with all that the system held, becomes one message, written past ws to the
 * socket below from where it was read: it is copied only where it must wait.
 *
 * Backpressure: above `viewerBufferBytes` waiting for the viewer the camera is not read until they are gone, and TCP
 * makes it wait; a camera that does not read makes the viewer wait in the same way.
 */
export class Relay {
  readonly #viewer: WebSocket
  readonly #viewerSocket: Duplex
  readonly #camera: Socket
  readonly #buffer: RelayBuffer
  readonly #limits: RelayLimits
  readonly #onEnd: RelayEnd
  #state: 'relaying' | 'ended' = 'relaying'
  #bytesUp = 0
  #bytesDown = 0
  #bytesAtLastTick = -1
  #idleSince = 0
  #askedAt: number | undefined
  #endedAt: number | undefined

  /**
   * @param viewerSocket the socket below `viewer`: it tells when what was sent is gone
   * @param camera connected and paused
   * @param buffer what the camera is read into
   * @param onEnd called once, unless `end` is called first
   */
  constructor(
    viewer: WebSocket,
    viewerSocket: Duplex,
    camera: Socket,
    buffer: RelayBuffer,
    limits: RelayLimits,
    onEnd: RelayEnd,
  ) {
    this.#viewer = viewer
    this.#viewerSocket = viewerSocket
    this.#camera = camera
    this.#buffer = buffer
    this.#limits = limits
    this.#onEnd = onEnd
    viewerSocket.on('drain', this.#onViewerDrain)
    camera.on('drain', this.#onCameraDrain)
    camera.on('end', this.#onCameraEnd)
    camera.on('error', this.#onCameraError)
    buffer.start(this.#onCameraBytes)
    camera.resume()
  }

  /** Bytes from the viewer to the camera. */
  get bytesUp(): number {
    return this.#bytesUp
  }

  /** Bytes from the camera to the viewer. */
  get bytesDown(): number {
    return this.#bytesDown
  }

  /** Whether the viewer is not read because the camera does not read: its pongs cannot be seen then. */
  get viewerWaits(): boolean {
    return this.#state === 'relaying' && this.#camera.writableNeedDrain
  }

  /** Calls back once the camera's connection is gone. */
  whenFinished(callback: () => void): void {
    if (this.#camera.closed) callback()
    else this.#camera.once('close', callback)
  }

  fromViewer(bytes: Uint8Array): void {
    if (this.#state === 'ended') return
    this.#bytesUp += bytes.length
    if (!this.#camera.write(bytes)) this.#viewer.pause()
  }

  /** @param now milliseconds of a monotonic clock */
  tick(now: number): void {
    if (this.#state === 'ended') {
      this.#endedAt ??= now
      if (now - this.#endedAt >= this.#limits.closeTimeout) this.#camera.destroy()
      return
    }
    const bytes = this.#bytesUp + this.#bytesDown
    if (bytes !== this.#bytesAtLastTick) {
      this.#bytesAtLastTick = bytes
      this.#idleSince = now
    }
    if (this.#bytesUp > 0 && this.#bytesDown === 0) {
      this.#askedAt ??= now
      if (now - this.#askedAt >= this.#limits.answerTimeout) {
        this.#finish(CLOSE.upstreamSilent, 'the camera accepted the connection but does not answer')
        return
      }
    }
    if (now - this.#idleSince >= this.#limits.idleTimeout) this.#finish(CLOSE.idle, 'nothing was sent for too long')
  }

  /** Ends the camera's side: what the viewer sent last (a TEARDOWN) still goes out, within `closeTimeout`. */
  end(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#viewerSocket.off('drain', this.#onViewerDrain)
    const camera = this.#camera
    camera.off('drain', this.#onCameraDrain).off('end', this.#onCameraEnd)
    // Read on, into nothing: closing with bytes unread would reset the connection and take the last request with it.
    camera.resume()
    camera.end()
  }

  /** Ends it without a farewell. */
  destroy(): void {
    this.end()
    this.#camera.destroy()
  }

  #finish(code: CloseCode, reason: string): void {
    if (this.#state === 'ended') return
    this.end()
    this.#onEnd(code, reason)
  }

  readonly #onCameraBytes = (bytes: Buffer, start: number, end: number) => {
    if (this.#state === 'ended') return
    this.#bytesDown += end - start
    const socket = this.#viewerSocket
    // ws has said goodbye: nothing may follow.
    if (this.#viewer.readyState !== this.#viewer.OPEN) return
    const head = start - messageHeadBytes(end - start)
    writeMessageHead(bytes, head, end - start)
    const message = bytes.subarray(head, end)
    if (socket.writableLength > 0 || socket instanceof TLSSocket) socket.write(Buffer.from(message))
    else {
      socket.write(message)
      if (socket.writableLength > 0) this.#buffer.replace()
    }
    if (this.#viewer.bufferedAmount > this.#limits.viewerBufferBytes) this.#camera.pause()
  }

  // Told when nothing is left to send; the system's own buffer keeps the viewer busy meanwhile.
  readonly #onViewerDrain = () => {
    this.#camera.resume()
  }

  readonly #onCameraDrain = () => {
    this.#viewer.resume()
  }

  // The viewer must tell this from a broken network and from its own leaving, so it is never 1000.
  readonly #onCameraEnd = () => {
    this.#finish(CLOSE.upstreamFailed, 'the camera closed the connection')
  }

  readonly #onCameraError = (error: Error) => {
    const fault: ProtocolError = socketError(error)
    this.#finish(CLOSE.upstreamFailed, fault.message)
    // A socket that failed closes by itself.
  }
}
