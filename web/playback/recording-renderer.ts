import { ProtocolError } from '../../protocol/errors.ts'
import { AppendQueue, type TimeRange } from './media-source/append-queue.ts'
import { attachMediaSource, hasMediaSource } from './media-source/media-source.ts'
import type { RecordedRenderer, RendererEvents, TrackKind } from './renderer.ts'
import type { ReceivedInitialization, ReceivedMedia } from './stream/messages.ts'

/** Played material is kept this long, so that a short step back needs no server, in seconds. */
const KEPT_BEHIND = 30
const TRIM_MS = 5_000
/** Material to have in hand before playing starts or goes on, in seconds: the server sends at the pace of the clock. */
const IN_HAND = 0.4
/** How long a start waits for the parameters of the sound, which may have been announced and never come. */
const AUDIO_PATIENCE_MS = 1_000
/** Segments that may wait for a MediaSource or for enough in hand; beyond them they are handed over at once. */
const MAX_WAITING = 4096

type Attachment =
  | { readonly name: 'detached'; readonly since: number }
  | { readonly name: 'opening'; readonly kinds: readonly TrackKind[]; readonly mediaSource: MediaSource }
  | {
      readonly name: 'open'
      readonly kinds: readonly TrackKind[]
      readonly mediaSource: MediaSource
      readonly queues: ReadonlyMap<TrackKind, AppendQueue>
    }

/** What becomes of segments. */
type Flow =
  /** The first picture goes through, for it is to be seen; the others wait until there is enough in hand. */
  | { readonly name: 'gathering'; shown: boolean }
  | { readonly name: 'flowing' }
  /** All is there: nothing more will come. */
  | { readonly name: 'finished' }

/**
 * Fragmented MP4 of a recording into a MediaSource. The time of the element is the normal play time of the recording;
 * a place outside of what is buffered is got by `flush` and what follows it.
 */
export class RecordingRenderer implements RecordedRenderer {
  readonly mostInHand = 30
  readonly leastInHand = 10
  readonly #video: HTMLVideoElement
  readonly #duration: number
  readonly #events: RendererEvents
  readonly #trimTimer: number
  readonly #initializations = new Map<TrackKind, ReceivedInitialization>()
  #tracks: ReadonlySet<TrackKind> = new Set()
  #attachment: Attachment = { name: 'detached', since: 0 }
  #flow: Flow = { name: 'gathering', shown: false }
  #waiting: ReceivedMedia[] = []
  /** Where the newest segment of each track ends, in seconds. */
  readonly #ends = new Map<TrackKind, number>()
  /** What begins before that is there already. */
  #known: ReadonlyMap<TrackKind, number> = new Map()
  /** Where the element is to be when it has a new source. */
  #position = 0
  #withSound = true
  #frameDuration = 0

  /**
   * @param duration seconds
   * @throws ProtocolError `media-source-unsupported`
   */
  constructor(video: HTMLVideoElement, duration: number, events: RendererEvents) {
    if (!hasMediaSource()) {
      throw new ProtocolError('media-source-unsupported', 'This browser has no Media Source Extensions')
    }
    this.#video = video
    this.#duration = duration
    this.#events = events
    this.#trimTimer = setInterval(() => this.#trim(), TRIM_MS)
  }

  get end(): number | undefined {
    return this.#ends.get(this.#leading)
  }

  get isFlowing(): boolean {
    return this.#flow.name !== 'gathering'
  }

  get frameDuration(): number {
    return this.#frameDuration
  }

  begin(tracks: ReadonlySet<TrackKind>, position: number): void {
    this.#tracks = tracks
    this.#initializations.clear()
    this.flush(position, { sound: true })
  }

  flush(position: number, { sound }: { readonly sound: boolean }): void {
    this.#waiting = []
    this.#ends.clear()
    this.#known = new Map()
    this.#flow = { name: 'gathering', shown: false }
    this.#position = position
    this.#withSound = sound
    const attachment = this.#attachment
    // A SourceBuffer that gets nothing would stop the others, and none can be added later: then all begins anew.
    if (attachment.name === 'open' && sameKinds(attachment.kinds, this.#wantedKinds()) && isUsable(attachment)) {
      for (const queue of attachment.queues.values()) queue.flush()
      this.#video.currentTime = position
    } else {
      if (attachment.name === 'open' && attachment.mediaSource.readyState === 'ended') this.#leaveSource(position)
      this.#detach()
    }
  }

  continue(): void {
    this.#known = new Map(this.#ends)
  }

  /** Nothing can play this track: the others go on without it. */
  leave(kind: TrackKind): void {
    this.#tracks = new Set([...this.#tracks].filter((other) => other !== kind))
    this.#attach()
  }

  initialization(segment: ReceivedInitialization): void {
    if (!this.#tracks.has(segment.kind)) return
    const before = this.#initializations.get(segment.kind)
    this.#initializations.set(segment.kind, segment)
    // A repeated one would make the browser drop all up to the next keyframe (MSE, initialization segment received).
    if (!before || !sameBytes(before.data, segment.data)) {
      this.#queue(segment.kind)?.initialize(segment.data.slice(), segment.mimeType)
    }
    this.#attach()
  }

  media(segment: ReceivedMedia): void {
    if (!this.#tracks.has(segment.kind)) return
    if (segment.kind === 'video') this.#frameDuration = segment.duration
    const { kind, start, duration } = segment
    const isKnown = start + duration / 2 < (this.#known.get(kind) ?? 0)
    if (this.#flow.name === 'finished' || isKnown) return
    this.#ends.set(kind, start + duration)
    this.#waiting.push(segment)
    this.#attach()
    // The server's word for it comes later, and WebKit, which waits at the end until then, goes on from the beginning by itself.
    if (this.#isWhole) this.finish()
    else this.#advance()
  }

  gather(): void {
    if (this.#flow.name === 'flowing') this.#flow = { name: 'gathering', shown: true }
  }

  finish(): void {
    this.#flow = { name: 'finished' }
    this.#advance()
    const attachment = this.#attachment
    if (attachment.name !== 'open') return
    const { mediaSource, queues } = attachment
    let left = queues.size
    for (const queue of queues.values()) {
      queue.whenReached(() => {
        if (--left === 0 && mediaSource.readyState === 'open') mediaSource.endOfStream()
      })
    }
  }

  close(): void {
    clearInterval(this.#trimTimer)
    const attached = this.#attachment.name !== 'detached'
    this.#detach()
    if (!attached) return
    this.#video.removeAttribute('src')
    this.#video.load()
  }

  #queue(kind: TrackKind): AppendQueue | undefined {
    return this.#attachment.name === 'open' ? this.#attachment.queues.get(kind) : undefined
  }

  get #leading(): TrackKind {
    return this.#tracks.has('video') ? 'video' : 'audio'
  }

  /** All of it is here, up to the last picture. */
  get #isWhole(): boolean {
    const end = this.#duration - this.#frameDuration / 2
    return this.#wantedKinds().every((kind) => (this.#ends.get(kind) ?? 0) > end)
  }

  #wantedKinds(): TrackKind[] {
    const kinds: TrackKind[] = this.#tracks.has('video') ? ['video'] : []
    if (this.#tracks.has('audio') && (this.#withSound || kinds.length === 0)) kinds.push('audio')
    return kinds
  }

  #attach(): void {
    const attachment = this.#attachment
    if (attachment.name !== 'detached' || this.#waiting.length === 0) return
    const since = attachment.since === 0 ? performance.now() : attachment.since
    this.#attachment = { name: 'detached', since }
    const wanted = this.#wantedKinds()
    const ready = wanted.filter((kind) => this.#initializations.has(kind))
    const patient = performance.now() - since < AUDIO_PATIENCE_MS
    if (ready.length === 0 || (ready.length < wanted.length && patient)) return
    this.#events.attaching()
    const mediaSource = attachMediaSource(this.#video, (opened) => {
      if (this.#attachment.name === 'opening' && this.#attachment.mediaSource === opened) this.#opened(ready, opened)
    })
    this.#attachment = { name: 'opening', kinds: ready, mediaSource }
    this.#events.attached()
  }

  #opened(kinds: readonly TrackKind[], mediaSource: MediaSource): void {
    const queues = new Map<TrackKind, AppendQueue>()
    try {
      // First, for it may not be set while a buffer works.
      mediaSource.duration = this.#duration
      for (const kind of kinds) {
        const initialization = this.#initializations.get(kind)
        if (!initialization) continue
        const { mimeType, data } = initialization
        const queue = new AppendQueue(mediaSource.addSourceBuffer(mimeType), mimeType, this.#queueEvents())
        // A copy: the same may be wanted again for the next MediaSource.
        queue.initialize(data.slice(), mimeType)
        queues.set(kind, queue)
      }
    } catch (cause) {
      this.#events.failed(new ProtocolError('append-failed', 'The browser has no place for the recording', { cause }))
      return
    }
    this.#attachment = { name: 'open', kinds, mediaSource, queues }
    this.#video.currentTime = this.#position
    if (this.#flow.name === 'finished') this.finish()
    else this.#advance()
  }

  /** Hands over what waits, as far as it may go. */
  #advance(): void {
    if (this.#attachment.name !== 'open') {
      // Nobody opens it: the browser refuses, and says so elsewhere.
      if (this.#waiting.length > MAX_WAITING) this.#waiting = []
      return
    }
    if (this.#flow.name === 'gathering') {
      if (!this.#flow.shown) this.#showFirst(this.#flow)
      if (!this.#enoughInHand()) return
      this.#flow = { name: 'flowing' }
    }
    for (const segment of this.#waiting.splice(0)) this.#append(segment)
  }

  #showFirst(flow: { shown: boolean }): void {
    const first = this.#waiting.findIndex((segment) => segment.kind === 'video' && segment.randomAccess)
    const [segment] = first < 0 ? [] : this.#waiting.splice(first, 1)
    if (!segment) return
    flow.shown = true
    this.#append(segment)
  }

  #enoughInHand(): boolean {
    const waiting = this.#waiting.filter((segment) => segment.kind === this.#leading)
    const [first, last] = [waiting[0], waiting.at(-1)]
    const seconds = first && last ? last.start + last.duration - first.start : 0
    return seconds >= IN_HAND * this.#video.playbackRate || this.#waiting.length > MAX_WAITING
  }

  #append(segment: ReceivedMedia): void {
    const queue = this.#queue(segment.kind)
    if (!queue) return
    if (segment.kind === 'video') this.#events.queued(segment, segment.start)
    queue.push(segment.data, segment.randomAccess)
  }

  #queueEvents() {
    return {
      appended: () => this.#events.appended(),
      dropped: (segments: number) => this.#events.dropped(segments),
      evictable: () => this.#behind(1),
      failed: (error: ProtocolError) => this.#events.failed(error),
    }
  }

  /** What was played more than some seconds ago. */
  #behind(seconds: number): TimeRange | null {
    const { buffered, currentTime } = this.#video
    const end = currentTime - seconds
    return buffered.length > 0 && end > buffered.start(0) ? { start: 0, end } : null
  }

  #trim(): void {
    const range = this.#behind(KEPT_BEHIND)
    if (!range || this.#attachment.name !== 'open' || this.#attachment.mediaSource.readyState !== 'open') return
    for (const queue of this.#attachment.queues.values()) queue.remove(range)
  }

  /** Pictures of the old source that are told late are not to be taken for the new one's; the last one is kept for the eye. */
  #leaveSource(position: number): void {
    this.#events.attaching()
    const { playbackRate } = this.#video
    this.#video.removeAttribute('src')
    this.#video.load()
    this.#video.playbackRate = playbackRate
    this.#video.currentTime = position
  }

  #detach(): void {
    if (this.#attachment.name === 'open') for (const queue of this.#attachment.queues.values()) queue.close()
    this.#attachment = { name: 'detached', since: 0 }
  }
}

/**
 * Not closed by an error, or by the element that was given another source; nor ended: what WebKit has told its pipeline of the
 * end is not taken back by a removal and a seek. It may buffer nothing any more then, or stand still on what it has.
 */
const isUsable = ({ mediaSource }: { readonly mediaSource: MediaSource }): boolean => mediaSource.readyState === 'open'

const sameKinds = (a: readonly TrackKind[], b: readonly TrackKind[]): boolean =>
  a.length === b.length && a.every((kind) => b.includes(kind))

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])
