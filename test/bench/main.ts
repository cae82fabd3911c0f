import { parseArgs } from 'node:util'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { BENCHMARKS } from './benchmarks.ts'
import { accept, writeWhatFollows } from './documents/write.ts'
import { describeResult } from './report.ts'

const HELP = `npm run bench [-- NAME … options]

Measures, prints tables, and says of every promise whether it holds. Without a name: all benchmarks, one after the other.
Nothing else should run on the machine meanwhile. Peers to compare with are installed where they are missing.

  --list      names the benchmarks, with what they measure and their own options
  --runs N    how often each thing is measured
  --accept    writes what was found into docs/benchmarks.md, and what follows from it: docs/performance.md, docs/plots
  --documents writes what follows from docs/benchmarks.md as it is, and measures nothing
  --help      prints this
`

/** `npm run bench`; resolves with the exit code, which is 0 however slow things were. */
export async function main(
  args: readonly string[],
  folders: Pick<BenchmarkContext, 'root' | 'programs'>,
): Promise<number> {
  const own = Object.fromEntries(
    BENCHMARKS.flatMap(({ options = {} }) => Object.keys(options).map((name) => [name, { type: 'string' as const }])),
  )
  const parsed = parse(args, own)
  if (typeof parsed === 'string') {
    console.error(`${parsed}\n\n${HELP}`)
    return 2
  }
  const { values, positionals } = parsed
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (values.list) {
    for (const benchmark of BENCHMARKS) console.log(describe(benchmark))
    return 0
  }
  if (values.documents) {
    writeWhatFollows(folders.root)
    return 0
  }
  const unknown = positionals.filter((name) => !BENCHMARKS.some((one) => one.name === name))
  const runs = values.runs === undefined ? undefined : Number(values.runs)
  if (unknown.length > 0 || (runs !== undefined && !(Number.isInteger(runs) && runs > 0))) {
    console.error(
      unknown.length > 0
        ? `There is no benchmark ${unknown.join(', ')}: try --list.`
        : '--runs must be a number above 0.',
    )
    return 2
  }
  const chosen = positionals.length === 0 ? BENCHMARKS : BENCHMARKS.filter(({ name }) => positionals.includes(name))
  const options = Object.fromEntries(
    Object.entries<string | boolean | undefined>(values).filter(
      (entry): entry is [string, string] => entry[0] in own && typeof entry[1] === 'string',
    ),
  )
  for (const benchmark of chosen) {
    const progress = (text: string) => console.error(`${benchmark.name}: ${text}`)
    const result = await benchmark.run({ ...folders, runs, options, progress })
    const section = describeResult(benchmark, result, new Date())
    console.log(`\n${section}\n`)
    if (values.accept) {
      const order = BENCHMARKS.map(({ name }) => name)
      accept(folders.root, order, benchmark.name, section)
    }
  }
  return 0
}

/** @returns what was wrong, as a sentence, where it cannot be understood */
function parse(args: readonly string[], own: Readonly<Record<string, { readonly type: 'string' }>>) {
  const options = {
    ...own,
    list: { type: 'boolean' },
    runs: { type: 'string' },
    accept: { type: 'boolean' },
    documents: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}

function describe({ name, about, options = {} }: Benchmark): string {
  const flags = Object.entries(options).map(([flag, meaning]) => `\n    --${flag.padEnd(12)} ${meaning}`)
  return `${name}\n    ${about}${flags.join('')}`
}
