const HEAD = `# Benchmarks

What was measured and accepted last, benchmark by benchmark; \`npm run bench -- NAME --accept\` writes a section anew. A machine of
your own gives other figures: compare ratios, which are taken within one run. What was promised, and what became of it, is in
[performance.md](performance.md).
`

const begin = (name: string) => `<!-- begin ${name} -->`
const end = (name: string) => `<!-- end ${name} -->`

/**
 * The document with the section of one benchmark in place of the one before.
 * @param document undefined where there is none yet
 * @param order names of all benchmarks: the sections follow it, and those of others are dropped
 */
export function withSection(document: string | undefined, order: readonly string[], name: string, section: string) {
  const sections = order.flatMap((one) => {
    const text = one === name ? section : sectionOf(document ?? '', one)
    return text === undefined ? [] : [`${begin(one)}\n${text.trim()}\n${end(one)}\n`]
  })
  return [HEAD, ...sections].join('\n')
}

/**
 * The document with another text between the marks of that name.
 * @throws Error where it has no such marks
 */
export function withBlock(document: string, name: string, text: string): string {
  const before = sectionOf(document, name)
  if (before === undefined) throw new Error(`There is no ${begin(name)} … ${end(name)}.`)
  return document.replace(`${begin(name)}${before}${end(name)}`, () => `${begin(name)}\n${text.trim()}\n${end(name)}`)
}

function sectionOf(document: string, name: string): string | undefined {
  const from = document.indexOf(begin(name))
  const to = document.indexOf(end(name), from)
  return from < 0 || to < 0 ? undefined : document.slice(from + begin(name).length, to)
}

/** The accepted result of a benchmark, as it stands in the document. */
export interface AcceptedResult {
  /** `2026-11-22` */
  readonly date: string
  readonly tables: readonly AcceptedTable[]
  readonly targets: readonly AcceptedTarget[]
}

export interface AcceptedTarget {
  readonly what: string
  /** NaN: not measured. */
  readonly value: number
  readonly atMost: number
  /** As it was before it was rounded for people. */
  readonly holds: boolean
}

/** A table whose cells are found by the names of row and column. */
export class AcceptedTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]

  constructor(title: string, columns: readonly string[], rows: readonly (readonly string[])[]) {
    this.title = title
    this.columns = columns
    this.rows = rows
  }

  /** @param row how its first cell begins */
  cell(row: string, column: string): string | undefined {
    return this.#at(
      this.rows.find(([name = '']) => name.startsWith(row)),
      column,
    )
  }

  /** The median in a cell, without what stands behind it in brackets; NaN where there is none. */
  figure(row: string, column: string): number {
    return figureIn(this.cell(row, column))
  }

  /** The medians of a column, from the first row to the last. */
  figures(column: string): number[] {
    return this.rows.map((row) => figureIn(this.#at(row, column)))
  }

  #at(row: readonly string[] | undefined, column: string): string | undefined {
    const at = this.columns.indexOf(column)
    return at < 0 ? undefined : row?.[at]
  }
}

const figureIn = (cell: string | undefined): number => (cell ? Number.parseFloat(cell) : Number.NaN)

/** @returns undefined where nothing of the benchmark was accepted yet */
export function readAccepted(document: string, name: string): AcceptedResult | undefined {
  const section = sectionOf(document, name)
  if (section === undefined) return undefined
  const lines = section.split('\n')
  return {
    date: /^- (\d{4}-\d\d-\d\d),/m.exec(section)?.[1] ?? '',
    tables: readTables(lines),
    targets: lines.flatMap((line) => {
      const found = /^- (.*): (?:(\S+), promised at most (\S+): (holds|\*\*missed\*\*)|not measured)$/.exec(line)
      if (!found) return []
      const [, what = '', value, atMost, verdict] = found
      return [{ what, value: Number(value), atMost: Number(atMost), holds: verdict === 'holds' }]
    }),
  }
}

function readTables(lines: readonly string[]): AcceptedTable[] {
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  return lines.flatMap((line, at) => {
    // The line below the names of the columns.
    if (!/^\|( :?-+:? \|)+$/.test(line)) return []
    const title = lines[at - 3]?.replace(/:$/, '') ?? ''
    const after = lines.slice(at + 1)
    const length = after.findIndex((row) => !row.startsWith('|'))
    return [new AcceptedTable(title, cells(lines[at - 1] ?? ''), after.slice(0, length).map(cells))]
  })
}
