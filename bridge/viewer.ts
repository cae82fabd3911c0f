import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { ProtocolError } from '../protocol/errors.ts'
import { LIMITS } from '../protocol/limits.ts'
import {
  type MakeRequestHandler,
  ServerConnection,
  type ServerConnectionEvents,
} from '../protocol/rtsp/server-connection.ts'
import type { ServerStreams } from '../protocol/rtsp/server-stream.ts'
import { EVERYONE, type Grant, mustCover } from './auth/grant.ts'
import { CLOSE, type CloseCode, closeReason, Refusal } from './close-code.ts'
import { FirstRequest } from './first-request.ts'
import { ProxySession } from './proxy/proxy-session.ts'
import { endingFor } from './refusal.ts'
import { Relay } from './relay.ts'
import { RelayBuffer } from './relay-buffer.ts'
import { noSuchStream, type Target } from './targets.ts'
import { connectTarget } from './upstream/connect.ts'
import type { TargetChoice, ViewerContext } from './viewer-context.ts'
import { ViewerPulse } from './viewer-pulse.ts'
import { ViewerTransport } from './viewer-transport.ts'

/** Bytes of a camera that come at once, before it can be made to wait. */
const BATCH_BYTES = 1024 * 1024
/** Milliseconds: players wait for an answer twice as long, and a slow camera is asked several things for one of theirs. */
const CONTINUE = LIMITS.requestMilliseconds / 2

/** Reason of 4413 for a message. */
export const TOO_LARGE = 'the message is larger than the bridge accepts'

type State =
  | { readonly kind: 'reading-request'; readonly line: FirstRequest; readonly since: number; early: Uint8Array[] }
  /** Whether it may is being found out. */
  | { readonly kind: 'asking'; readonly abort: AbortController; readonly since: number; early: Uint8Array[] }
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
  readonly #pulse: ViewerPulse
  #state: State
  #target: Target | undefined
  #gone = false
  #whenFinished: (() => void) | undefined
  #earlyBytes = 0
  /** Undefined until it is known. */
  #grant: Grant | undefined
  /** Another grant is being asked for while this one lasts. */
  #renewal: AbortController | undefined
  /** A request came, whole. */
  #asked = false
  /** Of a viewer of the hub. */
  #bytesUp = 0

  constructor(ws: WebSocket, socket: Duplex, self: string, context: ViewerContext, now: number) {
    this.#ws = ws
    this.#socket = socket
    this.#self = self
    this.#context = context
    this.#pulse = new ViewerPulse(ws, now)
    this.#state = this.#readingRequest(now)
    ws.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    ws.on('close', (code) => this.#onClose(code))
    ws.on('error', (error) => this.#onError(error))
  }

  /** The configured stream that it watches, by its label; undefined before it is known, and where it named an address. */
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

  /** Begins to serve what was asked for, as far as it may be. Call once, after the upgrade. */
  serve(choice: TargetChoice): void {
    const { permission, policy } = this.#context
    const begin = () => {
      if (choice.by === 'stream') this.#goTo(policy.findStream(choice.name, choice.quality), [])
      if (choice.by === 'url') this.#goTo(policy.findUrl(choice.url, this.#self), [])
      if (choice.by === 'first-request') this.#state = this.#readingRequest(performance.now())
    }
    if (permission.isOpen) this.#grant = EVERYONE
    const isKnown = choice.by === 'stream' || !permission.isByStream
    if (!permission.isOpen && isKnown) this.#ask(choice.by === 'stream' ? choice.name : undefined, [], begin)
    else this.#try(begin)
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
    if (state.kind === 'asking' && now - state.since >= this.#context.limits.requestTimeout) {
      this.end(CLOSE.undecided, 'who may watch was not found out in time')
    }
    if (Date.now() >= (this.#grant?.expiresAt ?? Number.POSITIVE_INFINITY)) this.#outlive()
    if (this.#pulse.isDue(now, this.#context.limits.pingInterval)) this.#ping(now)
  }

  /** Tells the viewer why, and ends both sides. */
  end(code: CloseCode, reason: string): void {
    const state = this.#state
    if (state.kind === 'closing') return
    if (state.kind === 'asking' || state.kind === 'dialling') state.abort.abort()
    this.#renewal?.abort()
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
    if (state.kind !== 'reading-request') return
    this.#try(() => {
      const uri = state.line.push(bytes)
      if (uri !== undefined) this.#goTo(this.#context.policy.findUrl(uri, this.#self), state.early)
    })
  }

  /** RTSP is binary (ONVIF Streaming Specification, RTSP over WebSocket); a text is a ticket in place of the one before. */
  #takeText(bytes: Buffer): void {
    if (this.#context.permission.takeTicket(bytes.toString('latin1'))) this.#renew()
    else this.end(CLOSE.badRequest, 'messages must be binary (ONVIF Streaming Specification, RTSP over WebSocket)')
  }

  /** What was granted has come to its end: whoever is asked for each stream may grant it again. */
  #outlive(): void {
    if (this.#context.permission.isByStream && this.#target) this.#renew()
    else this.end(CLOSE.ticket, 'the ticket has expired')
  }

  /** Asks again, in the middle of it. */
  #renew(): void {
    if (this.#renewal || this.#state.kind === 'closing') return
    const renewal = new AbortController()
    this.#renewal = renewal
    const name = this.#target?.name
    this.#context.permission.toView(name, renewal.signal).then(
      (grant) => {
        this.#renewal = undefined
        this.#try(() => {
          if (name !== undefined) mustCover(grant, name)
          this.#grant = grant
        })
      },
      (error: unknown) => this.refuse(error),
    )
  }

  /** Asks whether it may, and goes on with the answer. What it sends waits meanwhile. */
  #ask(name: string | undefined, early: Uint8Array[], goOn: () => void): void {
    const abort = new AbortController()
    const state: State = { kind: 'asking', abort, since: performance.now(), early }
    this.#state = state
    this.#ws.pause()
    this.#context.permission.toView(name, abort.signal).then(
      (grant) => {
        if (this.#state !== state) return
        this.#grant = grant
        this.#ws.resume()
        this.#try(goOn)
      },
      (error: unknown) => this.refuse(error),
    )
  }

  #try(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.refuse(error)
    }
  }

  #readingRequest(since: number): State {
    return { kind: 'reading-request', line: new FirstRequest(this.#context.limits.requestLineBytes), since, early: [] }
  }

  /** @throws Refusal 4403 */
  #goTo(target: Target, early: Uint8Array[]): void {
    if (!this.#grant) {
      this.#ask(target.name, early, () => this.#goTo(target, early))
      return
    }
    mustCover(this.#grant, target.name)
    if (target.mode === 'relay') this.#dial(target, early)
    else this.#watch(target, early)
  }

  /** The bridge is the server: it speaks with the camera by itself. */
  #watch(target: Target, early: readonly Uint8Array[]): void {
    this.#target = target
    const { hub, limits } = this.#context
    const media = target.mode === 'hub' ? hub.mostBytesOfViewer : limits.viewerBufferBytes + BATCH_BYTES
    const transport = new ViewerTransport(this.#ws, this.#socket, media + LIMITS.rtspUnreadBytes, () =>
      this.end(CLOSE.normal, 'the stream is over'),
    )
    const streams = target.mode === 'hub' ? this.#hubStream(target) : this.#proxySession(target.label)
    // Pings tell whether the viewer lives: a page that sleeps sends nothing else.
    const options = { server: 'rtsp-bridge', endsOnSilence: false, continueMilliseconds: CONTINUE }
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

  #hubStream({ label, name }: Target): ServerStreams {
    const stream = this.#context.hub.stream(label)
    // Nothing else can be had on this connection, whatever its path.
    return { find: (path) => (path === `/${name}` ? (stream ?? null) : null) }
  }

  #proxySession(label: string): MakeRequestHandler {
    const { proxyStreams, limits, log } = this.#context
    const stream = proxyStreams.stream(label)
    if (!stream) throw noSuchStream()
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
    const buffer = new RelayBuffer()
    connectTarget(target, this.#context, abort.signal, buffer.onread).then(
      (camera) => {
        if (this.#state !== state) {
          camera.destroy()
          return
        }
        const relay = new Relay(this.#ws, this.#socket, camera, buffer, this.#context.limits, (code, why) =>
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
    if (this.#gone) return
    const isHeld = this.#state.kind === 'relaying' && this.#state.relay.viewerWaits
    if (this.#pulse.ping(now, this.#sentBytes(), isHeld)) return
    this.end(CLOSE.idle, 'the viewer does not answer pings')
    // No use in a closing handshake with nobody.
    this.#ws.terminate()
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
    this.#context.ended({
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
