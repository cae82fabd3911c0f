import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { accessibilityProblems } from '../support/accessibility.ts'
import { builtPage, launchChromium, playerIs, shownText } from '../support/browser.ts'
import { differencesInLook } from '../support/looks.ts'
import { seenColours } from '../support/seen-colours.ts'
import { buildScenery, type Scenery } from '../support/states/scenery.ts'
import { SCENES, type Scene } from '../support/states/scenes.ts'
import { controlsAreThere, openStyledPlayer, type StyledPlayer } from '../support/styled-player.ts'

/** `SCREENSHOTS=folder` keeps what is seen, for eyes: light, dark, right to left, narrow, and the details. */
const { SCREENSHOTS } = process.env
const GUIDE = readFileSync(fileURLToPath(new URL('../../docs/states.md', import.meta.url)), 'utf8')
/** `UPDATE_STATES=1` makes the pictures in docs/states/ anew. */
const PICTURES = fileURLToPath(new URL('../../docs/states/', import.meta.url))
const SIZE = { width: 640, height: 360 }
const SMALL = { width: 480, height: 270 }
/** Of a wall of sixteen. */
const TILE = { width: 320, height: 180 }

let browser: Browser
/** Plays nothing before somebody has clicked. */
let strict: Browser
let directory: string
let scenery: Scenery
let opened: StyledPlayer | undefined

beforeAll(async () => {
  directory = await builtPage()
  ;[browser, strict, scenery] = await Promise.all([
    launchChromium(),
    launchChromium('document-user-activation-required'),
    buildScenery(directory),
  ])
})

afterEach(async () => {
  scenery.yard.mend()
  await opened?.close()
  opened = undefined
})

afterAll(async () => {
  await Promise.all([browser?.close(), strict?.close()])
  await scenery?.close()
})

const sceneOf = (wanted: string): Scene => {
  const scene = SCENES.find(({ name }) => name === wanted)
  if (!scene) throw new Error(`There is no scene ${wanted}`)
  return scene
}

async function open({ attributes, page, isStrict }: Scene): Promise<StyledPlayer> {
  const given = typeof attributes === 'string' ? attributes : await attributes(scenery)
  opened = await openStyledPlayer(
    { browser: isStrict ? strict : browser, directory, url: page?.(scenery) ?? scenery.bridge.url },
    // A muted one needs no click.
    `<rtsp-player ${given} ${isStrict ? '' : 'muted'} controls></rtsp-player>`,
    {
      viewport: SIZE,
      // Heard by its log: every look into the page from here counts as a click in it.
      prepare: () => {
        document.addEventListener('readystatechange', () => {
          document
            .querySelector('rtsp-player')
            ?.addEventListener('statechange', ({ detail }) => console.log(detail.name))
        })
      },
    },
  )
  return opened
}

const seenText = (page: Page): Promise<string> => shownText(page).then((text) => text.replace(/\s+/g, ' ').trim())

/** Opened by its key: not every state has a button for it on the picture. */
async function details(page: Page): Promise<string> {
  await page.locator('rtsp-player-controls').getByRole('button').first().press('d')
  return (await page.locator('rtsp-player-doctor').getByRole('region').textContent()) ?? ''
}

async function keep(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' })
}

async function drawForTheGuide(page: Page, name: string): Promise<void> {
  if (!process.env['UPDATE_STATES']) return
  mkdirSync(PICTURES, { recursive: true })
  await page.setViewportSize(SMALL)
  writeFileSync(join(PICTURES, `${name}.png`), await page.screenshot({ animations: 'disabled', caret: 'hide' }))
  await page.setViewportSize(SIZE)
}

/** What of the sentences and buttons on the picture cannot be seen in a tile, since it is outside or below the bar. */
async function hiddenInTile(page: Page): Promise<string[]> {
  await page.setViewportSize(TILE)
  const hidden = await page.evaluate(() => {
    const root = document.querySelector('rtsp-player')?.shadowRoot
    const bar = root?.querySelector('rtsp-player-controls')?.shadowRoot?.querySelector('.bar')?.getBoundingClientRect()
    const shown = [...(root?.querySelectorAll('.overlay p, .overlay button') ?? [])].filter(
      (element) => !element.matches('.hidden-visually') && element.checkVisibility(),
    )
    return shown.flatMap((element) => {
      const { top, bottom, left, right } = element.getBoundingClientRect()
      const isSeen = top >= 0 && left >= 0 && right <= innerWidth && bottom <= (bar?.top ?? 0)
      return isSeen ? [] : [`${element.className} ${element.textContent}: ${top} to ${bottom}, ${left} to ${right}`]
    })
  })
  await page.setViewportSize(SIZE)
  return hidden
}

/** From 0 to 255: how far what is seen is from grey. */
async function colourOf(page: Page): Promise<number> {
  const colours = await seenColours(page, 32, 18)
  return colours.reduce((sum, colour) => sum + Math.max(...colour) - Math.min(...colour), 0) / colours.length
}

async function keepOtherLooks(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return
  await page.emulateMedia({ colorScheme: 'dark' })
  await keep(page, `${name}-dark`)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.evaluate(() => Object.assign(document.documentElement, { dir: 'rtl' }))
  await keep(page, `${name}-rtl`)
  await page.evaluate(() => Object.assign(document.documentElement, { dir: 'ltr' }))
  await page.setViewportSize(TILE)
  await keep(page, `${name}-narrow`)
  await page.setViewportSize(SIZE)
}

describe.each(SCENES)('$name', (scene) => {
  const { name, state, says, isStrict, bringAbout, playsBy } = scene

  it('says what it is and what to do, in a tile too, and in the guide', async () => {
    const { page, logged } = await open(scene)
    if (isStrict) await expect.poll(() => logged, { timeout: 15_000 }).toContain(state)
    await controlsAreThere(page)
    await bringAbout?.(page, scenery)
    await playerIs(page, state)
    const sentences = new RegExp(says.map((words) => words.replace(/[.?]/g, '\\$&')).join('.*'))
    await expect.poll(() => seenText(page), { timeout: 10_000 }).toMatch(says.length === 0 ? /^$/ : sentences)
    const row = GUIDE.split('\n').find((line) => line.includes(`states/${name}.png`))
    expect(row).toContain(says[0] ?? name)
    // The bar shows itself.
    await page.mouse.move(20, 20)
    expect(await differencesInLook(page, name)).toEqual([])
    const isOfThePast = state === 'stalled' || name === 'reconnecting'
    if (isOfThePast) expect(await colourOf(page)).toBeLessThan(15)
    else if (name === 'playing' || name === 'paused') expect(await colourOf(page)).toBeGreaterThan(20)
    await drawForTheGuide(page, name)
    await keep(page, name)
    await keepOtherLooks(page, name)
    expect(await hiddenInTile(page)).toEqual([])

    const report = await details(page)
    await keep(page, `${name}-details`)
    expect(report).toMatch(scene.details)
    for (const secret of [...scenery.secrets, 'eyJ']) expect(report).not.toContain(secret)
    await page.keyboard.press('Escape')

    expect(await accessibilityProblems(page)).toEqual([])
    await page.evaluate(() => document.querySelector('rtsp-player')?.removeAttribute('controls'))
    expect(await accessibilityProblems(page)).toEqual([])
    if (playsBy === undefined) return
    await page.locator('rtsp-player .overlay').getByRole('button', { name: playsBy, exact: true }).click()
    await playerIs(page, 'playing')
  })
})

it('counts down to the next attempt, for eyes alone', async () => {
  const { page } = await open(sceneOf('unreachable'))
  await playerIs(page, 'reconnecting')
  const shown = page.locator('rtsp-player .status [aria-hidden=true]:not(.spinner)')
  await expect.poll(() => shown.textContent(), { timeout: 20_000 }).toMatch(/^Reconnecting in [3-9] seconds$/)
  await expect.poll(() => shown.textContent(), { timeout: 20_000 }).toMatch(/^Reconnecting in [12] seconds?$/)
})
