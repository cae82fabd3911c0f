import { expect } from 'vitest'
import { clickNamed, eventually, shownText } from '../../support/engines/looking.ts'
import { watchNumbers } from '../../support/engines/sight.ts'
import { FRAME_NUMBER } from '../../support/painted-frames.ts'
import { playerIs } from '../stage.ts'
import type { Feature } from './feature.ts'

const sentences: Feature = {
  name: 'what is wrong stands on the picture, and what to do: no such stream, may not be dialled, reconnecting',
  async test({ open, see }) {
    for (const [name, src, state, says] of [
      ['no such stream', 'cellar', 'failed', /no such stream.*Check the name.*Try again.*Details/s],
      ['denied', 'rtsp://10.20.30.40/live', 'failed', /may not connect.*allow.*Try again.*Details/s],
      ['reconnecting', 'gone', 'reconnecting', /Reconnecting.*could not be reached.*Details/s],
    ] as const) {
      const page = await open(`<rtsp-player src="${src}" autoplay muted></rtsp-player>`)
      await playerIs(page, [state])
      await eventually(() => shownText(page)).toMatch(says)
      await see(page, name)
      if (state === 'failed') {
        await page.evaluate(() => document.querySelector('rtsp-player')?.setAttribute('src', 'lobby'))
        await playerIs(page, ['playing'])
        expect((await shownText(page)).trim()).toBe('')
      }
    }
  },
}

const retry: Feature = {
  name: 'the button "Try again"',
  async test({ open }) {
    const page = await open('<rtsp-player src="cellar" autoplay muted></rtsp-player>')
    await playerIs(page, ['failed'])
    const states = await page.evaluate(() => {
      const states: string[] = []
      Object.assign(globalThis, { states })
      document.querySelector('rtsp-player')?.addEventListener('statechange', ({ detail }) => states.push(detail.name))
      return states
    })
    expect(states).toEqual([])
    await clickNamed(page, 'Try again')
    await eventually(() => page.evaluate(() => (globalThis as unknown as { states: string[] }).states)).toEqual([
      'connecting',
      'failed',
    ])
  },
}

const cut: Feature = {
  name: 'another session when the connection breaks; the last picture stays until then',
  async test({ open, stage: { cable } }) {
    const page = await open('<rtsp-player src="cable" autoplay muted></rtsp-player>')
    await playerIs(page, ['playing'])
    await watchNumbers(page, FRAME_NUMBER, 5)
    await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      const broken: { state: string; hasPicture: boolean }[] = []
      Object.assign(globalThis, { broken })
      player?.addEventListener('statechange', ({ detail }) => {
        broken.push({ state: detail.name, hasPicture: player.videoWidth > 0 || !hiddenStill(player) })
      })
      const hiddenStill = ({ shadowRoot }: HTMLElement) =>
        shadowRoot?.querySelector<HTMLCanvasElement>('[part=still]')?.hidden ?? true
    })
    cable.cut()
    await eventually(() =>
      page.evaluate(() =>
        (globalThis as unknown as { broken: { state: string }[] }).broken.map(({ state }) => state).join(),
      ),
    ).toMatch(/reconnecting.*playing/)
    const lost = await page.evaluate(() =>
      (globalThis as unknown as { broken: { hasPicture: boolean }[] }).broken.filter(({ hasPicture }) => !hasPicture),
    )
    expect(lost).toEqual([])
    expect(await watchNumbers(page, FRAME_NUMBER, 15)).toHaveLength(15)
  },
}

const stale: Feature = {
  name: 'an old picture is greyed and says its age, up to the next one',
  async test({ open, see, stage: { cable } }) {
    try {
      const page = await open('<rtsp-player src="cable" autoplay muted></rtsp-player>')
      await playerIs(page, ['playing'])
      await watchNumbers(page, FRAME_NUMBER, 5)
      const told = () =>
        page.evaluate(() => {
          const player = document.querySelector('rtsp-player')
          if (!player) return null
          return [player.stale, player.hasAttribute('stale'), getComputedStyle(player.picture).filter.includes('gray')]
        })
      expect(await told()).toEqual([false, false, false])
      cable.down.fault = { kind: 'stall' }
      await eventually(told).toEqual([true, true, true])
      await eventually(() => shownText(page)).toMatch(/Picture is [2-9] seconds old/)
      await see(page, 'old picture')
      cable.mend()
      await eventually(told).toEqual([false, false, false])
      expect(await watchNumbers(page, FRAME_NUMBER, 10)).toHaveLength(10)
      await playerIs(page, ['playing'])
    } finally {
      cable.mend()
    }
  },
}

export const STATES: readonly Feature[] = [sentences, retry, cut, stale]
