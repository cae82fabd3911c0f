import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bridge, createBridge } from '../../bridge/index.ts'
import { BridgePlayer } from '../support/bridge-player.ts'
import { type GstMount, type GstServer, startGstServer } from '../support/gst-server.ts'

const PASSWORD = 'hunter2'
/** With a picture whose keyframes are found in the packets themselves. */
const MOUNTS = ['/h264-aac', '/h264-1080', '/h265', '/vp8', '/vp9', '/mjpeg'] as const satisfies readonly GstMount[]

describe("GStreamer's server, behind a password and the hub", () => {
  let server: GstServer
  let bridge: Bridge
  const log: string[] = []
  beforeAll(async () => {
    server = await startGstServer({ user: 'admin', password: PASSWORD })
    const stream = (mount: GstMount) =>
      [mount.slice(1), { url: server.url(mount), user: 'admin', password: PASSWORD, mode: 'hub' }] as const
    bridge = await createBridge({
      streams: Object.fromEntries([...MOUNTS, '/h264-pcmu' as const].map(stream)),
      log: (line) => log.push(line),
    })
  })
  afterAll(async () => {
    await bridge?.close()
    await server?.stop()
  })

  it.each(MOUNTS)('plays %s to two, the second from a keyframe at once and without loss', async (mount) => {
    const first = await BridgePlayer.open(bridge, mount.slice(1))
    await first.until(({ pictures }) => pictures.length >= 10)
    const second = await BridgePlayer.open(bridge, mount.slice(1))
    await second.until(({ pictures }) => pictures.length >= 10)
    for (const player of [first, second]) {
      expect(player.pictures[0]?.randomAccess).toBe(true)
      for (const track of player.pipeline.statistics().tracks) {
        expect(track).toMatchObject({ lost: 0, dropped: 0, malformed: 0, restarts: 0 })
      }
      await player.pipeline.close()
    }
    const opened = log.filter((line) => line.startsWith(`${mount.slice(1)}: the camera plays`))
    expect(opened).toHaveLength(1)
  })

  it('nowhere tells the password, or where the camera is', async () => {
    const player = await BridgePlayer.open(bridge, 'h264-pcmu')
    await player.until(({ segments }) => segments.length >= 5)
    await player.pipeline.close()
    for (const text of [player.received(), log.join('\n')]) {
      expect(text).not.toContain(PASSWORD)
      expect(text).not.toContain(`:${server.port}`)
    }
  })
})

describe("GStreamer's server that has UDP alone, behind a password", () => {
  let server: GstServer
  let bridge: Bridge
  beforeAll(async () => {
    server = await startGstServer({ user: 'admin', password: PASSWORD, udpOnly: true })
    const stream = { url: server.url('/h264-aac'), user: 'admin', password: PASSWORD } as const
    bridge = await createBridge({
      streams: {
        auto: { ...stream, mode: 'hub' },
        udp: { ...stream, mode: 'proxy', transport: 'udp' },
        tcp: { ...stream, mode: 'hub', transport: 'tcp' },
      },
    })
  })
  afterAll(async () => {
    await bridge?.close()
    await server?.stop()
  })

  it.each(['auto', 'udp'])('plays as if it were interleaved, with transport %s', async (stream) => {
    const player = await BridgePlayer.open(bridge, stream)
    await player.until(({ pictures, segments }) => pictures.length >= 40 && segments.length > pictures.length + 20)
    expect(player.pipeline.statistics().tracks.map(({ lost, malformed }) => [lost, malformed])).toEqual([
      [0, 0],
      [0, 0],
    ])
    await player.pipeline.close()
  })

  it('says that it cannot be had by TCP', async () => {
    const error = await BridgePlayer.open(bridge, 'tcp').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ place: { status: 461 } })
  })
})
