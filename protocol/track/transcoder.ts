import type { AudioConfiguration } from '../codec/configuration.ts'
import type { PlacedUnit } from './placed-unit.ts'

/** Makes of the units of a track what MP4 can hold. */
export interface Transcoder {
  /** Of what it gives. */
  readonly configuration: AudioConfiguration
  push(placed: PlacedUnit): void
  /** The stream is over, or another follows: gives out what is being joined. */
  flush(): void
}

/**
 * A transcoder for units of this configuration; undefined where there is none.
 *
 * @param clockRate ticks a second of the units' times
 * @param give takes what it makes; the data is good during the call only
 */
export type CreateTranscoder = (
  configuration: AudioConfiguration,
  clockRate: number,
  give: (placed: PlacedUnit) => void,
) => Transcoder | undefined
