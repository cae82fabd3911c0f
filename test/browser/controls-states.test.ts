import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { accessibilityProblems } from '../support/accessibility.ts'
import { builtPage, launchChromium, playerIs, shownText } from '../support/browser.ts'
import { Cable } from '../support/cable.ts'
import { freePort } from '../support/free-port.ts'
import {
  controlsAreThere,
  openStyledPlayer,
  type StyledPlayer,
  type StyledPlayerOptions,
} from '../support/styled-player.ts'

/** `SCREENSHOTS=folder` keeps what is seen, for eyes. */
const { SCREENSHOTS } = process.env

let browser: Browser
let directory: string
let bridge: Bridge
let camera: SimulatedCamera
let cable: Cable
let cablePort: number
/** Takes connections and says nothing. */
let silence: Server
const pages: StyledPlayer[] = []

beforeAll(async () => {
  directory = await builtPage()
  ;[browser, camera] = await Promise.all([launchChromium(), startCamera()])
  cable = new Cable(camera.port)
  cablePort = await cable.listen()
  silence = createServer((socket) => socket.on('error', () => socket.destroy()))
  await new Promise<void>((resolve) => silence.listen(0, '127.0.0.1', resolve))
  const address = silence.address()
  const silentPort = typeof address === 'object' && address ? address.port : 0
  bridge = await createBridge({
    pageDirectory: directory,
    allow: [`127.0.0.1:${cablePort}`],
    streams: {
      lobby: { url: camera.url },
      recording: { url: camera.recordingUrl },
      silent: { url: `rtsp://127.0.0.1:${silentPort}/live` },
      gone: { url: `rtsp://127.0.0.1:${await freePort()}/live` },
    },
  })
})

afterEach(async () => {
  cable.mend()
  for (const page of pages.splice(0)) await page.close()
})

afterAll(async () => {
  await browser?.close()
  cable?.close()
  silence?.close()
  await Promise.all([bridge?.close(), camera?.close()])
})

const open = async (attributes: string, options: StyledPlayerOptions = {}): Promise<Page> => {
  const opened = await openStyledPlayer(
    { browser, directory, url: bridge.url },
    `<rtsp-player ${attributes.replace('CABLE', `rtsp://127.0.0.1:${cablePort}/lobby`)}></rtsp-player>`,
    options,
  )
  pages.push(opened)
  if (/\bcontrols\b/.test(attributes)) await controlsAreThere(opened.page)
  return opened.page
}

const see = async (page: Page, name: string): Promise<void> => {
  if (SCREENSHOTS === undefined) return
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

interface StateOfPlayer {
  readonly name: string
  readonly attributes: string
  readonly state: string
  readonly says: RegExp
  readonly prepare?: (page: Page) => Promise<void>
}

/** Each as people meet it: a real bridge, a real camera, and what can be wrong with them. */
const STATES: readonly StateOfPlayer[] = [
  { name: 'idle', attributes: 'src="lobby" muted', state: 'idle', says: /^\s*$/ },
  { name: 'connecting', attributes: 'src="silent" autoplay muted', state: 'connecting', says: /Connecting…/ },
  { name: 'playing', attributes: 'src="lobby" autoplay muted', state: 'playing', says: /^\s*$/ },
  {
    name: 'old picture',
    attributes: 'src="CABLE" autoplay muted',
    state: 'stalled',
    says: /Picture is \d seconds? old.*Details/s,
    prepare: async (page) => {
      await playerIs(page, 'playing')
      cable.down.fault = { kind: 'stall' }
    },
  },
  {
    name: 'reconnecting',
    attributes: 'src="gone" autoplay muted',
    state: 'reconnecting',
    says: /Reconnecting.*could not be reached.*Details/s,
  },
  {
    name: 'paused',
    attributes: 'src="lobby" autoplay muted',
    state: 'paused',
    says: /^\s*$/,
    prepare: async (page) => {
      await playerIs(page, 'playing')
      await page.evaluate(() => document.querySelector('rtsp-player')?.pause())
    },
  },
  {
    name: 'no such stream',
    attributes: 'src="cellar" autoplay muted',
    state: 'failed',
    says: /no such stream.*Check the name.*Try again.*Details/s,
  },
  {
    name: 'denied',
    attributes: 'src="rtsp://10.20.30.40/live" autoplay muted',
    state: 'failed',
    says: /may not connect.*allow.*Try again.*Details/s,
  },
]

describe.each(STATES)('$name', ({ name, attributes, state, says, prepare }) => {
  it('says what it is and what to do, and is accessible with and without controls', async () => {
    for (const controls of ['controls', '']) {
      const page = await open(`${attributes} ${controls}`)
      await prepare?.(page)
      await playerIs(page, state)
      await expect.poll(() => shownText(page)).toMatch(says)
      if (name === 'reconnecting') await page.waitForTimeout(2_000)
      await see(page, `${name}${controls ? ' with controls' : ''}`)
      expect(await accessibilityProblems(page)).toEqual([])
      cable.mend()
    }
  })
})

it('autoplay blocked: a sentence, and a button in the middle, by which it plays', async () => {
  const strict = await launchChromium('document-user-activation-required')
  try {
    const opened = await openStyledPlayer(
      { browser: strict, directory, url: bridge.url },
      '<rtsp-player src="lobby" autoplay controls></rtsp-player>',
      {
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
    await expect.poll(() => opened.logged, { timeout: 15_000 }).toContain('autoplay-blocked')
    const { page } = opened
    expect(await shownText(page)).toMatch(/The browser wants a click before it plays/)
    await see(page, 'autoplay blocked')
    expect(await accessibilityProblems(page)).toEqual([])
    await page.locator('rtsp-player .play').click()
    await playerIs(page, 'playing')
  } finally {
    await strict.close()
  }
})

it('a recording that is over says so, and plays again', async () => {
  const page = await open('src="recording" autoplay muted controls')
  await playerIs(page, 'playing')
  await page.evaluate(() => {
    const player = document.querySelector('rtsp-player')
    if (player) player.currentTime = player.duration - 1
  })
  await playerIs(page, 'ended', 30_000)
  expect(await shownText(page)).toMatch(/The stream has ended/)
  await see(page, 'ended')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.locator('rtsp-player').getByRole('button', { name: 'Play again' }).click()
  await playerIs(page, 'playing')
})

it('counts down to the next attempt, for eyes alone', async () => {
  const page = await open('src="gone" autoplay muted')
  await playerIs(page, 'reconnecting')
  const shown = page.locator('rtsp-player .status [aria-hidden=true]:not(.spinner)')
  await expect.poll(() => shown.textContent(), { timeout: 20_000 }).toMatch(/^Reconnecting in [3-9] seconds$/)
  await expect.poll(() => shown.textContent(), { timeout: 20_000 }).toMatch(/^Reconnecting in [12] seconds?$/)
})
