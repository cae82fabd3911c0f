import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { ProtocolError } from '../protocol/errors.ts'
import type { Credentials } from '../protocol/rtsp/authentication.ts'
import type { KeepAlive } from '../protocol/rtsp/keep-alive.ts'
import { type AllowRule, couldPermitHost, matchesPort, parseAllowRule, permitsAddress } from './allow-rule.ts'
import { CLOSE, Refusal } from './close-code.ts'
import { hostPort, parseRtspUrl } from './rtsp-url.ts'
import { canonicalAddress } from './subnet.ts'
import { type CameraWire, readCameraAddress, type StreamTransport } from './upstream/camera-address.ts'
import { streamFault } from './upstream/stream-fault.ts'
import { sameTrust, type TlsTrust } from './upstream/tls-trust.ts'

/** A stream that viewers know by name alone. */
export interface StreamOptions {
  /**
   * `rtsp://host[:port]/path` or `rtsps://…`, without user and password; or the address of a WebSocket (`ws://`, `wss://`),
   * the RTSP address that is asked for there behind a `#`: see `readCameraAddress`.
   */
  readonly url: string
  readonly user?: string
  readonly password?: string
  /**
   * `hub`: one session with the camera for all who watch; it is live. `proxy`: a session for each viewer, as recordings
   * need it. In both the bridge speaks for the viewer, who learns neither the camera's address nor its password.
   * `relay` (default): a connection for each viewer, untouched; viewers speak with the camera itself.
   */
  readonly mode?: StreamMode
  /**
   * How the camera's media comes to the bridge, in modes `hub` and `proxy`: `tcp`, interleaved in the connection; `udp`;
   * `multicast`; `http`, tunnelled in HTTP or HTTPS; `ws`, over a WebSocket; or `auto` (default): by TCP, and by UDP where
   * the camera refuses that or, in mode `hub`, sends nothing.
   */
  readonly transport?: StreamTransport
  /** Whom to take for the camera, over TLS. Default `verify`. */
  readonly tls?: TlsTrust
  /**
   * Another address of the same camera, for a smaller picture: for viewers who ask for `quality` `low`. All else is as for
   * `url`.
   */
  readonly substream?: string
  /**
   * `on-demand` (default): the camera is opened for the first viewer. `always` (mode `hub`): it is opened at once and kept
   * without viewers; its substream is not.
   */
  readonly start?: 'on-demand' | 'always'
  /** How a session is kept alive at the camera, in modes `hub` and `proxy`. */
  readonly keepAlive?: KeepAlive
  /** Shown to another bridge, over a WebSocket. A change of it alone disturbs nobody. */
  readonly ticket?: string
  /** For people; shown in `/api/streams`. */
  readonly description?: string
}

export type StreamMode = 'hub' | 'proxy' | 'relay'

/** `low`: the substream, where a stream has one. */
export const QUALITIES = ['high', 'low'] as const
export type Quality = (typeof QUALITIES)[number]

/** What may be shown of a stream. */
export interface ListedStream {
  readonly name: string
  readonly description?: string
  /** Where it has a substream. */
  readonly qualities?: readonly Quality[]
}

export interface TargetPolicyOptions {
  /** By name: letters, digits, `.`, `_`, `-`, in parts separated by `/`. */
  readonly streams?: Readonly<Record<string, StreamOptions>>
  /** Targets that viewers may name by URL; see `parseAllowRule`. None by default. */
  readonly allow?: readonly string[]
  readonly resolveHost?: ResolveHost
}

/** All addresses of a name, in the order to try; rejects or gives none where there are none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>

/** Something that was found among what may be dialled. */
export interface Target {
  /**
   * For logs, and among the cameras: the stream's name, with `#low` for its substream; or `host:port` where the viewer
   * said it.
   */
  readonly label: string
  /** As viewers know it, in addresses and rights: the stream's name, or `url:host:port`. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Whom to take for it, over TLS. */
  readonly trust: TlsTrust
  /** Whether viewers speak with the camera itself, or with the bridge. */
  readonly mode: StreamMode
  /** Configured by the operator, or named by the viewer and therefore checked after resolving. */
  readonly origin: 'configured' | 'viewer'
}

/** How the bridge opens a camera by itself. */
export interface Camera {
  /** As viewers know it. */
  readonly name: string
  /** `rtsp://` or `rtsps://`, without user and password. */
  readonly url: string
  readonly credentials: Credentials | undefined
  readonly transport: StreamTransport
  readonly wire: CameraWire
  readonly trust: TlsTrust
  readonly ticket: string | undefined
  readonly keepAlive: KeepAlive
  /** It is kept open without viewers. */
  readonly always: boolean
}

/** Letters, digits and marks that a URL leaves alone; folders by `/`. */
export const STREAM_NAME = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/
const MAX_STREAM_NAME = 255

/** Whether a stream could have this name. */
export const isStreamName = (text: string): boolean => text.length <= MAX_STREAM_NAME && STREAM_NAME.test(text)

const resolveBySystem: ResolveHost = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map((entry) => entry.address)

/** Decides what may be dialled. Closed unless something is named. */
export class TargetPolicy {
  readonly #streams = new Map<string, Target>()
  readonly #cameras = new Map<string, Camera>()
  readonly #descriptions = new Map<string, string | undefined>()
  readonly #rules: readonly AllowRule[]
  readonly #resolve: ResolveHost

  /** @throws AllowRuleError, or TypeError for a stream that cannot be read */
  constructor(options: TargetPolicyOptions = {}) {
    this.#resolve = options.resolveHost ?? resolveBySystem
    this.#rules = (options.allow ?? []).map(parseAllowRule)
    for (const [name, stream] of Object.entries(options.streams ?? {})) {
      if (!isStreamName(name)) {
        throw new TypeError(
          `"${name}" is not a name of a stream: letters, digits, "." "_" "-", parts separated by "/".`,
        )
      }
      const fault = streamFault(stream)
      if (fault) throw new TypeError(`Stream "${name}" cannot be used: ${fault.setting}: ${fault.message}.`)
      this.#descriptions.set(name, stream.description)
      this.#add(name, name, stream)
      if (stream.substream === undefined) continue
      const { substream: url, ...same } = stream
      this.#add(lowLabel(name), name, { ...same, url, start: 'on-demand' })
    }
  }

  #add(label: string, name: string, stream: StreamOptions): void {
    const { user, password = '', transport = 'auto', tls: trust = 'verify', mode = 'relay', ticket } = stream
    const { url, target, wire } = readCameraAddress(stream.url, transport)
    const { host, port, tls } = target
    this.#streams.set(label, { host, port, tls, trust, label, name, mode, origin: 'configured' })
    const credentials = user === undefined ? undefined : { username: user, password }
    const { keepAlive = {}, start } = stream
    const always = start === 'always'
    this.#cameras.set(label, { name, url, credentials, transport, wire, trust, ticket, keepAlive, always })
  }

  /** What may be shown to anyone who may watch: never an address. */
  listStreams(): ListedStream[] {
    return [...this.#descriptions].map(([name, description]) => ({
      name,
      ...(description === undefined ? {} : { description }),
      ...(this.#streams.has(lowLabel(name)) ? { qualities: QUALITIES } : {}),
    }))
  }

  /**
   * @param quality `low` where there is one: else there is but one
   * @throws Refusal 4404
   */
  findStream(name: string, quality: Quality = 'high'): Target {
    if (!this.#descriptions.has(name)) throw noSuchStream()
    return (quality === 'low' && this.#streams.get(lowLabel(name))) || this.#configured(name)
  }

  #configured(label: string): Target {
    const target = this.#streams.get(label)
    if (!target) throw noSuchStream()
    return target
  }

  /**
   * Where a camera of the configuration wants its client to be: the same host and port as before, or what viewers could
   * name as well.
   * @throws Refusal 4400, 4403
   */
  findRedirect(label: string, uri: string): Target {
    const stream = this.#configured(label)
    const { host, port, tls } = parseRtspUrl(uri)
    if (host === stream.host && port === stream.port && tls === stream.tls) return stream
    return this.findUrl(uri)
  }

  /** The cameras that are reached in this way, by label. */
  camerasOf(mode: StreamMode): ReadonlyMap<string, Camera> {
    return new Map([...this.#cameras].filter(([name]) => this.#streams.get(name)?.mode === mode))
  }

  /** Whether a stream is the same by another policy: who watches it need not notice. */
  isSame(label: string, other: TargetPolicy): boolean {
    return (
      this.#streams.get(label)?.mode === other.#streams.get(label)?.mode &&
      sameCamera(this.#cameras.get(label), other.#cameras.get(label))
    )
  }

  /** @throws Refusal 4404 */
  cameraOf(label: string): Camera {
    const camera = this.#cameras.get(label)
    if (!camera) throw noSuchStream()
    return camera
  }

  /** The cameras of the configuration, by label. */
  get cameras(): ReadonlyMap<string, Camera> {
    return this.#cameras
  }

  /**
   * The target of a URL that a viewer gave.
   * @param self `host:port` under which the viewer reached the bridge: a URL there means a stream of the bridge
   * @throws Refusal 4400, 4403, 4404
   */
  findUrl(text: string, self?: string): Target {
    const { host, port, tls, path } = parseRtspUrl(text)
    const label = hostPort(host, port)
    if (label === self) return this.#findPath(path)
    const target: Target = {
      label,
      name: `url:${label}`,
      host,
      port,
      tls,
      trust: 'verify',
      mode: 'relay',
      origin: 'viewer',
    }
    if (!this.#rulesFor(target).length) throw notAllowed(label)
    return target
  }

  /** `/NAME`, or `/NAME?quality=low`. */
  #findPath(path: string): Target {
    const [name = '', query = ''] = path.split(/\?(.*)/s)
    const quality = new URLSearchParams(query).get('quality') === 'low' ? 'low' : 'high'
    return this.findStream(name.replace(/^\/|\/$/g, ''), quality)
  }

  /**
   * The addresses that may be dialled for the target: resolved once, each checked, so that what was checked is what is
   * dialled (no DNS rebinding).
   * @throws Refusal 4403; ProtocolError host-not-found
   */
  async addressesOf(target: Target): Promise<string[]> {
    const answers = isIP(target.host) ? [target.host] : await this.#lookUp(target)
    const addresses = [...new Set(answers.flatMap((answer) => canonicalAddress(answer) ?? []))]
    if (addresses.length === 0) throw hostNotFound(undefined)
    if (target.origin === 'configured') return addresses
    const rules = this.#rulesFor(target)
    const permitted = addresses.filter((address) => rules.some((rule) => permitsAddress(rule, target.host, address)))
    if (permitted.length === 0) throw notAllowed(target.label)
    return permitted
  }

  #rulesFor(target: Target): AllowRule[] {
    return this.#rules.filter((rule) => matchesPort(rule, target.port) && couldPermit(rule, target.host))
  }

  async #lookUp(target: Target): Promise<readonly string[]> {
    try {
      return await this.#resolve(target.host)
    } catch (error) {
      throw hostNotFound(error)
    }
  }
}

const couldPermit = (rule: AllowRule, host: string) =>
  isIP(host) ? permitsAddress(rule, host, host) : couldPermitHost(rule, host)

/** Label of the substream of a stream: no name of the configuration has this mark. */
export const lowLabel = (name: string): string => `${name}#low`

/** What is told of a name that nothing has. */
export const noSuchStream = (): Refusal => new Refusal(CLOSE.noSuchStream, 'the bridge has no stream of this name')

const notAllowed = (label: string) =>
  new Refusal(CLOSE.notAllowed, `not allowed: start the bridge with --allow ${label}`)

const hostNotFound = (cause: unknown) =>
  new ProtocolError('host-not-found', 'the host name of the camera was not found', { cause })

/** Opened in the same way; both there, too. Another ticket is shown on the connection that is there. */
export const sameCamera = (one: Camera | undefined, other: Camera | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.url === other.url &&
  one.transport === other.transport &&
  isDeepStrictEqual(one.wire, other.wire) &&
  sameTrust(one.trust, other.trust) &&
  one.always === other.always &&
  isDeepStrictEqual(one.keepAlive, other.keepAlive) &&
  isDeepStrictEqual(one.credentials, other.credentials)
