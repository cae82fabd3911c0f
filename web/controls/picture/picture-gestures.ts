import type { PictureStage } from './picture-stage.ts'
import { isZoomed, moved, type Place, WHOLE_PICTURE, zoomed } from './picture-view.ts'

/** A wheel's notch is 100 to 120 pixels: about 1.25 times. */
const WHEEL_SCALE = 0.002
/** Trackpads tell a pinch as a wheel with the Control key, in smaller steps. */
const PINCH_SCALE = 0.01
const LINE_PX = 16
/** A finger that moves by less has tapped. */
const TAP_PX = 8
const DOUBLE_CLICK_ZOOM = 2

export interface PictureGestureEvents {
  /** A finger touched the picture and left it where it was. */
  tapped(): void
  /** The mouse was let go, after a click or a drag. */
  pressed(): void
  viewed(): void
}

/**
 * Digital zoom and pan on the picture itself: wheel, pinch, drag, and double click, which zooms in and resets. What has
 * buttons of its own in front of the picture is left alone.
 */
export class PictureGestures {
  readonly #player: HTMLElement
  readonly #stage: PictureStage
  readonly #events: PictureGestureEvents
  readonly #pointers = new Map<number, Place>()
  readonly #closing = new AbortController()
  #travelled = 0

  constructor(player: HTMLElement, stage: PictureStage, events: PictureGestureEvents) {
    this.#player = player
    this.#stage = stage
    this.#events = events
    const { signal } = this.#closing
    player.addEventListener('wheel', this.#onWheel, { signal, passive: false })
    player.addEventListener('pointerdown', this.#onDown, { signal })
    player.addEventListener('pointermove', this.#onMove, { signal })
    player.addEventListener('pointerup', this.#onUp, { signal })
    player.addEventListener('pointercancel', this.#onCancel, { signal })
    player.addEventListener('dblclick', this.#onDoubleClick, { signal })
  }

  close(): void {
    this.#closing.abort()
  }

  readonly #onWheel = (event: WheelEvent): void => {
    if (!isOnPicture(event)) return
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX
    const amount = -event.deltaY * unit * (event.ctrlKey ? PINCH_SCALE : WHEEL_SCALE)
    // Out of the whole picture leads no wheel: the page scrolls on.
    if (amount === 0 || (amount < 0 && !isZoomed(this.#stage.view) && !event.ctrlKey)) return
    event.preventDefault()
    this.#zoom(Math.exp(amount), this.#placeOf(event))
  }

  readonly #onDown = (event: PointerEvent): void => {
    if (!isOnPicture(event) || (event.pointerType === 'mouse' && event.button !== 0)) return
    if (this.#pointers.size === 0) this.#travelled = 0
    this.#pointers.set(event.pointerId, this.#placeOf(event))
    if (this.#pointers.size === 2 || isZoomed(this.#stage.view)) this.#player.setPointerCapture(event.pointerId)
  }

  readonly #onMove = (event: PointerEvent): void => {
    // A button of the mouse that was let go beside the player.
    if (event.buttons === 0) this.#pointers.delete(event.pointerId)
    const last = this.#pointers.get(event.pointerId)
    if (!last) return
    const place = this.#placeOf(event)
    this.#pointers.set(event.pointerId, place)
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1]
    this.#travelled += Math.hypot(event.movementX, event.movementY)
    if (other) {
      const middle = { x: (place.x + other.x) / 2, y: (place.y + other.y) / 2 }
      this.#view(moved(this.#stage.view, { x: (place.x - last.x) / 2, y: (place.y - last.y) / 2 }))
      this.#zoom(this.#distance(place, other) / Math.max(1, this.#distance(last, other)), middle)
    } else if (isZoomed(this.#stage.view)) {
      this.#view(moved(this.#stage.view, { x: place.x - last.x, y: place.y - last.y }))
    }
  }

  readonly #onUp = (event: PointerEvent): void => {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size > 0) return
    if (event.pointerType === 'mouse') this.#events.pressed()
    else if (this.#travelled <= TAP_PX) this.#events.tapped()
  }

  /** The browser took the finger for its own, such as scrolling. */
  readonly #onCancel = (event: PointerEvent): void => {
    this.#pointers.delete(event.pointerId)
  }

  readonly #onDoubleClick = (event: MouseEvent): void => {
    if (!isOnPicture(event)) return
    const { view } = this.#stage
    if (isZoomed(view)) this.#view({ ...WHOLE_PICTURE, quarterTurns: view.quarterTurns, fit: view.fit })
    else this.#zoom(DOUBLE_CLICK_ZOOM, this.#placeOf(event))
  }

  #zoom(factor: number, place: Place): void {
    this.#view(zoomed(this.#stage.view, factor, place))
  }

  #view(view: PictureStage['view']): void {
    this.#stage.view = view
    this.#events.viewed()
  }

  #placeOf({ clientX, clientY }: MouseEvent): Place {
    const { left, top, width, height } = this.#player.getBoundingClientRect()
    return { x: (clientX - left) / width - 0.5, y: (clientY - top) / height - 0.5 }
  }

  /** In CSS pixels. */
  #distance(a: Place, b: Place): number {
    const { clientWidth, clientHeight } = this.#player
    return Math.hypot((a.x - b.x) * clientWidth, (a.y - b.y) * clientHeight)
  }
}

/** Neither on a button nor on a panel. */
const isOnPicture = (event: Event): boolean =>
  !event.composedPath().some((target) => target instanceof Element && target.matches(IN_FRONT))

const IN_FRONT = 'button, input, a, [data-in-front], rtsp-player-doctor'
