import type { BridgeOptions } from '../server.ts'
import type { Config } from './schema.ts'

/** What a configuration means for the bridge. */
export function bridgeOptions(config: Config): BridgeOptions {
  const { auth, origins, targets, streams, hub, limits } = config
  return {
    ...(auth === undefined ? {} : { auth: authOf(auth) }),
    origins,
    allow: targets.allow,
    streams: Object.fromEntries(
      Object.entries(streams).map(([name, { url, mode, transport, user, password, description }]) => [
        name,
        {
          url,
          mode,
          transport,
          ...(user === undefined ? {} : { user }),
          ...(password === undefined ? {} : { password }),
          ...(description === undefined ? {} : { description }),
        },
      ]),
    ),
    hubLimits: {
      ...(hub.cacheBytes === undefined ? {} : { cacheBytes: hub.cacheBytes }),
      ...(hub.graceSeconds === undefined ? {} : { graceMilliseconds: hub.graceSeconds * 1000 }),
    },
    limits: {
      ...(limits.viewers === undefined ? {} : { viewers: limits.viewers }),
      ...(limits.viewersPerAddress === undefined ? {} : { viewersPerAddress: limits.viewersPerAddress }),
    },
  }
}

function authOf(auth: NonNullable<Config['auth']>): NonNullable<BridgeOptions['auth']> {
  if (auth === 'none') return auth
  const { keys, audience, issuer } = auth.tickets
  return {
    tickets: { keys, ...(audience === undefined ? {} : { audience }), ...(issuer === undefined ? {} : { issuer }) },
  }
}
