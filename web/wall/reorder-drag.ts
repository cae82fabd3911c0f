/** CSS pixels that a pointer moves before it is a drag and no click. */
const SLACK = 8
/** A finger that stays where it is for so long drags; one that moves sooner scrolls. Milliseconds. */
const LONG_PRESS_MS = 350

export interface DragEvents {
  /** @param x,y CSS pixels from where it began */
  moved(element: HTMLElement, x: number, y: number, over: HTMLElement | undefined): void
  /** @param over what it was dropped on; undefined where it is to go back */
  ended(element: HTMLElement, over: HTMLElement | undefined): void
}

type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'pressed'; readonly press: Press; readonly timer: ReturnType<typeof setTimeout> | undefined }
  | { readonly name: 'dragging'; readonly press: Press }

interface Press {
  readonly element: HTMLElement
  readonly pointer: number
  readonly x: number
  readonly y: number
}

/** Elements of a container that are dragged onto each other, by mouse, pen or finger. */
export class ReorderDrag {
  readonly #elements: () => readonly HTMLElement[]
  readonly #events: DragEvents
  #phase: Phase = { name: 'idle' }
  #justDragged = false

  /** @param elements those that may be dropped on */
  constructor(elements: () => readonly HTMLElement[], events: DragEvents) {
    this.#elements = elements
    this.#events = events
  }

  /** A click that is only the end of a drag, or of one that was given up. */
  takesClick(): boolean {
    const took = this.#justDragged
    this.#justDragged = false
    return took
  }

  /** @param element the one below the pointer */
  press(event: PointerEvent, element: HTMLElement): void {
    this.#justDragged = false
    if (event.button !== 0 || !event.isPrimary || this.#phase.name !== 'idle') return
    const press = { element, pointer: event.pointerId, x: event.clientX, y: event.clientY }
    const timer = event.pointerType === 'touch' ? setTimeout(() => this.#begin(press), LONG_PRESS_MS) : undefined
    this.#phase = { name: 'pressed', press, timer }
    addEventListener('pointermove', this.#onMove)
    addEventListener('pointerup', this.#onUp)
    addEventListener('pointercancel', this.#cancel)
    addEventListener('keydown', this.#onKey, true)
    addEventListener('touchmove', this.#onTouch, { passive: false })
    addEventListener('contextmenu', this.#onMenu)
    addEventListener('dragstart', prevent)
  }

  close(): void {
    this.#end(undefined)
  }

  #begin(press: Press): void {
    this.#phase = { name: 'dragging', press }
    this.#events.moved(press.element, 0, 0, undefined)
  }

  readonly #onMove = (event: PointerEvent): void => {
    const phase = this.#phase
    if (phase.name === 'idle' || event.pointerId !== phase.press.pointer) return
    const { element } = phase.press
    const [x, y] = [event.clientX - phase.press.x, event.clientY - phase.press.y]
    if (phase.name === 'pressed') {
      if (Math.hypot(x, y) < SLACK) return
      // A finger that moves at once scrolls.
      if (phase.timer !== undefined) {
        this.#end(undefined)
        return
      }
      this.#begin(phase.press)
    }
    this.#events.moved(element, x, y, this.#below(event, element))
  }

  readonly #onUp = (event: PointerEvent): void => {
    const phase = this.#phase
    if (phase.name === 'idle' || event.pointerId !== phase.press.pointer) return
    this.#justDragged = phase.name === 'dragging'
    this.#end(phase.name === 'dragging' ? this.#below(event, phase.press.element) : undefined)
  }

  readonly #cancel = (): void => this.#end(undefined)

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || this.#phase.name !== 'dragging') return
    event.stopPropagation()
    this.#justDragged = true
    this.#end(undefined)
  }

  /** The page would scroll below the finger. */
  readonly #onTouch = (event: TouchEvent): void => {
    if (this.#phase.name === 'dragging' && event.cancelable) event.preventDefault()
  }

  /** The menu that browsers show to a finger that stays would take the drag away from it. */
  readonly #onMenu = (event: Event): void => {
    if (this.#phase.name === 'dragging') event.preventDefault()
  }

  #end(over: HTMLElement | undefined): void {
    const phase = this.#phase
    this.#phase = { name: 'idle' }
    removeEventListener('pointermove', this.#onMove)
    removeEventListener('pointerup', this.#onUp)
    removeEventListener('pointercancel', this.#cancel)
    removeEventListener('keydown', this.#onKey, true)
    removeEventListener('touchmove', this.#onTouch)
    removeEventListener('contextmenu', this.#onMenu)
    removeEventListener('dragstart', prevent)
    if (phase.name === 'pressed') clearTimeout(phase.timer)
    else if (phase.name === 'dragging') this.#events.ended(phase.press.element, over)
  }

  #below({ clientX, clientY }: PointerEvent, dragged: HTMLElement): HTMLElement | undefined {
    return this.#elements().find((element) => {
      if (element === dragged) return false
      const { left, right, top, bottom } = element.getBoundingClientRect()
      return clientX >= left && clientX < right && clientY >= top && clientY < bottom
    })
  }
}

/** Browsers drag pictures by themselves, such as the poster of a player. */
const prevent = (event: Event): void => event.preventDefault()
