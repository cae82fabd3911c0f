import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CertificateFiles } from '../../bridge/certificate.ts'
import { type Bridge, type BridgeOptions, CLOSE, createBridge, StartError } from '../../bridge/index.ts'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { BRIDGE_CERTIFICATE, BRIDGE_KEY } from '../support/bridge-certificate.ts'
import { TEST_CERTIFICATE, TEST_KEY } from '../support/test-certificate.ts'
import { TestViewer } from '../support/viewer.ts'

const folder = mkdtempSync(join(tmpdir(), 'bridge-https-'))
const tls = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
const write = (cert: string, key: string) => {
  writeFileSync(tls.cert, cert)
  writeFileSync(tls.key, key)
}
let bridge: Bridge | undefined
beforeEach(() => write(BRIDGE_CERTIFICATE, BRIDGE_KEY))
afterEach(() => bridge?.close())
afterAll(() => rmSync(folder, { recursive: true }))

async function start(options: BridgeOptions = {}): Promise<Bridge> {
  bridge = await createBridge({ tls, limits: { sweepInterval: 10 }, ...options })
  return bridge
}

/** Whom the bridge says it is, to who comes now. */
const subject = ({ port }: Bridge): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(String((socket.getPeerCertificate() as PeerCertificate).subject.CN))
      socket.destroy()
    }).once('error', reject)
  })

const statusOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asking = request(url, { ca: BRIDGE_CERTIFICATE }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asking.once('error', reject).end()
  })

const viewerOf = (running: Bridge, query: string, origin?: string) =>
  new TestViewer(
    running,
    query,
    { ca: BRIDGE_CERTIFICATE, ...(origin === undefined ? {} : { origin }) },
    undefined,
    `wss://127.0.0.1:${running.port}/rtsp`,
  )

describe('a bridge with a certificate', () => {
  it('speaks HTTPS and WSS, and nothing else', async () => {
    const camera = await startCamera()
    const running = await start({ streams: { lobby: { url: camera.url } } })
    expect(running.url).toBe(`https://127.0.0.1:${running.port}/`)
    expect(await statusOf(`${running.url}healthz`)).toBe(200)
    const viewer = await viewerOf(running, '?stream=lobby').opened()
    viewer.ws.send(Buffer.from(`OPTIONS ${camera.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    expect((await viewer.receives(12)).toString()).toMatch(/^RTSP\/1\.0 200/)
    await expect(fetch(`http://127.0.0.1:${running.port}/healthz`)).rejects.toThrow()
    expect(await statusOf(`${running.url}healthz`)).toBe(200)
    viewer.ws.terminate()
    await camera.close()
  })

  it('takes only pages that came by HTTPS for its own', async () => {
    const running = await start()
    const own = `127.0.0.1:${running.port}`
    expect((await viewerOf(running, '?stream=x', `https://${own}`).ended).code).toBe(CLOSE.noSuchStream)
    expect((await viewerOf(running, '?stream=x', `http://${own}`).ended).code).toBe(CLOSE.notAllowed)
  })

  it('shows the new one when it is told to read its files again, and keeps who is there', async () => {
    const running = await start()
    const viewer = await viewerOf(running, '').opened()
    expect(await subject(running)).toBe('bridge.test')
    write(TEST_CERTIFICATE, TEST_KEY)
    await running.reconfigure({})
    expect(await subject(running)).toBe('camera.test')
    expect(viewer.ws.readyState).toBe(viewer.ws.OPEN)
    viewer.ws.terminate()
  })

  it('stays with the old one where the new one is no good', async () => {
    const running = await start()
    for (const [cert, key] of [
      [TEST_CERTIFICATE, BRIDGE_KEY],
      ['', ''],
      ['-----BEGIN CERTIFICATE-----\nx', TEST_KEY],
    ] as const) {
      write(cert, key)
      await expect(running.reconfigure({ streams: { lobby: { url: 'rtsp://192.0.2.1/' } } })).rejects.toThrow(
        StartError,
      )
      expect(await subject(running)).toBe('bridge.test')
    }
    expect((await viewerOf(running, '?stream=lobby').ended).code).toBe(CLOSE.noSuchStream)
  })

  it('says at the start which file it cannot use', async () => {
    await expect(start({ tls: { ...tls, cert: '/no/such.crt' } })).rejects.toThrow(
      '/no/such.crt cannot be read (ENOENT)',
    )
    write(BRIDGE_CERTIFICATE, TEST_KEY)
    await expect(start()).rejects.toThrow('cannot be used')
  })
})

describe('the files of a certificate', () => {
  it('are noticed when they change', async () => {
    const files = new CertificateFiles(tls)
    const changed = new Promise<void>((resolve) => files.watch(resolve, 20))
    write(TEST_CERTIFICATE, TEST_KEY)
    await changed
    expect(files.read().cert.toString()).toBe(TEST_CERTIFICATE)
    files.close()
  })
})
