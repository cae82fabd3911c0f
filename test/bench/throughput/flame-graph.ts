import type { Profiler } from 'node:inspector'

/** A function on the way from the outermost caller, with the samples that were taken in it and in what it called. */
export interface Frame {
  readonly name: string
  samples: number
  /** Samples in the function itself. */
  own: number
  readonly calls: Map<string, Frame>
}

const WIDTH = 1_200
const ROW = 18
const MARGIN = 8
const HEADING = 34
/** Pixels; what is narrower cannot be seen, and would fill the file. */
const NARROWEST = 1
/** Letters of the font that is used are so wide, in pixels. */
const LETTER = 6.6

/** What was called by whom, and how often it was met there; callers of the same name are one. */
export function framesOf({ nodes }: Profiler.Profile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const root: Frame = { name: 'all', samples: 0, own: 0, calls: new Map() }
  const walk = (id: number, into: Frame): number => {
    const node = byId.get(id)
    if (!node) return 0
    const name = node.callFrame.functionName || '(anonymous)'
    const frame = into.calls.get(name) ?? { name, samples: 0, own: 0, calls: new Map() }
    into.calls.set(name, frame)
    const own = node.hitCount ?? 0
    const samples = (node.children ?? []).reduce((sum, child) => sum + walk(child, frame), own)
    frame.own += own
    frame.samples += samples
    return samples
  }
  const called = new Set(nodes.flatMap((node) => node.children ?? []))
  for (const { id } of nodes) if (!called.has(id)) root.samples += walk(id, root)
  return root
}

/** The functions that took most of the time themselves, wherever they were called: name and part of all samples. */
export function dearest(root: Frame, count: number): readonly (readonly [string, number])[] {
  const own = new Map<string, number>()
  const walk = (frame: Frame): void => {
    own.set(frame.name, (own.get(frame.name) ?? 0) + frame.own)
    for (const call of frame.calls.values()) walk(call)
  }
  walk(root)
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, samples]) => [name, samples / Math.max(1, root.samples)])
}

/** A picture: callers below what they call, each as wide as its part of the time. */
export function flameGraph(root: Frame, title: string): string {
  const perSample = (WIDTH - 2 * MARGIN) / Math.max(1, root.samples)
  const rows: string[] = []
  let depth = 0
  const draw = (frame: Frame, left: number, level: number): void => {
    const width = frame.samples * perSample
    if (width < NARROWEST) return
    depth = Math.max(depth, level)
    rows.push(box(frame, left, level, width, root.samples))
    let at = left
    for (const call of [...frame.calls.values()].sort((a, b) => b.samples - a.samples)) {
      draw(call, at, level + 1)
      at += call.samples * perSample
    }
  }
  draw(root, MARGIN, 0)
  const height = HEADING + (depth + 1) * ROW + MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${MARGIN}" y="20" font-size="14">${escaped(title)}</text>`,
    `<g transform="translate(0 ${HEADING})">`,
    ...rows,
    '</g></svg>',
  ].join('\n')
}

function box({ name, samples, own }: Frame, left: number, level: number, width: number, all: number): string {
  const percent = (part: number) => `${((part / Math.max(1, all)) * 100).toFixed(1)} %`
  const letters = Math.floor((width - 4) / LETTER)
  const shown = name.length <= letters ? name : letters > 3 ? `${name.slice(0, letters - 1)}…` : ''
  const y = level * ROW
  const place = `x="${left.toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${ROW - 1}"`
  const label = shown && `<text x="${(left + 3).toFixed(1)}" y="${y + 12}">${escaped(shown)}</text>`
  return `<g><title>${escaped(`${name}: ${percent(samples)}, itself ${percent(own)}`)}</title><rect ${place} fill="hsl(${hue(name)} 75% 70%)"/>${label}</g>`
}

/** From red to yellow, the same for the same name. */
const hue = (name: string): number => [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 60, 7)

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
