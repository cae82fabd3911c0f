import { readdirSync, readFileSync } from 'node:fs'

interface Process {
  readonly pid: number
  readonly parent: number
  /** Clock ticks after the start of the machine: with the pid it names one process for ever (proc(5), field 22). */
  readonly started: string
}

const read = (pid: number): Process | null => {
  try {
    // The name, in parentheses, may hold anything: the fields are counted from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : { pid, parent: Number(fields[1]), started: fields[19] ?? '' }
  } catch {
    return null
  }
}

/**
 * A process and all that it started, and what those started: browsers put their children into groups of their own, so
 * that no signal to a group reaches them all.
 */
export class ProcessTree {
  readonly #known = new Map<number, Process>()

  constructor(root: number | undefined) {
    const process = root === undefined ? null : read(root)
    if (process) this.#known.set(process.pid, process)
  }

  /** Looks who is there now. A child whose parent has gone is only known if it was seen before that. */
  look(): void {
    const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : []))
    for (let before = -1; before !== this.#known.size; ) {
      before = this.#known.size
      for (const process of all) if (this.#known.has(process.parent)) this.#known.set(process.pid, process)
    }
  }

  /** Those that still run. */
  get alive(): number[] {
    return [...this.#known.values()].flatMap(({ pid, started }) => (read(pid)?.started === started ? pid : []))
  }

  /** Ends all of them at once. */
  kill(): void {
    this.look()
    for (const pid of this.alive) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself meanwhile.
      }
    }
  }
}
