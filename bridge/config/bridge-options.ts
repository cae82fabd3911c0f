import { resolve } from 'node:path'
import type { BridgeOptions } from '../server.ts'
import type { Config } from './schema.ts'

/**
 * What a configuration means for the bridge.
 * @param directory to which the paths in it are relative
 */
export function bridgeOptions(config: Config, directory = '.'): BridgeOptions {
  const { auth, origins, targets, streams, hub, limits } = config
  return {
    ...listenOptions(config.listen, directory),
    ...operationsOptions(config.operations),
    ...(auth === undefined ? {} : { auth: authOf(auth) }),
    origins,
    allow: targets.allow,
    streams: Object.fromEntries(
      Object.entries(streams).map(([name, { url, mode, transport, tls, ticket, user, password, description }]) => [
        name,
        {
          url,
          mode,
          transport,
          ...(tls === undefined ? {} : { tls }),
          ...(ticket === undefined ? {} : { ticket }),
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

function listenOptions({ tls, basePath, trustProxy }: Config['listen'], directory: string): BridgeOptions {
  return {
    ...(tls ? { tls: { cert: resolve(directory, tls.cert), key: resolve(directory, tls.key) } } : {}),
    ...(basePath === undefined ? {} : { basePath }),
    ...(trustProxy ? { trustProxy } : {}),
  }
}

function operationsOptions({ listen, drain = {} }: Config['operations']): BridgeOptions {
  const { noticeSeconds, spreadSeconds } = drain
  return {
    ...(listen
      ? { operations: { port: listen.port, ...(listen.host === undefined ? {} : { host: listen.host }) } }
      : {}),
    drain: {
      ...(noticeSeconds === undefined ? {} : { noticeMilliseconds: noticeSeconds * 1000 }),
      ...(spreadSeconds === undefined ? {} : { spreadMilliseconds: spreadSeconds * 1000 }),
    },
  }
}
