import type { AccessUnit } from '../depacketizer/access-unit.ts'
import type { Milliseconds, Ticks } from '../units.ts'

/** An access unit with its place on the session's timeline, in ticks of the track. */
export interface PlacedUnit {
  readonly unit: AccessUnit
  readonly time: Ticks
  /** When its last byte came in: the clock of `performance.now()`. */
  readonly arrival: Milliseconds
  readonly wallClock: Milliseconds | undefined
}
