import type { Benchmark, BenchmarkResult, Table, Target } from './benchmark.ts'
import { describeMachine, NODE_VERSION } from './machine.ts'

/** The result as a section of docs/benchmarks.md, which is also what a person is shown. */
export function describeResult(benchmark: Benchmark, result: BenchmarkResult, date: Date): string {
  const versions = Object.entries({ Node: NODE_VERSION, ...result.versions })
  return [
    `## ${benchmark.title}`,
    benchmark.about,
    [
      `- ${date.toISOString().slice(0, 10)}, ${describeMachine()}`,
      `- ${versions.map(([name, version]) => `${name} ${version}`).join(', ')}`,
      `- runs: ${result.runs}; figures are the median, and the 95th percentile in brackets`,
    ].join('\n'),
    ...result.tables.map(describeTable),
    ...(result.targets.length > 0 ? [result.targets.map(describeTarget).join('\n')] : []),
    ...(result.notes && result.notes.length > 0 ? [result.notes.map((note) => `- ${note}`).join('\n')] : []),
  ].join('\n\n')
}

function describeTable({ title, columns, rows }: Table): string {
  const all = [columns, ...rows]
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (column === 0 ? cell(cells, 0).padEnd(width) : cell(cells, column).padStart(width))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return `${title}:\n\n${[line(columns), rule, ...rows.map(line)].join('\n')}`
}

const cell = (cells: readonly string[], column: number): string => cells[column] ?? ''

function describeTarget({ what, value, atMost }: Target): string {
  if (Number.isNaN(value)) return `- ${what}: not measured`
  const verdict = value <= atMost ? 'holds' : '**missed**'
  return `- ${what}: ${rounded(value, atMost)}, promised at most ${atMost}: ${verdict}`
}

/** As short as it goes without saying the contrary. */
function rounded(value: number, atMost: number): number {
  for (let digits = 3; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (short <= atMost === value <= atMost) return short
  }
  return value
}
