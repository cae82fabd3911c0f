import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { adviceFor, PROTOCOL_ERROR_CODES } from '../protocol/errors.ts'
import { CAMERA_FAULTS, describeCameraFault } from '../protocol/rtsp/camera-fault.ts'
import { RTSP_METHODS } from '../protocol/rtsp/message.ts'
import { RTSP_STATUS_CODES, reasonPhrase, statusSentence } from '../protocol/rtsp/status.ts'
import { statusAction } from '../protocol/rtsp/status-action.ts'

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

test.each([
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
])('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '')
  const dead = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(ROOT, dirname(page), link)))
  expect(dead).toEqual([])
})

test('README.md says why each dependency is there', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const unnamed = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !readme.includes(`\`${name}\``))
  expect(unnamed).toEqual([])
})
