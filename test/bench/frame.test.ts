import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Benchmark, Target } from './benchmark.ts'
import { readAccepted, withBlock, withSection } from './documents/accepted-results.ts'
import { recoveryTable, withTables } from './documents/performance-page.ts'
import { PROMISES, targetsOf } from './documents/promises.ts'
import { acceptedIn } from './documents/write.ts'
import { barChart, lineChart } from './plots/charts.ts'
import { drawPlots } from './plots/plots.ts'
import { describeResult } from './report.ts'
import { measureInTurn, quantile, Samples } from './samples.ts'
import { slopeOf } from './slope.ts'

describe('samples', () => {
  it('have a median and a 95th percentile, between two values in proportion', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([1, 2, 3, 4, 5], 0.5)).toBe(3)
    expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5)
    expect(quantile([], 0.5)).toBeNaN()
  })

  it('say nothing where nothing was measured', () => {
    expect(new Samples().text(1)).toBe('')
  })

  it('are taken of each subject once a round, and each round begins with another', async () => {
    const order: string[] = []
    const measured = await measureInTurn([{ name: 'a' }, { name: 'b' }], 3, async ({ name }, run) => {
      order.push(name)
      return { figure: run }
    })
    expect(order.join('')).toBe('abbaab')
    expect(measured.get('a')?.of('figure').median).toBe(1)
  })
})

describe('a slope', () => {
  it('is that of the straight line, without uncertainty where the points are on it', () => {
    const { value, error } = slopeOf([1, 2, 3, 4].map((x) => [x, 2 * x + 5]))
    expect(value).toBeCloseTo(2)
    expect(error).toBeCloseTo(0)
  })

  it('is uncertain where the points scatter, and more so where they are few', () => {
    const scattered = (count: number) =>
      slopeOf(Array.from({ length: count }, (_, i) => [i / count, i % 2 === 0 ? 1 : -1]))
    expect(Math.abs(scattered(100).value)).toBeLessThan(scattered(100).error)
    expect(scattered(10).error).toBeGreaterThan(2 * scattered(100).error)
  })

  it('is none of two points', () => {
    expect(
      slopeOf([
        [0, 0],
        [1, 1],
      ]).value,
    ).toBeNaN()
  })
})

describe('the accepted results', () => {
  const order = ['one', 'two', 'three']

  it('have one section replaced, and keep the others in the order of the benchmarks', () => {
    let document = withSection(undefined, order, 'three', 'third')
    document = withSection(document, order, 'one', 'first')
    document = withSection(document, order, 'three', 'third, anew')
    expect(document.match(/^(first|second|third).*$/gm)).toEqual(['first', 'third, anew'])
    expect(withSection(document, order, 'one', 'first')).toBe(document)
  })

  it('lose the section of a benchmark that is no more', () => {
    const document = withSection(undefined, order, 'two', 'second')
    expect(withSection(document, ['one'], 'one', 'first')).not.toContain('second')
  })
})

describe('a report', () => {
  const benchmark: Benchmark = { name: 'one', title: 'One', about: 'About it.', run: () => Promise.reject() }
  const verdictOf = (target: Target) =>
    describeResult(benchmark, { runs: 1, versions: {}, tables: [], targets: [target] }, new Date(0))
      .split('\n')
      .at(-1)

  it('says of each promise whether it holds', () => {
    expect(verdictOf({ what: 'time', value: 1.25, atMost: 1.25 })).toBe('- time: 1.25, promised at most 1.25: holds')
    expect(verdictOf({ what: 'time', value: 1.3, atMost: 1.25 })).toContain('missed')
    expect(verdictOf({ what: 'time', value: 1 / 3, atMost: 1 })).toContain(' 0.333,')
    expect(verdictOf({ what: 'time', value: 1.2504, atMost: 1.25 })).toContain(
      '1.2504, promised at most 1.25: **missed',
    )
    expect(verdictOf({ what: 'time', value: Number.NaN, atMost: 1.25 })).toBe('- time: not measured')
  })

  it('has tables that are read as they are, and as Markdown', () => {
    const table = { title: 'Times', columns: ['', 'ms'], rows: [['ours', '1.0 (2.0)']] }
    const text = describeResult(benchmark, { runs: 1, versions: {}, tables: [table], targets: [] }, new Date(0))
    expect(text.split('\n').slice(-5)).toEqual([
      'Times:',
      '',
      '|      |        ms |',
      '| ---- | --------: |',
      '| ours | 1.0 (2.0) |',
    ])
  })
})

describe('an accepted result', () => {
  const result = {
    runs: 1,
    versions: {},
    tables: [
      {
        title: 'Times',
        columns: ['', 'ms', '× peer'],
        rows: [
          ['ours (ended 1 of 3 times)', '1.5 (2.0)', ''],
          ['theirs', '3', '1'],
        ],
      },
    ],
    targets: [
      { what: 'P1: time', value: 1.25, atMost: 1.25 },
      { what: 'P1: times: all', value: 2, atMost: 1 },
      { what: 'P2: none', value: Number.NaN, atMost: 1 },
    ],
  }
  const benchmark: Benchmark = { name: 'one', title: 'One', about: 'About it.', run: () => Promise.reject() }
  const document = withSection(undefined, ['one'], 'one', describeResult(benchmark, result, new Date(0)))
  const accepted = readAccepted(document, 'one')

  it('is read again from the document as it was written', () => {
    expect(accepted?.date).toBe('1970-01-01')
    const [table] = accepted?.tables ?? []
    expect(table?.title).toBe('Times')
    expect(table?.cell('ours', 'ms')).toBe('1.5 (2.0)')
    expect(table?.figure('ours', 'ms')).toBe(1.5)
    expect(table?.figures('× peer')).toEqual([Number.NaN, 1])
    expect(accepted?.targets).toEqual([
      { what: 'P1: time', value: 1.25, atMost: 1.25, holds: true },
      { what: 'P1: times: all', value: 2, atMost: 1, holds: false },
      { what: 'P2: none', value: Number.NaN, atMost: Number.NaN, holds: false },
    ])
  })

  it('of a benchmark that was never accepted is none', () => {
    expect(readAccepted(document, 'two')).toBeUndefined()
  })
})

describe('docs/performance.md', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const accepted = acceptedIn(root)

  it('has the tables that follow from docs/benchmarks.md: npm run bench -- --documents', () => {
    const page = readFileSync(`${root}/docs/performance.md`, 'utf8')
    expect(withTables(page, accepted)).toBe(page)
  })

  it('has a word on each promise that is not kept', () => {
    const page = readFileSync(`${root}/docs/performance.md`, 'utf8')
    for (const promise of PROMISES) {
      if (targetsOf(promise, accepted).some(({ holds }) => !holds)) expect(page).toContain(`\n### ${promise.id}\n`)
    }
  })

  it('shows every plot, as it follows from docs/benchmarks.md', () => {
    const page = readFileSync(`${root}/docs/performance.md`, 'utf8')
    for (const { plot, svg } of drawPlots(accepted)) {
      expect(page).toContain(`](plots/${plot.name}.svg)`)
      expect(readFileSync(`${root}/docs/plots/${plot.name}.svg`, 'utf8')).toBe(svg)
    }
  })

  it('keeps what a person wrote around its tables', () => {
    const page = 'Before.\n<!-- begin promises -->\nold\n<!-- end promises -->\nAfter: $& $1.\n'
    expect(withBlock(page, 'promises', 'new $&')).toBe(page.replace('old', () => 'new $&'))
    expect(() => withBlock(page, 'other', 'new')).toThrow('begin other')
  })

  it('says that nothing was measured, where nothing was', () => {
    expect(recoveryTable(() => undefined)).toBe('Not measured yet.')
  })
})

describe('a plot', () => {
  it('is well-formed, whatever the names are, and leaves out what has no figure', () => {
    const svg = barChart({ title: 'a < b & "c"', unit: 'ms' }, [
      { name: '<x>', value: 3, tone: 'ours' },
      { name: 'unmeasured', value: Number.NaN, tone: 'other' },
    ])
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;')
    expect(svg).toContain('&lt;x&gt;')
    expect(svg).not.toContain('unmeasured')
    expect(svg).not.toContain('NaN')
  })

  it('can be drawn of a single point', () => {
    const series = [{ name: 'one', points: [[0, 0]] as const, tone: 'ours' as const }]
    expect(lineChart({ title: 'One', unit: 'MB' }, 'minutes', series)).not.toMatch(/NaN|Infinity/)
  })
})
