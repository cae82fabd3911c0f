import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program that a test started: it says when it is ready, and it ends before the test file does. */
export interface RunningProcess {
  readonly child: ChildProcess
  /** The line that made it ready. */
  readonly readyLine: string
  /** What it wrote so far, both outputs, for the message of a failed test. */
  output(): string
  /** Ends it, kindly at first, and waits until it is gone. Safe to call twice. */
  stop(): Promise<void>
}

export interface ProcessOptions {
  /** True for the line of its standard output that says that it is ready. Default: the first line. */
  readonly isReady?: (line: string) => boolean
  /** Milliseconds until the ready line must be there. Default 15,000. */
  readonly timeout?: number
  readonly env?: NodeJS.ProcessEnv
}

const OUTPUT_BOUND = 64 * 1024
/** Milliseconds between asking it to end and ending it. */
const GRACE = 3000

/** Starts a program and waits until it is ready. Rejects with what it wrote when it ends or stays silent instead. */
export const startProcess = async (
  command: string,
  args: readonly string[],
  { isReady = () => true, timeout = 15_000, env }: ProcessOptions = {},
): Promise<RunningProcess> => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  // A program that has ended closes the pipe in our face; its exit tells the story, not the pipe.
  child.stdin.on('error', () => undefined)
  let output = ''
  const keep = (text: string) => {
    output = (output + text).slice(-OUTPUT_BOUND)
  }
  child.stderr.setEncoding('utf8').on('data', keep)
  const lines = createInterface({ input: child.stdout })
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      child.stdin.end()
      child.kill('SIGTERM')
      const hard = setTimeout(() => child.kill('SIGKILL'), GRACE)
      await exited
      clearTimeout(hard)
    }
  }

  const readyLine = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new Error(`${command} ${args.join(' ')}: ${why}\n${output}`))
    }
    const timer = setTimeout(() => stop().then(() => fail(`not ready after ${timeout} ms`)), timeout)
    child.once('error', (error) => fail(error.message))
    child.once('close', (code, signal) => fail(`ended with ${signal ?? code} before it was ready`))
    lines.on('line', (line) => {
      keep(`${line}\n`)
      if (!isReady(line)) return
      clearTimeout(timer)
      resolve(line)
    })
  })
  return { child, readyLine, output: () => output, stop }
}

export interface ProcessResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. A program that takes longer than `timeout` milliseconds is killed; its `code` is null. */
export const runProcess = async (
  command: string,
  args: readonly string[],
  { timeout = 20_000, cwd, env }: { timeout?: number; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<ProcessResult> => {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}
