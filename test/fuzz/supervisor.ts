import { Worker } from 'node:worker_threads'
import { type Failure, inputOf, type Job, type JobResult, type Origin, PROGRESS } from './job.ts'
import type { FuzzTarget } from './target.ts'
import type { WorkerInput, WorkerOutput } from './worker.ts'

export interface SupervisorOptions {
  /** The built worker. */
  readonly worker: URL
  /** Milliseconds for one input, after which it counts as a hang. Default 20,000: the machine may be busy. */
  readonly patience?: number
  readonly signal?: AbortSignal
}

/** Bytes of heap that a job may need; a worker that wants more is ended by the engine. */
const HEAP_MEGABYTES = 512
/** Milliseconds between two looks at the progress, and for a thread to begin. */
const GLANCE = 200
const START = 60_000

/**
 * Runs a job in a thread and watches it: an input that hangs, or that takes the thread down, is told like any other
 * failure, and the job goes on behind it.
 */
export async function supervise(target: FuzzTarget, job: Job, options: SupervisorOptions): Promise<JobResult> {
  const end = performance.now() + job.milliseconds
  const failures: Failure[] = []
  let inputs = 0
  let rest = job
  for (;;) {
    const outcome = await runWorker(rest, options)
    if ('result' in outcome) {
      const { result } = outcome
      return { ...result, inputs: inputs + result.inputs, failures: [...failures, ...result.failures] }
    }
    const { current, fault } = outcome
    const file = current >= 0 ? rest.files[current] : undefined
    const done = current >= 0 ? 0 : -current
    const seed = (rest.firstSeed + done - 1) >>> 0
    const origin: Origin = file ? { file: file.name } : { seed }
    failures.push({ origin, input: file?.bytes ?? inputOf(target, seed), message: fault })
    inputs += done
    rest = {
      ...rest,
      files: current >= 0 ? rest.files.slice(current + 1) : [],
      firstSeed: (rest.firstSeed + done) >>> 0,
      inputs: rest.inputs - done,
      milliseconds: end - performance.now(),
    }
    if (options.signal?.aborted || failures.length >= 5) return { inputs, failures, growth: 0 }
  }
}

type WorkerEnd = { readonly result: JobResult } | { readonly current: number; readonly fault: string }

function runWorker(job: Job, { worker, patience = 20_000, signal }: SupervisorOptions): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    const progress = new Int32Array(new SharedArrayBuffer(PROGRESS.length * 4))
    const workerData: WorkerInput = { job, progress }
    const thread = new Worker(worker, { workerData, resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES } })
    let seen = 0
    let since = performance.now()
    const finish = (end: WorkerEnd): void => {
      clearInterval(glance)
      signal?.removeEventListener('abort', abort)
      resolve(end)
      void thread.terminate()
    }
    const fail = (fault: string): void => finish({ current: Atomics.load(progress, PROGRESS.current), fault })
    const abort = (): void => fail('aborted')
    const glance = setInterval(() => {
      const begun = Atomics.load(progress, PROGRESS.begun)
      if (begun !== seen) {
        seen = begun
        since = performance.now()
        return
      }
      // A thread takes a while to begin.
      const longest = begun === 0 ? Math.max(patience, START) : patience
      if (performance.now() - since > longest) fail(`hang: not done after ${longest / 1000} s`)
    }, GLANCE)
    signal?.addEventListener('abort', abort)
    thread.on('message', (output: WorkerOutput) => finish(output))
    thread.on('error', (error) => fail(`the thread ended: ${error.stack ?? error.message}`))
    thread.on('exit', (code) => fail(`the thread ended with code ${code}`))
  })
}
