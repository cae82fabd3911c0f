import { afterEach, describe, expect, it } from 'vitest'
import { type Bridge, CLOSE, createBridge } from '../../bridge/index.ts'
import type { RtspRequest } from '../../protocol/rtsp/message.ts'
import { RtspViewer } from '../support/rtsp-viewer.ts'
import { sdp } from '../support/scripted-camera.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from '../support/scripted-rtsp-listener.ts'
import { TestViewer } from '../support/viewer.ts'

let camera: ScriptedRtspListener
let bridge: Bridge
afterEach(async () => {
  await bridge.close()
  await camera.close()
})

/** A camera with two addresses; the second needs no other password. */
async function start(mode: 'hub' | 'proxy'): Promise<void> {
  camera = await startScriptedRtspListener(() => ({ method }: RtspRequest) => {
    if (method === 'DESCRIBE') return { body: sdp() }
    return { headers: { Session: '1' } }
  })
  const at = `rtsp://127.0.0.1:${camera.port}`
  const settings = { mode, transport: 'tcp' } as const
  bridge = await createBridge({
    streams: {
      lobby: { ...settings, url: `${at}/big`, substream: `${at}/small` },
      door: { ...settings, url: `${at}/door` },
    },
  })
}

/** What the camera was asked to describe. */
const described = (): string[] =>
  camera.connections.flatMap(({ requests }) =>
    requests.filter(({ method }) => method === 'DESCRIBE').map(({ uri }) => uri.replace(/^.*\//, '')),
  )

describe.each(['hub', 'proxy'] as const)('a stream of the %s with a substream', (mode) => {
  it('is asked for by the same name, with a quality', async () => {
    await start(mode)
    for (const query of ['', '&quality=low', '&quality=high']) {
      const viewer = new RtspViewer(bridge, 'lobby', {}, query)
      await viewer.opened()
      expect((await viewer.play()).status).toBe(200)
    }
    expect(described()).toEqual(mode === 'hub' ? ['big', 'small'] : ['big', 'small', 'big'])
  })

  it('is asked for in the first request, too', async () => {
    await start(mode)
    const viewer = await new TestViewer(bridge, '').opened()
    const uri = `rtsp://127.0.0.1:${bridge.port}/lobby?quality=low`
    viewer.ws.send(Buffer.from(`DESCRIBE ${uri} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
    expect((await viewer.receives(100)).toString()).toMatch(/^RTSP\/1\.0 200/)
    expect(described()).toEqual(['small'])
  })

  it('says so in the list, once', async () => {
    await start(mode)
    expect(await (await fetch(`${bridge.url}api/streams`)).json()).toEqual({
      streams: [
        { name: 'lobby', qualities: ['high', 'low'], state: 'idle', viewers: 0 },
        { name: 'door', state: 'idle', viewers: 0 },
      ],
    })
  })

  it('counts who watches it among those of the stream', async () => {
    await start(mode)
    const viewer = new RtspViewer(bridge, 'lobby', {}, '&quality=low')
    await (await viewer.opened()).play()
    const list = (await (await fetch(`${bridge.url}api/streams`)).json()) as { streams: object[] }
    expect(list.streams[0]).toMatchObject({ name: 'lobby', state: 'live', viewers: 1 })
  })

  it('gives what there is where there is no other', async () => {
    await start(mode)
    const viewer = new RtspViewer(bridge, 'door', {}, '&quality=low')
    await viewer.opened()
    expect((await viewer.play()).status).toBe(200)
    expect(described()).toEqual(['door'])
  })

  it('has no other names', async () => {
    await start(mode)
    expect((await new TestViewer(bridge, '?stream=lobby%23low').ended).code).toBe(CLOSE.noSuchStream)
    expect((await new TestViewer(bridge, '?stream=lobby&quality=tiny').ended).code).toBe(CLOSE.badRequest)
  })
})
