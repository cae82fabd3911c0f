import { expect } from 'vitest'
import type { BrowserPage } from '../../support/engines/browser-driver.ts'
import { eventually } from '../../support/engines/looking.ts'
import { watchNumbers } from '../../support/engines/sight.ts'
import { WALL_CLOCK } from '../../support/painted-frames.ts'
import { playerIs } from '../stage.ts'
import type { Feature, Scene } from './feature.ts'

interface Asking {
  readonly asked: number
  readonly states: readonly string[]
}

/** A player that is given these, one for each time it asks; the last again and again. */
const openWithTickets = async ({ open, stage }: Scene, tickets: readonly string[]): Promise<BrowserPage> => {
  const page = await open('')
  await page.evaluate(
    (bridge: string, tickets: readonly string[]) => {
      const asking = { asked: 0, states: [] as string[] }
      const player = document.createElement('rtsp-player')
      player.addEventListener('statechange', ({ detail }) => asking.states.push(detail.name))
      const getTicket = async () => tickets[Math.min(asking.asked++, tickets.length - 1)] ?? ''
      Object.assign(player, { bridge, src: 'lobby', muted: true, autoplay: true, getTicket })
      Object.assign(globalThis, { asking })
      document.body.append(player)
    },
    ...[stage.guarded.url, tickets],
  )
  return page
}

const asking = (page: BrowserPage): Promise<Asking> =>
  page.evaluate(() => (globalThis as unknown as { asking: Asking }).asking)

const tickets: Feature = {
  name: '`getTicket`: for each connection, and before the ticket expires while the picture goes on',
  async test(scene) {
    const { ticket } = scene.stage
    const page = await openWithTickets(scene, [await ticket(7), await ticket(60)])
    await playerIs(page, ['playing'])
    await eventually(async () => (await asking(page)).asked).toBe(2)
    // Longer than the first one was good for.
    const stalls = ['playing', 'stalled', 'connecting', 'waiting-for-keyframe']
    await page.evaluate(async () => {
      const end = performance.now() + 3_000
      const player = document.querySelector('rtsp-player')
      while (performance.now() < end) {
        await new Promise((resolve) => player?.requestVideoFrameCallback(resolve))
      }
    })
    expect((await asking(page)).states.filter((state) => !stalls.includes(state))).toEqual([])
    await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      player?.pause()
      await player?.play()
    })
    expect((await asking(page)).asked).toBe(3)
    const refused = await openWithTickets(scene, [await ticket(-60)])
    await playerIs(refused, ['failed'])
    expect(await refused.evaluate(() => document.querySelector('rtsp-player')?.error?.code)).toBe('ticket-required')
  },
}

const substream: Feature = {
  name: 'main stream and substream in turn, without a gap',
  async test({ open, stage: { bridge } }) {
    const page = await open('<rtsp-player src="dual" autoplay muted></rtsp-player>')
    await playerIs(page, ['playing'])
    for (const [substream, widths] of [
      [true, [1920, 640]],
      [false, [640, 1920]],
    ] as const) {
      const seen = await page.evaluate(
        async (substream: boolean, width: number) => {
          const player = document.querySelector('rtsp-player')
          if (!player) throw new Error('There is no player')
          const next = () =>
            new Promise<number>((resolve) => player.requestVideoFrameCallback((_, frame) => resolve(frame.width)))
          const widths = [await next()]
          const states: string[] = []
          player.addEventListener('statechange', ({ detail }) => states.push(detail.name))
          player.substream = substream
          let black = 0
          while (widths.at(-1) !== width) {
            widths.push(await next())
            if (player.videoWidth === 0 || player.readyState < player.HAVE_CURRENT_DATA) black += 1
          }
          for (let i = 0; i < 10; i++) widths.push(await next())
          return { widths: [...new Set(widths)], black, states }
        },
        ...[substream, widths[1]],
      )
      expect(seen).toMatchObject({ widths, black: 0 })
      expect(seen.states.filter((state) => state !== 'playing' && state !== 'stalled')).toEqual([])
    }
    await eventually(() => bridge.viewers).toBe(1)
    expect(await page.errors()).toEqual([])
  },
}

/** Seconds between the capture of what is seen, by the clock that is painted into it, and now. */
const age = async (page: BrowserPage): Promise<number> => {
  const ages = (await watchNumbers(page, WALL_CLOCK, 15)).map(({ value, at }) => (at - value) / 1000)
  return ages.sort((a, b) => a - b)[7] ?? Number.NaN
}

const timeShift: Feature = {
  name: '`time-shift`: a live picture that is paused, goes on from there, is sought in, and comes back to the present',
  async test({ open, see }) {
    const page = await open('<rtsp-player src="clock" autoplay muted controls time-shift="30"></rtsp-player>')
    await playerIs(page, ['playing'])
    const seekable = () => page.evaluate(() => document.querySelector('rtsp-player')?.seekable.length)
    await eventually(seekable).toBe(1)
    // Enough to go back in.
    const kept = () =>
      page.evaluate(() => {
        const { seekable } = document.querySelector('rtsp-player') ?? {}
        return seekable?.length ? seekable.end(0) - seekable.start(0) : 0
      })
    await eventually(kept).toBeGreaterThan(3)
    await eventually(() => age(page)).toBeLessThan(1)
    const stood = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      player.pause()
      const at = player.currentTime
      while (player.seekable.end(0) < at + 3) await new Promise((resolve) => setTimeout(resolve, 50))
      const stood = { moved: player.currentTime - at, state: player.state }
      await player.play()
      return stood
    })
    expect(stood.state).toBe('paused')
    // A browser may take a picture or two until it stands.
    expect(stood.moved).toBeLessThan(0.2)
    const shifted = await age(page)
    expect(shifted).toBeGreaterThan(2.5)
    expect(shifted).toBeLessThan(8)
    await see(page, 'time-shift')
    await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      if (player) player.currentTime -= 1.5
    })
    await eventually(() => age(page)).toBeGreaterThan(shifted + 1)
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.stale)).toBe(false)
    await page.evaluate(() => document.querySelector('rtsp-player')?.goLive())
    await eventually(() => age(page)).toBeLessThan(1)
    expect(await page.errors()).toEqual([])
  },
}

export const SESSIONS: readonly Feature[] = [tickets, substream, timeShift]
