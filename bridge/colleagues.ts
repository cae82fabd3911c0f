import type { Hub, HubUpstream } from './hub/hub.ts'
import type { BridgeMetrics } from './metrics.ts'
import type { StreamFigures } from './stream-states.ts'

/** What a bridge shows the other processes that serve its port. */
export interface Workplace {
  readonly hub: Hub
  readonly metrics: BridgeMetrics
  /** Of this process alone. */
  figures(): StreamFigures[]
}

/** The processes that serve the same port: see `workers/`. A bridge by itself has none. */
export interface Colleagues {
  /** Where a stream is had whose camera another of them has; undefined where this one has it. */
  upstream(name: string): HubUpstream | undefined
  /** Shows the others what is here. Called once, before anyone can come. @throws StartError */
  join(own: Workplace): Promise<void>
  /** What all of them know of the streams. */
  figures(): Promise<StreamFigures[]>
  /** The metrics of all of them together, as text. */
  metrics(): Promise<string>
  /** This one has sent its viewers away. Resolves when all have: until then the others' may watch cameras of this one. */
  emptied(): Promise<void>
  /** Shows the others nothing any more. */
  leave(): Promise<void>
}
