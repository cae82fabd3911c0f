import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { Conversation } from './conversation.ts'
import type { Assignment, Listening, PrimaryTasks, WorkerTasks } from './tasks.ts'

/** Milliseconds for a process that has closed everything to end. */
const END_TIMEOUT = 1_000

/** A worker, as the first process sees it. */
export class WorkerProcess {
  readonly number: number
  /** Milliseconds of `performance.now()`. */
  readonly startedAt = performance.now()
  /** Resolves with how it ended. */
  readonly exited: Promise<string>
  readonly #worker: Worker
  readonly #conversation: Conversation<WorkerTasks>
  readonly #ready: Promise<void>

  /** Forks: see `cluster.setupPrimary`. */
  constructor(number: number, tasks: Omit<PrimaryTasks, 'ready'>) {
    this.number = number
    let tellReady: () => void = () => undefined
    this.#ready = new Promise((resolve) => {
      tellReady = resolve
    })
    const ready = async () => tellReady()
    const worker = cluster.fork()
    this.#worker = worker
    this.#conversation = new Conversation<WorkerTasks>(
      {
        send: (message, callback) => worker.process.send(message as object, callback),
        onMessage: (listener) => worker.on('message', listener),
      },
      { ...tasks, ready },
    )
    // It could not be started, or be told something: its end tells.
    worker.on('error', () => undefined)
    this.exited = once(worker, 'exit').then(([code, signal]: (number | string | null)[]) => {
      const how = signal ? `by ${signal}` : `with code ${code}`
      this.#conversation.end(new Error(`the worker ended ${how}`))
      return how
    })
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  /** @param timeout milliseconds. @throws StartError; Error where it ends or is silent */
  async start(assignment: Assignment, timeout: number): Promise<Listening> {
    const timer = setTimeout(() => this.kill(), timeout)
    try {
      await Promise.race([this.#ready, this.exited])
      return await this.ask('start', assignment, timeout)
    } finally {
      clearTimeout(timer)
    }
  }

  readonly ask: Conversation<WorkerTasks>['ask'] = (name, argument, timeout) =>
    this.#conversation.ask(name, argument, timeout)

  /** For one that has closed everything, or does not answer. */
  async end(): Promise<void> {
    if (this.#worker.isConnected()) this.#worker.disconnect()
    const timer = setTimeout(() => this.kill(), END_TIMEOUT)
    await this.exited
    clearTimeout(timer)
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }
}
