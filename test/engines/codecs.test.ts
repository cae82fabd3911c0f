import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrowserPage } from '../support/engines/browser-driver.ts'
import { ENGINES } from '../support/engines/engines.ts'
import { hear, listenToVideo, prickUpEars } from '../support/engines/hearing.ts'
import { LastingBrowser } from '../support/engines/lasting-browser.ts'
import { clickNamed } from '../support/engines/looking.ts'
import { watchNumbers } from '../support/engines/sight.ts'
import { CASES, type Case, type ExpectedPicture, type ExpectedSound } from './cases.ts'
import { codecTable } from './codec-table.ts'
import { merge, type Seen, type SeenInAll, type SeenInEngine } from './seen.ts'
import { playerIs, type Stage, setStage } from './stage.ts'

const FILE = new URL('seen.json', import.meta.url)
/** Pictures that are looked at: more than a decoder holds back. */
const PICTURES = 12

/** What the player is told to use besides, by what it has chosen by itself. */
const OTHER: Readonly<Record<Seen, 'webcodecs' | 'media-source'>> = {
  'media-source': 'webcodecs',
  'audio-worklet': 'media-source',
}

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage?.close())

const seen = { engines: {} as Record<string, string>, cases: {} as Record<string, Record<string, SeenInEngine>> }

describe.each(ENGINES)('%s', (engine) => {
  let lasting: LastingBrowser
  beforeAll(async () => {
    lasting = await LastingBrowser.start(engine)
    seen.engines[engine] = lasting.version
  })
  afterAll(() => lasting?.close())

  it.each(CASES.map((one) => [`${one.codec} ${one.variant} (${one.packetization})`, one] as const))(
    'plays %s, or says why not',
    async (_, one) => {
      const play = (wanted: keyof SeenInEngine): Promise<Seen> =>
        lasting.ask(async (browser) => {
          const page = await browser.open(stage.page(addressOf(one), wanted))
          const seen = await (one.expected.kind === 'video' ? watch(page, one.expected) : listen(page, one.expected))
          await page.close()
          return seen
        })
      const auto = await play('auto')
      const result = { ...seen.cases[one.id], [engine]: { auto } }
      const rest = OTHER[auto]
      if (rest) {
        const other = await play(rest)
        // It plays by the way that it knows where the other one is not to be had.
        if (other !== auto) result[engine] = { auto, [rest]: other }
      }
      seen.cases[one.id] = result
    },
  )
})

describe('docs/codecs.md', () => {
  it('says what was seen', async () => {
    const known: SeenInAll = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : { engines: {}, cases: {} }
    const order = CASES.map(({ id }) => id)
    const now = merge(known, seen, order)
    await expect(`${JSON.stringify(now, null, 2)}\n`).toMatchFileSnapshot('seen.json')
    await expect(codecTable(now)).toMatchFileSnapshot('../../docs/codecs.md')
  })
})

const addressOf = ({ stream }: Case): string =>
  'gstreamer' in stream ? stage.gstreamer.url(stream.gstreamer) : stage.camera.url.replace(/\/[^/]*$/, stream.camera)

const watch = async (page: BrowserPage, { number, period }: ExpectedPicture): Promise<Seen> => {
  if ((await playerIs(page, ['playing', 'failed'])) === 'failed') return `no: ${await reasonOf(page, 'video')}`
  const frames = await watchNumbers(page, number, PICTURES)
  expect(frames.length, 'pictures that were shown').toBe(PICTURES)
  const values = frames.map(({ value }) => value)
  if (period === undefined) {
    const delays = frames.map(({ value, at }) => at - value)
    // A wrong bit would be off by years, or lie before the capture.
    expect(Math.min(...delays)).toBeGreaterThan(0)
    expect(Math.max(...delays)).toBeLessThan(15_000)
    // A wrong order would count down by a picture's time. What a source that was held up makes in a burst lies nearer.
    const back = values.map((value, i) => Math.max(...values.slice(0, i + 1)) - value)
    expect(Math.max(...back)).toBeLessThan(15)
  } else {
    const steps = values.slice(1).map((value, i) => (value - (values[i] ?? 0) + period) % period)
    expect(Math.max(...values)).toBeLessThan(period)
    // A busy machine skips some; going back would be a step of almost a whole turn.
    expect(Math.max(...steps)).toBeLessThan(period * 0.8)
  }
  return (await rendererOf(page, 'video')) ?? 'no: nobody says who shows it'
}

/** Once it is known. */
const rendererOf = (page: BrowserPage, kind: 'video' | 'audio'): Promise<string | null> =>
  page.evaluate(async (kind: 'video' | 'audio') => {
    const end = performance.now() + 5_000
    for (;;) {
      const { renderer } = document.querySelector('rtsp-player')?.statistics?.[kind] ?? {}
      if (renderer !== undefined || performance.now() > end) return renderer ?? null
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }, kind)

const listen = async (page: BrowserPage, { tones }: ExpectedSound): Promise<Seen> => {
  await playerIs(page, ['playing'])
  await prickUpEars(page)
  await clickNamed(page, 'Unmute')
  const renderer = (await rendererOf(page, 'audio')) ?? 'none'
  if (renderer === 'none') return `no: ${await reasonOf(page, 'audio')}`
  if (renderer === 'media-source') await listenToVideo(page)
  const heard = await hear(page, tones)
  // Some engines promise more than they keep; the player says so, and goes on without sound.
  if (!heard.asWanted && heard.warnings.length > 0) return `no: ${heard.warnings.at(-1)}`
  expect(heard.asWanted, `${tones.join(' and ')} Hz: heard ${JSON.stringify(heard.tones)}`).toBe(true)
  expect(await page.errors()).toEqual([])
  return renderer
}

/** What the player says to whoever looks, without what only this stream has. */
const reasonOf = async (page: BrowserPage, kind: 'video' | 'audio'): Promise<string> => {
  const said = await page.evaluate((kind: 'video' | 'audio') => {
    const player = document.querySelector('rtsp-player')
    return player?.statistics?.[kind]?.reason ?? player?.error?.message ?? 'the player left it out'
  }, kind)
  return said.replace(/ \([^)]*\)/g, '')
}
