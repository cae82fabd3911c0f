import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AllowRuleError, parseAllowRule } from '../allow-rule.ts'
import { bridgeOptions } from '../config/bridge-options.ts'
import { openSecrets } from '../config/open-secrets.ts'
import { readConfig } from '../config/read-config.ts'
import { type Config, MAX_WORKERS } from '../config/schema.ts'
import { DEFAULT_DRAIN } from '../drain.ts'
import { type BridgeLog, LOG_LEVELS } from '../log.ts'
import { createLog, LOG_FORMATS } from '../log-formats.ts'
import { OriginPolicy } from '../origin.ts'
import { type Bridge, type BridgeOptions, createBridge } from '../server.ts'
import type { SimulatedCamera } from '../simulated-camera/camera.ts'
import type { StreamOptions } from '../targets.ts'
import type { WorkerLogOptions } from '../workers/tasks.ts'
import { type Command, type Running, readOptions, readPort, type Terminal, UsageError } from './command.ts'
import { startSimulatedCamera } from './start-camera.ts'

const help = `rtsp-bridge serve: lets web pages reach RTSP cameras

Usage: rtsp-bridge serve [options]

  --config FILE        cameras by name, and everything below, in a file: see "rtsp-bridge check
                       --help" and docs/configuration.md. Flags win over the file.
  --host HOST          address to listen on (default: $HOST or 127.0.0.1, this machine alone)
  --port PORT          port to listen on (default: $PORT or 8080)
  --allow HOST[:PORT]  a target that pages may name; may be repeated. HOST: an address, a range
                       (10.0.0.0/8), IPv6 in brackets, a name, a pattern (*.cams.example) or *;
                       PORT: a number or *, 554 if missing. Nothing is allowed by default.
                       Loopback and link-local addresses must be named (127.0.0.1:8554).
  --origin ORIGIN      another origin whose pages may connect (https://portal.example);
                       may be repeated
  --auth none          let everyone watch who reaches this machine; needed to listen elsewhere
                       than on loopback
  --workers N          processes that serve viewers, each on a core of its own: a number, or auto for
                       as many as there are cores (default: 1)
  --log-level LEVEL    debug, info (default), warn, error or silent
  --log-format FORMAT  json, a JSON text a line; or text, the default on a terminal
  --demo               offer a simulated camera: the streams "lobby" and "recording"
  --help               print this

Examples:
  rtsp-bridge serve --demo
  rtsp-bridge serve --config bridge.yaml
  rtsp-bridge serve --allow 192.168.1.0/24:554
  rtsp-bridge serve --host 0.0.0.0 --auth none --allow '*.cams.example:554'`

const OPTIONS = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  allow: { type: 'string', multiple: true },
  origin: { type: 'string', multiple: true },
  auth: { type: 'string' },
  workers: { type: 'string' },
  'log-level': { type: 'string' },
  'log-format': { type: 'string' },
  demo: { type: 'boolean' },
} as const

/** The page that is built beside this file: `dist/page` seen from `dist/bridge/commands`. */
const PAGE_DIRECTORY = fileURLToPath(new URL('../../page', import.meta.url))
const DOCUMENTATION_DIRECTORY = fileURLToPath(new URL('../../docs', import.meta.url))

async function run(args: readonly string[], terminal: Terminal): Promise<Running> {
  const { values } = readOptions(() => parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }))
  const config = values.config === undefined ? undefined : readConfig(values.config, terminal.environment)
  const { PORT, HOST } = terminal.environment
  const host = values.host ?? (HOST || config?.listen.host || '127.0.0.1')
  const port = values.port ?? (PORT || String(config?.listen.port ?? 8080))
  const portNumber = readPort(port, values.port === undefined ? 'PORT' : '--port')
  if (values.auth !== undefined && values.auth !== 'none') {
    throw new UsageError(`--auth must be "none", not "${values.auth}"`)
  }
  checkRules(values.allow ?? [], values.origin ?? [])
  const format =
    oneOf(LOG_FORMATS, values['log-format'], '--log-format') ??
    config?.log.format ??
    (terminal.forPrograms ? 'json' : 'text')
  const level = oneOf(LOG_LEVELS, values['log-level'], '--log-level') ?? config?.log.level ?? 'info'
  const logOptions = { level, format, colours: terminal.colours ?? false }
  const log = createLog({ ...logOptions, write: terminal.print })
  const workers = workerCount(values.workers ?? config?.workers ?? 1)

  const camera = values.demo ? await startSimulatedCamera({ host: '127.0.0.1', port: 0 }) : undefined
  /** The file, and the flags on top of it. */
  const merged = (from: Config | undefined): BridgeOptions & { readonly streams: Record<string, StreamOptions> } => {
    const options = from ? bridgeOptions(from, dirname(values.config ?? '')) : {}
    return {
      ...options,
      origins: [...(options.origins ?? []), ...(values.origin ?? [])],
      ...(values.auth === 'none' ? { auth: 'none' } : {}),
      allow: [...(options.allow ?? []), ...(values.allow ?? []), ...(camera ? [`127.0.0.1:${camera.port}`] : [])],
      streams: { ...options.streams, ...(camera ? demoStreams(camera) : {}) },
    }
  }
  const options = merged(config)
  const placed = {
    ...options,
    host,
    port: portNumber,
    pageDirectory: existsSync(PAGE_DIRECTORY) ? PAGE_DIRECTORY : undefined,
    // Not in the package: it is for those who have a clone.
    documentationDirectory: existsSync(DOCUMENTATION_DIRECTORY) ? DOCUMENTATION_DIRECTORY : undefined,
  }
  const { RUNTIME_DIRECTORY } = terminal.environment
  const bridge = await startServing(placed, workers, log, logOptions, RUNTIME_DIRECTORY).catch(async (error) => {
    await camera?.close()
    throw error
  })

  // A person copies the address from a line of its own.
  const tell = (text: string) => (format === 'json' ? log.info({}, text) : terminal.print(text))
  if (camera) tell(`Camera: ${camera.url} (simulated; the streams "lobby", live, and "recording")`)
  const names = Object.keys(config?.streams ?? {})
  const allow = [...(config?.targets.allow ?? []), ...(values.allow ?? [])]
  if (names.length > 0) tell(`Streams: ${names.join(', ')}`)
  for (const rule of allow) tell(`Allowed: ${rule}`)
  tell(`Player: ${pageUrl(bridge.url)}`)
  if (bridge.operationsUrl !== undefined) tell(`Metrics: ${pageUrl(bridge.operationsUrl)}metrics`)
  if (!camera && names.length === 0 && allow.length === 0) {
    tell('There is no camera yet: add --config FILE, --allow HOST:PORT, or --demo for a simulated one.')
  }
  const { config: file } = values
  if (file !== undefined) for (const notice of openSecrets(file)) log.warn({}, notice)
  const { noticeMilliseconds, spreadMilliseconds } = { ...DEFAULT_DRAIN, ...options.drain }
  return {
    async close() {
      await bridge.close()
      await camera?.close()
    },
    drain: {
      milliseconds: noticeMilliseconds + spreadMilliseconds,
      async run() {
        await bridge.drain()
        await camera?.close()
      },
    },
    ...(file === undefined
      ? {}
      : {
          async reload() {
            try {
              const next = readConfig(file, terminal.environment)
              await bridge.reconfigure(merged(next))
              tell(`${file} was read again: ${Object.keys(next.streams).join(', ') || 'no streams'}`)
            } catch (error) {
              // It goes on with what it has.
              log.warn({}, `${file} was not taken: ${error instanceof Error ? error.message : String(error)}`)
            }
          },
        }),
  }
}

/** One process, or several: to whoever runs the command they are the same. */
async function startServing(
  options: BridgeOptions,
  workers: number,
  log: BridgeLog,
  workerLog: WorkerLogOptions,
  runtimeDirectory: string | undefined,
): Promise<Pick<Bridge, 'url' | 'operationsUrl' | 'reconfigure' | 'drain' | 'close'>> {
  if (workers === 1) return createBridge({ ...options, log })
  const { startWorkers } = await import('../workers/worker-pool.ts')
  // systemd names several, with ":" between.
  const directory = runtimeDirectory?.split(':')[0] || undefined
  return startWorkers({ count: workers, bridge: options, log, workerLog, directory })
}

/** @throws UsageError */
function workerCount(value: string | number): number {
  if (value === 'auto') return Math.min(availableParallelism(), MAX_WORKERS)
  const count = /^\d{1,4}$/.test(String(value)) ? Number(value) : 0
  if (count < 1 || count > MAX_WORKERS) {
    throw new UsageError(`--workers must be a number from 1 to ${MAX_WORKERS} or auto, not "${value}"`)
  }
  if (count > 1 && process.platform === 'win32') {
    throw new UsageError('--workers needs an operating system with Unix sockets: run one, and several bridges')
  }
  return count
}

const demoStreams = (camera: SimulatedCamera): Record<string, StreamOptions> => ({
  lobby: { url: camera.url, mode: 'hub', description: 'Simulated camera' },
  recording: { url: camera.recordingUrl, mode: 'proxy', description: 'Simulated recording' },
})

/** @throws UsageError */
function oneOf<T extends string>(known: readonly T[], value: string | undefined, flag: string): T | undefined {
  const found = known.find((one) => one === value)
  if (value !== undefined && !found) throw new UsageError(`${flag} must be ${known.join(', ')}, not "${value}"`)
  return found
}

/** Read first, so that a typing error is told before anything starts. */
function checkRules(rules: readonly string[], origins: readonly string[]): void {
  try {
    rules.forEach(parseAllowRule)
    new OriginPolicy({ origins, host: '', allowMissing: false })
  } catch (error) {
    if (error instanceof AllowRuleError || error instanceof TypeError) throw new UsageError(error.message)
    throw error
  }
}

/** "Every address" is none that a browser can open. */
const pageUrl = (url: string) => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

export const serve: Command = { help, run }
