import type { RtspUri } from '../../protocol/rtsp/uri.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import type { Camera } from '../targets.ts'
import { type HubLimits, HubStream } from './hub-stream.ts'

export interface HubOptions {
  readonly cameras: ReadonlyMap<string, Camera>
  /** Connects to a camera, or to where it redirects, if that is allowed. */
  readonly connect: (name: string, uri: RtspUri) => Promise<ByteTransport>
  readonly limits?: Partial<HubLimits>
  readonly log: (line: string) => void
}

export const DEFAULT_HUB_LIMITS: HubLimits = {
  cacheBytes: 16 * 1024 * 1024,
  cacheMilliseconds: 30_000,
  viewerBytes: 4 * 1024 * 1024,
  hopelessMilliseconds: 30_000,
  graceMilliseconds: 10_000,
}

/** The cameras that are opened once for all who watch them. */
export class Hub {
  readonly #streams = new Map<string, HubStream>()

  constructor({ cameras, connect, limits, log }: HubOptions) {
    for (const [name, { url, credentials }] of cameras) {
      const options = { name, uri: url, credentials, connect: (uri: RtspUri) => connect(name, uri), log }
      this.#streams.set(name, new HubStream({ ...options, limits: { ...DEFAULT_HUB_LIMITS, ...limits } }))
    }
  }

  stream(name: string): HubStream | undefined {
    return this.#streams.get(name)
  }

  get streams(): IterableIterator<HubStream> {
    return this.#streams.values()
  }

  /** Says goodbye to all cameras. */
  async close(): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream.close()))
  }
}
