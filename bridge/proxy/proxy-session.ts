import { ProtocolError } from '../../protocol/errors.ts'
import { ClientLink, type ClientLinkOptions } from '../../protocol/rtsp/client-link.ts'
import type { ClientSession } from '../../protocol/rtsp/client-session.ts'
import { parsePublic } from '../../protocol/rtsp/headers/public.ts'
import { DEFAULT_SESSION_TIMEOUT, parseSession } from '../../protocol/rtsp/headers/session.ts'
import { RtspHeaders, type RtspRequest } from '../../protocol/rtsp/message.ts'
import { INTERLEAVED_HEADER_BYTES, writeInterleavedHeader } from '../../protocol/rtsp/message-serializer.ts'
import type { RequestHandler } from '../../protocol/rtsp/server-connection.ts'
import type { Answer } from '../../protocol/rtsp/server-session.ts'
import { type MediaSink, RtspRefusal } from '../../protocol/rtsp/server-stream.ts'
import { formatRtspUri, parseRtspUri, type RtspUri, resolveControl } from '../../protocol/rtsp/uri.ts'
import { attribute, parseSessionDescription } from '../../protocol/sdp/session-description.ts'
import type { ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { describeForViewers } from '../hub/hub-description.ts'
import { refusalFor } from '../refusal.ts'
import { ProxyAddresses } from './proxy-addresses.ts'
import { headersForCamera, headersForViewer } from './proxy-headers.ts'

export interface ProxySessionOptions extends Pick<ClientLinkOptions, 'uri' | 'credentials'> {
  /** As viewers know the stream. */
  readonly name: string
  readonly connect: (uri: RtspUri) => Promise<ByteTransport>
  /** Bytes that may wait for the viewer before the camera is made to wait. */
  readonly viewerBufferBytes: number
  readonly log: (line: string) => void
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
/** Seconds before the end of the camera's patience at which it is sent a sign of life. */
const MARGIN = 5

/**
 * A viewer's own session with a camera, spoken for by the bridge: heads are rewritten, so that the viewer learns nothing
 * of the camera's address; challenges and redirects are answered here; frames go through untouched.
 */
export class ProxySession implements RequestHandler {
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
  #closed = false

  constructor(sink: Omit<MediaSink, 'finished'>, options: ProxySessionOptions) {
    this.#sink = sink
    this.#options = options
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
      if (!(error instanceof ProtocolError)) throw error
      // Another try may go better; the camera is dialled anew for it.
      if (!this.#open) this.#link = undefined
      throw refusalFor(error)
    }
  }

  received(channel: number, bytes: Uint8Array, start: number, end: number): void {
    this.#open?.connection.sendInterleaved(channel, bytes.subarray(start, end))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#keepAlive)
    clearTimeout(this.#drain)
    void this.#takeLeave()
  }

  async #takeLeave(): Promise<void> {
    const link = this.#open
    if (!link) return
    const { id } = this.#session ?? {}
    const uri = this.#addresses?.toCamera(`/${this.#options.name}`)
    // As far as it still listens.
    if (id !== undefined && uri) {
      await link.session.request('TEARDOWN', uri, new RtspHeaders([['Session', id]])).catch(() => undefined)
    }
    await link.close()
  }

  async #connect(): Promise<ClientLink> {
    const { uri, credentials, connect } = this.#options
    const dial = async (address: RtspUri): Promise<ByteTransport> => {
      this.#transport = await connect(address)
      return this.#transport
    }
    const link = new ClientLink(
      await dial(parseRtspUri(uri)),
      { uri, credentials, connect: dial, userAgent: 'rtsp-bridge' },
      {
        interleaved: (channel, bytes, start, end) => this.#frame(channel, bytes, start, end),
        isExpectedChannel: () => true,
        answered: () => undefined,
        deviation: () => undefined,
        // The viewer's session cannot be taken along: it comes again, and is taken there.
        redirected: () => this.#sink.end(),
        lost: (error) => {
          this.#options.log(`${this.#options.name}: ${error.message}`)
          this.#sink.end()
        },
      },
    )
    try {
      await link.open((session) => this.#learn(session))
    } catch (error) {
      link.abandon()
      throw error
    }
    if (this.#closed) {
      link.abandon()
      throw new ProtocolError('aborted', 'The viewer has left')
    }
    this.#open = link
    return link
  }

  /** OPTIONS and DESCRIBE: what can be set up, and where. */
  async #learn(session: ClientSession): Promise<void> {
    await session.options()
    const { body, base } = await session.describe()
    const camera = parseSessionDescription(body)
    const description = describeForViewers(body, this.#options.name, 'as-stated')
    const aggregate = resolveControl(base, attribute(camera.attributes, 'control'))
    this.#description = description.body
    this.#addresses = new ProxyAddresses(`/${this.#options.name}`, description, base, aggregate)
  }

  async #describe(link: ClientLink, request: RtspRequest): Promise<Answer> {
    const uri = readUri(request.uri)
    if (trimmed(uri.path) !== `/${this.#options.name}`) throw new RtspRefusal(404)
    // The first one has just been asked for.
    if (this.#description.length === 0) await this.#learn(link.session)
    const body = this.#description
    this.#description = new Uint8Array(0)
    return {
      status: 200,
      headers: new RtspHeaders([
        ['Content-Base', `${viewerAddress(uri, this.#options.name)}/`],
        ['Content-Type', 'application/sdp'],
      ]),
      body,
    }
  }

  async #forward(link: ClientLink, request: RtspRequest): Promise<Answer> {
    const uri = readUri(request.uri)
    const target = this.#addresses?.toCamera(trimmed(uri.path))
    if (!target) throw new RtspRefusal(404)
    const body = request.body.length > 0 ? request.body : undefined
    const response = await link.session.request(request.method, target, headersForCamera(request.headers), body)
    const { status } = response
    if (status === 401 || status === 407) throw new ProtocolError('unauthorized', 'The camera refuses the password')
    this.#noteSession(request.method, response.headers.get('Session'))
    const headers = headersForViewer(response.headers, (address) => {
      const control = this.#addresses?.controlOf(address) ?? null
      return control === null ? null : `${viewerAddress(uri, this.#options.name)}/${control}`
    })
    const allowed = parsePublic(response.headers.get('Public') ?? '')
    if (allowed.size > 0) headers.append('Public', [...allowed].filter((one) => FOR_WATCHING.has(one)).join(', '))
    return { status, headers, body: response.body }
  }

  #noteSession(method: string, stated: string | undefined): void {
    if (method === 'TEARDOWN') this.#session = undefined
    const session = stated === undefined ? null : parseSession(stated)
    if (method !== 'SETUP' || !session) return
    this.#session = { id: session.id, timeout: session.timeout ?? DEFAULT_SESSION_TIMEOUT }
    this.#keepAliveSoon()
  }

  /** A page that sleeps sends no sign of life; its connection lives all the same, and so does its session. */
  #keepAliveSoon(): void {
    clearTimeout(this.#keepAlive)
    const { timeout } = this.#session ?? {}
    if (timeout === undefined || this.#closed) return
    const seconds = timeout > 2 * MARGIN ? timeout - MARGIN : timeout / 2
    this.#keepAlive = setTimeout(() => {
      const link = this.#open
      const uri = this.#addresses?.toCamera(`/${this.#options.name}`)
      if (!link || !uri || !this.#session) return
      const method = link.session.methods.has('GET_PARAMETER') ? 'GET_PARAMETER' : 'OPTIONS'
      // Whatever the answer is, it was heard; where the connection is gone, that is told by itself.
      link.session.request(method, uri, new RtspHeaders([['Session', this.#session.id]])).catch(() => undefined)
      this.#keepAliveSoon()
    }, seconds * 1000)
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
