import type { BridgeLimits } from '../limits.ts'
import { DEFAULT_LIMITS } from '../limits.ts'

/**
 * A worker's part of what is bounded for the bridge as a whole, rounded up. Connections are dealt out in turn, so that the
 * parts fill evenly.
 */
export function dividedLimits(limits: Partial<BridgeLimits>, count: number): Partial<BridgeLimits> {
  const { viewers, viewersPerAddress } = { ...DEFAULT_LIMITS, ...limits }
  return {
    ...limits,
    viewers: Math.ceil(viewers / count),
    viewersPerAddress: Math.ceil(viewersPerAddress / count),
  }
}
