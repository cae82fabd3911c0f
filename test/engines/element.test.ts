import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrowserDriver, EngineName } from '../support/engines/browser-driver.ts'
import { ENGINES } from '../support/engines/engines.ts'
import { LastingBrowser } from '../support/engines/lasting-browser.ts'
import type { Scene } from './features/feature.ts'
import { type FeatureStage, setFeatureStage } from './features/feature-stage.ts'
import { featureTable } from './features/feature-table.ts'
import { FEATURES } from './features/features.ts'

/** `SCREENSHOTS=folder` keeps what is seen, for eyes. */
const { SCREENSHOTS, ENGINE } = process.env

/** The files in `test/browser` have all of it in Chromium, and more. `ENGINE=chromium` tries these tests there, too. */
const TRIED = ENGINES.filter((engine) => (ENGINE === undefined ? engine !== 'chromium' : engine === ENGINE))

let stage: FeatureStage
beforeAll(async () => {
  stage = await setFeatureStage()
})
afterAll(() => stage?.close())

describe.each(TRIED)('in %s', (engine) => {
  let lasting: LastingBrowser
  beforeAll(async () => {
    lasting = await LastingBrowser.start(engine)
  })
  afterAll(() => lasting?.close())

  // Whole runs pass without; but one time-shift of some ten in WebKitGTK stood still for 25 s after its pause, alone among them.
  const options = { retry: engine === 'webkit' ? 1 : 0 }
  it.each(FEATURES.map((feature) => [feature.name, feature] as const))('%s', options, (_, { test, lacks }) =>
    lasting.ask((browser) => (lacks?.[engine]?.instead ?? test)(sceneOf(engine, browser))),
  )
})

describe('docs/browsers.md', () => {
  it('says what each engine has, and what it cannot', async () => {
    await expect(featureTable(FEATURES)).toMatchFileSnapshot('../../docs/browsers.md')
  })
})

const sceneOf = (engine: EngineName, browser: BrowserDriver): Scene => ({
  engine,
  stage,
  open: (body, options) =>
    browser.open(
      stage.pages.add(body.replaceAll('<rtsp-player', `<rtsp-player bridge="${stage.bridge.url}"`), options),
    ),
  openOfBridge: (path) => browser.open(`${stage.bridge.url}${path}`),
  see: async (page, name) => {
    if (SCREENSHOTS === undefined) return
    mkdirSync(SCREENSHOTS, { recursive: true })
    writeFileSync(join(SCREENSHOTS, `${engine} ${name}.png`), await page.screenshot())
  },
})
