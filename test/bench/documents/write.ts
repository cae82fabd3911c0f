import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { drawPlots } from '../plots/plots.ts'
import { readAccepted, withSection } from './accepted-results.ts'
import { withTables } from './performance-page.ts'
import type { Accepted } from './promises.ts'

const RESULTS = 'docs/benchmarks.md'
const PERFORMANCE = 'docs/performance.md'
const PLOTS = 'docs/plots'

/** What was accepted so far. @param root of the repository */
export function acceptedIn(root: string): Accepted {
  const document = existsSync(`${root}/${RESULTS}`) ? readFileSync(`${root}/${RESULTS}`, 'utf8') : ''
  return (benchmark) => readAccepted(document, benchmark)
}

/** Writes what a benchmark found in place of what stood there, and all that follows from it. */
export function accept(root: string, order: readonly string[], name: string, section: string): void {
  const path = `${root}/${RESULTS}`
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  writeFileSync(path, withSection(before, order, name, section))
  writeWhatFollows(root)
}

/** The tables of docs/performance.md and the plots, from docs/benchmarks.md. */
export function writeWhatFollows(root: string): void {
  const accepted = acceptedIn(root)
  const page = `${root}/${PERFORMANCE}`
  writeFileSync(page, withTables(readFileSync(page, 'utf8'), accepted))
  mkdirSync(`${root}/${PLOTS}`, { recursive: true })
  for (const { plot, svg } of drawPlots(accepted)) writeFileSync(`${root}/${PLOTS}/${plot.name}.svg`, svg)
}
