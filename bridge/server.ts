import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { Permission, type PermissionEvents } from './auth/permission.ts'
import { visitorOf } from './auth/visitor.ts'
import type { Bridge, BridgeOptions } from './bridge.ts'
import { CertificateFiles } from './certificate.ts'
import { CLOSE, Refusal } from './close-code.ts'
import type { Colleagues } from './colleagues.ts'
import { type BridgePhase, DEFAULT_DRAIN, type DrainTimes, pause, spreadOver } from './drain.ts'
import { TrustedProxies } from './forwarded.ts'
import { decodePath, parseBasePath } from './http-answer.ts'
import { createHttpRoutes, createOperationsRoutes } from './http-routes.ts'
import { Hub } from './hub/hub.ts'
import { type BridgeLimits, DEFAULT_LIMITS } from './limits.ts'
import { Listener, rejectSocket } from './listener.ts'
import { type BridgeLog, logOf, redactedLog } from './log.ts'
import { BridgeMetrics } from './metrics.ts'
import { PageFiles } from './page-files.ts'
import { ProxyStreams } from './proxy/proxy-streams.ts'
import { makeRules, type Rules } from './rules.ts'
import { type StreamFigures, streamFigures, streamStates } from './stream-states.ts'
import { SUBPROTOCOL } from './subprotocol.ts'
import { isStreamName, noSuchStream, QUALITIES, type Quality } from './targets.ts'
import { CameraOpener } from './upstream/open-camera.ts'
import { TOO_LARGE, Viewer } from './viewer.ts'
import type { TargetChoice, ViewerSummary } from './viewer-context.ts'
import { ViewerList } from './viewer-list.ts'

export type { Bridge, BridgeOptions } from './bridge.ts'

/**
 * Starts a bridge and resolves when it listens.
 * @throws StartError with advice, where it cannot start
 */
export function createBridge(options: BridgeOptions = {}): Promise<Bridge> {
  return startBridge(options)
}

/**
 * The same as one of several processes that serve the same port.
 * @throws StartError
 */
export async function startBridge(options: BridgeOptions, colleagues?: Colleagues): Promise<Bridge> {
  const host = options.host ?? '127.0.0.1'
  const rules = makeRules(options, host)
  const page =
    options.pageDirectory === undefined
      ? null
      : await PageFiles.read(options.pageDirectory, options.documentationDirectory)
  const server = new BridgeServer(rules, page, options, colleagues)
  try {
    await server.listen(host, options.port ?? 0)
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

/** ws closes by itself what breaks its rules; the codes become ours (see `CLOSE`). An echo of the peer's has a reason. */
class ViewerSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (reason === undefined && (code === 1008 || code === 1009)) super.close(CLOSE.tooLarge, TOO_LARGE)
    else if (reason === undefined && (code === 1002 || code === 1007)) super.close(CLOSE.badRequest)
    else super.close(code, reason)
  }
}

class BridgeServer implements Bridge {
  readonly #listener: Listener
  /** Of the metrics, where they have their own. */
  readonly #operations: Listener | undefined
  readonly #operationsAddress: NonNullable<BridgeOptions['operations']> | undefined
  readonly #webSockets: WebSocketServer
  readonly #basePath: string
  readonly #proxies: TrustedProxies
  readonly #drainTimes: DrainTimes
  #rules: Rules
  readonly #limits: BridgeLimits
  readonly #log: BridgeLog
  readonly #ca: string | undefined
  readonly #hub: Hub
  readonly #proxyStreams: ProxyStreams
  readonly #cameras: CameraOpener
  readonly #viewers: ViewerList
  readonly #metrics: BridgeMetrics
  readonly #colleagues: Colleagues | undefined
  #phase: BridgePhase = 'starting'
  readonly #drainEnd = new AbortController()
  #draining: Promise<void> | undefined
  #closing: Promise<void> | undefined

  /** @throws StartError, TypeError */
  constructor(rules: Rules, page: PageFiles | null, options: BridgeOptions, colleagues: Colleagues | undefined) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits }
    const log = redactedLog(logOf(options.log), () => this.#rules.secrets)
    this.#rules = rules
    this.#colleagues = colleagues
    this.#limits = limits
    this.#log = log
    this.#ca = options.ca
    this.#basePath = parseBasePath(options.basePath ?? '')
    this.#proxies = new TrustedProxies(options.trustProxy ?? [], options.tls !== undefined)
    this.#drainTimes = { ...DEFAULT_DRAIN, ...options.drain }
    this.#cameras = new CameraOpener({ policy: () => this.#rules.policy, limits, ca: options.ca })
    const hubLimits = options.hubLimits ? { limits: options.hubLimits } : {}
    this.#hub = new Hub({
      connect: (name, uri, signal, choice) => this.#cameras.open(name, uri, signal, choice),
      upstream: (name) => colleagues?.upstream(name),
      log,
      ...hubLimits,
    })
    void this.#hub.update(rules.policy.camerasOf('hub'))
    this.#proxyStreams = new ProxyStreams((name, uri, signal) => this.#cameras.open(name, uri, signal))
    this.#proxyStreams.update(rules.policy.camerasOf('proxy'))
    this.#viewers = new ViewerList(limits.sweepInterval)
    const certificate = options.tls && new CertificateFiles(options.tls)
    // Room for those that are told 4429; what lies beyond is not worth an answer.
    this.#listener = new Listener({ limits, certificate, maxConnections: limits.viewers + 256, log })
    this.#operationsAddress = options.operations
    this.#operations = options.operations && new Listener({ limits, maxConnections: 64, log })
    this.#metrics = new BridgeMetrics({ viewers: this.#viewers, hub: this.#hub, phase: () => this.#phase })
    const settings = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.messageBytes,
      closeTimeout: limits.closeTimeout,
      // Text is refused, whatever it says.
      skipUTF8Validation: true,
      handleProtocols: (offered: Set<string>) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
      WebSocket: ViewerSocket,
    } as const
    this.#webSockets = new WebSocketServer(settings)
    const { contentType } = this.#metrics
    const metrics = { contentType, text: () => colleagues?.metrics() ?? this.#metrics.text() }
    const operations = { phase: () => this.#phase, metrics }
    this.#operations?.server.on('request', createOperationsRoutes(operations))
    this.#listener.server.on(
      'request',
      createHttpRoutes({
        page,
        basePath: this.#basePath,
        maxTargetBytes: limits.httpTargetBytes,
        grantOf: (request) => this.#permissionOf(request).toList(),
        streams: async (grant) => {
          const figures = await (colleagues?.figures() ?? this.#figures())
          return streamStates(this.#rules.policy, this.#hub, figures, grant)
        },
        operations: this.#operations ? null : { ...operations, arrival: (request) => this.#proxies.arrival(request) },
      }),
    )
    this.#listener.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  get host(): string {
    return this.#listener.host
  }

  get port(): number {
    return this.#listener.port
  }

  get url(): string {
    return `${this.#listener.origin}${this.#basePath}/`
  }

  get operationsUrl(): string | undefined {
    return this.#operations && `${this.#operations.origin}/`
  }

  get viewers(): number {
    return this.#viewers.size
  }

  async reconfigure(options: BridgeOptions): Promise<void> {
    const before = this.#rules.policy
    const rules = makeRules(options, this.host)
    this.#listener.reloadCertificate()
    this.#rules = rules
    for (const viewer of this.#viewers) {
      const { stream } = viewer
      if (stream !== undefined && !before.isSame(stream, rules.policy)) {
        viewer.end(CLOSE.draining, 'the stream was changed: connect again')
      }
    }
    this.#cameras.renewTickets()
    this.#proxyStreams.update(rules.policy.camerasOf('proxy'))
    await this.#hub.update(rules.policy.camerasOf('hub'))
  }

  /** @throws StartError where it cannot */
  async listen(host: string, port: number): Promise<void> {
    const figures = () => this.#figures()
    await this.#colleagues?.join({ hub: this.#hub, metrics: this.#metrics, figures })
    const own = this.#operationsAddress
    if (own) await this.#operations?.listen(own.host ?? '127.0.0.1', own.port)
    await this.#listener.listen(host, port)
    this.#phase = 'serving'
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain()
    return this.#draining
  }

  async #drain(): Promise<void> {
    const { noticeMilliseconds, spreadMilliseconds } = this.#drainTimes
    const { signal } = this.#drainEnd
    if (this.#phase === 'serving') this.#phase = 'announced'
    this.#log.info({ viewers: this.#viewers.size }, 'the bridge is about to end')
    await pause(noticeMilliseconds, signal)
    if (this.#phase === 'announced') this.#phase = 'draining'
    const here = new Set(this.#viewers)
    const send = (viewer: Viewer) => viewer.end(CLOSE.draining, RESTARTING)
    const isThere = (viewer: Viewer) => !viewer.isEnding
    await spreadOver([...here], spreadMilliseconds, send, isThere, signal)
    if (!signal.aborted) await this.#colleagues?.emptied()
    await this.close()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#phase = 'closed'
    this.#drainEnd.abort()
    const freed = this.#listener.close()
    for (const viewer of this.#viewers) viewer.end(CLOSE.draining, RESTARTING)
    await this.#viewers.emptied(this.#limits.closeTimeout)
    for (const viewer of this.#viewers) viewer.destroy()
    await Promise.all([this.#hub.close(), this.#proxyStreams.close()])
    await this.#colleagues?.leave()
    this.#listener.server.closeAllConnections()
    await freed
    this.#viewers.clear()
    const operationsFreed = this.#operations?.close()
    this.#operations?.server.closeAllConnections()
    await operationsFreed
    this.#metrics.close()
  }

  #figures(): StreamFigures[] {
    return streamFigures(this.#hub, this.#viewers)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // ws listens only once the handshake is done.
    socket.on('error', ignore)
    const target = request.url ?? ''
    if (decodePath(target.slice(0, this.#limits.httpTargetBytes)) !== `${this.#basePath}/rtsp`) {
      rejectSocket(socket, 404)
      return
    }
    // A proxy can ask another bridge; a page would not see why.
    if (this.#phase === 'draining' && !this.#proxies.arrival(request).direct) {
      rejectSocket(socket, 503)
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      socket.off('error', ignore)
      this.#admit(ws, request, socket)
    })
  }

  /** A page sees no status of a failed upgrade, so whatever is refused is let in to be told why. */
  #admit(ws: WebSocket, request: IncomingMessage, socket: Duplex): void {
    const arrival = this.#proxies.arrival(request)
    const { address } = arrival
    const started = performance.now()
    const viewer = new Viewer(
      ws,
      socket,
      arrival.authority ?? '',
      {
        policy: this.#rules.policy,
        limits: this.#limits,
        ca: this.#ca,
        hub: this.#hub,
        proxyStreams: this.#proxyStreams,
        log: this.#log,
        permission: this.#permissionOf(request),
        ended: (summary) => this.#ended(address, summary, performance.now() - started),
      },
      started,
    )
    const tooMany =
      this.#viewers.size >= this.#limits.viewers || this.#viewers.ofAddress(address) >= this.#limits.viewersPerAddress
    this.#viewers.add(viewer, address)
    try {
      if (this.#phase === 'draining' || this.#phase === 'closed') throw new Refusal(CLOSE.draining, RESTARTING)
      if (tooMany) throw new Refusal(CLOSE.tooMany, 'the bridge serves as many viewers as it may')
      this.#rules.origins.check(request.headers.origin, arrival)
      viewer.serve(readChoice(request, ws, this.#limits))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      viewer.end(error.closeCode, error.message)
    }
  }

  #ended(address: string, end: ViewerSummary, milliseconds: number): void {
    this.#metrics.connectionEnded(end.code)
    const { stream, target, subject, code, reason, bytesDown, bytesUp } = end
    const seconds = Math.round(milliseconds / 100) / 10
    this.#log.info({ stream, target, address, subject, code, reason, bytesDown, bytesUp, seconds }, 'a viewer is gone')
  }

  #permissionOf(request: IncomingMessage): Permission {
    return new Permission(visitorOf(request, this.#proxies.arrival(request).address), this.#permissionEvents)
  }

  readonly #permissionEvents: PermissionEvents = {
    authority: () => this.#rules.authority,
    refused: ({ closeCode, cause }) => {
      this.#metrics.ticketRefused()
      if (closeCode !== CLOSE.undecided) return
      const why = cause instanceof Error ? cause.message : 'unknown'
      this.#log.warn({}, `who may watch could not be found out: ${why}`)
    },
  }
}

const RESTARTING = 'the bridge is being restarted'

const ignore = () => undefined

/** @throws Refusal 4400, 4404, 4413 */
function readChoice(request: IncomingMessage, ws: WebSocket, limits: BridgeLimits): TargetChoice {
  const target = request.url ?? ''
  if (target.length > limits.httpTargetBytes) throw new Refusal(CLOSE.tooLarge, 'the address is too long')
  if (request.headers['sec-websocket-protocol'] !== undefined && ws.protocol !== SUBPROTOCOL) {
    throw new Refusal(CLOSE.badRequest, `the subprotocol must be ${SUBPROTOCOL}`)
  }
  const query = new URLSearchParams(target.split('?').slice(1).join('?'))
  const names = query.getAll('stream')
  const urls = query.getAll('url')
  if (names.length + urls.length > 1) throw new Refusal(CLOSE.badRequest, 'name one stream or one url, not several')
  // Nobody is asked about what cannot be a name.
  if (names[0] !== undefined && !isStreamName(names[0])) throw noSuchStream()
  if (names[0] !== undefined) return { by: 'stream', name: names[0], quality: readQuality(query.get('quality')) }
  if (urls[0] !== undefined) return { by: 'url', url: urls[0] }
  return { by: 'first-request' }
}

/** @throws Refusal 4400 */
function readQuality(text: string | null): Quality {
  const quality = QUALITIES.find((one) => one === (text ?? 'high'))
  if (!quality) throw new Refusal(CLOSE.badRequest, `the quality is one of ${QUALITIES.join(', ')}`)
  return quality
}
