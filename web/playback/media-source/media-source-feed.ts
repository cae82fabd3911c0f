import { ProtocolError } from '../../../protocol/errors.ts'
import type { ReceivedInitialization, ReceivedMedia } from '../stream/messages.ts'
import type { TrackKind } from '../stream/track-kind.ts'
import { AppendQueue, type TimeRange } from './append-queue.ts'
import { GroupOfPicturesCache } from './group-of-pictures-cache.ts'
import { createMediaSource } from './media-source.ts'

const TRIM_MS = 5_000
/** How long a start waits for the parameters of the sound; a camera may have announced sound and send none. */
const AUDIO_PATIENCE_MS = 1_000
/** A buffered start longer than this is entered at its end, in seconds. */
const ENTER_AT_END = 0.15
/** Bytes kept behind the live edge for who wants to go back: browsers have room for little more. */
const MAX_SHIFT_BYTES = 64 * 1024 * 1024
/** Sound kept behind the play head where there are no pictures, in seconds. */
const AUDIO_KEPT = 2

/** The MediaSource of the moment. */
type Attachment =
  | { readonly name: 'detached' }
  | { readonly name: 'opening'; readonly kinds: readonly TrackKind[]; readonly mediaSource: MediaSource }
  | {
      readonly name: 'open'
      readonly kinds: readonly TrackKind[]
      readonly mediaSource: MediaSource
      readonly queues: ReadonlyMap<TrackKind, AppendQueue>
    }

/** As much of the media element as has to be known here: it may be on the other side of a worker's border. */
export interface FedElement {
  /** Where the play head is, or was a moment ago: in seconds. */
  readonly currentTime: number
  /** Gives it a source, in place of the one before. */
  attach(mediaSource: MediaSource): void
  /** Takes it the source. */
  detach(): void
  moveTo(seconds: number): void
}

export interface FeedEvents {
  /** Something is in the buffer. */
  appended(): void
  /** A picture is handed to the browser. @param mediaTime its time on the element's timeline, in seconds. */
  queued(segment: ReceivedMedia, mediaTime: number): void
  /** Pictures were dropped because the browser did not keep up. */
  dropped(pictures: number): void
  /** It cannot go on; `close` follows from the one who is told. */
  failed(error: ProtocolError): void
}

/** Fragmented MP4 into a MediaSource. Without sound it is built for video alone, and built anew when sound is wanted. */
export class MediaSourceFeed {
  readonly #element: FedElement
  readonly #events: FeedEvents
  readonly #cache = new GroupOfPicturesCache()
  readonly #trimTimer: number
  #attachment: Attachment = { name: 'detached' }
  #tracks: ReadonlySet<TrackKind> = new Set()
  #audible: boolean
  /** Something else shows the picture: sound is here only while it is heard. */
  #pictureElsewhere = false
  /** The stream that is coming has not reached the screen yet. */
  #joining = true
  #joiningSince = 0
  /** Added to a time of the stream to get one of the element. */
  #offset = 0
  /** Where a decoder can start, oldest first: times of the element, and how much was appended before. */
  #randomAccess: { readonly time: number; readonly bytes: number }[] = []
  #appendedBytes = 0
  /** So much is kept behind the live edge, in seconds, for who wants to go back; 0: what was played goes. */
  timeShift = 0
  #frameDuration = 0

  constructor(element: FedElement, audible: boolean, events: FeedEvents) {
    this.#element = element
    this.#audible = audible
    this.#events = events
    this.#trimTimer = setInterval(() => this.#trim(), TRIM_MS)
  }

  /** Duration of a video frame in seconds; 0 where there is no video. */
  get frameDuration(): number {
    return this.#frameDuration
  }

  /** Sound is being decoded. */
  get hasAudio(): boolean {
    return this.#attachment.name !== 'detached' && this.#attachment.kinds.includes('audio')
  }

  /** Added to a time of the stream to get one of the element; undefined while nothing of the stream is appended. */
  get offset(): number | undefined {
    return this.#attachment.name === 'open' && !this.#joining ? this.#offset : undefined
  }

  begin(tracks: ReadonlySet<TrackKind>, pictureElsewhere: boolean): void {
    this.#tracks = tracks
    this.#pictureElsewhere = pictureElsewhere
    this.#cache.reset(tracks.has('video'))
    this.#joining = true
    this.#joiningSince = 0
    if (!tracks.has('video')) this.#frameDuration = 0
  }

  retake(tracks: ReadonlySet<TrackKind>, pictureElsewhere: boolean): void {
    const hadVideo = this.#tracks.has('video')
    const isSame = sameKinds([...tracks], [...this.#tracks])
    this.#tracks = tracks
    this.#pictureElsewhere = pictureElsewhere
    if (isSame) return
    if (!tracks.has('video')) this.#frameDuration = 0
    if (hadVideo !== tracks.has('video')) this.#cache.reset(tracks.has('video'), 'audio')
    this.#rebuild()
  }

  initialization(segment: ReceivedInitialization): void {
    const isHere = this.#tracks.has(segment.kind)
    // Sound that comes here from an audio worklet: in a worker its parameters may come before the word that it does.
    if (isHere || segment.kind === 'audio') this.#cache.initialize(segment)
    if (!isHere) return
    if (this.#joining) this.#join()
    else this.#queue(segment.kind)?.initialize(segment.data, segment.mimeType)
  }

  media(segment: ReceivedMedia): void {
    if (!this.#tracks.has(segment.kind)) return
    this.#cache.push(segment)
    if (segment.kind === 'video') this.#frameDuration = segment.duration
    if (this.#joining) this.#join()
    else if (this.#attachment.name === 'open') this.#append(segment)
  }

  setAudible(audible: boolean): void {
    if (audible === this.#audible) return
    this.#audible = audible
    this.#rebuild()
  }

  close(): void {
    clearInterval(this.#trimTimer)
    this.#clear()
    this.#cache.reset(false)
  }

  /** A SourceBuffer cannot be added to a MediaSource that plays: another is built from the group of pictures at hand. */
  #rebuild(): void {
    const { name } = this.#attachment
    const wanted = this.#wantedKinds()
    if (wanted.length === 0) {
      this.#clear()
      this.#joining = true
      return
    }
    if (name !== 'detached' && (this.#joining || sameKinds(this.#attachment.kinds, wanted))) return
    this.#joining = true
    this.#joiningSince = 0
    this.#join()
  }

  /** Takes the element its source. */
  #clear(): void {
    const attached = this.#attachment.name !== 'detached'
    this.#detach()
    if (attached) this.#element.detach()
  }

  #queue(kind: TrackKind): AppendQueue | undefined {
    return this.#attachment.name === 'open' ? this.#attachment.queues.get(kind) : undefined
  }

  #wantedKinds(): TrackKind[] {
    const kinds: TrackKind[] = this.#tracks.has('video') ? ['video'] : []
    const audioWanted = this.#audible || (kinds.length === 0 && !this.#pictureElsewhere)
    if (this.#tracks.has('audio') && audioWanted) kinds.push('audio')
    return kinds
  }

  /** Puts the stream on the screen as soon as there is enough of it. */
  #join(): void {
    const range = this.#cache.range
    if (!range || this.#attachment.name === 'opening') return
    if (this.#joiningSince === 0) this.#joiningSince = performance.now()
    const wanted = this.#wantedKinds()
    const ready = wanted.filter((kind) => this.#cache.initialization(kind) !== undefined)
    const patient = performance.now() - this.#joiningSince < AUDIO_PATIENCE_MS
    if (ready.length === 0 || (ready.length < wanted.length && patient)) return

    const { name } = this.#attachment
    if (
      name === 'open' &&
      sameKinds(this.#attachment.kinds, ready) &&
      this.#attachment.mediaSource.readyState === 'open'
    ) {
      // After a reconnection: the new stream is laid behind what is there, and the picture stays up to its first.
      this.#fill(this.#attachment.queues, (this.#buffered()?.end ?? 0) - range.start)
    } else this.#attach(ready)
  }

  #attach(kinds: readonly TrackKind[]): void {
    this.#detach()
    const mediaSource = createMediaSource((opened) => {
      if (this.#attachment.name === 'opening' && this.#attachment.mediaSource === opened) this.#opened(kinds, opened)
    })
    this.#attachment = { name: 'opening', kinds, mediaSource }
    this.#element.attach(mediaSource)
  }

  #opened(kinds: readonly TrackKind[], mediaSource: MediaSource): void {
    const queues = new Map<TrackKind, AppendQueue>()
    try {
      for (const kind of kinds) {
        const mimeType = this.#cache.initialization(kind)?.mimeType ?? ''
        queues.set(kind, new AppendQueue(mediaSource.addSourceBuffer(mimeType), mimeType, this.#queueEvents()))
      }
    } catch (cause) {
      this.#events.failed(new ProtocolError('append-failed', 'The browser has no place for the stream', { cause }))
      return
    }
    // Without an end; else it would grow with each picture, and controls would show a recording.
    mediaSource.duration = Number.POSITIVE_INFINITY
    this.#attachment = { name: 'open', kinds, mediaSource, queues }
    const range = this.#cache.range
    if (!range) {
      // The group of pictures grew beyond its bound meanwhile: go on with the next.
      return
    }
    const length = range.end - range.start
    if (length > ENTER_AT_END) this.#element.moveTo(length - this.#frameDuration)
    // In microseconds, rounded up: a picture a hair before zero would be cut away by the append window.
    this.#fill(queues, Math.ceil(-range.start * 1e6) / 1e6)
  }

  /** Appends what is at hand; from now on the stream is followed. */
  #fill(queues: ReadonlyMap<TrackKind, AppendQueue>, offset: number): void {
    this.#joining = false
    this.#offset = offset
    for (const [kind, queue] of queues) {
      const initialization = this.#cache.initialization(kind)
      queue.setTimestampOffset(offset)
      if (initialization) queue.initialize(initialization.data, initialization.mimeType)
    }
    for (const segment of this.#cache.segments) this.#append(segment)
  }

  #append(segment: ReceivedMedia): void {
    const queue = this.#queue(segment.kind)
    if (!queue) {
      // Sound that came later than expected, or that was given up and is there now.
      if (segment.kind === 'audio' && this.#wantedKinds().includes('audio')) this.#joining = true
      return
    }
    const mediaTime = segment.start + this.#offset
    if (segment.kind === 'video') {
      if (segment.randomAccess) this.#randomAccess.push({ time: mediaTime, bytes: this.#appendedBytes })
      this.#events.queued(segment, mediaTime)
    }
    this.#appendedBytes += segment.data.length
    queue.push(segment.data, segment.randomAccess)
  }

  #queueEvents() {
    return {
      appended: () => this.#events.appended(),
      dropped: (segments: number) => this.#events.dropped(segments),
      evictable: () => this.#evictable(true),
      failed: (error: ProtocolError) => this.#events.failed(error),
    }
  }

  /** All before the group of pictures that is being played: removing its start would take what follows as well. */
  #evictable(isFull = false): TimeRange | null {
    const buffered = this.#buffered()
    if (!buffered) return null
    const { start } = buffered
    const { currentTime } = this.#element
    const oldest = this.timeShift > 0 ? buffered.end - this.timeShift : currentTime
    const end = this.#tracks.has('video') ? this.#groupBefore(oldest)?.time : oldest - AUDIO_KEPT
    if (end !== undefined && end - start > 1e-3) return { start, end }
    // The browser has room for less than is wanted: the oldest group of pictures goes.
    const next = isFull && this.timeShift > 0 ? this.#randomAccess.find(({ time }) => time - start > 1e-3) : undefined
    return next ? { start, end: next.time } : null
  }

  /** The group of pictures that is shown at a time, or a newer one where so much cannot be kept. */
  #groupBefore(time: number) {
    const isTooMuch = (bytes: number) => this.timeShift > 0 && this.#appendedBytes - bytes > MAX_SHIFT_BYTES
    return this.#randomAccess.findLast((group) => group.time <= time || isTooMuch(group.bytes))
  }

  /** From the first to the last that all tracks have; null where there is nothing. */
  #buffered(): TimeRange | null {
    const { name } = this.#attachment
    if (name !== 'open' || this.#attachment.mediaSource.readyState === 'closed') return null
    const ranges = rangesOf([...this.#attachment.queues.values()])
    if (ranges.length === 0 || ranges.some(({ length }) => length === 0)) return null
    return {
      start: Math.max(...ranges.map((range) => range.start(0))),
      end: Math.min(...ranges.map((range) => range.end(range.length - 1))),
    }
  }

  #trim(): void {
    const range = this.#evictable()
    if (!range || this.#attachment.name !== 'open') return
    for (const queue of this.#attachment.queues.values()) queue.remove(range)
    this.#randomAccess = this.#randomAccess.filter(({ time }) => time >= range.end)
  }

  #detach(): void {
    if (this.#attachment.name === 'open') for (const queue of this.#attachment.queues.values()) queue.close()
    this.#attachment = { name: 'detached' }
    this.#randomAccess = []
  }
}

const sameKinds = (a: readonly TrackKind[], b: readonly TrackKind[]): boolean =>
  a.length === b.length && a.every((kind) => b.includes(kind))

/** Chromium throws in the worker as soon as the page has let go of the source, before `readyState` says so; then there are none. */
function rangesOf(queues: readonly AppendQueue[]): readonly TimeRanges[] {
  try {
    return queues.map(({ buffered }) => buffered)
  } catch {
    return []
  }
}
