/**
 * A camera that played and sends nothing for this long is given up; looked at once a second, it is noticed within 7 s. A
 * network that stands still for 5 s goes on by itself, sooner than a new session would be there.
 */
const SILENT_MS = 6_000
/** One that sends a picture now and then is given up when so many of them did not come. */
const SILENT_FRAMES = 3
/** After PLAY some cameras take their time. */
const FIRST_PACKET_MS = 10_000
/** Packets come, and nothing can be made of them: the next keyframe of a camera may be this far away. */
const NOTHING_PLAYABLE_MS = 20_000
/** Looks that are farther apart were none: the machine slept. What it missed comes within a moment, or never. */
const SLEPT_MS = 3_000
const AWAKE_MS = 2_000

/** Sees a stream fall silent that says nothing about it. Pure logic; times are milliseconds of a monotonic clock. */
export class SilenceWatch {
  #packets = 0
  #packetAt = 0
  #unitAt = 0
  #lookedAt = 0
  #frame = 0

  /** It plays from now on, or was told to do so. */
  begin(now: number): void {
    this.#packetAt = now
    this.#unitAt = now
    this.#lookedAt = now
  }

  /** Something that can be played came. @param duration in seconds */
  unit(now: number, duration: number): void {
    this.#unitAt = now
    this.#frame = duration
  }

  /**
   * Call once a second.
   *
   * @param packets that have come so far
   * @returns for how many milliseconds nothing came, where that is too long
   */
  look(now: number, packets: number): number | undefined {
    // When a packet came is not told, but when something was made of it.
    if (packets !== this.#packets) this.#packetAt = this.#unitAt > this.#lookedAt ? this.#unitAt : now
    else if (now - this.#lookedAt > SLEPT_MS) this.#awake(now)
    this.#packets = packets
    this.#lookedAt = now
    const silent = now - this.#packetAt
    const limit = packets === 0 ? FIRST_PACKET_MS : Math.max(SILENT_MS, SILENT_FRAMES * this.#frame * 1000)
    if (silent >= limit) return silent
    const unplayable = now - this.#unitAt
    return unplayable >= Math.max(NOTHING_PLAYABLE_MS, limit) ? unplayable : undefined
  }

  #awake(now: number): void {
    const since = now - Math.max(0, SILENT_MS - AWAKE_MS)
    this.#packetAt = Math.max(this.#packetAt, since)
    this.#unitAt = Math.max(this.#unitAt, since)
  }
}
