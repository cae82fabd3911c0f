import { type AcceptedTarget, withBlock } from './accepted-results.ts'
import { type Accepted, PROMISES, type Promised, targetsOf } from './promises.ts'

const ENGINES = ['chromium', 'firefox', 'webkit'] as const

/** docs/performance.md with its tables as they follow from the accepted results. What a person wrote stays. */
export function withTables(page: string, accepted: Accepted): string {
  return withBlock(withBlock(page, 'promises', promisesTable(accepted)), 'recovery', recoveryTable(accepted))
}

export function promisesTable(accepted: Accepted): string {
  const rows = PROMISES.map((promise) => [
    `[${promise.id}](#${promise.id.toLowerCase()})`,
    promise.what,
    promise.promised,
    ...ENGINES.map((engine) => promise.inEngine?.(engine, accepted) ?? ''),
    promise.withoutEngine?.(accepted) ?? '',
    verdict(promise, accepted),
    `\`${promise.benchmarks.join(' ')}\``,
  ])
  const head = ['', '', 'promised', 'Chromium', 'Firefox', 'WebKitGTK', 'no engine', 'met', 'npm run bench --']
  return markdownTable(head, rows)
}

function verdict(promise: Promised, accepted: Accepted): string {
  const targets = targetsOf(promise, accepted)
  if (targets.length === 0) return 'not measured'
  const missed = targets.filter(({ holds }) => !holds)
  if (missed.length === 0) return 'yes'
  return `**${missed.length === targets.length ? 'no' : 'in part'}**: ${missed.map(describeMissed).join('; ')}`
}

const describeMissed = ({ what, value, atMost }: AcceptedTarget): string =>
  `${what.replace(/^P\d+c?: /, '')} ${value} > ${atMost}`

export function recoveryTable(accepted: Accepted): string {
  const faults = accepted('recovery')?.tables[0]
  if (!faults) return 'Not measured yet.'
  const columns = ['', 'a picture', 'at the live edge', 'reconnects'] as const
  const rows = faults.rows.map(([name = '']) => [
    name,
    ...columns.slice(1).map((column) => faults.cell(name, column) ?? ''),
  ])
  return markdownTable(['fault', 'a picture after, ms', 'at the live edge after, ms', 'sessions anew'], rows)
}

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
