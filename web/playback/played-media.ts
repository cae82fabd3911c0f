/** As much of a media element as the player knows: a `<video>` is one, and pictures on a canvas have one of ours. */
export interface PlayedMedia extends EventTarget {
  currentTime: number
  playbackRate: number
  preservesPitch: boolean
  readonly paused: boolean
  readonly ended: boolean
  readonly seeking: boolean
  readonly readyState: number
  readonly videoWidth: number
  readonly videoHeight: number
  readonly buffered: TimeRanges
  play(): Promise<void>
  pause(): void
}
