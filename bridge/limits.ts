/** Every bound and time-out of the bridge. Times are milliseconds. */
export interface BridgeLimits {
  /** Viewers at the same time, in all and from one address. Beyond: 4429. */
  readonly viewers: number
  readonly viewersPerAddress: number
  /** Bytes of one WebSocket message. Beyond: 4413. RTSP requests and talk-back audio need a few KB. */
  readonly messageBytes: number
  /** Bytes of the first request line, where it decides the target. Beyond: 4413. */
  readonly requestLineBytes: number
  /** Bytes waiting for a viewer before the camera is made to wait. */
  readonly viewerBufferBytes: number
  /** Bytes of an HTTP head. Beyond: 431. */
  readonly httpHeadBytes: number
  /** Bytes of an HTTP request target. Beyond: 414, or 4413 for a viewer. */
  readonly httpTargetBytes: number
  /** Until the first request line is complete, where it decides the target. Beyond: 4408. */
  readonly requestTimeout: number
  /** Resolving and connecting. Beyond: 4504. */
  readonly dialTimeout: number
  /** From the first bytes that went to the camera to its first answer. Beyond: 4504. */
  readonly answerTimeout: number
  /** With no byte moving either way. Beyond: 4408. A paused player sends a keep-alive every 30 to 60 seconds. */
  readonly idleTimeout: number
  /** Between WebSocket pings; a viewer that misses two is given up. */
  readonly pingInterval: number
  /** For the closing handshake with a viewer, and for a camera to take the last bytes. */
  readonly closeTimeout: number
  /** How often all of these times are looked at: their precision. */
  readonly sweepInterval: number
}

export const DEFAULT_LIMITS: BridgeLimits = {
  viewers: 1_000,
  viewersPerAddress: 200,
  messageBytes: 1024 * 1024,
  requestLineBytes: 4_096,
  viewerBufferBytes: 256 * 1024,
  httpHeadBytes: 16 * 1024,
  httpTargetBytes: 4_096,
  requestTimeout: 10_000,
  dialTimeout: 10_000,
  answerTimeout: 10_000,
  idleTimeout: 120_000,
  pingInterval: 20_000,
  closeTimeout: 2_000,
  sweepInterval: 500,
}

/** Pings without an answer after which a viewer counts as gone. */
export const MAX_MISSED_PINGS = 2
