import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { type RunningProcess, startProcess } from '../../support/processes.ts'

const MAIN = fileURLToPath(new URL('../../../dist/bridge/main.js', import.meta.url))

/** A line of the log, or what is told at the start. */
export interface LogLine {
  readonly msg: string
  readonly level: string
  readonly worker?: number
  readonly pid?: number
  readonly stream?: string
  readonly code?: number
}

/** The bridge as people run it, with several processes. */
export class RunningWorkers {
  readonly port: number
  readonly process: RunningProcess
  readonly lines: readonly LogLine[]
  readonly #file: string
  readonly #waiting: Set<() => void>

  private constructor(process: RunningProcess, file: string, lines: readonly LogLine[], waiting: Set<() => void>) {
    this.process = process
    this.port = Number(/:(\d+)\//.exec(process.readyLine)?.[1])
    this.#file = file
    this.lines = lines
    this.#waiting = waiting
  }

  /** @param config as in the file */
  static async start(
    config: object,
    args: readonly string[] = ['--workers', '3'],
    readyLine = 'Player: ',
  ): Promise<RunningWorkers> {
    const folder = mkdtempSync(join(tmpdir(), 'workers-test-'))
    const file = join(folder, 'bridge.yaml')
    writeFileSync(file, stringify(config))
    const lines: LogLine[] = []
    const waiting = new Set<() => void>()
    const started = await startProcess(
      process.execPath,
      [MAIN, 'serve', '--config', file, '--port', '0', '--log-format', 'json', '--log-level', 'debug', ...args],
      {
        env: { HOST: '', PORT: '', TMPDIR: folder },
        timeout: 30_000,
        // Called for each line.
        isReady: (line) => {
          lines.push(JSON.parse(line) as LogLine)
          for (const look of waiting) look()
          return line.includes(readyLine)
        },
      },
    )
    return new RunningWorkers(started, file, lines, waiting)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  /** Resolves with the first line that answers to it, of those that were told and those that follow. */
  async logged(holds: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.lines.find(holds)
      if (found) return found
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look)
          resolve()
        }
        this.#waiting.add(look)
      })
    }
  }

  /** Process of the worker that serves under this number now. */
  pidOf(worker: number): number {
    const line = this.lines.findLast(({ msg, worker: number }) => msg === 'a worker serves' && number === worker)
    if (line?.pid === undefined) throw new Error(`worker ${worker} was not told`)
    return line.pid
  }

  /** Takes another configuration, and waits until it was taken, or not. */
  async reload(config: object | string): Promise<LogLine> {
    const told = this.lines.length
    writeFileSync(this.#file, typeof config === 'string' ? config : stringify(config))
    this.process.child.kill('SIGHUP')
    return this.logged((line) => this.lines.indexOf(line) >= told && line.msg.includes(this.#file))
  }

  /** The figures, by name and labels: `viewers{stream="lobby"}`. */
  async figures(): Promise<Map<string, number>> {
    const text = await (await fetch(`${this.url}metrics`)).text()
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(
      lines.map((line) => {
        const [name = '', value] = [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' '))]
        return [name.replace('rtsp_bridge_', ''), Number(value)]
      }),
    )
  }

  async states(): Promise<{ name: string; state: string; viewers: number; codecs?: string[] }[]> {
    return (await (await fetch(`${this.url}api/streams`)).json()).streams
  }

  /** Folders of workers, of this bridge. */
  leftovers(): string[] {
    const folder = dirname(this.#file)
    const names = readdirSync(folder).filter((name) => name.startsWith('rtsp-bridge-'))
    return names.map((name) => join(folder, name))
  }

  async stop(): Promise<void> {
    await this.process.stop()
    rmSync(dirname(this.#file), { recursive: true, force: true })
  }
}
