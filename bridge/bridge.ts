import type { HookOptions } from './auth/hook.ts'
import type { TicketOptions } from './auth/tickets.ts'
import type { CertificatePaths } from './certificate.ts'
import type { DrainTimes } from './drain.ts'
import type { HubLimits } from './hub/hub-limits.ts'
import type { BridgeLimits } from './limits.ts'
import type { BridgeLog } from './log.ts'
import type { TargetPolicyOptions } from './targets.ts'

export interface BridgeOptions extends TargetPolicyOptions {
  /** Address or name to listen on. Default 127.0.0.1. */
  readonly host?: string
  /** 0 for any free port, which is the default. */
  readonly port?: number
  /**
   * Who may watch: holders of tickets; whom a portal lets in, which is asked; or, with `none`, everyone who reaches the
   * bridge. One of them is needed to listen where others can reach it.
   */
  readonly auth?: 'none' | { readonly tickets: TicketOptions } | { readonly hook: HookOptions }
  /** Origins of pages, besides the bridge's own, that may connect: `https://portal.example`. */
  readonly origins?: readonly string[]
  /** Directory of the built page. None is served by default. */
  readonly pageDirectory?: string | undefined
  /** The built documentation, served at `/docs/` beside the page. */
  readonly documentationDirectory?: string | undefined
  /** Certificate authorities (PEM) for cameras that speak TLS, in place of the system's. */
  readonly ca?: string
  readonly limits?: Partial<BridgeLimits>
  readonly hubLimits?: Partial<HubLimits>
  /** HTTPS and WSS by the bridge itself; the files are read again when they change. HTTP by default. */
  readonly tls?: CertificatePaths
  /**
   * Reverse proxies, by address or range, whose `X-Forwarded-For`, `-Proto` and `-Host` are believed. None by default.
   */
  readonly trustProxy?: readonly string[]
  /** Path in front of all that is served, as a reverse proxy hands it on: `/cameras`. None by default. */
  readonly basePath?: string
  /**
   * An address of its own for `/healthz`, `/readyz` and `/metrics`, by HTTP; they are nowhere else then. By default they
   * are served beside the rest, and the metrics to this machine alone.
   */
  readonly operations?: { readonly host?: string; readonly port: number }
  readonly drain?: Partial<DrainTimes>
  /** What happens, a line each: structured, or as text where it is a function. Secrets are taken out before. */
  readonly log?: BridgeLog | ((line: string) => void)
}

/** A running bridge. */
export interface Bridge {
  readonly host: string
  readonly port: number
  /** `http://host:port/`, with `https` and the base path where there are such. */
  readonly url: string
  /** The same for the address of `/metrics`, where it has its own. */
  readonly operationsUrl: string | undefined
  /** Connections of viewers that are open or being closed. */
  readonly viewers: number
  /**
   * Takes other streams, targets, origins and tickets from here on. Viewers of streams that stay as they are notice
   * nothing; those of others lose their connection, and are told by 4503 to come again. Host, port, page and limits stay.
   *
   * @throws StartError, TypeError, AllowRuleError where they cannot be used: then all is as before
   */
  reconfigure(options: BridgeOptions): Promise<void>
  /**
   * Empties the bridge, then closes it: `/readyz` says 503 from the start; when the notice is over new viewers are refused,
   * and those who are there are sent away with 4503 one after the other. Takes the times of `drain` and `closeTimeout` at
   * most; `close` cuts it short.
   */
  drain(): Promise<void>
  /** Sends every viewer away with 4503 at once, and frees the port and all connections. Takes `closeTimeout` at most. */
  close(): Promise<void>
}
