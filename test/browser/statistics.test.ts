import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
// Declares `<rtsp-player-statistics>` for what runs in the page.
import type {} from '../../web/controls/statistics-overlay.ts'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startGstServer } from '../support/gst-server.ts'
import { readFrames, WALL_CLOCK } from '../support/painted-frames.ts'

const stage = browserStage({ gstreamer: startGstServer }, ({ gstreamer }) => ({
  streams: { clock: { url: gstreamer.url('/clock') } },
}))

const open = (query = '') => stage.open(`?src=clock${query}`)
const figuresOf = (page: Page) => page.evaluate(() => document.querySelector('rtsp-player')?.statistics)
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** From the painting of the clock to the screen, in milliseconds. */
const paintedDelay = async (page: Page, count = 60): Promise<number> =>
  median((await readFrames(page, WALL_CLOCK, count)).map(({ value, shownAt }) => shownAt - value))

describe('the figures', () => {
  it('tell the delay that the pixels show', async () => {
    const { page } = await open()
    await playerIs(page, 'playing')
    await page.waitForFunction(() => document.querySelector('rtsp-player')?.statistics?.captureDelay !== undefined)
    // Both are running means of the same pictures: taken together, whatever the machine does meanwhile.
    const differences: number[] = []
    for (let round = 0; round < 5; round++) {
      const painted = await paintedDelay(page, 20)
      differences.push(painted - ((await figuresOf(page))?.captureDelay ?? Number.NaN))
    }
    // The camera paints, then encodes: its own time is in the pixels alone.
    expect(Math.abs(median(differences))).toBeLessThan(80)
    const figures = await figuresOf(page)
    expect(figures).toMatchObject({ stale: false, packetsLost: 0, lossRate: 0, reconnects: 0, decoderRestarts: 0 })
    expect(figures?.frameAge).toBeLessThan(1_000)
    expect(figures?.shownRate).toBeGreaterThan(10)
    expect(figures?.decodeTime).toBeGreaterThan(0)
    expect(figures?.latencyTarget).toBeLessThan(150)
  })
})

describe('the attribute stats', () => {
  it('shows them above the picture with graphs, and loads nothing where it is not set', async () => {
    const { page, errors } = await open()
    await playerIs(page, 'playing')
    const loaded = () =>
      page.evaluate(() =>
        performance.getEntriesByType('resource').some(({ name }) => name.includes('statistics-overlay')),
      )
    expect(await loaded()).toBe(false)
    await page.evaluate(() => document.querySelector('rtsp-player')?.setAttribute('stats', ''))
    const overlay = page.locator('rtsp-player-statistics')
    const text = () => overlay.evaluate(({ shadowRoot }) => shadowRoot?.textContent ?? '')
    await expect.poll(text, { timeout: 10_000 }).toMatch(/Delay from capture/)
    expect(await loaded()).toBe(true)
    await expect
      .poll(() => overlay.locator('.delay path').getAttribute('d'), { timeout: 10_000 })
      .toMatch(/^M\d+ [\d.]+h\.01(L\d+ [\d.]+){2}/)
    expect(await overlay.locator('.bitrate svg').getAttribute('aria-label')).toMatch(/bit\/s to .*bit\/s/)
    expect(await text()).toContain('Media Source')
    await page.evaluate(() => document.querySelector('rtsp-player')?.removeAttribute('stats'))
    await expect.poll(() => overlay.count()).toBe(0)
    // A strict CSP has no place for styles in attributes: nothing was refused.
    expect(errors).toEqual([])
  })

  it('says of rates that nobody could measure yet that they are not known, and what they are a second later', async () => {
    const { page } = await stage.open('?src=clock&stats', () => {
      document.addEventListener('readystatechange', () => {
        const player = document.querySelector('rtsp-player')
        player?.addEventListener(
          'statisticschange',
          async () => {
            await player.updateComplete
            const overlay = player.shadowRoot?.querySelector('rtsp-player-statistics')
            await overlay?.updateComplete
            console.log('first', overlay?.shadowRoot?.textContent?.replace(/\s+/g, ' '))
          },
          { once: true },
        )
      })
    })
    const first = await page.waitForEvent('console', (message) => message.text().startsWith('first'))
    expect(first.text()).toMatch(/Shown 0–10 fps – Bitrate 0–100 kbit\/s – .*Received–Lost/)
    const overlay = page.locator('rtsp-player-statistics')
    await expect.poll(() => overlay.evaluate(({ shadowRoot }) => shadowRoot?.textContent)).toMatch(/Received\d+ fps/)
  })
})

describe('the attribute latency', () => {
  it('keeps so many seconds in hand, and comes back to the edge when it is low again', async () => {
    const { page } = await open('&latency=1')
    await playerIs(page, 'playing')
    expect((await figuresOf(page))?.latencyTarget).toBe(1_000)
    await expect.poll(() => paintedDelay(page, 20), { timeout: 30_000 }).toBeGreaterThan(850)
    await page.evaluate(() => document.querySelector('rtsp-player')?.setAttribute('latency', 'low'))
    await expect.poll(() => paintedDelay(page, 20), { timeout: 20_000 }).toBeLessThan(450)
  })
})
