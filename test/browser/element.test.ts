import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { playerIs } from '../support/browser.ts'
import { browserStage } from '../support/browser-stage.ts'
import { startCountedCamera } from '../support/counted-camera.ts'
import { FRAME_NUMBER, readFrames } from '../support/painted-frames.ts'
import { eventsOf, faultsAmong, openPlayerPage, recordEvents } from '../support/player-page.ts'

const stage = browserStage({ camera: startCamera, counted: startCountedCamera }, ({ camera, counted }) => ({
  streams: {
    lobby: { url: camera.url },
    recording: { url: camera.recordingUrl },
    yard: { url: counted.url, mode: 'proxy' },
  },
}))

const open = async (body: string) => {
  const tab = await openPlayerPage(stage, body)
  return tab
}

const LIVE = '<rtsp-player src="lobby" autoplay muted></rtsp-player>'

describe('as a media element', () => {
  it('tells of a live stream what a video element would, in its order', async () => {
    const { page, errors } = await open('<rtsp-player src="lobby" muted></rtsp-player>')
    const order = [
      'loadstart',
      'play',
      'streamtypechange',
      'loadedmetadata',
      'loadeddata',
      'playing',
      'emptied',
      'pause',
    ]
    await recordEvents(page, order)
    const seen = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      const { streamType, targetLiveWindow, networkState } = player
      const before = [streamType, String(targetLiveWindow), String(player.liveEdgeStart), networkState]
      await player.play()
      const { duration, liveEdgeStart, paused, currentTime } = player
      return {
        before,
        now: [
          player.streamType,
          player.targetLiveWindow,
          player.networkState,
          duration,
          paused,
          player.seekable.length,
        ],
        isLive: currentTime >= liveEdgeStart && player.readyState >= player.HAVE_CURRENT_DATA,
        size: [player.videoWidth, player.videoHeight],
        buffered: player.buffered.length,
        rate: [player.playbackRate, Object.assign(player, { playbackRate: 2 }).playbackRate],
      }
    })
    expect(seen).toEqual({
      before: ['unknown', 'NaN', 'NaN', 1],
      now: ['live', 0, 2, Number.POSITIVE_INFINITY, false, 0],
      isLive: true,
      size: [640, 360],
      buffered: 1,
      rate: [1, 1],
    })
    const events = await eventsOf(page)
    expect([...events].sort((a, b) => order.indexOf(a) - order.indexOf(b))).toEqual(events)
    expect(events).toEqual(expect.arrayContaining(order.slice(0, 6)))
    await page.waitForTimeout(1_200)
    // The camera tells the time by its sender reports.
    const off = await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      return Date.now() - (player.getStartDate().getTime() + player.currentTime * 1000)
    })
    expect(Math.abs(off)).toBeLessThan(5_000)
    await page.evaluate(() => document.querySelector('rtsp-player')?.removeAttribute('src'))
    await playerIs(page, 'idle')
    expect(faultsAmong(await eventsOf(page))).toEqual(['emptied', 'streamtypechange'])
    expect(errors).toEqual([])
  })

  it('plays what was named just before, and not what was named before that', async () => {
    const { page, errors } = await open(LIVE)
    await playerIs(page, 'playing')
    const seen = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      player.src = 'recording'
      await player.play()
      const first = [player.state, player.streamType]
      player.remove()
      const made = document.createElement('rtsp-player')
      made.muted = true
      const early = made.play()
      made.src = 'lobby'
      document.body.append(made)
      await early
      return [...first, made.state, made.streamType]
    })
    expect(seen).toEqual(['playing', 'on-demand', 'playing', 'live'])
    expect(errors).toEqual([])
  })

  it('goes on without another session when it is moved, also by moveBefore', async () => {
    const { page, errors } = await open(
      '<div id="a"><rtsp-player src="yard" autoplay muted></rtsp-player></div><div id="b"></div>',
    )
    await playerIs(page, 'playing')
    const before = stage.counted.sessionsEver
    await recordEvents(page, ['statechange', 'emptied', 'pause'])
    for (const move of ['append', 'moveBefore', 'moveBefore']) {
      await page.evaluate((move) => {
        const player = document.querySelector('rtsp-player')
        const target = document.getElementById(player?.parentElement?.id === 'a' ? 'b' : 'a')
        if (!player || !target) throw new Error('There is no player')
        if (move === 'append') target.append(player)
        else (target as unknown as { moveBefore(node: Node, before: Node | null): void }).moveBefore(player, null)
      }, move)
      await readFrames(page, FRAME_NUMBER, 20)
    }
    expect(faultsAmong(await eventsOf(page))).toEqual([])
    expect(stage.counted.sessionsEver).toBe(before)
    expect(errors).toEqual([])
  })

  it('begins anew when it is put back after a while', async () => {
    const { page } = await open(LIVE)
    await playerIs(page, 'playing')
    const states = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      player.remove()
      await new Promise((resolve) => setTimeout(resolve, 100))
      const away = player.state
      document.body.append(player)
      return [away, player.state]
    })
    expect(states).toEqual(['idle', 'connecting'])
    await playerIs(page, 'playing')
    await readFrames(page, FRAME_NUMBER, 10)
  })

  it('shows its poster up to the first picture, fetched as crossorigin says', async () => {
    const { page, errors } = await open('<rtsp-player src="lobby" muted poster="poster.svg" crossorigin></rtsp-player>')
    const poster = () =>
      page.evaluate(() => {
        const image = document
          .querySelector('rtsp-player')
          ?.shadowRoot?.querySelector<HTMLImageElement>('[part=poster]')
        return image ? [image.getAttribute('src'), image.crossOrigin, image.getBoundingClientRect().width > 100] : null
      })
    expect(await poster()).toEqual([`${stage.url}poster.svg`, 'anonymous', true])
    await page.evaluate(() => document.querySelector('rtsp-player')?.play())
    await expect.poll(poster).toBeNull()
    await page.evaluate(() => document.querySelector('rtsp-player')?.pause())
    // The last picture is more than a poster.
    expect(await poster()).toBeNull()
    expect(errors.filter((error) => !error.includes('404'))).toEqual([])
  })

  it('waits with autoplay until it is near to what is seen, where it is lazy', async () => {
    const { page } = await open(
      '<div style="height: 9000px"></div><rtsp-player src="yard" autoplay muted loading="lazy"></rtsp-player>',
    )
    const before = stage.counted.sessionsEver
    await page.waitForTimeout(600)
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.state)).toBe('idle')
    expect(stage.counted.sessionsEver).toBe(before)
    await page.evaluate(() => scrollTo(0, 8500))
    await playerIs(page, 'playing')
  })

  it('never sets up the sound with audio="off", and does with another value', async () => {
    const { page } = await open('<rtsp-player src="lobby" autoplay audio="off"></rtsp-player>')
    const sound = () => page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.audio?.renderer ?? null)
    await playerIs(page, 'playing')
    await page.waitForTimeout(1_500)
    expect(await sound()).toBeNull()
    await recordEvents(page, ['statechange', 'emptied'])
    await page.evaluate(() => document.querySelector('rtsp-player')?.removeAttribute('audio'))
    await expect.poll(sound, { timeout: 20_000 }).toBe('audio-worklet')
    // Without a word: the picture went on.
    expect(faultsAmong(await eventsOf(page))).toEqual([])
  })
})

describe('a recording', () => {
  const length = (page: Page) => page.evaluate(() => document.querySelector('rtsp-player')?.duration ?? 0)

  it('begins anew at its end with loop, and ends without it', async () => {
    const { page, errors } = await open('<rtsp-player src="recording" autoplay muted loop></rtsp-player>')
    await playerIs(page, 'playing')
    await recordEvents(page, ['ended', 'play', 'pause'])
    const duration = await length(page)
    const toTheEnd = (rest: number) =>
      page.evaluate((rest) => {
        const player = document.querySelector('rtsp-player')
        if (player) player.currentTime = player.duration - rest
      }, rest)
    await toTheEnd(1)
    await page.waitForFunction((half) => {
      const player = document.querySelector('rtsp-player')
      return player?.state === 'playing' && player.currentTime > 0.3 && player.currentTime < half
    }, duration / 2)
    const [first] = await readFrames(page, FRAME_NUMBER, 1)
    expect(first?.value).toBeLessThan(25 * (duration / 2))
    expect(faultsAmong(await eventsOf(page))).toEqual([])
    await page.evaluate(() => document.querySelector('rtsp-player')?.removeAttribute('loop'))
    await toTheEnd(1)
    await playerIs(page, 'ended')
    expect(await eventsOf(page)).toEqual(['pause', 'ended'])
    expect(errors).toEqual([])
  })

  it('is played at the pace and from the place that were asked for before it was there', async () => {
    const { page } = await open('<rtsp-player src="recording" muted></rtsp-player>')
    const seen = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      if (!player) throw new Error('There is no player')
      player.defaultPlaybackRate = 2
      player.load()
      player.currentTime = 4
      await player.play()
      return {
        streamType: player.streamType,
        start: player.currentTime,
        end: player.seekable.end(0),
        window: player.targetLiveWindow,
      }
    })
    expect(seen).toMatchObject({ streamType: 'on-demand', end: await length(page) })
    expect(seen.start).toBeGreaterThanOrEqual(4)
    expect(seen.window).toBeNaN()
    await expect.poll(() => page.evaluate(() => document.querySelector('rtsp-player')?.playbackRate)).toBe(2)
    const [from, to] = await page.evaluate(async () => {
      const player = document.querySelector('rtsp-player')
      const from = player?.currentTime ?? 0
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      return [from, player?.currentTime ?? 0]
    })
    expect((to ?? 0) - (from ?? 0)).toBeGreaterThan(2.8)
  })
})

describe('memory', () => {
  it('is free of players that were taken from the document, however often', async () => {
    const { page } = await open('')
    const client = await page.context().newCDPSession(page)
    const rounds = (count: number) =>
      page.evaluate(async (count) => {
        const { players: kept = [] } = window as unknown as { players?: WeakRef<Element>[] }
        Object.assign(window, { players: kept })
        for (let round = 0; round < count; round++) {
          const player = document.createElement('rtsp-player')
          Object.assign(player, { src: 'lobby', muted: true, autoplay: true })
          document.body.append(player)
          // Some are taken away while they connect, and some while they play.
          await (round % 5 === 0 ? player.play() : player.updateComplete)
          player.remove()
          kept.push(new WeakRef(player), new WeakRef(player.video))
        }
      }, count)
    const state = async () => {
      for (let i = 0; i < 3; i++) await client.send('HeapProfiler.collectGarbage')
      const { metrics } = await client.send('Performance.getMetrics')
      const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0
      const alive = await page.evaluate(
        () => (window as unknown as { players: WeakRef<Element>[] }).players.filter((player) => player.deref()).length,
      )
      return { alive, nodes: of('Nodes'), listeners: of('JSEventListeners'), heap: of('JSHeapUsedSize') }
    }
    await client.send('Performance.enable')
    await rounds(20)
    const first = await state()
    await rounds(100)
    await expect.poll(async () => (await state()).alive, { timeout: 20_000 }).toBeLessThanOrEqual(2)
    const last = await state()
    console.log(JSON.stringify({ first, last }))
    expect(last.nodes - first.nodes).toBeLessThan(100)
    expect(last.listeners - first.listeners).toBeLessThan(50)
    expect(last.heap - first.heap).toBeLessThan(1_000_000)
    await expect.poll(() => stage.bridge.viewers).toBe(0)
  })
})
