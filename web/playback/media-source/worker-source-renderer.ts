import { ProtocolError } from '../../../protocol/errors.ts'
import type { RendererEvents, SegmentRenderer, TrackKind } from '../renderer.ts'
import type { OutletMessage } from '../stream/messages.ts'
import type { AppendedMessage } from '../stream/source-messages.ts'
import type { OutletHandle, StreamHandle, StreamHost } from '../stream/stream-host.ts'
import { attachHandle, detach } from './media-source.ts'

/** How often the worker is told where the element is, in milliseconds. */
const PLAY_HEAD_MS = 1_000
/** So long at most an element keeps a source that is not open yet when this closes. */
const OPENING_MS = 10_000

/** Segments that stay in the worker, where a MediaSource is fed with them; the page has its element. */
export class WorkerSourceRenderer implements SegmentRenderer {
  readonly #video: HTMLVideoElement
  readonly #host: StreamHost
  readonly #events: RendererEvents
  #audible: boolean
  #timeShift = 0
  #outlet: OutletHandle | undefined
  #session: StreamHandle | undefined
  #newest: AppendedMessage | undefined
  #toldAt = 0
  /** What the element has from here. */
  #handle: MediaSourceHandle | undefined
  #leaving: number | undefined

  constructor(video: HTMLVideoElement, host: StreamHost, audible: boolean, events: RendererEvents) {
    this.#video = video
    this.#host = host
    this.#audible = audible
    this.#events = events
  }

  set timeShift(seconds: number) {
    this.#timeShift = seconds
    this.#outlet?.command({ name: 'time-shift', seconds })
  }

  get frameDuration(): number {
    return this.#newest?.frameDuration ?? 0
  }

  get hasAudio(): boolean {
    return this.#newest?.hasAudio ?? false
  }

  get offset(): number | undefined {
    return this.#newest?.offset
  }

  begin(session: StreamHandle, tracks: ReadonlySet<TrackKind>, pictureElsewhere: boolean): void {
    this.#session = session
    this.#outlet ??= this.#host.openSource(this.#audible, (message) => this.#receive(message))
    if (this.#timeShift > 0) this.#outlet.command({ name: 'time-shift', seconds: this.#timeShift })
    this.#outlet.command({ name: 'begin', tracks: [...tracks], pictureElsewhere })
    session.track({ name: 'segments', outlet: this.#outlet.id })
  }

  retake(tracks: ReadonlySet<TrackKind>, pictureElsewhere: boolean): void {
    this.#outlet?.command({ name: 'retake', tracks: [...tracks], pictureElsewhere })
  }

  initialization(): void {
    // It never comes to the page.
  }

  media(): void {
    // It never comes to the page.
  }

  setAudible(audible: boolean): void {
    this.#audible = audible
    this.#outlet?.command({ name: 'audible', audible })
  }

  close(): void {
    this.#session?.track({ name: 'segments', outlet: null })
    if (!this.#handle || !this.#outlet || this.#newest) this.#leave()
    else {
      // Perhaps it is not open yet: the worker knows, and says when it may be taken away.
      this.retake(new Set(), false)
      this.#leaving = setTimeout(() => this.#leave(), OPENING_MS)
    }
  }

  #leave(): void {
    clearTimeout(this.#leaving)
    // By then the element may have a source of somebody else.
    if (this.#video.srcObject === this.#handle) detach(this.#video)
    this.#outlet?.close()
  }

  #receive(message: OutletMessage | { readonly type: 'lost' }): void {
    if (this.#leaving !== undefined) {
      if (message.type === 'source' || message.type === 'lost') this.#leave()
      return
    }
    switch (message.type) {
      case 'source':
        this.#newest = undefined
        this.#handle = message.handle ?? undefined
        if (message.handle === null) detach(this.#video)
        else this.#attach(message.handle)
        break
      case 'move-to':
        this.#video.currentTime = message.seconds
        break
      case 'appended':
        this.#appended(message)
        break
      case 'dropped':
        this.#events.dropped(message.pictures)
        break
      case 'failed':
        this.#events.failed(ProtocolError.fromJSON(message.error))
        break
      case 'lost':
        // The element has no source any more; the session is lost too, and the next one opens another outlet.
        this.#events.attaching()
        this.#outlet = undefined
        this.#newest = undefined
        break
    }
  }

  #attach(handle: MediaSourceHandle): void {
    this.#events.attaching()
    attachHandle(this.#video, handle)
    this.#events.attached()
  }

  #appended(message: AppendedMessage): void {
    this.#newest = message
    for (const { mediaTime, arrival, wallClock } of message.pictures) {
      this.#events.queued({ arrival, wallClock }, mediaTime)
    }
    this.#events.appended()
    const now = performance.now()
    if (now - this.#toldAt < PLAY_HEAD_MS) return
    this.#toldAt = now
    this.#outlet?.command({ name: 'play-head', currentTime: this.#video.currentTime })
  }
}
