import type { RtspUri } from '../../protocol/rtsp/uri.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { type BridgeLog, quietLog } from '../log.ts'
import { type Camera, sameCamera } from '../targets.ts'
import type { MediaChoice } from '../upstream/open-camera.ts'
import { BURST_BYTES } from './burst.ts'
import { DEFAULT_HUB_LIMITS, type HubLimits } from './hub-limits.ts'
import { HubStream } from './hub-stream.ts'
import { MediaRoute } from './media-route.ts'
import { RetrySchedule } from './retry-schedule.ts'

/** Another process of this bridge that has the camera of a stream. */
export interface HubUpstream {
  /** Of the stream there. */
  readonly url: string
  /** @throws RtspRefusal what viewers are told there; ProtocolError */
  connect(signal: AbortSignal): Promise<ByteTransport>
}

export interface HubOptions {
  /** Connects to a camera, or to where it redirects, if that is allowed. */
  readonly connect: (name: string, uri: RtspUri, signal: AbortSignal, choice: MediaChoice) => Promise<ByteTransport>
  /** Where a stream is had whose camera another process has. By default this one has all. */
  readonly upstream?: (name: string) => HubUpstream | undefined
  readonly limits?: Partial<HubLimits>
  readonly log: BridgeLog
}

/** To try the other process again costs nothing: how often the camera is tried is up to that one. */
const UPSTREAM_RETRY = { first: 20, longest: 1_000 }
/** The camera's grace period is counted there. */
const UPSTREAM_GRACE_MILLISECONDS = 1_000

interface HubEntry {
  readonly camera: Camera
  readonly stream: HubStream
  /** This process speaks with the camera itself. */
  readonly hasCamera: boolean
}

/** The cameras that are opened once for all who watch them. */
export class Hub {
  readonly #options: HubOptions
  readonly #streams = new Map<string, HubEntry>()

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
      if (!this.#streams.has(name)) this.#streams.set(name, this.#open(name, camera))
    }
    await Promise.all(closing)
  }

  stream(name: string): HubStream | undefined {
    return this.#streams.get(name)?.stream
  }

  get streams(): HubStream[] {
    return Array.from(this.#streams.values(), ({ stream }) => stream)
  }

  /** Those whose cameras this process has. */
  get streamsWithCamera(): HubStream[] {
    return [...this.#streams.values()].flatMap(({ stream, hasCamera }) => (hasCamera ? [stream] : []))
  }

  streamWithCamera(name: string): HubStream | undefined {
    const entry = this.#streams.get(name)
    return entry?.hasCamera ? entry.stream : undefined
  }

  /** Bytes of media that can wait for one viewer: what he begins with, and what comes meanwhile. */
  get mostBytesOfViewer(): number {
    const { cacheBytes, viewerBytes } = this.#limits
    return cacheBytes + viewerBytes + BURST_BYTES
  }

  /** Says goodbye to all cameras. */
  async close(): Promise<void> {
    await Promise.all(this.streams.map((stream) => stream.close()))
  }

  #open(label: string, camera: Camera): HubEntry {
    const upstream = this.#options.upstream?.(label)
    const stream = upstream ? this.#relayed(label, camera, upstream) : this.#direct(label, camera)
    return { camera, stream, hasCamera: upstream === undefined }
  }

  get #limits(): HubLimits {
    return { ...DEFAULT_HUB_LIMITS, ...this.#options.limits }
  }

  #direct(label: string, { name, url, credentials, keepAlive, transport, wire, always }: Camera): HubStream {
    const { connect, log } = this.#options
    const route = transport === 'auto' && wire.by === 'rtsp' ? new MediaRoute() : undefined
    return new HubStream({
      name: label,
      title: name,
      uri: url,
      credentials,
      keepAlive,
      always,
      connect: (uri, signal) => connect(label, uri, signal, route?.choice ?? 'auto'),
      route,
      limits: this.#limits,
      log,
    })
  }

  /** Of another process, which is the one that tells of the camera. */
  #relayed(label: string, { name }: Camera, { url, connect }: HubUpstream): HubStream {
    const limits = this.#limits
    return new HubStream({
      name: label,
      title: name,
      uri: url,
      credentials: undefined,
      connect: (_uri, signal) => connect(signal),
      route: undefined,
      takesAllMedia: true,
      retries: new RetrySchedule(Math.random, UPSTREAM_RETRY),
      limits: {
        ...limits,
        graceMilliseconds: Math.min(limits.graceMilliseconds, UPSTREAM_GRACE_MILLISECONDS),
        mediaMilliseconds: Number.POSITIVE_INFINITY,
      },
      log: quietLog(this.#options.log),
    })
  }
}
