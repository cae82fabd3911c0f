/** RFC 3550 appendix A.1: packets of a new source within so many sequence numbers belong together. */
const MAX_MISORDER = 100
/** Milliseconds within which a source that comes back was never gone: then there are two. */
const RETURN = 5_000
/** Milliseconds after which a source that is silent no longer keeps out the other one. */
const SILENCE = 2_000

/** Packets of another source between those of the current one, after which it is no stray but a second source. */
const STRAYS = 3

/** What a packet's source is to the track. */
export type SourceVerdict =
  /** The source that is played. */
  | 'current'
  /** A source that may be about to follow: keep the packet until the next one tells. */
  | 'candidate'
  /** The candidate has followed; its kept packet goes first. */
  | 'changed'
  /** A second source on the same channel; of no use. */
  | 'other'

/**
 * Which SSRC is played. Cameras change it without notice when they restart their encoder, and the new source must lose
 * nothing, since it begins with the keyframe; some send two on one channel, and then the first one stays.
 */
export class SourceSelector {
  #current: number | undefined
  #currentArrival = 0
  #candidate: number | undefined
  #candidateSequence = 0
  #former: number | undefined
  #changedAt = 0
  #second: number | undefined
  #dismissed: number | undefined
  #dismissals = 0
  /** How often the source changed. */
  changes = 0

  /** The SSRC that is played; undefined before the first packet. */
  get current(): number | undefined {
    return this.#current
  }

  /** Two sources sent on the channel at once. */
  get hasTwo(): boolean {
    return this.#second !== undefined
  }

  /** @param arrival milliseconds of a monotonic clock */
  select(ssrc: number, sequenceNumber: number, arrival: number): SourceVerdict {
    if (this.#current === undefined || ssrc === this.#current) {
      if (this.#candidate !== undefined) this.#dismiss(this.#candidate)
      this.#current = ssrc
      this.#currentArrival = arrival
      return 'current'
    }
    if (ssrc === this.#second && arrival - this.#currentArrival < SILENCE) return 'other'
    const step = (sequenceNumber - this.#candidateSequence) & 0xffff
    this.#candidateSequence = sequenceNumber
    if (ssrc !== this.#candidate || step === 0 || step > MAX_MISORDER) {
      this.#candidate = ssrc
      return 'candidate'
    }
    this.#change(ssrc, arrival)
    return 'changed'
  }

  /** Whether this is a source that is known and not played, so that what it says is not said of the stream. */
  isOther(ssrc: number): boolean {
    return ssrc !== this.#current && (ssrc === this.#second || ssrc === this.#former || ssrc === this.#candidate)
  }

  #dismiss(candidate: number): void {
    this.#dismissals = candidate === this.#dismissed ? this.#dismissals + 1 : 1
    this.#dismissed = candidate
    this.#candidate = undefined
    if (this.#dismissals >= STRAYS) this.#second = candidate
  }

  #change(ssrc: number, arrival: number): void {
    // The one before this goes on sending: the change to the current one was none.
    if (ssrc === this.#former && arrival - this.#changedAt < RETURN) this.#second = this.#current
    this.#former = this.#current
    this.#changedAt = arrival
    this.#current = ssrc
    this.#currentArrival = arrival
    this.#candidate = undefined
    this.changes++
  }
}
