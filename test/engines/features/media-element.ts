import { expect } from 'vitest'
import { eventually } from '../../support/engines/looking.ts'
import { watchNumbers } from '../../support/engines/sight.ts'
import { FRAME_NUMBER } from '../../support/painted-frames.ts'
import { playerIs } from '../stage.ts'
import type { Feature } from './feature.ts'

const LIVE = '<rtsp-player src="lobby" autoplay muted></rtsp-player>'

const live: Feature = {
  name: 'properties and events of a media element, of a live stream',
  async test({ open }) {
    const page = await open('<rtsp-player src="lobby" muted></rtsp-player>')
    const seen = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      const told: string[] = []
      const order = ['loadstart', 'play', 'streamtypechange', 'loadedmetadata', 'loadeddata', 'playing', 'emptied']
      for (const type of order) player.addEventListener(type, () => told.push(type))
      const before = [player.streamType, String(player.targetLiveWindow), player.networkState, player.paused]
      await player.play()
      const frame = await new Promise<VideoFrameCallbackMetadata>((resolve) =>
        player.requestVideoFrameCallback((_, metadata) => resolve(metadata)),
      )
      const now = [player.streamType, String(player.duration), player.paused, player.seekable.length, player.readyState]
      player.playbackRate = 2
      const off = async () => {
        while (Number.isNaN(player.getStartDate().getTime())) await new Promise((resolve) => setTimeout(resolve, 50))
        return Date.now() - (player.getStartDate().getTime() + player.currentTime * 1000)
      }
      const seconds = Math.abs(await off()) / 1000
      const events = told.splice(0)
      player.removeAttribute('src')
      while (player.state !== 'idle') await new Promise((resolve) => setTimeout(resolve, 20))
      return {
        ...{ before, now, seconds, events, rate: player.playbackRate, sizes: [frame.width, frame.height] },
        after: told.filter((type) => type !== 'playing'),
        inOrder: events.every((type, i) => order.indexOf(type) >= order.indexOf(events[i - 1] ?? type)),
      }
    })
    expect(seen).toMatchObject({
      before: ['unknown', 'NaN', 1, true],
      now: ['live', 'Infinity', false, 0, 4],
      rate: 1,
      sizes: [640, 360],
      after: ['emptied', 'streamtypechange'],
      inOrder: true,
    })
    expect(seen.events).toEqual(
      expect.arrayContaining(['loadstart', 'play', 'streamtypechange', 'loadedmetadata', 'loadeddata', 'playing']),
    )
    // Of the camera, whose clock is this machine's.
    expect(seen.seconds).toBeLessThan(5)
    expect(await page.errors()).toEqual([])
  },
}

const attributes: Feature = {
  name: 'attributes that change while it plays: `renderer`, `audio`, `latency`, `stats`, and nonsense',
  async test({ open, see }) {
    const page = await open(LIVE)
    await playerIs(page, ['playing'])
    const picture = () => page.evaluate(() => document.querySelector('rtsp-player')?.picture.localName)
    const set = (name: string, value: string | null) =>
      page.evaluate(
        (name: string, value: string | null) => {
          const player = document.querySelector('rtsp-player')
          if (value === null) player?.removeAttribute(name)
          else player?.setAttribute(name, value)
        },
        ...[name, value],
      )
    await page.evaluate(() => {
      const told: string[] = []
      Object.assign(globalThis, { told })
      for (const type of ['emptied', 'pause', 'error']) {
        document.querySelector('rtsp-player')?.addEventListener(type, () => told.push(type))
      }
    })
    expect(await picture()).toBe('video')
    await set('renderer', 'webcodecs')
    await eventually(picture).toBe('canvas')
    await set('stats', '')
    await set('latency', 'nonsense')
    await set('keep', 'much')
    await set('renderer', 'nonsense')
    await eventually(picture).toBe('video')
    await set('audio', 'off')
    await eventually(() => page.evaluate(() => Boolean(document.querySelector('rtsp-player')?.statistics?.audio))).toBe(
      false,
    )
    const graphs = () =>
      page.evaluate(() => {
        const shadow = document.querySelector('rtsp-player')?.shadowRoot
        return shadow?.querySelector('rtsp-player-statistics')?.shadowRoot?.textContent ?? ''
      })
    await eventually(graphs).toMatch(/\d+ ?ms/)
    expect(await watchNumbers(page, FRAME_NUMBER, 10)).toHaveLength(10)
    await see(page, 'statistics')
    expect(await page.evaluate(() => (globalThis as unknown as { told: string[] }).told)).toEqual([])
    expect(await page.errors()).toEqual([])
  },
}

const moves: Feature = {
  name: 'moved in the document without a break, ended when it is taken out, begun anew when it is put back',
  async test({ open, stage: { bridge } }) {
    const page = await open(`<div id="a">${LIVE}</div><div id="b"></div>`)
    await playerIs(page, ['playing'])
    await eventually(() => bridge.viewers).toBe(1)
    const states = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const target = document.getElementById('b')
      if (!player || !target) throw new Error('There is no player')
      const states: string[] = []
      player.addEventListener('statechange', ({ detail }) => states.push(detail.name))
      target.append(player)
      if ('moveBefore' in target) Reflect.apply(target.moveBefore as never, document.body, [player, null])
      const shown = player.statistics?.picturesShown ?? 0
      while ((player.statistics?.picturesShown ?? 0) < shown + 20) await new Promise((go) => setTimeout(go, 50))
      return states.filter((state) => state !== 'playing' && state !== 'stalled')
    })
    expect(states).toEqual([])
    expect(bridge.viewers).toBe(1)
    await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      player?.remove()
      Object.assign(globalThis, { player })
    })
    await eventually(() => bridge.viewers).toBe(0)
    await page.evaluate(() => document.body.append((globalThis as unknown as { player: HTMLElement }).player))
    await playerIs(page, ['playing'])
    expect(await watchNumbers(page, FRAME_NUMBER, 10)).toHaveLength(10)
    expect(await page.errors()).toEqual([])
  },
}

const waiting: Feature = {
  name: '`poster`, and `loading="lazy"`',
  async test({ open, see }) {
    const poster = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='640' height='360'/%3E"
    const player = `<rtsp-player src="lobby" autoplay muted loading="lazy" poster="${poster}"></rtsp-player>`
    const page = await open(`<div id="far"></div>${player}`, {
      css: '#far { height: 9000px } rtsp-player { width: 640px }',
    })
    const told = () =>
      page.evaluate(() => {
        const player = document.querySelector('rtsp-player')
        const image = player?.shadowRoot?.querySelector('[part=poster]')
        return [player?.state ?? '', image ? image.getBoundingClientRect().width : 0]
      })
    await eventually(told).toEqual(['idle', 640])
    await page.evaluate(() => scrollTo(0, 8_800))
    await eventually(told).toEqual(['playing', 0])
    await see(page, 'lazy')
    expect(await page.errors()).toEqual([])
  },
}

export const MEDIA_ELEMENT: readonly Feature[] = [live, attributes, moves, waiting]
