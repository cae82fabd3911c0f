import type { ProtocolError } from '../protocol/errors.ts'
import { isWanted, type PlayerState } from './playback/player/player-state.ts'
import { type PlayerStatistics, type TrackStatistics, trackStatistics } from './playback/player/player-statistics.ts'
import type { TrackRenderer } from './playback/stream/messages.ts'
import type { RecordedFile } from './recording/player-recorder.ts'

/** Events of `<rtsp-player>` beside those of every element. The media events are HTMLMediaElement's. */
export interface RtspPlayerEventMap extends HTMLElementEventMap {
  /** The player does something else now. */
  statechange: CustomEvent<PlayerState>
  /** New figures, once a second while a stream runs. */
  statisticschange: CustomEvent<PlayerStatistics>
  /** Who shows a track was found out, or has changed in mid-stream. */
  rendererchange: CustomEvent<RendererChange>
  /** No new picture comes: the one on the screen is old, and is marked. */
  stale: CustomEvent<PictureAge>
  /** A new picture has replaced a stale one. */
  fresh: CustomEvent<PictureAge>
  /** Something went wrong and was got over, such as sound that cannot be played. */
  streamwarning: CustomEvent<ProtocolError>
  /** `streamType` is another. */
  streamtypechange: Event
  /** `targetLiveWindow` is another. */
  targetlivewindowchange: Event
  /** A recording has its first picture. */
  recordingstart: CustomEvent<{ readonly begins: Date }>
  /** A recording has ended: the page wanted it, or something else did, see `detail.reason`. */
  recordingstop: CustomEvent<RecordedFile>
  enterpictureinpicture: Event
  leavepictureinpicture: Event
}

export interface PictureAge {
  /** Milliseconds since the picture came in; 0 for a new one. */
  readonly age: number
}

/** Who shows a track, and why. */
export interface RendererChange extends TrackStatistics {
  readonly kind: 'video' | 'audio'
}

export const rendererChange = (told: TrackRenderer): RendererChange => ({
  kind: told.track.kind,
  ...trackStatistics(told),
})

/** Told again by the element, since events of media do not bubble out of the shadow. */
export const MEDIA_EVENTS = [
  'canplay',
  'canplaythrough',
  'durationchange',
  'enterpictureinpicture',
  'leavepictureinpicture',
  'loadeddata',
  'loadedmetadata',
  'playing',
  'progress',
  'ratechange',
  'resize',
  'seeked',
  'seeking',
  'stalled',
  'timeupdate',
  'volumechange',
  'waiting',
] as const

/** What a media element tells when it comes from one state to another. @param isLive what plays it tells less then */
export function mediaEventsOf(before: PlayerState, now: PlayerState, isLive: boolean): string[] {
  const events: string[] = []
  if (now.name === 'idle' && before.name !== 'idle') events.push('emptied')
  if (isWanted(now) && !isWanted(before)) events.push('play')
  if (isWanted(before) && !isWanted(now) && now.name !== 'idle') events.push('pause')
  if (isLive && now.name === 'playing') events.push('playing')
  if (isLive && before.name === 'playing' && isWanted(now)) events.push('waiting')
  if (now.name === 'ended') events.push('ended')
  if (now.name === 'failed') events.push('error')
  return events
}
