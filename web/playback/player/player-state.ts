import type { ProtocolError } from '../../../protocol/errors.ts'
import type { Milliseconds } from '../../../protocol/units.ts'
import type { TrackRenderer } from '../stream/messages.ts'
import type { PlayerStatistics } from './player-statistics.ts'

/** What the player is doing. Each state holds what it alone needs. */
export type PlayerState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  /** The camera was reached and has been asked to play; a picture that a decoder can start with has not come yet. */
  | { readonly name: 'waiting-for-keyframe' }
  | { readonly name: 'playing' }
  /** Wanted and under way, but no new picture comes: the one on the screen is old, and is marked. */
  | { readonly name: 'stalled' }
  | { readonly name: 'paused' }
  /** The browser wants a click first. */
  | { readonly name: 'autoplay-blocked' }
  | { readonly name: 'reconnecting'; readonly error: ProtocolError; readonly attempt: number }
  | { readonly name: 'failed'; readonly error: ProtocolError }
  | { readonly name: 'ended' }

export type PlayerStateName = PlayerState['name']

/** Whether something plays, or is about to. */
export const isWanted = ({ name }: PlayerState): boolean => WANTED.has(name)

const WANTED: ReadonlySet<PlayerStateName> = new Set([
  'connecting',
  'waiting-for-keyframe',
  'playing',
  'stalled',
  'reconnecting',
])

/**
 * Whether a live picture on the screen may be taken for the present. Where it was paused, somebody knows better; who comes
 * to the screen after him does not.
 */
export const isPresent = (state: PlayerState): boolean =>
  isWanted(state) || state.name === 'failed' || state.name === 'ended' || state.name === 'paused'

export interface PlayerEvents {
  state(state: PlayerState): void
  statistics(statistics: PlayerStatistics): void
  /** Something was got over, such as sound that cannot be played. */
  warning(error: ProtocolError): void
  /** Who shows a track was found out, or has changed. */
  renderer(renderer: TrackRenderer): void
  /** The picture on the screen has become old, or a new one is there. @param age milliseconds since it was new */
  stale(isStale: boolean, age: Milliseconds): void
  /** The server has answered: whether it is live or recorded, and for how long, is known. */
  opened(): void
  /** An event of media, of pictures that no media element shows. */
  media(type: string): void
}
