import type { DeviationId } from '../deviation.ts'
import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { ByteTransport } from '../transport/byte-transport.ts'
import { RtspHeaders, type RtspMessage, type RtspRequest, type RtspResponse } from './message.ts'
import { RtspMessageParser } from './message-parser.ts'
import {
  INTERLEAVED_HEADER_BYTES,
  serializeAnswer,
  serializeRequest,
  writeInterleavedHeader,
} from './message-serializer.ts'

export interface ClientConnectionOptions {
  /** Milliseconds until a request without an answer is given up. Default 10,000. */
  readonly requestTimeout?: number
  /** Milliseconds of silence within a body after which it counts as complete. Default 2,000. */
  readonly shortBodyTimeout?: number
  /** User-Agent field; some cameras want one before they answer at all. */
  readonly userAgent?: string
}

export interface ClientConnectionEvents {
  /** An interleaved frame, good during the call. */
  interleaved(channel: number, bytes: Uint8Array, start: number, end: number): void
  /** The server asked for something (RFC 2326 section 10: both sides may). The status to answer with; undefined: the usual one. */
  serverRequest?(request: RtspRequest): number | undefined
  /** A request was answered for good. Told before the bytes behind the answer are looked at, and before its promise. */
  answered?(): void
  /** What the server does against the standard, and is tolerated. */
  deviation?(id: DeviationId): void
  /** The connection is over; every request has been settled. Told once. */
  closed(error: ProtocolError | null): void
  /** Which channels are in use, for finding the place again after garbage. */
  isExpectedChannel?(channel: number): boolean
}

export interface RequestOptions {
  readonly method: string
  readonly uri: string
  readonly headers?: RtspHeaders
  readonly body?: Uint8Array
}

interface Pending {
  readonly cseq: number
  readonly method: string
  readonly bytes: Uint8Array
  readonly resolve: (response: RtspResponse) => void
  readonly reject: (error: ProtocolError) => void
}

/** Milliseconds of silence after which a body of unknown length is complete: nothing else can be on its way. */
const OPEN_BODY_SILENCE = 500

/** What a client answers to the requests of RFC 2326 that a server may send. */
const DEFAULT_ANSWERS: Readonly<Record<string, number>> = {
  OPTIONS: 200,
  GET_PARAMETER: 200,
  SET_PARAMETER: 200,
  ANNOUNCE: 200,
  REDIRECT: 200,
  PLAY_NOTIFY: 200,
  TEARDOWN: 200,
}

/**
 * The client's end of one RTSP connection: numbers requests, matches the answers, and hands on interleaved frames.
 * One request is outstanding at a time, for many cameras lose the second; the others wait in a bounded queue. Every
 * request settles: by its answer, by the time-out, or by the end of the connection.
 */
export class ClientConnection {
  readonly #transport: ByteTransport
  readonly #events: ClientConnectionEvents
  readonly #parser: RtspMessageParser
  readonly #requestTimeout: number
  readonly #shortBodyTimeout: number
  readonly #userAgent: string
  readonly #queue: Pending[] = []
  /** The newest requests that were given up: their late answers must not be taken for another's. */
  readonly #abandoned: number[] = []
  #current: Pending | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #bodyTimer: ReturnType<typeof setTimeout> | undefined
  #lastCseq = 0
  #bytesReceived = 0
  #bytesSkipped = 0
  #closed = false

  constructor(transport: ByteTransport, events: ClientConnectionEvents, options: ClientConnectionOptions = {}) {
    this.#transport = transport
    this.#events = events
    this.#requestTimeout = options.requestTimeout ?? LIMITS.requestMilliseconds
    this.#shortBodyTimeout = options.shortBodyTimeout ?? LIMITS.shortBodyMilliseconds
    this.#userAgent = options.userAgent ?? 'rtsp-player'
    this.#parser = new RtspMessageParser(
      {
        message: (message) => this.#message(message),
        interleaved: (channel, bytes, start, end) => events.interleaved(channel, bytes, start, end),
        skipped: (count) => {
          this.#bytesSkipped += count
          events.deviation?.('garbage-between-messages')
        },
      },
      events.isExpectedChannel ? { isExpectedChannel: (channel) => events.isExpectedChannel?.(channel) ?? true } : {},
    )
    transport.start({
      bytes: (chunk) => this.#bytes(chunk),
      closed: (error) => this.#end(error),
    })
  }

  get bytesReceived(): number {
    return this.#bytesReceived
  }

  get bytesSkipped(): number {
    return this.#bytesSkipped
  }

  /**
   * Sends a request when those before it are answered, and gives its final answer (1xx only prolongs the wait).
   * Rejects with `request-timeout`, `not-rtsp`, `connection-lost`, `too-many-requests`, or what ended the connection.
   */
  request(options: RequestOptions): Promise<RtspResponse> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError(options.method))
      if (this.#queue.length >= LIMITS.rtspQueuedRequests) {
        return reject(new ProtocolError('too-many-requests', `${this.#queue.length} requests wait already`))
      }
      const cseq = this.#lastCseq + 1
      const bytes = this.#serialize(cseq, options)
      this.#lastCseq = cseq
      this.#queue.push({ cseq, method: options.method, bytes, resolve, reject })
      this.#next()
    })
  }

  /** Sends a frame to the server: receiver reports, talk back. */
  sendInterleaved(channel: number, payload: Uint8Array): void {
    if (this.#closed) return
    const frame = new Uint8Array(INTERLEAVED_HEADER_BYTES + payload.length)
    writeInterleavedHeader(frame, 0, channel, payload.length)
    frame.set(payload, INTERLEAVED_HEADER_BYTES)
    this.#transport.send(frame)
  }

  /** Ends the connection. Requests that wait are rejected with `aborted`. */
  close(): void {
    if (this.#closed) return
    this.#transport.close()
    this.#end(null)
  }

  #next(): void {
    if (this.#current || this.#closed) return
    const pending = this.#queue.shift()
    if (!pending) return
    this.#current = pending
    this.#startTimer()
    this.#transport.send(pending.bytes)
  }

  #serialize(cseq: number, options: RequestOptions): Uint8Array {
    const headers = new RtspHeaders([
      ['CSeq', String(cseq)],
      ['User-Agent', this.#userAgent],
    ])
    for (const [name, value] of options.headers ?? []) headers.append(name, value)
    return serializeRequest({ method: options.method, uri: options.uri, headers, body: options.body })
  }

  #startTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#timeOut(), this.#requestTimeout)
  }

  #timeOut(): void {
    const pending = this.#current
    if (!pending) return
    const { method } = pending
    const seconds = this.#requestTimeout / 1000
    const error = this.#parser.sawOnlyGarbage
      ? new ProtocolError('not-rtsp', 'The server answered with something that is not RTSP', { place: { method } })
      : new ProtocolError('request-timeout', `No answer to ${method} within ${seconds} s`, { place: { method } })
    this.#abandoned.push(pending.cseq)
    if (this.#abandoned.length > LIMITS.rtspQueuedRequests) this.#abandoned.shift()
    this.#settle()
    pending.reject(error)
    this.#next()
  }

  #settle(): void {
    clearTimeout(this.#timer)
    this.#current = undefined
  }

  #bytes(chunk: Uint8Array): void {
    if (this.#closed) return
    this.#bytesReceived += chunk.length
    try {
      this.#parser.push(chunk)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#transport.close()
      this.#end(error)
      return
    }
    clearTimeout(this.#bodyTimer)
    if (this.#parser.missingBodyBytes > 0) {
      const patience = this.#parser.bodyIsOpenEnded ? OPEN_BODY_SILENCE : this.#shortBodyTimeout
      this.#bodyTimer = setTimeout(() => this.#acceptBody(), patience)
    }
  }

  #acceptBody(): void {
    this.#events.deviation?.(this.#parser.bodyIsOpenEnded ? 'content-length-missing' : 'content-length-too-large')
    this.#parser.acceptShortBody()
  }

  #message(message: RtspMessage): void {
    if (message.kind === 'request') this.#serverRequest(message)
    else this.#response(message)
  }

  #response(response: RtspResponse): void {
    const pending = this.#current
    if (!pending) return
    const stated = response.headers.get('CSeq')
    const cseq = Number(stated ?? pending.cseq)
    // The late answer to a request that was given up. Any other number is a slip of the camera: one is outstanding.
    if (cseq !== pending.cseq && this.#abandoned.includes(cseq)) return
    if (cseq !== pending.cseq) this.#events.deviation?.('cseq-wrong')
    else if (stated === undefined) this.#events.deviation?.('cseq-missing')
    if (response.status < 200) {
      this.#startTimer()
      return
    }
    this.#settle()
    this.#events.answered?.()
    pending.resolve(response)
    this.#next()
  }

  #serverRequest(request: RtspRequest): void {
    if (this.#transport.bufferedAmount > LIMITS.rtspUnreadBytes) {
      throw new ProtocolError('too-many-requests', 'The server asks faster than it reads')
    }
    const status = this.#events.serverRequest?.(request) ?? DEFAULT_ANSWERS[request.method] ?? 501
    const headers = new RtspHeaders()
    const cseq = request.headers.get('CSeq')
    if (cseq !== undefined) headers.append('CSeq', cseq)
    const session = request.headers.get('Session')
    if (session !== undefined) headers.append('Session', session)
    if (request.method === 'OPTIONS') headers.append('Public', Object.keys(DEFAULT_ANSWERS).join(', '))
    // RFC 2326 section 7.1.1: the phrase is for people, and nobody looks at those of a client.
    const reason = status === 200 ? 'OK' : status === 501 ? 'Not Implemented' : 'Refused'
    this.#transport.send(serializeAnswer({ status, reason, headers }))
  }

  #end(error: ProtocolError | null): void {
    if (this.#closed) return
    if (this.#parser.bodyIsOpenEnded) this.#acceptBody()
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#bodyTimer)
    const ended = this.#parser.sawOnlyGarbage
      ? new ProtocolError('not-rtsp', 'The server answered with something that is not RTSP, and closed')
      : error
    this.#parser.stop()
    const waiting = this.#current ? [this.#current, ...this.#queue] : [...this.#queue]
    this.#current = undefined
    this.#queue.length = 0
    for (const pending of waiting) pending.reject(ended ?? closedError(pending.method))
    this.#events.closed(ended)
  }
}

const closedError = (method: string): ProtocolError =>
  new ProtocolError('connection-lost', `The connection was closed before ${method} was answered`, { place: { method } })
