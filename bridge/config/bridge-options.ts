import { resolve } from 'node:path'
import type { BridgeOptions } from '../server.ts'
import type { StreamOptions } from '../targets.ts'
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
    streams: Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, streamOf(stream)])),
    hubLimits: {
      ...(hub.cacheBytes === undefined ? {} : { cacheBytes: hub.cacheBytes }),
      ...(hub.viewerBytes === undefined ? {} : { viewerBytes: hub.viewerBytes }),
      ...(hub.graceSeconds === undefined ? {} : { graceMilliseconds: hub.graceSeconds * 1000 }),
    },
    limits: {
      ...(limits.viewers === undefined ? {} : { viewers: limits.viewers }),
      ...(limits.viewersPerAddress === undefined ? {} : { viewersPerAddress: limits.viewersPerAddress }),
    },
  }
}

function streamOf({ keepAlive, ...stream }: Config['streams'][string]): StreamOptions {
  const { method, intervalSeconds } = typeof keepAlive === 'object' ? keepAlive : { method: keepAlive }
  return {
    ...said(stream),
    ...(keepAlive === undefined ? {} : { keepAlive: said({ method, intervalSeconds }) }),
  }
}

function authOf(auth: NonNullable<Config['auth']>): NonNullable<BridgeOptions['auth']> {
  if (auth === 'none') return auth
  if ('tickets' in auth) return { tickets: said(auth.tickets) }
  const { url, headers, timeoutSeconds, concurrency, cacheSeconds } = auth.hook
  return {
    hook: said({
      url,
      headers,
      timeoutMilliseconds: timeoutSeconds && timeoutSeconds * 1000,
      concurrency,
      cacheMilliseconds: cacheSeconds && cacheSeconds * 1000,
    }),
  }
}

type Said<T> = { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] } & {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>
}

/** Without what was not said, so that the defaults stay. */
const said = <T extends object>(settings: T): Said<T> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Said<T>

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
