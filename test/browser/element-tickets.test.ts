import { SignJWT } from 'jose'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { builtPage, launchChromium, playerIs } from '../support/browser.ts'
import { type CountedCamera, startCountedCamera } from '../support/counted-camera.ts'
import { FRAME_NUMBER, readFrames } from '../support/painted-frames.ts'
import { eventsOf, openPlayerPage, recordEvents } from '../support/player-page.ts'

const SECRET = 'a secret of at least thirty-two bytes'

let browser: Browser
let bridge: Bridge
let camera: CountedCamera
let directory: string
const pages: Page[] = []

beforeAll(async () => {
  directory = await builtPage()
  ;[browser, camera] = await Promise.all([launchChromium(), startCountedCamera()])
  bridge = await createBridge({
    pageDirectory: directory,
    auth: { tickets: { keys: [{ secret: SECRET }] } },
    streams: { lobby: { url: camera.url, mode: 'proxy' } },
  })
})

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close()
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([bridge?.close(), camera?.close()])
})

const ticketFor = (seconds: number, stream = 'lobby') =>
  new SignJWT({ streams: [stream] })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(new TextEncoder().encode(SECRET))

/** A page whose player asks for tickets, which are answered here. */
async function open(answer: (asked: number) => Promise<string>) {
  const tab = await openPlayerPage({ browser, directory, url: bridge.url }, '')
  pages.push(tab.page)
  let asked = 0
  await tab.page.exposeFunction('ask', () => answer(++asked))
  await tab.page.evaluate(() => {
    const player = document.createElement('rtsp-player')
    const { ask } = window as unknown as { ask: () => Promise<string> }
    Object.assign(player, { src: 'lobby', muted: true, autoplay: true, getTicket: ask })
    document.body.append(player)
  })
  return { ...tab, asked: () => asked }
}

const told = (page: Page) =>
  page.evaluate(() => {
    const player = document.querySelector('rtsp-player')
    const { error, retryAt, state } = player ?? {}
    return {
      state,
      code: error?.code,
      message: error?.message,
      advice: error?.advice,
      wait: (retryAt ?? 0) - performance.now(),
    }
  })

it('is asked at each connection, and before the ticket expires, and the stream goes on', async () => {
  const { page, asked, errors } = await open(() => ticketFor(6))
  await playerIs(page, 'playing')
  expect(asked()).toBe(1)
  const sessions = camera.sessionsEver
  await expect.poll(asked, { timeout: 15_000 }).toBe(3)
  await readFrames(page, FRAME_NUMBER, 20)
  expect(camera.sessionsEver).toBe(sessions)
  await page.evaluate(async () => {
    const player = document.querySelector('rtsp-player')
    player?.pause()
    await player?.play()
  })
  expect(asked()).toBe(4)
  expect(await page.evaluate(() => document.querySelector('rtsp-player')?.outerHTML)).not.toContain('ey')
  expect(errors).toEqual([])
})

it('that fails is a typed error with advice, and is asked again by itself', async () => {
  const { page } = await open(async (asked) => {
    if (asked < 3) throw new Error('401 from the portal')
    return ticketFor(60)
  })
  await playerIs(page, 'reconnecting')
  const first = await told(page)
  expect(first).toMatchObject({ code: 'ticket-not-given', message: expect.stringContaining('401 from the portal') })
  expect(first.advice).toMatch(/log in/i)
  expect(first.wait).toBeGreaterThan(0)
  expect(first.wait).toBeLessThan(1_000)
  await playerIs(page, 'playing')
})

it.each([
  ['never answers', () => new Promise<string>(() => undefined), 'within 10 s'],
  ['gives something else', async () => 7 as unknown as string, 'not a ticket'],
])('that %s is an error in good time', { timeout: 30_000 }, async (_name, answer, words) => {
  const { page } = await open(answer)
  await playerIs(page, 'reconnecting', 15_000)
  expect(await told(page)).toMatchObject({ code: 'ticket-not-given', message: expect.stringContaining(words) })
})

it('is asked again where the ticket has expired in mid-play, since none came in time', async () => {
  let isOver = 0
  const { page, asked } = await open(async (asked) => {
    if (asked === 1) isOver = Date.now() + 8_000
    else if (Date.now() < isOver) throw new Error('The portal is being restarted')
    return ticketFor(asked === 1 ? 8 : 60)
  })
  await playerIs(page, 'playing')
  await recordEvents(page, ['statechange'])
  const states: string[] = []
  const seen = async () => states.push(...(await eventsOf(page))) && states
  await expect.poll(seen, { timeout: 20_000 }).toContain('reconnecting')
  await playerIs(page, 'playing')
  expect(await seen()).not.toContain('failed')
  expect(asked()).toBeGreaterThanOrEqual(3)
})

it('that gives a ticket the bridge refuses ends with its reason, and does not ask on and on', async () => {
  const { page, asked } = await open(() => ticketFor(-60))
  await playerIs(page, 'failed')
  expect(await told(page)).toMatchObject({ code: 'ticket-required' })
  expect(asked()).toBe(1)
  await page.waitForTimeout(1_500)
  expect(asked()).toBe(1)
})

it('the attribute `ticket` that expires in mid-play ends with what to do, and another goes on', async () => {
  const { page } = await openPlayerPage({ browser, directory, url: bridge.url }, '')
  pages.push(page)
  const set = (ticket: string) =>
    page.evaluate((ticket) => {
      const player = document.querySelector('rtsp-player') ?? document.createElement('rtsp-player')
      Object.assign(player, { src: 'lobby', muted: true, autoplay: true, ticket })
      document.body.append(player)
    }, ticket)
  await set(await ticketFor(8))
  await playerIs(page, 'playing')
  await playerIs(page, 'failed')
  expect(await told(page)).toMatchObject({ code: 'ticket-required', advice: expect.stringMatching(/ticket/) })
  await set(await ticketFor(60))
  await playerIs(page, 'playing')
})
