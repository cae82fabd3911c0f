import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts'
import { launchChromium, openTab, playerIs, type Tab } from '../support/browser.ts'
import { type CountedCamera, startCountedCamera } from '../support/counted-camera.ts'
import { freePort } from '../support/free-port.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'
import { readFrames, WALL_CLOCK } from '../support/painted-frames.ts'
import { type RunningProcess, startProcess } from '../support/processes.ts'
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EXAMPLE = join(ROOT, 'examples/portal')
/** Words that nothing else holds. */
const CAMERA = { user: 'operator-Kx7', password: 'hunter2-Zq9' }
const TICKET_SECRET = 'a secret of at least thirty-two bytes'
/** So short that tickets are renewed while the test runs. */
const TICKET_SECONDS = 8

describe('the portal of examples/portal, with a camera that wants a password by Digest and sends by UDP alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portal-'))
  let camera: GstServer
  /** What goes to the camera but for its media: a connection a session. */
  let cable: RecordingProxy
  let yard: CountedCamera
  let bridge: BridgeProcess
  /** In front of the bridge. */
  let wire: RecordingProxy
  let portal: RunningProcess
  let portalUrl: string
  let browser: Browser
  const tabs: Tab[] = []
  /** What the pages were answered, and what they said. */
  const seen: string[] = []

  beforeAll(async () => {
    await build({
      root: join(EXAMPLE, 'page'),
      configFile: join(EXAMPLE, 'vite.config.js'),
      logLevel: 'warn',
      // As npm would install it.
      resolve: { alias: { 'rtsp-player': join(ROOT, 'dist/web/index.js') } },
      build: { outDir: join(folder, 'page') },
    })
    ;[browser, camera, yard] = await Promise.all([
      launchChromium(),
      startGstServer({ ...CAMERA, auth: 'digest', udpOnly: true }),
      startCountedCamera(),
    ])
    cable = await startRecordingProxy(camera.port)
    const port = await freePort()
    portalUrl = `http://127.0.0.1:${port}/`
    bridge = await startBridgeProcess({
      config: join(EXAMPLE, 'bridge.yaml'),
      env: {
        TICKET_SECRET,
        PORTAL: new URL(portalUrl).origin,
        ENTRANCE_URL: `rtsp://127.0.0.1:${cable.port}/clock`,
        CAMERA_USER: CAMERA.user,
        CAMERA_PASSWORD: CAMERA.password,
        YARD_URL: yard.url,
      },
    })
    wire = await startRecordingProxy(bridge.port)
    portal = await startProcess(process.execPath, [join(EXAMPLE, 'server.js')], {
      env: {
        PORT: String(port),
        BRIDGE: `ws://127.0.0.1:${wire.port}`,
        PAGE: join(folder, 'page'),
        TICKET_SECRET,
        TICKET_SECONDS: String(TICKET_SECONDS),
      },
    })
  })
  afterAll(async () => {
    await browser?.close()
    await portal?.stop()
    await wire?.close()
    await bridge?.process.stop()
    await cable?.close()
    await Promise.all([camera?.stop(), yard?.close()])
    rmSync(folder, { recursive: true })
  })

  /** As one person in several windows. */
  async function open(): Promise<Tab> {
    const tab = await openTab(browser, 'about:blank')
    tab.page.on('console', (message) => seen.push(message.text()))
    tab.page.on('response', async (response) => {
      seen.push(response.url(), JSON.stringify(response.headers()), await response.text().catch(() => ''))
    })
    await tab.page.goto(portalUrl)
    await tab.page.waitForFunction(() => document.querySelector('#message')?.textContent !== '')
    // Chromium's own word on the 401.
    seen.push(...tab.errors.splice(0))
    await tab.page.getByRole('button', { name: 'Log in' }).click()
    tabs.push(tab)
    return tab
  }

  const delays = async (page: Page) =>
    (await readFrames(page, WALL_CLOCK, 20)).map(({ value, shownAt }) => shownAt - value).sort((a, b) => a - b)

  it('shows who is not logged in nothing', async () => {
    const { status } = await fetch(`${portalUrl}ticket`)
    expect(status).toBe(401)
    const { page } = await openTab(browser, portalUrl)
    await page.waitForFunction(() => document.querySelector('#message')?.textContent === 'Log in first.')
    expect(await page.evaluate(() => document.querySelector('rtsp-player')?.state)).toBe('idle')
    expect(cable.connectionsEver).toBe(0)
    await page.close()
  })

  it('shows the live picture in two windows, with one session at the camera', async () => {
    for (const { page } of [await open(), await open()]) {
      await playerIs(page, 'playing')
      const shown = await delays(page)
      // A wrong bit would be off by years, or land before the capture.
      expect(shown[0]).toBeGreaterThan(0)
      expect(shown[10]).toBeLessThan(5_000)
    }
    expect([cable.connections, cable.connectionsEver]).toEqual([1, 1])
    expect([yard.sessions, yard.sessionsEver]).toEqual([1, 1])
    expect(await bridge.metrics()).toContain('rtsp_bridge_viewers{stream="entrance"} 2')
    // What the camera was asked for.
    expect(cable.record()).toMatch(/Authorization: Digest/)
    expect(cable.record()).toMatch(/Transport: RTP\/AVP;unicast;client_port=/)
  })

  it('has the picture of one more player from the group of pictures that the bridge keeps', async () => {
    const page = tabs[1]?.page
    const times = await page?.evaluate(async () => {
      const first = document.querySelector('rtsp-player')
      const times: number[] = []
      for (let i = 0; i < 12; i++) {
        const player = document.createElement('rtsp-player')
        const { src, bridge, getTicket } = first ?? player
        Object.assign(player, { src, bridge, getTicket, muted: true, autoplay: true })
        const connected = performance.now()
        document.body.append(player)
        await player.updateComplete
        await new Promise((resolve) => player.requestVideoFrameCallback(resolve))
        times.push(performance.now() - connected)
        player.remove()
      }
      return times.sort((a, b) => a - b)
    })
    expect(times).toHaveLength(12)
    expect([cable.connections, cable.connectionsEver]).toEqual([1, 1])
    console.log(`from the element to its first picture: ${times?.map((time) => time.toFixed(0)).join(' ')} ms`)
  })

  it('renews tickets on the connections that are open, and nobody notices', async () => {
    const before = wire.connectionsEver
    const renewals = () => seen.filter((text) => text.endsWith('/ticket')).length
    const until = Date.now() + TICKET_SECONDS * 1_000 + 3_000
    const least = renewals() + 2
    await expect.poll(() => renewals() >= least && Date.now() > until, { timeout: 30_000 }).toBe(true)
    expect(wire.connectionsEver).toBe(before)
    for (const { page, errors } of tabs) {
      expect((await delays(page))[10]).toBeLessThan(5_000)
      expect(errors).toEqual([])
    }
    expect([cable.connections, cable.connectionsEver]).toEqual([1, 1])
  })

  it('ends the stream when whoever watches may not any more, and begins anew when he may again', async () => {
    const page = tabs[0]?.page
    if (!page) throw new Error('There is no window')
    await page.evaluate(() => fetch('/log-out', { method: 'POST', redirect: 'manual' }))
    await playerIs(page, 'reconnecting', 30_000)
    // First that of the bridge, for which the last ticket is over; then that of the portal, which gives no other.
    const code = () => page.evaluate(() => document.querySelector('rtsp-player')?.error?.code)
    await expect.poll(code, { timeout: 15_000 }).toBe('ticket-not-given')
    // Then the pages ask again by themselves.
    await page.evaluate(() => fetch('/log-in', { method: 'POST' }))
    await playerIs(page, 'playing', 30_000)
  })

  it('tells nowhere outside the bridge where the camera is, its user, or its password', async () => {
    for (const { page, errors } of tabs) {
      const dom = await page.evaluate(() => {
        const players = [...document.querySelectorAll('rtsp-player')]
        const inside = players.map((player) => [player.shadowRoot?.innerHTML, JSON.stringify(player.statistics)])
        return [
          document.documentElement.outerHTML,
          inside,
          players.map((player) => JSON.stringify(player.error)),
        ].join()
      })
      seen.push(dom, ...errors)
    }
    const ticket =
      (await (await fetch(`${portalUrl}ticket`)).text()) + seen.find((text) => text.startsWith('{"ticket"'))
    const bearer = /"ticket":"([^"]+)"/.exec(ticket)?.[1]
    for (const path of ['', 'api/streams', 'metrics', 'healthz', 'readyz', 'rtsp', 'missing']) {
      const response = await fetch(`http://127.0.0.1:${wire.port}/${path}`, {
        headers: { Authorization: `Bearer ${bearer}` },
      })
      seen.push(JSON.stringify([...response.headers]), await response.text())
    }
    const places = {
      // A file of the player's own has a name that is like the camera's path.
      'the pages': seen.join('\n').replaceAll('/clock-judge', ''),
      'the wire': wire.record(),
      'the log of the bridge': bridge.process.output(),
      'the log of the portal': portal.output(),
    }
    // It is known what is looked at, and that it would be found.
    expect(places['the wire']).toContain('DESCRIBE rtsp://')
    expect(places['the wire']).toContain('a=rtpmap:')
    expect(places['the log of the bridge']).toContain('the camera plays')
    expect(cable.record()).toContain(CAMERA.user)
    const secrets = [...Object.values(CAMERA), basic(CAMERA), `:${cable.port}`, `:${camera.port}`, '/clock']
    for (const [place, text] of Object.entries(places)) {
      expect(text.length).toBeGreaterThan(20)
      expect([place, secrets.filter((secret) => text.includes(secret))]).toEqual([place, []])
    }
  })
})

const basic = ({ user, password }: typeof CAMERA): string => Buffer.from(`${user}:${password}`).toString('base64')
