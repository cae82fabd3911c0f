import type { RtspUri } from '../../protocol/rtsp/uri.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import type { BridgeLog } from '../log.ts'
import { type Camera, sameCamera } from '../targets.ts'
import type { MediaChoice } from '../upstream/open-camera.ts'
import { type HubLimits, HubStream } from './hub-stream.ts'
import { MediaRoute } from './media-route.ts'

export interface HubOptions {
  /** Connects to a camera, or to where it redirects, if that is allowed. */
  readonly connect: (name: string, uri: RtspUri, signal: AbortSignal, choice: MediaChoice) => Promise<ByteTransport>
  readonly limits?: Partial<HubLimits>
  readonly log: BridgeLog
}

export const DEFAULT_HUB_LIMITS: HubLimits = {
  cacheBytes: 16 * 1024 * 1024,
  cacheMilliseconds: 30_000,
  viewerBytes: 4 * 1024 * 1024,
  hopelessMilliseconds: 30_000,
  graceMilliseconds: 10_000,
  silenceMilliseconds: 10_000,
  mediaMilliseconds: 4_000,
}

/** The cameras that are opened once for all who watch them. */
export class Hub {
  readonly #options: HubOptions
  readonly #streams = new Map<string, { readonly camera: Camera; readonly stream: HubStream }>()

  constructor(options: HubOptions) {
    this.#options = options
  }

  /** Has these cameras from here on. Those that stay as they are stay open; the others are closed, with their viewers. */
  async update(cameras: ReadonlyMap<string, Camera>): Promise<void> {
    const closing: Promise<void>[] = []
    for (const [name, { camera, stream }] of this.#streams) {
      if (sameCamera(cameras.get(name), camera)) continue
      this.#streams.delete(name)
      closing.push(stream.close())
    }
    for (const [name, camera] of cameras) {
      if (!this.#streams.has(name)) this.#streams.set(name, { camera, stream: this.#open(name, camera) })
    }
    await Promise.all(closing)
  }

  stream(name: string): HubStream | undefined {
    return this.#streams.get(name)?.stream
  }

  get streams(): HubStream[] {
    return Array.from(this.#streams.values(), ({ stream }) => stream)
  }

  /** Says goodbye to all cameras. */
  async close(): Promise<void> {
    await Promise.all(this.streams.map((stream) => stream.close()))
  }

  #open(name: string, { url, credentials, transport, wire }: Camera): HubStream {
    const { connect, limits, log } = this.#options
    const route = transport === 'auto' && wire.by === 'rtsp' ? new MediaRoute() : undefined
    return new HubStream({
      name,
      uri: url,
      credentials,
      connect: (uri, signal) => connect(name, uri, signal, route?.choice ?? 'auto'),
      route,
      limits: { ...DEFAULT_HUB_LIMITS, ...limits },
      log,
    })
  }
}
