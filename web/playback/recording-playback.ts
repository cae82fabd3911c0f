import { ProtocolError, type SerializedProtocolError } from '../../protocol/errors.ts'
import { Seconds } from '../../protocol/units.ts'
import type { PlayedMedia } from './played-media.ts'
import type { RecordedRenderer, RendererEvents } from './renderer.ts'
import type { ReceivedInitialization, ReceivedMedia, SessionCommand } from './stream/messages.ts'
import type { StreamHandle } from './stream/stream-host.ts'

/** How often a standstill and the amount in hand are looked at. */
const WATCH_MS = 200
/** The play head stands still for this long before a gap is jumped over. */
const STUCK_MS = 400
/** Times of the element and ours are the same within this, in seconds. */
const SAME_TIME = 0.002
/** The server has no picture at the very end; the last ones are as good. */
const BEFORE_END = 0.1

export interface Recording {
  readonly duration: Seconds
  readonly seekable: boolean
  readonly tracks: ReadonlySet<'video' | 'audio'>
}

export interface RecordingEvents extends RendererEvents {
  /** A place is wanted, and no session runs that could be asked for it. @param position seconds. */
  wanted(position: number): void
}

interface Place {
  readonly position: number
  readonly scale: number
}

interface Wish extends Place {
  /** Behind what is there, and not instead of it. */
  readonly continues: boolean
}

/** What was asked of the server and not answered yet. One at a time: a slider asks fifty times a second. */
type Asked =
  | { readonly name: 'nothing' }
  | { readonly name: 'place'; readonly wish: Wish; readonly next: Wish | undefined }

const NOTHING: Asked = { name: 'nothing' }

/**
 * A recording that a server sends at its pace: the element's own controls say what is wanted (`currentTime`,
 * `playbackRate`), the server is asked for it, and what comes is shown at its normal play time. One lives as long as its
 * picture is to be kept, across sessions.
 */
export class RecordingPlayback {
  readonly recording: Recording
  readonly #media: PlayedMedia
  readonly #renderer: RecordedRenderer
  readonly #events: RecordingEvents
  readonly #timer: number
  #session: StreamHandle | undefined
  /** All that the server has up to the end is here. */
  #finished = false
  #asked: Asked = NOTHING
  /** The person wants it to stand still. */
  #paused = false
  /** The server was told to. */
  #serverPaused = false
  #scale = 1
  /** Where we put the play head: a `seeking` there is no wish of the person's. */
  #putAt: number | undefined
  /** Where a seek was found before it was told. */
  #untold: number | undefined
  #lastTime = -1
  #movedAt = 0

  /** @param makeRenderer called once, with what it has to tell */
  constructor(
    media: PlayedMedia,
    recording: Recording,
    events: RecordingEvents,
    makeRenderer: (events: RendererEvents) => RecordedRenderer,
  ) {
    this.recording = recording
    this.#media = media
    this.#events = events
    this.#renderer = makeRenderer({
      ...events,
      attached: () => {
        // Another source begins at the usual rate.
        media.playbackRate = this.#scale
        events.attached()
      },
      appended: () => {
        this.#appended()
        events.appended()
      },
    })
    media.preservesPitch = true
    media.playbackRate = 1
    media.addEventListener('seeking', this.#onSeeking)
    media.addEventListener('ratechange', this.#onRateChange)
    media.addEventListener('waiting', this.#onWaiting)
    this.#timer = setInterval(() => this.#watch(), WATCH_MS)
  }

  /** A session plays it from the beginning. @param from where it is wanted instead, in seconds. */
  begin(session: StreamHandle, from: number): void {
    this.#session = session
    this.#finished = false
    this.#asked = NOTHING
    this.#paused = false
    this.#serverPaused = false
    this.#putAt = from
    this.#renderer.begin(this.recording.tracks, from)
    if (from > 0 || this.#scale !== 1) this.#ask({ position: from, scale: this.#scale, continues: false })
  }

  /** The session is over; what is buffered stays. */
  detach(): void {
    this.#session = undefined
    this.#asked = NOTHING
  }

  /** It came to its end: what is buffered is played to its end, too. */
  finish(): void {
    this.detach()
    this.#finished = true
    this.#renderer.finish()
  }

  initialization(segment: ReceivedInitialization): void {
    if (this.#asked.name === 'nothing') this.#renderer.initialization(segment)
  }

  media(segment: ReceivedMedia): void {
    // What still comes is of the place that is being left.
    if (this.#asked.name === 'nothing') this.#renderer.media(segment)
  }

  discontinuity(place: Place): void {
    const asked = this.#asked
    this.#asked = NOTHING
    this.#serverPaused = false
    const next = asked.name === 'place' ? (asked.next ?? this.#untoldWish(asked.wish)) : undefined
    if (next) {
      this.#ask(next)
      return
    }
    const goesOn = place.scale === this.#scale && place.position <= (this.#renderer.end ?? 0) + this.frameDuration
    if (asked.name === 'place' && asked.wish.continues && goesOn) {
      this.#renderer.continue()
      return
    }
    this.#scale = place.scale
    this.#putAt = place.position
    this.#media.playbackRate = place.scale
    this.#renderer.flush(place.position, { sound: place.scale === 1 })
  }

  refused(command: SessionCommand, error: SerializedProtocolError): void {
    this.#events.warning(ProtocolError.fromJSON(error))
    if (command.name !== 'seek' || this.#asked.name !== 'place') return
    const { wish, next } = this.#asked
    this.#asked = NOTHING
    this.#serverPaused = true
    if (next) {
      this.#ask(next)
      return
    }
    if (wish.continues) {
      this.#events.failed(ProtocolError.fromJSON(error))
      return
    }
    // Back to what is there, and on behind it.
    const { buffered } = this.#media
    this.#media.playbackRate = this.#scale
    if (buffered.length > 0 && !isBuffered(buffered, this.#media.currentTime)) this.#put(buffered.start(0))
    if (!this.#paused) this.#playServer()
  }

  pause(): void {
    this.#paused = true
    this.#media.pause()
    // While a place is asked for the server plays; it is told when the first picture of it is here.
    if (this.#asked.name === 'nothing') this.#pauseServer()
  }

  /** Goes on after `pause`. False where there is nothing to go on with: it has to be opened anew. */
  resume(): boolean {
    if (!this.#session && (!this.#finished || this.#media.ended)) return false
    this.#paused = false
    this.#playServer()
    return true
  }

  close(): void {
    clearInterval(this.#timer)
    this.#media.removeEventListener('seeking', this.#onSeeking)
    this.#media.removeEventListener('ratechange', this.#onRateChange)
    this.#media.removeEventListener('waiting', this.#onWaiting)
    this.#renderer.close()
    this.#media.playbackRate = 1
  }

  get frameDuration(): number {
    return this.#renderer.frameDuration
  }

  /** Seconds of the recording in a second, as they were asked for last. */
  get #wantedScale(): number {
    return this.#asked.name === 'place' ? (this.#asked.next ?? this.#asked.wish).scale : this.#scale
  }

  #ask(wish: Wish): void {
    if (this.#asked.name === 'place') {
      this.#asked = { ...this.#asked, next: wish }
      return
    }
    this.#asked = { name: 'place', wish, next: undefined }
    const latest = this.recording.duration - BEFORE_END
    const position = Seconds(Math.max(0, Math.min(wish.position, latest)))
    this.#session?.command({ name: 'seek', position, scale: wish.scale, continues: wish.continues })
  }

  /** Where the person has sought to meanwhile, though no event has told it yet: it would be undone now. Once for each place. */
  #untoldWish({ position, scale, continues }: Wish): Wish | undefined {
    const { seeking, currentTime } = this.#media
    const isKnown = [position, this.#putAt, this.#untold].some((known) => isSame(currentTime, known))
    if (!seeking || continues || isKnown || !this.recording.seekable) return undefined
    this.#untold = currentTime
    return { position: currentTime, scale, continues: false }
  }

  #pauseServer(): void {
    if (this.#serverPaused) return
    this.#serverPaused = true
    this.#session?.command({ name: 'pause' })
  }

  /**
   * By its place, not by a bare PLAY: servers forget the pace, and some what they had ready to send; and whatever starts
   * behind a PAUSE has to start at a keyframe.
   */
  #playServer(): void {
    if (!this.#serverPaused || this.#asked.name !== 'nothing') return
    const { end, frameDuration } = this.#renderer
    if (end !== undefined && end > this.recording.duration - frameDuration) {
      // All is here but the server's word for it.
      this.#finished = true
      this.#renderer.finish()
      return
    }
    this.#ask({ position: end ?? this.#media.currentTime, scale: this.#scale, continues: true })
  }

  #appended(): void {
    if (this.#paused && this.#asked.name === 'nothing' && this.#renderer.isFlowing) this.#pauseServer()
  }

  /** The play head, by us. */
  #put(time: number): void {
    this.#putAt = time
    this.#media.currentTime = time
  }

  readonly #onSeeking = (): void => {
    const { currentTime, buffered } = this.#media
    if (isSame(currentTime, this.#putAt)) return
    this.#putAt = undefined
    const isAsked = this.#asked.name === 'place' && isSame(currentTime, (this.#asked.next ?? this.#asked.wish).position)
    if (isAsked && isSame(currentTime, this.#untold)) return
    this.#untold = undefined
    if (this.#asked.name === 'nothing' && isBuffered(buffered, currentTime)) return
    if (!this.recording.seekable) {
      if (buffered.length > 0) this.#put(buffered.start(buffered.length - 1))
      return
    }
    if (this.#session) this.#ask({ position: currentTime, scale: this.#wantedScale, continues: false })
    else this.#events.wanted(currentTime)
  }

  readonly #onRateChange = (): void => {
    const { playbackRate, currentTime } = this.#media
    if (playbackRate === this.#wantedScale || playbackRate <= 0 || !this.recording.seekable || !this.#session) return
    this.#ask({ position: currentTime, scale: playbackRate, continues: false })
  }

  readonly #onWaiting = (): void => this.#renderer.gather()

  /** Loss leaves gaps, which no browser plays over; and a server that is ahead of the play head has to wait. */
  #watch(): void {
    const { buffered, currentTime, paused, seeking, ended } = this.#media
    const now = performance.now()
    if (currentTime !== this.#lastTime || paused || seeking || ended) {
      this.#lastTime = currentTime
      this.#movedAt = now
    }
    const { end, mostInHand, leastInHand } = this.#renderer
    // Until something of a place is here, what the element has is of the place before.
    if (this.#asked.name !== 'nothing' || end === undefined) return
    if (now - this.#movedAt > STUCK_MS) {
      const next = startAfter(buffered, currentTime)
      if (next !== undefined) this.#put(next)
    }
    const inHand = end - currentTime
    if (inHand > mostInHand) this.#pauseServer()
    else if (inHand < leastInHand && !this.#paused) this.#playServer()
  }
}

const isSame = (time: number, other: number | undefined): boolean =>
  other !== undefined && Math.abs(time - other) < SAME_TIME

/** Whether there is something to show at a time; at the very end of a range there is not. */
function isBuffered(buffered: TimeRanges, time: number): boolean {
  for (let i = 0; i < buffered.length; i++) {
    if (time >= buffered.start(i) - SAME_TIME && time < buffered.end(i) - SAME_TIME) return true
  }
  return false
}

function startAfter(buffered: TimeRanges, time: number): number | undefined {
  for (let i = 0; i < buffered.length; i++) if (buffered.start(i) > time) return buffered.start(i)
  return undefined
}
