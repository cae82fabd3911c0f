import { expect } from 'vitest'
import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { clickNamed, eventually } from '../../support/engines/looking.ts'
import { watchNumbers } from '../../support/engines/sight.ts'
import { FRAME_NUMBER } from '../../support/painted-frames.ts'
import { playerIs } from '../stage.ts'
import type { Feature, Lack } from './feature.ts'

const LIVE = '<rtsp-player src="lobby" autoplay muted controls></rtsp-player>'

/** Runs before the player: what the browser says against the page. */
const COMPLAINTS = `
  globalThis.complaints = []
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
    complaints.push([effectiveDirective, blockedURI, sample].join(' ')))
`

const complaints = (page: BrowserPage): Promise<string[]> =>
  page.evaluate(() => (globalThis as unknown as { complaints: string[] }).complaints)

const policies: Feature = {
  name: 'pages with a strict Content-Security-Policy and Trusted Types',
  async test({ open, stage: { bridge } }) {
    const policy = [
      ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "worker-src 'self'", 'media-src blob:'],
      ...["img-src 'self' data:", `connect-src ${bridge.url.replace('http', 'ws')}`],
      ...["require-trusted-types-for 'script'", 'trusted-types lit-html rtsp-player'],
    ].join('; ')
    const page = await open(LIVE, { headers: { 'Content-Security-Policy': policy }, before: COMPLAINTS })
    await playerIs(page, ['playing'])
    expect(await watchNumbers(page, FRAME_NUMBER, 10)).toHaveLength(10)
    await clickNamed(page, 'More')
    await page.evaluate(() => document.querySelector('rtsp-player')?.setAttribute('stats', ''))
    await clickNamed(page, 'Details')
    await page.evaluate(() => document.querySelector('rtsp-player')?.captureFrame())
    await page.press('Escape')
    // The worker is tried without a policy first: bundlers with one of their own want it so.
    const others = (await complaints(page)).filter((one) => !/^require-trusted-types-for .*worker/i.test(one))
    expect(others).toEqual([])
  },
}

const withoutWorkers: Feature = {
  name: 'pages where there are no workers, or the policy allows none',
  async test({ open, stage: { bridge } }) {
    const connect = `connect-src ${bridge.url.replace('http', 'ws')}`
    const policy = `default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'none'; media-src blob:; ${connect}`
    for (const options of [
      { before: 'delete globalThis.Worker' },
      { headers: { 'Content-Security-Policy': policy }, before: COMPLAINTS },
    ]) {
      const page = await open(LIVE.replace(' controls', ''), options)
      await playerIs(page, ['playing'])
      expect(await watchNumbers(page, FRAME_NUMBER, 10)).toHaveLength(10)
      if ('headers' in options) expect((await complaints(page)).join()).toMatch(/worker-src/)
      else {
        await page.evaluate(() => document.querySelector('rtsp-player')?.setAttribute('renderer', 'webcodecs'))
        await eventually(() => page.evaluate(() => document.querySelector('rtsp-player')?.picture.localName)).toBe(
          'canvas',
        )
        expect(await watchNumbers(page, FRAME_NUMBER, 10)).toHaveLength(10)
      }
    }
  },
}

/** As iPhones are. In the worker there is a MediaSource still, so none is made there. */
const MANAGED_ONLY = `
  delete globalThis.MediaSource
  if (globalThis.ManagedMediaSource) {
    Object.defineProperty(ManagedMediaSource, 'canConstructInDedicatedWorker', { value: false })
    globalThis.made = 0
    ManagedMediaSource = class extends ManagedMediaSource { constructor() { super(); made += 1 } }
  }
`

const noManaged: Lack = {
  why: 'There is no ManagedMediaSource, and a MediaSource everywhere; without it the pictures go to a canvas.',
  async instead({ open }) {
    const page = await open(LIVE, { before: MANAGED_ONLY })
    await playerIs(page, ['playing'])
    const told = await page.evaluate(() => [
      'ManagedMediaSource' in globalThis,
      document.querySelector('rtsp-player')?.picture.localName,
    ])
    expect(told).toEqual([false, 'canvas'])
  },
}

const managed: Feature = {
  name: 'a ManagedMediaSource where there is no MediaSource, as on iPhones: live, recorded, and with `time-shift`',
  async test({ open }) {
    for (const attributes of ['src="lobby"', 'src="recording"', 'src="clock" time-shift="20"']) {
      const page = await open(`<rtsp-player ${attributes} autoplay muted></rtsp-player>`, { before: MANAGED_ONLY })
      await playerIs(page, ['playing'])
      const { made, ...told } = await page.evaluate(async () => {
        const player = document.querySelector('rtsp-player')
        for (let i = 0; i < 40; i++) await new Promise((go) => player?.requestVideoFrameCallback(go))
        const { made } = globalThis as unknown as { made: number }
        const { video } = player ?? {}
        return { made, isRemoteDisabled: video?.disableRemotePlayback, surface: player?.picture.localName }
      })
      expect(told).toEqual({ isRemoteDisabled: true, surface: 'video' })
      expect(made).toBeGreaterThan(0)
      if (attributes.includes('recording')) {
        await page.evaluate(async () => {
          const player = document.querySelector('rtsp-player')
          const seeked = new Promise((resolve) => player?.addEventListener('seeked', resolve, { once: true }))
          if (player) player.currentTime = 30
          await seeked
        })
        const [first] = await watchNumbers(page, FRAME_NUMBER, 5)
        expect((first?.value ?? 0) / 25).toBeCloseTo(30, -1)
      }
      expect(await page.errors()).toEqual([])
    }
  },
  lacks: { chromium: noManaged, firefox: noManaged },
}

export const SURROUNDINGS: readonly Feature[] = [policies, withoutWorkers, managed]
