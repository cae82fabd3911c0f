/** RFC 3550 appendix A.1: packets of a new source within so many sequence numbers belong together. */
const MAX_MISORDER = 100
/** Milliseconds within which a source that comes back was never gone: then there are two. */
const RETURN = 5_000
/** Milliseconds after which a source that is silent no longer keeps out the other one. */
const SILENCE = 2_000

/** Packets of another source between those of the current one, after which it is no stray but a second source. */
const STRAYS = 3

/** So many packets in a row, each of another source than the one before and next in number, are of one stream without a name. */
const NAMES = 2

/** What a packet's source is to the track. */
export type SourceVerdict =
  /** The source that is played. */
  | 'current'
  /** A source that may be about to follow: keep the packet until the next one tells. */
  | 'candidate'
  /** The candidate has followed; its kept packet goes first. */
  | 'changed'
  /** The candidate was the stream's all along, under another name; its kept packet goes first. */
  | 'renamed'
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
  /** Its first packet had the number behind the newest of the current source. */
  #candidateFollows = false
  /** The packet before, of whatever source. */
  #ssrcBefore = -1
  #sequenceBefore = 0
  #names = 0
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

  /** Each packet has an SSRC of its own, or one of several in turn: there is one stream, and they mean nothing. */
  get isNameless(): boolean {
    return this.#names >= NAMES
  }

  /** @param arrival milliseconds of a monotonic clock */
  select(ssrc: number, sequenceNumber: number, arrival: number): SourceVerdict {
    const wasNameless = this.isNameless
    const ssrcBefore = this.#ssrcBefore
    const follows = sequenceNumber === ((this.#sequenceBefore + 1) & 0xffff)
    this.#ssrcBefore = ssrc
    this.#sequenceBefore = sequenceNumber
    if (!wasNameless) this.#names = follows && ssrc !== ssrcBefore ? this.#names + 1 : 0
    if (this.isNameless) {
      this.#current = ssrc
      return wasNameless ? 'current' : 'renamed'
    }
    if (this.#current === undefined || ssrc === this.#current) {
      // Of the one that was left a second packet tells that it goes on, however much comes in between.
      const returns = this.#candidate === this.#former && arrival - this.#changedAt < RETURN
      if (this.#candidate !== undefined && !returns) this.#dismiss(this.#candidate)
      this.#current = ssrc
      this.#currentArrival = arrival
      return 'current'
    }
    if (ssrc === this.#second && arrival - this.#currentArrival < SILENCE) return 'other'
    const step = (sequenceNumber - this.#candidateSequence) & 0xffff
    this.#candidateSequence = sequenceNumber
    if (ssrc !== this.#candidate || step === 0 || step > MAX_MISORDER) {
      this.#candidate = ssrc
      this.#candidateFollows = follows && ssrcBefore === this.#current
      return 'candidate'
    }
    this.#change(ssrc, arrival)
    return this.#candidateFollows ? 'renamed' : 'changed'
  }

  /** Whether this is a source that is known and not played, so that what it says is not said of the stream. */
  isOther(ssrc: number): boolean {
    return (
      !this.isNameless &&
      ssrc !== this.#current &&
      (ssrc === this.#second || ssrc === this.#former || ssrc === this.#candidate)
    )
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
