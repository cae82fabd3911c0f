import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { formatRtspUri } from '../protocol/rtsp/uri.ts'
import { EVERYONE, type Grant } from './auth/grant.ts'
import { type TicketOptions, Tickets, ticketOf } from './auth/tickets.ts'
import { CLOSE, Refusal } from './close-code.ts'
import { createHttpRoutes, decodePath } from './http-routes.ts'
import { Hub } from './hub/hub.ts'
import type { HubLimits } from './hub/hub-stream.ts'
import { type BridgeLimits, DEFAULT_LIMITS } from './limits.ts'
import { OriginPolicy, ownAuthority } from './origin.ts'
import { PageFiles } from './page-files.ts'
import { hostPort } from './rtsp-url.ts'
import { isLoopbackHost } from './special-addresses.ts'
import { listenError, StartError } from './start-error.ts'
import { canonicalAddress } from './subnet.ts'
import { TargetPolicy, type TargetPolicyOptions } from './targets.ts'
import { connectTarget } from './upstream/connect.ts'
import { SocketTransport } from './upstream/socket-transport.ts'
import { UdpCarrier } from './upstream/udp/udp-carrier.ts'
import { type TargetChoice, TOO_LARGE, Viewer, type ViewerContext, type ViewerSummary } from './viewer.ts'

/** ONVIF Streaming Specification, "RTP/RTSP over WebSocket". */
export const SUBPROTOCOL = 'rtsp.onvif.org'

export interface BridgeOptions extends TargetPolicyOptions {
  /** Address or name to listen on. Default 127.0.0.1. */
  readonly host?: string
  /** 0 for any free port, which is the default. */
  readonly port?: number
  /**
   * Who may watch: holders of tickets; or, with `none`, everyone who reaches the bridge. One of them is needed to listen
   * where others can reach it.
   */
  readonly auth?: 'none' | { readonly tickets: TicketOptions }
  /** Origins of pages, besides the bridge's own, that may connect: `https://portal.example`. */
  readonly origins?: readonly string[]
  /** Directory of the built page. None is served by default. */
  readonly pageDirectory?: string | undefined
  /** Certificate authorities (PEM) for cameras that speak TLS, in place of the system's. */
  readonly ca?: string
  readonly limits?: Partial<BridgeLimits>
  readonly hubLimits?: Partial<HubLimits>
  /** One line for each end of a connection. Nothing by default. */
  readonly log?: (line: string) => void
}

/** A running bridge. */
export interface Bridge {
  readonly host: string
  readonly port: number
  /** `http://host:port/` */
  readonly url: string
  /** Connections of viewers that are open or being closed. */
  readonly viewers: number
  /**
   * Takes other streams, targets, origins and tickets from here on. Viewers of streams that stay as they are notice
   * nothing; those of others lose their connection, and are told by 4503 to come again. Host, port, page and limits stay.
   *
   * @throws StartError, TypeError, AllowRuleError where they cannot be used: then all is as before
   */
  reconfigure(options: BridgeOptions): Promise<void>
  /** Sends every viewer away with 4503, and frees the port and all connections. Takes `closeTimeout` at most. */
  close(): Promise<void>
}

/**
 * Starts a bridge and resolves when it listens.
 * @throws StartError with advice, where it cannot start
 */
export async function createBridge(options: BridgeOptions = {}): Promise<Bridge> {
  const host = options.host ?? '127.0.0.1'
  const rules = makeRules(options, host)
  const page = options.pageDirectory === undefined ? null : await PageFiles.read(options.pageDirectory)
  const server = new BridgeServer(rules, page, options)
  await server.listen(host, options.port ?? 0)
  return server
}

/** Who may watch what: all that can be changed while the bridge runs. */
interface Rules {
  readonly policy: TargetPolicy
  readonly origins: OriginPolicy
  /** Null where everyone may watch. */
  readonly tickets: Tickets | null
}

/** @throws StartError where everyone could watch without being asked to; TypeError, AllowRuleError */
function makeRules(options: BridgeOptions, host: string): Rules {
  if (!isLoopbackHost(host) && options.auth === undefined) {
    throw new StartError(
      `Listening on ${host} would let everyone who reaches this machine watch.`,
      'Listen on 127.0.0.1, ask for tickets (auth.tickets in the configuration), or say --auth none if that is what you want.',
    )
  }
  const tickets = typeof options.auth === 'object' ? new Tickets(options.auth.tickets) : null
  const allowMissing = isLoopbackHost(host) || tickets !== null
  return {
    policy: new TargetPolicy(options),
    origins: new OriginPolicy({ origins: options.origins ?? [], host, allowMissing }),
    tickets,
  }
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
  readonly #http: Server
  readonly #webSockets: WebSocketServer
  #rules: Rules
  readonly #limits: BridgeLimits
  readonly #log: (line: string) => void
  readonly #ca: string | undefined
  readonly #hub: Hub
  readonly #connect: ViewerContext['connect']
  readonly #viewers = new Set<Viewer>()
  readonly #viewersByAddress = new Map<string, number>()
  #sweep: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  #viewersGone: (() => void) | undefined
  host = ''
  port = 0

  constructor(rules: Rules, page: PageFiles | null, options: BridgeOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#rules = rules
    this.#limits = limits
    this.#log = options.log ?? (() => undefined)
    this.#ca = options.ca
    this.#connect = async (name, uri) => {
      const { policy } = this.#rules
      const target = policy.findRedirect(name, formatRtspUri({ ...uri, credentials: undefined }))
      const socket = await connectTarget(target, { policy, limits, ca: options.ca })
      const transport = policy.cameras.get(name)?.transport ?? 'tcp'
      const connection = new SocketTransport(socket)
      if (transport === 'tcp') return connection
      const [peer, local] = [socket.remoteAddress, socket.localAddress].map((one) => canonicalAddress(one ?? '') ?? '')
      return new UdpCarrier(connection, { peer: peer ?? '', local: local ?? '' }, transport)
    }
    const hubLimits = options.hubLimits ? { limits: options.hubLimits } : {}
    this.#hub = new Hub({ connect: this.#connect, log: this.#log, ...hubLimits })
    void this.#hub.update(rules.policy.camerasOf('hub'))
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
    this.#http = createServer({
      maxHeaderSize: limits.httpHeadBytes,
      headersTimeout: 10_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 2_000,
    })
    // Room for those that are told 4429; what lies beyond is not worth an answer.
    this.#http.maxConnections = limits.viewers + 256
    this.#http.on(
      'request',
      createHttpRoutes({
        page,
        policy: () => this.#rules.policy,
        maxTargetBytes: limits.httpTargetBytes,
        grantOf: (request) => this.#grantOf(request),
      }),
    )
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#http.on('clientError', (error, socket) => {
      const status = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
      rejectSocket(socket, status)
    })
  }

  get url(): string {
    return `http://${hostPort(this.host, this.port)}/`
  }

  get viewers(): number {
    return this.#viewers.size
  }

  async reconfigure(options: BridgeOptions): Promise<void> {
    const before = this.#rules.policy
    const rules = makeRules(options, this.host)
    this.#rules = rules
    for (const viewer of this.#viewers) {
      const { stream } = viewer
      if (stream !== undefined && !before.isSame(stream, rules.policy)) {
        viewer.end(CLOSE.draining, 'the stream was changed: connect again')
      }
    }
    await this.#hub.update(rules.policy.camerasOf('hub'))
  }

  async listen(host: string, port: number): Promise<void> {
    const server = this.#http
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error) => reject(listenError(error, host, port))
      server.once('error', onError)
      server.listen({ host, port }, () => {
        server.off('error', onError)
        resolve()
      })
    })
    // A server that listens may still fail to accept (no file descriptors); that is no reason to end.
    server.on('error', (error) => this.#log(`server: ${error.message}`))
    const address = server.address()
    this.host = host
    this.port = typeof address === 'object' && address !== null ? address.port : port
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const freed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    this.#http.closeIdleConnections()
    for (const viewer of this.#viewers) viewer.end(CLOSE.draining, 'the bridge is being restarted')
    if (this.#viewers.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#limits.closeTimeout)
        this.#viewersGone = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    for (const viewer of this.#viewers) viewer.destroy()
    await this.#hub.close()
    this.#http.closeAllConnections()
    await freed
    this.#viewers.clear()
    clearInterval(this.#sweep)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // ws listens only once the handshake is done.
    socket.on('error', ignore)
    const target = request.url ?? ''
    if (decodePath(target.slice(0, this.#limits.httpTargetBytes)) !== '/rtsp') {
      rejectSocket(socket, 404)
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      socket.off('error', ignore)
      this.#admit(ws, request, socket)
    })
  }

  /** A page sees no status of a failed upgrade, so whatever is refused is let in to be told why. */
  #admit(ws: WebSocket, request: IncomingMessage, socket: Duplex): void {
    const address = remoteAddress(request)
    const started = performance.now()
    const viewer = new Viewer(
      ws,
      socket,
      ownAuthority(request) ?? '',
      {
        policy: this.#rules.policy,
        limits: this.#limits,
        ca: this.#ca,
        hub: this.#hub,
        connect: this.#connect,
        log: this.#log,
        renew: (ticket) => this.#rules.tickets?.verify(ticket) ?? Promise.resolve(EVERYONE),
        ended: (_viewer, summary) => this.#log(describeEnd(address, summary, performance.now() - started)),
      },
      started,
    )
    const ofAddress = this.#viewersByAddress.get(address) ?? 0
    const tooMany = this.#viewers.size >= this.#limits.viewers || ofAddress >= this.#limits.viewersPerAddress
    this.#viewers.add(viewer)
    this.#viewersByAddress.set(address, ofAddress + 1)
    viewer.whenFinished(() => this.#forget(viewer, address))
    this.#sweep ??= setInterval(() => this.#tick(), this.#limits.sweepInterval)
    try {
      if (this.#closing) throw new Refusal(CLOSE.draining, 'the bridge is being restarted')
      if (tooMany) throw new Refusal(CLOSE.tooMany, 'the bridge serves as many viewers as it may')
      this.#rules.origins.check(request)
      const choice = readChoice(request, ws, this.#limits)
      if (!this.#rules.tickets) {
        viewer.serve(choice, EVERYONE)
        return
      }
      // What it sends waits until it is known whether it may.
      ws.pause()
      this.#grantOf(request).then(
        (grant) => {
          ws.resume()
          viewer.serve(choice, grant)
        },
        (error: unknown) => viewer.refuse(error),
      )
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      viewer.end(error.closeCode, error.message)
    }
  }

  /** @throws Refusal 4401 */
  #grantOf(request: IncomingMessage): Promise<Grant> {
    return this.#rules.tickets?.verify(ticketOf(request, SUBPROTOCOL)) ?? Promise.resolve(EVERYONE)
  }

  #forget(viewer: Viewer, address: string): void {
    this.#viewers.delete(viewer)
    const left = (this.#viewersByAddress.get(address) ?? 1) - 1
    if (left > 0) this.#viewersByAddress.set(address, left)
    else this.#viewersByAddress.delete(address)
    if (this.#viewers.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
    this.#viewersGone?.()
  }

  /** The one timer of all connections. */
  #tick(): void {
    const now = performance.now()
    for (const viewer of this.#viewers) viewer.tick(now)
  }
}

const ignore = () => undefined

/** @throws Refusal 4400, 4413 */
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
  if (names[0] !== undefined) return { by: 'stream', name: names[0] }
  if (urls[0] !== undefined) return { by: 'url', url: urls[0] }
  return { by: 'first-request' }
}

const remoteAddress = (request: IncomingMessage) => canonicalAddress(request.socket.remoteAddress ?? '') ?? 'unknown'

function describeEnd(address: string, end: ViewerSummary, milliseconds: number): string {
  const seconds = (milliseconds / 1000).toFixed(1)
  const target = end.target ?? '-'
  return `viewer ${address} ${target}: ${end.code} ${end.reason}; ${end.bytesDown} bytes down, ${end.bytesUp} up, ${seconds} s`
}

function rejectSocket(socket: Duplex, status: number): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.on('error', ignore)
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
