import type { PlayerState, PlayerStateName } from 'rtsp-player'
import 'rtsp-player'
import { defineComponent, h, ref } from 'vue'
import { BRIDGE, getTicket } from './portal.ts'

/** A camera of the bridge, and in words what its player does. */
export const Camera = defineComponent(
  (props: { name: string }) => {
    const state = ref<PlayerStateName>('idle')
    return () =>
      h('figure', [
        h('rtsp-player', {
          src: props.name,
          bridge: BRIDGE,
          getTicket,
          autoplay: true,
          muted: true,
          controls: true,
          onStatechange: ({ detail }: CustomEvent<PlayerState>) => {
            state.value = detail.name
          },
        }),
        h('figcaption', `${props.name}: ${state.value}`),
      ])
  },
  { props: ['name'] },
)
