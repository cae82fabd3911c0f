import type { Grant } from './auth/grant.ts'
import { covers } from './auth/grant.ts'
import type { Hub } from './hub/hub.ts'
import { lowLabel, type TargetPolicy } from './targets.ts'
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

/** What one process knows of a stream. Plain data, for others. */
export interface StreamFigures {
  readonly name: string
  readonly viewers: number
  /** Only where it is a stream of the hub whose camera this process has. */
  readonly camera?: Required<Pick<StreamState, 'state' | 'codecs'>>
}

/** Of a process by itself: all streams that it has anything to tell of. */
export function streamFigures(hub: Hub, viewers: Iterable<Viewer>): StreamFigures[] {
  const counts = viewersByStream(viewers)
  const cameras = hub.streamsWithCamera.map(({ name, state, tracks }): StreamFigures => {
    const codecs = tracks.map(({ media }) => media.format.encoding)
    return { name, viewers: counts.get(name) ?? 0, camera: { state, codecs } }
  })
  const told = new Set(cameras.map(({ name }) => name))
  const others = [...counts].flatMap(([name, count]) => (told.has(name) ? [] : [{ name, viewers: count }]))
  return [...cameras, ...others]
}

/**
 * The streams that the grant is for.
 *
 * @param figures of one process, or of all that serve the same port
 */
export function streamStates(
  policy: TargetPolicy,
  hub: Hub,
  figures: readonly StreamFigures[],
  grant: Grant,
): StreamState[] {
  const viewers = new Map<string, number>()
  const cameras = new Map<string, StreamFigures['camera']>()
  for (const one of figures) {
    viewers.set(one.name, (viewers.get(one.name) ?? 0) + one.viewers)
    if (one.camera) cameras.set(one.name, one.camera)
  }
  return policy
    .listStreams()
    .filter(({ name }) => covers(grant, name))
    .map((shown): StreamState => {
      const low = lowLabel(shown.name)
      const watching = (viewers.get(shown.name) ?? 0) + (viewers.get(low) ?? 0)
      const high = cameras.get(shown.name)
      // With a substream either may be the one that is watched.
      const camera = high && high.state !== 'idle' ? high : (cameras.get(low) ?? high)
      if (camera) {
        const { state, codecs } = camera
        return { ...shown, state, ...(codecs.length > 0 ? { codecs } : {}), viewers: watching }
      }
      if (watching === 0) return { ...shown, state: 'idle', viewers: 0 }
      // Without the hub each viewer has a session with the camera of his own; with it, whoever has the camera is gone.
      return { ...shown, state: hub.stream(shown.name) ? 'lost' : 'live', viewers: watching }
    })
}

/** '' for targets that viewers named by address. Those that are only being closed count, too. */
export function viewersByStream(viewers: Iterable<Viewer>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { stream = '' } of viewers) counts.set(stream, (counts.get(stream) ?? 0) + 1)
  return counts
}
