import type { ProtocolErrorCode } from '../../../protocol/errors.ts'

/** What lies above the picture says it in these words. English is loaded with the player, the others on demand. */
export interface StatusWords {
  readonly connecting: string
  readonly waitingForKeyframe: string
  readonly reconnecting: string
  /** `{time}` is the time until the next attempt. */
  readonly reconnectingIn: string
  /** For screen readers, once; how old the picture is stands on it. */
  readonly stalled: string
  /** `{age}` is how old the picture is. */
  readonly stale: string
  readonly ended: string
  readonly autoplayBlocked: string
  /** The stream has no picture, or none that can be shown here. */
  readonly soundOnly: string
  /** Of what goes on for longer than people wait gladly. */
  readonly slow: string
  readonly play: string
  readonly playAgain: string
  readonly retry: string
  readonly details: string
}

/** Words of `<rtsp-player-controls>`. */
export interface ControlsWords {
  /** Name of the whole, for screen readers. */
  readonly controls: string
  readonly play: string
  readonly pause: string
  /** On the button: as short as it can be. */
  readonly live: string
  readonly goLive: string
  /** `{time}` is how far behind the camera the picture is. */
  readonly delay: string
  readonly mute: string
  readonly unmute: string
  readonly volume: string
  readonly seek: string
  /** `{position}` and `{duration}`, read to those who do not see the bar. */
  readonly position: string
  readonly fullScreen: string
  readonly exitFullScreen: string
  readonly pictureInPicture: string
  readonly exitPictureInPicture: string
  readonly snapshot: string
  readonly record: string
  readonly stopRecording: string
  /** `{time}` is what the player keeps. */
  readonly saveLast: string
  readonly more: string
  readonly quality: string
  readonly mainStream: string
  readonly subStream: string
  readonly zoom: string
  readonly zoomIn: string
  readonly zoomOut: string
  readonly resetView: string
  readonly moveLeft: string
  readonly moveRight: string
  readonly moveUp: string
  readonly moveDown: string
  readonly rotate: string
  readonly fit: string
  readonly contain: string
  readonly cover: string
  readonly fill: string
  readonly speed: string
  readonly statistics: string
  /** Read out when it is done. */
  readonly snapshotSaved: string
  readonly recordingStarted: string
  readonly recordingSaved: string
  /** `{reason}` is the sentence of the error. */
  readonly didNotWork: string
}

/** Words of `<rtsp-player-doctor>`. The report itself is English, for whoever helps. */
export interface DoctorWords {
  readonly title: string
  readonly withoutSecrets: string
  readonly copy: string
  readonly copied: string
  readonly close: string
}

export interface ErrorWords {
  readonly title: string
  readonly advice: string
}

/** What people meet; other errors are told in English, as `docs/errors.md` has them. */
export type TranslatedErrorCode = Extract<
  ProtocolErrorCode,
  | 'invalid-url'
  | 'host-not-found'
  | 'connection-refused'
  | 'connection-timeout'
  | 'connection-lost'
  | 'tls-failed'
  | 'not-rtsp'
  | 'bridge-unreachable'
  | 'ticket-required'
  | 'origin-not-allowed'
  | 'target-not-allowed'
  | 'stream-not-found'
  | 'bridge-too-many'
  | 'bridge-draining'
  | 'bridge-failed'
  | 'camera-password-refused'
  | 'request-timeout'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'not-enough-bandwidth'
  | 'server-error'
  | 'no-playable-track'
  | 'codec-unsupported'
  | 'media-source-unsupported'
  | 'part-not-loaded'
  | 'decode-failed'
  | 'no-media'
>

export interface Words {
  /** BCP 47 tag: numbers and times are written as it is usual there. */
  readonly language: string
  readonly status: StatusWords
  readonly controls: ControlsWords
  readonly doctor: DoctorWords
  /** Undefined in English: errors are. */
  readonly errors: Readonly<Record<TranslatedErrorCode, ErrorWords>> | undefined
}
