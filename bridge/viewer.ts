import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { ProtocolError } from '../protocol/errors.ts'
import {
  type MakeRequestHandler,
  ServerConnection,
  type ServerConnectionEvents,
} from '../protocol/rtsp/server-connection.ts'
import type { ServerStreams } from '../protocol/rtsp/server-stream.ts'
import { type Grant, mustCover } from './auth/grant.ts'
import { CLOSE, type CloseCode, closeReason, Refusal } from './close-code.ts'
import { FirstRequest } from './first-request.ts'
import type { Hub } from './hub/hub.ts'
import { type BridgeLimits, MAX_MISSED_PINGS } from './limits.ts'
import type { BridgeLog } from './log.ts'
import { ProxySession } from './proxy/proxy-session.ts'
import type { ProxyStreams } from './proxy/proxy-streams.ts'
import { endingFor } from './refusal.ts'
import { Relay } from './relay.ts'
import type { Target, TargetPolicy } from './targets.ts'
import { connectTarget } from './upstream/connect.ts'
import { ViewerTransport } from './viewer-transport.ts'

/** Reason of 4413 for a message. */
export const TOO_LARGE = 'the message is larger than the bridge accepts'

/** What a viewer asked for at the upgrade. */
export type TargetChoice =
  | { readonly by: 'stream'; readonly name: string }
  | { readonly by: 'url'; readonly url: string }
  | { readonly by: 'first-request' }

export interface ViewerContext {
  readonly policy: TargetPolicy
  readonly limits: BridgeLimits
  /** Certificate authorities (PEM) for cameras that speak TLS, in place of the system's. */
  readonly ca: string | undefined
  readonly hub: Hub
  readonly proxyStreams: ProxyStreams
  readonly log: BridgeLog
  /** What a new ticket, sent while the connection is open, allows. @throws Refusal 4401 */
  readonly renew: (ticket: string) => Promise<Grant>
  /** Told once, when the viewer's connection is gone. */
  readonly ended: (viewer: Viewer, summary: ViewerSummary) => void
}

/** The end of a connection, for the log. Holds no secret and no query. */
export interface ViewerSummary {
  /** The stream of the configuration that it watched, or else `host:port` of what it named. */
  readonly stream: string | undefined
  readonly target: string | undefined
  /** Whom the ticket was for. */
  readonly subject: string | undefined
  readonly code: number
  readonly reason: string
  readonly bytesUp: number
  readonly bytesDown: number
}

type State =
  | { readonly kind: 'reading-request'; readonly line: FirstRequest; readonly since: number; early: Uint8Array[] }
  | { readonly kind: 'dialling'; readonly abort: AbortController; early: Uint8Array[] }
  | { readonly kind: 'relaying'; readonly relay: Relay }
  | {
      readonly kind: 'watching'
      readonly transport: ViewerTransport
      readonly connection: ServerConnection
      readonly since: number
    }
  | { readonly kind: 'closing'; readonly relay: Relay | undefined; readonly code: CloseCode; readonly reason: string }

/** One viewer's connection, from the upgrade to its end. */
export class Viewer {
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #context: ViewerContext
  /** `host:port` under which the viewer reached the bridge. */
  readonly #self: string
  #state: State
  #target: Target | undefined
  #gone = false
  #whenFinished: (() => void) | undefined
  #earlyBytes = 0
  #grant: Grant | undefined
  #renewing = false
  /** A request came, whole. */
  #asked = false
  /** Of a viewer of the hub. */
  #bytesUp = 0
  #pingedAt: number
  #missedPings = 0
  #sentAtLastPing = 0

  constructor(ws: WebSocket, socket: Duplex, self: string, context: ViewerContext, now: number) {
    this.#ws = ws
    this.#socket = socket
    this.#self = self
    this.#context = context
    this.#pingedAt = now
    this.#state = {
      kind: 'reading-request',
      line: new FirstRequest(context.limits.requestLineBytes),
      since: now,
      early: [],
    }
    ws.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    ws.on('pong', () => {
      this.#missedPings = 0
    })
    ws.on('close', (code) => this.#onClose(code))
    ws.on('error', (error) => this.#onError(error))
  }

  /** Name of the configured stream that it watches; undefined before it is known, and where it named an address. */
  get stream(): string | undefined {
    return this.#target?.origin === 'configured' ? this.#target.label : undefined
  }

  /** It was told that it must go. */
  get isEnding(): boolean {
    return this.#state.kind === 'closing'
  }

  /** Bytes that were sent to it. */
  get bytesDown(): number {
    return this.#relay?.bytesDown ?? this.#sentBytes()
  }

  /** Bytes that came from it. */
  get bytesUp(): number {
    return this.#relay?.bytesUp ?? this.#bytesUp
  }

  /** Bytes that wait until it reads. */
  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  get #relay(): Relay | undefined {
    const state = this.#state
    return state.kind === 'relaying' || state.kind === 'closing' ? state.relay : undefined
  }

  /** Calls back once nothing is left of it, on either side. */
  whenFinished(callback: () => void): void {
    this.#whenFinished = callback
  }

  /** Begins to serve what was asked for, as far as the grant goes. Call once, after the upgrade. */
  serve(choice: TargetChoice, grant: Grant): void {
    // It left, or was sent away, while its ticket was looked at.
    if (this.#state.kind === 'closing') return
    this.#grant = grant
    try {
      const { policy } = this.#context
      if (choice.by === 'stream') this.#goTo(policy.findStream(choice.name), [])
      if (choice.by === 'url') this.#goTo(policy.findUrl(choice.url, this.#self), [])
    } catch (error) {
      this.refuse(error)
    }
  }

  /** Looks at every time-out of this connection. */
  tick(now: number): void {
    const state = this.#state
    if (state.kind === 'closing') state.relay?.tick(now)
    if (state.kind === 'relaying') state.relay.tick(now)
    const isSilent = state.kind === 'reading-request' || (state.kind === 'watching' && !this.#asked)
    if (isSilent && now - state.since >= this.#context.limits.requestTimeout) {
      this.end(CLOSE.idle, 'no request came')
    }
    if (Date.now() >= (this.#grant?.expiresAt ?? Number.POSITIVE_INFINITY)) {
      this.end(CLOSE.ticket, 'the ticket has expired')
    }
    if (now - this.#pingedAt >= this.#context.limits.pingInterval) this.#ping(now)
  }

  /** Tells the viewer why, and ends both sides. */
  end(code: CloseCode, reason: string): void {
    const state = this.#state
    if (state.kind === 'closing') return
    if (state.kind === 'dialling') state.abort.abort()
    const relay = state.kind === 'relaying' ? state.relay : undefined
    relay?.end()
    this.#state = { kind: 'closing', relay, code, reason }
    // A last BYE may still be sent.
    if (state.kind === 'watching') state.connection.close()
    this.#ws.close(code, closeReason(reason))
    // The viewer's half of the closing handshake must be read.
    this.#ws.resume()
  }

  /** Ends both sides at once. */
  destroy(): void {
    this.end(CLOSE.draining, 'the bridge stops')
    this.#ws.terminate()
    if (this.#state.kind === 'closing') this.#state.relay?.destroy()
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    const state = this.#state
    if (state.kind === 'closing') return
    // Messages come as one Buffer each: `binaryType` is left at "nodebuffer".
    const bytes = data as Buffer
    if (!isBinary) {
      this.#takeText(bytes)
      return
    }
    if (state.kind === 'relaying') {
      state.relay.fromViewer(bytes)
      return
    }
    if (state.kind === 'watching') {
      this.#bytesUp += bytes.length
      state.transport.received(bytes)
      return
    }
    this.#earlyBytes += bytes.length
    if (this.#earlyBytes > this.#context.limits.messageBytes + this.#context.limits.requestLineBytes) {
      this.end(CLOSE.tooLarge, 'too much was sent before the camera was reached')
      return
    }
    state.early.push(bytes)
    if (state.kind === 'dialling') return
    try {
      const uri = state.line.push(bytes)
      if (uri !== undefined) this.#goTo(this.#context.policy.findUrl(uri, this.#self), state.early)
    } catch (error) {
      this.refuse(error)
    }
  }

  /** RTSP is binary (ONVIF Streaming Specification, RTSP over WebSocket); a text is a ticket in place of the one before. */
  #takeText(bytes: Buffer): void {
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(bytes.toString('latin1'))) {
      this.end(CLOSE.badRequest, 'messages must be binary (ONVIF Streaming Specification, RTSP over WebSocket)')
      return
    }
    if (this.#renewing) return
    this.#renewing = true
    this.#context.renew(bytes.toString('latin1')).then(
      (grant) => {
        this.#renewing = false
        try {
          if (this.#target) mustCover(grant, grantName(this.#target))
          this.#grant = grant
        } catch (error) {
          this.refuse(error)
        }
      },
      (error: unknown) => this.refuse(error),
    )
  }

  /** @throws Refusal 4403 */
  #goTo(target: Target, early: Uint8Array[]): void {
    mustCover(this.#grant ?? NOTHING, grantName(target))
    if (target.mode === 'relay') this.#dial(target, early)
    else this.#watch(target, early)
  }

  /** The bridge is the server: it speaks with the camera by itself. */
  #watch(target: Target, early: readonly Uint8Array[]): void {
    this.#target = target
    const transport = new ViewerTransport(this.#ws, () => this.end(CLOSE.normal, 'the stream is over'))
    const streams = target.mode === 'hub' ? this.#hubStream(target.label) : this.#proxySession(target.label)
    // Pings tell whether the viewer lives: a page that sleeps sends nothing else.
    const options = { server: 'rtsp-bridge', endsOnSilence: false }
    const events: ServerConnectionEvents = {
      asked: () => {
        this.#asked = true
      },
      failed: (error) => this.#fault(error),
      closed: (error) => this.refuse(endingFor(error)),
    }
    const connection = new ServerConnection(transport, streams, events, options)
    this.#state = { kind: 'watching', transport, connection, since: performance.now() }
    for (const bytes of early) transport.received(bytes)
  }

  #hubStream(name: string): ServerStreams {
    const stream = this.#context.hub.stream(name)
    // Nothing else can be had on this connection, whatever its path.
    return { find: (path) => (path === `/${name}` ? (stream ?? null) : null) }
  }

  #proxySession(name: string): MakeRequestHandler {
    const { proxyStreams, limits, log } = this.#context
    const stream = proxyStreams.stream(name)
    if (!stream) throw new Refusal(CLOSE.noSuchStream, 'the bridge has no stream of this name')
    const { viewerBufferBytes } = limits
    const options = { viewerBufferBytes, log, lost: (error: ProtocolError) => this.refuse(error) }
    return (sink) => new ProxySession(stream, sink, options)
  }

  #fault(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#context.log.error({ stream: this.#target?.label }, `a fault of the bridge: ${text}`)
  }

  #dial(target: Target, early: Uint8Array[]): void {
    const abort = new AbortController()
    const state: State = { kind: 'dialling', abort, early }
    this.#target = target
    this.#state = state
    // What was read off the socket already still comes, and is kept; the rest waits at the viewer.
    this.#ws.pause()
    connectTarget(target, this.#context, abort.signal).then(
      (camera) => {
        if (this.#state !== state) {
          camera.destroy()
          return
        }
        const relay = new Relay(this.#ws, this.#socket, camera, this.#context.limits, (code, why) =>
          this.end(code, why),
        )
        this.#state = { kind: 'relaying', relay }
        this.#ws.resume()
        for (const bytes of state.early) relay.fromViewer(bytes)
      },
      (error) => {
        if (this.#state === state) this.refuse(error)
      },
    )
  }

  /** Ends it with the words of what was thrown. */
  refuse(error: unknown): void {
    if (error instanceof Refusal) this.end(error.closeCode, error.message)
    else if (error instanceof ProtocolError && error.code === 'connection-timeout') {
      this.end(CLOSE.upstreamSilent, error.message)
    } else {
      // A message that was not written for the viewer might hold an address.
      this.end(CLOSE.upstreamFailed, error instanceof ProtocolError ? error.message : 'the camera cannot be reached')
    }
  }

  #ping(now: number): void {
    this.#pingedAt = now
    if (this.#gone) return
    // A slow viewer gets the ping behind all that waits for it, and a viewer that is made to wait cannot be heard:
    // while bytes still leave, it lives.
    const sent = this.#sentBytes()
    const waits = this.#state.kind === 'relaying' && this.#state.relay.viewerWaits
    const lives = waits || (this.#ws.bufferedAmount > 0 && sent > this.#sentAtLastPing)
    this.#sentAtLastPing = sent
    if (lives) this.#missedPings = 0
    if (this.#missedPings >= MAX_MISSED_PINGS) {
      // No use in a closing handshake with nobody.
      this.end(CLOSE.idle, 'the viewer does not answer pings')
      this.#ws.terminate()
      return
    }
    this.#missedPings++
    // One ping waiting is enough.
    if (this.#ws.readyState === this.#ws.OPEN && !waits) this.#ws.ping()
  }

  /** Bytes that the system took for this viewer. */
  #sentBytes(): number {
    const written = 'bytesWritten' in this.#socket ? Number(this.#socket.bytesWritten) : 0
    return written - this.#ws.bufferedAmount
  }

  /** What came was not a WebSocket's, or too large. ws closed the connection already; this is for the log. */
  #onError(error: Error): void {
    const tooLarge = 'code' in error && /LENGTH|TOO_MANY/.test(String(error.code))
    if (tooLarge) this.end(CLOSE.tooLarge, TOO_LARGE)
    else this.end(CLOSE.badRequest, 'the viewer sent what is not a WebSocket message')
  }

  #onClose(code: number): void {
    this.#gone = true
    const told = this.#state.kind === 'closing' ? this.#state : undefined
    if (this.#state.kind === 'watching') this.#state.transport.gone()
    // Ends the camera's side where the viewer left by itself.
    this.end(CLOSE.normal, '')
    const relay = this.#relay
    if (relay) relay.whenFinished(() => this.#whenFinished?.())
    else this.#whenFinished?.()
    const { stream } = this
    this.#context.ended(this, {
      stream,
      target: stream === undefined ? this.#target?.label : undefined,
      subject: this.#grant?.subject,
      code: told?.code ?? code,
      // What the viewer gave as its reason could be anything, so it is not repeated.
      reason: told?.reason ?? (code === 1006 ? 'the connection to the viewer broke' : 'the viewer left'),
      bytesUp: this.bytesUp,
      bytesDown: this.bytesDown,
    })
  }
}

/** Before it is known what a viewer may do. */
const NOTHING: Grant = { streams: [], rights: new Set(), expiresAt: Number.POSITIVE_INFINITY, subject: undefined }

/** What a grant calls a target: streams by their name, and what a page names by its address with `url:` in front. */
const grantName = ({ origin, label }: Target): string => (origin === 'configured' ? label : `url:${label}`)
