import { useState } from 'react'
import type { PlayerStateName } from 'rtsp-player'
import 'rtsp-player'
import type {} from 'rtsp-player/react'
import { BRIDGE, getTicket } from './portal.ts'

/** A camera of the bridge, and in words what its player does. */
export function Camera({ name }: { name: string }) {
  const [state, setState] = useState<PlayerStateName>('idle')
  return (
    <figure>
      <rtsp-player
        src={name}
        bridge={BRIDGE}
        getTicket={getTicket}
        autoplay
        muted
        controls
        onstatechange={({ detail }) => setState(detail.name)}
      />
      <figcaption>
        {name}: {state}
      </figcaption>
    </figure>
  )
}
