import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { ByteTransport } from '../transport/byte-transport.ts'
import { DEFAULT_SESSION_TIMEOUT } from './headers/session.ts'
import { RtspHeaders, type RtspMessage, type RtspRequest } from './message.ts'
import { RtspMessageParser } from './message-parser.ts'
import { type ResponseToSend, serializeRequest } from './message-serializer.ts'
import { serializeResponse } from './response-serializer.ts'
import { type Answer, ServerSession } from './server-session.ts'
import { type MediaSink, RtspRefusal, type ServerStreams } from './server-stream.ts'

/** What answers the requests of one connection. `ServerSession` is one. */
export interface RequestHandler {
  /** @throws RtspRefusal where the answer is another than 200; whatever else it throws the client is told as 500 */
  handle(request: RtspRequest): Promise<Answer>
  /** A frame that the client sent on the connection, good during the call. */
  received(channel: number, bytes: Uint8Array, start: number, end: number): void
  /** The connection is over, or is about to be: a last BYE may still be sent. */
  close(): void
  /** Of the session and its aggregate, where there is one; see `redirect`. */
  readonly id?: string | undefined
  readonly uri?: string | undefined
}

/** Makes what answers, which may send media by the sink. */
export type MakeRequestHandler = (sink: Omit<MediaSink, 'finished'>) => RequestHandler

export interface ServerConnectionOptions {
  /** Seconds without a request or a packet from the client after which it is given up. Default 60. */
  readonly sessionTimeout?: number
  /** False where something below watches whether the client lives, such as the pings of a WebSocket. Default true. */
  readonly endsOnSilence?: boolean
  /** Server field of the answers. */
  readonly server?: string
  /**
   * Milliseconds after which a client that waits for an answer is told that it will come (100, RFC 2326 section 11.1.1), and
   * again. For answers that depend on a camera, whose requests may take longer in all than a client waits for one. Default:
   * it is never told, for not all clients know it.
   */
  readonly continueMilliseconds?: number
}

export interface ServerConnectionEvents {
  /** A request came, whole. */
  asked?(): void
  /** A request was answered; for the log. */
  answered?(request: RtspRequest, status: number): void
  /** A fault in the streams, which the client was told as 500 only. */
  failed?(error: unknown): void
  /** The connection is over and its session is closed: null where the client ended it, else why. Told once. */
  closed?(error: ProtocolError | null): void
}

type AnswerInWords = Answer & { readonly reason?: string | undefined }

/** Clients aim at the timeout itself; a second's delay on the way must not cost them the session. */
const GRACE = 5_000

/**
 * The server's end of one RTSP connection: bytes to requests, answers in their order with CSeq, frames to the session,
 * and the end when the client is silent, sends garbage, asks without reading, or goes. Nothing that a client sends
 * concerns any other.
 */
export class ServerConnection {
  readonly #transport: ByteTransport
  readonly #events: ServerConnectionEvents
  readonly #server: string | undefined
  readonly #session: RequestHandler
  readonly #parser: RtspMessageParser
  readonly #queue: RtspRequest[] = []
  readonly #patience: number
  readonly #continueMilliseconds: number | undefined
  #state: 'idle' | 'answering' | 'closed' = 'idle'
  #lastHeard = performance.now()
  /** Requests sent to the client. */
  #requests = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    transport: ByteTransport,
    streams: ServerStreams | MakeRequestHandler,
    events: ServerConnectionEvents = {},
    options: ServerConnectionOptions = {},
  ) {
    const timeout = options.sessionTimeout ?? DEFAULT_SESSION_TIMEOUT
    this.#transport = transport
    this.#events = events
    this.#server = options.server
    this.#patience = timeout * 1000 + GRACE
    this.#continueMilliseconds = options.continueMilliseconds
    const sink = {
      send: (frames: Uint8Array) => transport.send(frames),
      sendShared: (frames: Uint8Array, headRoom?: number) =>
        transport.sendShared ? transport.sendShared(frames, headRoom) : transport.send(frames),
      get bufferedAmount() {
        return transport.bufferedAmount
      },
      end: (error?: ProtocolError) => this.#closeFor(error ?? null),
    }
    this.#session = typeof streams === 'function' ? streams(sink) : new ServerSession(streams, sink, timeout)
    this.#parser = new RtspMessageParser({
      message: (message) => this.#message(message),
      interleaved: (channel, bytes, start, end) => {
        this.#lastHeard = performance.now()
        this.#session.received(channel, bytes, start, end)
      },
      // A client that loses its place cannot be served: unlike a camera, another one can be had.
      skipped: () => this.#refuse(new ProtocolError('rtsp-syntax', 'The client sent something that is not RTSP')),
    })
    if (options.endsOnSilence ?? true) this.#timer = setTimeout(() => this.#checkSilence(), this.#patience)
    transport.start({
      bytes: (chunk) => this.#bytes(chunk),
      closed: (error) => this.#end(error),
    })
  }

  /** Ends the session, with a BYE where it plays, and the connection. Safe to call twice. */
  close(): void {
    this.#closeFor(null)
  }

  /**
   * REDIRECT (RFC 2326 section 10.10): asks the client to tear down and come to another address, as before a restart.
   * Whether it does is up to it; nobody waits.
   *
   * @throws ProtocolError `rtsp-syntax` where the address holds a blank or a line end
   */
  redirect(location: string): void {
    if (this.#state === 'closed') return
    const headers = new RtspHeaders([
      ['CSeq', String(++this.#requests)],
      ['Location', location],
    ])
    const session = this.#session.id
    if (session !== undefined) headers.append('Session', session)
    this.#transport.send(serializeRequest({ method: 'REDIRECT', uri: this.#session.uri ?? '*', headers }))
  }

  #bytes(chunk: Uint8Array): void {
    if (this.#state === 'closed') return
    try {
      this.#parser.push(chunk)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#refuse(error)
    }
  }

  #message(message: RtspMessage): void {
    this.#lastHeard = performance.now()
    // A response is a sign of life, and no more: the one request that is sent here asks for nothing.
    if (message.kind === 'response' || this.#state === 'closed') return
    const waiting = this.#queue.reduce((sum, { body }) => sum + body.length, message.body.length)
    const tooMany = this.#queue.length >= LIMITS.rtspQueuedRequests || waiting > LIMITS.rtspBodyBytes
    if (tooMany || this.#transport.bufferedAmount > LIMITS.rtspUnreadBytes) {
      this.#closeFor(new ProtocolError('too-many-requests', 'The client asks faster than it reads'))
      return
    }
    this.#events.asked?.()
    this.#queue.push(message)
    if (this.#state === 'idle') void this.#answerAll()
  }

  async #answerAll(): Promise<void> {
    this.#state = 'answering'
    for (let request = this.#queue.shift(); request; request = this.#queue.shift()) {
      const answer = await this.#handleInTime(request)
      if (this.#isClosed()) return
      this.#send(request, answer)
      answer.afterwards?.()
      if (request.headers.get('Connection')?.toLowerCase() === 'close') this.close()
      if (this.#isClosed()) return
    }
    this.#state = 'idle'
  }

  // A method of its own: across an `await` the compiler would still believe what it knew of the field.
  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  async #handleInTime(request: RtspRequest): Promise<AnswerInWords> {
    const every = this.#continueMilliseconds
    const timer = every === undefined ? undefined : setInterval(() => this.#sayItComes(request), every)
    try {
      return await this.#handle(request)
    } finally {
      clearInterval(timer)
    }
  }

  /** The answer is to come. */
  #sayItComes(request: RtspRequest): void {
    if (this.#isClosed()) return
    const cseq = request.headers.get('CSeq')
    const headers = new RtspHeaders(cseq === undefined ? [] : [['CSeq', cseq]])
    this.#transport.send(this.#serialize({ status: 100, headers }))
  }

  async #handle(request: RtspRequest): Promise<AnswerInWords> {
    try {
      if (!/^\d{1,10}$/.test(request.headers.get('CSeq') ?? '')) throw new RtspRefusal(400, 'CSeq is not a number')
      // An answer repeats some of what was asked (CSeq, Require), and none of it may end its line there.
      if ([...request.headers].some(([, value]) => /[\r\0]/.test(value))) throw new RtspRefusal(400)
      return await this.#session.handle(request)
    } catch (error) {
      if (error instanceof RtspRefusal) {
        return { status: error.status, reason: error.reason, headers: new RtspHeaders(error.headers) }
      }
      this.#events.failed?.(error)
      return { status: 500, headers: new RtspHeaders() }
    }
  }

  #send(request: RtspRequest, answer: AnswerInWords): void {
    const headers = new RtspHeaders()
    const cseq = request.headers.get('CSeq') ?? ''
    if (/^\d+$/.test(cseq)) headers.append('CSeq', cseq)
    if (this.#server !== undefined) headers.append('Server', this.#server)
    for (const [name, value] of answer.headers) headers.append(name, value)
    this.#transport.send(this.#serialize({ ...answer, headers }))
    this.#events.answered?.(request, answer.status)
  }

  /** What the streams answer may come from a camera, and a line end in it must not get through, nor end more than this. */
  #serialize(answer: ResponseToSend): Uint8Array {
    try {
      return serializeResponse(answer)
    } catch (error) {
      this.#events.failed?.(error)
      const cseq = answer.headers.get('CSeq')
      return serializeResponse({ status: 500, headers: new RtspHeaders(cseq === undefined ? [] : [['CSeq', cseq]]) })
    }
  }

  #refuse(error: ProtocolError): void {
    if (this.#state === 'closed') return
    this.#transport.send(serializeResponse({ status: 400, headers: new RtspHeaders([['Connection', 'close']]) }))
    this.#closeFor(error)
  }

  /** One timer for the connection, set anew only when it fires: a packet costs no timer. */
  #checkSilence(): void {
    const left = this.#patience - (performance.now() - this.#lastHeard)
    if (left > 0) {
      this.#timer = setTimeout(() => this.#checkSilence(), left)
      return
    }
    this.#closeFor(
      new ProtocolError('connection-lost', 'The client gave no sign of life for the time of a session', {
        advice: 'A client must send a request or a receiver report within the timeout of the Session field.',
      }),
    )
  }

  #closeFor(error: ProtocolError | null): void {
    if (this.#state === 'closed') return
    // First the session, for its BYE must find the connection open.
    this.#session.close()
    this.#end(error)
    this.#transport.close()
  }

  #end(error: ProtocolError | null): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearTimeout(this.#timer)
    this.#parser.stop()
    this.#queue.length = 0
    this.#session.close()
    this.#events.closed?.(error)
  }
}
