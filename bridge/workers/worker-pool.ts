import cluster from 'node:cluster'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bridge } from '../bridge.ts'
import { CertificateFiles } from '../certificate.ts'
import { DEFAULT_DRAIN } from '../drain.ts'
import type { BridgeLog } from '../log.ts'
import { makeRules } from '../rules.ts'
import { StartError } from '../start-error.ts'
import type { StreamFigures } from '../stream-states.ts'
import { DOOR_ADVICE } from './camera-door.ts'
import { dividedLimits } from './divided-limits.ts'
import { RestartDelay } from './restart-delay.ts'
import type { Assignment, Listening, WorkerBridgeOptions, WorkerLogOptions } from './tasks.ts'
import { WorkerMetrics } from './worker-metrics.ts'
import { WorkerProcess } from './worker-process.ts'
import { WorkerPulse } from './worker-pulse.ts'

export interface WorkerPoolOptions {
  readonly count: number
  /** Limits are those of all workers together. */
  readonly bridge: WorkerBridgeOptions
  /** Of the workers. */
  readonly workerLog: WorkerLogOptions
  /** Of this process. */
  readonly log: BridgeLog
  /** A folder in which one may be made that only this user can enter. Default: the system's for temporary files. */
  readonly directory?: string | undefined
}

/** Several processes that serve one port. */
export type WorkerPool = Pick<Bridge, 'url' | 'operationsUrl' | 'reconfigure' | 'drain' | 'close'>

/** Milliseconds for a worker to listen, to take a configuration, to tell its figures, and to close beside its viewers. */
const START_TIMEOUT = 30_000
const RECONFIGURE_TIMEOUT = 15_000
const FIGURES_TIMEOUT = 2_000
const CLOSE_TIMEOUT = 2_500
/** The same to say that it is alive: see `WorkerPulse`, which gives it up sooner. */
const PULSE_TIMEOUT = 60_000

/**
 * Starts the workers and resolves when all of them listen.
 * @throws StartError, and what `makeRules` throws
 */
export async function startWorkers(options: WorkerPoolOptions): Promise<WorkerPool> {
  // What is wrong with the options is told once.
  check(options.bridge)
  const directory = makeDirectory(options.directory ?? tmpdir())
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./worker-main.js', import.meta.url)),
    args: [],
    serialization: 'advanced',
  })
  const pool = new Pool(options, directory)
  try {
    await pool.start()
  } catch (error) {
    await pool.close()
    throw error
  }
  return pool
}

class Pool implements WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #directory: string
  readonly #workers = new Map<number, WorkerProcess>()
  /** Those of them that serve. */
  readonly #serving = new Set<WorkerProcess>()
  readonly #restarts = new Map<number, ReturnType<typeof setTimeout>>()
  readonly #delays = new Map<number, RestartDelay>()
  readonly #metrics = new WorkerMetrics(() => this.#serving.size)
  /** As they were last taken. */
  #bridge: WorkerBridgeOptions
  #phase: 'starting' | 'serving' | 'ending' = 'starting'
  #listening: Listening = { url: '', operationsUrl: undefined }
  #draining: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: WorkerPoolOptions, directory: string) {
    this.#options = options
    this.#directory = directory
    this.#bridge = options.bridge
    // However this process ends.
    process.once('exit', this.#removeDirectory)
  }

  get url(): string {
    return this.#listening.url
  }

  get operationsUrl(): string | undefined {
    return this.#listening.operationsUrl
  }

  async start(): Promise<void> {
    const numbers = Array.from({ length: this.#options.count }, (_, index) => index + 1)
    const [first] = await Promise.all(numbers.map((number) => this.#startWorker(number)))
    if (first) this.#listening = first
    this.#phase = 'serving'
  }

  async reconfigure(options: WorkerBridgeOptions): Promise<void> {
    const next = reconfigured(this.#bridge, options)
    check(next)
    this.#bridge = next
    await Promise.all(Array.from(this.#serving, (worker) => this.#reconfigureWorker(worker)))
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain()
    return this.#draining
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #drain(): Promise<void> {
    this.#end()
    const { noticeMilliseconds, spreadMilliseconds } = { ...DEFAULT_DRAIN, ...this.#bridge.drain }
    const timeout = noticeMilliseconds + spreadMilliseconds + CLOSE_TIMEOUT
    // Cameras of the one that is done first are watched by viewers of the others.
    await Promise.allSettled(Array.from(this.#serving, (worker) => worker.ask('empty', null, timeout)))
    await this.close()
  }

  async #close(): Promise<void> {
    this.#end()
    const ending = Array.from(this.#workers.values(), async (worker) => {
      // One that has only begun has nobody to say goodbye to.
      if (!this.#serving.has(worker)) worker.kill()
      else await worker.ask('close', null, CLOSE_TIMEOUT).catch(() => undefined)
      await worker.end()
    })
    await Promise.all(ending)
    this.#removeDirectory()
    process.off('exit', this.#removeDirectory)
  }

  readonly #removeDirectory = () => rmSync(this.#directory, { recursive: true, force: true })

  /** None is started again. */
  #end(): void {
    this.#phase = 'ending'
    for (const timer of this.#restarts.values()) clearTimeout(timer)
    this.#restarts.clear()
  }

  /** @throws StartError; Error where it ends or is silent */
  async #startWorker(number: number): Promise<Listening> {
    const worker = new WorkerProcess(number, {
      metrics: () => this.#metricsOfAll(),
      figures: () => this.#figuresOfAll(),
    })
    this.#workers.set(number, worker)
    void worker.exited.then((how) => this.#ended(worker, how))
    const bridge = this.#bridge
    const listening = await worker.start(this.#assignment(number), START_TIMEOUT)
    this.#serving.add(worker)
    const pulse = new WorkerPulse(
      () => worker.ask('pulse', null, PULSE_TIMEOUT),
      () => {
        this.#options.log.error({ worker: number }, 'a worker hangs: it is ended')
        worker.kill()
      },
    )
    void worker.exited.then(() => pulse.close())
    // Too late to be of use.
    if (this.#phase === 'ending') worker.kill()
    this.#options.log.debug({ worker: number, pid: worker.pid }, 'a worker serves')
    if (bridge !== this.#bridge) await this.#reconfigureWorker(worker)
    return listening
  }

  #assignment(number: number): Assignment {
    const { count, workerLog } = this.#options
    const bridge = { ...this.#bridge, limits: dividedLimits(this.#bridge.limits ?? {}, count) }
    return { number, count, directory: this.#directory, bridge, log: workerLog }
  }

  async #reconfigureWorker(worker: WorkerProcess): Promise<void> {
    try {
      await worker.ask('reconfigure', this.#bridge, RECONFIGURE_TIMEOUT)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#options.log.warn({ worker: worker.number }, `a worker did not take the configuration: ${why}`)
    }
  }

  #ended(worker: WorkerProcess, how: string): void {
    const { number } = worker
    this.#serving.delete(worker)
    this.#workers.delete(number)
    if (this.#phase !== 'serving') return
    const restartDelay = this.#delays.get(number) ?? new RestartDelay()
    this.#delays.set(number, restartDelay)
    const delay = restartDelay.ended(performance.now() - worker.startedAt)
    const nextTry = `${(delay / 1000).toFixed(1)} s`
    this.#options.log.error({ worker: number, nextTry }, `a worker ended ${how}: another takes its place`)
    void this.#metrics.ended(number)
    this.#restarts.set(
      number,
      setTimeout(() => void this.#restart(number), delay),
    )
  }

  async #restart(number: number): Promise<void> {
    try {
      await this.#startWorker(number)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (this.#phase === 'serving') {
        this.#options.log.error({ worker: number }, `a worker could not be started: ${why}`)
      }
      // Its end has it tried again.
      this.#workers.get(number)?.kill()
    }
  }

  async #metricsOfAll(): Promise<string> {
    const asked = Array.from(this.#serving, async (worker) => {
      const metrics = await worker.ask('metrics', null, FIGURES_TIMEOUT)
      if (this.#serving.has(worker)) this.#metrics.told(worker.number, metrics)
    })
    await Promise.allSettled(asked)
    return this.#metrics.text()
  }

  async #figuresOfAll(): Promise<StreamFigures[]> {
    const asked = Array.from(this.#serving, (worker) => worker.ask('figures', null, FIGURES_TIMEOUT))
    const answers = await Promise.allSettled(asked)
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }
}

/** What can be changed while a bridge runs is as it is now, the rest as it was at the start: for workers that begin later. */
function reconfigured(before: WorkerBridgeOptions, now: WorkerBridgeOptions): WorkerBridgeOptions {
  const { auth: _auth, origins: _origins, streams: _streams, allow: _allow, ...rest } = before
  const { auth, origins = [], streams = {}, allow = [] } = now
  return { ...rest, ...(auth === undefined ? {} : { auth }), origins, streams, allow }
}

/** @throws StartError, TypeError, AllowRuleError */
function check(options: WorkerBridgeOptions): void {
  makeRules(options, options.host ?? '127.0.0.1')
  if (options.tls) new CertificateFiles(options.tls).read()
}

/** A folder that nobody else may enter: its sockets give out pictures to whoever can open them. */
function makeDirectory(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'rtsp-bridge-'))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new StartError(
      `Workers cannot reach each other: no folder can be made in ${parent} (${code}).`,
      DOOR_ADVICE,
      cause,
    )
  }
}
