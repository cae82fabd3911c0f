import { generate } from './mutation.ts'
import { hashOf, Random } from './random.ts'
import type { FuzzTarget } from './target.ts'

/** What a worker is asked to do: the files first, then inputs made of the seeds `firstSeed`, `firstSeed + 1`, … */
export interface Job {
  readonly target: string
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[]
  readonly firstSeed: number
  readonly inputs: number
  /** After so much time no further input is begun. */
  readonly milliseconds: number
}

/** Where an input came from. */
export type Origin = { readonly seed: number } | { readonly file: string }

export interface Failure {
  readonly origin: Origin
  readonly input: Uint8Array
  /** What went wrong, with the place in the sources. */
  readonly message: string
}

export interface JobResult {
  /** Inputs made of seeds; files are not counted. */
  readonly inputs: number
  readonly failures: readonly Failure[]
  /** Bytes that stay in memory after garbage collection, more than after the first inputs. */
  readonly growth: number
}

/** Shared between the worker and who watches it. */
export const PROGRESS = {
  /** Counts up with each input begun. */
  begun: 0,
  /** Index of the file, or -1 - (seed - firstSeed). */
  current: 1,
  length: 2,
} as const

/** The input that belongs to a seed. */
export const inputOf = (target: FuzzTarget, seed: number): Uint8Array => generate(target, new Random(seed))

/** An input may take so much time of the processor, in milliseconds; what is slower for its size is not linear. */
const patience = (input: Uint8Array): number => 150 + input.length / 256
/** Different faults told of one job; one fault is found again and again. */
const MOST_FAILURES = 8
const MINIMIZING_TRIES = 400
const WARM_UP = 300
const MOST_GROWTH = 24 * 1024 * 1024
/** The pauses in which messages of the thread get through. */
const BREATH = 50

// The client's targets replace the clock; this one stays.
const now = performance.now.bind(performance)

/** What a job needs of its thread. */
export interface JobThread {
  readonly progress: Int32Array
  /** Bytes in use after garbage collection, buffers included. */
  collectGarbage(): number
  /** What a promise was rejected with that nobody awaits, since this was called last. */
  takeRejection(): string | undefined
}

/** Runs one job in this thread. */
export async function runJob(target: FuzzTarget, job: Job, thread: JobThread): Promise<JobResult> {
  const { progress } = thread
  const failures = new Map<string, Failure>()
  const begin = (current: number): void => {
    Atomics.store(progress, PROGRESS.current, current)
    Atomics.add(progress, PROGRESS.begun, 1)
  }
  const tell = (origin: Origin, input: Uint8Array, message: string): void => {
    const kind = kindOf(message)
    if (!failures.has(kind)) failures.set(kind, { origin, input, message })
  }

  for (const [index, { name, bytes }] of job.files.entries()) {
    begin(index)
    const message = (await faultOf(target, bytes)) ?? (await rejection(thread))
    if (message !== undefined) tell({ file: name }, bytes, message)
  }

  const start = now()
  let breath = start
  let inputs = 0
  let before = 0
  let breathed = 0
  while (inputs < job.inputs && failures.size < MOST_FAILURES) {
    const time = now()
    if (time - start > job.milliseconds) break
    if (time - breath > BREATH) {
      await findRejection(breathed, inputs)
      breathed = inputs
      breath = now()
    }
    begin(-1 - inputs)
    const seed = (job.firstSeed + inputs) >>> 0
    const input = inputOf(target, seed)
    const fault = faultOf(target, input)
    const message = fault instanceof Promise ? await fault : fault
    if (message !== undefined && !failures.has(kindOf(message))) {
      tell({ seed }, await minimized(target, input, message), message)
    }
    if (++inputs === WARM_UP) before = thread.collectGarbage()
  }
  await findRejection(breathed, inputs)
  const growth = inputs > WARM_UP ? thread.collectGarbage() - before : 0
  if (growth > MOST_GROWTH) {
    const seed = job.firstSeed >>> 0
    tell({ seed }, new Uint8Array(0), `memory grew by ${growth} bytes over ${inputs} inputs`)
  }
  return { inputs, failures: [...failures.values()], growth }

  /** A rejection is told when the thread takes breath: the inputs since the last time are tried again, one by one. */
  async function findRejection(from: number, to: number): Promise<void> {
    if ((await rejection(thread)) === undefined) return
    for (let index = from; index < to; index++) {
      const seed = (job.firstSeed + index) >>> 0
      const input = inputOf(target, seed)
      await faultOf(target, input)
      const message = await rejection(thread)
      if (message !== undefined) tell({ seed }, input, message)
    }
  }
}

async function rejection(thread: JobThread): Promise<string | undefined> {
  await new Promise((resolve) => setImmediate(resolve))
  const reason = thread.takeRejection()
  return reason && `unhandled rejection: ${reason}`
}

/** What is wrong with what the code does with this input; undefined where nothing is. */
function faultOf(target: FuzzTarget, input: Uint8Array): string | undefined | Promise<string | undefined> {
  const start = now()
  try {
    const done = target.check(input, new Random(hashOf(input)))
    if (done instanceof Promise) {
      return done.then(() => slowness(target, input, now() - start), describe)
    }
  } catch (error) {
    return describe(error)
  }
  const elapsed = now() - start
  return elapsed > patience(input) ? slowness(target, input, elapsed) : undefined
}

/**
 * What took long is measured again, by the time of the processor: on a shared machine anything may have to wait, and be
 * slow once.
 */
async function slowness(target: FuzzTarget, input: Uint8Array, elapsed: number): Promise<string | undefined> {
  let fastest = elapsed
  for (let attempt = 0; attempt < 3 && fastest > patience(input); attempt++) {
    const start = processorTime()
    await target.check(input, new Random(hashOf(input)))
    fastest = Math.min(fastest, processorTime() - start)
  }
  return fastest > patience(input) ? `too slow: ${fastest.toFixed(0)} ms for ${input.length} bytes` : undefined
}

/** Milliseconds of the processor that this process has used. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [`${error.name}: ${error.message}`, ...frames.slice(0, 6)].join('\n')
}

/** A smaller input with the same fault: takes pieces away, large ones first, as long as the fault stays. */
async function minimized(target: FuzzTarget, input: Uint8Array, message: string): Promise<Uint8Array> {
  // What is slow would be slow many times.
  if (message.startsWith('too slow')) return input
  const kind = kindOf(message)
  let smallest = input
  let tries = 0
  for (let size = input.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < smallest.length && tries < MINIMIZING_TRIES; ) {
      tries++
      const candidate = Uint8Array.from([...smallest.subarray(0, at), ...smallest.subarray(at + size)])
      const fault = await faultOf(target, candidate)
      if (fault !== undefined && kindOf(fault) === kind) smallest = candidate
      else at += size
    }
  }
  return smallest
}

/** What one fault has in common, whatever the input: what was said, without numbers, and the functions it came from. */
export function kindOf(message: string): string {
  const [first = '', ...rest] = message.split('\n')
  const functions = rest.flatMap((line) => /^\s+at (?:async )?(?:new )?([\w.#<>]+) \(/.exec(line)?.[1] ?? [])
  // From here on it is this file, and the same for all.
  const own = functions.indexOf(faultOf.name)
  return [first.replace(/\d+/g, '#'), ...functions.slice(0, own < 0 ? 3 : Math.min(own, 3))].join(' < ')
}
