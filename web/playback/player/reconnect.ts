import type { ProtocolErrorCode } from '../../../protocol/errors.ts'
import { Milliseconds } from '../../../protocol/units.ts'

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000
/** A stream that played this long was well: the next fault starts from the shortest delay. */
const STABLE_MS = 10_000

/**
 * Trying again cannot help with these: a person has to change something first. A wrong password above all is tried
 * once, since cameras lock the account (the answer would come too late).
 */
const FINAL: ReadonlySet<ProtocolErrorCode> = new Set([
  'invalid-url',
  'not-rtsp',
  'bridge-request-invalid',
  'ticket-required',
  'origin-not-allowed',
  'target-not-allowed',
  'stream-not-found',
  'unauthorized',
  'forbidden',
  'not-found',
  'unsupported-transport',
  'redirected',
  'sdp-syntax',
  'no-playable-track',
  'codec-unsupported',
  'file-invalid',
  'media-source-unsupported',
  'rtsp-head-too-large',
  'rtsp-body-too-large',
  'aborted',
])

/** Whether trying again by itself may help. */
export const isRetryable = (code: ProtocolErrorCode): boolean => !FINAL.has(code)

/**
 * How long to wait before the next attempt: doubled each time, with full jitter in the upper half, so that fifty
 * tiles that lost one bridge do not come back at the same moment.
 */
export class Backoff {
  readonly #random: () => number
  #attempts = 0
  #playingSince: number | undefined

  /** @param random a number from 0 (with) to 1 (without). */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** Attempts since the stream last played for a while. */
  get attempts(): number {
    return this.#attempts
  }

  /** Media flows. @param now milliseconds of a monotonic clock. */
  playing(now: number): void {
    this.#playingSince ??= now
  }

  /** The attempt failed, or the stream broke. @returns the delay before the next. */
  next(now: number): Milliseconds {
    if (this.#playingSince !== undefined && now - this.#playingSince >= STABLE_MS) this.#attempts = 0
    this.#playingSince = undefined
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(this.#attempts, 16))
    this.#attempts += 1
    return Milliseconds(ceiling * (0.5 + this.#random() / 2))
  }

  /** The person asked for it: from the shortest delay again. */
  reset(): void {
    this.#attempts = 0
    this.#playingSince = undefined
  }
}
