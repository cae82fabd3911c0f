import { ProtocolError } from '../errors.ts'
import { formatPublic } from './headers/public.ts'
import { formatSession, parseSession } from './headers/session.ts'
import { formatTransport } from './headers/transport.ts'
import { RTSP_METHODS, RtspHeaders, type RtspRequest } from './message.ts'
import { answerParameters } from './server-parameters.ts'
import { asksForPlace, checkPausePoint, playHeaders, readPlayRequest } from './server-play.ts'
import {
  type InterleavedChannels,
  type MediaSink,
  type PlayAnswer,
  RtspRefusal,
  type ServerPlayback,
  type ServerStream,
  type ServerStreams,
} from './server-stream.ts'
import { type ChannelTable, chooseTransport } from './server-transport.ts'
import { formatRtspUri, parseRtspUri, type RtspUri } from './uri.ts'

/** What goes back to the client. */
export interface Answer {
  readonly status: number
  readonly headers: RtspHeaders
  readonly body?: Uint8Array
  /** To be done when the answer is out: media must not overtake it. */
  readonly afterwards?: () => void
}

/** A session that was set up: what RFC 2326 appendix A.2 calls its state variables. */
interface Presentation {
  readonly id: string
  readonly stream: ServerStream
  /** Path of the aggregate control, and its address as the client wrote it. */
  readonly path: string
  readonly uri: string
  readonly playback: ServerPlayback
  readonly tracks: Map<string, InterleavedChannels>
}

/** The server's state machine, RFC 2326 appendix A.2, but for Recording: nothing can be published here. */
type State =
  | { readonly name: 'Init' }
  | { readonly name: 'Ready'; readonly presentation: Presentation }
  | { readonly name: 'Playing'; readonly presentation: Presentation }

const INIT: State = { name: 'Init' }

/** Methods that do something here, and those that the state machine allows in each state. */
const ALWAYS = ['OPTIONS', 'DESCRIBE', 'GET_PARAMETER', 'SET_PARAMETER', 'TEARDOWN'] as const
const ALLOWED = {
  Init: [...ALWAYS, 'SETUP'],
  Ready: [...ALWAYS, 'SETUP', 'PLAY'],
  Playing: [...ALWAYS, 'PLAY', 'PAUSE'],
} as const
const SUPPORTED: readonly string[] = [
  'OPTIONS',
  'DESCRIBE',
  'SETUP',
  'PLAY',
  'PAUSE',
  'TEARDOWN',
  'GET_PARAMETER',
  'SET_PARAMETER',
]

/**
 * The server's side of RFC 2326 for one client: takes requests one at a time, gives answers. It knows nothing of bytes,
 * time or sockets; `ServerConnection` does. One session at a time; it lives and ends with its connection, because its
 * media is interleaved there.
 */
export class ServerSession {
  readonly #streams: ServerStreams
  readonly #sink: MediaSink
  readonly #timeout: number
  #state: State = INIT
  #closed = false

  /** @param timeout seconds without a sign of life that the client is told it has */
  constructor(streams: ServerStreams, sink: Omit<MediaSink, 'finished'>, timeout: number) {
    this.#streams = streams
    this.#sink = {
      send: (frames) => sink.send(frames),
      sendShared: (frames, headRoom) => sink.sendShared(frames, headRoom),
      get bufferedAmount() {
        return sink.bufferedAmount
      },
      finished: () => this.#finished(),
      end: (error) => sink.end(error),
    }
    this.#timeout = timeout
  }

  get state(): State['name'] {
    return this.#state.name
  }

  /** Session identifier; undefined in Init. */
  get id(): string | undefined {
    return this.#state.name === 'Init' ? undefined : this.#state.presentation.id
  }

  /** The aggregate's address as the client wrote it; undefined in Init. */
  get uri(): string | undefined {
    return this.#state.name === 'Init' ? undefined : this.#state.presentation.uri
  }

  /** @throws RtspRefusal where the answer is not 200; whatever the streams throw */
  async handle(request: RtspRequest): Promise<Answer> {
    this.#check(request)
    switch (request.method) {
      case 'OPTIONS':
        return ok([['Public', formatPublic(SUPPORTED)]])
      case 'DESCRIBE':
        return this.#describe(request)
      case 'SETUP':
        return this.#setup(request)
      case 'PLAY':
        return this.#play(request)
      case 'PAUSE':
        return this.#pause(request)
      case 'TEARDOWN':
        return this.#teardown(request)
      default:
        return this.#parameter(request)
    }
  }

  /** A frame that the client sent on the connection. */
  received(channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#state.name === 'Init') return
    const { playback, tracks } = this.#state.presentation
    for (const [control, channels] of tracks) {
      if (channel === channels.rtp) playback.received?.(control, 'rtp', bytes, start, end)
      else if (channel === channels.rtcp) playback.received?.(control, 'rtcp', bytes, start, end)
    }
  }

  /** Ends the session from any state; nothing is set up any more. */
  close(): void {
    this.#closed = true
    this.#end()
  }

  /** Appendix A.2: from Playing to Ready at the end of the range that the client asked for. */
  #finished(): void {
    if (this.#state.name === 'Playing') this.#state = { name: 'Ready', presentation: this.#state.presentation }
  }

  #end(): void {
    const state = this.#state
    this.#state = INIT
    if (state.name !== 'Init') state.presentation.playback.close()
  }

  /** What must be right of every request, in the order in which a client can do something about it. */
  #check(request: RtspRequest): void {
    const { method, headers } = request
    if (request.version !== '1.0') throw new RtspRefusal(505)
    if (!SUPPORTED.includes(method)) {
      if (!(RTSP_METHODS as readonly string[]).includes(method)) throw new RtspRefusal(501)
      throw new RtspRefusal(405, undefined, [['Allow', formatPublic(SUPPORTED)]])
    }
    // Section 12.32: a server that does not know a feature must say so, and do nothing.
    const features = [...headers.getAll('Require'), ...headers.getAll('Proxy-Require')].join(', ')
    if (features !== '') throw new RtspRefusal(551, undefined, [['Unsupported', features]])

    const stated = headers.get('Session')
    const session = stated === undefined ? null : parseSession(stated)
    const known = this.id
    if (stated !== undefined && session?.id !== known) throw new RtspRefusal(454)
    if (!(ALLOWED[this.#state.name] as readonly string[]).includes(method)) {
      throw new RtspRefusal(455, undefined, [['Allow', formatPublic(ALLOWED[this.#state.name])]])
    }
    const needsSession = method === 'PLAY' || method === 'PAUSE' || method === 'TEARDOWN'
    if (needsSession && known !== undefined && stated === undefined) throw new RtspRefusal(454)
  }

  async #describe(request: RtspRequest): Promise<Answer> {
    const accept = request.headers.get('Accept')
    if (accept !== undefined && !/application\/(sdp|\*)|\*\/\*/i.test(accept)) throw new RtspRefusal(406)
    const uri = readUri(request.uri)
    const stream = await this.#streams.find(pathOf(uri), uri.query)
    if (!stream) throw new RtspRefusal(404)
    const { lastModified } = stream
    const modified: [string, string][] =
      lastModified === undefined ? [] : [['Last-Modified', new Date(lastModified).toUTCString()]]
    // Whole seconds, for the field holds no more; what cannot be read is NaN, and nothing is older than that.
    const since = Date.parse(request.headers.get('If-Modified-Since') ?? '')
    if (lastModified !== undefined && Math.floor(lastModified / 1000) * 1000 <= since) {
      return { status: 304, headers: new RtspHeaders(modified) }
    }
    const body = await stream.describe()
    return {
      status: 200,
      // The trailing slash makes relative controls segments below this address (RFC 2326 appendix C.1.1).
      headers: new RtspHeaders([
        ['Content-Base', `${aggregateUri(uri, pathOf(uri))}/`],
        ['Content-Type', 'application/sdp'],
        ...modified,
      ]),
      body,
    }
  }

  async #setup(request: RtspRequest): Promise<Answer> {
    const uri = readUri(request.uri)
    const { stream, path, control } = await this.#findTrack(uri)
    const before = this.#state.name === 'Ready' ? this.#state.presentation : undefined
    if (before && !request.headers.has('Session')) {
      throw new RtspRefusal(455, 'One session a connection: state the Session to add a track', [
        ['Allow', formatPublic(ALLOWED.Ready)],
      ])
    }
    if (before && before.path !== path) throw new RtspRefusal(459, 'The session is of another stream')

    const tracks = before?.tracks ?? new Map<string, InterleavedChannels>()
    const channels = chooseTransport(request.headers.get('Transport'), usedChannels(tracks, control))
    if (this.#closed) throw new RtspRefusal(503)
    const presentation = before ?? {
      id: randomSessionId(),
      stream,
      path,
      uri: aggregateUri(uri, path),
      playback: stream.open(this.#sink),
      tracks,
    }
    this.#state = { name: 'Ready', presentation }
    try {
      const { ssrc } = await presentation.playback.setup(control, channels)
      tracks.set(control, channels)
      return this.#ok([
        [
          'Transport',
          formatTransport({ protocol: 'RTP/AVP/TCP', delivery: 'unicast', interleaved: channels, ssrc, mode: 'PLAY' }),
        ],
      ])
    } catch (error) {
      if (tracks.size === 0) this.#end()
      throw error
    }
  }

  async #play(request: RtspRequest): Promise<Answer> {
    const { playback, uri } = this.#presentation(request)
    if (this.#state.name === 'Playing' && !asksForPlace(request.headers)) return this.#ok([])
    const answer = await this.#prepare(playback, request)
    // The connection may have ended while the streams looked for the place.
    if (this.#state.name === 'Init') throw new RtspRefusal(454)
    // While it plays this is a seek. By section 10.5 it would wait for the end of the range before; RFC 7826 section
    // 13.4.4 and every server at hand do it at once, and a person who drags a slider expects just that.
    this.#state = { name: 'Playing', presentation: this.#state.presentation }
    return { ...this.#ok(playHeaders(answer, uri, request.headers)), afterwards: () => this.#start() }
  }

  async #prepare(playback: ServerPlayback, request: RtspRequest): Promise<PlayAnswer> {
    try {
      return await playback.prepare(readPlayRequest(request.headers))
    } catch (error) {
      // There is no such session any more: SETUP may come again.
      if (error instanceof RtspRefusal && error.status === 454) this.#end()
      throw error
    }
  }

  #start(): void {
    if (this.#state.name === 'Playing') this.#state.presentation.playback.start()
  }

  #pause(request: RtspRequest): Answer {
    const presentation = this.#presentation(request)
    checkPausePoint(request.headers)
    presentation.playback.pause()
    this.#state = { name: 'Ready', presentation }
    return this.#ok([])
  }

  #teardown(request: RtspRequest): Answer {
    // Appendix A.2: in Init there is nothing to tear down, and that is no fault.
    if (this.#state.name === 'Init') return ok([])
    this.#presentation(request)
    const answer = this.#ok([])
    this.#end()
    return answer
  }

  #parameter(request: RtspRequest): Answer {
    const playback = this.#state.name === 'Init' ? null : this.#state.presentation.playback
    const { headers, ...answer } = answerParameters(request, playback)
    return { ...this.#ok(headers), ...answer }
  }

  /** The session that PLAY, PAUSE and TEARDOWN speak of, by its aggregate address or that of its only track. */
  #presentation(request: RtspRequest): Presentation {
    if (this.#state.name === 'Init') throw new RtspRefusal(454)
    const { presentation } = this.#state
    const path = pathOf(readUri(request.uri))
    if (path === presentation.path) return presentation
    const [parent, control] = splitLast(path)
    if (parent !== presentation.path || !presentation.tracks.has(control)) throw new RtspRefusal(404)
    if (presentation.tracks.size > 1) throw new RtspRefusal(460)
    return presentation
  }

  /** SETUP names a track, or a stream that has no more than one. */
  async #findTrack(uri: RtspUri): Promise<{ stream: ServerStream; path: string; control: string }> {
    const path = pathOf(uri)
    const [parent, control] = splitLast(path)
    const above = parent === '' ? null : await this.#streams.find(parent, uri.query)
    if (above?.controls.includes(control)) return { stream: above, path: parent, control }
    const whole = await this.#streams.find(path, uri.query)
    if (!whole) throw new RtspRefusal(404)
    const [only, ...others] = whole.controls
    if (only === undefined) throw new RtspRefusal(404)
    if (others.length > 0) throw new RtspRefusal(459, `Set up each track: ${whole.controls.join(', ')}`)
    return { stream: whole, path, control: only }
  }

  /** 200 with the Session field, where there is a session. */
  #ok(headers: readonly (readonly [string, string])[]): Answer {
    if (this.#state.name === 'Init') return ok(headers)
    const session = formatSession({ id: this.#state.presentation.id, timeout: this.#timeout })
    return ok([['Session', session], ...headers])
  }
}

const ok = (headers: Iterable<readonly [string, string]>): Answer => ({
  status: 200,
  headers: new RtspHeaders(headers),
})

function readUri(text: string): RtspUri {
  try {
    return parseRtspUri(text)
  } catch (error) {
    if (error instanceof ProtocolError) throw new RtspRefusal(400, 'The address is not an RTSP URL')
    throw error
  }
}

/** Without slashes at its end. Not by /\/+$/, which takes quadratic time over slashes that are not there. */
function pathOf({ path }: RtspUri): string {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}

const splitLast = (path: string): [parent: string, last: string] => {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
}

/** The stream's address with the host as the client knows it, and without its query. */
const aggregateUri = (uri: RtspUri, path: string): string =>
  formatRtspUri({ ...uri, path, query: '', credentials: undefined })

function usedChannels(tracks: ReadonlyMap<string, InterleavedChannels>, except: string): ChannelTable {
  const used = new Set<number>()
  for (const [control, channels] of tracks) {
    if (control !== except) used.add(channels.rtp).add(channels.rtcp)
  }
  return used
}

/** Section 3.4 wants at least eight octets that cannot be guessed; these are 128 bits. */
function randomSessionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
