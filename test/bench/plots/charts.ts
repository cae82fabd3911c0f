import { axisOf, bar, curve, drawing, label, line, PLOT, type Svg, short, type Tone } from './svg.ts'

const ROW = 30
const TOP = 64
/** Of a letter, roughly, and around a name. */
const LETTER = 7
const MARGIN = 26

/** Where the names at the left end. */
const namesEnd = (rows: readonly { readonly name: string }[]): number =>
  Math.max(...rows.map(({ name }) => name.length), 0) * LETTER + MARGIN

interface Chart {
  readonly title: string
  /** Of the axis with the figures: `milliseconds`. */
  readonly unit: string
  /** What is promised, on the same axis. */
  readonly promised?: number
}

export interface BarRow {
  readonly name: string
  readonly value: number
  readonly tone: Tone
}

/** One bar a row; rows without a figure are left out. */
export function barChart({ title, unit, promised }: Chart, all: readonly BarRow[]): Svg {
  const rows = all.filter(({ value }) => Number.isFinite(value))
  const names = namesEnd(rows)
  const axis = axisOf([...rows.map(({ value }) => value * 1.08), promised ?? 0], names, PLOT.right)
  const bottom = TOP + rows.length * ROW
  return drawing(title, bottom + 44, [
    ...grid(axis.ticks, axis.place, bottom, unit),
    ...rows.flatMap(({ name, value, tone }, at) => {
      const y = TOP + at * ROW
      return [
        label(names - 10, y + 19, name, '', 'end'),
        bar(names, y + 6, axis.place(value) - names, ROW - 12, tone),
        label(axis.place(value) + 6, y + 19, short(Number(value.toPrecision(3))), 'faint'),
      ]
    }),
    ...promise(promised, axis.place, bottom),
  ])
}

export interface RangeRow {
  readonly name: string
  /** 5th, 25th, 50th, 75th and 95th percentile. */
  readonly percentiles: readonly number[]
  readonly tone: Tone
}

/** Where the values of each row lie: 90 % of them on the line, half of them in the box, the median at the mark. */
export function rangeChart({ title, unit, promised }: Chart, all: readonly RangeRow[]): Svg {
  const rows = all.filter(({ percentiles }) => percentiles.length === 5 && percentiles.every(Number.isFinite))
  const names = namesEnd(rows)
  const axis = axisOf([...rows.flatMap(({ percentiles }) => percentiles), promised ?? 0], names, PLOT.right)
  const bottom = TOP + rows.length * ROW
  return drawing(title, bottom + 62, [
    ...grid(axis.ticks, axis.place, bottom, unit),
    ...rows.flatMap(({ name, percentiles, tone }, at) => {
      const middle = TOP + at * ROW + ROW / 2
      const [p5 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0] = percentiles.map(axis.place)
      return [
        label(names - 10, middle + 4, name, '', 'end'),
        line(p5, middle, p95, middle, `whisker ${tone}`),
        bar(p25, middle - 8, Math.max(2, p75 - p25), 16, tone),
        line(p50, middle - 8, p50, middle + 8, 'mark'),
      ]
    }),
    ...promise(promised, axis.place, bottom),
    label(16, bottom + 54, 'Line: 5 % to 95 % of the pictures; box: half of them; mark: the median.', 'faint'),
  ])
}

export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly tone: Tone
}

/** Values over another value, such as time; both from 0 on. */
export function lineChart({ title, unit, promised }: Chart, across: string, series: readonly Series[]): Svg {
  const [left, top, bottom] = [64, TOP, 300]
  const points = series.flatMap((one) => one.points)
  const x = axisOf(
    points.map(([value]) => value),
    left,
    PLOT.right,
  )
  const y = axisOf([...points.map(([, value]) => value * 1.1), promised ?? 0], bottom, top, 5)
  return drawing(title, bottom + 70, [
    label(16, top - 12, unit, 'faint'),
    ...y.ticks.flatMap((tick) => [
      line(left, y.place(tick), PLOT.right, y.place(tick), 'grid'),
      label(left - 8, y.place(tick) + 4, short(tick), 'faint', 'end'),
    ]),
    ...x.ticks.map((tick) => label(x.place(tick), bottom + 18, short(tick), 'faint', 'middle')),
    label(PLOT.right, bottom + 36, across, 'faint', 'end'),
    ...series.map((one) =>
      curve(
        one.points.map(([a, b]) => [x.place(a), y.place(b)] as const),
        one.tone,
      ),
    ),
    ...legend(series, bottom + 56),
    ...(promised === undefined ? [] : [line(left, y.place(promised), PLOT.right, y.place(promised), 'promise')]),
  ])
}

/** Bars side by side, a group for each thing; on a scale of powers of ten, for what differs by a lot. */
export function groupedChart(
  { title, unit, promised }: Chart,
  groups: readonly string[],
  series: readonly { readonly name: string; readonly values: readonly number[]; readonly tone: Tone }[],
): Svg {
  const [left, top, bottom] = [64, TOP, 300]
  const all = series.flatMap(({ values }) => values).filter((value) => value > 0)
  const [least, most] = [
    Math.floor(Math.log10(Math.min(...all))),
    Math.ceil(Math.log10(Math.max(...all, promised ?? 1))),
  ]
  const place = (value: number) => bottom - ((Math.log10(value) - least) / (most - least)) * (bottom - top)
  const width = (PLOT.right - left) / groups.length
  const thick = (width - 24) / series.length
  const ticks = Array.from({ length: most - least + 1 }, (_, power) => 10 ** (least + power))
  return drawing(title, bottom + 56, [
    label(16, top - 12, `${unit}, each line ten times the one below`, 'faint'),
    ...ticks.flatMap((tick) => [
      line(left, place(tick), PLOT.right, place(tick), 'grid'),
      label(left - 8, place(tick) + 4, short(tick), 'faint', 'end'),
    ]),
    ...groups.flatMap((group, at) => [
      label(left + (at + 0.5) * width, bottom + 18, group, 'faint', 'middle'),
      ...series.flatMap(({ values, tone }, which) => {
        const value = values[at] ?? Number.NaN
        if (!(value > 0)) return []
        const x = left + at * width + 12 + which * thick
        return [
          bar(x, place(value), thick - 4, bottom - place(value), tone),
          label(x + thick / 2 - 2, place(value) - 5, short(Number(value.toPrecision(3))), 'faint', 'middle'),
        ]
      }),
    ]),
    ...(promised === undefined ? [] : [line(left, place(promised), PLOT.right, place(promised), 'promise')]),
    ...legend(series, bottom + 42),
  ])
}

function grid(ticks: readonly number[], place: (value: number) => number, bottom: number, unit: string): Svg[] {
  return [
    ...ticks.flatMap((tick) => [
      line(place(tick), TOP, place(tick), bottom, 'grid'),
      label(place(tick), bottom + 18, short(tick), 'faint', 'middle'),
    ]),
    label(PLOT.right, bottom + 35, unit, 'faint', 'end'),
  ]
}

function promise(promised: number | undefined, place: (value: number) => number, bottom: number): Svg[] {
  if (promised === undefined) return []
  const x = place(promised)
  return [
    line(x, TOP - 6, x, bottom, 'promise'),
    label(x, TOP - 12, `promised: ${short(promised)}`, 'promised', 'middle'),
  ]
}

function legend(series: readonly { readonly name: string; readonly tone: Tone }[], y: number): Svg[] {
  let x = 64
  return series.flatMap(({ name, tone }) => {
    const from = x
    x += 40 + name.length * 7
    return [bar(from, y - 10, 12, 12, tone), label(from + 18, y, name, 'faint')]
  })
}
