import { ProtocolError } from '../../protocol/errors.ts'
import { ClientLink } from '../../protocol/rtsp/client-link.ts'
import type { ClientSession } from '../../protocol/rtsp/client-session.ts'
import { parsePublic } from '../../protocol/rtsp/headers/public.ts'
import { DEFAULT_SESSION_TIMEOUT, parseSession } from '../../protocol/rtsp/headers/session.ts'
import { keepAliveMethod, keepAliveSeconds } from '../../protocol/rtsp/keep-alive.ts'
import { RtspHeaders, type RtspRequest, type RtspResponse } from '../../protocol/rtsp/message.ts'
import { INTERLEAVED_HEADER_BYTES, writeInterleavedHeader } from '../../protocol/rtsp/message-serializer.ts'
import type { RequestHandler } from '../../protocol/rtsp/server-connection.ts'
import type { Answer } from '../../protocol/rtsp/server-session.ts'
import { type MediaSink, RtspRefusal } from '../../protocol/rtsp/server-stream.ts'
import { formatRtspUri, parseRtspUri, type RtspUri, resolveControl } from '../../protocol/rtsp/uri.ts'
import { attribute, parseSessionDescription } from '../../protocol/sdp/session-description.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { describeForViewers } from '../hub/hub-description.ts'
import type { BridgeLog } from '../log.ts'
import { asProtocolError, refusalFor } from '../refusal.ts'
import { ProxyAddresses } from './proxy-addresses.ts'
import { headersForCamera, headersForViewer, reportChannel } from './proxy-headers.ts'
import type { ProxyStream } from './proxy-stream.ts'

export interface ProxySessionOptions {
  /** Bytes that may wait for the viewer before the camera is made to wait. */
  readonly viewerBufferBytes: number
  readonly log: BridgeLog
  /** The camera's session came to an end, and nobody asked for it. The message holds no address. */
  readonly lost: (error: ProtocolError) => void
}

/** Methods that a viewer may use who has the right to watch. */
const FOR_WATCHING: ReadonlySet<string> = new Set([
  'OPTIONS',
  'DESCRIBE',
  'SETUP',
  'PLAY',
  'PAUSE',
  'TEARDOWN',
  'GET_PARAMETER',
])

/** Milliseconds between looks at a viewer that left too much unread. */
const DRAIN_CHECK = 20
/** Milliseconds that the camera has for its answer to TEARDOWN. */
const FAREWELL = 1_000

/**
 * A viewer's own session with a camera, spoken for by the bridge: heads are rewritten, so that the viewer learns nothing
 * of the camera's address; challenges and redirects are answered here; frames go through untouched.
 */
export class ProxySession implements RequestHandler {
  readonly #stream: ProxyStream
  readonly #options: ProxySessionOptions
  readonly #sink: Omit<MediaSink, 'finished'>
  #link: Promise<ClientLink> | undefined
  #open: ClientLink | undefined
  #transport: ByteTransport | undefined
  #addresses: ProxyAddresses | undefined
  #description: Uint8Array = new Uint8Array(0)
  #batch: Uint8Array = new Uint8Array(0)
  #batched = 0
  #keepAlive: ReturnType<typeof setTimeout> | undefined
  #drain: ReturnType<typeof setTimeout> | undefined
  #session: { readonly id: string; readonly timeout: number } | undefined
  /** Channels of receiver reports. */
  readonly #reportChannels = new Set<number>()
  readonly #abort = new AbortController()
  /** Others wait for what comes of opening the camera. */
  #othersWait = false
  #closed = false
  #finished: Promise<void> = Promise.resolve()

  constructor(stream: ProxyStream, sink: Omit<MediaSink, 'finished'>, options: ProxySessionOptions) {
    this.#stream = stream
    this.#sink = sink
    this.#options = options
    stream.add(this)
  }

  /** After `close`: nothing of it is left at the camera. Never rejects. */
  get finished(): Promise<void> {
    return this.#finished
  }

  async handle(request: RtspRequest): Promise<Answer> {
    const { method } = request
    if (request.version !== '1.0') throw new RtspRefusal(505)
    if (!FOR_WATCHING.has(method)) throw new RtspRefusal(405, undefined, [['Allow', [...FOR_WATCHING].join(', ')]])
    if (method === 'OPTIONS')
      return { status: 200, headers: new RtspHeaders([['Public', [...FOR_WATCHING].join(', ')]]) }
    try {
      this.#link ??= this.#connect()
      const link = await this.#link
      return await (method === 'DESCRIBE' ? this.#describe(link, request) : this.#forward(link, request))
    } catch (error) {
      // Another try may go better; the camera is dialled anew for it.
      if (!this.#open) this.#link = undefined
      if (!(error instanceof ProtocolError)) throw error
      throw refusalFor(error)
    }
  }

  received(channel: number, bytes: Uint8Array, start: number, end: number): void {
    // What was received may be reported; who may only watch sends nothing else to a camera.
    if (!this.#reportChannels.has(channel)) return
    this.#open?.connection.sendInterleaved(channel, bytes.subarray(start, end))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#keepAlive)
    clearTimeout(this.#drain)
    if (!this.#othersWait) this.giveUp()
    this.#finished = this.#takeLeave()
  }

  /** Opens the camera no further. */
  giveUp(): void {
    this.#abort.abort()
  }

  async #takeLeave(): Promise<void> {
    // What is being opened is closed by whoever opens it.
    await this.#link?.catch(() => undefined)
    await this.#farewell()
    this.#stream.ended(this)
  }

  async #farewell(): Promise<void> {
    const link = this.#open
    if (!link) return
    const { id } = this.#session ?? {}
    const uri = this.#addresses?.toCamera(`/${this.#stream.name}`)
    // What the viewer left unread is in front of the answer.
    this.#transport?.resume()
    let timer: ReturnType<typeof setTimeout> | undefined
    if (id !== undefined && uri) {
      const patience = new Promise((resolve) => {
        timer = setTimeout(resolve, FAREWELL)
      })
      // As far as it still listens.
      const answer = link.session.request('TEARDOWN', uri, new RtspHeaders([['Session', id]])).catch(() => undefined)
      await Promise.race([answer, patience])
      clearTimeout(timer)
    }
    await link.close()
  }

  async #connect(): Promise<ClientLink> {
    const link = await this.#stream.open((othersWait) => this.#openLink(othersWait))
    this.#othersWait = false
    if (this.#closed) {
      link.abandon()
      throw aborted()
    }
    this.#open = link
    return link
  }

  async #openLink(othersWait: boolean): Promise<ClientLink> {
    const { signal } = this.#abort
    const { url: uri, credentials } = this.#stream.camera
    const dial = async (address: RtspUri): Promise<ByteTransport> => {
      this.#transport = await this.#stream.connect(address, signal)
      return this.#transport
    }
    let abandon: (() => void) | undefined
    try {
      if (this.#closed) throw aborted()
      this.#othersWait = othersWait
      const transport = await dial(parseRtspUri(uri))
      const link = new ClientLink(
        transport,
        { uri, credentials, connect: dial, userAgent: 'rtsp-bridge' },
        {
          interleaved: (channel, bytes, start, end) => this.#frame(channel, bytes, start, end),
          isExpectedChannel: () => true,
          answered: () => undefined,
          deviation: () => undefined,
          // The viewer's session cannot be taken along: it comes again, and is taken there.
          redirected: (redirect) => this.#lost(redirect),
          lost: (error) => this.#lost(error),
        },
      )
      abandon = () => link.abandon()
      signal.addEventListener('abort', abandon)
      if (signal.aborted) throw aborted()
      await link.open((session) => this.#learn(session))
      return link
    } catch (error) {
      abandon?.()
      const told = signal.aborted ? aborted() : asProtocolError(error)
      if (told.code !== 'aborted') this.#warn(`the camera cannot be had: ${told.message}`, told)
      throw told
    } finally {
      if (abandon) signal.removeEventListener('abort', abandon)
    }
  }

  #lost(error: ProtocolError): void {
    if (this.#closed) return
    const told = asProtocolError(error)
    this.#warn(`the camera was lost: ${told.message}`, told)
    this.#stream.lost()
    this.#options.lost(told)
  }

  #warn(message: string, { code }: ProtocolError): void {
    this.#options.log.warn({ stream: this.#stream.name, error: code }, message)
  }

  /** OPTIONS and DESCRIBE: what can be set up, and where. */
  async #learn(session: ClientSession): Promise<void> {
    await session.options()
    const { body, base } = await session.describe()
    const camera = parseSessionDescription(body)
    const description = describeForViewers(body, this.#stream.name, 'as-stated')
    const aggregate = resolveControl(base, attribute(camera.attributes, 'control'))
    this.#description = description.body
    this.#addresses = new ProxyAddresses(`/${this.#stream.name}`, description, base, aggregate)
  }

  async #describe(link: ClientLink, request: RtspRequest): Promise<Answer> {
    const uri = readUri(request.uri)
    if (trimmed(uri.path) !== `/${this.#stream.name}`) throw new RtspRefusal(404)
    // The first one has just been asked for.
    if (this.#description.length === 0) await this.#learn(link.session)
    const body = this.#description
    this.#description = new Uint8Array(0)
    return {
      status: 200,
      headers: new RtspHeaders([
        ['Content-Base', `${viewerAddress(uri, this.#stream.name)}/`],
        ['Content-Type', 'application/sdp'],
      ]),
      body,
    }
  }

  async #forward(link: ClientLink, request: RtspRequest): Promise<Answer> {
    const uri = readUri(request.uri)
    const target = this.#addresses?.toCamera(trimmed(uri.path))
    if (!target) throw new RtspRefusal(404)
    this.#checkSession(request)
    const asked = headersForCamera(request.headers)
    const body = request.body.length > 0 ? request.body : undefined
    const response = await link.session.request(request.method, target, asked, body)
    const { status } = response
    if (status === 401 || status === 407) {
      const error = new ProtocolError('unauthorized', 'The camera refuses the password')
      this.#stream.failed(error)
      throw error
    }
    this.#noteSession(request.method, asked, response)
    const headers = headersForViewer(response.headers, (address) => {
      const control = this.#addresses?.controlOf(address) ?? null
      return control === null ? null : `${viewerAddress(uri, this.#stream.name)}/${control}`
    })
    const allowed = parsePublic(response.headers.get('Public') ?? '')
    if (allowed.size > 0) headers.append('Public', [...allowed].filter((one) => FOR_WATCHING.has(one)).join(', '))
    // A page that explains what is wrong may well say where the camera is.
    const tells = request.method === 'GET_PARAMETER' && status === 200
    return { status, headers, ...(tells ? { body: response.body } : {}) }
  }

  /** One session a viewer: a camera has room for few. */
  #checkSession({ method, headers }: RtspRequest): void {
    const known = this.#session?.id
    if (known === undefined) return
    const stated = headers.get('Session')
    if (stated === undefined && method === 'SETUP') throw new RtspRefusal(455, 'State the Session to add a track')
    if (stated !== undefined && parseSession(stated)?.id !== known) throw new RtspRefusal(454)
  }

  #noteSession(method: string, asked: RtspHeaders, { status, headers }: RtspResponse): void {
    if (method === 'TEARDOWN' || status === 454) {
      this.#session = undefined
      this.#reportChannels.clear()
    }
    if (method !== 'SETUP' || status !== 200) return
    const channel = reportChannel(headers) ?? reportChannel(asked)
    if (channel !== undefined) this.#reportChannels.add(channel)
    const session = parseSession(headers.get('Session') ?? '')
    if (!session) return
    this.#session = { id: session.id, timeout: session.timeout ?? DEFAULT_SESSION_TIMEOUT }
    this.#keepAliveSoon()
  }

  /** A page that sleeps sends no sign of life; its connection lives all the same, and so does its session. */
  #keepAliveSoon(): void {
    clearTimeout(this.#keepAlive)
    const { timeout } = this.#session ?? {}
    if (timeout === undefined || this.#closed) return
    const { keepAlive } = this.#stream.camera
    this.#keepAlive = setTimeout(() => {
      const link = this.#open
      const uri = this.#addresses?.toCamera(`/${this.#stream.name}`)
      if (!link || !uri || !this.#session) return
      const method = keepAliveMethod(keepAlive, link.session.methods, false)
      link.session.request(method, uri, new RtspHeaders([['Session', this.#session.id]])).catch((error: unknown) => {
        // A connection that broke is told by itself. One whose other end is gone is not, but for this; unless the camera
        // is made to wait for a slow viewer, and the answer with it.
        const silent = error instanceof ProtocolError && error.code === 'request-timeout' && !this.#drain
        if (silent) this.#lost(new ProtocolError('connection-timeout', 'The camera fell silent'))
      })
      this.#keepAliveSoon()
    }, keepAliveSeconds(keepAlive, timeout) * 1000)
  }

  /** Frames that come in one piece go out in one piece. */
  #frame(channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return
    const length = INTERLEAVED_HEADER_BYTES + end - start
    // Behind the answer that came with them, which takes a few microtasks on its way.
    if (this.#batched === 0) setImmediate(() => this.#flush())
    if (this.#batched + length > this.#batch.length) this.#grow(this.#batched + length)
    writeInterleavedHeader(this.#batch, this.#batched, channel, end - start)
    this.#batch.set(bytes.subarray(start, end), this.#batched + INTERLEAVED_HEADER_BYTES)
    this.#batched += length
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, this.#batch.length * 2, 16 * 1024))
    grown.set(this.#batch.subarray(0, this.#batched))
    this.#batch = grown
  }

  #flush(): void {
    const bytes = this.#batch.subarray(0, this.#batched)
    this.#batched = 0
    if (this.#closed || bytes.length === 0) return
    this.#sink.send(bytes)
    if (this.#sink.bufferedAmount <= this.#options.viewerBufferBytes || this.#drain) return
    this.#transport?.pause()
    this.#drain = setTimeout(() => this.#checkDrained(), DRAIN_CHECK)
  }

  #checkDrained(): void {
    if (this.#sink.bufferedAmount > this.#options.viewerBufferBytes / 2) {
      this.#drain = setTimeout(() => this.#checkDrained(), DRAIN_CHECK)
      return
    }
    this.#drain = undefined
    this.#transport?.resume()
  }
}

const viewerAddress = (uri: RtspUri, name: string): string =>
  formatRtspUri({ ...uri, path: `/${name}`, query: '', credentials: undefined })

function readUri(text: string): RtspUri {
  try {
    return parseRtspUri(text)
  } catch {
    throw new RtspRefusal(400, 'The address is not an RTSP URL')
  }
}

const trimmed = (path: string): string => {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}

const aborted = (): ProtocolError => new ProtocolError('aborted', 'The viewer has left')
