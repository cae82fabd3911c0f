import type { Permission } from './auth/permission.ts'
import type { Hub } from './hub/hub.ts'
import type { BridgeLimits } from './limits.ts'
import type { BridgeLog } from './log.ts'
import type { ProxyStreams } from './proxy/proxy-streams.ts'
import type { Quality, TargetPolicy } from './targets.ts'

/** What a viewer asked for at the upgrade. */
export type TargetChoice =
  | { readonly by: 'stream'; readonly name: string; readonly quality: Quality }
  | { readonly by: 'url'; readonly url: string }
  | { readonly by: 'first-request' }

/** What a viewer needs of the bridge. */
export interface ViewerContext {
  readonly policy: TargetPolicy
  readonly limits: BridgeLimits
  /** Certificate authorities (PEM) for cameras that speak TLS, in place of the system's. */
  readonly ca: string | undefined
  readonly hub: Hub
  readonly proxyStreams: ProxyStreams
  readonly log: BridgeLog
  /** What it may do. */
  readonly permission: Permission
  /** Told once, when the viewer's connection is gone. */
  readonly ended: (summary: ViewerSummary) => void
}

/** The end of a connection, for the log. Holds no secret and no query. */
export interface ViewerSummary {
  /** The stream of the configuration that it watched, or else `host:port` of what it named. */
  readonly stream: string | undefined
  readonly target: string | undefined
  /** Whom the ticket was for. */
  readonly subject: string | undefined
  readonly code: number
  readonly reason: string
  readonly bytesUp: number
  readonly bytesDown: number
}
