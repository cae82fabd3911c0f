/**
 * Types for JSX of React 19, which sets properties and listens to events of custom elements by itself. Nothing of it is code:
 *
 * ```tsx
 * import 'rtsp-player'
 * import type {} from 'rtsp-player/react'
 *
 * <rtsp-player src="lobby" getTicket={getTicket} autoplay muted onstatechange={({ detail }) => show(detail.name)} />
 * ```
 *
 * The listeners have the name of the event in lower case, as it is: React's own `onPlay` does nothing at custom elements.
 */
import type { LitElement } from 'lit'
import type { DetailedHTMLProps, HTMLAttributes } from 'react'
import type { RtspPlayer } from '../rtsp-player.ts'
import type { RtspPlayerEventMap } from '../rtsp-player-events.ts'
import type { ElementProperties } from './element-properties.ts'

type Listeners<EventMap> = {
  [Type in keyof EventMap & string as `on${Type}`]?: ((event: EventMap[Type]) => void) | undefined
}

/** The attributes of an element in JSX: its properties, its events, and what every HTML element has. */
type ElementAttributes<Element, EventMap> = ElementProperties<Element, LitElement> &
  Listeners<EventMap> &
  DetailedHTMLProps<Omit<HTMLAttributes<Element>, keyof ElementProperties<Element, LitElement>>, Element>

export type RtspPlayerAttributes = ElementAttributes<RtspPlayer, RtspPlayerEventMap>

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'rtsp-player': RtspPlayerAttributes
    }
  }
}
