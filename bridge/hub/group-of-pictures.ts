import type { Burst } from './burst.ts'

export interface GroupOfPicturesLimits {
  /** Bytes that are kept of a stream, with what they cost beside themselves. */
  readonly cacheBytes: number
  /** Milliseconds that are kept of a stream. */
  readonly cacheMilliseconds: number
}

/**
 * What was sent since the newest random access point, so that a viewer who comes has a picture at once. Where that is
 * more than may be kept nothing is, up to the next: a part of it would be of no use.
 */
export class GroupOfPictures {
  readonly #limits: GroupOfPicturesLimits
  #bursts: Burst[] = []
  #bytes = 0
  #begunAt = 0

  constructor(limits: GroupOfPicturesLimits) {
    this.#limits = limits
  }

  /** From the random access point on; empty while none is kept. */
  get bursts(): readonly Burst[] {
    return this.#bursts
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Milliseconds since the random access point; undefined while none is kept. */
  age(now: number): number | undefined {
    return this.#bursts.length === 0 ? undefined : now - this.#begunAt
  }

  push(burst: Burst, now: number): void {
    if (burst.startsGroup) {
      this.clear()
      this.#begunAt = now
    } else if (this.#bursts.length === 0) return
    this.#bursts.push(burst)
    this.#bytes += burst.memory
    const { cacheBytes, cacheMilliseconds } = this.#limits
    if (this.#bytes > cacheBytes || now - this.#begunAt > cacheMilliseconds) this.clear()
  }

  clear(): void {
    this.#bursts = []
    this.#bytes = 0
  }
}
