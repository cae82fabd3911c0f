import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { BridgePlayer } from '../support/bridge-player.ts'
import { type GstServer, startGstServer } from '../support/gst-server.ts'

const USER = { user: 'admin', password: 'hunter2' }

describe.each(['digest', 'basic'] as const)("GStreamer's server through HTTP, behind a password (%s)", (auth) => {
  let server: GstServer
  let bridge: Bridge
  const log: string[] = []
  beforeAll(async () => {
    server = await startGstServer({ ...USER, auth })
    const stream = { url: server.url('/h264-aac'), transport: 'http', ...USER } as const
    bridge = await createBridge({
      streams: {
        hub: { ...stream, mode: 'hub' },
        proxy: { ...stream, mode: 'proxy' },
        archive: { ...stream, mode: 'proxy', url: server.url('/recording') },
        wrong: { ...stream, mode: 'hub', password: 'wrong' },
      },
      log: (line) => log.push(line),
    })
  })
  afterAll(async () => {
    await bridge?.close()
    await server?.stop()
  })

  it.each(['hub', 'proxy'])('plays in mode %s, without loss', async (stream) => {
    const player = await BridgePlayer.open(bridge, stream)
    await player.until(({ pictures, segments }) => pictures.length >= 50 && segments.length > pictures.length + 20)
    for (const track of player.pipeline.statistics().tracks) {
      expect(track).toMatchObject({ lost: 0, malformed: 0, restarts: 0 })
    }
    await player.pipeline.close()
  })

  it('plays a recording', async () => {
    const player = await BridgePlayer.open(bridge, 'archive')
    await player.until(({ pictures }) => pictures.length >= 25)
    await player.pipeline.close()
  })

  it('says that the password is wrong, and nowhere what it is', async () => {
    await expect(BridgePlayer.open(bridge, 'wrong')).rejects.toMatchObject({ place: { status: 502 } })
    expect(log.join('\n')).not.toMatch(new RegExp(`hunter2|:${server.port}`))
  })
})
