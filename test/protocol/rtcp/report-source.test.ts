import { expect, it } from 'vitest'
import { ReportSource } from '../../../protocol/rtcp/report-source.ts'

const STREAM = 7
const judged = (source: ReportSource, reports: readonly number[], isOther = false) =>
  reports.map((ssrc) => source.judge(ssrc, STREAM, isOther))

it('three reports in a row of one source without packets are taken for those of the stream', () => {
  expect(judged(new ReportSource(), [8, 8, 8, 8])).toEqual([
    'of-another',
    'of-another',
    'taken-for-own',
    'taken-for-own',
  ])
})

it('reports of ever other sources are not', () => {
  expect(new Set(judged(new ReportSource(), [8, 9, 8, 10, 9, 9, 8]))).toEqual(new Set(['of-another']))
})

it('none is where the stream has reports of its own, or the source is known and not played', () => {
  expect(judged(new ReportSource(), [STREAM, 8, 8, 8])).toEqual(['own', 'of-another', 'of-another', 'of-another'])
  expect(new Set(judged(new ReportSource(), [8, 8, 8, 8], true))).toEqual(new Set(['of-another']))
})
