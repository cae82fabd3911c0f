import { parseArgs } from 'node:util'
import { addToCorpus, readCorpus } from './corpus.ts'
import { type Failure, kindOf } from './job.ts'
import { describeFailure } from './report.ts'
import { supervise } from './supervisor.ts'
import type { FuzzTarget } from './target.ts'
import { TARGETS, targetNamed } from './targets.ts'

const HELP = `npm run fuzz [-- options]

Feeds everything that reads foreign bytes with bad ones. Whatever fails is made small, shown with its seed, and kept in
test/fuzz/corpus/, which npm test replays.

  --minutes N      how long (default 1); the time is shared evenly
  --target NAME    only this one; may be repeated
  --seed N         the seed of the first input (default: from the clock)
  --inputs N       at most so many inputs a target; 0: the corpus only
  --list           names the targets
`

/** Rounds over all targets at most: what is broken is found early, and memory has time to grow. */
const ROUNDS = 4
/** Milliseconds that a target should have at a time: a thread that has just begun is slow. */
const SHORTEST_SLICE = 3000
const ROOT = process.cwd()

interface Row {
  readonly target: FuzzTarget
  inputs: number
  failures: number
  seconds: number
  growth: number
}

/** `npm run fuzz`; resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      target: { type: 'string', multiple: true },
      seed: { type: 'string' },
      inputs: { type: 'string' },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (values.list) {
    for (const { name } of TARGETS) console.log(name)
    return 0
  }
  const targets = values.target?.map(targetNamed) ?? TARGETS
  const minutes = numberOf('minutes', values.minutes, 0.01)
  const seed = values.seed === undefined ? Date.now() >>> 0 : numberOf('seed', values.seed, 0)
  const most = values.inputs === undefined ? Number.POSITIVE_INFINITY : numberOf('inputs', values.inputs, 0)

  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  const rows = targets.map((target): Row => ({ target, inputs: 0, failures: 0, seconds: 0, growth: 0 }))
  const known = new Set<string>()
  const end = performance.now() + minutes * 60_000
  console.log(`${targets.length} targets, ${minutes} min, seeds from ${seed}`)
  const rounds = Math.max(1, Math.min(ROUNDS, Math.floor((minutes * 60_000) / SHORTEST_SLICE / targets.length)))
  for (let round = 0; round < rounds; round++) {
    for (const [index, row] of rows.entries()) {
      const slices = (rounds - round) * rows.length - index
      const slice = Math.max(0, (end - performance.now()) / slices)
      if (interrupted.signal.aborted || (row.inputs >= most && round > 0)) continue
      await runSlice(row, round, slice)
    }
  }
  printSummary(rows)
  return rows.some((row) => row.failures > 0) ? 1 : 0

  async function runSlice(row: Row, round: number, milliseconds: number): Promise<void> {
    const start = performance.now()
    const { name } = row.target
    const result = await supervise(
      row.target,
      {
        target: name,
        files: round === 0 ? readCorpus(ROOT, name) : [],
        firstSeed: (seed + row.inputs) >>> 0,
        inputs: most - row.inputs,
        milliseconds,
      },
      { worker: new URL('./worker.js', import.meta.url), signal: interrupted.signal },
    )
    row.inputs += result.inputs
    row.seconds += (performance.now() - start) / 1000
    row.growth = Math.max(row.growth, result.growth)
    for (const failure of result.failures) if (failure.message !== 'aborted') tell(row, failure)
    const total = rows.reduce((sum, one) => sum + one.inputs, 0)
    const left = Math.max(0, (end - performance.now()) / 60_000)
    console.log(
      `${left.toFixed(1).padStart(5)} min left  ${name.padEnd(24)} ${count(row.inputs).padStart(11)} inputs, ${count(
        row.inputs / row.seconds,
      ).padStart(7)}/s, ${row.failures} failed   (${count(total)} in all)`,
    )
  }

  function tell(row: Row, failure: Failure): void {
    const { name } = row.target
    const text = describeFailure(name, failure)
    const kind = `${name} ${kindOf(failure.message)}`
    if (known.has(kind)) return
    known.add(kind)
    row.failures++
    console.error(`\n${text}`)
    if ('seed' in failure.origin) console.error(`  kept as ${addToCorpus(ROOT, name, failure.input)}`)
    console.error()
  }
}

function printSummary(rows: readonly Row[]): void {
  console.log(
    `\n${'target'.padEnd(24)} ${'inputs'.padStart(12)} ${'a second'.padStart(9)} ${'memory'.padStart(9)}  failed`,
  )
  for (const { target, inputs, seconds, growth, failures } of rows) {
    const memory = `${(growth / 1024 / 1024).toFixed(1)} MB`
    console.log(
      `${target.name.padEnd(24)} ${count(inputs).padStart(12)} ${count(inputs / Math.max(seconds, 1e-3)).padStart(9)} ${memory.padStart(9)}  ${failures}`,
    )
  }
  const sum = (figure: (row: Row) => number): number => rows.reduce((total, row) => total + figure(row), 0)
  console.log(`\n${count(sum((row) => row.inputs))} inputs, ${sum((row) => row.failures)} failed`)
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US')

function numberOf(name: string, text: string, minimum: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= minimum))
    throw new RangeError(`--${name} wants a number from ${minimum}, not ${text}`)
  return value
}
