import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { browserSupport } from '../bridge/probe/browser-support.ts'
import type { PlayedBy } from '../bridge/probe/report.ts'
import { CASES } from './engines/cases.ts'
import { codecTable } from './engines/codec-table.ts'
import { merge, type SeenInAll } from './engines/seen.ts'

const seen: SeenInAll = JSON.parse(readFileSync(new URL('engines/seen.json', import.meta.url), 'utf8'))

// `npx vitest run --project engines -u` writes both files from what it sees; this one holds them together without a browser.
test('docs/codecs.md says what the engines were seen to do', async () => {
  await expect(codecTable(seen)).toMatchFileSnapshot('../docs/codecs.md')
})

test('every stream was tried in every engine', () => {
  const tried = Object.entries(seen.cases).map(([id, engines]) => [id, Object.keys(engines)])
  expect(tried).toEqual(CASES.map(({ id }) => [id, ['chromium', 'firefox', 'webkit']]))
})

const PLAYED_BY: Readonly<Record<string, PlayedBy>> = {
  'media-source': 'mse',
  webcodecs: 'webcodecs',
  jpeg: 'image',
  // What comes to it compressed, WebCodecs has decoded.
  'audio-worklet': 'webcodecs',
}

/** The probe speaks of browsers in general, the tests of one on a machine without decoders in hardware. */
const ELSEWHERE: Readonly<Record<string, string>> = { 'chromium H265': 'where the machine has a decoder for it' }

test.each(['chromium', 'firefox'] as const)('a probe says of %s what it was seen to do', (engine) => {
  const said = CASES.map(({ id, encoding }) => [id, browserSupport(encoding, null)[engine]])
  const played = CASES.map(({ id, encoding }) => {
    // Sound that both play is in the media element wherever there is no audio worklet.
    const { auto = '', 'media-source': inElement = auto } = seen.cases[id]?.[engine] ?? {}
    const elsewhere = ELSEWHERE[`${engine} ${encoding}`] && browserSupport(encoding, null)[engine]
    return [id, elsewhere ?? PLAYED_BY[inElement] ?? 'none']
  })
  expect(said).toEqual(played)
})

describe('what a run has seen', () => {
  const known: SeenInAll = {
    engines: { chromium: 'Chromium 1', firefox: 'Firefox 1' },
    cases: { a: { chromium: { auto: 'media-source' }, firefox: { auto: 'media-source' } } },
  }
  const now = (auto: string): SeenInAll => ({ engines: { firefox: 'Firefox 2' }, cases: { a: { firefox: { auto } } } })

  it('changes nothing where it is what was known, whatever the version', () => {
    expect(merge(known, now('media-source'), ['a'])).toEqual(known)
  })

  it('replaces what it differs from, with the version, and leaves what did not run', () => {
    expect(merge(known, now('no: it cannot'), ['a'])).toEqual({
      engines: { chromium: 'Chromium 1', firefox: 'Firefox 2' },
      cases: { a: { chromium: { auto: 'media-source' }, firefox: { auto: 'no: it cannot' } } },
    })
  })

  it('forgets streams that are no longer tried', () => {
    expect(merge(known, { engines: {}, cases: {} }, ['b']).cases).toEqual({})
  })
})
