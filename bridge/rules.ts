import type { Authority } from './auth/authority.ts'
import { Hook } from './auth/hook.ts'
import { Tickets } from './auth/tickets.ts'
import type { BridgeOptions } from './bridge.ts'
import { OriginPolicy } from './origin.ts'
import { isLoopbackHost } from './special-addresses.ts'
import { StartError } from './start-error.ts'
import { TargetPolicy } from './targets.ts'

/** Who may watch what: all that can be changed while the bridge runs. */
export interface Rules {
  readonly policy: TargetPolicy
  readonly origins: OriginPolicy
  /** Null where everyone may watch. */
  readonly authority: Authority | null
  /** What must never stand in a log. */
  readonly secrets: readonly string[]
}

/** @throws StartError where everyone could watch without being asked to; TypeError, AllowRuleError */
export function makeRules(options: BridgeOptions, host: string): Rules {
  const proxied = (options.trustProxy ?? []).length > 0
  if ((!isLoopbackHost(host) || proxied) && options.auth === undefined) {
    const where = proxied ? 'behind a reverse proxy' : `on ${host}`
    throw new StartError(
      `Listening ${where} would let everyone who reaches ${proxied ? 'the proxy' : 'this machine'} watch.`,
      `${proxied ? 'Ask' : 'Listen on 127.0.0.1, ask'} for tickets or a portal (auth.tickets or auth.hook in the configuration), or say --auth none if that is what you want.`,
    )
  }
  const authority = makeAuthority(options.auth)
  const allowMissing = (isLoopbackHost(host) && !proxied) || authority !== null
  return {
    policy: new TargetPolicy(options),
    origins: new OriginPolicy({ origins: options.origins ?? [], host, allowMissing }),
    authority,
    secrets: secretsOf(options),
  }
}

function makeAuthority(auth: BridgeOptions['auth']): Authority | null {
  if (auth === undefined || auth === 'none') return null
  return 'hook' in auth ? new Hook(auth.hook) : new Tickets(auth.tickets)
}

function secretsOf({ streams = {}, auth }: BridgeOptions): string[] {
  const ofStreams = Object.values(streams).flatMap(({ password = [], ticket = [] }) => [password, ticket].flat())
  if (auth === undefined || auth === 'none') return ofStreams
  if ('tickets' in auth)
    return [...ofStreams, ...auth.tickets.keys.flatMap((key) => ('secret' in key ? [key.secret] : []))]
  // With the scheme in front, and without.
  const values = Object.values(auth.hook.headers ?? {}).flatMap((value) => [value, value.replace(/^\S+ +/, '')])
  return [...ofStreams, ...values]
}
