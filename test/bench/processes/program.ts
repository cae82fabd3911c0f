import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Call, Calls, Outcome } from './calls.ts'

/** Milliseconds that a program has to begin to listen, and to end when it is asked to. */
const START_TIMEOUT = 15_000
const STOP_TIMEOUT = 3_000

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))

/** A process of the benchmark's; it ends with it. */
export class Program {
  readonly #child: ChildProcess
  #output = ''

  protected constructor(child: ChildProcess) {
    this.#child = child
    running.add(child)
    child.once('exit', () => running.delete(child))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-16_384)
      })
    }
  }

  /** Starts a program of the system, and waits until it listens on a port of this machine. */
  static async listening(command: string, args: readonly string[], port: number): Promise<Program> {
    const program = new Program(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
    await program.listens(port)
    return program
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get output(): string {
    return this.#output
  }

  /** Resolves when somebody listens on the port. */
  async listens(port: number): Promise<void> {
    for (const end = performance.now() + START_TIMEOUT; performance.now() < end; await wait(20)) {
      if (this.#child.exitCode !== null) break
      if (await isOpen(port)) return
    }
    throw new Error(`${this.#child.spawnargs.join(' ')} does not listen on port ${port}.\n${this.#output}`)
  }

  /** Without a word. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT)
    await gone
    clearTimeout(timer)
  }
}

/** A program of the benchmark: see `answer`. */
export class AskedProgram<C extends Calls> extends Program {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (outcome: Outcome) => void>()
  #calls = 0

  private constructor(child: ChildProcess) {
    super(child)
    this.#child = child
    child.on('message', (outcome: Outcome) => {
      this.#waiting.get(outcome.id)?.(outcome)
      this.#waiting.delete(outcome.id)
    })
    child.once('exit', () => {
      for (const [id, tell] of this.#waiting) tell({ id, error: `the program has ended\n${this.output}` })
      this.#waiting.clear()
    })
  }

  /** @param name path in this folder, without `.program.ts` */
  static start<C extends Calls>(programs: string, name: string, execArgv: readonly string[] = []): AskedProgram<C> {
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
    return new AskedProgram<C>(fork(join(programs, `${name}.js`), [], { stdio: [...stdio], execArgv: [...execArgv] }))
  }

  /** @throws Error as the program told it */
  async ask<N extends keyof C & string>(name: N, argument: Parameters<C[N]>[0]): Promise<Awaited<ReturnType<C[N]>>> {
    const id = ++this.#calls
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#waiting.set(id, resolve)
      this.#child.send({ id, name, argument } satisfies Call)
    })
    if ('error' in outcome) throw new Error(`${name}: ${outcome.error}`)
    return outcome.result as Awaited<ReturnType<C[N]>>
  }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const tell = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => tell(true)).once('error', () => tell(false))
  })
