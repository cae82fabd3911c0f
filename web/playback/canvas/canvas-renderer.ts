import { ProtocolError } from '../../../protocol/errors.ts'
import { LOW_LATENCY, type WantedLatency } from '../live-edge/live-edge-latency.ts'
import type { PictureTime, UnitRenderer } from '../renderer.ts'
import type { OutletMessage } from '../stream/messages.ts'
import type { OutletHandle, StreamHandle, StreamHost } from '../stream/stream-host.ts'
import { CanvasPainter, type Painter } from './painter.ts'
import type { Pace, PaintedPicture } from './screen-messages.ts'

export interface CanvasEvents {
  painted(picture: PaintedPicture): void
  /** A picture came that is shown later; of what has a pace. @param start seconds of the stream. */
  received?(start: number): void
  dropped(pictures: number): void
  /** A decoder gave up, and another goes on at the next keyframe. */
  restarted(error: ProtocolError): void
  failed(error: ProtocolError): void
}

/** The pictures of a track on a canvas, decoded and painted where the session runs (`screen.ts`). */
export class CanvasRenderer implements UnitRenderer {
  readonly #below: HTMLElement
  readonly #host: StreamHost
  readonly #events: CanvasEvents
  #canvas: HTMLCanvasElement
  /** Keeps the last picture until the one that took its place has one. */
  #leftover: HTMLCanvasElement | undefined
  #screen: OutletHandle | undefined
  /** Of what the worker could not be given. */
  #painter: Painter | undefined
  #last: PaintedPicture | undefined
  #pace: Pace | null = null
  #latency = LOW_LATENCY

  /** @param below the element that the canvas lies below: the media element, whose controls stay in reach */
  constructor(below: HTMLElement, host: StreamHost, events: CanvasEvents) {
    this.#below = below
    this.#host = host
    this.#events = events
    this.#canvas = this.#insert()
  }

  get canvas(): HTMLCanvasElement {
    return this.#canvas
  }

  /** The picture that is on the canvas; undefined before the first. */
  get last(): PaintedPicture | undefined {
    return this.#last
  }

  get pictureTime(): PictureTime | undefined {
    return this.#last && { mediaTime: this.#last.mediaTime, at: this.#last.shownAt, rate: this.#pace?.rate ?? 1 }
  }

  take(session: StreamHandle, trackId: number): void {
    this.#screen ??= this.#open()
    session.track({ name: 'output', trackId, outlet: this.#screen.id })
  }

  /** The clock that pictures follow; null: each at once. */
  pace(pace: Pace | null): void {
    if (pace === null && this.#pace === null) return
    this.#pace = pace
    this.#screen?.command({ name: 'pace', pace })
  }

  /** How far behind the edge a live stream is shown that follows no other clock. */
  set latency(latency: WantedLatency) {
    this.#latency = latency
    this.#screen?.command({ name: 'latency', latency })
  }

  close(): void {
    this.#screen?.close()
    this.#canvas.remove()
    this.#leftover?.remove()
  }

  #insert(): HTMLCanvasElement {
    const canvas = document.createElement('canvas')
    canvas.part.add('picture')
    canvas.ariaHidden = 'true'
    this.#below.before(canvas)
    return canvas
  }

  #open(): OutletHandle {
    const screen = this.#host.openScreen(this.#canvas, (message) => this.#receive(message))
    if (this.#pace) screen.command({ name: 'pace', pace: this.#pace })
    if (this.#latency !== LOW_LATENCY) screen.command({ name: 'latency', latency: this.#latency })
    return screen
  }

  #receive(message: OutletMessage | { readonly type: 'lost' }): void {
    switch (message.type) {
      case 'painted':
        this.#last = message.picture
        this.#leftover?.remove()
        this.#leftover = undefined
        this.#events.painted(message.picture)
        break
      case 'draw':
        this.#painter ??= new CanvasPainter(this.#canvas)
        this.#painter.paint(message.image, message.width, message.height)
        this.#screen?.command({ name: 'drawn' })
        break
      case 'received':
        this.#events.received?.(message.start)
        break
      case 'dropped':
        this.#events.dropped(message.pictures)
        break
      case 'decoder-restarted':
        this.#events.restarted(ProtocolError.fromJSON(message.error))
        break
      case 'failed':
        this.#events.failed(ProtocolError.fromJSON(message.error))
        break
      case 'lost':
        this.#replace()
        break
    }
  }

  /** The worker is gone, and with it the hand that drew: another canvas, above the old one until it has a picture. */
  #replace(): void {
    this.#leftover?.remove()
    this.#leftover = this.#canvas
    this.#screen = undefined
    this.#canvas = this.#insert()
  }
}
