import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { adviceFor, PROTOCOL_ERROR_CODES } from '../protocol/errors.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const ERRORS = `# Errors

Everything that goes wrong is a \`ProtocolError\`: \`code\` is stable and one of these, \`message\` says what happened and where,
\`advice\` says what a person can do next, \`place\` holds what is known of the spot (method, status, header, byte, packet …).
No message and no advice holds a password.

| code | advice |
| --- | --- |
${PROTOCOL_ERROR_CODES.map((code) => `| \`${code}\` | ${adviceFor(code)} |`).join('\n')}

This table is made from \`protocol/errors.ts\` by \`npx vitest run test/documentation.test.ts -u\`; a test tells when it is old.
`

test('docs/errors.md lists every error code with its advice', async () => {
  expect(PROTOCOL_ERROR_CODES.length).toBeGreaterThan(30)
  await expect(ERRORS).toMatchFileSnapshot('../docs/errors.md')
})

test.each(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/errors.md'])(
  'the links of %s lead somewhere',
  (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8')
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '')
    const dead = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(ROOT, dirname(page), link)))
    expect(dead).toEqual([])
  },
)

test('README.md says why each dependency is there', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const unnamed = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !readme.includes(`\`${name}\``))
  expect(unnamed).toEqual([])
})
