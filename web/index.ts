/**
 * `import 'rtsp-player'` registers `<rtsp-player>`. The classes and types are there for those who write TypeScript.
 */
export { ProtocolError, type ProtocolErrorCode } from '../protocol/errors.ts'
export type { PlayerState, PlayerStateName } from './playback/player-controller.ts'
export type { PlayerStatistics } from './playback/player-statistics.ts'
export { RtspPlayer, type RtspPlayerEventMap } from './rtsp-player.ts'
