/**
 * `npm test`: installs what the tests need, then runs every check.
 *
 *   npm test                          everything
 *   npm test -- --only lint,unit      some of: lint types build unit interop browser engines package fuzz
 *   npm test -- protocol/rtsp         the test files whose path holds that text
 *
 * The last line is `N passed, N failed`; the exit code is 0 only where nothing failed and at least one test ran.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, isBuilt } from './build.js'
import { setup } from './setup.js'
import { Failure, mustSucceed, runMain, runTool, seconds, step } from './steps.js'

/** @typedef {{ title: string, passed: number, failed: number, skipped: number, milliseconds: number }} Row */

/** The parts that `--only` names, and the vitest projects that are meant by them. */
const VITEST_PROJECTS = /** @type {Record<string, string[]>} */ ({
  unit: ['protocol', 'web', 'bridge', 'cameras', 'bench'],
  interop: ['interop'],
  browser: ['browser'],
  engines: ['engines'],
  package: ['package'],
  fuzz: ['fuzz'],
})
const PARTS = ['lint', 'types', 'build', ...Object.keys(VITEST_PROJECTS)]

/** @returns {{ parts: string[], filters: string[] }} */
const parseSelection = () => {
  const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true })
  const tests = Object.keys(VITEST_PROJECTS)
  const parts = values.only?.split(',') ?? (positionals.length > 0 ? tests : PARTS)
  const unknown = parts.filter((part) => !PARTS.includes(part))
  if (unknown.length > 0) throw new Failure(`--only takes ${PARTS.join(', ')}; not ${unknown.join(', ')}.`)
  return { parts, filters: positionals }
}

/**
 * Something that counts as one test. It shows its output where it fails; what comes after it runs all the same.
 * @param {string} title
 * @param {() => Promise<void>} work
 * @returns {Promise<Row>}
 */
const check = async (title, work) => {
  const start = performance.now()
  let failed = 0
  try {
    await work()
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error)
    failed = 1
  }
  return { title, passed: 1 - failed, failed, skipped: 0, milliseconds: performance.now() - start }
}

const lint = () =>
  step('Checking format and lint (biome)', async () => {
    const args = ['check', '--error-on-warnings', '--max-diagnostics=100', '.']
    mustSucceed(await runTool('node_modules/@biomejs/biome/bin/biome', args), 'Biome')
  })

const checkTypes = () =>
  step('Checking types (tsc)', async () => {
    mustSucceed(await runTool('node_modules/typescript/bin/tsc', ['-b']), 'The compiler')
  })

const buildWhereNeeded = async () => {
  if (isBuilt()) console.log('The build is up to date')
  else await build()
}

/**
 * The test suites. Vitest reports by itself; the figures are read from its JSON report.
 * @param {string[]} projects
 * @param {string[]} filters
 * @returns {Promise<Row>}
 */
const vitest = async (projects, filters) => {
  const start = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'rtsp-player-test-'))
  const report = join(folder, 'report.json')
  console.log(`Tests (vitest: ${projects.join(', ')})`)
  const { code } = await runTool(
    'node_modules/vitest/vitest.mjs',
    [
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ...filters,
    ],
    { inherit: true },
  )
  let passed = 0
  let failed = 0
  let skipped = 0
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'))
    passed = result.numPassedTests
    failed = result.numFailedTests
    skipped = result.numPendingTests + result.numTodoTests
  } catch {
    console.error('Vitest left no report.')
  }
  rmSync(folder, { recursive: true })
  if (passed + failed === 0) console.error('No test ran.')
  // A file that cannot be loaded or an error outside of a test fails the run without a failed test.
  if ((code !== 0 || passed === 0) && failed === 0) failed = 1
  return { title: 'tests', passed, failed, skipped, milliseconds: performance.now() - start }
}

/**
 * @param {Row[]} rows
 * @param {number} total milliseconds
 */
const printSummary = (rows, total) => {
  const width = Math.max(...rows.map(({ title }) => title.length))
  console.log()
  for (const { title, passed, failed, skipped, milliseconds } of rows) {
    const result = failed > 0 ? 'FAILED' : 'ok'
    const figures = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    console.log(`  ${title.padEnd(width)}  ${result.padEnd(6)}  ${seconds(milliseconds).padStart(8)}  ${figures}`)
  }
  console.log(`  ${'in all'.padEnd(width + 8)}  ${seconds(total).padStart(8)}`)
  const sum = (/** @type {(row: Row) => number} */ figure) => rows.reduce((total, row) => total + figure(row), 0)
  const failed = sum((row) => row.failed)
  console.log(`\n${sum((row) => row.passed)} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

await runMain(async () => {
  const { parts, filters } = parseSelection()
  const start = performance.now()
  await setup()
  /** @type {Row[]} */
  const rows = []
  if (parts.includes('lint')) rows.push(await check('format and lint', lint))
  if (parts.includes('types')) rows.push(await check('types', checkTypes))
  const projects = parts.flatMap((part) => VITEST_PROJECTS[part] ?? [])
  // The bridge, the browser and the package are tested as they are shipped: built.
  if (parts.includes('build') || projects.length > 0) rows.push(await check('build', buildWhereNeeded))
  if (projects.length > 0) rows.push(await vitest(projects, filters))
  printSummary(rows, performance.now() - start)
})
