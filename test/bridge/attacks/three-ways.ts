import { afterEach } from 'vitest'
import { type Bridge, type BridgeOptions, createBridge } from '../../../bridge/index.ts'
import { type GuardedCamera, type Misbehave, startGuardedCamera } from '../../support/guarded-camera.ts'

/** Through the bridge, and at the same time the name of a stream that goes this way. */
export const WAYS = ['relay', 'proxy', 'hub'] as const
export type Way = (typeof WAYS)[number]

export interface Scene {
  readonly bridge: Bridge
  readonly camera: GuardedCamera
  /** Every line of the bridge's log. */
  readonly log: readonly string[]
}

const closing: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})

/** Closes it after the test. */
export function keep<T extends { close(): Promise<unknown> }>(one: T): T {
  closing.push(one)
  return one
}

/** A bridge with a camera, in each of the three ways. */
export async function startScene(options: BridgeOptions = {}, misbehave?: Misbehave): Promise<Scene> {
  const camera = keep(await startGuardedCamera(misbehave))
  const log: string[] = []
  const { url } = camera
  const bridge = keep(
    await createBridge({
      log: (line) => log.push(line),
      ...options,
      streams: {
        relay: { url, mode: 'relay' },
        proxy: { ...camera.stream, mode: 'proxy' },
        hub: { ...camera.stream, mode: 'hub' },
        ...options.streams,
      },
      limits: { sweepInterval: 10, ...options.limits },
    }),
  )
  return { bridge, camera, log }
}
