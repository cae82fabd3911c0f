import type { ProtocolError } from '../../protocol/errors.ts'
import type { TrackRenderer } from './messages.ts'
import type { PlayerStatistics } from './player-statistics.ts'

/** What the player is doing. Each state holds what it alone needs. */
export type PlayerState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  /** The camera was reached and has been asked to play; a picture that a decoder can start with has not come yet. */
  | { readonly name: 'waiting-for-keyframe' }
  | { readonly name: 'playing' }
  | { readonly name: 'paused' }
  /** The browser wants a click first. */
  | { readonly name: 'autoplay-blocked' }
  | { readonly name: 'reconnecting'; readonly error: ProtocolError; readonly attempt: number }
  | { readonly name: 'failed'; readonly error: ProtocolError }
  | { readonly name: 'ended' }

export type PlayerStateName = PlayerState['name']

/** Whether something plays, or is about to. */
export const isWanted = ({ name }: PlayerState): boolean =>
  name === 'connecting' || name === 'waiting-for-keyframe' || name === 'playing' || name === 'reconnecting'

export interface PlayerEvents {
  state(state: PlayerState): void
  statistics(statistics: PlayerStatistics): void
  /** Something was got over, such as sound that cannot be played. */
  warning(error: ProtocolError): void
  /** Who shows a track was found out, or has changed. */
  renderer(renderer: TrackRenderer): void
  /** An event of media, of pictures that no media element shows. */
  media(type: string): void
}
