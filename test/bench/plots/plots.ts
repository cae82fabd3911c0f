import type { AcceptedTable } from '../documents/accepted-results.ts'
import type { Accepted } from '../documents/promises.ts'
import { barChart, groupedChart, lineChart, rangeChart } from './charts.ts'
import type { Svg, Tone } from './svg.ts'

/** A drawing of what was accepted. */
export interface Plot {
  /** Of its file, without the ending. */
  readonly name: string
  /** For those who do not see it. */
  readonly alt: string
  readonly benchmark: string
  draw(tables: readonly AcceptedTable[]): Svg | undefined
}

const toneOf = (name: string): Tone => (/^(MSE|WebCodecs|rtsp-)/.test(name) ? 'ours' : 'other')
/** Without how often it ended. */
const nameOf = (cell = ''): string => cell.replace(/ \(.*\)$/, '')

const bars = (table: AcceptedTable, column: string) =>
  table.figures(column).map((value, at) => {
    const name = nameOf(table.rows[at]?.[0])
    return { name, value, tone: toneOf(name) }
  })

/** Every plot of docs/performance.md, in its order. */
export const PLOTS: readonly Plot[] = [
  {
    name: 'delay',
    alt: 'Delay from capture to screen, by renderer and engine, beside Axis’ player',
    benchmark: 'delay',
    draw: ([table]) => {
      if (!table?.columns.includes('p25')) return undefined
      const columns = ['p5', 'p25', 'p50', 'p75', 'p95'].map((column) => table.figures(column))
      const rows = table.rows.map(([cell], at) => {
        const name = nameOf(cell)
        return { name, percentiles: columns.map((figures) => figures[at] ?? Number.NaN), tone: toneOf(name) }
      })
      return rangeChart({ title: 'Delay from capture to screen', unit: 'milliseconds', promised: 35 }, rows)
    },
  },
  {
    name: 'first-picture',
    alt: 'Time to the first picture, beside Axis’ player',
    benchmark: 'first-picture',
    draw: ([table]) =>
      table &&
      barChart(
        { title: 'First picture, with a keyframe each 4 s: median', unit: 'milliseconds', promised: 150 },
        bars(table, 'first picture'),
      ),
  },
  {
    name: 'recovery',
    alt: 'Time to be back at the live edge after each fault',
    benchmark: 'recovery',
    draw: ([table]) =>
      table &&
      barChart(
        { title: 'Back at the live edge after a fault: median', unit: 'milliseconds' },
        bars(table, 'at the live edge').map((row) => ({ ...row, tone: 'ours' })),
      ),
  },
  {
    name: 'throughput',
    alt: 'Megabytes a second by chunk size, beside Axis’ library',
    benchmark: 'throughput',
    draw: ([table]) =>
      table &&
      groupedChart(
        { title: 'RTSP in, fragmented MP4 out, by the size of the chunks it comes in', unit: 'MB/s' },
        table.rows.map(([size = '']) => size),
        [
          { name: 'rtsp-player', values: table.figures('ours, MB/s'), tone: 'ours' },
          { name: 'Axis media-stream-library', values: table.figures('Axis, MB/s'), tone: 'other' },
        ],
      ),
  },
  {
    name: 'relay',
    alt: 'Processor time a GB of the bridge’s relay, beside HAProxy and others',
    benchmark: 'relay',
    draw: ([table]) =>
      table &&
      barChart({ title: 'Relay: processor time a GB, each packet alone', unit: 'seconds' }, bars(table, 'CPU s/GB')),
  },
  {
    name: 'memory',
    alt: 'Memory in use of a page with 16 tiles and of the bridge, over the minutes',
    benchmark: 'hours',
    draw: ([table]) => {
      if (!table) return undefined
      const minutes = table.rows.map(([minute = '']) => Number.parseFloat(minute))
      const points = (column: string) => table.figures(column).map((value, at) => [minutes[at] ?? 0, value] as const)
      return lineChart({ title: 'Memory in use: a page of 16 tiles, and its bridge', unit: 'MB' }, 'minutes', [
        { name: 'page and its workers', points: points('page, used MB'), tone: 'ours' },
        { name: 'bridge', points: points('bridge, used MB'), tone: 'other' },
      ])
    },
  },
]

/** The plots that can be drawn of what was accepted. */
export function drawPlots(accepted: Accepted): { readonly plot: Plot; readonly svg: Svg }[] {
  return PLOTS.flatMap((plot) => {
    const svg = plot.draw(accepted(plot.benchmark)?.tables ?? [])
    return svg === undefined ? [] : [{ plot, svg }]
  })
}
