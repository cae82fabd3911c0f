/** A subcommand of `rtsp-bridge`. */
export interface Command {
  readonly help: string
  /**
   * Starts what the command is for and resolves when it runs.
   * @throws UsageError, StartError
   */
  run(args: readonly string[], terminal: Terminal): Promise<Running>
}

/** Something that runs until it is stopped. */
export interface Running {
  /** Only of a command that ends by itself: resolves with its exit code, which holds for a stop by `close` too. */
  readonly finished?: Promise<number>
  close(): Promise<void>
  /** SIGTERM, where that is not the same as `close`: sends people away gently first. Takes `milliseconds` at most. */
  readonly drain?: { run(): Promise<void>; readonly milliseconds: number }
  /** SIGHUP: reads its configuration again. What is wrong with it is printed, and all stays as it was. */
  reload?(): Promise<void>
}

export interface Terminal {
  print(line: string): void
  /** A person looks at it, who likes colours. Default false. */
  readonly colours?: boolean
  /** How wide it is, where it is one. */
  readonly columns?: number | undefined
  /** Programs read it: what happens is printed as JSON. Default false. */
  readonly forPrograms?: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The command line cannot be read. The message is one line; the hint is added by who prints it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Runs `parseArgs` of node:util and makes its complaints ours: one line. */
export function readOptions<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(error.message.split(/\. |\n/)[0] ?? error.message, { cause: error })
  }
}

/** @throws UsageError */
export function readPort(text: string, name: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65535)) throw new UsageError(`${name} must be a port from 0 to 65535, not "${text}"`)
  return port
}
