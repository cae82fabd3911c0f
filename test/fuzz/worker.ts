import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { type Job, type JobResult, PROGRESS, runJob } from './job.ts'
import { targetNamed } from './targets.ts'

/** A thread of its own for one job: what hangs or eats all memory there can be ended from outside. */
export interface WorkerInput {
  readonly job: Job
  readonly progress: Int32Array
}
export interface WorkerOutput {
  readonly result: JobResult
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const collectGarbage = (): number => {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const { job, progress } = workerData as WorkerInput
const tell = (output: WorkerOutput): void => parentPort?.postMessage(output)

// A promise that nobody awaits and that rejects ends the process in Node, and is lost in a browser.
let rejected: string | undefined
process.on('unhandledRejection', (reason) => {
  rejected ??= reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
})
const takeRejection = (): string | undefined => {
  const reason = rejected
  rejected = undefined
  return reason
}
if (progress.length !== PROGRESS.length) throw new Error('the progress has another shape')
tell({ result: await runJob(targetNamed(job.target), job, { progress, collectGarbage, takeRejection }) })
