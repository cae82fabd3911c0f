/**
 * `import 'rtsp-player/wall'` registers `<rtsp-wall>`, and `<rtsp-player>` with it. Who shows single cameras does without.
 */
export * from './index.ts'
export { RtspWall } from './rtsp-wall.ts'
export type {
  LayoutChange,
  OrderChange,
  RtspWallEventMap,
  SoundChange,
  TileActivation,
} from './rtsp-wall-events.ts'
export type { BudgetChange } from './wall/budget-keeper.ts'
export type { BudgetLevel } from './wall/decode-budget.ts'
export type { WallStream, WallStreams } from './wall/streams.ts'
