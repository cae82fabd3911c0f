import { createServer } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { ARRANGEMENTS, arrangementOf } from '../support/arrangements.ts'
import { builtPage, launchChromium, openTab, playerIs, shownText } from '../support/browser.ts'
import { Cable } from '../support/cable.ts'
import { installSegmentFaults, type SegmentFault, type SegmentFaults } from '../support/faulty-source-buffer.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'
import { FRAME_NUMBER, readFrames, WALL_CLOCK } from '../support/painted-frames.ts'

let pageDirectory: string
let browser: Browser
let bridge: Bridge
let camera: SimulatedCamera
let gstreamer: GstServer
let cable: Cable
let cablePort: number
/** To a server that paints its clock. */
let clock: GstServer
let clockCable: Cable
let clockPort: number
const opened: { close(): void | Promise<void> }[] = []

beforeAll(async () => {
  pageDirectory = await builtPage()
  ;[browser, camera, gstreamer] = await Promise.all([
    launchChromium(),
    startCamera(),
    startGstServer({ user: 'admin', password: 'p@ss:w/rd' }),
  ])
  cable = new Cable(camera.port)
  cablePort = await cable.listen()
  clock = await startGstServer()
  clockCable = new Cable(clock.port)
  clockPort = await clockCable.listen()
  bridge = await createBridge({
    pageDirectory,
    allow: [`127.0.0.1:${cablePort}`, `127.0.0.1:${gstreamer.port}`, '127.0.0.1:1', '127.0.0.1:*'],
  })
})

afterEach(async () => {
  cable.mend()
  clockCable.mend()
  for (const thing of opened.splice(0)) await thing.close()
})

afterAll(async () => {
  await browser?.close()
  cable?.close()
  clockCable?.close()
  await Promise.all([bridge?.close(), camera?.close(), gstreamer?.stop(), clock?.stop()])
})

const open = async (src: string, url = bridge.url, prepare?: () => void) => {
  const tab = await openTab(browser, `${url}?src=${encodeURIComponent(src)}`, prepare)
  opened.push(tab.page)
  return tab
}

describe('the page says what is wrong and what to do', () => {
  it('when the bridge may not dial the address', async () => {
    const { page } = await open('rtsp://10.20.30.40:8554/live')
    await playerIs(page, 'failed')
    const text = await shownText(page)
    expect(text).toContain('may not connect to 10.20.30.40:8554')
    expect(text).toContain('npm start -- --allow 10.20.30.40:8554')
  })

  it('when the bridge has no such stream', async () => {
    const { page } = await open('cellar')
    await playerIs(page, 'failed')
    expect(await shownText(page)).toContain('no such stream')
  })

  it('when the camera refuses the connection, and keeps trying', async () => {
    const { page } = await open('rtsp://127.0.0.1:1/live')
    await playerIs(page, 'reconnecting')
    expect(await shownText(page)).toContain('could not be reached')
  })

  it('when the address cannot be read', async () => {
    const { page } = await open('rtsp://host:123456/live')
    await playerIs(page, 'failed')
    expect(await shownText(page)).toContain('no port 123456')
  })

  it('when the password is wrong, after one attempt', async () => {
    const { page } = await open(gstreamer.url('/h264').replace('rtsp://', 'rtsp://admin:wrong@'))
    await playerIs(page, 'failed')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.error?.code)).toBe('unauthorized')
  })

  it('when the camera has no such path', async () => {
    const { page } = await open(`rtsp://127.0.0.1:${cablePort}/cellar`)
    await playerIs(page, 'failed')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.error?.code)).toBe('not-found')
  })

  it('when the port answers, but not with RTSP', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opened.push({ close: () => void server.close() })
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { page } = await open(`rtsp://127.0.0.1:${port}/live`)
    await playerIs(page, 'failed')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.error?.code)).toBe('not-rtsp')
  })

  it('when the bridge is gone, and comes back with it', async () => {
    const first = await createBridge({ pageDirectory, allow: [`127.0.0.1:${cablePort}`] })
    const { page } = await open(`rtsp://127.0.0.1:${cablePort}/lobby`, first.url)
    await playerIs(page, 'playing')
    await first.close()
    await playerIs(page, 'reconnecting')
    await expect.poll(() => shownText(page), { timeout: 10_000 }).toContain('bridge could not be reached')
    const second = await createBridge({ pageDirectory, port: first.port, allow: [`127.0.0.1:${cablePort}`] })
    opened.push(second)
    await playerIs(page, 'playing')
  })
})

describe.each(ARRANGEMENTS)('a broken connection $name', ({ prepare, workers, source }) => {
  it('is made anew, and the picture goes on', async () => {
    const { page, errors } = await open(`rtsp://127.0.0.1:${cablePort}/lobby`, bridge.url, prepare)
    await playerIs(page, 'playing')
    expect(await arrangementOf(page)).toEqual({ workers, source })
    await readFrames(page, FRAME_NUMBER, 10)
    cable.cut()
    await playerIs(page, 'reconnecting')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.readyState)).toBeGreaterThanOrEqual(2)
    await playerIs(page, 'playing')
    const numbers = (await readFrames(page, FRAME_NUMBER, 30)).map((frame) => frame.value)
    expect(new Set(numbers).size).toBeGreaterThan(20)
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.reconnects)).toBe(1)
    expect(errors).toEqual([])
  })
})

describe('code that cannot be loaded', () => {
  const openWithout = async (file: string, src: string) => {
    const { page } = await open('none')
    await page.context().route(`**/${file}*`, (route) => route.abort())
    const warnings = page.waitForEvent('console', (message) => message.text().startsWith('part-not-loaded'))
    await page.addInitScript(() => {
      document.addEventListener('readystatechange', () => {
        document.querySelector('rtsp-player')?.addEventListener('streamwarning', ({ detail }) => {
          console.log(detail.code, detail.advice)
        })
      })
    })
    await page.goto(`${bridge.url}?src=${encodeURIComponent(src)}`)
    return { page, warnings }
  }

  it('costs the track that it is for, and no other', async () => {
    const { page, warnings } = await openWithout('mpeg4-generic', `rtsp://127.0.0.1:${cablePort}/lobby`)
    await playerIs(page, 'playing')
    // What plays sound is loaded for those who hear it.
    await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      if (player) player.muted = false
    })
    expect((await warnings).text()).toContain('reload the page')
    await readFrames(page, FRAME_NUMBER, 10)
  })

  it('is asked for again, where nothing else can be played', async () => {
    const src = gstreamer.url('/audio-only').replace('rtsp://', 'rtsp://admin:p@ss:w/rd@')
    const { page, warnings } = await openWithout('mpeg4-generic', src)
    warnings.catch(() => undefined)
    await playerIs(page, 'reconnecting')
    const { code, advice } = await page.evaluate(() => ({ ...document.querySelector('rtsp-player')?.error?.toJSON() }))
    expect([code, advice]).toEqual(['part-not-loaded', expect.stringContaining('reload the page')])
    await page.context().unrouteAll()
    await playerIs(page, 'playing')
  })
})

/** What the player went through, with the milliseconds since the last `begin`. */
interface Diary {
  begin(): Promise<void>
  read(): Promise<{ readonly what: string; readonly at: number }[]>
}

async function keepDiary(page: Page): Promise<Diary> {
  await page.evaluate(() => {
    const player = document.querySelector('rtsp-player')
    const scope = globalThis as unknown as { diary: { what: string; at: number }[] }
    scope.diary = []
    const note = (what: string) => scope.diary.push({ what, at: performance.now() })
    player?.addEventListener('statechange', ({ detail }) => note(detail.name))
    player?.addEventListener('stale', () => note('stale'))
    player?.addEventListener('fresh', () => note('fresh'))
    player?.addEventListener('streamwarning', ({ detail }) => note(`warning ${detail.code}`))
  })
  let begun = 0
  return {
    begin: async () => {
      begun = await page.evaluate(() => {
        ;(globalThis as unknown as { diary: unknown[] }).diary.length = 0
        return performance.now()
      })
    },
    read: async () => {
      const notes = await page.evaluate(
        () => (globalThis as unknown as { diary: { what: string; at: number }[] }).diary,
      )
      return notes.map(({ what, at }) => ({ what, at: at - begun }))
    },
  }
}

const reconnectsOf = (page: Page) => page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.reconnects)

describe('a stream that stands still', () => {
  it('is marked after a second, and unmarked with the first new picture, without another session', async () => {
    const { page, errors } = await open(`rtsp://127.0.0.1:${cablePort}/lobby`)
    await playerIs(page, 'playing')
    await readFrames(page, FRAME_NUMBER, 20)
    const diary = await keepDiary(page)
    await diary.begin()
    cable.down.fault = { kind: 'stall' }
    await page.waitForSelector('rtsp-player[stale]', { timeout: 5_000 })
    expect(await shownText(page)).toMatch(/Picture is \d+ seconds? old/)
    const stale = await page.evaluate(() => {
      const player = document.querySelector('rtsp-player')
      const { filter } = getComputedStyle(player?.video ?? document.body)
      return { stale: player?.stale, told: player?.statistics?.stale, state: player?.state, filter }
    })
    expect(stale).toMatchObject({ stale: true, told: true, state: 'stalled' })
    expect(stale.filter).toContain('grayscale')
    cable.mend()
    await playerIs(page, 'playing')
    const notes = await diary.read()
    expect(notes.map(({ what }) => what)).toEqual(['stalled', 'stale', 'fresh', 'playing'])
    expect(notes[1]?.at).toBeGreaterThan(900)
    expect(notes[1]?.at).toBeLessThan(2_500)
    expect(await page.locator('rtsp-player[stale]').count()).toBe(0)
    expect(await shownText(page)).not.toContain('old')
    expect(await reconnectsOf(page)).toBe(0)
    expect(errors).toEqual([])
  })

  it('is asked for anew after six seconds of silence, and plays on', async () => {
    const { page } = await open(`rtsp://127.0.0.1:${cablePort}/lobby`)
    await playerIs(page, 'playing')
    await readFrames(page, FRAME_NUMBER, 20)
    const diary = await keepDiary(page)
    await diary.begin()
    cable.down.fault = { kind: 'stall' }
    await playerIs(page, 'reconnecting')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.error?.code)).toBe('no-media')
    cable.mend()
    await playerIs(page, 'playing')
    const notes = await diary.read()
    expect(notes.map(({ what }) => what)).toEqual(['stalled', 'stale', 'reconnecting', 'fresh', 'playing'])
    expect(notes[2]?.at).toBeGreaterThan(5_500)
    expect(notes[2]?.at).toBeLessThan(8_500)
    expect(await reconnectsOf(page)).toBe(1)
  })

  it('is back at the live edge two seconds after a network that stood still for five, in the same session', async () => {
    const { page } = await open(`rtsp://127.0.0.1:${clockPort}/clock`)
    await playerIs(page, 'playing')
    await page.waitForTimeout(2_000)
    clockCable.down.fault = { kind: 'stall' }
    await page.waitForTimeout(5_000)
    clockCable.mend()
    await page.waitForTimeout(2_000)
    const delays = (await readFrames(page, WALL_CLOCK, 30)).map(({ value, shownAt }) => shownAt - value)
    delays.sort((a, b) => a - b)
    expect(delays[15]).toBeLessThan(400)
    expect(await reconnectsOf(page)).toBe(0)
  })
})

describe('a decoder', () => {
  const harm = (page: Page, fault: SegmentFault, segments: number) =>
    page.evaluate(
      ({ fault, segments }) => {
        const faults = globalThis as unknown as SegmentFaults
        faults.segmentsLeft = segments
        faults.segmentFault = fault
      },
      { fault, segments },
    )

  it.each([
    ['that gets bytes it cannot read', 'garbage'],
    ['that has no room, even when what was seen is thrown away', 'quota'],
    ['that takes pictures and shows none', 'swallowed'],
  ] as const)('%s begins anew without another session', async (_, fault) => {
    const { page, errors } = await open(`rtsp://127.0.0.1:${cablePort}/lobby`, bridge.url, installSegmentFaults)
    await playerIs(page, 'playing')
    await readFrames(page, FRAME_NUMBER, 20)
    const diary = await keepDiary(page)
    await diary.begin()
    await harm(page, fault, 1_000)
    await expect.poll(async () => (await diary.read()).at(-1)?.what, { timeout: 15_000 }).toBe('playing')
    const notes = (await diary.read()).map(({ what }) => what)
    expect(notes).toContain('waiting-for-keyframe')
    expect(notes.some((what) => what.startsWith('warning'))).toBe(true)
    expect(notes).not.toContain('reconnecting')
    const numbers = (await readFrames(page, FRAME_NUMBER, 20)).map(({ value }) => value)
    expect(new Set(numbers).size).toBeGreaterThan(15)
    const figures = await page.evaluate(() => document.querySelector('rtsp-player')?.statistics)
    expect(figures).toMatchObject({ decoderRestarts: 1, reconnects: 0 })
    expect(errors).toEqual([])
  })

  it('that has no room for a moment throws away what was seen, and nobody notices', async () => {
    const { page } = await open(`rtsp://127.0.0.1:${cablePort}/lobby`, bridge.url, installSegmentFaults)
    await playerIs(page, 'playing')
    // There is a group of pictures that was seen, and may be thrown away.
    await page.waitForFunction(() => {
      const video = document.querySelector('rtsp-player')?.video
      return video && video.currentTime - video.buffered.start(0) > 4
    })
    const diary = await keepDiary(page)
    await diary.begin()
    await harm(page, 'quota', 1)
    await readFrames(page, FRAME_NUMBER, 30)
    expect((await diary.read()).filter(({ what }) => what !== 'stale' && what !== 'fresh')).toEqual([])
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.statistics?.decoderRestarts)).toBe(0)
  })
})

describe('the players of a page', () => {
  it('come back to a bridge that was away one after the other', async () => {
    const streams = { lobby: { url: camera.url } }
    const first = await createBridge({ pageDirectory, streams })
    const { page } = await open('lobby', first.url)
    await page.evaluate(async () => {
      for (let tile = 0; tile < 5; tile++) {
        const player = document.createElement('rtsp-player')
        Object.assign(player, { src: 'lobby', muted: true, autoplay: true })
        document.body.append(player)
      }
      const players = [...document.querySelectorAll('rtsp-player')]
      while (players.some(({ state }) => state !== 'playing')) await new Promise((resolve) => setTimeout(resolve, 50))
    })
    await first.close()
    let asked = 0
    const closed = createServer((socket) => {
      asked += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => closed.listen(first.port, '127.0.0.1', resolve))
    await page.waitForTimeout(4_000)
    await new Promise((resolve) => closed.close(resolve))
    // Alone each of the six would have asked three or four times.
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThanOrEqual(8)
    const second = await createBridge({ pageDirectory, port: first.port, streams })
    opened.push(second)
    await expect
      .poll(
        () =>
          page.evaluate(
            () => [...document.querySelectorAll('rtsp-player')].filter((p) => p.state === 'playing').length,
          ),
        { timeout: 20_000 },
      )
      .toBe(6)
  })
})

describe('a password in the address', () => {
  it('is used for the camera, and stands nowhere in the page or in what the bridge is told', async () => {
    const asked: string[] = []
    const page = await browser.newPage()
    opened.push(page)
    page.on('websocket', (socket) => asked.push(socket.url()))
    page.on('worker', (worker) => asked.push(worker.url()))
    const src = gstreamer.url('/h264').replace('rtsp://', 'rtsp://admin:p@ss:w/rd@')
    await page.goto(`${bridge.url}?src=${encodeURIComponent(src)}`)
    await playerIs(page, 'playing')
    const places = await page.evaluate(() => [
      location.href,
      document.body.textContent,
      document.querySelector('input')?.value,
      document.title,
      JSON.stringify(localStorage) + JSON.stringify(sessionStorage),
    ])
    expect(places.join('\n')).not.toMatch(/w\/rd|w%2Frd|p@ss|p%40ss/)
    expect(asked.join('\n')).not.toMatch(/w\/rd|w%2Frd|w%252Frd|p@ss|p%40ss|p%2540ss/)
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2)
  })
})
