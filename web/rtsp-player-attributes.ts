import { LitElement } from 'lit'
import { WANTED_RENDERERS, type WantedRenderer } from './playback/choice/renderer-choice.ts'
import type { RtspPlayerEventMap } from './rtsp-player-events.ts'
import { TypedElement } from './typed-element.ts'

/** How a property reflects an attribute (HTML, "Reflecting content attributes in IDL attributes"): the attribute is the value. */
interface Reflection<T = unknown> {
  readonly attribute: string
  /** Never throws: an attribute may hold anything. @param text null where the attribute is missing */
  readonly read: (text: string | null) => T
  /** @returns null where the attribute goes */
  readonly write: (value: unknown) => string | null
}

const written = (value: unknown): string | null => (value === undefined || value === null ? null : String(value))

const text = (attribute: string, missing = ''): Reflection<string> => ({
  attribute,
  read: (value) => value ?? missing,
  write: written,
})

const boolean = (attribute: string): Reflection<boolean> => ({
  attribute,
  read: (value) => value !== null,
  write: (value) => (value ? '' : null),
})

/** One of a few keywords, in either case. @param usual what a missing one means, and any that is none of them */
const keyword = <T extends string>(attribute: string, usual: T, all: readonly T[]): Reflection<T> => ({
  attribute,
  read: (value) => all.find((one) => one === value?.toLowerCase()) ?? usual,
  write: written,
})

/** As an absolute address, where it can be read as one. */
const address = (attribute: string): Reflection<string> => ({
  attribute,
  read: (value) => {
    try {
      return value ? new URL(value, document.baseURI).href : ''
    } catch {
      return value ?? ''
    }
  },
  write: written,
})

/** Seconds, from 0 to an hour. */
const seconds = (attribute: string): Reflection<number> => ({
  attribute,
  read: (value) => Math.min(Math.max(0, Number.parseFloat(value ?? '') || 0), 3600),
  write: written,
})

const crossOrigin: Reflection<'anonymous' | 'use-credentials' | null> = {
  attribute: 'crossorigin',
  read: (value) =>
    value?.toLowerCase() === 'use-credentials' ? 'use-credentials' : value === null ? null : 'anonymous',
  write: written,
}

const REFLECTED = {
  src: text('src'),
  bridge: text('bridge'),
  substream: boolean('substream'),
  renderer: keyword('renderer', 'auto', WANTED_RENDERERS),
  latency: text('latency', 'low'),
  audio: keyword('audio', 'on', ['on', 'off']),
  autoplay: boolean('autoplay'),
  loop: boolean('loop'),
  defaultMuted: boolean('muted'),
  controls: boolean('controls'),
  keep: seconds('keep'),
  timeShift: seconds('time-shift'),
  stats: boolean('stats'),
  poster: address('poster'),
  preload: keyword('preload', 'none', ['none', 'metadata', 'auto']),
  loading: keyword('loading', 'eager', ['eager', 'lazy']),
  crossOrigin,
  disablePictureInPicture: boolean('disablepictureinpicture'),
} satisfies Record<string, Reflection>

/**
 * The attributes of `<rtsp-player>`, and the properties that reflect them. Either may be changed at any time, and the other
 * is the same at once; what is nonsense counts as if it were missing.
 */
export abstract class RtspPlayerAttributes extends TypedElement<RtspPlayerEventMap> {
  static override properties = { ticket: { type: String } }

  /** Name of a stream of the bridge, an `rtsp://` address, or a `ws://` endpoint that speaks RTSP. */
  declare src: string
  /** Where rtsp-bridge is; the page's own server when it is empty. */
  declare bridge: string
  /** What lets its holder watch. It does not reflect: a secret has no place in the document. See `getTicket`. */
  declare ticket: string
  /** The camera's smaller stream, where the bridge knows one. What plays stays on the screen until the other does. */
  declare substream: boolean
  declare renderer: WantedRenderer
  /** `low`, `smooth`, `auto`, or seconds. */
  declare latency: string
  /** `off`: the sound is not even asked for. */
  declare audio: 'on' | 'off'
  declare autoplay: boolean
  /** A recording begins anew at its end. */
  declare loop: boolean
  /** The attribute `muted`: whether the player is muted when it comes into the document. See `muted`. */
  declare defaultMuted: boolean
  declare controls: boolean
  /** Seconds that are kept for `saveLast`; 0, the default: none. */
  declare keep: number
  /** Seconds that a person can go back in a live stream; 0, the default: it cannot be paused, only ended. */
  declare timeShift: number
  declare stats: boolean
  /** Address of an image that is shown while there is no picture. */
  declare poster: string
  /** Nothing is loaded before `play()` or `autoplay`, whatever it says: a camera is not bothered for a picture that may never be seen. */
  declare preload: 'none' | 'metadata' | 'auto'
  /** `lazy`: `autoplay` waits until the player is near to what is seen of the page. */
  declare loading: 'eager' | 'lazy'
  /** How `poster` is fetched. The stream itself comes by a WebSocket, which knows no such thing. */
  declare crossOrigin: 'anonymous' | 'use-credentials' | null
  declare disablePictureInPicture: boolean

  static override get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: Lit finishes the class that it is called on
    return [...super.observedAttributes, ...PROPERTIES.keys()]
  }

  constructor() {
    super()
    this.ticket = ''
  }

  override attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    super.attributeChangedCallback(name, before, now)
    const property = PROPERTIES.get(name)
    if (property) this.requestUpdate(property, REFLECTED[property].read(before))
  }

  /**
   * Properties that were set before the element was defined hide those of the class: they are taken away, and set. To be
   * called by the constructor when it is done.
   */
  protected takeEarlyProperties(): void {
    for (const [name, value] of Object.entries(this)) {
      if (!(name in Object.getPrototypeOf(this)) || name in LitElement.prototype) continue
      Reflect.deleteProperty(this, name)
      try {
        Reflect.set(this, name, value)
      } catch (cause) {
        // Such as a volume of 7: the element is there all the same.
        reportError(cause)
      }
    }
  }
}

const PROPERTIES: ReadonlyMap<string, keyof typeof REFLECTED> = new Map(
  Object.entries(REFLECTED).map(([property, { attribute }]) => [attribute, property as keyof typeof REFLECTED]),
)

for (const [property, reflection] of Object.entries(REFLECTED)) {
  const { attribute, read, write } = reflection as Reflection
  Object.defineProperty(RtspPlayerAttributes.prototype, property, {
    configurable: true,
    enumerable: true,
    get(this: Element) {
      return read(this.getAttribute(attribute))
    },
    set(this: Element, value: unknown) {
      const text = write(value)
      if (text === null) this.removeAttribute(attribute)
      else this.setAttribute(attribute, text)
    },
  })
}
