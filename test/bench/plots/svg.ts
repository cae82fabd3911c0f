/** A piece of SVG, written. */
export type Svg = string

const WIDTH = 720

/** Light and dark, by what the reader's system prefers; on a ground of its own, so that it is read on any page. */
const STYLE = `
  :root { color-scheme: light dark; --ground: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --ours: #0969da; --other: #8c959f; --third: #bc4c00; --promise: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    :root { --ground: #0d1117; --ink: #f0f6fc; --faint: #9198a1; --line: #3d444d; --ours: #4493f8; --other: #6e7681; --third: #f0883e; --promise: #3fb950 }
  }
  .ground { fill: var(--ground) }
  text { font: 13px system-ui, sans-serif; fill: var(--ink) }
  .title { font-weight: 600; font-size: 15px }
  .faint { fill: var(--faint); font-size: 12px }
  .grid { stroke: var(--line) }
  .promise { stroke: var(--promise); stroke-width: 2; stroke-dasharray: 5 4 }
  .promised { fill: var(--promise); font-size: 12px }
  .ours { fill: var(--ours) } .other { fill: var(--other) } .third { fill: var(--third) }
  .whisker { stroke-width: 2; fill: none }
  .whisker.ours, .curve.ours { stroke: var(--ours) } .whisker.other, .curve.other { stroke: var(--other) } .curve.third { stroke: var(--third) }
  .curve { fill: none; stroke-width: 2 }
  .mark { stroke: var(--ground); stroke-width: 2 }`

/** What is drawn alike. */
export type Tone = 'ours' | 'other' | 'third'

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const round = (value: number): number => Math.round(value * 10) / 10

export const label = (
  x: number,
  y: number,
  text: string,
  kind = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): Svg =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(text)}</text>`

export const line = (x1: number, y1: number, x2: number, y2: number, kind: string): Svg =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${kind}"/>`

export const bar = (x: number, y: number, width: number, height: number, kind: string): Svg =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" rx="2" class="${kind}"/>`

export const curve = (points: readonly (readonly [number, number])[], tone: Tone): Svg =>
  `<polyline points="${points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')}" class="curve ${tone}"/>`

/** The whole file. */
export const drawing = (title: string, height: number, parts: readonly Svg[]): Svg =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect width="${WIDTH}" height="${height}" class="ground"/>`,
    label(16, 26, title, 'title'),
    ...parts,
    '</svg>',
    '',
  ].join('\n')

/** From values to places on the drawing. */
export interface Axis {
  place(value: number): number
  /** Values to be named, from 0 on, equally far from each other. */
  readonly ticks: readonly number[]
}

/** From 0 to the greatest of the values, or a little more. */
export function axisOf(values: readonly number[], from: number, to: number, wantedTicks = 6): Axis {
  const most = Math.max(0, ...values.filter(Number.isFinite)) || 1
  const rough = most / wantedTicks
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((part) => part * power >= rough) ?? 10) * power
  const count = Math.ceil(most / step - 1e-9)
  return {
    place: (value) => from + ((to - from) * value) / (count * step),
    ticks: Array.from({ length: count + 1 }, (_, tick) => tick * step),
  }
}

/** A number of an axis, as short as it goes. */
export const short = (value: number): string => String(Number(value.toPrecision(6)))

export const PLOT = { width: WIDTH, right: WIDTH - 24 } as const
