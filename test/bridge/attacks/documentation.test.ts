import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const FOLDER = new URL('..', import.meta.url)
const TABLES = readFileSync(new URL('../../docs/security.md', FOLDER), 'utf8')

/** `file: name` of each test below a folder of `test/bridge`. */
function testsIn(folder: string): string[] {
  const files = readdirSync(new URL(folder, FOLDER)).filter((file) => file.endsWith('.test.ts'))
  return files.flatMap((file) => {
    const source = readFileSync(new URL(`${folder}${file}`, FOLDER), 'utf8')
    const names = source.matchAll(/(?:\bit|\))\(\s*'([^'\n]+)',\s*(?:\{[^}]*\},\s*)?(async )?\([^)]*\) =>/g)
    return [...names].map(([, name]) => `${folder}${file.replace('.test.ts', '')}: ${name}`)
  })
}

const rows = TABLES.split('\n').filter((line) => line.startsWith('|') && !/^\| (attack|fault|---) \|/.test(line))
const named = rows
  .flatMap((row) => (row.split(' | ').at(-1) ?? '').replace(/\s*\|\s*$/, '').split('<br>'))
  .map((name) => name.trim())

test('each row of docs/security.md names a test', () => {
  expect(rows.length).toBeGreaterThan(45)
  expect(rows.filter((row) => !/ \| [\w/-]+: .+ \|$/.test(row))).toEqual([])
})

test('each test that docs/security.md names exists', () => {
  const tests = ['', 'attacks/', 'auth/', 'faults/', 'hub/', 'proxy/', 'workers/'].flatMap(testsIn)
  expect(named.filter((name) => !tests.includes(name))).toEqual([])
})

test('each test of an attack or a fault stands in docs/security.md', () => {
  const groups = /: (a camera|a stream|neither address|a password that|through the|with a bad cable|what goes) ?.*%s/
  const tests = ['attacks/', 'faults/'].flatMap(testsIn).filter((name) => !name.includes('documentation:'))
  const missing = tests.filter((name) => !named.includes(name) && !groups.test(name))
  expect(tests.length).toBeGreaterThan(60)
  expect(missing).toEqual([])
})
