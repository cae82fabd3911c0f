/**
 * `import 'rtsp-player'` registers `<rtsp-player>`. The classes and types are there for those who write TypeScript.
 */
export { ProtocolError, type ProtocolErrorCode } from '../protocol/errors.ts'
export type { PictureRenderer, RendererName, SoundRenderer, WantedRenderer } from './playback/choice/renderer-choice.ts'
export type { PlayerState, PlayerStateName } from './playback/player/player-state.ts'
export type { PlayerStatistics, TrackStatistics } from './playback/player/player-statistics.ts'
export type { CapturedBitmap, CapturedFile, CaptureOptions } from './recording/captured-frame.ts'
export type { RecordedFile, RecordingOptions } from './recording/player-recorder.ts'
export type { RecordingEnd } from './recording/recorder-messages.ts'
export { RtspPlayer } from './rtsp-player.ts'
export type { PictureAge, RendererChange, RtspPlayerEventMap } from './rtsp-player-events.ts'
