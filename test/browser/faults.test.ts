import { createServer } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { ARRANGEMENTS, arrangementOf } from '../support/arrangements.ts'
import { builtPage, launchChromium, openTab, playerIs, shownText } from '../support/browser.ts'
import { Cable } from '../support/cable.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'
import { FRAME_NUMBER, readFrames } from '../support/painted-frames.ts'

let pageDirectory: string
let browser: Browser
let bridge: Bridge
let camera: SimulatedCamera
let gstreamer: GstServer
let cable: Cable
let cablePort: number
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
  bridge = await createBridge({
    pageDirectory,
    allow: [`127.0.0.1:${cablePort}`, `127.0.0.1:${gstreamer.port}`, '127.0.0.1:1', '127.0.0.1:*'],
  })
})

afterEach(async () => {
  for (const thing of opened.splice(0)) await thing.close()
})

afterAll(async () => {
  await browser?.close()
  cable?.close()
  await Promise.all([bridge?.close(), camera?.close(), gstreamer?.stop()])
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
