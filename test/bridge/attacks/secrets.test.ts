import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CAMERA_SECRETS } from '../../support/guarded-camera.ts'
import { RtspViewer } from '../../support/rtsp-viewer.ts'
import { refusedPort } from '../../support/scripted-server.ts'
import { type Scene, startScene } from './three-ways.ts'

const SPOKEN_FOR = ['proxy', 'hub'] as const

/** All that anyone can read: what went over the wire, how it ended, the log, and what the bridge tells over HTTP. */
async function readable({ bridge, log }: Scene, viewers: readonly RtspViewer[]): Promise<string> {
  const texts = viewers.map((viewer) => viewer.received.toString('latin1'))
  for (const viewer of viewers) {
    viewer.ws.close()
    const { code, reason } = await viewer.ended
    texts.push(`${code} ${reason}`)
  }
  for (const path of ['api/streams', 'metrics', 'healthz', 'readyz', 'rtsp', 'missing']) {
    const response = await fetch(bridge.url + path)
    texts.push(JSON.stringify([...response.headers]), await response.text())
  }
  await bridge.close()
  return [...texts, ...log].join('\n')
}

function expectNoSecrets(text: string, port: number): void {
  for (const secret of [...Object.values(CAMERA_SECRETS), `127.0.0.1:${port}`]) expect(text).not.toContain(secret)
}

describe.each(SPOKEN_FOR)('neither address nor password of a camera of the %s can be read anywhere', (way) => {
  it('while it plays', async () => {
    const scene = await startScene()
    const viewer = await RtspViewer.open(scene.bridge, way)
    expect((await viewer.play()).status).toBe(200)
    expectNoSecrets(await readable(scene, [viewer]), scene.camera.port)
  })

  it.each([
    [401, 'WWW-Authenticate', 'Digest realm="10.77.88.99", nonce="2"'],
    [302, 'Location', 'rtsp://10.77.88.99:554/hidden-path-Wv3'],
    [302, 'Location', 'rtsp://operator-Kx7:hunter2-Zq9@10.77.88.99/'],
    [404, 'Content-Type', 'text/html'],
    [500, 'X-Debug', 'hunter2-Zq9'],
    [200, 'Content-Base', 'rtsp://operator-Kx7:hunter2-Zq9@10.77.88.99/hidden-path-Wv3/'],
  ])('when it answers DESCRIBE with %i and %s: %s', async (status, name, value) => {
    const body = `<html>operator-Kx7 hunter2-Zq9 at 10.77.88.99</html>`
    const scene = await startScene({}, ({ method, headers }) =>
      method === 'DESCRIBE' && headers.has('Authorization') ? { status, headers: { [name]: value }, body } : undefined,
    )
    const viewer = await RtspViewer.open(scene.bridge, way)
    await viewer.ask('DESCRIBE')
    expectNoSecrets(await readable(scene, [viewer]), scene.camera.port)
  })

  it.each([200, 404, 500])('when it tells all that it knows with a %i', async (status) => {
    const telling = {
      Location: 'rtsp://10.77.88.99/',
      Server: '10.77.88.99',
      'X-Password': 'hunter2-Zq9',
      Via: '10.77.88.99',
    }
    const body = 'operator-Kx7:hunter2-Zq9@10.77.88.99/hidden-path-Wv3'
    const scene = await startScene({}, ({ method, headers }) =>
      /SETUP|PLAY|PAUSE|TEARDOWN/.test(method) && headers.has('Authorization')
        ? { status, headers: { ...telling, Session: '7', 'Content-Type': 'text/plain' }, body }
        : undefined,
    )
    const viewer = await RtspViewer.open(scene.bridge, way)
    await viewer.ask('DESCRIBE')
    await viewer.setup()
    for (const method of ['PLAY', 'PAUSE', 'TEARDOWN']) await viewer.ask(method)
    expectNoSecrets(await readable(scene, [viewer]), scene.camera.port)
  })

  it('when it breaks off', async () => {
    const scene = await startScene({}, ({ method }, connection) => {
      if (method !== 'PLAY') return undefined
      connection.hangUp()
      return null
    })
    const viewer = await RtspViewer.open(scene.bridge, way)
    await viewer.play().catch(() => undefined)
    expectNoSecrets(await readable(scene, [viewer]), scene.camera.port)
  })

  it('when nothing listens there', async () => {
    const port = await refusedPort()
    const { user, password, path } = CAMERA_SECRETS
    const gone = { url: `rtsp://127.0.0.1:${port}/${path}`, user, password, mode: way }
    const scene = await startScene({ streams: { gone } })
    const viewer = await RtspViewer.open(scene.bridge, 'gone')
    expect((await viewer.ask('DESCRIBE')).status).toBe(503)
    expectNoSecrets(await readable(scene, [viewer]), port)
  })
})

describe.each(SPOKEN_FOR)('a password that the camera of the %s refuses', (way) => {
  const refusing = () =>
    startScene({}, () => ({ status: 401, headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' } }))
  const shown = ({ camera }: Scene) => camera.requests.filter(({ headers }) => headers.has('Authorization')).length

  it('is shown to it once, however many ask at the same time', async () => {
    const scene = await refusing()
    const viewers = await Promise.all(Array.from({ length: 20 }, () => RtspViewer.open(scene.bridge, way)))
    const answers = await Promise.all(viewers.map((viewer) => viewer.ask('DESCRIBE')))
    for (const { status, reason } of answers) {
      expect([status, reason]).toEqual([502, 'The camera refuses the password that the bridge has for it'])
    }
    expect(shown(scene)).toBe(1)
  })

  it('is shown to it once, although viewers come, leave in the middle, and come again', async () => {
    const refusal = { 'WWW-Authenticate': 'Digest realm="camera", nonce="1"' }
    const scene = await startScene({}, ({ headers }, connection) => {
      if (!headers.has('Authorization')) return { status: 401, headers: refusal }
      // It takes its time, so that the viewer is gone by then.
      const answer = `RTSP/1.0 401 Unauthorized\r\nCSeq: ${headers.get('CSeq')}\r\n\r\n`
      setTimeout(() => connection.send(answer), 100)
      return null
    })
    for (let i = 0; i < 5; i++) {
      const viewer = await RtspViewer.open(scene.bridge, way)
      viewer.say(viewer.request('DESCRIBE'))
      if (i === 0) await expect.poll(() => shown(scene), { interval: 5 }).toBe(1)
      if (i === 4) expect((await viewer.until(() => viewer.responses[0])).status).toBe(502)
      viewer.ws.terminate()
      await viewer.ended
    }
    await expect.poll(() => scene.camera.open).toBe(0)
    expect(shown(scene)).toBe(1)
  })

  it('is not shown to it again because the last viewer has left', async () => {
    let refuses = false
    const scene = await startScene({ hubLimits: { graceMilliseconds: 0 } }, () =>
      refuses ? { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="camera", nonce="2"' } } : undefined,
    )
    const first = await RtspViewer.open(scene.bridge, way)
    await first.play()
    const before = shown(scene)
    refuses = true
    for (const connection of scene.camera.connections) connection.hangUp()
    // The hub tries by itself, because somebody watches.
    if (way === 'hub') await expect.poll(() => shown(scene), { timeout: 3_000 }).toBe(before + 1)
    else await first.ended
    for (let i = 0; i < 3; i++) {
      const viewer = await RtspViewer.open(scene.bridge, way)
      // It knows the tracks from before.
      await viewer.setup()
      expect((await viewer.ask('DESCRIBE')).status).toBeGreaterThanOrEqual(454)
      first.ws.close()
      viewer.ws.close()
      await viewer.ended
      await expect.poll(() => scene.bridge.viewers).toBe(0)
      await wait(20)
    }
    expect(shown(scene)).toBe(before + 1)
  })
})
