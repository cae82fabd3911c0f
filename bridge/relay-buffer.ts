import type { OnReadOpts } from 'node:net'
import { MESSAGE_HEAD_ROOM } from './websocket-message.ts'

/** Bytes of one read at most; memory that no read has reached costs nothing. */
const READ_BYTES = 64 * 1024

/** Takes `bytes[start … end)`, in front of which there is room for the head of a message; see `RelayBuffer.replace`. */
export type RelayReceiver = (bytes: Buffer, start: number, end: number) => void

/**
 * What the camera of a relay is read into: the same memory each time, and sent from there with the head of its message in
 * front, so that as a rule a read costs neither an allocation nor a copy. `onread` is for the socket, from its beginning.
 */
export class RelayBuffer {
  #memory = newMemory()
  #readable = this.#memory.subarray(MESSAGE_HEAD_ROOM)
  #receiver: RelayReceiver | undefined
  #earlyBytes = 0
  readonly onread: OnReadOpts = {
    buffer: () => this.#readable,
    callback: (count) => this.#read(count),
  }

  /** Call once. What came before is given now. */
  start(receiver: RelayReceiver): void {
    this.#receiver = receiver
    if (this.#earlyBytes > 0) this.#read(this.#earlyBytes)
  }

  /** The memory was given away: the next read needs another. */
  replace(): void {
    this.#memory = newMemory()
    this.#readable = this.#memory.subarray(MESSAGE_HEAD_ROOM)
  }

  #read(count: number): boolean {
    if (!this.#receiver) {
      // A TLS connection reads before anybody wants it to. The socket stops for now.
      this.#earlyBytes = count
      return false
    }
    this.#receiver(this.#memory, MESSAGE_HEAD_ROOM, MESSAGE_HEAD_ROOM + count)
    return true
  }
}

const newMemory = (): Buffer => Buffer.allocUnsafeSlow(MESSAGE_HEAD_ROOM + READ_BYTES)
