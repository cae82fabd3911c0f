import type { ReceivedInitialization, ReceivedMedia } from '../stream/messages.ts'
import type { TrackKind } from '../stream/track-kind.ts'

const MAX_BYTES = 8 * 1024 * 1024
/** Without video, this much sound is enough to start from, in seconds. */
const AUDIO_ONLY_SECONDS = 0.5
/** Sound that may come before the first picture. A camera with a long group of pictures sends a lot of it. */
const MAX_SEGMENTS = 4096

/**
 * What is needed to start a MediaSource in the middle of a stream at once: the initialization segments, and all since
 * the newest random access point. Holds the buffers that were received, not copies; beyond its bound it is empty until
 * the next random access point.
 */
export class GroupOfPicturesCache {
  readonly #initializations = new Map<TrackKind, ReceivedInitialization>()
  #segments: ReceivedMedia[] = []
  #bytes = 0
  #hasVideo = false
  #startable = false

  initialization(kind: TrackKind): ReceivedInitialization | undefined {
    return this.#initializations.get(kind)
  }

  /** The segments to append, in order of arrival; empty when there is nothing to start from. */
  get segments(): readonly ReceivedMedia[] {
    return this.#startable ? this.#segments : []
  }

  /** Where the timeline of the segments begins and ends, in seconds of the stream. */
  get range(): { readonly start: number; readonly end: number } | null {
    const leading = this.segments.filter((segment) => segment.kind === (this.#hasVideo ? 'video' : 'audio'))
    const first = leading[0]
    const last = leading.at(-1)
    return first && last ? { start: first.start, end: last.start + last.duration } : null
  }

  /**
   * Another stream follows.
   *
   * @param hasVideo starting waits for a picture then
   * @param kept what it is of goes on, with the same parameters
   */
  reset(hasVideo: boolean, kept?: TrackKind): void {
    for (const kind of this.#initializations.keys()) if (kind !== kept) this.#initializations.delete(kind)
    this.#hasVideo = hasVideo
    this.#clear()
  }

  initialize(segment: ReceivedInitialization): void {
    this.#initializations.set(segment.kind, segment)
    // Pictures of the old parameters cannot follow the new ones.
    if (segment.kind === 'video') this.#clear()
  }

  push(segment: ReceivedMedia): void {
    if (segment.kind === 'video' && segment.randomAccess) {
      this.#keep((other) => other.kind === 'audio' && other.start + other.duration > segment.start)
      this.#startable = true
    }
    if (segment.kind === 'video' && !this.#startable) return
    this.#segments.push(segment)
    this.#bytes += segment.data.length
    if (!this.#hasVideo) {
      this.#startable = true
      const oldest = segment.start - AUDIO_ONLY_SECONDS
      this.#keep((other) => other.start >= oldest)
    }
    if (this.#bytes > MAX_BYTES || this.#segments.length > MAX_SEGMENTS) this.#clear()
  }

  #keep(wanted: (segment: ReceivedMedia) => boolean): void {
    this.#segments = this.#segments.filter(wanted)
    this.#bytes = this.#segments.reduce((sum, segment) => sum + segment.data.length, 0)
  }

  #clear(): void {
    this.#segments = []
    this.#bytes = 0
    this.#startable = false
  }
}
