/**
 * Types for templates of Vue 3, which sets properties and listens to events of custom elements by itself. Nothing of it is code:
 *
 * ```vue
 * <script setup lang="ts">
 * import 'rtsp-player'
 * import type {} from 'rtsp-player/vue'
 * </script>
 *
 * <template><rtsp-player src="lobby" :getTicket="getTicket" autoplay muted @statechange="show" /></template>
 * ```
 *
 * The compiler has to know it as an element: `isCustomElement: (tag) => tag.startsWith('rtsp-')`.
 */
import type { LitElement } from 'lit'
import type { EmitFn, HTMLAttributes, PublicProps } from 'vue'
import type { RtspPlayer } from '../rtsp-player.ts'
import type { RtspPlayerEventMap } from '../rtsp-player-events.ts'
import type { ElementProperties } from './element-properties.ts'

type Emits<EventMap> = { [Type in keyof EventMap]: (event: EventMap[Type]) => void }

/** An element in the terms of Vue's template checker. */
type ElementComponent<Element, EventMap> = new () => Element & {
  /** Only for templates: there is no such property. */
  $props: Omit<HTMLAttributes, keyof ElementProperties<Element, LitElement>> &
    ElementProperties<Element, LitElement> &
    PublicProps
  /** Only for templates: there is no such property. */
  $emit: EmitFn<Emits<EventMap>>
}

export type RtspPlayerComponent = ElementComponent<RtspPlayer, RtspPlayerEventMap>

declare module 'vue' {
  interface GlobalComponents {
    'rtsp-player': RtspPlayerComponent
  }
}
