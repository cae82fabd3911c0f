import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { adviceFor, PROTOCOL_ERROR_CODES } from '../protocol/errors.ts'
import { CAMERA_FAULTS } from '../protocol/rtsp/camera-fault.ts'
import { describeCameraFault } from '../protocol/rtsp/camera-fault-words.ts'
import { RTSP_METHODS } from '../protocol/rtsp/message.ts'
import { RTSP_STATUS_CODES, reasonPhrase, statusSentence } from '../protocol/rtsp/status.ts'
import { statusAction } from '../protocol/rtsp/status-action.ts'
import { apiReference } from '../scripts/api.js'
import { NAVIGATION, pagesOfDocs, siteAddress } from '../scripts/docs.js'
import { analyzeElements } from '../scripts/elements.js'
import { anchorsOf, linksOf } from '../scripts/markdown.js'
import { entryOf } from '../scripts/release.js'

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

/** What the client does with each method, and what it answers when the server is the one that asks. */
const METHODS: Readonly<
  Record<(typeof RTSP_METHODS)[number], readonly [client: string, asked: string, server: string]>
> = {
  OPTIONS: ['first, and as the keep-alive where there is no GET_PARAMETER', '200 with Public', 'yes'],
  DESCRIBE: ['asks for the SDP; follows redirects', '501', 'yes'],
  ANNOUNCE: ['describes what is to be sent', '200', 'no (405)'],
  SETUP: ['each chosen track, over TCP interleaved', '501', 'TCP interleaved'],
  PLAY: ['with Range, Scale and Speed; without Range where that is refused', '501', 'yes'],
  PAUSE: ['before each seek, and when a recording is paused', '501', 'yes'],
  TEARDOWN: ['at the end, waiting a second at most', '200', 'yes'],
  GET_PARAMETER: ['as the keep-alive, and for parameters', '200', 'as a sign of life; 451 for parameters'],
  SET_PARAMETER: ['for parameters', '200', 'as a sign of life; 451 for parameters'],
  REDIRECT: ['—', '200, then moves to the new address', 'sent by `ServerConnection.redirect`; 405 when it is asked'],
  RECORD: ['starts to send', '501', 'no (405)'],
  PLAY_NOTIFY: ['—', '200', 'no (405)'],
}

const ACTIONS = {
  wait: 'waits on',
  'go-on': 'goes on',
  follow: 'follows, up to five times, never from rtsps to rtsp',
  authenticate: 'answers the challenge; a wrong password is sent once',
  'set-up-anew': 'sets up anew, once',
  'without-range': 'asks again without Range',
  'other-aggregation': 'asks for each track',
  'other-transport': 'says that TCP is not to be had',
  'without-feature': 'asks again without the feature',
  'back-off': 'tries again later, each time later',
  'give-up': 'tells the person',
} as const

const RTSP = `# RTSP

## Methods

RFC 2326 section 10, and PLAY_NOTIFY of RFC 7826. "Asked" is what our client answers when the server asks it; "served" is what
our server (the simulated camera) does.

| method | our client | asked | served |
| --- | --- | --- | --- |
${RTSP_METHODS.map((method) => `| ${method} | ${METHODS[method].join(' | ')} |`).join('\n')}

## Status codes

All codes of RFC 2326 section 7.1.1 and RFC 7826 section 17. A code that is in neither counts as x00 of its class.

| code | phrase | it means | the client |
| --- | --- | --- | --- |
${RTSP_STATUS_CODES.map((code) => `| ${code} | ${reasonPhrase(code)} | ${statusSentence(code)} | ${ACTIONS[statusAction(code)]} |`).join('\n')}

## Why a camera cannot be had

A status does not say why a bridge cannot have a camera: 503 may be an overload as well as a cable. The bridge says it by the field
\`Camera-Fault\`, with one of these codes, and the player shows its own sentence for it, so that nobody else's text is shown.

| code | status | sentence |
| --- | --- | --- |
${CAMERA_FAULTS.map((code) => `| \`${code}\` | ${describeCameraFault(code).status} | ${describeCameraFault(code).sentence}. |`).join('\n')}

The second table is made from \`protocol/rtsp/status.ts\`, the third from \`protocol/rtsp/camera-fault.ts\`, by \`npx vitest run test/documentation.test.ts -u\`; a test tells when it is old.
`

test('docs/rtsp.md lists every method and every status code', async () => {
  expect(RTSP_STATUS_CODES.length).toBeGreaterThan(50)
  await expect(RTSP).toMatchFileSnapshot('../docs/rtsp.md')
})

/** All sources of the elements are read for it: some seconds on a busy machine. */
const MANIFEST_TIMEOUT = 60_000
let manifest: ReturnType<typeof analyzeElements> | undefined
const readManifest = () => {
  manifest ??= analyzeElements()
  return manifest
}

test(
  'docs/api.md is what the doc comments of the elements say',
  async () => {
    const reference = apiReference(readManifest())
    expect(reference).toContain('## `<rtsp-player>`')
    await expect(reference).toMatchFileSnapshot('../docs/api.md')
  },
  MANIFEST_TIMEOUT,
)

test(
  'the manifest of the elements has a description for what a page can set and style',
  () => {
    const elements = readManifest().modules.flatMap(({ declarations }) => declarations)
    const attributes = elements.flatMap(({ tagName, attributes = [] }) =>
      attributes.map(({ name, description = '' }) => ({ name: `${tagName} ${name}`, description })),
    )
    expect(attributes.length).toBeGreaterThan(8)
    expect(attributes.filter(({ description }) => description === '').map(({ name }) => name)).toEqual([])
  },
  MANIFEST_TIMEOUT,
)

test(
  'the attributes, properties and events of the elements in what people read are there',
  () => {
    const known = new Map(
      readManifest()
        .modules.flatMap(({ declarations }) => declarations)
        .map(({ tagName, attributes = [], members = [], events = [] }) => {
          const names = [...attributes, ...members, ...events].map(({ name }) => name)
          return [tagName, new Set([...names, 'slot', 'class', 'className', 'id', 'ref', 'style', 'title'])] as const
        }),
    )
    const used = PAGES.flatMap((page) =>
      [
        ...readFileSync(join(ROOT, page), 'utf8').matchAll(
          /<(rtsp-(?:player|wall))\b((?:[^>"'{]|"[^"]*"|'[^']*'|\{[^}]*\}+)*?)\/?>/g,
        ),
      ].flatMap(([, tag = '', inside = '']) =>
        // `{getTicket}` of Svelte is a name too; `[src]`, `(statechange)`, `:src`, `@statechange` are names of Angular and Vue.
        inside
          .replace(/=\s*("[^"]*"|'[^']*'|\{[^}]*\}+)/g, ' ')
          .split(/[\s[\](){}:@]+/)
          .filter((name) => /^[A-Za-z][\w-]*$/.test(name))
          .map((name) => ({ page, tag, name: name.replace(/^on(?=[a-z])/, '') })),
      ),
    )
    expect(used.length).toBeGreaterThan(80)
    expect(used.filter(({ tag, name }) => !known.get(tag)?.has(name))).toEqual([])
  },
  MANIFEST_TIMEOUT,
)

/** Everything that people read. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...pagesOfDocs().map((page) => `docs/${page}.md`),
  ...readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `examples/${name}/README.md`),
]

test.each(PAGES)('the links of %s lead somewhere, to headings too', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const dead = linksOf(text).filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && !anchorsOf(readFileSync(join(ROOT, target), 'utf8')).has(anchor)
  })
  expect(dead).toEqual([])
})

test('every page of docs/ has its place in the contents of the documentation, once', () => {
  const listed = NAVIGATION.flatMap(([, pages]): readonly string[] => pages)
  expect(pagesOfDocs().filter((page) => !listed.includes(page))).toEqual([])
  expect(new Set(listed).size).toBe(listed.length)
  // In the site, a link to a page is one to its HTML, wherever the Markdown of both lies.
  expect(siteAddress('guides/portal', '../tickets.md#claims')).toBe('../tickets.html#claims')
  expect(siteAddress('start', 'docs/guides/portal.md')).toBe('guides/portal.html')
  expect(siteAddress('guides/portal', '../../README.md')).toBe('../start.html')
  expect(siteAddress('player', '../web/rtsp-player.ts')).toBeUndefined()
})

test('the error codes that the guides name are codes', () => {
  // What stands first in a row, as code.
  const named = ['docs/troubleshooting.md', 'docs/guides/portal.md'].flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*)(?:,[^|]*)? \|/gm)].flatMap(
      ([, codes = '']) => codes.replaceAll('`', '').split(', '),
    ),
  )
  expect(named.length).toBeGreaterThan(14)
  expect(named.filter((code) => !PROTOCOL_ERROR_CODES.some((known) => known === code))).toEqual([])
})

test('troubleshooting says something to each error code', () => {
  const text = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8')
  expect(PROTOCOL_ERROR_CODES.filter((code) => !text.includes(`\`${code}\``))).toEqual([])
})

test('CHANGELOG.md has an entry for the version of package.json', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  const entry = entryOf(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), version)
  expect(entry?.text).toMatch(/^### (Added|Changed|Fixed)/m)
})

test('README.md says why each dependency is there', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const unnamed = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !readme.includes(`\`${name}\``))
  expect(unnamed).toEqual([])
})
