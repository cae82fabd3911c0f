import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DEVIATIONS } from '../../protocol/deviation.ts'

const FOLDER = new URL('.', import.meta.url)
const TABLES = readFileSync(new URL('../../docs/cameras.md', FOLDER), 'utf8')

/** `file: name` of each test of this folder, `it` and `it.each` alike. */
const tests = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.test.ts') && file !== 'documentation.test.ts')
  .flatMap((file) => {
    const source = readFileSync(new URL(file, FOLDER), 'utf8')
    const names = [...source.matchAll(/(?:\bit(?:\.fails)?|\))\(\s*'((?:a|an) [^'\n]+)',\s*(?:async )?\(/g)]
    return names.map((match) => `${file.replace('.test.ts', '')}: ${match[1]}`)
  })

const rows = TABLES.split('\n').filter((line) => line.startsWith('|') && !/^\| (seen|---) \|/.test(line))
const named = rows
  .flatMap((row) => (row.split(' | ').at(-1) ?? '').replace(/\|\s*$/, '').split('<br>'))
  .map((name) => name.trim())

test('each row of docs/cameras.md names a test, or comes with a codec', () => {
  expect(rows.length).toBeGreaterThan(60)
  expect(rows.filter((row) => !/: (a|an) /.test(row) && !row.includes('| with its codec |'))).toEqual([])
})

test('each test that docs/cameras.md names exists', () => {
  expect(named.filter((name) => name !== '' && !tests.includes(name))).toEqual([])
})

test('each test of a camera stands in docs/cameras.md', () => {
  expect(tests.length).toBeGreaterThan(120)
  expect(tests.filter((name) => !named.includes(name))).toEqual([])
})

test('a row whose test still fails says that it is not done yet', () => {
  const failing = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => {
      const source = readFileSync(new URL(file, FOLDER), 'utf8')
      const names = [...source.matchAll(/\bit\.fails\('((?:a|an) [^'\n]+)'/g)]
      return names.map((match) => `${file.replace('.test.ts', '')}: ${match[1]}`)
    })
  const promised = failing.filter((name) => !rows.some((row) => row.includes(name) && row.includes('not yet')))
  expect(promised).toEqual([])
})

const TABLE = `# Deviations

What a camera did against its standards and was tolerated. A probe lists them by these names;
[cameras.md](cameras.md) says what is done about them, and which tests show it.

| name | what the camera does |
| --- | --- |
${Object.entries(DEVIATIONS)
  .map(([id, text]) => `| \`${id}\` | ${text} |`)
  .join('\n')}

This table is made from \`protocol/deviation.ts\` by \`npx vitest run test/cameras/documentation.test.ts -u\`; a test tells
when it is old.
`

test('docs/deviations.md lists every deviation', async () => {
  await expect(TABLE).toMatchFileSnapshot('../../docs/deviations.md')
})
