import { fileURLToPath } from 'node:url'
import { type RunningProcess, startProcess } from './processes.ts'

/** The program as it is built. */
export const BUILT_PROGRAM = fileURLToPath(new URL('../../dist/bridge/main.js', import.meta.url))

/** `rtsp-bridge serve`, as it is shipped. */
export interface BridgeProcess {
  readonly port: number
  readonly process: RunningProcess
  /** `/metrics`, as Prometheus reads it. */
  metrics(): Promise<string>
}

export interface BridgeProcessOptions {
  /** Path of the configuration. */
  readonly config: string
  /** Default: a free one. */
  readonly port?: number
  readonly env?: NodeJS.ProcessEnv
  /** Path of the program; the one that is built by default. */
  readonly program?: string
}

/** Starts the built bridge on 127.0.0.1; it listens when this resolves. */
export async function startBridgeProcess(options: BridgeProcessOptions): Promise<BridgeProcess> {
  const { config, port = 0, env = {}, program = BUILT_PROGRAM } = options
  const args = [program, 'serve', '--config', config, '--port', String(port), '--log-format', 'json']
  const running = await startProcess(process.execPath, args, { isReady: (line) => line.includes('Player: '), env })
  const listens = Number(/Player: http:\/\/127\.0\.0\.1:(\d+)\//.exec(running.readyLine)?.[1])
  return {
    port: listens,
    process: running,
    metrics: async () => (await fetch(`http://127.0.0.1:${listens}/metrics`)).text(),
  }
}
