import type { WebSocket } from 'ws'
import { MAX_MISSED_PINGS } from './limits.ts'

/** Whether a viewer lives: by the pings that it answers, and by what it reads. */
export class ViewerPulse {
  readonly #ws: WebSocket
  #pingedAt: number
  #missed = 0
  #sentAtLastPing = 0

  constructor(ws: WebSocket, now: number) {
    this.#ws = ws
    this.#pingedAt = now
    ws.on('pong', () => {
      this.#missed = 0
    })
  }

  /** @param interval milliseconds between pings */
  isDue(now: number, interval: number): boolean {
    return now - this.#pingedAt >= interval
  }

  /**
   * Sends a ping.
   *
   * @param sent bytes that the system took for it so far
   * @param isHeld it is made to wait, and cannot be heard
   * @returns false where too many went without an answer: it is gone
   */
  ping(now: number, sent: number, isHeld: boolean): boolean {
    this.#pingedAt = now
    // A slow viewer gets the ping behind all that waits for it: while bytes still leave, it lives.
    const reads = this.#ws.bufferedAmount > 0 && sent > this.#sentAtLastPing
    this.#sentAtLastPing = sent
    if (isHeld || reads) this.#missed = 0
    if (this.#missed >= MAX_MISSED_PINGS) return false
    this.#missed++
    // One ping waiting is enough.
    if (this.#ws.readyState === this.#ws.OPEN && !isHeld) this.#ws.ping()
    return true
  }
}
