import type { ReportDeviation } from '../deviation.ts'
import { ProtocolError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { loadPart } from '../part.ts'
import { AuthenticatedRequests, type RequestAuthenticator } from './authenticated-requests.ts'
import type { ClientConnection } from './client-connection.ts'
import { parsePublic } from './headers/public.ts'
import { parseRtpInfo, type RtpInfo } from './headers/rtp-info.ts'
import { DEFAULT_SESSION_TIMEOUT, parseSession } from './headers/session.ts'
import { formatTransport, parseTransport, type TransportSpec } from './headers/transport.ts'
import { type KeepAlive, keepAliveMethod, keepAliveSeconds } from './keep-alive.ts'
import { RtspHeaders, type RtspResponse } from './message.ts'
import { RtspRedirect } from './redirect.ts'
import { statusAction } from './status-action.ts'
import { type RtspUri, resolveBase, resolveLocation } from './uri.ts'

export interface ClientSessionOptions {
  readonly authenticator?: RequestAuthenticator | undefined
  /** What the server does against the standard, and is tolerated. */
  readonly report?: ReportDeviation | undefined
  /** How many redirects may still be followed, over all connections of a stream. Counted down here. */
  readonly redirects?: RedirectBudget | undefined
  readonly keepAlive?: KeepAlive | undefined
}

export interface RedirectBudget {
  left: number
}

export interface Description {
  /** The session description, as it came. */
  readonly body: Uint8Array
  /** What control attributes are relative to. */
  readonly base: RtspUri
}

/** A pair of channels on the connection. */
export interface Channels {
  readonly rtp: number
  readonly rtcp: number
}

export interface SetupOptions {
  /** The pair of channels to ask for; the server may answer with others. */
  readonly channels: Channels
  /** `RECORD` where the client is the one that sends (RFC 2326 section 12.39). Default `PLAY`. */
  readonly mode?: 'PLAY' | 'RECORD'
  /** A feature that is asked for (section 12.32); where the server answers 551, it is asked again without. */
  readonly feature?: string
  /** Bytes that a packet may have (section 12.7). */
  readonly blocksize?: number
  /** Bits a second that the client can take (section 12.6). */
  readonly bandwidth?: number
}

export interface SetupResult {
  /** Channels on which the track's RTP and RTCP come. */
  readonly channels: Channels
  readonly ssrc: number | undefined
}

export interface PlayOptions {
  /** The Range field. Without: from where it stands, or live. */
  readonly range?: string | undefined
  /** How much faster than the clock the presentation goes by (section 12.34); negative is backwards. */
  readonly scale?: number | undefined
  /** How much faster than the presentation its packets are sent (section 12.35). */
  readonly speed?: number | undefined
}

export interface PlayResult {
  /** The Range field of the answer. */
  readonly range: string | undefined
  /** The scale that the server chose. */
  readonly scale: number
  readonly rtpInfo: readonly RtpInfo[]
}

/** RFC 2326 appendix A.1, and the session's data where there is one. */
type State =
  | { readonly at: 'init' }
  | { readonly at: 'ready' | 'playing' | 'recording'; readonly id: string | undefined; readonly timeout: number }
  | { readonly at: 'closed' }

/** How long TEARDOWN may keep the end of a session waiting, in milliseconds. */
const TEARDOWN_PATIENCE = 1_000
/** Answers to PLAY that may mean "not with this Range" (457 is the one that should), or that its parser failed at it. */
const RANGE_REFUSED: ReadonlySet<number> = new Set([400, 406, 451, 455, 456, 457, 500, 501, 551])

/**
 * The client's end of one RTSP session on one connection: every method of RFC 2326 section 10 that a client has, the
 * keep-alive, and what to do about refusals. What it cannot mend is a typed error.
 */
export class ClientSession {
  readonly #requests: AuthenticatedRequests
  readonly #hasCredentials: boolean
  readonly #report: ReportDeviation
  readonly #redirects: RedirectBudget
  readonly #keepsAlive: KeepAlive
  #uri: RtspUri
  #aggregate: RtspUri
  /** Tracks that were set up; asked one by one where the server refuses to be asked for all (459). */
  #tracks: RtspUri[] = []
  #oneByOne = false
  #methods: ReadonlySet<string> = new Set()
  #state: State = { at: 'init' }
  #keepAlive: ReturnType<typeof setTimeout> | undefined
  #keepAliveRefused = false

  constructor(connection: ClientConnection, uri: RtspUri, options: ClientSessionOptions = {}) {
    this.#requests = new AuthenticatedRequests(connection, options.authenticator)
    this.#hasCredentials = options.authenticator !== undefined
    this.#report = options.report ?? (() => undefined)
    this.#redirects = options.redirects ?? { left: LIMITS.rtspRedirects }
    this.#keepsAlive = options.keepAlive ?? {}
    this.#uri = uri
    this.#aggregate = uri
  }

  /** Methods that the server says it has; empty before OPTIONS, or where it does not say. */
  get methods(): ReadonlySet<string> {
    return this.#methods
  }

  /** Asks what the server can do. A server that refuses may still play, so only 401 and the connection's end count. */
  async options(): Promise<void> {
    const response = await this.#send('OPTIONS', this.#uri)
    if (response.status === 401 || response.status === 407) await this.#refuse('OPTIONS', response)
    if (response.status >= 300) this.#report('options-refused')
  }

  /**
   * Asks for the session description. Redirects that stay on this connection's server are followed.
   *
   * @throws RtspRedirect where another connection is needed
   */
  async describe(feature?: string): Promise<Description> {
    const headers = new RtspHeaders([['Accept', 'application/sdp']])
    if (feature !== undefined) headers.append('Require', feature)
    for (;;) {
      const response = await this.#send('DESCRIBE', this.#uri, headers)
      if (statusAction(response.status) === 'follow') {
        const target = this.#redirectTarget('DESCRIBE', response)
        if (this.#redirects.left === 0 || !this.#isHere(target)) {
          throw new RtspRedirect(target, 'DESCRIBE', response.status)
        }
        this.#redirects.left--
        this.#uri = target
        continue
      }
      await this.#refuse('DESCRIBE', response)
      const base = resolveBase(
        this.#uri,
        [response.headers.get('Content-Base'), response.headers.get('Content-Location')],
        this.#report,
      )
      this.#aggregate = base
      return { body: response.body, base }
    }
  }

  /** The address that PLAY, PAUSE and TEARDOWN name: the session's own control, where the SDP states one. */
  useAggregateControl(uri: RtspUri): void {
    this.#aggregate = uri
  }

  /**
   * Sets up one track over this connection.
   *
   * @throws ProtocolError `unsupported-transport` and what the server's status means
   */
  async setup(track: RtspUri, options: SetupOptions): Promise<SetupResult> {
    const wanted = options.channels
    const headers = new RtspHeaders([
      [
        'Transport',
        formatTransport({
          protocol: 'RTP/AVP/TCP',
          delivery: 'unicast',
          interleaved: wanted,
          mode: options.mode === 'RECORD' ? 'RECORD' : undefined,
        }),
      ],
    ])
    if (options.feature !== undefined) headers.append('Require', options.feature)
    if (options.blocksize !== undefined) headers.append('Blocksize', String(options.blocksize))
    if (options.bandwidth !== undefined) headers.append('Bandwidth', String(options.bandwidth))
    const response = await this.#must('SETUP', track, headers)
    this.#enterSession(response)
    const offered = parseTransport(response.headers.getAll('Transport').join(','))
    // Some servers answer with all that they have.
    const spec = offered.find(({ interleaved }) => interleaved) ?? offered[0]
    // What says TCP is meant so, whatever else was copied into it.
    const isUdp = spec && !spec.interleaved && !spec.protocol.endsWith('/TCP')
    if (isUdp && (spec.serverPort || spec.delivery === 'multicast')) {
      throw new ProtocolError('unsupported-transport', 'The camera answered SETUP with UDP; TCP was asked for', {
        place: { method: 'SETUP', status: response.status },
      })
    }
    this.#tracks.push(track)
    return { channels: this.#channelsOf(spec, wanted), ssrc: spec?.ssrc }
  }

  /** Starts or resumes. Where the server refuses the Range, or its absence, the other is tried. */
  async play(options: PlayOptions = {}): Promise<PlayResult> {
    this.#mustBe('ready', 'playing')
    const headers = new RtspHeaders()
    if (options.scale !== undefined && options.scale !== 1) headers.append('Scale', String(options.scale))
    if (options.speed !== undefined && options.speed !== 1) headers.append('Speed', String(options.speed))
    const { range } = options
    const withRange = range === undefined ? undefined : new RtspHeaders([...headers, ['Range', range]])
    let responses = await this.#sendToAll('PLAY', withRange ?? headers)
    if (responses.some((response) => RANGE_REFUSED.has(response.status))) {
      this.#report(range ? 'range-refused' : 'range-required')
      responses = await this.#sendToAll('PLAY', range ? headers : new RtspHeaders([...headers, ['Range', 'npt=now-']]))
    }
    for (const response of responses) await this.#refuse('PLAY', response)
    if (this.#state.at === 'ready') this.#state = { ...this.#state, at: 'playing' }
    const first = responses[0]?.headers
    return {
      range: first?.get('Range'),
      scale: Number(first?.get('Scale') ?? 1) || 1,
      rtpInfo: parseRtpInfo(responses.flatMap((response) => response.headers.getAll('RTP-Info')).join(',')),
    }
  }

  async pause(): Promise<void> {
    this.#mustBe('playing', 'recording')
    for (const response of await this.#sendToAll('PAUSE')) await this.#refuse('PAUSE', response)
    if (this.#state.at === 'playing' || this.#state.at === 'recording') this.#state = { ...this.#state, at: 'ready' }
  }

  /** Describes what the client is going to send (section 10.3). */
  async announce(description: Uint8Array): Promise<void> {
    await this.#must('ANNOUNCE', this.#uri, new RtspHeaders([['Content-Type', 'application/sdp']]), description)
  }

  /** Starts to take what the client sends (section 10.11), after ANNOUNCE and SETUP in mode RECORD. */
  async record(range?: string): Promise<void> {
    this.#mustBe('ready', 'recording')
    const headers = new RtspHeaders(range ? [['Range', range]] : [])
    for (const response of await this.#sendToAll('RECORD', headers)) await this.#refuse('RECORD', response)
    if (this.#state.at === 'ready') this.#state = { ...this.#state, at: 'recording' }
  }

  /** Asks for parameters by name, one a line (section 10.8); the answer's body is as the server wrote it. */
  async getParameter(names: readonly string[]): Promise<Uint8Array> {
    const body = new TextEncoder().encode(names.map((name) => `${name}\r\n`).join(''))
    return (await this.#must('GET_PARAMETER', this.#aggregate, TEXT_PARAMETERS, body)).body
  }

  /** Sets one parameter (section 10.9). @throws ProtocolError `rtsp-status` with 451 where it is unknown, 458 where it is fixed */
  async setParameter(name: string, value: string): Promise<void> {
    await this.#must(
      'SET_PARAMETER',
      this.#aggregate,
      TEXT_PARAMETERS,
      new TextEncoder().encode(`${name}: ${value}\r\n`),
    )
  }

  /**
   * Any request, for whoever speaks for a client of his own: it is authenticated, and changes nothing of this session's
   * state. The answer is given whatever its status.
   */
  request(method: string, uri: RtspUri, headers?: RtspHeaders, body?: Uint8Array): Promise<RtspResponse> {
    return this.#requests.send(method, uri, headers, body)
  }

  /** Ends the session, if there is one, and waits a second at most for the server to agree. Never rejects. */
  async teardown(): Promise<void> {
    clearTimeout(this.#keepAlive)
    if (this.#state.at !== 'init' && this.#state.at !== 'closed') {
      let timer: ReturnType<typeof setTimeout> | undefined
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, TEARDOWN_PATIENCE)
      })
      // Whatever the server says to it, the session is over for us.
      await Promise.race([this.#send('TEARDOWN', this.#aggregate).then(nothing, nothing), patience])
      clearTimeout(timer)
    }
    this.#state = { at: 'closed' }
  }

  /** Stops the keep-alive; for when the connection is gone. */
  abandon(): void {
    clearTimeout(this.#keepAlive)
    this.#state = { at: 'closed' }
  }

  /** Forgets the session, which the server has forgotten too: SETUP may come again. */
  forget(): void {
    clearTimeout(this.#keepAlive)
    this.#tracks = []
    this.#state = { at: 'init' }
  }

  /** Where a REDIRECT of the server, or a status of 3xx, sends the client. */
  redirectTarget(headers: RtspHeaders): RtspUri | null {
    const location = headers.get('Location')
    return location ? resolveLocation(this.#uri, location) : null
  }

  #redirectTarget(method: string, response: RtspResponse): RtspUri {
    const target = this.redirectTarget(response.headers)
    if (target) return target
    throw new ProtocolError('redirected', 'The server moved the stream, and does not say where to', {
      place: { method, status: response.status },
    })
  }

  #isHere(target: RtspUri): boolean {
    const here = this.#uri
    return target.host === here.host && target.port === here.port && target.scheme === here.scheme
  }

  /** A request that must succeed. */
  async #must(method: string, uri: RtspUri, headers?: RtspHeaders, body?: Uint8Array): Promise<RtspResponse> {
    const response = await this.#send(method, uri, headers, body)
    await this.#refuse(method, response)
    return response
  }

  /** To the aggregate, or to each track where the server wants that (RFC 2326 section 10.5, codes 459 and 460). */
  async #sendToAll(method: string, headers?: RtspHeaders): Promise<RtspResponse[]> {
    if (!this.#oneByOne) {
      const response = await this.#send(method, this.#aggregate, headers)
      if (response.status !== 459 || this.#tracks.length === 0) return [response]
      this.#oneByOne = true
    }
    const responses: RtspResponse[] = []
    for (const track of this.#tracks) responses.push(await this.#send(method, track, headers))
    return responses
  }

  /** A request and its answer, whatever the status. */
  async #send(method: string, uri: RtspUri, extra?: RtspHeaders, body?: Uint8Array): Promise<RtspResponse> {
    const headers = new RtspHeaders(extra)
    const state = this.#state
    if (state.at !== 'init' && state.at !== 'closed' && state.id !== undefined) headers.append('Session', state.id)
    let response = await this.#requests.send(method, uri, headers, body)
    if (response.status === 551 && headers.has('Require')) {
      // Section 12.32: the server lacks the feature. What it can do is still worth having.
      response = await this.#requests.send(method, uri, headers.delete('Require'), body)
    }
    const offered = response.headers.get('Public')
    if (offered !== undefined) this.#methods = parsePublic(offered)
    return response
  }

  /** @throws ProtocolError what the answer means, where it is a refusal */
  async #refuse(method: string, response: RtspResponse): Promise<void> {
    const { status } = response
    if (status < 300) return
    if (statusAction(status) === 'follow')
      throw new RtspRedirect(this.#redirectTarget(method, response), method, status)
    if (status === 401 && !this.#hasCredentials) {
      throw new ProtocolError('unauthorized', 'The camera asks for a user name and a password', {
        place: { method, status },
      })
    }
    throw await refusal(method, response)
  }

  #enterSession(response: RtspResponse): void {
    // The answer was the last thing that came of the connection.
    if (this.#state.at === 'closed') throw new ProtocolError('aborted', 'The session was closed before it was set up')
    const field = response.headers.get('Session')
    const header = parseSession(field ?? '')
    if (!header) this.#report(field === undefined ? 'session-missing' : 'session-malformed')
    const before = this.#state.at === 'ready' || this.#state.at === 'playing' ? this.#state : undefined
    this.#state = {
      at: 'ready',
      id: header?.id ?? before?.id,
      timeout: header?.timeout ?? before?.timeout ?? DEFAULT_SESSION_TIMEOUT,
    }
    this.#scheduleKeepAlive()
  }

  /** The answer's channels; what it leaves out is as was asked, or one up from its RTP channel. */
  #channelsOf(spec: TransportSpec | undefined, wanted: Channels): Channels {
    if (!spec) this.#report('transport-missing')
    else if (!spec.interleaved) this.#report('transport-without-interleaved')
    const answered = spec?.interleaved
    if (!answered) return wanted
    if (!spec.protocol.endsWith('/TCP')) this.#report('transport-not-tcp')
    if (answered.rtcp === undefined) this.#report('transport-single-channel')
    if (answered.rtp !== wanted.rtp) this.#report('transport-other-channels')
    return { rtp: answered.rtp, rtcp: answered.rtcp ?? answered.rtp + 1 }
  }

  #scheduleKeepAlive(): void {
    clearTimeout(this.#keepAlive)
    const state = this.#state
    if (state.at === 'init' || state.at === 'closed') return
    this.#keepAlive = setTimeout(async () => {
      const method = keepAliveMethod(this.#keepsAlive, this.#methods, this.#keepAliveRefused)
      try {
        const { status } = await this.#send(method, this.#aggregate)
        if (status >= 300) {
          // A sign of life all the same. Some servers list GET_PARAMETER and refuse it: OPTIONS from now on.
          this.#keepAliveRefused = true
          this.#report('keep-alive-refused')
        }
      } catch (error) {
        // Unanswered, or the connection is gone: that is told by the connection, or by the media that stop.
        if (!(error instanceof ProtocolError)) throw error
      }
      this.#scheduleKeepAlive()
    }, keepAliveSeconds(this.#keepsAlive, state.timeout) * 1000)
  }

  #mustBe(...allowed: State['at'][]): void {
    if (!allowed.includes(this.#state.at)) {
      throw new ProtocolError('invalid-state', `The session is ${this.#state.at}, not ${allowed.join(' or ')}`)
    }
  }
}

/** What a refusal means. Where the code that knows cannot be had, no more is told than what an account may depend on. */
async function refusal(method: string, response: RtspResponse): Promise<ProtocolError> {
  try {
    const { statusError } = await loadPart('says what it means', () => import('./status-error.ts'))
    return statusError(method, response)
  } catch {
    const { status } = response
    const code = status === 401 || status === 407 ? 'unauthorized' : 'rtsp-status'
    return new ProtocolError(code, `The camera refused the request (${method}: ${status})`, {
      place: { method, status },
    })
  }
}

const TEXT_PARAMETERS = new RtspHeaders([['Content-Type', 'text/parameters']])

const nothing = (): undefined => undefined
