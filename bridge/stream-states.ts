import type { Grant } from './auth/grant.ts'
import { covers } from './auth/grant.ts'
import type { Hub } from './hub/hub.ts'
import type { TargetPolicy } from './targets.ts'
import type { Viewer } from './viewer.ts'

/** What may be told of a stream to who may watch it: never where it is. */
export interface StreamState {
  readonly name: string
  readonly description?: string
  /**
   * `live`: it is being watched. `idle`: nobody watches, and the camera is left alone. `opening`: on the way. `lost`: the
   * camera cannot be had now and is tried again.
   */
  readonly state: 'live' | 'idle' | 'opening' | 'lost'
  /** Names of the encodings, as in the SDP; known of streams of the hub that were opened before. */
  readonly codecs?: readonly string[]
  readonly viewers: number
}

/** The streams that the grant is for. */
export function streamStates(policy: TargetPolicy, hub: Hub, viewers: Iterable<Viewer>, grant: Grant): StreamState[] {
  const counts = viewersByStream(viewers)
  return policy
    .listStreams()
    .filter(({ name }) => covers(grant, name))
    .map((shown): StreamState => {
      const watching = counts.get(shown.name) ?? 0
      const stream = hub.stream(shown.name)
      // Without the hub each viewer has a session with the camera of his own.
      if (!stream) return { ...shown, state: watching > 0 ? 'live' : 'idle', viewers: watching }
      const codecs = stream.tracks.map(({ media }) => media.format.encoding)
      return { ...shown, state: stream.state, ...(codecs.length > 0 ? { codecs } : {}), viewers: watching }
    })
}

/** '' for targets that viewers named by address. Those that are only being closed count, too. */
export function viewersByStream(viewers: Iterable<Viewer>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { stream = '' } of viewers) counts.set(stream, (counts.get(stream) ?? 0) + 1)
  return counts
}
