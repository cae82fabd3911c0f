import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect } from 'vitest'
import { type Bridge, createBridge } from '../../../bridge/index.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { Cable } from '../../support/cable.ts'
import { type KeyframeCamera, startKeyframeCamera } from '../../support/keyframe-camera.ts'

/** The stream that goes this way through the bridge. To the relay it must be called as the camera calls it. */
export const STREAMS = { relay: 'lobby', proxy: 'proxy', hub: 'hub' } as const
export type Way = keyof typeof STREAMS
export const WAYS = Object.keys(STREAMS) as Way[]
export const SIDES = ['camera', 'viewer'] as const
export type Side = (typeof SIDES)[number]

/** What is needed of a camera. */
type AnyCamera = Pick<KeyframeCamera, 'port' | 'close'>

let camera: AnyCamera | undefined
let bridge: Bridge | undefined
const cables: Cable[] = []
export const players: BridgePlayer[] = []

async function closeAll(): Promise<void> {
  for (const cable of cables) cable.mend()
  await Promise.all(players.splice(0).map((player) => player.pipeline.close()))
  await bridge?.close()
  await camera?.close()
  for (const cable of cables.splice(0)) cable.close()
  bridge = undefined
  camera = undefined
}
afterEach(closeAll)

/** Sockets, servers and timers of this process, by kind. */
export async function handles(): Promise<{ sockets: number; timers: number }> {
  // Not within the timers of a poll, which would count, too.
  await nextTurn()
  const kinds = process.getActiveResourcesInfo()
  const count = (kind: RegExp): number => kinds.filter((one) => kind.test(one)).length
  return { sockets: count(/^(TCP|UDP|TLS|Pipe)/), timers: count(/^Timeout/) }
}

/** Resolves when there are no more than there were. */
async function handlesLike(before: Awaited<ReturnType<typeof handles>>): Promise<void> {
  const start = performance.now()
  for (;;) {
    const now = await handles()
    if (now.sockets <= before.sockets && now.timers <= before.timers) return
    if (performance.now() - start > 4_000) expect(now).toEqual(before)
  }
}

/** A camera, a bridge and a place for a viewer, with a cable between each two of them. */
export async function lay(start: () => Promise<AnyCamera> = startKeyframeCamera) {
  camera = await start()
  const toCamera = new Cable(camera.port)
  cables.push(toCamera)
  const url = `rtsp://127.0.0.1:${await toCamera.listen()}/lobby`
  bridge = await createBridge({
    streams: {
      [STREAMS.relay]: { url, mode: 'relay' },
      [STREAMS.proxy]: { url, mode: 'proxy', transport: 'tcp' },
      [STREAMS.hub]: { url, mode: 'hub', transport: 'tcp' },
    },
    limits: { sweepInterval: 20, closeTimeout: 500 },
    hubLimits: { graceMilliseconds: 0 },
  })
  const toBridge = new Cable(bridge.port)
  cables.push(toBridge)
  const port = await toBridge.listen()
  const idle = await handles()
  const watch = async (way: Way): Promise<BridgePlayer> => {
    const player = await BridgePlayer.open({ port }, STREAMS[way])
    players.push(player)
    return player
  }
  return { bridge, watch, idle, cables: { camera: toCamera, viewer: toBridge } satisfies Record<Side, Cable> }
}
export type Laid = Awaited<ReturnType<typeof lay>>

export const somePictures = async (player: BridgePlayer, count = 3): Promise<void> => {
  const { length } = player.pictures
  await player.until(({ pictures }) => pictures.length >= length + count)
}

/** Nobody is left, on either side; and of those who were, nothing. */
export async function isEmpty({
  bridge: running,
  idle,
  cables: { camera: toCamera, viewer: toBridge },
}: Laid): Promise<void> {
  await expect
    .poll(() => [running.viewers, toCamera.connections, toBridge.connections], { timeout: 4_000, interval: 10 })
    .toEqual([0, 0, 0])
  await handlesLike(idle)
}

/** Whoever comes next sees the camera, and when he left nothing is as it was not before. */
export async function isAsBefore(laid: Laid, way: Way, before: Awaited<ReturnType<typeof handles>>): Promise<void> {
  for (const cable of Object.values(laid.cables)) cable.mend()
  await Promise.all(players.splice(0).map((player) => player.pipeline.close()))
  await isEmpty(laid)
  await expect.poll(() => laid.watch(way).then((player) => somePictures(player, 1)), { timeout: 4_000 }).toBeUndefined()
  await Promise.all(players.splice(0).map((player) => player.pipeline.close()))
  await isEmpty(laid)
  await closeAll()
  await handlesLike(before)
}
