import { describe, expect, it } from 'vitest'
import { CLOSE } from '../../../bridge/index.ts'
import { RtspViewer } from '../../support/rtsp-viewer.ts'
import { startScriptedServer } from '../../support/scripted-server.ts'
import { TestViewer } from '../../support/viewer.ts'
import { keep, startScene } from './three-ways.ts'

const SPOKEN_FOR = ['proxy', 'hub'] as const

describe.each(SPOKEN_FOR)('a camera of the %s', (way) => {
  it.each([302, 305])('that sends the bridge with %i to a host that is not allowed is not followed', async (status) => {
    const forbidden = keep(await startScriptedServer())
    const location = `rtsp://127.0.0.1:${forbidden.port}/internal`
    const { bridge, camera, log } = await startScene({}, ({ method, headers }) =>
      method === 'DESCRIBE' && headers.has('Authorization') ? { status, headers: { Location: location } } : undefined,
    )
    const viewer = await RtspViewer.open(bridge, way)
    const answer = await viewer.ask('DESCRIBE')
    expect(answer.status).toBe(502)
    expect(answer.reason).toContain('may not follow')
    expect(forbidden.accepted).toHaveLength(0)
    expect(camera.connections.length).toBeLessThanOrEqual(2)
    for (const text of [viewer.received.toString('latin1'), log.join('\n')]) {
      expect(text).not.toContain(String(forbidden.port))
      expect(text).not.toContain('internal')
    }
  })

  it('that sends the bridge elsewhere in the middle of it is not followed there', async () => {
    const forbidden = keep(await startScriptedServer())
    const { bridge, camera, log } = await startScene()
    const viewer = await RtspViewer.open(bridge, way)
    await viewer.play()
    const location = `rtsp://127.0.0.1:${forbidden.port}/internal`
    camera.connections[0]?.send(`REDIRECT * RTSP/1.0\r\nCSeq: 1\r\nLocation: ${location}\r\n\r\n`)
    await expect.poll(() => camera.open).toBeLessThanOrEqual(way === 'hub' ? 1 : 0)
    if (way === 'proxy') expect((await viewer.ended).code).toBe(CLOSE.upstreamFailed)
    else await expect.poll(() => camera.connections.length).toBe(2)
    expect(forbidden.accepted).toHaveLength(0)
    expect(log.join('\n')).not.toContain(String(forbidden.port))
  })

  it('that sends the bridge round in circles is left after a few', async () => {
    const { bridge, camera } = await startScene({}, ({ method, headers, uri }) =>
      method === 'DESCRIBE' && headers.has('Authorization')
        ? { status: 302, headers: { Location: `${uri}x` } }
        : undefined,
    )
    const viewer = await RtspViewer.open(bridge, way)
    expect((await viewer.ask('DESCRIBE')).status).toBe(502)
    expect(camera.requests.length).toBeLessThan(20)
  })
})

describe('an address that a page names', () => {
  it('is never that of a stream behind the bridge, whose password would go with it', async () => {
    const { bridge, camera } = await startScene()
    const { code } = await TestViewer.url(bridge, camera.url).ended
    expect(code).toBe(CLOSE.notAllowed)
    expect(camera.connections).toHaveLength(0)
  })

  it('and that is allowed is dialled without the password of the stream there', async () => {
    const { bridge, camera } = await startScene({ allow: ['127.0.0.1:*'] })
    const viewer = await TestViewer.url(bridge, camera.url).opened()
    viewer.ws.send(Buffer.from(`DESCRIBE ${camera.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    await viewer.receives(12)
    expect(camera.requests).toHaveLength(1)
    expect(camera.requests[0]?.headers.has('Authorization')).toBe(false)
  })
})
