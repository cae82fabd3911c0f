import { describe, expect, it } from 'vitest'
import { withSection } from './accepted-results.ts'
import type { Benchmark, Target } from './benchmark.ts'
import { describeResult } from './report.ts'
import { measureInTurn, quantile } from './samples.ts'

describe('samples', () => {
  it('have a median and a 95th percentile, between two values in proportion', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([1, 2, 3, 4, 5], 0.5)).toBe(3)
    expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5)
    expect(quantile([], 0.5)).toBeNaN()
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
