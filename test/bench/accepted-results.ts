const HEAD = `# Benchmarks

What was measured and accepted last, benchmark by benchmark; \`npm run bench -- NAME --accept\` writes a section anew. A machine of
your own gives other figures: compare ratios, which are taken within one run.
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

function sectionOf(document: string, name: string): string | undefined {
  const from = document.indexOf(begin(name))
  const to = document.indexOf(end(name), from)
  return from < 0 || to < 0 ? undefined : document.slice(from + begin(name).length, to)
}
